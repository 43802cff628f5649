"""Questions made from documents before they are saved, and new wordings of a saved data set.

Knows: its own layout and events. Must not know how pairs or wordings are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import synth
from lab.ui.page import Selection, ticks
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing, drafted
from lab.ui.views import data as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab


MOST_AT_ONCE = 100
"""Pairs put into one list with boxes; more are gone through page by page in the review."""


class PairsPanel:
    """Pairs beside their passage, to take or to leave; and the way to more wordings."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the pairs in the current context."""
        self.pairs = ticks()
        self.outputs = [self.pairs]

    def build_wordings(self) -> None:
        """Lay out the way to more wordings in the current context."""
        say = self.page.say
        with gr.Column(visible=False) as self.wordings:
            gr.HTML(self.tab.heading("ui_data.reword_title", "ui_data.reword_lead", level="h3"))
            self.per_row = gr.Slider(
                0, 8, value=0, step=1, label=say("ui_data.reword_count"), info=say("ui_review.reword_zero")
            )
            self.reword = gr.Button(say("ui_data.reword"), elem_classes="start")
        self.outputs.append(self.wordings)

    def wire(self) -> None:
        """Wire the panel's events."""
        showing, selection, outputs = self.tab.showing, self.page.selection, self.tab.outputs
        self.page.on(self.pairs.input, self.reject, showing, outputs)
        saved = [selection, *outputs, self.tab.intake.drop]
        self.page.writes(self.reword.click, self.add_wordings, [showing, self.per_row, selection], saved)

    def reject(self, showing: Showing, event: gr.EventData) -> dict[Any, Any]:
        """Leave out the pairs that are not ticked, and split anew."""
        return self.tab.draw(showing.ordering(rejected=tuple(event._data["rejected"])))

    def add_wordings(self, showing: Showing, per_row: float, selection: Selection) -> dict[Any, Any]:
        """New wordings of the shown data set's questions, as its next version."""
        new = synth.reword_dataset(self.lab.datasets, showing.dataset, showing.dataset, int(per_row) or None)
        return self.tab.kept(new.version, selection)

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        pairs = ""
        if showing.is_draft:
            found = drafted(self.lab, showing.order)
            if found.reading.documents:
                heading = self.tab.heading("ui_data.pairs_title", "ui_data.pairs_lead")
                count = sum(len(extraction.pairs) for extraction in found.extractions)
                if count > MOST_AT_ONCE:
                    pairs = heading + tag("p", text(self.page.say("ui_review.many_pairs", n=count)), class_="count")
                else:
                    pairs = heading + view.pair_list(found.extractions, showing.order.rejected, self.page.language)
        return {self.pairs: pairs, self.wordings: gr.Column(visible=bool(showing.dataset))}
