"""Changes to the rows of a saved version: kept pending, undone, and saved as the next version.

Knows: its own layout and events, and how a sent form becomes an edit. Must not know what the rules allow or how a
version is stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import ingest
from lab.ingest import Edits
from lab.records import Message, Row
from lab.ui.page import Selection, Sent, sent
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

MOST_UNDONE = 50


class EditsPanel:
    """What was changed and is not saved yet, and the ways to save or undo it."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Column(visible=False, elem_classes="pending") as self.pending:
            self.told = gr.HTML()
            with gr.Row(elem_classes="buttons on-one-line"):
                self.note = gr.Textbox(label=say("ui_data_rows.edit_note"), max_lines=1, min_width=220, scale=3)
                self.save = gr.Button(say("ui_data_rows.edit_save"), variant="primary")
                self.undo = gr.Button(say("ui_data_rows.edit_undo"))
                self.discard = gr.Button(say("ui_data_rows.edit_discard"))
        self.outputs = [self.pending, self.told]

    def wire(self) -> None:
        """Wire the panel's events."""
        showing, selection = self.tab.showing, self.page.selection
        rows = [*self.tab.rows.own, *self.outputs]
        saved = [selection, *self.tab.outputs, self.tab.intake.drop]
        self.page.writes(self.tab.rows.rows.submit, self.take, showing, rows)
        self.page.writes(self.save.click, self.keep, [showing, self.note, selection], [*saved, self.note])
        self.page.reads(self.undo.click, self.undo_last, showing, rows)
        self.page.reads(self.discard.click, self.undo_all, showing, rows)

    # --- what a person does

    def take(self, showing: Showing, event: gr.EventData) -> dict[Any, Any]:
        """Take the change of one row, or of all ticked ones, as pending."""
        form = sent(event)
        edits = self._ticked(showing, form) if form.form == "ticked" else self._row(showing, form)
        return self.show(showing.editing(edits))

    def delete(self, showing: Showing, row: str) -> Showing:
        """With the row taken out, until that is undone or saved."""
        return showing.editing(showing.edits.delete(row))

    def bring_back(self, showing: Showing, row: str) -> Showing:
        """With a row that was taken out back in its place."""
        left = tuple(other for other in showing.edits.deleted if other != row)
        return showing.editing(replace(showing.edits, deleted=left))

    def undo_last(self, showing: Showing) -> dict[Any, Any]:
        """As before the last change."""
        *past, last = showing.past or (Edits(),)
        return self.show(replace(showing, edits=last, past=tuple(past[-MOST_UNDONE:]), row="", doing=""))

    def undo_all(self, showing: Showing) -> dict[Any, Any]:
        """As the version is."""
        return self.show(replace(showing, edits=Edits(), past=(), row="", doing=""))

    def keep(self, showing: Showing, note: str, selection: Selection) -> dict[Any, Any]:
        """Save the changes as the next version."""
        edited = ingest.edit(self.lab.datasets, showing.version_of(self.lab), showing.edits, note.strip())
        for problem in edited.notes:
            gr.Info(text(ingest.describe(problem, self.page.language)), title=self.page.say("ui_data.saved_title"))
        return {self.note: "", **self.tab.kept(edited.version, selection, as_table=showing.as_table)}

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        edits = showing.edits
        counts = {
            "changed": len(edits.changed),
            "added": len(edits.added),
            "deleted": len(edits.deleted),
            "tagged": len(edits.tags),
        }
        told = [self.page.say(f"ui_data_rows.edits_{name}", n=n) for name, n in counts.items() if n]
        said = self.page.say("ui_data_rows.pending", counts=" · ".join(told))
        return {
            self.pending: gr.Column(visible=bool(edits)),
            self.told: tag("p", text(said), class_="count", role="status"),
        }

    def show(self, showing: Showing) -> dict[Any, Any]:
        """The rows and the pending changes."""
        return {**self.tab.rows.draw_rows(showing), **self.draw(showing)}

    def _row(self, showing: Showing, form: Sent) -> Edits:
        """The edits with the row that a form holds."""
        row = self.tab.rows.row(showing, form.row) if form.row else None
        messages = _messages(form, row)
        tags = tuple(
            dict.fromkeys(filter(None, (name.strip() for name in form.one("tags").replace("，", ",").split(","))))
        )
        if row is None:
            return showing.edits.add(replace(ingest.written(messages, tags=tags), split=form.one("split")))
        made = ingest.rewritten(row, messages)
        if form.one("split") not in ("", row.split):
            made = replace(made, split=form.one("split"))
        edits = showing.edits if made == row else showing.edits.change(replace(made, tags=row.tags))
        return edits if tags == row.tags else edits.tag([row.id], tags)

    def _ticked(self, showing: Showing, form: Sent) -> Edits:
        """The edits with what was asked for all ticked rows."""
        ids, name, edits = form.all("row"), form.one("tag").strip(), showing.edits
        if form.one("do") == "delete":
            return edits.delete(*ids)
        for row in filter(None, (self.tab.rows.row(showing, wanted) for wanted in ids)):
            others = [known for known in row.tags if known != name]
            if name:
                edits = edits.tag([row.id], [*others, name] if form.one("do") == "tag" else others)
        return edits


def _messages(form: Sent, row: Row | None) -> tuple[Message, ...]:
    """The turns a form holds, without the empty ones; what a turn has besides its text is kept."""
    known = row.messages if row else ()
    made = []
    for number, (role, content) in enumerate(zip(form.all("role"), form.all("content"), strict=False)):
        old = known[number] if number < len(known) and known[number].role == role else Message(role, "")
        message = replace(old, content=content.replace("\r\n", "\n"))
        if message.content.strip() or message.calls:
            made.append(message)
    return tuple(made)
