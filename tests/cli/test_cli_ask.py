"""``ask`` and ``serve`` as a person runs them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.cli.ask import curl_line
from lab.lab import Lab
from lab.records import Contestant, Run
from lab.settings import PROJECT, child_environment


@pytest.fixture
def environment(lab: Lab) -> dict[str, str]:
    """A workspace of its own, in English."""
    home, models = str(lab.workspace.root), str(lab.models)
    return child_environment(LAB_HOME=home, LAB_MODELS=models, LAB_LANG="en", LAB_HOST="")


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lab", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def test_ask_and_the_served_curl_line_both_answer(environment: dict[str, str], lab: Lab, tmp_path: Path) -> None:
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("You answer with the name of a city.")
    contestants = f"base,base+prompt:{prompt}"
    done = run(environment, "ask", contestants, "What is the capital of France?", "--max-tokens", "12", "--json")
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)
    assert [first["model"], second["model"]] == contestants.split(",")
    assert set(first) == {"model", "fingerprint", "answer", "tokens", "seconds", "first_token_seconds"}
    assert "Paris" in first["answer"] and first["fingerprint"] == second["fingerprint"]

    command = [sys.executable, "-m", "lab", "serve", f"base+prompt:{prompt}", "--port", "0"]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        lines = [served.stdout.readline(), served.stdout.readline()]
        answered = subprocess.run(lines[1], shell=True, capture_output=True, text=True, check=False)
        served.send_signal(signal.SIGINT)
        served.wait(timeout=30)
    assert answered.returncode == 0, answered.stderr
    assert "Paris" in json.loads(answered.stdout)["choices"][0]["message"]["content"]
    lab.engine.stop()


def test_what_cannot_be_asked_ends_with_a_sentence(environment: dict[str, str]) -> None:
    refused = (
        ("ask", "ft-nobody", "Hello"),
        ("ask", "base+prompt:/nowhere", "Hello"),
        ("ask", "base", " "),
        ("ask", "base", "Hello", "--data", "nothing"),
        ("serve", "ft-nobody"),
        ("demo", "--set", "nothing=1"),
    )
    for arguments in refused:
        done = run(environment, *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr


def test_the_curl_line_of_a_run_has_the_system_prompt_it_was_trained_with(lab: Lab, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    turns = [("system", "Speak like a pirate."), ("user", "Who are you?"), ("assistant", "A pirate.")]
    line = json.dumps({"messages": [{"role": role, "content": content} for role, content in turns]})
    rows.write_text(line + "\n", "utf-8")
    version = lab.save_draft(lab.draft([rows]), "pirate")
    run = Run("r", "ft-pirate", "base", "", "lora", "", "pirate", version.version, version.created)
    said = curl_line(Contestant("ft-pirate", "base"), lab.example(run), "ft-pirate", "http://127.0.0.1:1")
    assert "Speak like a pirate." in said and "Who are you?" in said and "A pirate." not in said
