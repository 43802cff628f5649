"""Training runs: rows → adapter.

Knows: how a run is asked for. The work is done in the child by ``lab.train.worker``, the only module that
imports TRL. Must not know torch.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from lab import catalog
from lab.datasets import Datasets
from lab.errors import JobError
from lab.jobs import Jobs, JobView
from lab.records import Run
from lab.runs import Runs
from lab.train import checkpoints
from lab.train.recipe import SftRecipe

__all__ = ["parent_named", "start"]


def parent_named(runs: Runs, name: str) -> tuple[Run, int]:
    """The run that ``RUN`` or ``RUN@STEP`` means, and the step (0: its end).

    Raises ``EvalError`` where there is no such run, ``JobError`` where it has no whole checkpoint of that step.
    """
    called, _, step = name.partition("@")
    run = runs.get(called)
    if not step:
        return run, 0
    known = checkpoints.sealed(runs.folder(run))
    if not step.isdigit() or int(step) not in known or not checkpoints.at(runs.folder(run), int(step)):
        raise JobError("train.no_checkpoint", run=run.name, step=step, known=", ".join(map(str, known)) or "—")
    return run, int(step)


def start(
    jobs: Jobs,
    datasets: Datasets,
    *,
    dataset: str,
    name: str,
    base: str,
    recipe: SftRecipe,
    models: Path,
    version: str | None = None,
    parent: Run | None = None,
    parent_step: int = 0,
    lane: str = "local",
    request: str = "",
) -> JobView:
    """Submit a training run on one version of a data set (default: the current one).

    ``parent`` is a run whose adapter or weights it goes on from, as they were at its checkpoint ``parent_step`` or (0)
    at its end; base and method must be the same.
    Raises ``DataError``, ``ModelError`` or ``JobError`` before anything starts.
    """
    frozen = datasets.get(dataset, version)
    if not frozen.splits.get("train"):
        raise JobError("train.no_rows", dataset=dataset)
    entry = catalog.describe(base)
    if not entry.source.startswith(("pip:", "hub:")):
        base = entry.source
    if parent and (parent.base, parent.method) != (base, recipe.method):
        raise JobError("train.parent_differs", run=parent.name, base=parent.base, method=parent.method)
    options = {
        "dataset": frozen.dataset,
        "version": frozen.version,
        "base": base,
        "recipe": asdict(recipe),
        "parent": parent.id if parent else None,
        **({"parent_step": parent_step} if parent_step else {}),
        "models": str(Path(models).absolute()),
    }
    return jobs.submit("train", name or frozen.dataset, options, lane=lane, request=request)
