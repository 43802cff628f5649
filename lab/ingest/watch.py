"""Rules over many rows, one after another: what a row is beside the rows before it.

Knows: the rules that need more than one row. They keep hashes and packed places, never rows, so that a stream of any
length can pass. Must not know files, shapes or where rows are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from lab import likeness
from lab.ingest.problems import shown
from lab.ingest.seen import Places, Seen, digest
from lab.records import Problem, Row


class SetRule(Protocol):
    """A rule over many rows, one after another: it keeps hashes and packed places, never rows."""

    def see(self, row: Row) -> Iterator[Problem]:
        """The problems that ``row`` makes beside the rows seen before it."""

    def end(self) -> Iterator[Problem]:
        """The problems that only show when every row was seen."""


class Duplicates:
    """A warning for each row whose conversation stands earlier already."""

    def __init__(self) -> None:
        self._seen, self._places = Seen(), Places()

    def see(self, row: Row) -> Iterator[Problem]:
        """A ``duplicate`` that names the first place."""
        key = digest(*(part for message in row.messages for part in (message.role, message.content)))
        earlier = self._seen.first(key, self._places.pack(row.file, row.line))
        if earlier:
            file, line = self._places.unpack(earlier[0])
            yield Problem(row.line, "duplicate", "warning", row.file, {"other": line, "other_file": file})

    def end(self) -> Iterator[Problem]:
        """Nothing: each was told when it was seen."""
        yield from ()


class Conflicts:
    """A warning for each row that answers an earlier row's question differently (single-turn rows)."""

    def __init__(self) -> None:
        self._seen, self._places = Seen(), Places()

    def see(self, row: Row) -> Iterator[Problem]:
        """A ``conflicting_answers`` that names the first place."""
        if sum(message.role == "user" for message in row.messages) > 1:
            return
        system = row.messages[0].content if row.messages[0].role == "system" else ""
        key, answer = digest(system, likeness.folded(row.question)), digest(likeness.folded(row.answer))
        earlier = self._seen.first(key, self._places.pack(row.file, row.line), answer)
        if earlier and earlier[1] != answer:
            file, line = self._places.unpack(earlier[0])
            place = {"other": line, "other_file": file, "question": shown(row.question, 40)}
            yield Problem(row.line, "conflicting_answers", "warning", row.file, place)

    def end(self) -> Iterator[Problem]:
        """Nothing: each was told when it was seen."""
        yield from ()


SET_RULES: tuple[Callable[[], SetRule], ...] = (Duplicates, Conflicts)
"""Makers of rules over many rows; a stream of rows needs a fresh set (``Watch``)."""


class Watch:
    """All set rules over one stream of rows, of any length."""

    def __init__(self) -> None:
        self._rules = [make() for make in SET_RULES]

    def see(self, row: Row) -> Iterator[Problem]:
        """What the rules find in ``row``; call it once a row, in order."""
        for rule in self._rules:
            yield from rule.see(row)

    def end(self) -> Iterator[Problem]:
        """What shows only at the end; call it once."""
        for rule in self._rules:
            yield from rule.end()


def across(rows: Iterable[Row]) -> Iterator[Problem]:
    """The problems of rows against each other, in the order they are met."""
    watch = Watch()
    for row in rows:
        yield from watch.see(row)
    yield from watch.end()
