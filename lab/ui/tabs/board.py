"""The Scoreboard tab: who answers, the verdict, and every figure and item it rests on.

Knows: its own layout and events. Must not know how answers are judged or figures computed.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from lab import evals
from lab.errors import EvalError
from lab.evals import Evaluation, report
from lab.jobs import JobView
from lab.records import Version, to_json
from lab.ui import contestants
from lab.ui.page import Page, Selection, picked, picks
from lab.ui.present import duration, empty, meter, tag, text
from lab.ui.views import board as view
from lab.ui.views.train import trouble
from lab.workspace import write_jsonl, write_text

TAKEN = {"report": "report.html", "figures": "figures.csv", "answers": "answers.jsonl"}
"""What can be taken away, and how its file ends."""


class BoardTab:
    """Who answers, and what came of it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab

    def build(self) -> None:
        """Lay out and wire the tab in the current context."""
        say = self.page.say
        with gr.Column(elem_classes="sheet") as self.sheet:
            self.verdict = gr.HTML()
            self.charts = gr.HTML()
            self.items = gr.HTML()
            with gr.Row(elem_classes="buttons", visible=False) as self.taking:
                self.take = {form: gr.Button(say(f"ui_board.take_{form}"), size="sm") for form in TAKEN}
            self.files = gr.File(label=say("ui_board.files"), interactive=False, visible=False)
        with gr.Column(elem_classes="sheet"):
            heading = tag("h2", text(say("ui_board.new_title")))
            gr.HTML(heading + tag("p", text(say("ui_board.new_lead")), class_="lead"))
            with gr.Row(equal_height=False, elem_classes="on-one-line"):
                self.dataset = gr.Dropdown([], label=say("ui_board.dataset"), min_width=240)
                self.models = gr.Dropdown(
                    [],
                    multiselect=True,
                    allow_custom_value=True,
                    label=say("ui_board.contestants"),
                    info=say("ui_board.contestants_info"),
                    min_width=280,
                    scale=2,
                )
                self.require = gr.Textbox(
                    label=say("ui_board.require"), info=say("ui_board.require_info"), max_lines=1, min_width=220
                )
            self.prospect = gr.HTML()
            self.progress = gr.HTML()
            with gr.Row(elem_classes="buttons"):
                self.evaluate = gr.Button(say("ui_board.evaluate"), variant="primary")
                self.stop = gr.Button(say("ui_board.stop"), variant="stop", visible=False)
                self.resume = gr.Button(say("ui_board.resume"), visible=False)
        gr.HTML(tag("h2", text(say("ui_board.evaluations"))))
        self.others = picks()
        self.watched = [
            self.verdict,
            self.charts,
            self.items,
            self.taking,
            self.files,
            self.progress,
            self.stop,
            self.resume,
            self.others,
        ]
        self.outputs = [self.dataset, self.models, self.prospect, *self.watched]
        self._wire()

    def _wire(self) -> None:
        on, writes, selection = self.page.on, self.page.writes, self.page.selection
        asked = [selection, self.dataset, self.models, self.require]
        writes(self.evaluate.click, self.start, asked, [selection, self.page.clock, *self.outputs])
        writes(self.stop.click, self.stop_it, selection, self.watched)
        writes(self.resume.click, self.go_on, selection, [self.page.clock, *self.watched])
        on(selection.change, self.follow, selection, [self.dataset, self.models, self.prospect])
        on(self.dataset.input, self.look_ahead, self.dataset, [self.models, self.prospect])
        for form, button in self.take.items():
            on(button.click, partial(self.take_away, form), selection, self.files, show_progress="minimal")
        on(self.others.click, self.choose, selection, [selection, *self.outputs])

    # --- what a person does

    def start(self, selection: Selection, dataset: str, models: list[str], require: str) -> dict[Any, Any]:
        """Start an evaluation of the chosen contestants and show it."""
        job = evals.start(
            self.lab.jobs,
            self.lab.datasets,
            self.lab.runs,
            dataset=dataset or "",
            models=list(models or []),
            require=require.strip(),
            models_folder=self.lab.models,
        )
        now = selection.with_(evaluation=job.id, data=dataset)
        return {self.page.selection: now, **self.page.awake(), **self.refresh(now)}

    def stop_it(self, selection: Selection) -> dict[Any, Any]:
        """Stop the evaluation; the answers given so far are kept."""
        job = self._job(selection)
        if job:
            self.lab.jobs.stop(job.id)
        return self.watch(selection)

    def go_on(self, selection: Selection) -> dict[Any, Any]:
        """Resume the evaluation from its last answer."""
        job = self._job(selection)
        if job is None:
            raise EvalError("ui_board.none")
        self.lab.jobs.resume(job.id)
        return {**self.page.awake(), **self.watch(selection)}

    def choose(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Show the evaluation that was clicked."""
        now = selection.with_(evaluation=picked(event))
        return {self.page.selection: now, **self.refresh(now)}

    def look_ahead(self, dataset: str) -> dict[Any, Any]:
        """Who may answer for the data set that was chosen, and what its questions could show."""
        version = self.lab.datasets.get(dataset)
        who = contestants.choices(self.lab, version, self.page.language)
        return {self.models: gr.Dropdown(choices=who), self.prospect: self._prospect(version)}

    def take_away(self, form: str, selection: Selection) -> Any:
        """The evaluation as a file: a report to open anywhere, a table of figures, or every answer."""
        evaluation = self._evaluation(selection)
        if evaluation is None:
            raise EvalError("ui_board.none")
        board, folder = evals.board(self.lab.workspace, evaluation), self.lab.workspace.job(evaluation.id)
        out = Path(tempfile.mkdtemp(prefix="finetune-lab-")) / f"{evaluation.dataset}-{TAKEN[form]}"
        if form == "report":
            write_text(out, report.html([board], self.page.language, {evaluation.id: list(evals.read_items(folder))}))
        elif form == "figures":
            write_text(out, report.table_file(board, self.page.language))
        else:
            write_jsonl(out, [to_json(record) for record in evals.read_items(folder)])
        return gr.File(value=str(out), visible=True)

    # --- what is shown

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The whole tab as things stand."""
        return {**self.follow(selection), **self.watch(selection)}

    def follow(self, selection: Selection) -> dict[Any, Any]:
        """The data set the page is about and who would answer: the base and the data set's run."""
        names, version = self.lab.datasets.names(), self.page.data(selection)
        data = version.dataset if version else None
        runs = self.lab.runs.all()
        ours = {run.id: self.lab.runs.called(run) for run in runs if run.dataset == data}
        chosen = ["base", ours.get(selection.run) or next(iter(ours.values()), "")]
        who = contestants.choices(self.lab, version, self.page.language)
        return {
            self.prospect: self._prospect(version) if version else "",
            self.dataset: gr.Dropdown(choices=names, value=data),
            self.models: gr.Dropdown(
                choices=who, value=[name for name in chosen if name], multiselect=True, allow_custom_value=True
            ),
        }

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """The chosen evaluation as far as it has come."""
        job, evaluation = self._job(selection), self._evaluation(selection)
        language = self.page.language
        active = job is not None and not job.is_final
        shown = evaluation.id if evaluation else ""
        found = evals.evaluations(self.lab.workspace)
        listed = view.evaluation_cards(found, shown, self._names(*found), language)
        return {
            **self._draw(evaluation, active),
            self.progress: self._progress(job) if job else "",
            self.stop: gr.Button(visible=active),
            self.resume: gr.Button(visible=job is not None and job.state in {"interrupted", "failed", "stopped"}),
            self.others: listed,
        }

    def _draw(self, evaluation: Evaluation | None, active: bool) -> dict[Any, Any]:
        say, language = self.page.say, self.page.language
        if evaluation is None:
            key = "ui_board.none" if self.lab.datasets.names() else "ui_board.no_data"
            nothing = {self.verdict: empty(say("ui_board.none_title"), say(key)), self.charts: "", self.items: ""}
            return {**nothing, self.taking: gr.Row(visible=False), self.files: gr.File(visible=False)}
        board = evals.board(self.lab.workspace, evaluation)
        records = list(evals.read_items(self.lab.workspace.job(evaluation.id)))
        names = self._names(evaluation)
        charts = view.dots(board, names, language) + view.counts(board, names, language)
        return {
            self.verdict: view.verdict_card(None if active else evals.verdict(board), evaluation, names, language),
            self.charts: charts + view.figures(board, names, language),
            self.items: view.items(board, records, names, language),
            self.taking: gr.Row(visible=bool(records)),
            self.files: gr.File(visible=False),
        }

    def _names(self, *shown: Evaluation) -> dict[str, str]:
        """What contestants are called on the page."""
        asked = dict.fromkeys(one.name for evaluation in shown for one in evaluation.contestants)
        return contestants.names(self.lab, self.page.language, asked)

    def _prospect(self, version: Version) -> str:
        """What the test questions could show, before they are asked."""
        found = evals.prospect(self.lab.datasets, version)
        key = "ui_board.prospect" if found.detectable else "ui_board.prospect_too_few"
        points = round(100 * (found.detectable or 0))
        return tag("p", text(self.page.say(key, n=found.items, groups=found.groups, points=points)), class_="fine")

    def _progress(self, job: JobView) -> str:
        if job.is_final:
            return trouble(job, self.page.language)
        status, label = job.status, self.page.say("ui_board.running")
        left = (status.total - status.step) / status.rate if status.rate and status.total else None
        time_left = f" · {duration(left, self.page.language)}" if left is not None else ""
        said = f"{label} {status.step} / {status.total or '…'}{time_left}"
        share = status.step / status.total if status.total else 0.0
        return tag("p", text(said), class_="num") + meter(share, label)

    def _job(self, selection: Selection) -> JobView | None:
        """The job of the chosen evaluation; the newest of the data set, where none is chosen."""
        data = self.page.data(selection)
        jobs = self.lab.jobs.all("eval")
        if selection.evaluation:
            return next((job for job in jobs if job.id == selection.evaluation), None)
        return next((job for job in jobs if data and job.spec.options.get("dataset") == data.dataset), None)

    def _evaluation(self, selection: Selection) -> Evaluation | None:
        """The chosen evaluation, once its worker has begun; the newest of the data set, where none is chosen."""
        data = self.page.data(selection)
        found = evals.evaluations(self.lab.workspace, None if selection.evaluation or not data else data.dataset)
        return next((one for one in found if one.id == selection.evaluation or not selection.evaluation), None)
