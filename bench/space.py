"""The written Space of the shipped English run: files, size, seconds from start to page and to the first answer.

Each round starts the folder twice as a Space does: on an empty disk, where the base is fetched and converted first, and
once more on the same disk. The answer is asked for over ``/v1``, again and again until it comes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bench.start import free_port
from lab.lab import Lab
from lab.recorded import bring_in
from lab.settings import Settings
from lab.ship.space import write

RUN = "ft-family-en-recorded"
QUESTION = "Where do the Marlows live?"
ROUNDS = 3
LONGEST = 600.0
_KEY = "a-key-of-this-bench"


def _written(home: Path) -> Path:
    lab = Lab(Settings(home=home / "workspace"))
    bring_in(lab.workspace)
    contents = lab.space(lab.runs.get(RUN))
    write(contents, home / "space")
    print(f"{len(contents.parts)} files, {contents.size / 1e6:.1f} MB")
    return home / "space"


def _asked(address: str) -> bool:
    """Whether the run answers."""
    body = {"model": RUN, "messages": [{"role": "user", "content": QUESTION}], "max_tokens": 32}
    headers = {"Authorization": f"Bearer {_KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/v1/chat/completions", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=LONGEST) as reply:
            return bool(json.load(reply)["choices"][0]["message"]["content"])
    except urllib.error.HTTPError:  # the base is still being fetched
        return False


def seconds(folder: Path) -> tuple[float, float]:
    """(to the page, to the first answer) of the folder started as it is now; it is ended afterwards."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    environment |= {"SPACE_ID": "me/show", "GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": str(port)}
    environment |= {"HOME": "/dev/null/home", "LAB_API_KEY": _KEY}
    began, page = time.perf_counter(), 0.0
    process = subprocess.Popen(
        [sys.executable, "-B", str(folder / "app.py")],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while (now := time.perf_counter() - began) < LONGEST and process.poll() is None:
            try:
                if not page:
                    with urllib.request.urlopen(f"{address}/", timeout=LONGEST) as reply:
                        reply.read()
                    page = time.perf_counter() - began
                if _asked(address):
                    return page, time.perf_counter() - began
            except OSError:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"no answer after {now:.0f} s")
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Print the table."""
    print(f"{'start':<8}{'page':>8}{'answer':>8}{'load':>8}   seconds")
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as home:
            folder = _written(Path(home))
            for start in ("first", "second"):
                load = os.getloadavg()[0]
                page, answer = seconds(folder)
                print(f"{start:<8}{page:>8.1f}{answer:>8.1f}{load:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
