"""What kind of answer a data set asks for, and the figures that mean something for that kind.

Knows: how the kind is told from the answers, how a label, a number or fields are read out of an answer, and the vector
each adds. A new kind is one entry of ``TASKS`` and its figures in ``figures_of``. Must not know storage or contestants.
"""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.evals.keys import derived, key
from lab.evals.metrics import Vector
from lab.evals.queries import FILLS, is_query, same_result, same_text, schema_of
from lab.evals.statistics import mean
from lab.matching import matches
from lab.records import Check, Message, Row
from lab.text import normal, numbers, tokens

TASKS = ("free", "short", "classification", "number", "fields", "query", "voice", "checks")
MOST_LABELS = 100
MOST_LIKELIHOODS = 24
"""Of a classification: with more labels than this their likelihoods are not asked for (each is a forward pass)."""
_SHORT = 8
_NEARLY_ALL = 0.9
_LEAST_ROWS = 10
_FENCE = re.compile(r"^\s*```\w*\s*|\s*```\s*$")


@dataclass(frozen=True)
class Task:
    """What answers are."""

    kind: str
    labels: tuple[str, ...] = ()
    """Of a classification: every label of the data, folded, the most frequent first."""
    written: tuple[str, ...] = ()
    """The same labels as the data writes them most often."""


class _Traits:
    """What is counted of the rows, one by one."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.counts: Counter[str] = Counter()
        self.written: dict[str, Counter[str]] = {}
        self.spread: dict[str, set[str]] = {}
        """Of each answer two of its groups at most: an answer of several wordings of one fact is no label."""
        self.lengths: list[int] = []
        self.systems: set[str] = set()
        self.numeric = self.records = self.queries = self.several = self.keyed = 0
        for row in rows:
            self._see(row)
        self.total = self.counts.total()

    def _see(self, row: Row) -> None:
        answer = normal(row.answer)
        self.counts[answer] += 1
        if len(self.written) <= MOST_LABELS or answer in self.written:
            self.written.setdefault(answer, Counter())[row.answer.strip()] += 1
            if len(groups := self.spread.setdefault(answer, set())) < 2:
                groups.add(row.group or row.id)
        self.lengths.append(len(tokens(row.answer)))
        self.systems.add("" if row.tools else next((m.content.strip() for m in row.messages if m.role == "system"), ""))
        self.several += sum(message.role == "user" for message in row.messages) > 1
        self.numeric += _is_number(row.answer)
        self.records += fields_of(row.answer) is not None
        self.queries += is_query(row.answer)
        self.keyed += bool(row.keys) or derived(row.question, row.answer) is not None

    def nearly_all(self, count: int) -> bool:
        """Whether that many of the rows are nearly all of them."""
        return count >= _NEARLY_ALL * self.total

    @property
    def are_labels(self) -> bool:
        """Whether few answers come again and again, each for several facts or texts."""
        repeated = sum(self.counts[answer] for answer, groups in self.spread.items() if len(groups) > 1)
        return 2 <= len(self.counts) <= min(MOST_LABELS, self.total // 2) and self.nearly_all(repeated)

    @property
    def are_short(self) -> bool:
        """Whether half of the answers are a few words at most."""
        return bool(self.lengths) and median(self.lengths) <= _SHORT


def detect(rows: Iterable[Row], checks: Sequence[Check] = ()) -> Task:
    """The kind of task these rows are examples of, by their answers; free ones also by what is said of them.

    Free answers without a key that could be right are about the ``checks`` of the data, where it has any, else about
    its ``voice``, where all of them were written under one system prompt.
    """
    found = _Traits(rows)
    plain = found.total < _LEAST_ROWS or found.several * 2 > found.total
    if not plain and found.nearly_all(found.records):
        return Task("fields")
    if not plain and found.nearly_all(found.queries):
        return Task("query")
    if not plain and found.are_short and found.are_labels:
        return _classification(found)
    if not plain and found.nearly_all(found.numeric):
        return Task("number")
    if found.are_short or not found.total or 2 * found.keyed >= found.total:
        return Task("short" if found.are_short else "free")
    if checks:
        return Task("checks")
    return Task("voice" if found.systems != {""} and len(found.systems) == 1 else "free")


def classification(rows: Iterable[Row]) -> Task:
    """A classification whose labels are the answers there are, where a person says that they are labels."""
    return _classification(_Traits(rows))


def _classification(found: _Traits) -> Task:
    labels = [label for label, _ in found.counts.most_common(MOST_LABELS) if label in found.written]
    return Task("classification", tuple(labels), tuple(found.written[one].most_common(1)[0][0] for one in labels))


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


def vectors(
    kind: str, labels: Sequence[str], answer: str, reference: str, messages: Sequence[Message] = ()
) -> dict[str, Vector]:
    """What one answer to ``messages`` adds to the figures of its kind; nothing where it cannot be scored."""
    if kind == "classification" and labels:
        return {"labels": _label_vector(labels, label_of(answer, labels), normal(reference))}
    if kind == "number":
        return _number_vectors(number_of(answer), number_of(reference))
    if kind == "fields":
        return _field_vectors(fields_of(answer), fields_of(reference))
    return _query_vectors(answer, reference, messages) if kind == "query" else {}


def _number_vectors(said: float | None, wanted: float | None) -> dict[str, Vector]:
    if wanted is None:
        return {}
    told: dict[str, Vector] = {"has_number": (float(said is not None), 1.0)}
    if said is None:
        return told
    return {**told, "number": (abs(said - wanted), (said - wanted) ** 2, wanted, wanted**2, 1.0)}


def _field_vectors(found: dict[str, str] | None, wanted: dict[str, str] | None) -> dict[str, Vector]:
    if wanted is None:
        return {}
    same = sum(normal(value) == normal((found or {}).get(name, "\0")) for name, value in wanted.items())
    return {
        "valid_json": (float(found is not None), 1.0),
        "fields": (float(same), float(len(found or {})), float(len(wanted))),
    }


def _query_vectors(answer: str, reference: str, messages: Sequence[Message]) -> dict[str, Vector]:
    """By execution where the conversation gives a schema, and always by the text."""
    told: dict[str, Vector] = {"same_query": (float(same_text(answer, reference)), 1.0)}
    schema = schema_of(messages)
    if not schema:
        return told
    same, runs = same_result(answer, reference, schema)
    told["query_runs"] = (float(runs), 1.0)
    return told if same is None else {**told, "same_result": (float(same), 1.0)}


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
    identity: str = "lib:own-1"
    """How it is computed."""
    none: str = "metrics.none"
    """Words key: why there may be no such figure."""
    part: Callable[[Vector], Vector] = tuple
    """What of the stored vector it is made of."""


def figures_of(kind: str, labels: Sequence[str] = ()) -> list[TaskFigure]:
    """The figures of a kind of task, the most telling first."""
    read = "label:the-one-it-names|norm:v1|lib:own-1"
    if kind == "classification":
        count = len(labels)
        macro = f"mean over {count} labels|zero-division:0|{read}"
        return [
            TaskFigure("accuracy", "labels", mean, is_share=True, identity=read, part=_hit),
            TaskFigure("macro_precision", "labels", lambda t: _macro(t, count, "precision"), identity=macro),
            TaskFigure("macro_recall", "labels", lambda t: _macro(t, count, "recall"), identity=macro),
            TaskFigure("macro_f1", "labels", lambda t: _macro(t, count, "f1"), identity=macro),
            TaskFigure(
                "mcc", "labels", lambda t: _mcc(t, count), floor=-1.0, identity=read, none="metrics.none_one_label"
            ),
        ]
    if kind == "number":
        last = "number:last-of-answer|without-number:not-scored|lib:own-1"
        return [
            TaskFigure("mae", "number", lambda t: float(t[0] / t[4]), "down", scale=0, identity=last),
            TaskFigure("mse", "number", lambda t: float(t[1] / t[4]), "down", scale=0, identity=last),
            TaskFigure("r2", "number", _r2, floor=-math.inf, identity=last, none="metrics.none_r2"),
            TaskFigure("has_number", "has_number", mean, is_share=True),
        ]
    if kind == "fields":
        by_path = "fields:by-path|norm:v1|lib:own-1"
        return [
            TaskFigure("field_f1", "fields", lambda t: float(2 * t[0] / max(1.0, t[1] + t[2])), identity=by_path),
            TaskFigure("valid_json", "valid_json", mean, is_share=True),
        ]
    if kind == "query":
        ran = f"sqlite-{sqlite3.sqlite_version}|rows:given-or-{2 * FILLS}-fillings|multiset-unless-order-by"
        folded = "python:syntax-tree|else norm:spaces+case-outside-quotes+comments|lib:own-2"
        return [
            TaskFigure("same_result", "same_result", mean, is_share=True, identity=ran, none="metrics.none_schema"),
            TaskFigure("query_runs", "query_runs", mean, is_share=True, identity=ran, none="metrics.none_schema"),
            TaskFigure("same_query", "same_query", mean, is_share=True, identity=folded),
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


def _hit(labels: Vector) -> Vector:
    return labels[1], labels[0]


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
    """Matthews' correlation for several labels (Gorodkin 2004); an answer without a label is a label of its own.

    ``nan`` where all references are one label; 0 where only the answers are.
    """
    wanted, said, _ = _parts(total, count)
    n, hits = float(total[0]), float(total[1])
    none = n - float(said.sum())
    spread_said, spread_wanted = n * n - float(said @ said) - none * none, n * n - float(wanted @ wanted)
    bottom = math.sqrt(max(0.0, spread_said) * max(0.0, spread_wanted))
    if not spread_wanted:
        return float("nan")
    return (hits * n - float(wanted @ said)) / bottom if bottom else 0.0


def _r2(total: NDArray[np.float64]) -> float:
    """Share of the references' variance that is explained; ``nan`` where they are all the same."""
    spread = float(total[3] - total[2] ** 2 / total[4])
    return 1 - float(total[1]) / spread if spread > 0 else float("nan")
