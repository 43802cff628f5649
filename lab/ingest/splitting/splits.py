"""Which rows are trained and which are kept to test with.

Knows: the two kinds of split, and how ``auto`` chooses between them. ``remember``: every fact group is trained, some
wordings of groups with several are kept back. ``generalise``: whole groups are kept back. Everything follows from the
rows, the shares and the seed, not from the order of rows; the same rules hold for ten rows and for millions, which are
passed over on the disk. Must not know files or storage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray

from lab import likeness
from lab.errors import UsageError
from lab.ingest.splitting.grouping import Codes, Outline, own_group
from lab.ingest.splitting.keeping import LEFT_OUT, TEST, TRAIN, Kept, generalise, remember
from lab.ingest.splitting.spool import Held, Rows, Spool
from lab.records import Problem, Row

__all__ = ["MODES", "SPLITS", "LargePlan", "Plan", "own_group", "plan", "plan_rows", "with_groups"]

MODES = ("auto", "remember", "generalise")
SPLITS = ("train", "validation", "test")
MOST_FACTS = 300
"""More groups than this are a body of examples, not a handful of facts."""
LONGEST_FACT = 40
"""Words (or Chinese characters) up to which the median answer counts as a short fact."""
LONGEST_QUESTION = 60
"""Words up to which the median question counts as asking from memory; longer ones carry a passage."""


@dataclass(frozen=True)
class Plan:
    """The rows with their split and group, and why."""

    rows: list[Row]
    mode: str
    reason: str
    """Words key of the sentence that says why this mode."""
    counts: dict[str, int]
    notes: tuple[Problem, ...] = ()
    """What a person should know of the split: an empty test, rows left out of it and why."""


@dataclass(frozen=True)
class LargePlan:
    """A plan whose rows are on the disk."""

    mode: str
    reason: str
    counts: dict[str, int]
    notes: tuple[Problem, ...]
    spooled: Rows
    splits: NDArray[np.uint8]
    outline: Outline
    groups: Codes

    def rows(self) -> Iterator[Row]:
        """The rows with their split and group, one at a time, in their order."""
        names = ("", *SPLITS)
        for row, split, group in zip(self.spooled, self.splits, self.outline.names(self.groups), strict=True):
            if split != LEFT_OUT:
                yield replace(row, split=names[split], group=row.group if group is None else group)


def plan(rows: list[Row], *, mode: str = "auto", shares: tuple[int, ...] = (80, 10, 10), seed: int = 0) -> Plan:
    """``rows`` with group and split set, in their order.

    Rows that carry a split keep it, but for a test row whose wording or (``generalise``) group is trained: it is left
    out, and told.
    """
    made = _planned(Held(rows), mode, shares, seed)
    return Plan(list(made.rows()), made.mode, made.reason, made.counts, made.notes)


def plan_rows(
    rows: Iterable[Row],
    spool: Path | None = None,
    *,
    mode: str = "auto",
    shares: tuple[int, ...] = (80, 10, 10),
    seed: int = 0,
    tell: Callable[[int, int], None] | None = None,
) -> LargePlan:
    """As ``plan``, for any number of rows: with a file ``spool`` to put them into they are never held together.

    ``tell`` hears how many rows of how many were passed over, in each pass; what it raises ends the work.
    """
    check_split(mode, shares)
    if spool is None:
        return _planned(Held(rows), mode, shares, seed)
    spooled = Spool(spool, rows, tell)
    made = _planned(spooled, mode, shares, seed)
    spooled.quiet()
    return made


def with_groups(rows: list[Row]) -> list[Row]:
    """Rows with a group each: the one they carry, else that of their question, else their own.

    Rows that answer alike and ask nearly alike are one group too, or a test could be passed by its twin.
    """
    outline = Outline(Held(rows))
    names = outline.names(outline.facts())
    return [row if name is None else replace(row, group=name) for row, name in zip(rows, names, strict=True)]


def check_split(mode: str, shares: tuple[int, ...]) -> None:
    """Raise ``UsageError`` for a mode that is none, or shares that leave nothing to train."""
    if mode not in MODES:
        raise UsageError("data.bad_mode", value=mode, allowed=", ".join(MODES))
    if len(shares) != 3 or min(shares) < 0 or shares[0] == 0:
        raise UsageError("data.bad_shares", value="/".join(map(str, shares)))


def _planned(rows: Rows, mode: str, shares: tuple[int, ...], seed: int) -> LargePlan:
    check_split(mode, shares)
    outline = Outline(rows)
    groups = outline.facts()
    chosen, reason = _choose(outline, groups) if mode == "auto" else (mode, "data.reason_chosen")
    parts = (shares[1] / sum(shares), shares[2] / sum(shares))
    if chosen == "generalise":
        groups = outline.wholes(groups)
        kept = generalise(outline, groups, parts, seed)
    else:
        kept = remember(outline, groups, parts, seed)
    counts = {name: int((kept.splits == number).sum()) for number, name in enumerate(SPLITS, 1)}
    notes = (*kept.notes, *_nothing_to_test(kept, groups, chosen == "remember" and not outline.marks.any()))
    return LargePlan(chosen, reason, counts, notes, rows, kept.splits, outline, groups)


def _nothing_to_test(kept: Kept, groups: Codes, lacks_wordings: bool) -> list[Problem]:
    if np.any(kept.splits == TEST):
        return []
    if not lacks_wordings:
        return [Problem(None, "versions.no_test_row", "info")]
    trained = len(np.unique(groups[kept.splits == TRAIN]))
    return [Problem(None, "nothing_to_test", "info", values={"groups": trained})] if trained else []


def _choose(outline: Outline, groups: Codes) -> tuple[str, str]:
    """(mode, words key of the reason)."""
    if not len(outline):
        return "remember", "data.reason_chosen"
    tested = np.unique(groups[outline.marks == TEST])
    if len(tested):
        trained = np.isin(tested, groups[outline.marks <= TRAIN])
        if trained.sum() * 2 >= len(tested):
            return "remember", "data.reason_file_tests_wordings"
        return "generalise", "data.reason_file_tests_groups"
    different = len(np.unique(groups))
    if outline.has_conversations:
        return "generalise", "data.reason_conversations"
    if different > MOST_FACTS:
        return "generalise", "data.reason_many_groups"
    lengths = [(likeness.length(row.answer), likeness.length(row.question)) for row in outline.rows]
    if median(answer for answer, _ in lengths) > LONGEST_FACT:
        return "generalise", "data.reason_long_answers"
    if median(question for _, question in lengths) > LONGEST_QUESTION:
        return "generalise", "data.reason_long_questions"
    if different >= 10 and len(np.unique(outline.answer)) * 2 <= different:
        return "generalise", "data.reason_labels"
    return "remember", "data.reason_short_facts"
