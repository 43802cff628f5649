"""Repeatable measurements; each prints a table. Compared things run interleaved, and ratios are what to quote."""

from __future__ import annotations

from collections.abc import Callable

from lab.jobs import Jobs, JobView
from lab.lab import Lab
from lab.records import Version
from lab.runs import DEFAULT_BASE
from lab.train import start
from lab.train.recipe import recipe

PRESET = "demo"
"""Of every training that is measured; its time budget is replaced by a number of steps."""


def trained(lab: Lab, version: Version, name: str, steps: int, seed: int) -> JobView:
    """The finished training of the bundled model on ``version``; one that is there already is not made again."""
    made = recipe(PRESET, "lora", max_steps=steps, seed=seed, evaluations=0)
    return finished(
        lab.jobs,
        lambda: start(
            lab.jobs,
            lab.datasets,
            dataset=version.dataset,
            version=version.version,
            name=name,
            base=DEFAULT_BASE,
            recipe=made,
            models=lab.models,
            request=f"{name}-{steps}-{version.version}",
        ),
    )


def finished(jobs: Jobs, submit: Callable[[], JobView]) -> JobView:
    """The job that ``submit`` starts or finds, once done; one that broke off goes on. Ends the bench otherwise."""
    view = submit()
    if view.is_final and view.state != "done":
        view = jobs.resume(view.id)
    view = jobs.wait(view.id)
    if view.state != "done":
        raise SystemExit(f"{view.id} {view.state}: {view.status.error}\n{jobs.log(view.id, 20)}")
    return view
