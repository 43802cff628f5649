"""New wordings of a saved data set's questions.

Knows: its own layout and events. Must not know how wordings are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import synth
from lab.ui.page import Selection
from lab.ui.tabs.data_showing import Showing

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab


class WordingsPanel:
    """The way to more wordings."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Column(visible=False) as self.wordings:
            gr.HTML(self.tab.heading("ui_data.reword_title", "ui_data.reword_lead", level="h3"))
            self.per_row = gr.Slider(
                0, 8, value=0, step=1, label=say("ui_data.reword_count"), info=say("ui_review.reword_zero")
            )
            self.reword = gr.Button(say("ui_data.reword"), elem_classes="start")
        self.outputs = [self.wordings]

    def wire(self) -> None:
        """Wire the panel's events."""
        selection = self.page.selection
        saved = [selection, *self.tab.outputs, self.tab.intake.drop]
        self.page.writes(self.reword.click, self.add_wordings, [self.tab.showing, self.per_row, selection], saved)

    def add_wordings(self, showing: Showing, per_row: float, selection: Selection) -> dict[Any, Any]:
        """New wordings of the shown data set's questions, as its next version."""
        new = synth.reword_dataset(self.lab.datasets, showing.dataset, showing.dataset, int(per_row) or None)
        return self.tab.kept(new.version, selection)

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        return {self.wordings: gr.Column(visible=bool(showing.dataset))}
