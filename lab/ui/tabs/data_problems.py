"""What is wrong with the files, and the repairs a person can ask for.

Knows: its own layout and events. Must not know how problems are found or repaired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import ingest
from lab.records import Problem
from lab.ui.tabs.data_showing import Showing, drafted
from lab.ui.views import data_problems as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab


class ProblemsPanel:
    """Every problem with its place and reason; the repairs of files that are not saved yet."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Accordion(say("ui_data.problems_title"), open=False, elem_classes="fold") as self.fold:
            self.list = gr.HTML()
            fixes = [(say(f"ui_data.fix_{fix or 'none'}"), fix) for fix in ("", *ingest.FIXES)]
            self.fix = gr.Radio(fixes, value="", label=say("ui_data.fix_label"), visible=False)
        self.outputs = [self.fold, self.list, self.fix]

    def wire(self) -> None:
        """Wire the panel's events."""
        self.page.on(self.fix.input, self.repair, [self.tab.showing, self.fix], self.tab.outputs)

    def repair(self, showing: Showing, fix: str) -> dict[Any, Any]:
        """The same files, repaired."""
        return self.tab.draw(showing.ordering(fixes=(fix,) if fix else ()))

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        problems = self._problems(showing)
        fixes = showing.order.fixes
        fixable = showing.is_draft and (bool(fixes) or any(problem.fix for problem in problems))
        grave = any(problem.severity != "info" for problem in problems)
        return {
            self.fold: gr.Accordion(
                label=view.heading(problems, self.page.language),
                visible=bool(problems),
                open=grave and showing.is_draft,
            ),
            self.list: view.listed(problems, self.page.language),
            self.fix: gr.Radio(value=fixes[0] if fixes else "", visible=fixable),
        }

    def _problems(self, showing: Showing) -> list[Problem]:
        if showing.is_draft:
            return drafted(self.lab, showing.order).problems
        if showing.dataset:
            return self.lab.datasets.problems(self.lab.datasets.get(showing.dataset, showing.version or None))
        return []
