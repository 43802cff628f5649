"""A recorded run played again on the Train tab, without a model or a GPU.

Knows: its own layout and events; the curve and the card belong to the tab. Must not know how a run was made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from lab import replay
from lab.errors import JobError
from lab.jobs import JobView
from lab.ui.page import Page, Selection
from lab.ui.views import train as view

SPEEDS = (1, 8, 32)
_USUAL = 8


class Playing:
    """How fast, and the buttons that begin and end it."""

    def __init__(self, page: Page, watched: Callable[[Selection], str], curve: Callable[..., Any]) -> None:
        self.page = page
        self.lab = page.lab
        self.watched = watched
        self.curve = curve

    def build(self) -> None:
        """Lay out the part in the current context."""
        say = self.page.say
        with gr.Row(elem_classes="buttons", visible=False) as self.row:
            speeds = [(say("replay.speed_value", speed=speed), speed) for speed in SPEEDS]
            self.speed = gr.Radio(speeds, value=_USUAL, label=say("replay.speed"), elem_classes="speeds")
            self.begin = gr.Button(say("replay.play"))
            self.end = gr.Button(say("replay.stop"), variant="stop", visible=False)

    def wire(self, live: Any, curve: Any, rest: Callable[[Selection], dict[Any, Any]], outputs: list[Any]) -> None:
        """Connect the buttons: the run plays in ``live`` and ``curve``, and ``rest`` shows it again as it is."""
        selection = self.page.selection
        shown = [live, curve, self.begin, self.end]

        def play(chosen: Selection, speed: float) -> Iterator[dict[Any, Any]]:
            yield from self._play(chosen, speed, live, curve)

        def done(chosen: Selection) -> dict[Any, Any]:
            return {**rest(chosen), **self._busy(False)}

        playing = self.page.reads(self.begin.click, play, [selection, self.speed], shown, trigger_mode="once")
        self.page.reads(playing.then, done, selection, [*outputs, self.begin, self.end])
        ended = self.end.click(None, None, None, cancels=[playing], api_visibility="private")
        self.page.reads(ended.then, done, selection, [*outputs, self.begin, self.end])

    def offer(self, job: JobView | None) -> dict[Any, Any]:
        """The row, for a run that is over and has its times."""
        events = self.lab.jobs.events(job.id, "step") if job and job.is_final else []
        return {self.row: gr.Row(visible=any(event.get("seconds") is not None for event in events))}

    def _play(self, selection: Selection, speed: float, live: Any, curve: Any) -> Iterator[dict[Any, Any]]:
        job = self.lab.jobs.get(self.watched(selection))
        events = self.lab.jobs.events(job.id, "step")
        key = "replay.playing_real" if speed == 1 else "replay.playing"
        note = self.page.say(key, speed=f"{speed:g}")
        yield self._busy(True)
        found = False
        for steps, seconds in replay.steps(events, float(speed)):
            found = True
            drawn = view.progress(_at(job, steps, len(events), seconds), steps[-1], self.page.language, note)
            yield {live: drawn, curve: self.curve(steps)}
        if not found:
            raise JobError("replay.no_steps")

    def _busy(self, busy: bool) -> dict[Any, Any]:
        return {self.begin: gr.Button(visible=not busy), self.end: gr.Button(visible=busy)}


def _at(job: JobView, steps: list[dict[str, Any]], total: int, seconds: float) -> JobView:
    """The job as it stood when the last of ``steps`` was done."""
    step = int(steps[-1]["step"])
    span = float(steps[-1]["seconds"]) - float(steps[0]["seconds"])
    rate = (len(steps) - 1) / span if span > 0 else None
    phase = "train.phase_train" if step < total else ""
    told: dict[str, Any] = {
        "state": "running",
        "phase": phase,
        "step": step,
        "total": total,
        "rate": rate,
        "seconds": seconds,
    }
    return replace(job, status=replace(job.status, **told))
