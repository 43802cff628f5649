"""What explains the board, below its items.

Knows: its own layout. Must not know how anything is computed.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from lab import evals
from lab.ui.page import Page
from lab.ui.tabs.board_section import Shown
from lab.ui.views import board_diagnostics as view


class Explained:
    """Steadiness, overfitting, costs and training noise, once all answers are there."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def build(self) -> None:
        """Lay out the section in the current context."""
        self.cards = gr.HTML()
        self.outputs = [self.cards]

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """The cards of the evaluation; nothing while questions are still being answered."""
        if shown is None or shown.active:
            return {self.cards: ""}
        found = evals.diagnostics(shown.lab.workspace, shown.evaluation)
        return {self.cards: view.diagnostics(shown.board, found, shown.names, shown.language)}
