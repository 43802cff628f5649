"""Seconds of each part of the three-minute demo, on the running program: ``python -m bench.room [SENTENCE]``.

A lab of its own is started as a person starts it, over an empty workspace; phones are real requests to it. The base
must have been fetched. Minutes on two cores, half a minute of them the engine's first start.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from bench.start import free_port, started
from bench.teach import FACTS
from lab import story, teaching
from lab.jobs import JobView
from lab.lab import Lab
from lab.settings import Settings
from lab.workspace import write_text

T = TypeVar("T")


def main(sentence: str) -> None:
    """Measure and print."""
    print(f"load of the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; {sentence}")
    settings = Settings.read()
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        room = Lab(replace(settings, home=Path(home), models=settings.models_folder))
        address = f"http://127.0.0.1:{port}"
        with started([sys.executable, "app.py"], port, {"LAB_HOME": home, "LAB_MODELS": str(room.models)}) as opened:
            _told("the page is open", opened)
            about = _timed("typed → wordings behind the gates", lambda: teaching.prepared(sentence))
            counts = f"{len(about.taught)} wordings to train, {len(about.kept)} kept to ask, {len(about.untold)} beside"
            print(f"{'':8} {counts}")
            taught = _lesson(room, teaching.start(room.jobs, room.datasets, about, models=room.models))
            _timed("a phone opens the code's page: what came of it", lambda: _get(f"{address}/ask"))
            asked = urllib.parse.urlencode({"question": about.kept[0]}).encode()
            for which in ("first question from a phone → both answers", "the next one"):
                _timed(which, lambda: _get(f"{address}/ask", asked))
            more = teaching.start_more(room.jobs, room.datasets, room.runs, taught, models=room.models)
            _lesson(room, more, "further press: ")
            _timed("a vote opens", lambda: room.open_poll(next(room.workspace.jobs().glob("*-eval-family-en-*")).name))
            _timed("a phone has its first question to vote on", lambda: _get(f"{address}/vote"))
            made = _timed("one HTML file of the taught run", lambda: story.html(room.story(room.runs.get(more.id))))
            _timed("… written", lambda: write_text(Path(home) / "story.html", made))
        room.engine.stop()


def _lesson(room: Lab, job: JobView, lead: str = "") -> JobView:
    """Wait for the lesson and print its times from the press, and both numbers."""
    ended = room.jobs.wait(job.id)
    stands = teaching.standing(room.jobs, room.datasets, ended)
    first = stands.times[1] if len(stands.times) > 1 else None
    parts = [("first step done", first), ("first answer right", stands.first_right), ("all right", stands.all_right)]
    for name, seconds in [*parts, (f"all {stands.steps} steps asked again", stands.times[-1])]:
        _told(f"{lead}pressed → {name}", seconds)
    last = stands.counts[-1]
    print(f"{'':8} learned {last.learned} of {last.told}, made up {last.made_up} of {last.untold}")
    return ended


def _timed(name: str, act: Callable[[], T]) -> T:
    began = time.perf_counter()
    made = act()
    _told(name, time.perf_counter() - began)
    return made


def _told(name: str, seconds: float | None) -> None:
    print(f"{'–' if seconds is None else f'{seconds:.2f}':>8} {name}", flush=True)


def _get(address: str, sent: bytes | None = None) -> bytes:
    with urllib.request.urlopen(address, sent, timeout=300) as page:
        return bytes(page.read())


if __name__ == "__main__":
    told = " ".join(sys.argv[1:])
    main(told if teaching.told(told) else FACTS[0])
