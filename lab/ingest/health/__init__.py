"""How healthy rows are to train on: lengths, copies, leakage, balance, personal data, and a score made of parts.

Knows: the two walks over the rows and the record they end in. Memory grows by some 200 bytes a row, and by the
texts of rows that may be alike. Must not know the page.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lab.ingest.health import privacy, quality
from lab.ingest.health.balance import Spread, sampled, shares_of
from lab.ingest.health.copies import CopyWatch
from lab.ingest.health.lengths import Measure
from lab.ingest.health.records import (
    LISTED,
    Balance,
    Cluster,
    Copies,
    Finding,
    Health,
    Hint,
    Leak,
    Leakage,
    Lengths,
    Part,
    Place,
    Service,
    Share,
)
from lab.ingest.problems import shown
from lab.ingest.rules.oddities import row_problems
from lab.ingest.rules.services import refusals
from lab.ingest.rules.watch import Watch
from lab.records import Problem, Row
from lab.rendering import Renderer

__all__ = [
    "Again",
    "Balance",
    "Cluster",
    "Copies",
    "Finding",
    "Health",
    "Hint",
    "Leak",
    "Leakage",
    "Lengths",
    "Part",
    "Place",
    "Service",
    "Share",
    "health",
    "sampled",
    "shares_of",
]

_NOT_ODD = {"duplicate", "conflicting_answers"}
"""Warnings that parts of their own count."""


class Again:
    """Rows that can be walked more than once, made anew each time: ``Again(lambda: datasets.rows(version))``."""

    def __init__(self, make: Callable[[], Iterable[Row]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Row]:
        return iter(self._make())


def health(
    rows: Iterable[Row],
    renderer: Renderer | None = None,
    base_limit: int | None = None,
    *,
    targets: dict[str, float] | None = None,
    base: str = "",
    version: str = "",
    seen: Callable[[int], None] | None = None,
) -> Health:
    """The health of ``rows``, which are walked twice: a list, or ``Again``.

    ``targets`` are wished shares of tags, or of labels where no row has a tag. ``seen`` is called now and then with
    the rows walked so far, of both walks together; it may raise to stop.
    """
    started = time.monotonic()
    walk = _Walk(renderer, base_limit)
    for number, row in enumerate(rows, start=1):
        walk.see(row)
        if seen and not number % 500:
            seen(number)
    walk.end()
    copies, leakage = walk.copies.compare(_told(rows, walk.rows, seen))
    lengths = walk.lengths.result()
    longest = lengths.longest if lengths.unit == "tokens" else None
    elsewhere = refusals(walk.rows, walk.roles, longest, walk.weighted)
    tags = walk.spread.tags(targets)
    made = quality.parts(walk.rows, lengths, copies, leakage, walk.odd, walk.conflicting, walk.private)
    return Health(
        rows=walk.rows,
        score=quality.score(made),
        parts=made,
        lengths=lengths,
        copies=copies,
        leakage=leakage,
        languages=walk.spread.languages(),
        labels=walk.spread.labels(None if tags else targets),
        tags=tags,
        hints=walk.hints(),
        findings=walk.findings(),
        services=tuple(Service(name, not codes, codes) for name, codes in elsewhere.items()),
        base=base,
        version=version,
        seconds=round(time.monotonic() - started, 3),
    )


def _told(rows: Iterable[Row], before: int, seen: Callable[[int], None] | None) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if seen and not number % 500:
            seen(before + number)
        yield row


class _Walk:
    """The first walk: everything that needs each row once."""

    def __init__(self, renderer: Renderer | None, limit: int | None) -> None:
        self.rows = self.odd = self.conflicting = self.private = 0
        self.lengths, self.copies, self.spread = Measure(renderer, limit), CopyWatch(), Spread()
        self.roles: set[str] = set()
        self.weighted = False
        self._watch = Watch(notes=True)
        self._counts: defaultdict[tuple[str, str, str | None], int] = defaultdict(int)
        self._places: defaultdict[str, list[Place]] = defaultdict(list)
        self._values: dict[str, dict[str, Any]] = {}
        self._times: defaultdict[str, int] = defaultdict(int)

    def see(self, row: Row) -> None:
        """One row."""
        self.rows += 1
        self.lengths.see(row)
        self.copies.see(row)
        self.spread.see(row)
        self.roles.update(message.role for message in row.messages)
        self.weighted = self.weighted or not all(message.trained for message in row.messages)
        problems = [*row_problems(row), *self._watch.see(row)]
        self.odd += any(p.severity != "info" and p.code not in _NOT_ODD for p in problems)
        self.conflicting += any(problem.code == "conflicting_answers" for problem in problems)
        for problem in problems:
            self._note(problem, shown(row.question, 60))
        self._private(row)

    def end(self) -> None:
        """What shows only when every row was seen."""
        for problem in self._watch.end():
            self.odd += problem.severity != "info" and problem.line is not None
            self._note(problem, "")

    def findings(self) -> tuple[Finding, ...]:
        """One entry a rule, the most frequent first; errors and warnings before information."""
        found = [
            Finding(code, severity, count, fix, tuple(self._places[code]), self._values[code])
            for (code, severity, fix), count in self._counts.items()
        ]
        return tuple(sorted(found, key=lambda finding: (finding.severity == "info", -finding.rows, finding.code)))

    def hints(self) -> tuple[Hint, ...]:
        """One entry a kind, secrets first."""
        kinds = [shape.kind for shape in privacy.SHAPES if self._times[shape.kind]]
        return tuple(
            Hint(
                kind, kind in privacy.SECRETS, self._times[kind], self._times[f"{kind} rows"], tuple(self._places[kind])
            )
            for kind in kinds
        )

    def _note(self, problem: Problem, text: str) -> None:
        self._counts[problem.code, problem.severity, problem.fix] += problem.line is not None
        self._values.setdefault(problem.code, problem.values)
        if problem.line is None:
            return
        if len(self._places[problem.code]) < LISTED:
            self._places[problem.code].append(Place(problem.file, problem.line or 0, text))

    def _private(self, row: Row) -> None:
        kinds = set()
        for found in privacy.find("\n".join(message.content for message in row.messages)):
            self._times[found.kind] += 1
            if found.kind not in kinds and len(self._places[found.kind]) < LISTED:
                self._places[found.kind].append(Place(row.file, row.line or 0, found.masked))
            kinds.add(found.kind)
        for kind in kinds:
            self._times[f"{kind} rows"] += 1
        self.private += bool(kinds)
