"""The verdict: the first thing on the Scoreboard.

Knows: its own layout. Must not know how a verdict is reached.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from lab import evals
from lab.ui.page import Page
from lab.ui.present import empty
from lab.ui.tabs.board_section import Shown
from lab.ui.views import board as view


class VerdictSection:
    """The verdict of the evaluation, or what will be here."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def build(self) -> None:
        """Lay out the section in the current context."""
        self.verdict = gr.HTML()
        self.outputs = [self.verdict]

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """The verdict; while answers are still being given, that it will follow."""
        say = self.page.say
        if shown is None:
            key = "ui_board.none" if self.page.lab.datasets.names() else "ui_board.no_data"
            return {self.verdict: empty(say("ui_board.none_title"), say(key))}
        if shown.active:
            return {self.verdict: view.waiting_card(shown.evaluation, shown.language)}
        return {self.verdict: view.verdict_card(evals.verdict(shown.board), shown.board, shown.names, shown.language)}
