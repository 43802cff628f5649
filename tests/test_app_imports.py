"""What the web process must not do: load the heavy libraries, or look up an address that is not this machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from lab.settings import PROJECT, child_environment

HEAVY = {"torch", "transformers", "trl", "peft", "datasets", "accelerate"}

LISTENING = """
import json, socket, sys
asked = []
find = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    asked.append(str(host))
    return find("127.0.0.1", *rest, **more)
socket.getaddrinfo = getaddrinfo
import app
from lab.lab import Lab
from lab.settings import Settings
from lab.ui.shell import dress, pages
import gradio as gr
demo = pages(Lab(Settings.read()))
demo.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", share=False, ssr_mode=False, **dress())
demo.close()
print("FOUND" + json.dumps({"modules": sorted({name.split(".")[0] for name in sys.modules}), "asked": asked}))
"""


def test_building_and_serving_the_page_loads_nothing_heavy_and_asks_no_other_machine(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTENING],
        cwd=PROJECT,
        env=child_environment(LAB_HOME=str(tmp_path / "home"), LAB_MODELS=str(tmp_path / "models")),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.split("FOUND")[1])
    assert HEAVY & set(found["modules"]) == set()
    assert {host for host in found["asked"] if host not in {"127.0.0.1", "localhost", "::1", "None"}} == set()
