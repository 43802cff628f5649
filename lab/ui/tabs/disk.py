"""What is on the disk: sizes, ages, what uses what; into the trash and back.

Knows: its own layout and events. Must not know where anything lies.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from lab.disk import Disk
from lab.ui.page import Page, picked, picks
from lab.ui.present import tag, text
from lab.ui.views import disk as view


class DiskPanel:
    """A folded list, made when it is opened: measuring a disk takes a while."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.disk = Disk(page.lab.workspace, page.lab.models)

    def build(self) -> None:
        """Lay out and wire the panel in the current context."""
        say = self.page.say
        with gr.Accordion(say("disk.title"), open=False, elem_classes="fold") as fold:
            gr.HTML(tag("p", text(say("disk.lead")), class_="fine"))
            self.list = picks()
            self.trash = picks()
            with gr.Row(elem_classes="buttons"):
                self.again = gr.Button(say("disk.look"), size="sm")
                self.empty = gr.Button(say("disk.act_empty", megabytes="0"), size="sm", variant="stop", visible=False)
        shown = [self.list, self.trash, self.empty]
        self.page.reads(fold.expand, self.look, None, shown)
        self.page.reads(self.again.click, self.look, None, shown)
        self.page.writes(self.list.click, self.delete, None, shown)
        self.page.writes(self.trash.click, self.restore, None, shown)
        self.page.writes(self.empty.click, self.empty_trash, None, shown)

    def look(self) -> dict[Any, Any]:
        """The list as things stand."""
        things, gone = self.disk.things(), self.disk.trashed()
        waste = f"{sum(one.size for one in gone) / 1e6:,.1f}"
        return {
            self.list: view.things(things, self.page.language),
            self.trash: view.trash(gone, self.page.language),
            self.empty: gr.Button(self.page.say("disk.act_empty", megabytes=waste), visible=bool(gone)),
        }

    def delete(self, event: gr.EventData) -> dict[Any, Any]:
        """Move the thing that was clicked to the trash."""
        gone = self.disk.delete(picked(event))
        gr.Info(text(self.page.say("disk.deleted_here", name=gone.name)))
        return self.look()

    def restore(self, event: gr.EventData) -> dict[Any, Any]:
        """Bring back what was clicked."""
        back = self.disk.restore(picked(event))
        gr.Info(text(self.page.say("disk.restored", name=back.name)))
        return self.look()

    def empty_trash(self) -> dict[Any, Any]:
        """Remove everything in the trash for good."""
        self.disk.empty()
        return self.look()
