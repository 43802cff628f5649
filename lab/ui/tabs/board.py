"""The Scoreboard tab: the sections of one evaluation, the form that starts one, and those there are.

Knows: the order of the sections. Must not know what any of them shows, nor how answers are judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from lab import evals
from lab.ui import contestants
from lab.ui.page import Page, Selection, picked, picks
from lab.ui.present import tag, text
from lab.ui.tabs.board_advice import Advised
from lab.ui.tabs.board_asking import Asking
from lab.ui.tabs.board_charts import Charts
from lab.ui.tabs.board_diagnostics import Explained
from lab.ui.tabs.board_items import Items
from lab.ui.tabs.board_judge import JudgeSection
from lab.ui.tabs.board_section import Section, Shown, shown
from lab.ui.tabs.board_selftest import SelfTest
from lab.ui.tabs.board_taking import Taking
from lab.ui.tabs.board_verdict import VerdictSection
from lab.ui.views import board as view

SECTIONS: tuple[Callable[[Page], Section], ...] = (VerdictSection, Taking, Advised, Charts, Items)
"""The answer first, then what it rests on."""
DIAGNOSTICS: tuple[Callable[[Page], Section], ...] = (Explained, JudgeSection, SelfTest)
"""What explains it: below the items."""


class BoardTab:
    """Who answers, and what came of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab
        self.sections = [make(page) for make in (*SECTIONS, *DIAGNOSTICS)]
        self.asking = Asking(page, self.refresh, self.watch)

    def build(self) -> None:
        """Lay out and wire the tab in the current context."""
        with gr.Column(elem_classes="sheet"):
            for section in self.sections:
                section.build()
        with gr.Column(elem_classes=["sheet", "needs-write"]):
            self.asking.build()
        gr.HTML(tag("h2", text(self.page.say("ui_board.evaluations"))))
        self.others = picks()
        drawn = [part for section in self.sections for part in section.outputs]
        self.watched = [*drawn, *self.asking.watched, self.others]
        self.outputs = [*self.asking.outputs, *self.watched]
        self.asking.wire(self.outputs, self.watched)
        self.page.reads(self.others.click, self.choose, self.page.selection, [self.page.selection, *self.outputs])

    def choose(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Show the evaluation that was clicked."""
        now = selection.with_(evaluation=picked(event))
        return {self.page.selection: now, **self.refresh(now)}

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The whole tab as things stand."""
        return {**self.asking.follow(selection), **self._whole(selection, shown(self.page, selection))}

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """What follows a job at every tick, and the long rest where it moves."""
        now = shown(self.page, selection)
        if now is not None and now.moves:
            return self._whole(selection, now)
        judging = [section for section in self.sections if isinstance(section, JudgeSection)]
        return {**self.asking.watch(selection), **self._drawn(now, judging)}

    def _whole(self, selection: Selection, now: Shown | None) -> dict[Any, Any]:
        others = {self.others: self._others(now.evaluation.id if now else "")}
        return {**self.asking.watch(selection), **self._drawn(now, self.sections), **others}

    def _drawn(self, now: Shown | None, sections: Sequence[Section]) -> dict[Any, Any]:
        drawn: dict[Any, Any] = {}
        for section in sections:
            whole = now is None or not now.waits or isinstance(section, VerdictSection)
            drawn |= section.draw(now if whole else None)
        return drawn

    def _others(self, chosen: str) -> str:
        found = evals.evaluations(self.lab.workspace)
        asked = dict.fromkeys(one.name for evaluation in found for one in evaluation.contestants)
        names = contestants.names(self.lab, self.page.language, asked)
        makers = {job.id: job.spec for job in self.lab.jobs.all("eval")}
        return view.evaluation_cards(found, self.lab.datasets.names(), chosen, names, makers, self.page.language)
