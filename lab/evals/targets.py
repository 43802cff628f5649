"""The target of a data set: what good enough is, said before training and kept with the time it was said.

    datasets/<name>/targets.jsonl   one line each time somebody said it anew; the last one counts

Knows: this file, and whether a target was said before the answers were seen. Must not know figures.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.datasets import Datasets
from lab.evals.evaluation import SLICES, Evaluation, evaluations
from lab.evals.figures import Figure, figures, names
from lab.evals.requirement import Requirement, parse
from lab.evals.tasks import TASKS
from lab.records import Check, from_json, later, to_json
from lab.workspace import Workspace, append_jsonl, now, read_json, read_jsonl

DEFAULT = "right>=0.8"
"""What is proposed where nothing was said."""


@dataclass(frozen=True)
class Target:
    """What was said to be good enough."""

    text: str
    """``right>=0.8``; empty: from here on there is none."""
    time: str
    version: str = later("")
    """The version of the data set that was current then."""


@dataclass(frozen=True)
class Aim:
    """What one evaluation is held against."""

    text: str
    said: str
    """The time it was said."""
    when: str = "before_answers"
    """``before_training``, ``before_answers`` or ``after_answers`` (somebody may have seen them by then)."""


def say(datasets: Datasets, dataset: str, text: str) -> Target:
    """Keep ``text`` as the target of ``dataset`` from now on (empty: none).

    Raises ``DataError`` or ``EvalError`` where there is no such data set or no such figure; the same said again keeps
    the time it was first said.
    """
    version = datasets.get(dataset)
    if text.strip():
        parse(text, names(version.checks), SLICES)
    before = current(datasets.workspace, version.dataset)
    if (before.text if before else "") == text.strip():
        return before or Target("", now(), version.version)
    made = Target(text.strip(), now(), version.version)
    append_jsonl(datasets.workspace.targets(version.dataset), to_json(made))
    return made


def said(workspace: Workspace, dataset: str) -> list[Target]:
    """Everything that was said to be good enough, oldest first."""
    return [from_json(Target, stored) for stored in read_jsonl(workspace.targets(dataset))]


def current(workspace: Workspace, dataset: str) -> Target | None:
    """What is good enough now; ``None`` where nobody said."""
    last = next(reversed(said(workspace, dataset)), None)
    return last if last and last.text else None


def aim(workspace: Workspace, evaluation: Evaluation) -> Aim | None:
    """What the evaluation is held against: what it was started with, else what was said of its data since."""
    if evaluation.require:
        told = evaluation.said or evaluation.created
        return Aim(evaluation.require, told, _when(workspace, evaluation, told))
    target = current(workspace, evaluation.dataset)
    if target is None:
        return None
    wanted = parse_known(target.text, evaluation.checks)
    return Aim(target.text, target.time, _when(workspace, evaluation, target.time)) if wanted else None


def parse_known(text: str, checks: tuple[Check, ...]) -> Requirement | None:
    """The requirement, or ``None`` where it is about a check that is not among these."""
    known = names(checks)
    return parse(text, known, SLICES) if parse_metric(text) in known else None


def parse_metric(text: str) -> str:
    """The figure a target is about."""
    head = next((text.split(mark)[0] for mark in (">", "<") if mark in text), text).strip()
    slice_name, dot, metric = head.partition(".")
    return metric if dot and slice_name in SLICES else head


def figure(metric: str, checks: tuple[Check, ...]) -> Figure | None:
    """The figure of that name, whatever the task."""
    return next((one for kind in TASKS for one in figures(checks, kind) if one.name == metric), None)


def offered(checks: tuple[Check, ...], task: str) -> list[Figure]:
    """The figures a target may be about on the page: those with a best value, of this kind of task."""
    return [one for one in figures(checks, task) if one.scale in {1.0, 100.0} and one.better]


def _when(workspace: Workspace, evaluation: Evaluation, told: str) -> str:
    runs = {one.run for one in evaluation.contestants if one.run}
    seen = [
        one.created
        for one in evaluations(workspace, evaluation.dataset)
        if not runs or runs & {other.run for other in one.contestants}
    ]
    if any(created < told for created in seen if created != told):
        return "after_answers"
    started = [(read_json(workspace.job(run) / "spec.json") or {}).get("created", "") for run in runs]
    return "before_training" if runs and all(told <= begun for begun in started) else "before_answers"
