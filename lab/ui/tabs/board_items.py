"""Question by question: what tuning changed first.

Knows: its own layout. Must not know how an answer is judged.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from lab.ui.page import Page
from lab.ui.tabs.board_section import Shown
from lab.ui.views import board as view


class Items:
    """Every question with its reference and the answers given."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def build(self) -> None:
        """Lay out the section in the current context."""
        self.items = gr.HTML()
        self.outputs = [self.items]

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """Every item of the evaluation, grouped by what changed."""
        if shown is None:
            return {self.items: ""}
        return {self.items: view.items(shown.board, shown.records, shown.names, shown.language)}
