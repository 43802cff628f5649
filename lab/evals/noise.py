"""How much chance in training alone moves the headline: runs that differ in nothing but their seed.

Knows: which runs are such, and their figures in this and in earlier evaluations of the same questions. Must not know
what is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from lab.errors import EvalError
from lab.evals.evaluation import Evaluation, evaluations, read_items
from lab.evals.figures import Figure, figures
from lab.evals.statistics import clustered
from lab.records import Contestant, Run
from lab.runs import Runs
from lab.workspace import Workspace, read_json


@dataclass(frozen=True)
class Seeded:
    """One of several runs that differ only in their seed."""

    run: str
    name: str
    seed: int
    value: float
    """Of the headline."""


@dataclass(frozen=True)
class Noise:
    """What the headline is in each of the runs."""

    metric: str
    slice: str
    scale: float
    runs: tuple[Seeded, ...]
    """At least two, by seed."""

    @property
    def low(self) -> float:
        """The least of the values."""
        return min(one.value for one in self.runs)

    @property
    def high(self) -> float:
        """The greatest of the values."""
        return max(one.value for one in self.runs)

    @property
    def spread(self) -> float:
        """How far the values lie apart."""
        return self.high - self.low

    @property
    def mean(self) -> float:
        """The mean of the values."""
        return mean(one.value for one in self.runs)

    @property
    def deviation(self) -> float:
        """Standard deviation of the values, one less than their number below."""
        return stdev(one.value for one in self.runs)

    def hides(self, difference: float) -> bool:
        """Whether another seed alone moves the figure as far as ``difference``."""
        return abs(difference) <= self.spread


def noise(
    workspace: Workspace, evaluation: Evaluation, subject: str, metric: str, values: Mapping[str, float]
) -> Noise | None:
    """The headline in all runs that differ from ``subject``'s in the seed alone; ``None`` where there is no other.

    ``values`` holds what is known of this evaluation's contestants; those of other runs are counted from the newest
    evaluation that asked them the same questions.
    """
    runs = Runs(workspace)
    chosen = next((one.run for one in evaluation.contestants if one.name == subject), None)
    alike = _alike(workspace, runs, chosen) if chosen else {}
    if len(alike) < 2:
        return None
    plain = {one.run: one.name for one in evaluation.contestants if one.run in alike and _is_plain(one)}
    found = {run: values[name] for run, name in plain.items() if run and name in values}
    if chosen not in found:
        return None
    if len(found) < len(alike):
        found = _elsewhere(workspace, evaluation, metric, set(alike)) | found
    figure = next(one for one in _figures(evaluation) if one.name == metric)
    seeded = [Seeded(run, alike[run][0].name, alike[run][1], value) for run, value in found.items()]
    ordered = tuple(sorted(seeded, key=lambda one: (one.seed, one.run)))
    return Noise(metric, evaluation.headline, figure.scale, ordered) if len(ordered) > 1 else None


def _alike(workspace: Workspace, runs: Runs, chosen: str) -> dict[str, tuple[Run, int]]:
    """Id → run and seed of every run of the same data, base, recipe and steps as ``chosen``, itself among them."""
    try:
        first = runs.get(chosen)
    except EvalError:
        return {}
    wanted = _made(workspace, first)
    if wanted is None:
        return {}
    found: dict[str, tuple[Run, int]] = {}
    for run in runs.all():
        made = _made(workspace, run)
        if made and made[0] == wanted[0]:
            found[run.id] = (run, made[1])
    return found


def _made(workspace: Workspace, run: Run) -> tuple[list[Any], int] | None:
    """All that decided the run but its seed, and the seed; ``None`` for a run made elsewhere or from another."""
    options = (read_json(workspace.job(run.id) / "spec.json") or {}).get("options") or {}
    recipe = options.get("recipe")
    if not isinstance(recipe, dict) or run.parent:
        return None
    rest = {name: value for name, value in sorted(recipe.items()) if name != "seed"}
    return [run.dataset, run.version, run.base, run.base_hash, run.steps, rest], int(recipe.get("seed", 0))


def _elsewhere(workspace: Workspace, evaluation: Evaluation, metric: str, wanted: set[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    part = evaluation.headline
    for other in evaluations(workspace, evaluation.dataset):
        same = (other.version, other.task, other.labels, other.slices.get(part)) == (
            evaluation.version, evaluation.task, evaluation.labels, evaluation.slices.get(part)
        )  # fmt: skip
        plain = {one.name: one.run for one in other.contestants if one.run and _is_plain(one)}
        asked = {name: run for name, run in plain.items() if run in wanted and run not in found}
        if same and asked and other.id != evaluation.id:
            for name, value in _values(workspace, other, metric, set(asked)).items():
                found[asked[name]] = value
    return found


def _values(workspace: Workspace, evaluation: Evaluation, metric: str, names: set[str]) -> dict[str, float]:
    """The figure of each contestant over what was scored of the slice the verdict is about."""
    figure = next(one for one in _figures(evaluation) if one.name == metric)
    sums: dict[str, list[tuple[float, ...]]] = {}
    for record in read_items(workspace.job(evaluation.id)):
        if record.contestant in names and record.slice == evaluation.headline:
            vector = figure.vector(record)
            if vector is not None:
                sums.setdefault(record.contestant, []).append(vector)
    groups = [""]  # one group: the figure alone is wanted, not how sure it is
    return {name: clustered(vectors, groups * len(vectors), figure.value).value for name, vectors in sums.items()}


def _figures(evaluation: Evaluation) -> list[Figure]:
    return figures(evaluation.checks, evaluation.task, evaluation.labels)


def _is_plain(contestant: Contestant) -> bool:
    """A run as it was trained, asked without anything beside."""
    asked_more = contestant.few or contestant.documents or contestant.system is not None
    return bool(contestant.run) and contestant.checkpoint is None and not asked_more
