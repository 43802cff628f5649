"""Rules over many rows, one after another: what a row is beside the rows before it.

Knows: the rules that need more than one row. They keep hashes and packed places, never rows, so that a stream of any
length can pass. Must not know files, shapes or where rows are kept.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Protocol

from lab import likeness
from lab.ingest.problems import shown
from lab.ingest.rules import signs
from lab.ingest.rules.catalogue import RULES
from lab.ingest.rules.seen import Places, Seen, key_of
from lab.records import Problem, Row

LEAST_ROWS = 10
"""Rows that OpenAI and Azure ask for."""
_MARK = (1 << 32) - 1
_CUT_ROWS = 20
"""Long answers from which it can be said how answers usually end."""
_CUT_FROM = 60
_CUT_LEAST, _CUT_TIMES, _CUT_SHARE, _CUT_MOST = 3, 5, 0.2, 0.4
_STEP = 16


class SetRule(Protocol):
    """A rule over many rows, one after another: it keeps hashes and packed places, never rows."""

    def see(self, row: Row) -> Sequence[Problem]:
        """The problems that ``row`` makes beside the rows seen before it."""

    def end(self) -> Iterator[Problem]:
        """The problems that only show when every row was seen."""


class Duplicates:
    """A warning for each row whose conversation stands earlier already."""

    def __init__(self) -> None:
        self._seen, self._places = Seen(), Places()

    def see(self, row: Row) -> Sequence[Problem]:
        """A ``duplicate`` that names the first place."""
        earlier = self._seen.first(key_of(_parts(row)), self._places.pack(row.file, row.line))
        if not earlier:
            return ()
        file, line = self._places.unpack(earlier[0])
        place = {"other": line, "other_file": file}
        return (Problem(row.line, "duplicate", "warning", row.file, place, RULES["duplicate"].fix),)

    def end(self) -> Iterator[Problem]:
        """Nothing: each was told when it was seen."""
        yield from ()


class Conflicts:
    """A warning for each row that answers an earlier row's question differently (single-turn rows)."""

    def __init__(self) -> None:
        self._seen, self._places = Seen(marks=True), Places()

    def see(self, row: Row) -> Sequence[Problem]:
        """A ``conflicting_answers`` that names the first place."""
        if [message.role for message in row.messages].count("user") > 1:
            return ()
        system = row.messages[0].content if row.messages[0].role == "system" else ""
        key = key_of((system, likeness.folded(row.question), repr(row.tools) if row.tools else ""))
        answer = key_of((likeness.folded(row.answer), row.messages[-1].calls)) & _MARK
        earlier = self._seen.first(key, self._places.pack(row.file, row.line), answer)
        if not earlier or earlier[1] == answer:
            return ()
        file, line = self._places.unpack(earlier[0])
        place = {"other": line, "other_file": file, "question": shown(row.question, 40)}
        fix = RULES["conflicting_answers"].fix
        return (Problem(row.line, "conflicting_answers", "warning", row.file, place, fix),)

    def end(self) -> Iterator[Problem]:
        """Nothing: each was told when it was seen."""
        yield from ()


class CutAnswers:
    """A warning for long answers that stop without an end where nearly all others have one: 16 bytes an answer."""

    def __init__(self) -> None:
        self._places, self._open, self._lengths = Places(), array("Q"), array("Q")
        self._longest: Counter[int] = Counter()
        self._whole = 0

    def see(self, row: Row) -> Sequence[Problem]:
        """Only counts: whether an answer is cut shows beside all others."""
        answer = row.answer
        if len(answer) >= _CUT_FROM and row.messages[-1].role == "assistant" and not signs.hangs(answer):
            self._longest[len(answer) // _STEP] += 1
            if signs.ends(answer):
                self._whole += 1
            else:
                self._open.append(self._places.pack(row.file, row.line))
                self._lengths.append(len(answer))
        return ()

    def end(self) -> Iterator[Problem]:
        """A problem for each open answer among the longest tenth, if there they are five times as frequent."""
        answers = self._whole + len(self._open)
        if answers < _CUT_ROWS:
            return
        least = self._tenth(answers)
        longest = sum(count for step, count in self._longest.items() if step * _STEP >= least)
        cut = [place for place, length in zip(self._open, self._lengths, strict=True) if length >= least]
        others = (len(self._open) - len(cut)) / max(1, answers - longest)
        if (
            len(cut) < _CUT_LEAST
            or longest > _CUT_MOST * answers
            or len(cut) / longest < max(_CUT_TIMES * others, _CUT_SHARE)
        ):
            return
        for place in cut:
            file, line = self._places.unpack(place)
            values = {"least": least, "share": f"{len(cut) / longest:.0%}", "others": f"{others:.0%}"}
            yield Problem(line or None, "cut_answer_long", "warning", file, values, RULES["cut_answer_long"].fix)

    def _tenth(self, answers: int) -> int:
        """Characters from which an answer is among the longest tenth."""
        longer = 0
        for step in sorted(self._longest, reverse=True):
            longer += self._longest[step]
            if longer >= 0.1 * answers:
                return step * _STEP
        return 0


class FewRows:
    """Information where there are fewer rows than other services take."""

    def __init__(self) -> None:
        self._rows = 0

    def see(self, row: Row) -> Sequence[Problem]:
        """Only counts."""
        self._rows += 1
        return ()

    def end(self) -> Iterator[Problem]:
        """One ``few_rows`` where there are some, but fewer than ten."""
        if 0 < self._rows < LEAST_ROWS:
            yield Problem(None, "few_rows", "info", values={"rows": self._rows, "least": LEAST_ROWS})


class SystemInSome:
    """Information where some rows have a system prompt and others have none."""

    def __init__(self) -> None:
        self._with = self._without = 0

    def see(self, row: Row) -> Sequence[Problem]:
        """Only counts."""
        if row.messages[0].role == "system":
            self._with += 1
        else:
            self._without += 1
        return ()

    def end(self) -> Iterator[Problem]:
        """One ``system_in_some``."""
        if self._with and self._without:
            values = {"with_one": self._with, "without": self._without}
            yield Problem(None, "system_in_some", "info", values=values)


SET_RULES: tuple[Callable[[], SetRule], ...] = (Duplicates, Conflicts, CutAnswers)
"""Makers of rules over many rows; a stream of rows needs a fresh set (``Watch``)."""
SET_NOTES: tuple[Callable[[], SetRule], ...] = (FewRows, SystemInSome)
"""Those that only inform: part of the health, not of every reading."""


class Watch:
    """All set rules over one stream of rows, of any length; with ``notes``, those that only inform too."""

    def __init__(self, *, notes: bool = False) -> None:
        self._rules = [make() for make in (*SET_RULES, *(SET_NOTES if notes else ()))]

    def see(self, row: Row) -> list[Problem]:
        """What the rules find in ``row``; call it once a row, in order."""
        return [problem for rule in self._rules for problem in rule.see(row)]

    def end(self) -> Iterator[Problem]:
        """What shows only at the end; call it once."""
        for rule in self._rules:
            yield from rule.end()


def _parts(row: Row) -> Hashable:
    """What ``conversation_key`` goes by."""
    turns = [
        (m.role, m.content, m.name, tuple([(call.name, call.arguments) for call in m.calls]) if m.calls else ())
        for m in row.messages
    ]
    return tuple(turns), repr(row.tools) if row.tools else ""


def conversation_key(row: Row) -> str:
    """What two rows must have in common to be the same conversation: turns, calls, and the tools there are."""
    turns = [(m.role, m.content, m.name, [(call.name, call.arguments) for call in m.calls]) for m in row.messages]
    return repr((turns, row.tools))


def across(rows: Iterable[Row]) -> Iterator[Problem]:
    """The problems of rows against each other, in the order they are met."""
    watch = Watch()
    for row in rows:
        yield from watch.see(row)
    yield from watch.end()
