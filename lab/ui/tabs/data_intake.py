"""How data comes in: files dropped, a sample, a data set saved before.

Knows: its own layout and events. Must not know how files are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import ingest
from lab.ingest import hub
from lab.settings import HubAccess
from lab.ui.page import PATHS, Selection, picked, picks
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Order, Showing
from lab.ui.views import data as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab


AT_ONCE = 200_000
"""Bytes up to which files are read before anything is shown: less than a second."""
FIRST = 100
"""Records of each file that tell what it is."""


class IntakePanel:
    """The ways in, and the data sets there are."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def greet(self) -> None:
        """Lay out what stands at the top of a lab without data."""
        with gr.Column(elem_classes="sheet hero", visible=self._is_new()) as self.hero:
            gr.HTML(self.greeting())
            start = self.page.say("ui_data.start_sample")
            self.start = gr.Button(start, variant="primary", size="lg", elem_classes=["start", "needs-write"])

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say, open_ = self.page.say, not self.lab.settings.demo
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=300, visible=open_, elem_classes="needs-write"):
                gr.HTML(self.tab.heading("ui_data.bring_title", "ui_data.bring"))
                self.drop = gr.File(
                    label=say("ui_data.drop_label"),
                    file_count="multiple",
                    type="filepath",
                    show_label=False,
                    elem_classes="drop",
                )
                with gr.Accordion(say("ui_data_intake.hub"), open=False, elem_classes="fold"):
                    gr.HTML(tag("p", text(say("ui_data_intake.hub_info")), class_="fine"))
                    with gr.Row(elem_classes="buttons on-one-line"):
                        self.hub_id = gr.Textbox(
                            label=say("ui_data_intake.hub_id"),
                            placeholder=say("ui_data_intake.hub_hint"),
                            max_lines=1,
                            min_width=240,
                        )
                        self.fetch = gr.Button(say("ui_data_intake.hub_fetch"))
                self.tab.jobs.build()
            with gr.Column(scale=2, min_width=300):
                gr.HTML(self.tab.heading("ui_data.saved_title"))
                self.saved = picks(elem_classes="shelf")
                self.tab.versions.build_trash()
        with gr.Column(visible=open_, elem_classes="needs-write"):
            gr.HTML(self.tab.heading("ui_data.samples_title"))
            self.samples = picks(value=view.sample_cards(ingest.samples(), self.page.language))
        self.outputs = [self.hero, self.saved]

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, writes = self.page.reads, self.page.writes
        shown = [*self.tab.outputs, self.tab.split.name, self.drop]
        opened = [
            reads(self.start.click, self.take_first_sample, None, shown),
            reads(self.samples.click, self.take_sample, None, shown),
            writes(self.drop.upload, self.take_dropped, self.drop, shown),
            writes(self.fetch.click, self.take_remote, self.hub_id, shown, **self._waiting()),
        ]
        for event in opened:
            event.then(None, None, None, js="() => labShow('.preview')", api_visibility="private")
        reads(self.saved.click, self.choose, self.page.selection, [self.page.selection, *self.tab.outputs])

    def _waiting(self) -> dict[str, Any]:
        """Where it is shown that something takes time."""
        return {"show_progress": "minimal", "show_progress_on": self.hub_id}

    # --- what a person does

    def take_dropped(self, paths: list[str]) -> Iterator[dict[Any, Any]]:
        """Show what dropped files are, at once; then all they hold."""
        if sum(Path(path).stat().st_size for path in paths) > AT_ONCE:
            look = ingest.Intake([Path(path) for path in paths], limit=FIRST).read()
            told = tag("p", text(self.page.say("ui_data.reading_on")), class_="fine")
            title = self.tab.heading("ui_data.preview_title") + view.files_read(look.files, self.page.language)
            seen = {self.tab.sheet: gr.Column(visible=True), self.tab.inside: gr.Column(visible=False)}
            yield {**seen, self.tab.title: title + told}
        yield self.take_files(paths)

    def take_files(self, paths: list[str]) -> dict[Any, Any]:
        """Show what files hold."""
        return self._opened(Showing(Order(tuple(paths))), name=Path(paths[0]).stem)

    def take_remote(self, name: str) -> dict[Any, Any]:
        """Fetch a data set of a hub and show what it holds; what it keeps apart stays apart."""
        plain = name.strip()
        source = hub.source(plain if hub.is_remote(plain) else f"hub:{plain}")
        access = HubAccess.read()
        fetched = hub.fetch(hub.look(source, self.lab.workspace, access), self.lab.workspace, access)
        files = {split: tuple(map(str, paths)) for split, paths in fetched.paths.items()}
        if fetched.own_splits:
            paths = (*files.get("train", ()), *files.get("", ()))
            order = Order(paths, validation=files.get("validation", ()), test=files.get("test", ()))
        else:
            order = Order(tuple(path for paths in files.values() for path in paths))
        return self._opened(Showing(order), name=source.repository.rpartition("/")[2])

    def take_first_sample(self) -> dict[Any, Any]:
        """Show the sample in the page's language."""
        samples = ingest.samples()
        ours = next((s for s in samples if s.language == self.page.language), samples[0])
        return self._sample(ours)

    def take_sample(self, event: gr.EventData) -> dict[Any, Any]:
        """Show the sample that was clicked."""
        wanted = picked(event)
        return self._sample(next(sample for sample in ingest.samples() if sample.name == wanted))

    def choose(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Show the saved data set that was clicked, and choose it for the page."""
        chosen = selection.with_(data=picked(event))
        return {self.page.selection: chosen, **self.tab.draw(Showing(dataset=chosen.data))}

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        versions = self.lab.datasets.current()
        return {
            self.hero: gr.Column(visible=self._is_new() and not showing.is_draft),
            self.saved: view.version_cards(versions, showing.dataset, self.page.language),
        }

    def _sample(self, sample: ingest.Sample) -> dict[Any, Any]:
        order = Order(tuple(map(str, sample.paths)), checks=sample.checks)
        return self._opened(Showing(order), name=sample.name)

    def _opened(self, showing: Showing, name: str) -> dict[Any, Any]:
        return {**self.tab.draw(showing), self.tab.split.name: name, self.drop: None}

    def _is_new(self) -> bool:
        """Whether nobody has brought data yet, where anybody may."""
        return not self.lab.settings.demo and all(version.recorded for version in self.lab.datasets.current())

    def greeting(self) -> str:
        """What the lab is for, in three steps, for who opens it for the first time."""
        say = self.page.say
        steps = []
        for key in ("ui_data.hero_data", "ui_data.hero_train", "ui_data.hero_score"):
            stop = "。" if self.page.language == "zh" else ". "
            name, _, rest = say(key).partition(stop)
            steps.append(tag("li", tag("b", text(name)) + " " + text(rest)))
        lead = tag("p", text(say("ui_data.hero")), class_="lead")
        return tag("h2", text(say("ui_data.hero_title"))) + lead + tag("ol", "".join(steps)) + self._ready_made()

    def _ready_made(self) -> str:
        """Where the run shipped with the lab is to be seen, if there is one."""
        if not any(version.recorded for version in self.lab.datasets.current()):
            return ""
        links = [
            tag("a", text(self.page.say(f"ui.tab_{name}")), href=f"/{PATHS[self.page.language]}?tab={name}")
            for name in ("compare", "board")
        ]
        return tag(
            "p", text(self.page.say("ui_data.hero_recorded")) + " " + " · ".join(links), class_="fine ready-made"
        )
