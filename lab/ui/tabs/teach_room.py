"""The part of the Teach tab a room takes part in: the code on the screen, and what its phones ask.

Knows: its own layout and events. Must not know how a phone is answered.
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import gradio as gr

from lab import access, teaching
from lab.access import Right
from lab.errors import LabError
from lab.jobs import JobView
from lab.ui import ask_page, reach
from lab.ui.page import Page, Selection
from lab.ui.present import tag, text
from lab.ui.views import phones

SECONDS_BETWEEN_LOOKS = 2.0
"""While the code is on the screen."""
SHOWN = 12
"""Questions on the screen."""


class Room:
    """Opened by a press; the questions come without another."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab

    def build(self) -> None:
        """Lay out the part in the current context, closed."""
        self.clock = gr.Timer(SECONDS_BETWEEN_LOOKS, active=False)
        with gr.Column(visible=False) as self.place:
            self.way = gr.HTML()
            self.asked = gr.HTML()
            self.hide = gr.Button(self.page.say("room.close"), elem_classes="start")
        self.run = gr.State("")
        self.seen = gr.State("")
        """The newest question on the screen: what did not change is not drawn again."""
        self.outputs = [self.place, self.way, self.asked, self.run, self.seen, self.clock]

    def wire(self, begin: Any, about: Any) -> None:
        """``begin`` opens the part for the lesson ``about`` finds of a selection."""

        def opened(selection: Selection) -> dict[Any, Any]:
            job = about(selection)
            return self.open(job) if job else {}

        reads = self.page.reads
        reads(begin, opened, self.page.selection, self.outputs)
        reads(self.hide.click, self.close, None, self.outputs)
        reads(self.clock.tick, self.look, [self.run, self.seen], [self.asked, self.seen])

    def open(self, job: JobView) -> dict[Any, Any]:
        """The code and the questions so far; the engine starts, so that the first phone does not wait for it."""
        if access.current().may(Right.CHAT):
            threading.Thread(target=self._warm, daemon=True).start()
        newest = teaching.room_lesson(self.lab.jobs)
        language = self.page.language
        here = ask_page.path(language, "" if newest and newest.id == job.id else job.id)
        where = reach.address(self.lab, here)
        drawn = reach.code(where) if where else ""
        lead = tag("p", text(self.page.say("room.open_lead")), class_="lead")
        link = self.page.say("room.ask_here")
        shown, last = self.listed(job.id)
        return {
            self.place: gr.Column(visible=True),
            self.way: lead + phones.way_in(where, drawn, self.lab.access.open, here, link, language),
            self.asked: shown,
            self.run: job.id,
            self.seen: last,
            self.clock: gr.Timer(active=True),
        }

    def close(self) -> dict[Any, Any]:
        """Put away; phones may still ask."""
        return {self.place: gr.Column(visible=False), self.clock: gr.Timer(active=False)}

    def look(self, run: str, seen: str) -> dict[Any, Any]:
        """What was asked since."""
        shown, last = self.listed(run)
        return {} if last == seen else {self.asked: shown, self.seen: last}

    def listed(self, run: str) -> tuple[str, str]:
        """What the room asked of the run, and the id of the newest question."""
        found, language = teaching.room_asked(self.lab.workspace, run), self.page.language
        if not found:
            return tag("p", text(self.page.say("room.nobody_yet")), class_="fine"), ""
        taught = str(self.lab.jobs.get(run).spec.options["fact"]["answer"])
        heading = tag("h3", text(self.page.say("room.asked")))
        return heading + phones.asked(found[:SHOWN], run, taught, language), found[0].id

    def _warm(self) -> None:
        with contextlib.suppress(LabError):  # whoever asks first is told
            self.lab.engine.ensure()
