"""The health of what is shown, measured when a person asks for it; of a large data set by a job.

Knows: its own layout and events. Must not know how health is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab.errors import UsageError
from lab.ingest import balance, balanced, describe
from lab.ingest.health import Health
from lab.ingest.health.asking import ask
from lab.jobs import JobView
from lab.records import Version
from lab.runs import DEFAULT_BASE
from lab.ui.page import Selection, Sent, forms, sent
from lab.ui.present import meter, tag, text
from lab.ui.stages import share
from lab.ui.tabs.data_showing import LENGTH, Showing, drafted, measured
from lab.ui.views import data_health as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

MOST_ROWS = 20_000
"""Rows of files that are measured while a person waits."""


class HealthPanel:
    """A folded card that measures when it is opened."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        with gr.Accordion(self.page.say("ui_data_health.title"), open=False, elem_classes="fold") as self.fold:
            gr.HTML(tag("p", text(self.page.say("ui_data_health.lead")), class_="lead"))
            self.card = forms(min_height=60, elem_classes="forms")
            self.sampled = forms(elem_classes="forms")
        self.outputs = [self.fold, self.card, self.sampled]
        self.watched = [self.card]

    def wire(self) -> None:
        """Wire the panel's events."""
        outputs = [self.card, self.page.clock]
        showing, selection = self.tab.showing, self.page.selection
        self.page.reads(self.fold.expand, self.measure, showing, outputs, show_progress="minimal")
        self.page.reads(self.card.submit, self.try_shares, showing, self.sampled)
        saved = [selection, *self.tab.outputs, self.tab.intake.drop]
        self.page.writes(self.sampled.submit, self.keep_shares, [showing, selection], saved)

    def measure(self, showing: Showing) -> dict[Any, Any]:
        """Measure what is shown, or start the job that does."""
        if showing.is_draft:
            rows = len(drafted(self.lab, showing.order).plan.rows)
            if rows > MOST_ROWS:
                return {self.card: tag("p", text(self.page.say("ui_data_health.too_many", n=rows)), class_="fine")}
            return {self.card: self._card(measured(self.lab, showing.order), is_saved=False)}
        if not showing.dataset:
            return {self.card: ""}
        found = self._ask(showing.version_of(self.lab))
        return {self.card: self._card(found), **(self.page.awake() if isinstance(found, JobView) else {})}

    def try_shares(self, showing: Showing, event: gr.EventData) -> str:
        """What the target shares would give."""
        form = sent(event)
        made = balance(self.lab.datasets.rows(showing.version_of(self.lab)), _targets(form), form.one(view.WAY))
        notes = [describe(problem, self.page.language) for problem in made.notes]
        return view.sampled(made.counts, form.fields, notes, self.page.language)

    def keep_shares(self, showing: Showing, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """The next version, sampled to the target shares."""
        form = sent(event)
        note = self.page.say(f"ui_data_health.sampling_{form.one(view.WAY)}")
        version = showing.version_of(self.lab)
        made = balanced(self.lab.datasets, version, _targets(form), form.one(view.WAY), note=note)
        return self.tab.kept(made, selection)

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """The measurement of the chosen data set, while there is a job for it and when it has just ended."""
        version = self.page.data(selection)
        if version is None or not any(self._is_about(job, version) for job in self.lab.jobs.all("health")):
            return {}
        return {self.card: self._card(self._ask(version))}

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """Folded, until a person asks for it."""
        return {self.fold: gr.Accordion(open=False), self.card: "", self.sampled: ""}

    def _ask(self, version: Version) -> Health | JobView:
        return ask(self.lab.jobs, self.lab.datasets, version, self.lab.models, DEFAULT_BASE, LENGTH)

    def _is_about(self, job: JobView, version: Version) -> bool:
        options = job.spec.options
        return (options.get("dataset"), options.get("version")) == (version.dataset, version.version)

    def _card(self, found: Health | JobView, *, is_saved: bool = True) -> str:
        if isinstance(found, JobView):
            told = self.page.say("ui_data_health.running")
            return tag("p", text(told), class_="fine") + meter(share(found), told)
        note = self.page.say("ui_data_health.measuring", base=found.base) if found.base else ""
        return view.card(found, self.page.language, may_balance=is_saved) + tag("p", text(note), class_="fine")


def _targets(form: Sent) -> dict[str, float]:
    """Share of each tag that was given one, written as a number or with a percent sign."""
    given = [
        (name, value.replace("%", "").replace("％", "").strip()) for name, value in form.fields if name != view.WAY
    ]
    try:
        return {name: float(value) for name, value in given if value}
    except ValueError:
        raise UsageError("versions.bad_targets", value=", ".join(f"{name}={value}" for name, value in given)) from None
