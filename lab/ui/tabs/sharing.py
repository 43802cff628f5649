"""What leaves the lab with a run: a report in one file, and a Space to open elsewhere.

Knows: its own layout and events. Must not know how a Space is made.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from lab.records import Run
from lab.ship.space import write
from lab.story import html
from lab.ui.page import Page, Selection
from lab.ui.present import tag, text
from lab.workspace import write_text


class Sharing:
    """Buttons below the exports of a run."""

    def __init__(self, page: Page, shown: Callable[[Selection], Run]) -> None:
        self.page = page
        self.lab = page.lab
        self.shown = shown

    def build(self) -> None:
        """Lay out and wire the part in the current context."""
        say = self.page.say
        gr.HTML(tag("p", text(say("space.page_lead")), class_="fine"))
        with gr.Row(elem_classes="buttons"):
            self.space = gr.Button(say("space.page_write"))
        self.told = gr.HTML()
        self.page.writes(self.space.click, self.write_space, self.page.selection, self.told)

    def build_story(self) -> None:
        """The report: for everybody who may look."""
        say = self.page.say
        with gr.Row(elem_classes="buttons", visible=False) as self.row:
            self.story = gr.Button(say("story.page_button"))
        self.file = gr.File(label=say("story.page_file"), interactive=False, visible=False)
        self.page.reads(self.story.click, self.write_story, self.page.selection, self.file, show_progress="minimal")

    def write_story(self, selection: Selection) -> Any:
        """The report of the shown run, to take away."""
        made = self.lab.story(self.shown(selection), language=self.page.language)
        out = Path(tempfile.mkdtemp(prefix="finetune-lab-")) / f"{made.run.name}.html"
        write_text(out, html(made, self.page.language))
        return gr.File(value=str(out), visible=True)

    def write_space(self, selection: Selection) -> str:
        """Write the Space of the shown run into a folder of the workspace; says what is in it."""
        run = self.shown(selection)
        contents = self.lab.space(run, language=self.page.language)
        out = self.lab.workspace.fresh_export(f"{run.name}-space")
        write(contents, out)
        say, size = self.page.say, f"{contents.size / 1e6:,.1f}"
        lines = [
            say("space.written", folder=out, files=len(contents.parts), megabytes=size),
            say("space.rows_left", rows=len(contents.rows), left=contents.rows_left),
            *([say("space.answers_along", answers=contents.answers)] if contents.answers else []),
        ]
        command = f"python -m lab space {self.lab.runs.called(run)} --to OWNER/NAME"
        said = "".join(tag("p", text(line)) for line in lines) + tag("p", text(say("space.page_push")), class_="fine")
        return said + tag("pre", tag("code", text(command)), class_="line", tabindex="0")
