"""What the verdict rests on: contestants by slice with intervals, how answers were, and every figure.

Knows: its own layout. Must not know how figures are computed.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from lab.ui.page import Page
from lab.ui.tabs.board_section import Shown
from lab.ui.views import board as view


class Charts:
    """Dots with intervals, bars of counts, and the table of every figure."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def build(self) -> None:
        """Lay out the section in the current context."""
        self.charts = gr.HTML()
        self.outputs = [self.charts]

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """The board of the evaluation as pictures and a table."""
        if shown is None:
            return {self.charts: ""}
        board, names, language = shown.board, shown.names, shown.language
        charts = view.dots(board, names, language) + view.counts(board, names, language)
        return {self.charts: charts + view.figures(board, names, language)}
