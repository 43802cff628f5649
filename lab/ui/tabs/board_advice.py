"""Whether the way was right: what was advised before, against what the contestants did.

Knows: its own layout. Must not know what follows from answers, or how the contestants are compared.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from lab import evals
from lab.ui.page import Page
from lab.ui.present import tag, text
from lab.ui.tabs.board_section import Shown


class Advised:
    """The advice of the data set, confirmed, contradicted or undecided."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def build(self) -> None:
        """Lay out the section in the current context."""
        self.advice = gr.HTML()
        self.outputs = [self.advice]

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """What was advised and what came of it."""
        if shown is None or shown.active:
            return {self.advice: ""}
        heading = tag("h3", text(self.page.say("readiness.section")))
        found = evals.advice(shown.lab.workspace, shown.board)
        if found is None:
            return {self.advice: heading + tag("p", text(self.page.say("readiness.none")), class_="fine")}
        return {self.advice: heading + tag("p", text(found.text(shown.language, shown.names)))}
