"""The Teach tab: one sentence in; wordings, a few steps, and answers that change while a room watches.

Knows: its own layout and events. Everything it shows is read from disk, so that a closed page loses nothing. Must not
know how a fact is read or taught.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from lab import access, catalog, teaching
from lab.errors import LabError
from lab.jobs import JobView
from lab.runs import DEFAULT_BASE
from lab.teaching import KIND, Lesson, Standing
from lab.ui.page import Page, Selection, picked, picks
from lab.ui.present import tag, text
from lab.ui.tabs.playing import SPEEDS
from lab.ui.tabs.teach_room import Room
from lab.ui.views import teach as view

SECONDS_BETWEEN_LOOKS = 0.7
"""While a lesson runs: a step takes one to two seconds."""
LONGEST_PLAY = 90.0
"""Seconds a lesson that is played takes at most, unless a person wants its own pace: some machines taught slowly."""
FIRST_LOOK = 2.0
"""Seconds at least for which a lesson that is played shows what was said before the first step."""


class TeachTab:
    """A sentence in, a run that knows it out."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab
        self.room = Room(page)

    def build(self) -> None:
        """Lay out and wire the tab in the current context."""
        say = self.page.say
        self.quick = gr.Timer(SECONDS_BETWEEN_LOOKS, active=False)
        with gr.Column(elem_classes=["sheet", "lesson-order", "needs-teach"], visible=not self.lab.settings.demo):
            gr.HTML(tag("h2", text(say("ui_teach.title"))) + tag("p", text(say("ui_teach.lead")), class_="lead"))
            self.sentence = gr.Textbox(
                label=say("ui_teach.sentence"),
                placeholder=say("ui_teach.sentence_hint"),
                max_lines=1,
                elem_classes="tell",
            )
            self.read = gr.Button(say("ui_teach.read"), elem_classes="start")
            self._build_lesson()
        with gr.Column(elem_classes="sheet"):
            self._build_watching()
        self.lessons = picks()
        after = [self.stops, self.resume, self.more, self.next, self.speed, self.let_ask]
        self.watched = [self.stage, *after, self.lessons, self.quick]
        self.made_outputs = [self.made, self.understood, self.question, self.answer, self.wordings, self.teach]
        self.outputs = [self.start_from, *self.watched]
        self._wire()

    def _build_lesson(self) -> None:
        say = self.page.say
        with gr.Column(visible=False) as self.made:
            self.understood = gr.HTML()
            with gr.Row(equal_height=False):
                self.question = gr.Textbox(label=say("ui_teach.question"), max_lines=2, scale=2)
                self.answer = gr.Textbox(label=say("ui_teach.answer"), max_lines=2)
            self.wordings = gr.HTML()
            with gr.Row(equal_height=False):
                self.start_from = gr.Dropdown(
                    [], label=say("ui_teach.start_from"), info=say("ui_teach.start_from_info"), scale=2
                )
                self.steps = gr.Slider(
                    1, teaching.MOST_STEPS, teaching.STEPS, step=1, label=say("ui_teach.steps"), elem_classes="steps"
                )
            self.teach = gr.Button(say("ui_teach.teach"), variant="primary", size="lg")

    def _build_watching(self) -> None:
        """What is watched and what follows it; where lessons are only played, what plays them comes first."""
        demo = self.lab.settings.demo
        if demo:
            self._build_next()
            self._build_press()
        self.stage = gr.HTML()
        self._build_stops()
        if not demo:
            self._build_press()
            self._build_next()
        self.room.build()

    def _build_stops(self) -> None:
        say = self.page.say
        with gr.Row(elem_classes="buttons", visible=False) as self.stops:
            self.keep = gr.Button(say("ui_teach.stop_keep"))
            self.discard = gr.Button(say("ui_teach.stop_discard"), variant="stop")
        self.resume = gr.Button(say("ui_teach.resume"), variant="primary", visible=False, elem_classes="start")

    def _build_press(self) -> None:
        say = self.page.say
        # Below a lesson it is a part of that; where the lab plays it stands first.
        level = "h2" if self.lab.settings.demo else "h3"
        with gr.Column(visible=False) as self.more:
            gr.HTML(
                tag(level, text(say("ui_teach.more_title"))) + tag("p", text(say("ui_teach.more_lead")), class_="lead")
            )
            self.press = gr.Button(say("ui_teach.more"), variant="primary", elem_classes="start")
            self.played_press = gr.Button(
                say("room.play_more"), variant="primary", elem_classes="start", visible=self.lab.settings.demo
            )

    def _build_next(self) -> None:
        say = self.page.say
        with gr.Row(elem_classes="buttons", visible=False) as self.next:
            speeds = [(say("replay.speed_value", speed=speed), speed) for speed in SPEEDS]
            self.speed = gr.Radio(speeds, value=SPEEDS[0], label=say("replay.speed"), elem_classes="speeds")
            self.play = gr.Button(say("room.play"))
            self.let_ask = gr.Button(say("room.open"), variant="primary", visible=not self.lab.settings.demo)
            self.ask = gr.Button(say("ui_teach.ask"))
            self.again = gr.Button(
                say("ui_teach.again"), visible=not self.lab.settings.demo, elem_classes="needs-teach"
            )

    def _wire(self) -> None:
        on, teaches, selection = self.page.reads, self.page.teaches, self.page.selection
        told = [self.sentence, self.question, self.answer]
        for event in (self.read.click, self.sentence.submit):
            on(event, self.understand, [self.sentence, self.start_from], self.made_outputs)
        for event in (self.question.submit, self.answer.submit, self.question.blur, self.answer.blur):
            on(event, self.correct, [*told, self.start_from], [self.wordings, self.teach])
        on(self.start_from.input, self.correct, [*told, self.start_from], [self.wordings, self.teach])
        begun = [selection, self.page.clock, *self.outputs]
        teaches(self.teach.click, self.start, [selection, *told, self.start_from, self.steps], begun)
        teaches(self.press.click, self.go_on_declining, selection, begun)
        teaches(self.keep.click, self.stop_and_keep, selection, self.watched)
        teaches(self.discard.click, self.stop_and_discard, selection, self.watched)
        teaches(self.resume.click, self.begin_again, selection, [self.page.clock, *self.watched])
        on(self.ask.click, self.ask_elsewhere, selection, [selection, self.page.tabs])
        on(self.again.click, self.choose_as_start, selection, [self.start_from, self.sentence, self.made])
        on(self.play.click, self.play_again, [selection, self.speed], self.stage, trigger_mode="once")
        pressed = on(self.played_press.click, self.choose_press, selection, [selection, *self.outputs])
        on(pressed.then, self.play_again, [selection, self.speed], self.stage)
        self.room.wire(self.let_ask.click, self._watched)
        on(self.lessons.click, self.choose, selection, [selection, *self.outputs])
        on(self.quick.tick, self.watch, selection, self.watched)

    # --- what a person does

    def understand(self, sentence: str, start_from: str) -> dict[Any, Any]:
        """Question, answer and wordings of the sentence; fields to type them where no rule finds any."""
        fact = teaching.told(sentence or "")
        if not (sentence or "").strip():
            teaching.prepared("")
        said = "ui_teach.correct" if fact else "ui_teach.not_understood"
        made = self._made(sentence, fact.question, fact.answer) if fact else None
        return {
            self.made: gr.Column(visible=True),
            self.understood: tag("p", text(self.page.say(said)), class_="fine" if fact else "caution"),
            self.question: fact.question if fact else "",
            self.answer: fact.answer if fact else "",
            self.wordings: self._drawn(made, start_from),
            self.teach: gr.Button(interactive=made is not None),
        }

    def correct(self, sentence: str, question: str, answer: str, start_from: str) -> dict[Any, Any]:
        """The wordings anew after question or answer were corrected."""
        made = self._made(sentence, question, answer)
        return {self.wordings: self._drawn(made, start_from), self.teach: gr.Button(interactive=made is not None)}

    def start(
        self, selection: Selection, sentence: str, question: str, answer: str, start_from: str, steps: float
    ) -> dict[Any, Any]:
        """Begin the lesson."""
        about = teaching.prepared(sentence or "", question or "", answer or "")
        parent = self.lab.runs.get(start_from) if start_from else None
        job = teaching.start(
            self.lab.jobs, self.lab.datasets, about, models=self.lab.models, parent=parent, steps=int(steps)
        )
        return self._begun(selection, job)

    def go_on_declining(self, selection: Selection) -> dict[Any, Any]:
        """The further press."""
        job = self._watched(selection)
        if job is None:
            return {}
        room = self.lab
        return self._begun(selection, teaching.start_more(room.jobs, room.datasets, room.runs, job, models=room.models))

    def stop_and_keep(self, selection: Selection) -> dict[Any, Any]:
        """Stop; what was learned becomes a run."""
        return self._stop(selection, keep=True)

    def stop_and_discard(self, selection: Selection) -> dict[Any, Any]:
        """Stop; nothing is kept."""
        return self._stop(selection, keep=False)

    def begin_again(self, selection: Selection) -> dict[Any, Any]:
        """The same lesson from its first step."""
        job = self._watched(selection)
        if job:
            self.lab.jobs.resume(job.id)
        return {**self.page.awake(), **self.watch(selection)}

    def play_again(self, selection: Selection, speed: float = 1) -> Iterator[str]:
        """The lesson as it was, each answer when it came, ``speed`` times as fast; loading the model is left out."""
        job = self._watched(selection)
        if job is None:
            return
        whole = teaching.standing(self.lab.jobs, self.lab.datasets, job)
        before = whole.times[0] if whole.times else 0.0
        for place, at in enumerate(whole.times, 1):
            time.sleep(max(FIRST_LOOK if place == 2 else 0.0, (at - before) / speed))
            before = at
            yield view.stage(job, whole.until(place), self.page.language)
        yield self._stage(job, whole)

    def ask_elsewhere(self, selection: Selection) -> dict[Any, Any]:
        """Compare, with this run on the right."""
        job = self._watched(selection)
        run, data = (job.id, str(job.spec.options["dataset"])) if job else (selection.run, selection.data)
        return {
            self.page.selection: selection.with_(run=run, data=data, tab="compare"),
            self.page.tabs: gr.Tabs(selected="compare"),
        }

    def choose_as_start(self, selection: Selection) -> dict[Any, Any]:
        """The next fact goes on from this run."""
        job = self._watched(selection)
        return {
            self.start_from: gr.Dropdown(choices=self._starts(), value=job.id if job else ""),
            self.sentence: "",
            self.made: gr.Column(visible=False),
        }

    def choose(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Show another lesson."""
        now = selection.with_(run=picked(event) or selection.run)
        return {self.page.selection: now, **self.refresh(now)}

    def choose_press(self, selection: Selection) -> dict[Any, Any]:
        """Show the further press that was recorded after the lesson."""
        job = self._watched(selection)
        pressed = self._pressed(job) if job else None
        if pressed is None:
            return {}
        now = selection.with_(run=pressed.id)
        return {self.page.selection: now, **self.refresh(now)}

    # --- what is shown

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The whole tab as things stand."""
        return {self.start_from: gr.Dropdown(choices=self._starts(), value=""), **self.watch(selection)}

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """The lesson the page is about, as it stands on disk."""
        jobs, job, demo = self._lessons(), self._watched(selection), self.lab.settings.demo
        language = self.page.language
        taught = job is not None and job.is_final and bool(job.status.result.get("run"))
        stands = teaching.standing(self.lab.jobs, self.lab.datasets, job) if job else None
        active = job is not None and not job.is_final
        changes = job is not None and access.changes(job.spec.owner) and not demo
        shared = job is not None and not job.spec.owner and not demo  # phones are shown nobody's corner
        played = demo and job is not None and self._pressed(job) is not None
        return {
            self.stage: self._stage(job, stands) if job and stands else view.nothing(language, demo),
            self.stops: gr.Row(visible=active and changes),
            self.resume: gr.Button(visible=job is not None and not active and job.state != "done" and changes),
            self.more: gr.Column(visible=taught and (changes or played)),
            self.next: gr.Row(visible=taught),
            self.speed: _pace(stands),
            self.let_ask: gr.Button(visible=shared),
            self.lessons: view.lessons(jobs, job.id if job else "", language),
            self.quick: gr.Timer(active=active),
        }

    def _stage(self, job: JobView, stands: Standing) -> str:
        """The lesson; in a demo with what the room asked, for which there is no code to open."""
        asked, newest = self.room.listed(job.id) if self.lab.settings.demo else ("", "")
        return view.stage(job, stands, self.page.language) + (asked if newest else "")

    def _lessons(self) -> list[JobView]:
        """All lessons, newest first; those that are played in the page's language first, each before its press."""
        jobs = self.lab.jobs.all(KIND)
        if self.lab.settings.demo:
            fact = {job.id: job.spec.options["fact"]["language"] for job in jobs}
            jobs.sort(key=lambda job: (fact[job.id] != self.page.language, bool(job.spec.options.get("parent"))))
        return jobs

    def _pressed(self, job: JobView) -> JobView | None:
        """The further press after the lesson: it went on from its run, about the same fact."""
        options = {"parent": job.id, "group": job.spec.options["group"]}
        found = (one for one in self.lab.jobs.all(KIND) if options.items() <= one.spec.options.items())
        return next(found, None)

    def _begun(self, selection: Selection, job: JobView) -> dict[Any, Any]:
        now = selection.with_(run=job.id, data=str(job.spec.options["dataset"]), tab="teach")
        return {self.page.selection: now, **self.page.awake(), **self.watch(now)}

    def _stop(self, selection: Selection, *, keep: bool) -> dict[Any, Any]:
        job = self._watched(selection)
        if job:
            self.lab.jobs.stop(job.id, keep=keep)
        return self.watch(selection)

    def _watched(self, selection: Selection) -> JobView | None:
        """The chosen lesson, else one that is running, else the newest; one's own first."""
        jobs, mine = self._lessons(), access.current().owns
        chosen = [job for job in jobs if job.id == selection.run]
        own = [job for job in jobs if job.spec.owner == mine]
        running = [job for job in (*own, *jobs) if not job.is_final]
        return next(iter([*chosen, *running, *own, *jobs]), None)

    def _starts(self) -> list[tuple[str, str]]:
        """The base and every run with an adapter, by id."""
        base = (self.page.say("ui_teach.base", name=DEFAULT_BASE), "")
        return [base, *((run.name, run.id) for run in self.lab.runs.all() if run.method == "lora")]

    def _made(self, sentence: str, question: str, answer: str) -> Lesson | None:
        """The lesson as the fields stand; none while they are not complete."""
        if not ((question or "").strip() and (answer or "").strip()):
            return None
        return teaching.prepared(sentence or "", question, answer)

    def _drawn(self, made: Lesson | None, start_from: str) -> str:
        return view.lesson(made, self._caution(made, start_from), self.page.language) if made else ""

    def _caution(self, made: Lesson, start_from: str) -> str:
        """That the base hardly reads the fact's language, where that was measured."""
        language = made.fact.language
        try:
            base = self.lab.runs.get(start_from).base if start_from else DEFAULT_BASE
            little = catalog.reads(base, language) is False
        except LabError:
            return ""
        better = next((entry.name for entry in catalog.CATALOG.values() if language in entry.reads), "")
        return self.page.say("ui_teach.reads_little", base=base, better=better) if little else ""


def _pace(stands: Standing | None) -> int:
    """As fast as it was, or the slowest that plays the whole lesson before a room looks away."""
    whole = stands.times[-1] - stands.times[0] if stands and stands.times else 0.0
    return next((speed for speed in SPEEDS if whole / speed <= LONGEST_PLAY), SPEEDS[-1])
