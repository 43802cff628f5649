"""What kind of answer a data set asks for, and the figures that mean something for that kind.

Knows: how the kind is told from the answers, how a label, a number or fields are read out of an answer, and the vector
each adds. A new kind is one entry of ``TASKS`` and its figures in ``figures_of``. Must not know storage or contestants.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.evals.keys import key
from lab.evals.metrics import Vector, mean
from lab.matching import matches
from lab.records import Row
from lab.text import normal, numbers, tokens

TASKS = ("free", "short", "classification", "number", "fields")
MOST_LABELS = 100
_SHORT = 8
_NEARLY_ALL = 0.9
_LEAST_ROWS = 10
_FENCE = re.compile(r"^\s*```\w*\s*|\s*```\s*$")


@dataclass(frozen=True)
class Task:
    """What answers are."""

    kind: str
    labels: tuple[str, ...] = ()
    """Of a classification: every label of the data, the most frequent first."""


def detect(rows: Iterable[Row]) -> Task:
    """The kind of task these rows are examples of, by their answers alone."""
    counts: Counter[str] = Counter()
    lengths: list[int] = []
    numeric = records = several = 0
    for row in rows:
        several += sum(message.role == "user" for message in row.messages) > 1
        counts[normal(row.answer)] += 1
        lengths.append(len(tokens(row.answer)))
        numeric += _is_number(row.answer)
        records += fields_of(row.answer) is not None
    total = counts.total()
    if total < _LEAST_ROWS or several * 2 > total:
        return Task("free" if not lengths or median(lengths) > _SHORT else "short")
    if records >= _NEARLY_ALL * total:
        return Task("fields")
    repeated = sum(count for count in counts.values() if count > 1)
    few = 2 <= len(counts) <= min(MOST_LABELS, total // 2) and repeated >= _NEARLY_ALL * total
    if few and median(lengths) <= _SHORT:
        return Task("classification", tuple(label for label, _ in counts.most_common()))
    if numeric >= _NEARLY_ALL * total:
        return Task("number")
    return Task("short" if median(lengths) <= _SHORT else "free")


def label_of(answer: str, labels: Sequence[str]) -> str:
    """The one label an answer says; empty where it says none, or several."""
    said = normal(answer)
    if said in labels:
        return said
    found = [label for label in labels if matches(key(label), answer)]
    longest = [one for one in found if not any(one != other and one in other for other in found)]
    return longest[0] if len(longest) == 1 else ""


def number_of(answer: str) -> float | None:
    """The last number of an answer, percent signs off; ``None`` where there is none."""
    found = numbers(answer)
    value = float(found[-1].rstrip("%")) if found else None
    return value if value is not None and math.isfinite(value) else None


def fields_of(answer: str) -> dict[str, str] | None:
    """The fields of an answer that is one JSON object (in a code fence or not), nested ones by path; else ``None``."""
    try:
        value = json.loads(_FENCE.sub("", _FENCE.sub("", answer)))
    except (ValueError, RecursionError):
        return None
    return dict(_flat(value, "")) if isinstance(value, dict) else None


def vectors(kind: str, labels: Sequence[str], answer: str, reference: str) -> dict[str, Vector]:
    """What one answer adds to the figures of its kind; nothing where it cannot be scored."""
    if kind == "classification" and labels:
        return {"labels": _label_vector(labels, label_of(answer, labels), normal(reference))}
    if kind == "number":
        wanted, said = number_of(reference), number_of(answer)
        if wanted is None:
            return {}
        told = {"has_number": (float(said is not None), 1.0)}
        return told | (
            {"number": (abs(said - wanted), (said - wanted) ** 2, wanted, wanted**2, 1.0)} if said is not None else {}
        )
    if kind == "fields":
        wanted_fields, found = fields_of(reference), fields_of(answer)
        if wanted_fields is None:
            return {}
        same = sum(normal(value) == normal((found or {}).get(name, "\0")) for name, value in wanted_fields.items())
        return {
            "valid_json": (float(found is not None), 1.0),
            "fields": (float(same), float(len(found or {})), float(len(wanted_fields))),
        }
    return {}


@dataclass(frozen=True)
class TaskFigure:
    """One figure of a kind of task: which stored vector, and how their sum becomes the figure."""

    name: str
    vector: str
    value: Any
    better: str = "up"
    is_share: bool = False
    scale: float = 1.0
    floor: float = 0.0


def figures_of(kind: str, labels: Sequence[str] = ()) -> list[TaskFigure]:
    """The figures of a kind of task, the most telling first."""
    if kind == "classification":
        count = len(labels)
        return [
            TaskFigure("accuracy", "labels", lambda total: float(total[1] / total[0])),
            TaskFigure("macro_precision", "labels", lambda total: _macro(total, count, "precision")),
            TaskFigure("macro_recall", "labels", lambda total: _macro(total, count, "recall")),
            TaskFigure("macro_f1", "labels", lambda total: _macro(total, count, "f1")),
            TaskFigure("mcc", "labels", lambda total: _mcc(total, count), floor=-1.0),
        ]
    if kind == "number":
        return [
            TaskFigure("mae", "number", lambda total: float(total[0] / total[4]), "down", scale=0),
            TaskFigure("mse", "number", lambda total: float(total[1] / total[4]), "down", scale=0),
            TaskFigure("r2", "number", _r2, floor=-math.inf),
            TaskFigure("has_number", "has_number", mean, is_share=True),
        ]
    if kind == "fields":
        return [
            TaskFigure("field_f1", "fields", lambda total: float(2 * total[0] / max(1.0, total[1] + total[2]))),
            TaskFigure("valid_json", "valid_json", mean, is_share=True),
        ]
    return []


def _is_number(answer: str) -> bool:
    return len(numbers(answer)) == 1 and len(tokens(answer)) <= 2


def _flat(value: Any, path: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{place}]")
    else:
        yield path, json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value


def _label_vector(labels: Sequence[str], said: str, wanted: str) -> Vector:
    """``(1, hit, wanted per label, said per label, hits per label)``; no label said counts against the wanted one."""
    one_wanted = [float(label == wanted) for label in labels]
    one_said = [float(label == said) for label in labels]
    hits = [float(label == said == wanted) for label in labels]
    return (1.0, float(said == wanted and bool(said)), *one_wanted, *one_said, *hits)


def _parts(total: NDArray[np.float64], count: int) -> tuple[Any, Any, Any]:
    return total[2 : 2 + count], total[2 + count : 2 + 2 * count], total[2 + 2 * count :]


def _macro(total: NDArray[np.float64], count: int, what: str) -> float:
    """Mean over the labels that stand in the references (as scikit-learn with those labels and ``zero_division=0``)."""
    wanted, said, hits = _parts(total, count)
    there = wanted > 0
    bottom = {"precision": said, "recall": wanted, "f1": (said + wanted) / 2}[what][there]
    shares = np.divide(hits[there], bottom, out=np.zeros_like(bottom), where=bottom > 0)
    return float(shares.mean()) if there.any() else float("nan")


def _mcc(total: NDArray[np.float64], count: int) -> float:
    """Matthews' correlation for several labels (Gorodkin 2004); an answer without a label is a label of its own."""
    wanted, said, _ = _parts(total, count)
    n, hits = float(total[0]), float(total[1])
    none = n - float(said.sum())
    spread_said, spread_wanted = n * n - float(said @ said) - none * none, n * n - float(wanted @ wanted)
    bottom = math.sqrt(max(0.0, spread_said) * max(0.0, spread_wanted))
    return (hits * n - float(wanted @ said)) / bottom if bottom else 0.0


def _r2(total: NDArray[np.float64]) -> float:
    """Share of the references' variance that is explained; ``nan`` where they are all the same."""
    spread = float(total[3] - total[2] ** 2 / total[4])
    return 1 - float(total[1]) / spread if spread > 0 else float("nan")
