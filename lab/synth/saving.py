"""Reviewed pairs as rows of a data set, with all that is known of where each came from and who saw it.

Knows: which entries of a review are taken and how a person's word travels in a row's tags. Must not know splits or
where rows are kept.
"""

from __future__ import annotations

from dataclasses import replace

from lab.records import Problem, Row
from lab.synth.extraction import row_of
from lab.synth.review import Entry, State

UNREAD = "not-read"
"""Tag of a row that no person has seen: taken as it was made, or accepted by a sample."""


def reviewed_rows(state: State, *, unread: bool, system: str = "") -> list[Row]:
    """Rows of the pairs people took, and with ``unread`` of those nobody has marked; none of them stale."""
    return [_row(entry, system) for entry in state.entries if _is_taken(entry, unread)]


def left_out(state: State, *, unread: bool) -> list[Problem]:
    """A note for every pair that becomes no row, with its line and the reason."""
    found = []
    for entry in state.entries:
        if _is_taken(entry, unread):
            continue
        pair = entry.pair
        reasons = {"stale": "stale", "rejected": "by_person", "new": "unread"}
        reason = reasons.get(entry.status) or entry.code
        line = state.made.documents[pair.document].count("\n", 0, max(0, pair.start)) + 1
        values = {"question": pair.question[:120], "reason": reason}
        found.append(Problem(line, "pair_unused", "info", pair.document, values))
    return found


def _is_taken(entry: Entry, unread: bool) -> bool:
    return entry.counts or (unread and entry.status == "new")


def _row(entry: Entry, system: str) -> Row:
    row = row_of(entry.pair, system)
    tags = [f"reviewer:{mark.reviewer}" for mark in entry.marks if mark.read]
    tags += [f"note:{mark.note}" for mark in entry.marks if mark.note]
    tags += [] if entry.is_read else [UNREAD]
    status = "edited" if entry.status == "edited" else row.status
    return replace(row, status=status, tags=(*row.tags, *tags))
