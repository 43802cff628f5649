"""Questions nothing in a data set answers, added to it on a saved data set's sheet.

Knows: its own layout and event. Must not know how such questions are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import synth
from lab.synth.declining.adding import MOST
from lab.ui.page import Selection
from lab.ui.present import text
from lab.ui.tabs.data_showing import Showing

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab


class DecliningPanel:
    """The way to questions that are to be declined."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Column(visible=False, elem_classes="needs-write") as self.panel:
            gr.HTML(self.tab.heading("ui_declining.title", "ui_declining.lead", level="h3"))
            self.share = gr.Slider(
                5, MOST, value=synth.DECLINING_SHARE, step=5, label=say("ui_declining.share"),
                info=say("ui_declining.share_info"),
            )  # fmt: skip
            self.add = gr.Button(say("ui_declining.add"), elem_classes="start")
        self.outputs = [self.panel]

    def wire(self) -> None:
        """Wire the panel's event."""
        selection, showing = self.page.selection, self.tab.showing
        saved = [selection, *self.tab.outputs, self.tab.intake.drop]
        self.page.writes(self.add.click, self.add_questions, [showing, selection, self.share], saved)

    def add_questions(self, showing: Showing, selection: Selection, share: float) -> dict[Any, Any]:
        """Such questions as the shown data set's next version."""
        name = showing.dataset
        made = synth.decline_dataset(self.lab.datasets, name, name, int(share), version=showing.version or None)
        told = {"dataset": name, "version": made.version.version, "share": made.share}
        said = [self.page.say("declining.added", train=made.train, test=made.test, **told)]
        if made.train < made.wanted:
            said.append(self.page.say("declining.fewer", wanted=made.wanted))
        gr.Info(text(" ".join([*said, self.page.say("declining.steps")])), duration=20)
        return self.tab.kept(made.version, selection)

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The panel, where a data set is saved."""
        return {self.panel: gr.Column(visible=bool(showing.dataset))}
