"""How questions are made from documents: an estimate, the way, one section tried, and the job while it runs.

Knows: its own layout and events. Must not know how pairs are made or reviewed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import synth
from lab.jobs import JobView
from lab.records import Problem
from lab.synth.coverage import Estimate, estimate
from lab.ui.forms import Form
from lab.ui.page import Selection
from lab.ui.tabs.data_showing import Showing, drafted, only_documents
from lab.ui.tabs.model_choice import ModelChoice
from lab.ui.views import review as view

if TYPE_CHECKING:
    from lab.ui.tabs.review import ReviewPanel


def split_choice(say: Callable[..., str]) -> gr.Radio:
    """What the test is to show, as where files are saved."""
    modes = [(say(f"ui_data.mode_{mode}_choice"), mode) for mode in ("auto", "remember", "generalise")]
    told = {"label": say("ui_data.mode_label"), "info": say("ui_data.mode_info")}
    return gr.Radio(modes, value="auto", elem_classes="needs-write", **told)


class MakingPanel:
    """The way from documents to pairs."""

    def __init__(self, panel: ReviewPanel) -> None:
        self.panel = panel
        self.page = panel.page
        self.lab = panel.lab
        self.form = Form(synth.SynthPlan, self.page.language, leave_out=("mode", "share_unanswerable"))
        self.choice = ModelChoice(self.page, "ui_review.send")

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        self.estimate = gr.HTML()
        with gr.Column(visible=False, elem_classes="needs-write") as self.how:
            self._build_how()
        self.progress = gr.HTML()
        with gr.Row(elem_classes="buttons"):
            self.stop = gr.Button(say("ui_review.stop"), size="sm", visible=False)
            self.go_on = gr.Button(say("ui_review.go_on"), size="sm", visible=False)
        self.watched = [self.progress, self.stop, self.go_on]
        self.outputs = [self.estimate, self.how, self.put_aside, *self.watched]

    def _build_how(self) -> None:
        say = self.page.say
        modes = [(say(f"synth_model.mode_{mode}"), mode) for mode in synth.MODES]
        self.mode = gr.Radio(modes, value=synth.MODES[0], label=say("synth_model.mode"), elem_classes="stacked")
        with gr.Column(visible=False) as self.model:
            self.choice.build()
            self.form.build(synth.SynthPlan())
        told = {"label": say("synth_model.share_unanswerable"), "info": say("synth_model.share_unanswerable_help")}
        self.share = gr.Slider(0, 50, value=synth.DEFAULT_SHARE, step=5, elem_classes="knob", **told)
        self.split = split_choice(say)
        with gr.Row(elem_classes="buttons"):
            self.start = gr.Button(say("ui_review.start"), variant="primary")
            self.take_all = gr.Button(say("ui_review.take_all"))
            self.try_one = gr.Button(say("ui_review.try"), visible=False)
            self.put_aside: gr.Button = gr.Button(say("ui_review.put_aside"), visible=False)
        self.tried = gr.HTML()

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, writes = self.page.reads, self.page.writes
        selection, showing = self.page.selection, self.panel.tab.showing
        model = [self.mode, self.share, *self.choice.components, *self.form.components]
        self.choice.wire()
        reads(self.mode.input, self.choose_way, self.mode, [self.model, self.try_one, self.take_all, self.split])
        everything = [selection, *self.panel.outputs, self.page.clock]
        writes(self.start.click, self.begin, [showing, selection, *model], everything)
        tab = self.panel.tab
        kept = [selection, *tab.outputs, tab.intake.drop, self.page.clock]
        writes(self.take_all.click, self.take, [showing, selection, self.share, self.split], kept)
        reads(self.put_aside.click, tab.put_aside, None, [*tab.outputs, tab.intake.drop])
        writes(self.try_one.click, self.try_piece, [showing, *model], self.tried, show_progress="minimal")
        writes(self.stop.click, self.end, selection, self.watched)
        writes(self.go_on.click, self.resume, [selection, self.choice.key], [*self.watched, self.page.clock])

    def choose_way(self, mode: str) -> dict[Any, Any]:
        """Show what the chosen way needs."""
        return {
            self.model: gr.Column(visible=mode != "extract"),
            self.try_one: gr.Button(visible=mode != "extract"),
            self.take_all: gr.Button(visible=mode == "extract"),
            self.split: gr.Radio(visible=mode == "extract"),
        }

    def begin(self, showing: Showing, selection: Selection, *way: Any) -> dict[Any, Any]:
        """Start the synthesis of what is shown; its pairs appear as they are made."""
        job = self._begun(showing, *self._way(*way))
        chosen = selection.with_(review=job.id)
        return {self.page.selection: chosen, **self.panel.refresh(chosen), **self.page.awake()}

    def take(self, showing: Showing, selection: Selection, share: float, mode: str = "auto") -> dict[Any, Any]:
        """Everything the rules find, saved at once, tagged as not read; it can be reviewed afterwards."""
        job = self._begun(showing, *self._way("extract", share))
        version = self.lab.save_review(job.id, job.spec.name, mode=mode)
        chosen = selection.with_(review=job.id)
        kept = self.panel.tab.kept(version, chosen)
        return {**kept, **self.panel.refresh(kept[self.page.selection])}

    def _begun(
        self, showing: Showing, plan: synth.SynthPlan, provider: synth.ProviderSpec, key: str, send: bool
    ) -> JobView:
        documents, problems, name = self.texts(showing)
        job = synth.start(
            self.lab.jobs,
            documents,
            name,
            plan,
            provider,
            models=self.lab.models,
            send=send,
            key=key,
            problems=problems,
        )
        return self.lab.jobs.wait(job.id) if plan.mode == "extract" else job

    def try_piece(self, showing: Showing, *way: Any) -> str:
        """Ask about one piece for real."""
        plan, provider, key, send = self._way(*way)
        synth.may_ask(plan, provider, send=send, key=key)
        documents, _, _ = self.texts(showing)
        asked = synth.connect(provider, self.lab.workspace, self.lab.models, key or None)
        return view.trial(synth.trial(documents, plan, asked.ask), self.page.language)

    def _way(
        self,
        mode: str,
        share: float,
        who: str = "local",
        url: str = "",
        called: str = "",
        key: str = "",
        send: bool = False,
        *settings: Any,
    ) -> tuple[synth.SynthPlan, synth.ProviderSpec, str, bool]:
        plan = synth.SynthPlan(mode=mode, share_unanswerable=int(share or 0))
        if mode == "extract":
            return plan, synth.ProviderSpec(), "", False
        return self.form.read(settings, plan), *self.choice.read(who, url, called, key, send)

    def end(self, selection: Selection) -> dict[Any, Any]:
        """Ask the synthesis to stop; what it made stays, and it can go on."""
        self.lab.jobs.stop(selection.review)
        return self.watch(selection)

    def resume(self, selection: Selection, key: str) -> dict[Any, Any]:
        """Go on where the synthesis broke off."""
        synth.go_on(self.lab.jobs, selection.review, (key or "").strip())
        return {**self.watch(selection), **self.page.awake()}

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """What can be asked about: the documents of what is shown."""
        documents, _, _ = self.texts(showing)
        for job in self.lab.jobs.all("synth") if documents and showing.is_draft else ():
            synth.Review(job.folder).meet(documents)
        found = [_estimated(name, source) for name, source in documents.items()]
        return {
            self.estimate: view.estimate(found, self.page.language) if found else "",
            self.how: gr.Column(visible=bool(documents)),
            self.put_aside: gr.Button(visible=only_documents(self.lab, showing)),
        }

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """How far the chosen synthesis is."""
        if selection.review not in [job.id for job in self.lab.jobs.all("synth")]:
            hidden = gr.Button(visible=False)
            return {self.progress: "", self.stop: hidden, self.go_on: hidden}
        job = self.lab.jobs.get(selection.review)
        told = view.progress(job, synth.Review(job.folder).state(), self.page.language)
        return {
            self.progress: told,
            self.stop: gr.Button(visible=not job.is_final),
            self.go_on: gr.Button(visible=job.is_final and job.state != "done"),
        }

    def texts(self, showing: Showing) -> tuple[dict[str, str], list[Problem], str]:
        """Documents of what is shown, what their reading had to say, and a name for what is made of them."""
        if showing.is_draft:
            reading = drafted(self.lab, showing.order).reading
            name = next(iter(reading.documents), "").rsplit(".", 1)[0]
            return dict(reading.documents), list(reading.problems), name
        if not showing.dataset:
            return {}, [], ""
        version = self.lab.datasets.get(showing.dataset, showing.version or None)
        texts = {name: self.lab.datasets.document(version, name) for name in version.documents}
        # What was not made of documents stays what it is: its next version would lose its rows.
        return texts, [], version.dataset if version.format == "document" else f"{version.dataset}-documents"


@lru_cache(maxsize=16)
def _estimated(name: str, source: str) -> Estimate:
    return estimate(source, name)
