"""The versions of a saved data set: looked at, compared, merged with others, deleted and brought back.

Knows: its own layout and events. Must not know how versions are stored, compared or merged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab.datasets import trash
from lab.errors import DataError
from lab.ingest import diff
from lab.ingest.versions.merging import conflicts, merge
from lab.ui.page import Selection, forms, picked, sent
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing
from lab.ui.views import data_versions as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

TRASH_SHOWN = 5


class VersionsPanel:
    """What was saved before, and what can be done with it."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Accordion(say("ui_data_versions.title"), open=False, visible=False, elem_classes="fold") as self.fold:
            self.history = forms(elem_classes="forms")
            self.result = forms(elem_classes="forms")
            self.merge = forms(elem_classes=["forms", "needs-write"])
            self.drop = gr.Button(say("ui_data_versions.delete"), size="sm", elem_classes=["start", "needs-write"])
        self.outputs = [self.fold, self.history, self.result, self.merge, self.trash]

    def build_trash(self) -> None:
        """Lay out what can come back in the current context."""
        self.trash = forms(elem_classes=["forms", "needs-write"])

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, writes, showing, selection = self.page.reads, self.page.writes, self.tab.showing, self.page.selection
        saved = [selection, self.page.clock, *self.tab.outputs, self.tab.intake.drop]
        reads(self.history.click, self.choose, showing, self.tab.outputs)
        reads(self.drop.click, self.ask_to_delete, showing, self.result)
        reads(self.result.click, self.leave, None, self.result)
        reads(self.merge.submit, self.look, showing, self.result)
        writes(self.result.submit, self.do, [showing, selection], saved)
        writes(self.trash.click, self.bring_back, selection, saved)

    # --- what a person does

    def choose(self, showing: Showing, event: gr.EventData) -> dict[Any, Any]:
        """Show the version that was clicked, compare it with the one shown, or ask whether to delete it."""
        doing, _, name = picked(event).partition(":")
        if doing == "show":
            current = self.lab.datasets.get(showing.dataset).version
            return self.tab.draw(Showing(dataset=showing.dataset, version="" if name == current else name))
        if doing == "delete":
            return {self.result: self._ask(showing.dataset, name)}
        before, after = self.lab.datasets.get(showing.dataset, name), showing.version_of(self.lab)
        if before.created > after.created:
            before, after = after, before
        return {self.result: view.difference(diff(self.lab.datasets, before, after), self.page.language)}

    def ask_to_delete(self, showing: Showing) -> str:
        """What depends on the whole data set."""
        return self._ask(showing.dataset, "")

    def leave(self) -> str:
        """Nothing is done."""
        return ""

    def look(self, showing: Showing, event: gr.EventData) -> str:
        """What the ticked data sets and the one shown disagree about."""
        names = [showing.dataset, *sent(event).all("with")]
        if len(names) < 2:
            raise DataError("versions.merge_needs_two", given=", ".join(names))
        return view.merging(conflicts(self.lab.datasets, names), names, self.page.language)

    def do(self, showing: Showing, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Merge, or delete, as the form says."""
        form = sent(event)
        if form.form == "merge":
            name = form.one("name").strip()
            if not name:
                raise DataError("data.bad_name", name=name)
            made = merge(self.lab.datasets, form.all("with"), name, form.one("policy"))
            return self.tab.kept(made.version, selection)
        gone = trash.delete(self.lab.datasets, showing.dataset, form.row or None)
        gr.Info(
            text(self.page.say("ui_data_versions.gone", name=gone.dataset)), title=self.page.say("ui_data.saved_title")
        )
        left = showing.dataset if showing.dataset in self.lab.datasets.names() else ""
        now = {self.page.selection: selection.with_(data=left), **self.page.awake()}  # the top is drawn anew by a tick
        return {**now, **self.tab.draw(Showing(dataset=left))}

    def bring_back(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Undo a deletion."""
        version = trash.restore(self.lab.datasets, picked(event).partition(":")[2])
        chosen = selection.with_(data=version.dataset)
        return {self.page.selection: chosen, **self.page.awake(), **self.tab.draw(Showing(dataset=version.dataset))}

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        language, datasets = self.page.language, self.lab.datasets
        drawn = {
            self.fold: gr.Accordion(visible=bool(showing.dataset)),
            self.result: "",
            self.trash: view.trash(trash.trashed(datasets)[:TRASH_SHOWN], language),
        }
        if not showing.dataset:
            return drawn
        others = [name for name in datasets.names() if name != showing.dataset]
        versions, shown = datasets.versions(showing.dataset), showing.version_of(self.lab)
        current = datasets.get(showing.dataset).version
        title = tag("h3", text(self.page.say("ui_data_versions.merge_heading")))
        return {
            **drawn,
            self.fold: gr.Accordion(visible=True, label=self.page.say("ui_data_versions.title_n", n=len(versions))),
            self.history: view.history(versions, shown, current, language),
            self.merge: title + view.merge_form(others, showing.dataset, language),
        }

    def _ask(self, name: str, version: str) -> str:
        return view.deleting(
            name, version, trash.depends_on(self.lab.datasets, name, version or None), self.page.language
        )
