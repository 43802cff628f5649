"""Seconds from starting the program to a page that answers: the lab against an empty Gradio page, interleaved."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

EMPTY = "import gradio as gr\nwith gr.Blocks() as demo:\n    pass\ndemo.launch(server_port={port}, ssr_mode=False)\n"
RUNS = 5


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(command: list[str], port: int, settings: dict[str, str]) -> Iterator[float]:
    """The running program, ended at last; the seconds from its start to its first page."""
    environment = {**os.environ, "LAB_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", **settings}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield _page_there(process, port) - began
    finally:
        process.terminate()
        process.wait()


def _page_there(process: subprocess.Popen[bytes], port: int) -> float:
    """The moment the first page has come."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                page.read()
            return time.perf_counter()
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the program ended before its page came")


def seconds_to_page(command: list[str], port: int, home: str) -> float:
    """Start ``command``, wait for its first page, end it."""
    with started(command, port, {"LAB_HOME": home}) as seconds:
        return seconds


def main() -> None:
    """Print the table."""
    found: dict[str, list[float]] = {"lab": [], "empty": []}
    with tempfile.TemporaryDirectory() as home:
        for _ in range(RUNS):
            port = free_port()
            found["lab"].append(seconds_to_page([sys.executable, "app.py"], port, home))
            port = free_port()
            found["empty"].append(seconds_to_page([sys.executable, "-c", EMPTY.format(port=port)], port, home))
    ratios = [ours / theirs for ours, theirs in zip(found["lab"], found["empty"], strict=True)]
    print(f"{'page':<8}{'first':>8}{'median':>8}{'max':>8}   seconds, {RUNS} runs in turn")
    for name, values in found.items():
        print(f"{name:<8}{values[0]:>8.2f}{statistics.median(values):>8.2f}{max(values):>8.2f}")
    print(f"lab / empty, run by run: median {statistics.median(ratios):.2f}, max {max(ratios):.2f}")


if __name__ == "__main__":
    main()
