"""Several data sets become one, with what they disagree about shown and settled by a stated policy.

Knows: conflicts of answer (same question, other answer) and of split (same group, trained in one, kept back in one).
A question or group that one of them holds back is never trained afterwards. Works on one number a row; only conflicts
that are shown are read. Must not know the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.datasets import Datasets
from lab.datasets.index import Index
from lab.errors import DataError, UsageError
from lab.ingest.problems import Problems
from lab.ingest.splitting.splits import plan_rows
from lab.records import Check, Problem, Row, Version

POLICIES = ("first", "second", "both", "neither")
"""What is kept of a conflict: the rows of the first data set, of the last, of all, or none."""
SHOWN = 200
_SIDES = ("train", "validation", "test")
_Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Conflict:
    """One disagreement: the rows of each data set that has it."""

    kind: str
    """``answer`` or ``split``."""
    rows: tuple[tuple[str, Row], ...]
    """(data set, its first row)."""


@dataclass(frozen=True)
class Conflicts:
    """All disagreements, counted; the first ``SHOWN`` of them with their rows."""

    counts: dict[str, int]
    """``answer``, ``split``, and ``same``: rows that stand in several and are kept once."""
    shown: list[Conflict]


@dataclass(frozen=True)
class Merged:
    """The merged data set and what was not taken over."""

    version: Version
    conflicts: Conflicts
    notes: tuple[Problem, ...]


def conflicts(datasets: Datasets, names: Sequence[str]) -> Conflicts:
    """What the current versions of the data sets disagree about; nothing is changed."""
    return _Merging(datasets, [datasets.get(name) for name in names]).conflicts()


def merge(
    datasets: Datasets,
    names: Sequence[str],
    new_name: str,
    policy: str = "first",
    *,
    mode: str = "",
    note: str = "",
    spool: Path | None = None,
) -> Merged:
    """Save the data sets ``names`` as one; every row keeps its split where the others allow it.

    What the policy leaves out, and test rows too near to what the others train, are among the problems with their
    place. ``mode`` is that of the data sets where they agree, else ``remember``. Raises ``DataError`` with fewer than
    two of them.
    """
    if policy not in POLICIES:
        raise UsageError("versions.bad_policy", value=policy, allowed=", ".join(POLICIES))
    versions = [datasets.get(name) for name in dict.fromkeys(names)]
    if len(versions) < 2:
        raise DataError("versions.merge_needs_two", given=", ".join(names))
    modes = {version.mode for version in versions}
    chosen = mode or (modes.pop() if len(modes) == 1 else "remember")
    merging = _Merging(datasets, versions, chosen)
    left = Problems()
    made = plan_rows(merging.rows(policy, left), spool, mode=chosen)
    languages = {version.language for version in versions}
    checks: list[Check] = []
    for version in versions:
        checks += [check for check in version.checks if check not in checks]
    notes = [*left.grouped(), *made.notes]
    saved = datasets.save(
        new_name,
        made.rows(),
        mode=chosen,
        mode_reason="versions.reason_merged",
        language=languages.pop() if len(languages) == 1 else "mixed",
        problems=notes,
        documents=merging.documents(),
        checks=tuple(checks),
        format="+".join(dict.fromkeys(version.format for version in versions if version.format)),
        note=note,
        parent="+".join(f"{version.dataset}@{version.version}" for version in versions),
    )
    return Merged(saved, merging.conflicts(), tuple(notes))


class _Merging:
    """The rows of all versions as numbers, one after another."""

    def __init__(self, datasets: Datasets, versions: list[Version], mode: str = "generalise") -> None:
        self._datasets, self._versions, self._mode = datasets, versions, mode
        self._indexes = [datasets.index(version) for version in versions]
        self._sets = np.repeat(np.arange(len(versions)), [index.rows for index in self._indexes])
        self._prompts, self._contents, self._groups = (
            np.concatenate([index.column(name) for index in self._indexes]) for name in ("prompt", "content", "group")
        )
        self._sides = np.concatenate([_sides(index) for index in self._indexes])
        self._same = self._copies()
        self._answers = self._disagreeing(self._prompts, self._contents, ~self._same)
        by_group = self._disagreeing(self._groups, self._sides.astype(np.uint64), ~self._same)
        self._splits = by_group if mode == "generalise" else np.zeros_like(by_group)

    def conflicts(self) -> Conflicts:
        """Counts of each kind, and the first of them."""
        kinds = (("answer", self._answers, self._prompts), ("split", self._splits, self._groups))
        counts = {kind: len(np.unique(keys[which])) for kind, which, keys in kinds}
        shown = [one for kind, which, keys in kinds for one in self._shown(kind, which, keys)]
        return Conflicts({**counts, "same": int(self._same.sum())}, shown[:SHOWN])

    def rows(self, policy: str, left: Problems) -> Iterator[Row]:
        """The rows that are kept, each with its split; what is left out is told."""
        gone = self._same.copy()
        for which, keys in ((self._answers, self._prompts), (self._splits, self._groups)):
            gone |= which & self._lost(which, keys, policy)
        sides = np.maximum(self._sides, self._held_back(self._prompts))
        if self._mode == "generalise":
            sides = np.maximum(sides, self._held_back(self._groups, sides))
        files = Counter(file for index in self._indexes for file in index.about["file"])
        begin = 0
        for version, index in zip(self._versions, self._indexes, strict=True):
            renamed = self._renamed(version)
            for number, row in enumerate(self._datasets.rows(version), begin):
                file = f"{version.dataset}/{row.file}" if row.file and files[row.file] > 1 else row.file
                if gone[number]:
                    code = "versions.merge_same" if self._same[number] else "versions.merge_left_out"
                    left.add(Problem(row.line, code, "info", file))
                    continue
                document = renamed.get(row.document or "", row.document)
                yield replace(row, split=_SIDES[sides[number]], file=file, document=document)
            begin += index.rows

    def documents(self) -> dict[str, str]:
        """All documents; those of one name and different text are told apart by their data set."""
        found: dict[str, str] = {}
        for version in self._versions:
            renamed = self._renamed(version)
            found |= {renamed.get(name, name): self._datasets.document(version, name) for name in version.documents}
        return found

    def _renamed(self, version: Version) -> dict[str, str]:
        others = [name for other in self._versions if other is not version for name in other.documents]
        return {name: f"{version.dataset}-{name}" for name in version.documents if name in others}

    def _copies(self) -> _Mask:
        """Rows whose very content stands in an earlier data set."""
        _, of = np.unique(self._contents, return_inverse=True)
        first = np.full(of.max() + 1, len(self._versions))
        np.minimum.at(first, of, self._sets)
        copies: _Mask = self._sets > first[of]
        return copies

    def _disagreeing(self, keys: NDArray[np.uint64], values: NDArray[np.uint64], which: _Mask) -> _Mask:
        """Rows (of ``which``) whose key stands in several data sets with different values."""
        _, of = np.unique(keys, return_inverse=True)
        sets, low, high = (np.zeros(of.max() + 1, dtype=np.uint64) for _ in range(3))
        low[:] = np.iinfo(np.uint64).max
        np.bitwise_or.at(sets, of[which], np.uint64(1) << self._sets[which].astype(np.uint64))
        np.minimum.at(low, of[which], values[which])
        np.maximum.at(high, of[which], values[which])
        several = (sets & (sets - np.uint64(1))) != 0
        disagreeing: _Mask = which & (several & (low != high))[of]
        return disagreeing

    def _lost(self, which: _Mask, keys: NDArray[np.uint64], policy: str) -> _Mask:
        """Which of the rows in conflict the policy leaves out."""
        if policy in {"both", "neither"}:
            return np.full(len(keys), policy == "neither")
        _, of = np.unique(keys, return_inverse=True)
        kept = np.full(of.max() + 1, len(self._versions) if policy == "first" else -1)
        choose = np.minimum if policy == "first" else np.maximum
        choose.at(kept, of[which], self._sets[which])
        lost: _Mask = self._sets != kept[of]
        return lost

    def _held_back(self, keys: NDArray[np.uint64], sides: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """For each row the side furthest from training that any row of its key has in another data set or its own."""
        sides = self._sides if sides is None else sides
        several = self._disagreeing(keys, sides.astype(np.uint64), np.ones(len(keys), dtype=np.bool_))
        _, of = np.unique(keys, return_inverse=True)
        furthest = np.zeros(of.max() + 1, dtype=np.uint8)
        np.maximum.at(furthest, of, sides)
        return np.where(several, furthest[of], 0).astype(np.uint8)

    def _shown(self, kind: str, which: _Mask, keys: NDArray[np.uint64]) -> list[Conflict]:
        """The first conflicts with a row of each data set that has a part in them."""
        places = np.flatnonzero(which)
        _, first = np.unique(keys[places], return_index=True)
        wanted = keys[places[np.sort(first)[:SHOWN]]]
        starts = np.r_[0, np.cumsum([index.rows for index in self._indexes])]
        found = []
        for key in wanted:
            own = places[keys[places] == key]
            _, one_of_each = np.unique(self._sets[own], return_index=True)
            pairs = [(int(self._sets[place]), int(place)) for place in own[one_of_each]]
            rows = [
                (self._versions[part].dataset, next(self._indexes[part].read([place - int(starts[part])])))
                for part, place in pairs
            ]
            found.append(Conflict(kind, tuple(rows)))
        return found


def _sides(index: Index) -> NDArray[np.uint8]:
    """0 for train, 1 for validation, 2 for test."""
    numbers = [_SIDES.index(name) if name in _SIDES else 0 for name in index.about["split"]]
    sides: NDArray[np.uint8] = np.array(numbers, dtype=np.uint8)[index.column("split")]
    return sides
