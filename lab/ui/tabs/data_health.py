"""The health of what is shown, measured when a person asks for it.

Knows: its own layout and events. Must not know how health is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing, measured
from lab.ui.views import data_health as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab


class HealthPanel:
    """A folded card that measures when it is opened."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        with gr.Accordion(self.page.say("ui_data_health.title"), open=False, elem_classes="fold") as self.fold:
            gr.HTML(tag("p", text(self.page.say("ui_data_health.lead")), class_="lead"))
            self.card = gr.HTML(min_height=60)
        self.outputs = [self.fold, self.card]

    def wire(self) -> None:
        """Wire the panel's events."""
        self.page.on(self.fold.expand, self.measure, self.tab.showing, self.card, show_progress="full")

    def measure(self, showing: Showing) -> str:
        """Measure what is shown."""
        if not (showing.is_draft or showing.dataset):
            return ""
        found = measured(self.lab, showing)
        note = self.page.say("ui_data_health.measuring", base=found.base) if found.base else ""
        return view.card(found, self.page.language) + tag("p", text(note), class_="fine")

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """Folded, until a person asks for it."""
        return {self.fold: gr.Accordion(open=False), self.card: ""}
