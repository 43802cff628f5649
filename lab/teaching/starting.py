"""A lesson as a job: its rows become the next version of a data set, and a run begins.

Knows: which run a lesson goes on from, which of that run's rows are rehearsed, and what the job is told. Must not know
torch, nor who watches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

from lab import access
from lab.datasets import Datasets
from lab.errors import UsageError
from lab.jobs import Jobs, JobView
from lab.records import Row, Run, Version, from_json, to_json
from lab.runs import DEFAULT_BASE, Runs
from lab.teaching.lesson import Lesson, beside, lesson
from lab.teaching.telling import Fact
from lab.train.recipe import changed, recipe
from lab.workspace import slug

KIND = "teach"
FORMAT = "taught"
"""``Version.format`` of data sets that lessons made."""
STEPS = 8
MORE_STEPS = 12
"""Of the further press: at a constant rate it swings between answering everything and declining everything, so its
rate falls to nothing and every wording of the fact is in every step."""
MORE = "-more"
"""How the run of a further press is called beside the first."""
MOST_STEPS = 40
REHEARSED = 8
"""Rows of a run's own data that are rehearsed where that data was not made by lessons."""


def start(
    jobs: Jobs,
    datasets: Datasets,
    about: Lesson,
    *,
    models: Path,
    parent: Run | None = None,
    base: str = DEFAULT_BASE,
    steps: int = STEPS,
    name: str = "",
    lane: str = "local",
    request: str = "",
) -> JobView:
    """Submit the lesson: its fact trained in ``steps`` steps, from ``parent``'s adapter or from the bare base.

    What the parent was taught before is rehearsed. Raises ``UsageError`` where the parent has no adapter.
    """
    _check(parent, steps)
    before = [row for row in _known(datasets, parent) if row.group != about.group and _beside(row) != about.group]
    system = _system(before)
    new = about.rows(system)
    title = slug(name or about.fact.title, "fact")
    version = _save(datasets, _dataset(datasets, parent, title), [*before, *new], about.fact.language, title)
    trained = [row for row in new if row.split == "train"]
    options = _options(version, parent, base, models, steps, about, trained)
    return jobs.submit(KIND, title, options, lane=lane, request=request)


def start_more(
    jobs: Jobs,
    datasets: Datasets,
    runs: Runs,
    taught: JobView,
    *,
    models: Path,
    steps: int = MORE_STEPS,
    request: str = "",
) -> JobView:
    """Go on from the run of ``taught``: other neighbours are declined, what was told is rehearsed.

    The same questions are asked as in ``taught``. Raises ``EvalError`` where it left no run.
    """
    access.require_own(taught.spec.owner)
    run = runs.get(taught.id)
    _check(run, steps)
    about = lesson_of(taught)
    version = datasets.get(run.dataset, run.version)
    rows = list(datasets.rows(version))
    there, asked = {row.id for row in rows}, {row.question for row in rows if row.split == "test"}
    declining = [row for row in about.declining(_system(rows)) if row.question not in asked]
    new = [row for row in declining if row.id not in there]
    saved = _save(datasets, version.dataset, [*rows, *new], version.language, version.note)
    options = _options(saved, run, run.base, models, steps, about, declining)
    name = f"{taught.spec.name.removesuffix(MORE)}{MORE}"
    return jobs.submit(KIND, name, options, lane=taught.spec.lane, request=request)


def lesson_of(job: JobView) -> Lesson:
    """What the job was asked to teach."""
    return lesson(from_json(Fact, job.spec.options["fact"]))


def _check(parent: Run | None, steps: int) -> None:
    if parent and parent.method != "lora":
        raise UsageError("teach.needs_adapter", run=parent.name)
    if not 1 <= steps <= MOST_STEPS:
        raise UsageError("teach.bad_steps", steps=steps, most=MOST_STEPS)


def _options(
    version: Version, parent: Run | None, base: str, models: Path, steps: int, about: Lesson, focus: list[Row]
) -> dict[str, Any]:
    """What the worker needs; the names of a training run's options mean the same here."""
    used = recipe(max_steps=steps, time_budget=0.0, scheduler="constant", warmup=0.0, evaluations=0)
    if about.group not in {row.group for row in focus}:
        used = changed(used, learning_rate=5e-4, scheduler="linear", warmup=0.15)
    elif parent:
        used = changed(used, scheduler="linear")
    return {
        "dataset": version.dataset,
        "version": version.version,
        "base": parent.base if parent else base,
        "parent": parent.id if parent else None,
        "recipe": asdict(used),
        "models": str(Path(models).absolute()),
        "group": about.group,
        "focus": [row.id for row in focus],
        "fact": to_json(about.fact),
    }


def _known(datasets: Datasets, parent: Run | None) -> list[Row]:
    """The rows the parent was taught; of other data some of its training rows, as training rows."""
    if parent is None:
        return []
    version = datasets.get(parent.dataset, parent.version)
    if version.format == FORMAT:
        return list(datasets.rows(version))
    each = max(1, version.splits.get("train", 0) // REHEARSED)
    return list(islice(islice(datasets.rows(version, "train"), 0, None, each), REHEARSED))


def _dataset(datasets: Datasets, parent: Run | None, title: str) -> str:
    """The data set lessons go on in: the parent's where lessons made it, else one of the fact's name.

    A visitor's lessons lie in a data set of their own, whatever they go on from.
    """
    caller = access.current()
    if not caller.host:
        return f"{slug(title[:40])}-{caller.id[:8]}"
    if parent and datasets.get(parent.dataset, parent.version).format == FORMAT:
        return parent.dataset
    taken, number, name = set(datasets.names()), 1, title
    while name in taken and datasets.get(name).format != FORMAT:
        number += 1
        name = f"{title}-{number}"
    return name


def _save(datasets: Datasets, name: str, rows: Iterable[Row], language: str, note: str) -> Version:
    return datasets.save(
        name, rows, mode="remember", mode_reason="teach.mode_reason", language=language, format=FORMAT, note=note
    )


def _system(rows: list[Row]) -> str:
    """The system prompt that all rows share; empty where they do not."""
    found = {next((m.content for m in row.messages if m.role == "system"), "") for row in rows}
    return found.pop() if len(found) == 1 else ""


def _beside(row: Row) -> str:
    """The fact that a neighbour question is asked beside; empty for any other row."""
    head = beside("")
    return next((tag.removeprefix(head) for tag in row.tags if tag.startswith(head)), "")
