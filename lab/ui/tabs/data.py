"""The Data tab: files or a sample in, what was read and how it is split, a frozen version out.

Knows: which panels the tab is made of, and that all of them show one thing. Must not know what a panel does.
"""

from __future__ import annotations

from typing import Any, Protocol

import gradio as gr

from lab import catalog
from lab.records import Version
from lab.runs import DEFAULT_BASE
from lab.ui.page import Page, Selection
from lab.ui.present import tag, text
from lab.ui.tabs.data_checks import ChecksPanel
from lab.ui.tabs.data_columns import ColumnsPanel
from lab.ui.tabs.data_declining import DecliningPanel
from lab.ui.tabs.data_downloads import DownloadsPanel
from lab.ui.tabs.data_edits import EditsPanel
from lab.ui.tabs.data_health import HealthPanel
from lab.ui.tabs.data_intake import IntakePanel
from lab.ui.tabs.data_jobs import JobsPanel
from lab.ui.tabs.data_problems import ProblemsPanel
from lab.ui.tabs.data_readiness import ReadinessPanel
from lab.ui.tabs.data_rows import RowsPanel
from lab.ui.tabs.data_showing import Showing, drafted, only_documents
from lab.ui.tabs.data_split import SplitPanel
from lab.ui.tabs.data_versions import VersionsPanel
from lab.ui.tabs.data_wordings import WordingsPanel
from lab.ui.tabs.review import ReviewPanel
from lab.ui.views import data as view


class Panel(Protocol):
    """A part of the tab: it builds itself, wires itself, and shows itself for a ``Showing`` into its ``outputs``."""

    outputs: list[Any]

    def build(self) -> None:
        """Lay out the panel in the current context."""

    def wire(self) -> None:
        """Wire the panel's events; every panel is built by then."""

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""


class DataTab:
    """Files in, a data set version out."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab
        self.intake = IntakePanel(self)
        self.readiness = ReadinessPanel(self)
        self.jobs = JobsPanel(self)
        self.columns = ColumnsPanel(self)
        self.problems = ProblemsPanel(self)
        self.rows = RowsPanel(self)
        self.edits = EditsPanel(self)
        self.wordings = WordingsPanel(self)
        self.declining = DecliningPanel(self)
        self.split = SplitPanel(self)
        self.health = HealthPanel(self)
        self.checks = ChecksPanel(self)
        self.versions = VersionsPanel(self)
        self.downloads = DownloadsPanel(self)
        self.review = ReviewPanel(self)
        self.panels: list[Panel] = [
            self.intake,
            self.readiness,
            self.jobs,
            self.columns,
            self.problems,
            self.edits,
            self.rows,
            self.wordings,
            self.declining,
            self.split,
            self.health,
            self.checks,
            self.versions,
            self.downloads,
            self.review,
        ]

    def build(self) -> None:
        """Lay out and wire the tab in the current context."""
        self.showing = gr.State(Showing())
        self.intake.greet()
        self.readiness.build()  # before anything is brought: whether to train at all
        self.intake.build()
        with gr.Column(elem_classes=["sheet", "preview"], visible=False) as self.sheet:
            self.title = gr.HTML()
            with gr.Column() as self.inside:
                self.columns.build()
                self.problems.build()
                with gr.Column() as self.of_rows:
                    self._build_rows()
        self.review.build()
        self.watched = [
            *self.wordings.watched,
            *self.jobs.watched,
            self.intake.saved,
            *self.health.watched,
            *self.review.watched,
        ]
        inside = [output for panel in self.panels for output in panel.outputs]
        self.outputs = [self.showing, self.sheet, self.inside, self.title, self.of_rows, self.all_rows, *inside]
        for panel in self.panels:
            panel.wire()

    def _build_rows(self) -> None:
        with gr.Row(equal_height=False) as self.all_rows:
            with gr.Column(scale=5, min_width=300):
                self.edits.build()
                self.rows.build()
            with gr.Column(scale=3, min_width=280):
                self.split.build()
                self.wordings.build()
                self.declining.build()
        self.health.build()
        self.checks.build()
        self.versions.build()
        self.downloads.build()

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The tab as things stand: the chosen data set, or none."""
        version = self.page.data(selection)
        shown = version and (version.dataset == selection.data or not version.recorded)
        drawn = self.draw(Showing(dataset=version.dataset if version and shown else ""))
        return {**drawn, **self.review.refresh(selection)}

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """What follows a job: large files, new wordings, health, the synthesis that is chosen."""
        following = (self.jobs, self.wordings, self.health, self.review)
        return {component: value for panel in following for component, value in panel.watch(selection).items()}

    # --- what panels share

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """Everything the tab shows for ``showing``."""
        drawn: dict[Any, Any] = {
            self.showing: showing,
            self.sheet: gr.Column(visible=showing.is_draft or bool(showing.dataset)),
            self.inside: gr.Column(visible=True),
            self.title: self._title(showing),
            self.of_rows: gr.Column(visible=not only_documents(self.lab, showing)),
            self.all_rows: gr.Row(visible=self._has_rows(showing)),
        }
        for panel in self.panels:
            drawn |= panel.draw(showing)
        return drawn

    def put_aside(self) -> dict[Any, Any]:
        """Back to the saved data sets."""
        return {self.intake.drop: None, **self.draw(Showing())}

    def kept(self, version: Version, selection: Selection, *, as_table: bool = False) -> dict[Any, Any]:
        """Say that a version was saved, choose it and show it."""
        said = self.page.say("ui_data.saved", name=version.dataset, rows=version.rows, version=version.version)
        gr.Info(text(said), title=self.page.say("ui_data.saved_title"))
        chosen = selection.with_(data=version.dataset)
        showing = Showing(dataset=version.dataset, as_table=as_table)
        return {self.page.selection: chosen, self.intake.drop: None, **self.draw(showing)}

    def heading(self, title: str, lead: str = "", level: str = "h2") -> str:
        """A heading, and a sentence below it."""
        said = tag("p", text(self.page.say(lead)), class_="lead") if lead else ""
        return tag(level, text(self.page.say(title))) + said

    # --- what is shown

    def _title(self, showing: Showing) -> str:
        if showing.is_draft:
            found = drafted(self.lab, showing.order)
            return self.heading("ui_data.preview_title") + view.files_read(found.reading.files, self.page.language)
        if not showing.dataset:
            return ""
        version = self.lab.datasets.get(showing.dataset, showing.version or None)
        return (
            tag("h2", text(version.dataset))
            + view.version_facts(version, self.page.language)
            + self.reading_note(version)
        )

    def _has_rows(self, showing: Showing) -> bool:
        if not showing.is_draft:
            return bool(showing.dataset)
        return bool(drafted(self.lab, showing.order).plan.rows)

    def reading_note(self, version: Version) -> str:
        """A caution when the usual base was measured not to read the data's language."""
        if version.language not in ("zh", "en") or catalog.reads(DEFAULT_BASE, version.language) is not False:
            return ""
        other = next((name for name, entry in catalog.CATALOG.items() if version.language in entry.reads), "")
        said = self.page.say("ui_data.hardly_reads", base=DEFAULT_BASE, other=other)
        return tag("p", text(said), class_="caution")
