"""What is on the disk: sizes, ages, what uses what; into the trash and back.

Knows: its own layout and events. Must not know where anything lies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from lab import access
from lab.disk import Disk
from lab.ui.page import Page, Selection, picked, picks
from lab.ui.present import tag, text
from lab.ui.views import disk as view


class DiskPanel:
    """A folded list, made when it is opened: measuring a disk takes a while."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.disk = Disk(page.lab.workspace, page.lab.models)

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Accordion(say("disk.title"), open=False, elem_classes=["fold", "needs-write"]) as self.fold:
            gr.HTML(tag("p", text(say("disk.lead")), class_="fine"))
            self.room = gr.HTML()
            self.list = picks()
            self.trash = picks()
            with gr.Row(elem_classes="buttons"):
                self.again = gr.Button(say("disk.look"), size="sm")
                self.empty = gr.Button(say("disk.act_empty", megabytes="0"), size="sm", variant="stop", visible=False)

    def wire(self, refresh: Callable[[Selection], dict[Any, Any]], outputs: list[Any]) -> None:
        """Connect the buttons; after each change ``refresh`` shows the tab around it anew in ``outputs``."""
        reads, writes, selection = self.page.reads, self.page.writes, self.page.selection
        shown = [self.room, self.list, self.trash, self.empty]
        reads(self.fold.expand, self.look, None, shown)
        reads(self.again.click, self.look, None, shown)
        for event, handler in (
            (self.list.click, self.delete),
            (self.trash.click, self.restore),
            (self.empty.click, self.empty_trash),
        ):
            changed = writes(event, handler, selection, [selection, self.page.clock])
            # Also where it failed: then somebody else was faster, and the list is old.
            reads(changed.then, self.look, None, shown)
            reads(changed.then, refresh, selection, outputs)

    def look(self) -> dict[Any, Any]:
        """The list as things stand."""
        things = self.disk.things()
        gone = self.disk.trashed() if access.current().host else []
        room, language = self.disk.room(things, gone), self.page.language
        return {
            self.room: view.room(room, self.disk.models, language),
            self.list: view.things(things, language),
            self.trash: view.trash(gone, language),
            self.empty: gr.Button(
                self.page.say("disk.act_empty", megabytes=view.megabytes(room.trash)), visible=bool(gone)
            ),
        }

    def delete(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Move the thing that was clicked to the trash; the page is no longer about it."""
        key = picked(event)
        gone = self.disk.delete(key)
        gr.Info(text(self.page.say("disk.deleted_here", name=gone.name)))
        kind, _, thing = key.partition(":")
        chosen = {"dataset": "data", "job": "review"}.get(kind, kind)
        left = selection.with_(**{chosen: ""}) if getattr(selection, chosen, "") == thing else selection
        return self._changed(left)

    def restore(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Bring back what was clicked."""
        back = self.disk.restore(picked(event))
        gr.Info(text(self.page.say("disk.restored", name=back.name)))
        return self._changed(selection)

    def empty_trash(self, selection: Selection) -> dict[Any, Any]:
        """Remove everything in the trash for good."""
        self.disk.empty()
        return self._changed(selection)

    def _changed(self, selection: Selection) -> dict[Any, Any]:
        """A tick of the clock draws the top of the page anew."""
        return {self.page.selection: selection, **self.page.awake()}
