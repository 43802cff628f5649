"""Question by question, what tuning changed first; and from any answer the next step: a fault, or the right answer.

Knows: its own layout and events. Must not know how an answer is judged, nor how wordings are made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from lab import access
from lab.errors import DataError, EvalError
from lab.evals import faults
from lab.evals.choosing import WITH_PASSAGE
from lab.records import Row, Version
from lab.ui.page import Page, Selection, Sent, forms, picked, picks, sent
from lab.ui.present import tag, text
from lab.ui.tabs.board_section import Shown, shown
from lab.ui.views import board as board_view
from lab.ui.views import board_items as view


class Items:
    """Every question with its reference, its evidence and the answers given."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab

    def build(self) -> None:
        """Lay out and wire the section in the current context."""
        with gr.Column(elem_classes="pending", visible=False) as self.next:
            self.told = gr.HTML()
            self.retrain = gr.Button(variant="primary", elem_classes="start")
        self.finder = picks()
        self.faults = gr.HTML()
        self.items = forms(elem_classes="forms board-items")
        self.outputs = [self.next, self.told, self.retrain, self.finder, self.faults, self.items]
        page, selection = self.page, self.page.selection
        for view_of in (self.finder, self.items):
            page.reads(view_of.click, self.show, selection, [selection, *self.outputs])
        page.writes(self.items.submit, self.take, selection, self.outputs)
        page.writes(self.retrain.click, self.go_on, selection, [selection, page.clock, page.tabs])

    # --- what a person does

    def show(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Other questions: those of the filter that was clicked."""
        kind, _, told = picked(event).partition(":")
        if kind != "show":
            return {self.page.selection: selection}
        now = selection.with_(items=told)
        return {self.page.selection: now, **self.draw(shown(self.page, now))}

    def take(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """A form that was sent: what is wrong with an answer, or the right answer."""
        form, now = sent(event), shown(self.page, selection)
        if now is None:
            raise EvalError("ui_board.none")
        item, _, model = form.row.partition("\n")
        if form.form == "fault":
            by = access.called(form.one("by"))
            faults.find(self.lab.workspace, now.evaluation.id, item, model, form.one("fault"), by)
            return self.draw(now)
        self._answer(form, item, now)
        return self.draw(shown(self.page, selection))

    def go_on(self, selection: Selection) -> dict[Any, Any]:
        """Train on from the run that was evaluated, on the data as it is now, and show that."""
        now = shown(self.page, selection)
        run = self._run(now) if now else None
        if now is None or run is None:
            raise EvalError("ui_board.none")
        job = self.lab.retrain(run)
        gr.Info(text(self.page.say("ui_train.started", name=job.spec.name)))
        chosen = selection.with_(run=job.id, data=now.evaluation.dataset, evaluation="", tab="train")
        return {self.page.selection: chosen, **self.page.awake(), self.page.tabs: gr.Tabs(selected="train")}

    def _answer(self, form: Sent, item: str, now: Shown) -> None:
        one = next(now.questions.read(one for one in now.questions.found if one.item == item), None)
        asked = one.first.question if one else ""
        note, say = self.page.say("answer.note", question=asked), self.page.say
        own = form.one("own").splitlines()
        data = now.evaluation.data_of(one.slice if one else "")
        made = self.lab.answer(data, asked, form.one("right"), wordings=own, note=note)
        version = made.version
        told = [say("answer.saved", dataset=version.dataset, version=version.version, n=len(made.added))]
        told += [say("answer.new_fact", dataset=version.dataset)] if made.is_new else []
        told += [say("answer.corrected", n=made.corrected)] if made.corrected else []
        told += [say("answer.left_out", n=made.near_test)] if made.near_test else []
        told += [say("answer.was_held_out")] if made.was_held_out else []
        told += [say("answer.reference_differs", reference=made.reference)] if made.reference else []
        gr.Info("<br>".join(text(one) for one in (*told, *(row.question for row in made.added))), duration=15)

    # --- what is shown

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """The questions the filter lets through, and the next step where the data has changed since."""
        if shown is None:
            return {self.next: gr.Column(visible=False), self.finder: "", self.faults: "", self.items: ""}
        board, language = shown.board, shown.language
        questions = shown.questions.found
        tagged = faults.found(self.lab.workspace, shown.evaluation.id)
        where = view.Filter.read(shown.selection.items)
        caller = access.current()
        signs = caller.name if caller.signed_in else ""
        known = view.Known({}, tagged, shown.names, language, caller.may(access.Right.WRITE), signs)
        chosen = view.chosen(questions, where, board, known)
        page = list(shown.questions.read(view.on_page(chosen, where)))
        rows = self._rows(shown, [one.item for one in page])
        with_rows = replace(known, rows=rows)
        return {
            self.finder: view.finder(questions, where, board, known) if questions else "",
            self.faults: board_view.fault_counts(faults.counted(tagged), shown.names, language),
            self.items: view.listed(page, len(chosen), where, board, with_rows) if questions else "",
            **self._next(shown),
        }

    def _next(self, shown: Shown) -> dict[Any, Any]:
        """Retraining, where the data set has another version by now and there is a run to go on from."""
        run, version = self._run(shown), self._version(shown, "")
        if shown.active or run is None or version is None or version.version == shown.evaluation.version:
            return {self.next: gr.Column(visible=False)}
        before = self._version(shown, shown.evaluation.version)
        counts = {"n": version.splits["train"], "before": before.splits["train"] if before else "–"}
        told = tag("b", text(self.page.say("answer.since", dataset=version.dataset, **counts)))
        told += tag("p", text(self.page.say("answer.retrain_note", version=version.version)), class_="fine")
        name = shown.names.get(shown.board.subject, run)
        return {
            self.next: gr.Column(visible=True),
            self.told: told,
            self.retrain: gr.Button(self.page.say("answer.retrain", run=name)),
        }

    def _rows(self, shown: Shown, ids: list[str]) -> dict[str, Row]:
        version = self._version(shown, shown.evaluation.version)
        if version is None:
            return {}
        index, own = self.lab.datasets.index(version), {one: one.removesuffix(WITH_PASSAGE) for one in ids}
        rows = {row.id: row for row in index.read(index.with_ids(set(own.values())))}
        return {one: rows[row] for one, row in own.items() if row in rows}

    def _version(self, shown: Shown, version: str) -> Version | None:
        """A version of the evaluation's data set, if it is still there."""
        try:
            return self.lab.datasets.get(shown.evaluation.dataset, version or None)
        except DataError:
            return None

    def _run(self, shown: Shown) -> str | None:
        """The run the verdict is about, if it is one that is still there."""
        subject = next(one for one in shown.evaluation.contestants if one.name == shown.board.subject)
        return subject.run if any(run.id == subject.run for run in self.lab.runs.all()) else None
