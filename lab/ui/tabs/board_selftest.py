"""The self-test of the metrics, at the end of the Scoreboard.

Knows: its own layout. Must not know what is tested.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import gradio as gr

from lab.selftest import Compared, self_test
from lab.ui.page import Page
from lab.ui.tabs.board_section import Shown
from lab.ui.views import metrics as view


class SelfTest:
    """Known values beside what is computed here."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def build(self) -> None:
        """Lay out the section in the current context."""
        self.table = gr.HTML()
        self.outputs = [self.table]

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """The table, whether there is an evaluation or not."""
        return {self.table: view.self_test(_tested(), self.page.language)}


@lru_cache(maxsize=1)
def _tested() -> list[Compared]:
    """Computed when the Scoreboard is first shown: the libraries of a running process do not change."""
    return self_test()
