"""What is wrong with the files, and the repairs a person can look at before they are made.

Knows: its own layout and events. Must not know how problems are found or repaired.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab.ingest.rules import fixes as repairs
from lab.lab import Draft
from lab.records import Problem, Row
from lab.ui.page import forms, picked, sent
from lab.ui.tabs.data_showing import Showing, drafted
from lab.ui.views import data_problems as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

PREVIEWED = 3
MOST_ASKED = 12
BEGINNING = 1200
"""Characters of a document that are shown before it is made."""


class ProblemsPanel:
    """Every problem with its place and reason; the repairs of files that are not saved yet."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        title = self.page.say("ui_data.problems_title")
        with gr.Accordion(title, open=False, visible=False, elem_classes="fold") as self.fold:
            self.list = forms(elem_classes="forms")
        self.outputs = [self.fold, self.list]

    def wire(self) -> None:
        """Wire the panel's events."""
        showing = self.tab.showing
        self.page.reads(self.list.click, self.look, showing, self.tab.outputs)
        self.page.reads(self.list.submit, self.repair, showing, self.tab.outputs)

    # --- what a person does

    def look(self, showing: Showing, event: gr.EventData) -> dict[Any, Any]:
        """Show what a repair would change, leave it, or take one back that was made."""
        doing, _, rest = picked(event).partition(":")
        if doing == "undo":
            left = [fix for number, fix in enumerate(showing.order.fixes) if str(number) != rest]
            return self.tab.draw(replace(showing.ordering(fixes=tuple(left)), trying=""))
        changed = replace(showing, trying=rest if doing == "try" else "")
        return {self.tab.showing: changed, **self._draw_list(changed)}

    def repair(self, showing: Showing, event: gr.EventData) -> dict[Any, Any]:
        """Make the repair that was looked at; one that asks for something is looked at with it first."""
        form = sent(event)
        kind, _, code = form.form.partition(":")
        if kind == "look":
            given = ",".join(f"{name}={value}" for name, value in form.fields if value)
            changed = replace(showing, trying=f"{code}:{form.row}={given}" if given else showing.trying)
            return {self.tab.showing: changed, **self._draw_list(changed)}
        repairs.parse(form.row)
        return self.tab.draw(replace(showing.ordering(fixes=(*showing.order.fixes, form.row)), trying=""))

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        problems = self._problems(showing)
        grave = any(problem.severity == "error" or view.solving(problem.code) for problem in problems)
        fold = gr.Accordion(
            label=view.heading(problems, self.page.language),
            visible=bool(problems or showing.order.fixes),
            open=showing.is_draft and grave,
        )
        return {self.fold: fold, **self._draw_list(showing)}

    def _draw_list(self, showing: Showing) -> dict[Any, Any]:
        language = self.page.language
        made = view.repairs_made(showing.order.fixes, language) if showing.is_draft else ""
        trial = self._trial(showing) if showing.is_draft and showing.trying else None
        listed = view.listed(self._problems(showing), language, fixable=showing.is_draft, trial=trial)
        return {self.list: made + listed}

    def _problems(self, showing: Showing) -> list[Problem]:
        if showing.is_draft:
            return drafted(self.lab, showing.order).problems
        if showing.dataset:
            return self.lab.datasets.problems(showing.version_of(self.lab))
        return []

    def _trial(self, showing: Showing) -> view.Trial | None:
        """What the repair that is looked at would change."""
        code, _, wanted = showing.trying.partition(":")
        name, _, filled = wanted.partition("=")
        fix = repairs.FIXES.get(name)
        if fix is None:
            return None
        draft = drafted(self.lab, showing.order)
        rows = draft.plan.rows
        if fix.code == "system_as_document":
            texts = [content for file in draft.reading.files for _, content in file.systems]
            return view.Trial(code, fix, (), texts[:PREVIEWED])
        if fix.asks:
            changes = repairs.preview(rows, wanted, PREVIEWED) if filled else []
            asks = list(repairs.placeholders(rows).items())[:MOST_ASKED]
            return view.Trial(code, fix, changes, asks=asks, given=filled)
        if fix.while_reading:
            read = drafted(self.lab, replace(showing.order, fixes=(*showing.order.fixes, fix.code)))
            return view.Trial(code, fix, _new_rows(draft, read), _new_texts(draft, read))
        given = {file.file: content for file in draft.reading.files for _, content in file.systems}
        return view.Trial(code, fix, repairs.preview(rows, repairs.Chosen(fix.code, given), PREVIEWED))


def _new_rows(before: Draft, after: Draft) -> list[tuple[Row | None, Row | None]]:
    """The first rows that only the second reading has."""
    known = {row.id for row in before.plan.rows}
    return [(None, row) for row in islice((row for row in after.plan.rows if row.id not in known), PREVIEWED)]


def _new_texts(before: Draft, after: Draft) -> list[str]:
    """The beginnings of the documents that only the second reading has."""
    known = before.reading.documents
    texts = [text for name, text in after.reading.documents.items() if name not in known]
    return [text if len(text) <= BEGINNING else text[:BEGINNING] + " …" for text in texts[:PREVIEWED]]
