"""Sampling by tag: more or fewer training rows of some tags, so that their shares are what was asked for.

Knows: which rows are copied or left out; copies are marked and only ever trained. Must not know where rows are kept or
how shares are shown.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from lab.datasets import Datasets
from lab.errors import UsageError
from lab.ingest.problems import Problems
from lab.records import Problem, Row, Version

SAMPLING = ("over", "under")
MOST_COPIES = 10
"""A row is trained at most so often: more copies teach the row, not the tag."""


@dataclass(frozen=True)
class Balance:
    """How often each row is to be trained, by its number."""

    times: array[int]
    counts: dict[str, tuple[int, int]]
    """Tag → training rows before and after."""
    notes: tuple[Problem, ...] = ()

    def apply(self, rows: Iterable[Row]) -> Iterator[Row]:
        """``rows`` (the same, in the same order) with copies behind their originals and without what is left out."""
        for row, times in zip(rows, self.times, strict=True):
            if times:
                yield row
            for copy in range(1, times):
                identity = hashlib.sha256(f"{row.id}\0copy {copy}".encode()).hexdigest()[:12]
                yield replace(row, id=identity, status="copy")


def balance(rows: Iterable[Row], targets: dict[str, float], mode: str = "over", seed: int = 0) -> Balance:
    """How often to train each row so that the tags of ``targets`` have those shares among each other.

    ``over`` copies rows of tags that are too few, ``under`` leaves out rows of tags that are too many. A row counts for
    the first of its tags that has a target; rows without one, and rows that are not trained, stay as they are.
    """
    _check(targets, mode)
    times, order, kinds = array("H"), array("Q"), array("b")
    names = list(targets)
    for row in rows:
        kind = next((names.index(tag) for tag in row.tags if tag in targets), -1) if row.split == "train" else -1
        kinds.append(kind if row.status != "copy" else -1)
        times.append(1)
        order.append(int.from_bytes(hashlib.blake2b(f"{seed}\n{row.id}".encode(), digest_size=8).digest(), "big"))
    before = Counter(kinds)
    wanted, notes = _wanted(names, targets, mode, before)
    for kind, count in wanted.items():
        numbers = sorted((number for number, own in enumerate(kinds) if own == kind), key=lambda number: order[number])
        whole, rest = divmod(count, len(numbers))
        for place, number in enumerate(numbers):
            times[number] = whole + (place < rest)
    counts = {names[kind]: (before[kind], wanted.get(kind, before[kind])) for kind in range(len(names))}
    return Balance(times, counts, tuple(notes))


def rebalance(rows: list[Row], targets: dict[str, float], mode: str = "over", seed: int = 0) -> list[Row]:
    """``rows`` (each with its split) sampled by tag; see ``balance``."""
    return list(balance(rows, targets, mode, seed).apply(rows))


def balanced(
    datasets: Datasets, version: Version, targets: dict[str, float], mode: str = "over", seed: int = 0, note: str = ""
) -> Version:
    """The next version of the data set, sampled by tag. Rows left out are among its problems, with their place."""
    made = balance(datasets.rows(version), targets, mode, seed)
    problems = Problems()
    for row, times in zip(datasets.rows(version), made.times, strict=True):
        if not times:
            problems.add(Problem(row.line, "versions.left_out_by_sampling", "info", row.file))
    return datasets.save(
        version.dataset,
        made.apply(datasets.rows(version)),
        mode=version.mode,
        mode_reason=version.mode_reason,
        language=version.language,
        problems=[*datasets.problems(version), *made.notes, *problems.grouped()],
        documents=datasets.documents(version),
        checks=version.checks,
        format=version.format,
        note=note,
        parent=f"{version.dataset}@{version.version}",
    )


def _check(targets: dict[str, float], mode: str) -> None:
    if mode not in SAMPLING:
        raise UsageError("versions.bad_sampling", value=mode, allowed=", ".join(SAMPLING))
    if not targets or any(not 0 < share <= 1e6 for share in targets.values()):
        raise UsageError("versions.bad_targets", value=", ".join(f"{tag}={share}" for tag, share in targets.items()))


def _wanted(
    names: list[str], targets: dict[str, float], mode: str, before: Counter[int]
) -> tuple[dict[int, int], list[Problem]]:
    """Training rows wanted of each kind that has any, and what could not be had."""
    notes = [
        Problem(None, "versions.tag_without_rows", "warning", values={"tag": name})
        for kind, name in enumerate(names)
        if not before[kind]
    ]
    there = {kind: targets[name] for kind, name in enumerate(names) if before[kind]}
    if not there:
        return {}, notes
    sizes = [before[kind] / share for kind, share in there.items()]
    whole = max(sizes) if mode == "over" else min(sizes)
    wanted = {kind: max(1, round(whole * share)) for kind, share in there.items()}
    for kind, count in wanted.items():
        if count > before[kind] * MOST_COPIES:
            wanted[kind] = before[kind] * MOST_COPIES
            values = {"tag": names[kind], "rows": before[kind], "most": MOST_COPIES}
            notes.append(Problem(None, "versions.too_few_to_sample", "warning", values=values))
    return wanted, notes
