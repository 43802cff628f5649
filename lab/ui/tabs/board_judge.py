"""The judge on the Scoreboard: who judges the shown evaluation's answers, how far it is, and what came of it.

Knows: its own layout and events. Must not know how a judge is examined, asked or believed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from lab.errors import EvalError
from lab.evals import judging
from lab.evals.judging import JudgePlan, Judging, votes
from lab.jobs import JobView
from lab.ui import contestants
from lab.ui.forms import Form
from lab.ui.page import Page, Selection
from lab.ui.present import duration, meter, tag, text
from lab.ui.tabs.board_section import Shown, shown
from lab.ui.tabs.model_choice import ModelChoice
from lab.ui.views import board_judge as view
from lab.ui.views.train import trouble


class JudgeSection:
    """A model reads the stored answers, after an exam."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab
        self.choice = ModelChoice(page, "judge.send", "judge.leaves_machine_note")
        self.form = Form(JudgePlan, page.language)

    def build(self) -> None:
        """Lay out and wire the section in the current context."""
        say = self.page.say
        with gr.Column(visible=False, elem_classes="judge-section") as self.section:
            heading = tag("h2", text(say("judge.title")))
            gr.HTML(heading + tag("p", text(say("judge.lead")), class_="lead"))
            self.result = gr.HTML()
            self.progress = gr.HTML()
            with gr.Row(elem_classes="buttons"):
                self.stop = gr.Button(say("ui_board.stop"), variant="stop", visible=False)
                self.resume = gr.Button(say("ui_board.resume"), visible=False)
            with gr.Accordion(say("judge.ask"), open=False, elem_classes=["fold", "needs-write"]):
                self.choice.build()
                with gr.Row(elem_classes="on-one-line"):
                    base = [(say("ui_compare.base_of"), "base")]
                    self.model = gr.Dropdown(base, value="base", label=say("judge.by"), info=say("judge.by_info"))
                    ours = [(say("judge.against_base"), "")]
                    told = {"label": say("judge.against"), "info": say("judge.against_info")}
                    self.against = gr.Dropdown(ours, value="", **told)
                self.form.build(JudgePlan())
                self.people = gr.HTML()
                self.votes = gr.File(
                    label=say("judge.votes_file"), file_types=[".jsonl"], height=110, elem_classes="drop small"
                )
                with gr.Row(elem_classes="buttons"):
                    self.start = gr.Button(say("judge.start"), variant="primary")
        self.watched = [self.result, self.progress, self.stop, self.resume]
        self.outputs = [self.section, self.model, self.against, self.people, *self.watched]
        self._wire()

    def _wire(self) -> None:
        on, writes, selection = self.page.reads, self.page.writes, self.page.selection
        self.choice.wire()
        on(self.choice.who.input, self.choose, self.choice.who, self.model)
        asked = [selection, self.model, self.against, self.votes, *self.choice.components, *self.form.components]
        writes(self.start.click, self.begin, asked, [self.page.clock, *self.watched])
        writes(self.votes.upload, self.compare, [selection, self.votes], self.watched)
        writes(self.stop.click, self.end, selection, self.watched)
        writes(self.resume.click, self.go_on, [selection, self.choice.key], [self.page.clock, *self.watched])

    # --- what a person does

    def choose(self, who: str) -> dict[Any, Any]:
        """Show which model of this machine judges, where it is one of this machine."""
        return {self.model: gr.Dropdown(visible=who == "local")}

    def begin(self, selection: Selection, model: str, against: str, people: str | None, *told: Any) -> dict[Any, Any]:
        """Start a judging of the shown evaluation."""
        now = self._shown(selection)
        size = len(self.choice.components)
        spec, key, send = self.choice.read(*told[:size])
        judging.start(
            self.lab.jobs,
            self.lab.datasets,
            self.lab.runs,
            evaluation=now.evaluation.id,
            by=f"url:{spec.url}#{spec.model}" if spec.kind == "url" else model or "base",
            models_folder=self.lab.models,
            against=against or "",
            plan=self.form.read(told[size:], JudgePlan()),
            votes_given=votes.read(Path(people)) if people else None,
            key=key,
            send=send,
        )
        return {**self._drawn(now), **self.page.awake()}

    def compare(self, selection: Selection, people: str) -> dict[Any, Any]:
        """Hold the newest judging against the votes of a file; without a judging they wait for the next one."""
        now, given = self._shown(selection), votes.read(Path(people))
        newest = self._newest(now)
        if newest:
            judging.give_votes(self.lab.workspace, newest, given)
        gr.Info(text(self.page.say("judge.votes_taken" if newest else "judge.votes_wait", n=len(given))))
        return self._drawn(now)

    def end(self, selection: Selection) -> dict[Any, Any]:
        """Stop the judging; the replies so far are kept."""
        now = self._shown(selection)
        job = self._job(now)
        if job:
            self.lab.jobs.stop(job.id)
        return self._drawn(now)

    def go_on(self, selection: Selection, key: str) -> dict[Any, Any]:
        """Resume the judging from its last reply."""
        now = self._shown(selection)
        job = self._job(now)
        if job:
            judging.go_on(self.lab.jobs, job.id, (key or "").strip())
        return {**self._drawn(now), **self.page.awake()}

    # --- what is shown

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """The newest judging of the evaluation, and who may judge and be compared with."""
        if shown is None or shown.active:
            hidden = gr.Button(visible=False)
            nothing = {self.result: "", self.progress: "", self.stop: hidden, self.resume: hidden}
            unchanged = {part: gr.skip() for part in (self.model, self.against, self.people)}
            return {self.section: gr.Column(visible=False), **unchanged, **nothing}
        heads = ["base", *(self.lab.runs.called(run) for run in self.lab.runs.all())]
        called = contestants.names(self.lab, shown.language, heads)
        names = shown.names
        return {
            self.section: gr.Column(visible=True),
            self.model: gr.Dropdown(choices=[(called[name], name) for name in heads]),
            self.against: self._compared(shown, names),
            self.people: self._people(shown),
            **self._drawn(shown),
        }

    def _people(self, shown: Shown) -> str:
        """Which votes the judge is held against."""
        n = judging.votes_there(self.lab.workspace, shown.evaluation)
        told = self.page.say("judge.votes_there", n=n) if n else self.page.say("judge.votes_none")
        return tag("p", text(told), class_="fine")

    def _compared(self, shown: Shown, names: dict[str, str]) -> Any:
        """Whom the others may be compared with; what a person chose stays chosen while jobs are watched."""
        who = [(names.get(one.name, one.name), one.name) for one in shown.evaluation.contestants]
        return gr.Dropdown(choices=[(self.page.say("judge.against_base"), ""), *who], visible=len(who) > 1)

    def _drawn(self, shown: Shown) -> dict[Any, Any]:
        job, newest = self._job(shown), self._newest(shown)
        active = job is not None and not job.is_final
        drawn = view.result(judging.result(self.lab.workspace, newest), shown.names, shown.language) if newest else ""
        return {
            self.result: drawn,
            self.progress: self._progress(job) if job else "",
            self.stop: gr.Button(visible=active),
            self.resume: gr.Button(visible=job is not None and job.state in {"interrupted", "failed", "stopped"}),
        }

    def _progress(self, job: JobView) -> str:
        if job.is_final:
            return trouble(job, self.page.language)
        status = job.status
        phase = status.phase if status.phase.startswith("judge.") else "judge.phase_exam"
        left = (status.total - status.step) / status.rate if status.rate and status.total else None
        time_left = f" · {duration(left, self.page.language)}" if left is not None else ""
        label = self.page.say(phase)
        said = tag("p", text(f"{label} {status.step} / {status.total or '…'}{time_left}"), class_="num")
        return said + meter(status.step / status.total if status.total else 0.0, label)

    def _shown(self, selection: Selection) -> Shown:
        now = shown(self.page, selection)
        if now is None:
            raise EvalError("ui_board.none")
        return now

    def _job(self, shown: Shown) -> JobView | None:
        """The newest judging job of the evaluation."""
        jobs = self.lab.jobs.all(judging.KIND)
        return next((job for job in jobs if job.spec.options.get("evaluation") == shown.evaluation.id), None)

    def _newest(self, shown: Shown) -> Judging | None:
        return next(iter(judging.judgings(self.lab.workspace, shown.evaluation.id)), None)
