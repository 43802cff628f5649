"""What differs between two versions.

Knows: how rows of two versions are paired (same row, same content, same question, same place, in that order). Works on
one number a row; only rows that are shown are read. Must not know the page or how versions are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.datasets import Datasets
from lab.datasets.index import Index, key
from lab.records import Check, Row, Version

SHOWN = 200
"""Rows of each kind that are read to be shown; all are counted."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
_Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Difference:
    """How ``after`` differs from ``before``. The counts are of all rows; the rows are the first of them."""

    before: Version
    after: Version
    counts: dict[str, int]
    """``added``, ``removed``, ``changed``, ``moved`` (other split), ``tagged`` (other tags) and ``same``."""
    added: list[Row]
    removed: list[Row]
    changed: list[tuple[Row, Row]]
    """The same row, question or place with other text."""
    moved: list[tuple[Row, Row]]
    """The same row in another split."""
    tagged: list[tuple[Row, Row]]
    mode: tuple[str, str] | None
    """Both modes, where they differ."""
    checks_added: tuple[Check, ...]
    checks_removed: tuple[Check, ...]
    documents_added: tuple[str, ...]
    documents_removed: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both versions say the same."""
        rows = any(count for name, count in self.counts.items() if name != "same")
        rest = (self.checks_added, self.checks_removed, self.documents_added, self.documents_removed)
        return not rows and self.mode is None and not any(rest)


def diff(datasets: Datasets, before: Version, after: Version, shown: int = SHOWN) -> Difference:
    """What became of the rows of ``before`` in ``after``; at most ``shown`` rows of each kind are read."""
    one, other = datasets.index(before), datasets.index(after)
    ours, theirs, left, right = _paired(one, other)
    content = one.column("content")[ours] != other.column("content")[theirs]
    split = _names(one, "split")[ours] != _names(other, "split")[theirs]
    tags = one.column("tags")[ours] != other.column("tags")[theirs]
    counts = {
        "added": len(right),
        "removed": len(left),
        "changed": int(content.sum()),
        "moved": int(split.sum()),
        "tagged": int(tags.sum()),
        "same": int((~(content | split | tags)).sum()),
    }

    def pairs(which: NDArray[np.bool_]) -> list[tuple[Row, Row]]:
        places = np.flatnonzero(which)[:shown]
        return list(zip(one.read(ours[places]), other.read(theirs[places]), strict=True))

    return Difference(
        before,
        after,
        counts,
        added=list(other.read(right[:shown])),
        removed=list(one.read(left[:shown])),
        changed=pairs(content),
        moved=pairs(split),
        tagged=pairs(tags),
        mode=(before.mode, after.mode) if before.mode != after.mode else None,
        checks_added=tuple(check for check in after.checks if check not in before.checks),
        checks_removed=tuple(check for check in before.checks if check not in after.checks),
        documents_added=tuple(name for name in after.documents if name not in before.documents),
        documents_removed=tuple(name for name in before.documents if name not in after.documents),
    )


def _paired(one: Index, other: Index) -> tuple[_Numbers, _Numbers, _Numbers, _Numbers]:
    """Numbers of the rows that belong together, and those left on either side; in the order of ``one``."""
    left, right = np.arange(one.rows), np.arange(other.rows)
    pairs: list[tuple[_Numbers, _Numbers]] = []
    for name in ("id", "content", "prompt", "place"):
        mine, its = _matches(_keys(one, name)[left], _keys(other, name)[right])
        pairs.append((left[mine], right[its]))
        left, right = np.delete(left, mine), np.delete(right, its)
    ours, theirs = (np.concatenate(side) for side in zip(*pairs, strict=True))
    order = np.argsort(ours, kind="stable")
    return ours[order], theirs[order], left, right


def _keys(index: Index, name: str) -> NDArray[np.uint64]:
    """What rows are paired by. A place is a file and a line; a row without a line has a place of its own."""
    if name != "place":
        return np.asarray(index.column(name))
    lines = index.column("line").astype(np.uint64)
    places: NDArray[np.uint64] = _names(index, "file").astype(np.uint64) * _MIX + lines
    places[lines == 0] = index.column("id")[lines == 0]
    return places


def _names(index: Index, column: str) -> NDArray[Any]:
    """The names behind a column's numbers as hashes that mean the same in every version."""
    known = index.about[column]
    hashes = np.array([key(column, name) for name in known] or [0], dtype=np.uint64)
    named: NDArray[Any] = hashes[index.column(column)]
    return named


def _matches(ours: NDArray[np.uint64], theirs: NDArray[np.uint64]) -> tuple[_Numbers, _Numbers]:
    """Places of equal keys; the first with the first, the second with the second …"""
    _, mine, its = np.intersect1d(_told_apart(ours), _told_apart(theirs), return_indices=True)
    return mine, its


def _told_apart(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Keys of which the second of the same value is another value, in the same way on both sides."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.r_[True, ordered[1:] != ordered[:-1]] if len(keys) else np.empty(0, dtype=np.bool_)
    begins = np.maximum.accumulate(np.where(starts, np.arange(len(keys)), 0))
    apart = np.empty_like(keys)
    apart[order] = ordered + (np.arange(len(keys)) - begins).astype(np.uint64) * _MIX
    return apart
