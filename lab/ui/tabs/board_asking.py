"""Starting an evaluation, and what it is doing: who answers which data set's questions.

Knows: its own form and the job's buttons. Must not know what is shown of the answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from lab import evals
from lab.errors import EvalError
from lab.evals.tasks import TASKS
from lab.jobs import JobView
from lab.records import Version
from lab.ui import contestants
from lab.ui.page import Page, Selection
from lab.ui.present import duration, meter, tag, text
from lab.ui.target_field import TargetField
from lab.ui.views.train import trouble

REPEATS = (3, 5, 10)
Redraw = Callable[[Selection], dict[Any, Any]]


class Asking:
    """The form that starts an evaluation, and its progress."""

    def __init__(self, page: Page, refresh: Redraw, watch: Redraw) -> None:
        self.page = page
        self.lab = page.lab
        self.target = TargetField(page)
        self.refresh = refresh
        """The whole tab anew."""
        self.watch_all = watch
        """What follows a job anew."""

    def build(self) -> None:
        """Lay out the section in the current context."""
        say = self.page.say
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
        with (
            gr.Accordion(say("evals_slices.more"), open=False, elem_classes="fold"),
            gr.Row(elem_classes="on-one-line"),
        ):
            told = {"label": say("metrics.task"), "info": say("metrics.task_info")}
            self.task = gr.Dropdown([(say("metrics.task_auto"), "")], value="", **told)
            none = [(say("evals_slices.also_none"), "")]
            told = {"label": say("evals_slices.also"), "info": say("evals_slices.also_info")}
            self.also = gr.Dropdown(none, value="", **told)
            often = [(say("evals_slices.repeats_none"), 0), *((str(k), k) for k in REPEATS)]
            told = {"label": say("evals_slices.repeats"), "info": say("evals_slices.repeats_info")}
            self.repeats = gr.Dropdown(often, value=0, **told)
            told = {"label": say("evals_slices.keep_alive"), "info": say("evals_slices.keep_alive_info")}
            self.keep_alive = gr.Checkbox(value=True, **told)
        self.target.build()
        self.prospect = gr.HTML()
        self.progress = gr.HTML()
        with gr.Row(elem_classes="buttons"):
            self.evaluate = gr.Button(say("ui_board.evaluate"), variant="primary")
            self.stop = gr.Button(say("ui_board.stop"), variant="stop", visible=False)
            self.resume = gr.Button(say("ui_board.resume"), visible=False)
        self.watched = [self.progress, self.stop, self.resume]
        self.outputs = [self.dataset, self.models, self.task, self.also, self.prospect, *self.target.outputs]

    def wire(self, outputs: list[Any], watched: list[Any]) -> None:
        """Wire the events, which show the whole tab (``outputs``) or what follows a job (``watched``) anew."""
        reads, writes, selection = self.page.reads, self.page.writes, self.page.selection
        asked = [selection, self.dataset, self.models, self.task, self.also, self.repeats, self.keep_alive]
        self.target.wire(self.dataset)
        writes(self.evaluate.click, self.start, asked, [selection, self.page.clock, *outputs])
        writes(self.stop.click, self.stop_it, selection, watched)
        writes(self.resume.click, self.go_on, selection, [self.page.clock, *watched])
        reads(selection.change, self.follow, selection, self.outputs)
        reads(self.dataset.input, self.look_ahead, self.dataset, [self.models, self.task, self.also, self.prospect])

    # --- what a person does

    def start(
        self,
        selection: Selection,
        dataset: str,
        models: list[str],
        task: str,
        also: str,
        repeats: int,
        keep_alive: bool,
    ) -> dict[Any, Any]:
        """Start an evaluation of the chosen contestants and show it."""
        job = evals.start(
            self.lab.jobs,
            self.lab.datasets,
            self.lab.runs,
            dataset=dataset or "",
            models=list(models or []),
            models_folder=self.lab.models,
            task=task or "",
            also=also or "",
            repeats=int(repeats or 0),
            keep_alive=bool(keep_alive),
        )
        now = selection.with_(evaluation=job.id, data=dataset)
        return {self.page.selection: now, **self.page.awake(), **self.refresh(now)}

    def stop_it(self, selection: Selection) -> dict[Any, Any]:
        """Stop the evaluation; the answers given so far are kept."""
        job = self._job(selection)
        if job:
            self.lab.jobs.stop(job.id)
        return self.watch_all(selection)

    def go_on(self, selection: Selection) -> dict[Any, Any]:
        """Resume the evaluation from its last answer."""
        job = self._job(selection)
        if job is None:
            raise EvalError("ui_board.none")
        self.lab.jobs.resume(job.id)
        return {**self.page.awake(), **self.watch_all(selection)}

    def look_ahead(self, dataset: str) -> dict[Any, Any]:
        """Who may answer for the data set that was chosen, and what its questions could show."""
        version = self.lab.datasets.get(dataset)
        who = contestants.choices(self.lab, version, self.page.language)
        return {
            self.models: gr.Dropdown(choices=who),
            self.task: self._task(version),
            self.also: self._others(version.dataset),
            self.prospect: self._prospect(version),
        }

    # --- what is shown

    def follow(self, selection: Selection) -> dict[Any, Any]:
        """The data set the page is about and who would answer: the base and the data set's run."""
        names, version = self.lab.datasets.names(), self.page.data(selection)
        data = version.dataset if version else None
        ours = {run.id: self.lab.runs.called(run) for run in self.lab.runs.all() if run.dataset == data}
        chosen = ["base", ours.get(selection.run) or next(iter(ours.values()), "")]
        who = contestants.choices(self.lab, version, self.page.language)
        return {
            self.prospect: self._prospect(version) if version else "",
            self.dataset: gr.Dropdown(choices=names, value=data),
            self.models: gr.Dropdown(
                choices=who, value=[name for name in chosen if name], multiselect=True, allow_custom_value=True
            ),
            self.task: self._task(version),
            self.also: self._others(data or ""),
            **self.target.draw(data),
        }

    def _others(self, dataset: str) -> gr.Dropdown:
        """Data sets other than the one asked, as far as they hold something to ask."""
        tested = [one.dataset for one in self.lab.datasets.current() if one.splits.get("test")]
        none = [(self.page.say("evals_slices.also_none"), "")]
        return gr.Dropdown([*none, *((name, name) for name in tested if name != dataset)], value="")

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """What the job is doing, and what can be done about it."""
        job = self._job(selection)
        return {
            self.progress: self._progress(job) if job else "",
            self.stop: gr.Button(visible=job is not None and not job.is_final),
            self.resume: gr.Button(visible=job is not None and job.state in {"interrupted", "failed", "stopped"}),
        }

    def _task(self, version: Version | None) -> Any:
        """What answers can be: as the data tells, or as a person says."""
        say = self.page.say
        found = say(f"evals.task_{evals.task_of(self.lab.datasets, version)}") if version else ""
        first = say("metrics.task_told", task=found) if found else say("metrics.task_auto")
        return gr.Dropdown(choices=[(first, ""), *((say(f"evals.task_{one}"), one) for one in TASKS)], value="")

    def _prospect(self, version: Version) -> str:
        """What the test questions could show, before they are asked."""
        return tag("p", text(evals.prospect(self.lab.datasets, version).text(self.page.language)), class_="fine")

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
