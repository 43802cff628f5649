"""The scoreboard as files to take away: one HTML page that opens without a network, a table, every answer.

Knows: what goes into them, and that nothing of this machine does. Must not know how the page looks
(``lab.evals.report_page``) or how figures are computed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab import words
from lab.datasets import Datasets
from lab.errors import DataError
from lab.evals import faults
from lab.evals.board import Board, BoardRow, identity
from lab.evals.changes import Asked, Stored
from lab.evals.choosing import WITH_PASSAGE
from lab.evals.diagnostics import Diagnostics
from lab.evals.faults import Fault
from lab.evals.verdict import Sentence, metric_key
from lab.records import Row, to_json
from lab.workspace import Workspace

_PATH = re.compile(r"(?<![\w/.])(?:file:)?(?:[A-Za-z]:\\|~?/)(?:[^\s+,;:\"'<>/\\]+[/\\])*([^\s+,;:\"'<>/\\]+)")
_ADDRESS = re.compile(r"(https?://)(?:[^\s@/]+@)?([^\s?#]+)(?:\?[^\s#]*)?")


@dataclass(frozen=True)
class Told:
    """One evaluation and everything the report says of it."""

    board: Board
    questions: Iterable[Asked] = ()
    """With their answers, those that tuning changed first."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Contestant → what it is called."""
    rows: Mapping[str, Row] = field(default_factory=dict)
    """Rows of the questions by id, where the data set is still there: they hold the evidence."""
    faults: Mapping[tuple[str, str], Fault] = field(default_factory=dict)
    advice: Sentence | None = None
    diagnostics: Diagnostics | None = None
    """What explains it, once all answers are there."""
    judge: str = ""
    """What a judge says of the answers, as HTML."""


def gather(
    workspace: Workspace, board: Board, questions: Stored, advice: Sentence | None, names: Mapping[str, str]
) -> Told:
    """Everything known of an evaluation, for its report; ``judge`` is added by whoever knows judges."""
    one = board.evaluation
    datasets = Datasets(workspace)
    try:
        index = datasets.index(datasets.get(one.dataset, one.version))
        own = {one.item: one.item.removesuffix(WITH_PASSAGE) for one in questions.found}
        told = {row.id: row for row in index.read(index.with_ids(set(own.values()))) if row.evidence}
        rows = {item: told[row] for item, row in own.items() if row in told}
    except DataError:
        rows = {}
    return Told(
        board,
        questions,
        {name: plain(called) for name, called in names.items()},
        rows,
        faults.found(workspace, one.id),
        advice,
    )


def plain(name: str) -> str:
    """A contestant's name without what belongs to this machine: folders, and keys in an address."""
    return _PATH.sub(r"\1", _ADDRESS.sub(r"\1\2", name))


def table(board: Board, language: str, names: Mapping[str, str] | None = None) -> list[list[str]]:
    """The board as cells, its heading row first."""
    columns = ("slice", "model", "metric", "value", "interval", "n", "not_scored")
    return [[words.say(f"evals.column_{name}", language) for name in columns]] + [
        [
            words.say(f"evals.slice_{row.slice}", language),
            (names or {}).get(row.model, row.model),
            metric_name(row.metric, language),
            number_of(row, row.value),
            "—" if row.low is None else f"{number_of(row, row.low)} … {number_of(row, row.high)}",
            str(row.n),
            str(row.not_scored),
        ]
        for row in board.rows
    ]


def metric_name(metric: str, language: str) -> str:
    """How a metric is called."""
    key = metric_key(metric)
    return words.say(key, language) if words.has(key) else metric.removeprefix("check:")


def number_of(row: BoardRow, value: float | None) -> str:
    """A figure in the digits its metric is read in."""
    if value is None:
        return "—"
    return f"{value:.1f}" if row.metric in {"chrf", "bleu", "perplexity"} else f"{value:.3f}"


def table_file(board: Board, language: str) -> str:
    """The board as CSV with low, high and identity apart; a cell that would run as a formula gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    head, *rows = table(board, language, {one.name: plain(one.name) for one in board.evaluation.contestants})
    writer.writerow([*head, *(words.say(f"report.column_{name}", language) for name in ("low", "high", "identity"))])
    for cells, row in zip(rows, board.rows, strict=True):
        ends = ["" if end is None else repr(end) for end in (row.low, row.high)]
        writer.writerow([_safe(cell) for cell in (*cells, *ends, identity(board, row))])
    return "\ufeff" + out.getvalue()


def _safe(cell: str) -> str:
    return "'" + cell if cell.startswith(("=", "+", "@")) else cell


def answers(told: Told) -> Iterator[dict[str, Any]]:
    """Every answer as one object a line: what was asked and said, what changed, what people found wrong."""
    for one in told.questions:
        row = told.rows.get(one.item)
        evidence = {name: getattr(row, name) for name in ("document", "start", "end", "evidence")} if row else {}
        for record in one.answers.values():
            fault = told.faults.get((record.item, record.contestant))
            made = to_json(record)
            made["contestant"] = plain(record.contestant)
            made["error_values"] = {name: plain(str(value)) for name, value in record.error_values.items()}
            yield {**made, **evidence, "change": one.change, "fault": to_json(fault) if fault else None}
