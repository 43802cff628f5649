"""The Compare tab: what the base says before training; then one question and two answers side by side.

Knows: its own layout and events. Must not know how answers are made, judged or kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import Any

import gradio as gr

from lab import chat, evals
from lab.errors import UsageError
from lab.fields import knob
from lab.jobs import JobView
from lab.records import Answer, Contestant, Decoding, Message, Version
from lab.replay import Recordings
from lab.runs import contestants, with_decoding
from lab.ui import contestants as contestant_names
from lab.ui.forms import Form
from lab.ui.page import Page, Selection, picked, picks
from lab.ui.present import empty, meter, tag, text
from lab.ui.tabs.compare_vote import VotePanel
from lab.ui.views import compare as view
from lab.ui.views.train import trouble

SUGGESTED = 8
LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Drawing:
    """The part of ``Decoding`` a person sets on the page."""

    temperature: float = knob(0.0, "ui_compare.temperature", low=0, high=2)
    top_p: float = knob(1.0, "ui_compare.top_p", low=0, high=1)
    max_tokens: int = knob(128, "ui_compare.max_tokens", low=1, high=2048)
    seed: int = knob(0, "ui_compare.seed", low=0, high=2**31 - 1)


class CompareTab:
    """One question, two answers."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab
        self.form = Form(Drawing, page.language)
        self.recordings = Recordings(page.lab.workspace) if page.lab.settings.demo else None
        """In a demo answers are played, and no model is asked."""
        self.vote = VotePanel(page)

    def build(self) -> None:
        """Lay out and wire the tab in the current context."""
        say = self.page.say
        self.none = gr.HTML(visible=False)
        with gr.Column(elem_classes="two-sheets") as self.order:
            with gr.Column(elem_classes=["sheet", "before"]) as self.before:
                self.before_text = gr.HTML()
                self.ask_base = gr.Button(say("ui_compare.before_ask"), variant="primary", elem_classes="start")
                self.before_answers = gr.HTML()
            with gr.Column(elem_classes="sheet") as self.arena:
                self._build_arena()
        self.vote.build(self.left, self.right)
        self.duels = gr.HTML()
        self.watched = [self.before_text, self.ask_base, self.before_answers]
        choices = [self.left, self.right, self.suggested, self.system, self.verdict]
        self.outputs = [
            self.none,
            self.order,
            self.before,
            self.arena,
            *self.watched,
            *choices,
            self.duels,
            *self.vote.outputs,
        ]
        reads = self.page.reads
        base_asked = [self.page.selection, self.page.clock, *self.outputs]
        self.page.writes(self.ask_base.click, self.ask_the_base, self.page.selection, base_asked)
        reads(self.suggested.click, picked, None, self.question)
        panes = [self.panes[0], self.panes[1], self.reference, self.ask, self.stop, self.duels]
        asking = [self.page.selection, self.question, self.left, self.right, self.system, *self.form.components]
        asks = self.page.asks
        answers = partial(reads, handler=self.replay) if self.recordings else partial(asks, handler=self.answer)
        asked = [
            answers(event, inputs=asking, outputs=panes, concurrency_limit=8, trigger_mode="once")
            for event in (self.ask.click, self.question.submit)
        ]
        for one in asked:
            reads(one.failure, self.rest, None, [self.ask, self.stop])
        reads(self.stop.click, self.rest, None, [self.ask, self.stop], cancels=asked)

    def _build_arena(self) -> None:
        say = self.page.say
        gr.HTML(tag("h2", text(say("ui_compare.ask_title"))))
        self.verdict = gr.HTML()
        self.question = gr.Textbox(
            label=say("ui_compare.question"), placeholder=say("ui_compare.question_hint"), lines=2, max_lines=8
        )
        self.suggested = picks()
        with gr.Row(elem_classes="buttons"):
            self.ask = gr.Button(say("replay.ask" if self.recordings else "ui_compare.ask"), variant="primary")
            self.stop = gr.Button(say("ui_compare.stop"), variant="stop", visible=False)
        with gr.Row(equal_height=False, elem_classes="duel"):
            with gr.Column(min_width=300):
                self.left = gr.Dropdown([], label=say("ui_compare.left"))
                left = gr.HTML(self._resting("base"))
            with gr.Column(min_width=300):
                self.right = gr.Dropdown([], label=say("ui_compare.right"))
                right = gr.HTML(self._resting("tuned"))
        self.panes = (left, right)
        self.reference = gr.HTML()
        with gr.Accordion(say("ui_compare.options"), open=False, elem_classes="fold"):
            self.system = gr.Textbox(label=say("ui_compare.system"), info=say("ui_compare.system_help"), lines=2)
            self.form.build(Drawing())

    # --- what a person does

    def ask_the_base(self, selection: Selection) -> dict[Any, Any]:
        """Let the base answer the test questions, as a job."""
        data = self._data(selection)
        evals.start(
            self.lab.jobs,
            self.lab.datasets,
            self.lab.runs,
            dataset=data.dataset if data else selection.data,
            version=data.version if data else None,
            models=["base"],
            models_folder=self.lab.models,
        )
        now = selection.with_(data=data.dataset if data else "", tab="compare")
        return {self.page.selection: now, **self.page.awake(), **self.refresh(now)}

    def answer(
        self, selection: Selection, question: str, left: str, right: str, system: str, *values: Any
    ) -> Iterator[dict[Any, Any]]:
        """Ask both sides and show their answers as they come; the whole duel is kept."""
        if not question.strip():
            raise UsageError("ui_compare.no_question")
        data = self._data(selection)
        drawing = self.form.read(values, Drawing())
        self.lab.access.check_length(drawing.max_tokens)
        sides = self._sides(left, right, data, drawing)
        waiting = self._draw(sides, ["", ""], {}, data, question)
        yield {**waiting, **self._busy(True), self.reference: self._known(data, question)}
        for note in self._until_fetched(sides):
            yield {
                pane: view.pane("", view.side(one), "", None, (), self.page.language, note)
                for pane, one in zip(self.panes, sides, strict=True)
            }
        whole: list[Answer] = []
        yield from self._shown(sides, self._counted(self._asked(sides, question, system)), data, question, whole)
        chat.record_duel(self.lab.workspace, question.strip(), sides, whole, system.strip())
        yield {**self._busy(False), self.duels: self._duels()}

    def replay(
        self, selection: Selection, question: str, left: str, right: str, system: str, *values: Any
    ) -> Iterator[dict[Any, Any]]:
        """Play both recorded answers at the pace they had; nothing is kept."""
        if not question.strip():
            raise UsageError("ui_compare.no_question")
        data = self._data(selection)
        sides = self._sides(left, right, data, self.form.read(values, Drawing()))
        yield {**self._busy(True), self.reference: self._known(data, question)}
        yield from self._shown(sides, self._recorded().pair(sides, question), data, question, [])
        yield self._busy(False)

    def _shown(
        self,
        sides: list[Contestant],
        coming: Iterator[tuple[int, str | Answer]],
        data: Version | None,
        question: str,
        whole: list[Answer],
    ) -> Iterator[dict[Any, Any]]:
        """Both panes after each piece of what is coming; whole answers are put into ``whole``, by side."""
        said, answers = ["", ""], dict[int, Answer]()
        yield self._draw(sides, said, answers, data, question)
        for place, item in coming:
            said[place] = item.text if isinstance(item, Answer) else said[place] + item
            if isinstance(item, Answer):
                answers[place] = item
            yield self._draw(sides, said, answers, data, question)
        whole.extend(answers[place] for place in sorted(answers))

    def _counted(self, coming: Iterator[tuple[int, str | Answer]]) -> Iterator[tuple[int, str | Answer]]:
        """The same pieces; what they took counts, also where nobody waits for the end."""
        tokens: dict[int, int] = {}
        try:
            for place, item in coming:
                tokens[place] = item.tokens if isinstance(item, Answer) else tokens.get(place, 0) + 1
                yield place, item
        finally:
            self.lab.access.spend(sum(tokens.values()))

    def _recorded(self) -> Recordings:
        return self.recordings or Recordings(self.lab.workspace)

    def _until_fetched(self, sides: list[Contestant]) -> Iterator[str]:
        """How far the fetching of a base is, as long as it goes on: a Space fetches its base when it first starts."""
        bases = {one.base for one in sides}
        while jobs := [j for j in self.lab.jobs.all("fetch") if not j.is_final and j.spec.options["base"] in bases]:
            share = jobs[0].status.step / (jobs[0].status.total or 1)
            yield self.page.say("space.base_coming", percent=round(100 * share))
            time.sleep(LOOK_SECONDS)

    def rest(self) -> dict[Any, Any]:
        """After a stop or a failure: ready for the next question; what was said stays on the page."""
        return self._busy(False)

    # --- what is shown

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The whole tab as things stand."""
        say, data = self.page.say, self._data(selection)
        names = self._choices(data)
        runs = self.lab.runs.all()
        right = min(
            runs, key=lambda run: (run.id != selection.run, not data or run.dataset != data.dataset), default=None
        )
        called = self.lab.runs.called(right) if right else "base"
        shown, trained = bool(data or runs), data is not None and self._trained(data)
        return {
            self.none: gr.HTML(empty(say("ui_compare.no_data_title"), say("ui_compare.no_data")), visible=not shown),
            self.order: gr.Column(elem_classes=["two-sheets", *(["before-last"] if trained else [])]),
            self.before: gr.Column(visible=data is not None and not (self.recordings and not self._before(data)[1])),
            self.arena: gr.Column(visible=shown),
            self.left: gr.Dropdown(choices=names, value="base"),
            self.right: gr.Dropdown(choices=names, value=called),
            self.suggested: self._suggested(called, data),
            self.system: data.system if data else "",
            self.verdict: view.verdict(self.lab.verdict_on(right) if right else {}, self.page.language),
            self.duels: self._duels(),
            **self.vote.draw(selection),
            **self.watch(selection),
        }

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """The base's answers before training, or how far it is with them."""
        say, data = self.page.say, self._data(selection)
        if data is None:
            return {self.before_text: "", self.before_answers: ""}
        job, records = self._before(data)
        title = tag("h2", text(say("ui_compare.before_title")))
        lead = "ui_compare.before_lead" if data.splits.get("test") else "ui_compare.before_no_test"
        said = title + ("" if records else tag("p", text(say(lead)), class_="lead"))
        active = job is not None and not job.is_final
        if job and active:
            share = job.status.step / job.status.total if job.status.total else 0.0
            said += tag("p", text(say("ui_compare.before_running"))) + meter(share, say("ui_compare.before_running"))
        elif job and not records:
            said += trouble(job, self.page.language)
        return {
            self.before_text: said,
            self.ask_base: gr.Button(
                say("ui_compare.before_again" if records else "ui_compare.before_ask"),
                visible=not active and bool(data.splits.get("test")) and not self.recordings,
                variant="secondary" if records else "primary",
            ),
            self.before_answers: view.before(records, not self._trained(data), self.page.language) if records else "",
        }

    def _choices(self, data: Version | None) -> list[tuple[str, str]]:
        """Who can be asked; in a demo, who was."""
        names = contestant_names.choices(self.lab, data, self.page.language)
        if not self.recordings:
            return names
        recorded = set(self.recordings.contestants())
        return [(label, name) for label, name in names if name in recorded]

    def _suggested(self, right: str, data: Version | None) -> str:
        """Questions to take: of the test, or in a demo those both sides have a recorded answer to."""
        if not self.recordings:
            asked = (row.question for row in self.lab.datasets.rows(data, "test")) if data else iter(())
            return view.suggestions(
                dict.fromkeys(islice(asked, SUGGESTED)), data.dataset if data else "", self.page.language
            )
        known = self.recordings.questions(self._sides("base", right, data, Drawing()))
        return view.suggestions(known[:SUGGESTED], "", self.page.language, self.page.say("replay.suggested"))

    def _trained(self, data: Version) -> bool:
        return any(run.dataset == data.dataset for run in self.lab.runs.all())

    def _before(self, data: Version) -> tuple[JobView | None, list[evals.ItemRecord]]:
        """The newest evaluation job of this data, and the base's answers of the newest that has any."""
        jobs = [job for job in self.lab.jobs.all("eval") if job.spec.options.get("dataset") == data.dataset]
        for one in evals.evaluations(self.lab.workspace, data.dataset):
            base = next((c.name for c in one.contestants if c.run is None and c.name == "base"), None)
            records = [r for r in evals.read_items(self.lab.workspace.job(one.id)) if r.contestant == base]
            if records:
                return next(iter(jobs), None), records
        return next(iter(jobs), None), []

    def _sides(self, left: str, right: str, data: Version | None, drawing: Drawing) -> list[Contestant]:
        found = contestants([left, right], self.lab.runs, self.lab.datasets, data.dataset if data else None)
        return [with_decoding(one, Decoding(**asdict(drawing))) for one in found]

    def _asked(self, sides: list[Contestant], question: str, system: str) -> Iterator[tuple[int, str | Answer]]:
        head = (Message("system", system.strip()),) if system.strip() else ()
        messages = (*head, Message("user", question.strip()))
        return self.lab.engine.pair(sides[0], sides[1], messages, cancelled=lambda: False)

    def _draw(
        self, sides: list[Contestant], said: list[str], answers: dict[int, Answer], data: Version | None, question: str
    ) -> dict[Any, Any]:
        checks = data.checks if data else ()
        names = contestant_names.names(self.lab, self.page.language, [one.name for one in sides])
        waiting = self.page.say("replay.waiting" if self.recordings else "ui_compare.waiting")
        drawn = {}
        for place, (pane, one) in enumerate(zip(self.panes, sides, strict=True)):
            name, style = names.get(one.name, one.name), view.side(one)
            whole, language = answers.get(place), self.page.language
            drawn[pane] = view.pane(name, style, said[place], whole, checks, language, waiting, question)
        return drawn

    def _resting(self, style: str) -> str:
        return view.pane("", style, "", None, (), self.page.language, self.page.say("ui_compare.ready"))

    def _busy(self, busy: bool) -> dict[Any, Any]:
        return {self.ask: gr.Button(interactive=not busy), self.stop: gr.Button(visible=busy)}

    def _known(self, data: Version | None, question: str) -> str:
        """The data's own answer to exactly this question, if it has one."""
        rows = self.lab.datasets.rows(data) if data else iter(())
        found = next((row.answer for row in rows if row.question.strip() == question.strip()), "")
        return view.reference(found, self.page.language)

    def _duels(self) -> str:
        duels = chat.duels(self.lab.workspace)
        asked = dict.fromkeys(one.name for duel in duels for one in duel.contestants)
        names = contestant_names.names(self.lab, self.page.language, asked)
        return view.duels(duels, names, self.page.language)

    def _data(self, selection: Selection) -> Version | None:
        return self.page.data(selection)
