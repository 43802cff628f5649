"""Large files on their way to becoming a data set: a job with its progress, to be stopped and taken up again.

Knows: its own layout and events. Must not know how a job works.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import words
from lab.jobs import JobView
from lab.ui.page import Selection, picked, picks
from lab.ui.present import badge, meter, tag, text
from lab.ui.stages import share
from lab.ui.tabs.data_showing import Showing
from lab.ui.views import data as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

SHOWN = 3


class JobsPanel:
    """The jobs that read large files; done ones show among the data sets instead."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        self.jobs = picks(elem_classes="jobs")
        self.outputs = [self.jobs]
        self.watched = [self.jobs]

    def wire(self) -> None:
        """Wire the panel's events."""
        self.page.writes(self.jobs.click, self.act, None, [*self.outputs, self.page.clock])

    def start(self, showing: Showing, name: str, note: str) -> JobView:
        """Hand the files over to a job."""
        order = showing.order
        return self.lab.add_large(
            order.given("paths"),
            name,
            mode=order.mode,
            shares=order.shares,
            seed=order.seed,
            mapping=dict(order.mapping) or None,
            checks=order.checks,
            fixes=order.fixes,
            note=note,
            validation=order.given("validation"),
            test=order.given("test"),
        )

    def act(self, event: gr.EventData) -> dict[Any, Any]:
        """Stop the job that was clicked, or take it up again."""
        doing, _, job = picked(event).partition(":")
        if doing == "stop":
            self.lab.jobs.stop(job, keep=False)
        else:
            self.lab.jobs.resume(job)
        return {self.jobs: self._drawn(), **self.page.awake()}

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """The jobs as they stand, and the data sets they made."""
        if not self.lab.jobs.all("data"):
            return {}
        made = view.version_cards(self.lab.datasets.current(), selection.data, self.page.language)
        return {self.jobs: self._drawn(), self.tab.intake.saved: made}

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        return {self.jobs: self._drawn()}

    def _drawn(self) -> str:
        found = [job for job in self.lab.jobs.all("data") if job.state not in ("done", "stopped")]
        return "".join(self._job(job) for job in found[:SHOWN])

    def _job(self, job: JobView) -> str:
        language, status = self.page.language, job.status
        phase = words.say(status.phase, language) if words.has(status.phase) else ""
        state = badge(words.say(f"jobs.state_{job.state}", language))
        told = tag("b", text(job.spec.name)) + state + tag("span", text(phase))
        button = ("again" if job.state == "interrupted" else "") if job.is_final else "stop"
        if button:
            label = self.page.say(f"ui_data_jobs.{button}")
            told += tag("button", text(label), type="button", class_="quiet", data_pick=f"{button}:{job.id}")
        head = tag("div", told, class_="titled")
        if job.is_final:
            why = words.say(status.error, language, **status.error_values) if words.has(status.error) else ""
            return tag("div", head + tag("p", text(why), class_="fine"), class_="job")
        note = tag("p", text(f"{share(job):.0%} · {self.page.say('ui_data_jobs.closing')}"), class_="fine")
        return tag("div", head + meter(share(job), job.spec.name) + note, class_="job")
