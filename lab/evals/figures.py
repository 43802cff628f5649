"""The figures of a board: for each, what one stored record adds to it.

Knows: the list of figures, in the order they are shown. A new metric is one more entry here. Must not know
storage or contestants.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.evals.evaluation import ItemRecord
from lab.evals.keys import JUDGEMENTS
from lab.evals.metrics import Vector, mean, metric
from lab.evals.tasks import TASKS, TaskFigure, figures_of
from lab.records import Check

STORED = ("exact_match", "f1", "contains", "chrf")
"""Metrics whose vectors are kept with each item."""


@dataclass(frozen=True)
class Figure:
    """One figure of the board."""

    name: str
    vector: Callable[[ItemRecord], Vector | None]
    """What one record adds; ``None``: not scored."""
    value: Callable[[NDArray[np.float64]], float]
    better: str
    """``up``, ``down``, or empty where neither is better."""
    is_share: bool = False
    """Every record is 0 or 1."""
    scale: float = 1.0
    """The largest value: 1 or 100; 0 for none."""
    floor: float = 0.0
    """The smallest value."""


def figures(checks: tuple[Check, ...] = (), task: str = "free", labels: Sequence[str] = ()) -> list[Figure]:
    """All figures of a board over data with these checks and this kind of task."""
    directions = {"right": "up", "right_and_false": "down", "wrong": "down", "declined": ""}
    judged = [Figure(kind, _judged(kind), mean, directions[kind], is_share=True) for kind in JUDGEMENTS]
    stored = [_stored(name) for name in STORED]
    language = [
        Figure(
            "perplexity", _surprise, lambda total: math.exp(min(700.0, total[0] / total[1])), "down", scale=0, floor=1
        ),
        Figure("bits_per_byte", _bits, lambda total: float(total[0] / total[1]), "down", scale=0),
    ]
    kept = [Figure(f"check:{check.name}", _kept(check.name), mean, "up", is_share=True) for check in checks]
    every = [Figure("checks", _all_kept, mean, "up")] if checks else []
    return [*judged, *map(_of_task, figures_of(task, labels)), *stored, *language, *kept, *every]


def names(checks: tuple[Check, ...] = ()) -> list[str]:
    """The names of all figures there can be, whatever the task."""
    return list(dict.fromkeys(figure.name for kind in TASKS for figure in figures(checks, kind)))


def identity(name: str, task: str) -> str:
    """What the figure of that name is exactly, apart from how many items it is of."""
    if name in STORED:
        return metric(name).identity
    if name in JUDGEMENTS:
        return f"{name}|by:keys|at:number+name-boundaries|interval:wilson"
    if name in {"perplexity", "bits_per_byte"}:
        return (
            f"{name}|of:reference|tokens:answer-only|mean:{'token' if name == 'perplexity' else 'utf8-byte'}-weighted"
        )
    return f"{name}|rule:kept" if name.startswith("check") else f"{name}|task:{task}"


def _of_task(one: TaskFigure) -> Figure:
    def vector(record: ItemRecord) -> Vector | None:
        return record.vectors.get(one.vector)

    return Figure(one.name, vector, one.value, one.better, one.is_share, one.scale, one.floor)


def _judged(kind: str) -> Callable[[ItemRecord], Vector | None]:
    return lambda record: (float(record.judgement == kind), 1.0) if record.judgement else None


def _stored(name: str) -> Figure:
    one = metric(name)
    scale = 100.0 if name == "chrf" else 1.0
    return Figure(name, lambda record: record.vectors.get(name), one.value, "up", one.is_share, scale)


def _surprise(record: ItemRecord) -> Vector | None:
    if record.logprob is None or not record.reference_tokens:
        return None
    return -record.logprob, float(record.reference_tokens)


def _bits(record: ItemRecord) -> Vector | None:
    if record.logprob is None or not record.reference_bytes:
        return None
    return -record.logprob / math.log(2), float(record.reference_bytes)


def _kept(name: str) -> Callable[[ItemRecord], Vector | None]:
    return lambda record: (float(record.checks[name]), 1.0) if name in record.checks else None


def _all_kept(record: ItemRecord) -> Vector | None:
    return (float(sum(record.checks.values())), float(len(record.checks))) if record.checks else None
