"""Where a lab and a visitor stand on the loop: the facts behind the loop bar.

Knows: which records on disk answer for which stage. Must not know gradio.
"""

from __future__ import annotations

from lab.jobs import JobView
from lab.lab import Lab
from lab.ui.loop import Stage, with_next
from lab.ui.page import Selection


def busy(lab: Lab) -> bool:
    """Whether any job waits or runs."""
    return any(not job.is_final for job in lab.jobs.all())


def stages(lab: Lab, selection: Selection, language: str) -> list[Stage]:
    """The six stages as things stand for this selection."""
    data = selection.data or next(iter(lab.datasets.names()), "")
    return with_next(
        [
            Stage("data", data),
            Stage("baseline"),
            _trained(lab, selection),
            Stage("compare"),
            Stage("score"),
            Stage("ship"),
        ]
    )


def _trained(lab: Lab, selection: Selection) -> Stage:
    jobs = lab.jobs.all("train")
    active = next((job for job in jobs if not job.is_final), None)
    if active:
        return Stage("train", active.spec.name, share=share(active))
    runs = {run.id: run.name for run in lab.runs.all() if not run.recorded}
    return Stage("train", runs.get(selection.run) or next(iter(runs.values()), ""))


def share(job: JobView) -> float:
    """How much of a job is done; nothing where it is not known yet."""
    return job.status.step / job.status.total if job.status.total else 0.0
