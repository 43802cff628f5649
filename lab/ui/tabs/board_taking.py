"""The evaluation as files to take away.

Knows: which files there are. Must not know what stands in them.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from lab import evals
from lab.errors import EvalError
from lab.evals import judging, report, report_page
from lab.ui.page import Page, Selection
from lab.ui.tabs.board_section import Shown, shown
from lab.workspace import write_jsonl, write_text

TAKEN = {"report": "report.html", "figures": "figures.csv", "answers": "answers.jsonl"}
"""What can be taken away, and how its file ends."""


class Taking:
    """A report to open anywhere, a table of figures, every answer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def build(self) -> None:
        """Lay out and wire the section in the current context."""
        say, reads = self.page.say, self.page.reads
        with gr.Row(elem_classes="buttons", visible=False) as self.taking:
            take = {form: gr.Button(say(f"ui_board.take_{form}"), size="sm") for form in TAKEN}
        self.files = gr.File(label=say("ui_board.files"), interactive=False, visible=False)
        self.outputs = [self.taking, self.files]
        for form, button in take.items():
            wanted = partial(self.take_away, form)
            reads(button.click, wanted, self.page.selection, self.files, show_progress="minimal")

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """The buttons, once there is an answer."""
        return {
            self.taking: gr.Row(visible=bool(shown and (shown.folder / "items.jsonl").exists())),
            self.files: gr.File(visible=False),
        }

    def take_away(self, form: str, selection: Selection) -> Any:
        """The evaluation as a file of this form."""
        now = shown(self.page, selection)
        if now is None:
            raise EvalError("ui_board.none")
        out = Path(tempfile.mkdtemp(prefix="finetune-lab-")) / f"{now.evaluation.dataset}-{TAKEN[form]}"
        workspace = self.page.lab.workspace
        told = report.gather(workspace, now.board, now.questions, evals.advice(workspace, now.board), now.names)
        if form == "report":
            explained = None if now.active else evals.diagnostics(workspace, now.evaluation)
            judge = judging.report_section(workspace, now.evaluation.id, self.page.language, now.names)
            write_text(out, report_page.html([replace(told, diagnostics=explained, judge=judge)], self.page.language))
        elif form == "figures":
            write_text(out, report.table_file(now.board, self.page.language))
        else:
            write_jsonl(out, report.answers(told))
        return gr.File(value=str(out), visible=True)
