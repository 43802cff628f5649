"""New wordings of a saved data set's questions: by rules at once, or with a model, by a job that can be watched.

Knows: its own layout and events. Must not know how wordings are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import synth
from lab.jobs import JobView
from lab.ui.page import Selection
from lab.ui.present import text
from lab.ui.tabs.data_showing import Showing
from lab.ui.tabs.model_choice import ModelChoice
from lab.ui.views import wordings as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

KIND = "reword"


class WordingsPanel:
    """The way to more wordings."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab
        self.choice = ModelChoice(tab.page, "ui_reword.send")

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Column(visible=False, elem_classes="needs-write") as self.wordings:
            gr.HTML(self.tab.heading("ui_data.reword_title", "ui_data.reword_lead", level="h3"))
            self.per_row = gr.Slider(
                0, 8, value=0, step=1, label=say("ui_data.reword_count"), info=say("ui_review.reword_zero")
            )
            ways = [(say(f"ui_reword.way_{way}"), way) for way in ("rules", "model")]
            self.way = gr.Radio(ways, value="rules", label=say("ui_reword.way"), elem_classes="stacked")
            with gr.Column(visible=False) as self.model:
                self.choice.build()
                varied = [(say(f"ui_reword.answers_{answers}"), answers) for answers in synth.ANSWERS]
                self.answers = gr.Radio(
                    varied, value=synth.ANSWERS[0], label=say("ui_reword.answers"), elem_classes="stacked"
                )
            self.reword = gr.Button(say("ui_data.reword"), elem_classes="start")
            self.progress = gr.HTML()
            with gr.Row(elem_classes="buttons"):
                self.stop = gr.Button(say("ui_review.stop"), size="sm", visible=False)
                self.go_on = gr.Button(say("ui_review.go_on"), size="sm", visible=False)
                self.take = gr.Button(say("ui_reword.take"), size="sm", visible=False)
        self.watched = [self.progress, self.stop, self.go_on, self.take]
        self.outputs = [self.wordings, *self.watched]

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, writes, selection, showing = self.page.reads, self.page.writes, self.page.selection, self.tab.showing
        self.choice.wire()
        reads(self.way.input, self.choose_way, self.way, self.model)
        way = [self.per_row, self.way, self.answers, *self.choice.components]
        saved = [selection, *self.tab.outputs, self.tab.intake.drop, self.page.clock]
        writes(self.reword.click, self.add_wordings, [showing, selection, *way], saved)
        writes(self.stop.click, self.end, showing, self.watched)
        writes(self.go_on.click, self.resume, [showing, self.choice.key], [*self.watched, self.page.clock])
        writes(self.take.click, self.take_ready, [showing, selection], saved)

    def choose_way(self, way: str) -> dict[Any, Any]:
        """Show which model is asked, where one is."""
        return {self.model: gr.Column(visible=way == "model")}

    def add_wordings(
        self,
        showing: Showing,
        selection: Selection,
        per_row: float,
        way: str = "rules",
        answers: str = synth.ANSWERS[0],
        *who: Any,
    ) -> dict[Any, Any]:
        """New wordings of the shown data set's questions, as its next version; with a model by a job."""
        name, count = showing.dataset, int(per_row) or None
        if way == "rules":
            new = synth.reword_dataset(self.lab.datasets, name, name, count, version=showing.version or None)
            return self.tab.kept(new.version, selection)
        provider, key, send = self.choice.read(*who)
        told: dict[str, Any] = {"models": self.lab.models, "answers": answers, "send": send, "key": key}
        synth.start_rewording(self.lab.jobs, self.lab.datasets, name, name, provider, count, **told)
        return {**self._drawn(name), **self.page.awake()}

    def end(self, showing: Showing) -> dict[Any, Any]:
        """Ask the rewording to stop; what was replied stays."""
        job = self._job(showing.dataset)
        if job:
            self.lab.jobs.stop(job.id)
        return self._drawn(showing.dataset)

    def resume(self, showing: Showing, key: str) -> dict[Any, Any]:
        """Go on where the rewording broke off."""
        job = self._job(showing.dataset)
        if job:
            synth.go_on(self.lab.jobs, job.id, (key or "").strip())
        return {**self._drawn(showing.dataset), **self.page.awake()}

    def take_ready(self, showing: Showing, selection: Selection) -> dict[Any, Any]:
        """The version the rewording has made, or could make of what was replied so far."""
        job = self._job(showing.dataset)
        if job is None:
            return self._drawn(showing.dataset)
        made = synth.reworded_so_far(self.lab.datasets, job)
        said = self.page.say("reword.by_model", by_model=made.by_model, pairs=made.pairs)
        gr.Info(text(said))
        return self.tab.kept(made.version, selection)

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        job = self._job(showing.dataset)
        drawn = self._drawn("" if job and job.state == "done" else showing.dataset)
        return {self.wordings: gr.Column(visible=bool(showing.dataset)), **drawn}

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """How far the rewording of the chosen data set is."""
        version = self.page.data(selection)
        return self._drawn(version.dataset if version else "")

    def _drawn(self, dataset: str) -> dict[Any, Any]:
        job = self._job(dataset)
        ended = job is not None and job.is_final
        return {
            self.progress: view.progress(job, synth.first_reply(job), self.page.language) if job else "",
            self.stop: gr.Button(visible=job is not None and not ended),
            self.go_on: gr.Button(visible=ended and job is not None and job.state != "done"),
            self.take: gr.Button(visible=ended),
        }

    def _job(self, dataset: str) -> JobView | None:
        """The latest rewording, as long as the version it is of, or that it made, is the current one."""
        jobs = [job for job in self.lab.jobs.all(KIND) if job.spec.options["dataset"] == dataset] if dataset else []
        if not jobs:
            return None
        job, version = max(jobs, key=lambda one: one.spec.created), self.lab.datasets.get(dataset)
        about = {job.spec.options["version"], (job.status.result or {}).get("version")}
        return job if version.version in about or not job.is_final else None
