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
from lab.train.recipe import SftRecipe

__all__ = ["start"]


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
    lane: str = "local",
    request: str = "",
) -> JobView:
    """Submit a training run on one version of a data set (default: the current one).

    ``parent`` is a run whose adapter or weights it goes on from; base and method must be the same.
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
        "models": str(Path(models).absolute()),
    }
    return jobs.submit("train", name or frozen.dataset, options, lane=lane, request=request)
