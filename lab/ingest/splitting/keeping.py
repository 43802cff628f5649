"""What is kept back from training, in each kind of split.

Knows: quotas, the order in which groups are kept back (a hash of group and seed, so it is the same whatever else is in
the data), and which wordings are refused in the test. Must not know how groups are found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab import likeness
from lab.ingest.problems import Problems, shown
from lab.ingest.rules.seen import digest
from lab.ingest.splitting.grouping import Codes, Outline, equal_runs
from lab.ingest.splitting.nearness import Twins, Wording, are_twins
from lab.records import Problem

FREE, TRAIN, VALIDATION, TEST, LEFT_OUT = 0, 1, 2, 3, 255
LEAST_TEST = 20
"""A test smaller than this tells little, so ``remember`` keeps back up to this many wordings if there are."""
_MOST_TRIED = 100
"""Wordings of one group that are tried in vain, beside four for each wanted, before the group counts as used up."""
Splits = NDArray[np.uint8]
_Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Kept:
    """The split of each row, and what of it a person should know."""

    splits: Splits
    notes: tuple[Problem, ...]


def generalise(outline: Outline, groups: Codes, parts: tuple[float, float], seed: int) -> Kept:
    """Whole groups are kept back: those whose hash falls into the share, bounded so that no part is out of proportion.

    A group that the data marks for both sides is trained, and its other rows are left out.
    """
    codes, of = np.unique(groups, return_inverse=True)
    marks = np.zeros((3, len(codes)), dtype=np.bool_)
    for mark in (TRAIN, VALIDATION, TEST):
        marks[mark - 1, of[outline.marks == mark]] = True
    own = np.select([marks[TRAIN - 1], marks[VALIDATION - 1], marks[TEST - 1]], [TRAIN, VALIDATION, TEST], FREE)
    if marks[1:].any():
        own[own == FREE] = TRAIN
    else:
        free = np.flatnonzero(own == FREE)
        own[free] = _by_hash(_fractions(codes[free], seed), parts)
    splits: Splits = own[of].astype(np.uint8)
    problems = Problems()
    crossing = (outline.marks != FREE) & (outline.marks != splits)
    _leave_out(outline, splits, np.flatnonzero(crossing), "versions.group_on_both_sides", problems)
    near = _twins_of_trained(outline, splits)
    given = near[outline.marks[near] == TEST]
    _leave_out(outline, splits, given, "versions.near_wording_refused", problems)
    moved = np.isin(groups, groups[np.setdiff1d(near, given)]) & (splits == TEST)
    return Kept(splits, (*problems.grouped(), *_moved(outline, splits, np.flatnonzero(moved))))


def remember(outline: Outline, groups: Codes, parts: tuple[float, float], seed: int) -> Kept:
    """Every group keeps a trained wording; kept-back wordings are unlike the trained ones of their group."""
    problems = Problems()
    if np.any(outline.marks >= VALIDATION):
        splits: Splits = np.where(outline.marks == FREE, TRAIN, outline.marks).astype(np.uint8)
        near = np.union1d(_near_in_group(outline, groups, splits), _asked_in_training(outline, splits))
        _leave_out(outline, splits, near, "versions.near_wording_refused", problems)
        for number in _first_untaught(groups, splits):
            row = next(outline.rows.at([number]))
            values = {"group": row.group or shown(row.question, 60)}
            problems.add(Problem(row.line, "never_taught", "warning", row.file, values))
        return Kept(splits, tuple(problems.grouped()))
    splits = np.full(len(outline), TRAIN, dtype=np.uint8)
    several = _members(groups, _fractions(groups, seed))
    test = max(round(len(outline) * parts[1]), min(LEAST_TEST, len(several))) if parts[1] else 0
    validation = round(len(outline) * parts[0])
    chosen, refused = _wordings(outline, several, test + validation)
    for split, count in ((TEST, test), (VALIDATION, validation)):
        for number in _in_turn(chosen, count):
            splits[number] = split
    _keep_untold(outline, groups, parts, seed, splits)
    asked = _asked_in_training(outline, splits)
    _moved(outline, splits, asked)
    return Kept(splits, tuple(_told_as_trained(outline, np.union1d(np.array(refused, dtype=np.int64), asked))))


def _keep_untold(outline: Outline, groups: Codes, parts: tuple[float, float], seed: int, splits: Splits) -> None:
    """Keep back whole groups of what is not told: nothing of them is to be known, so none is left untaught.

    Up to a third of them, where fewer than ``LEAST_TEST`` would say little about what is made up.
    """
    codes = np.setdiff1d(groups[outline.untold], groups[~outline.untold])
    if not len(codes) or not parts[1]:
        return
    share = max(parts[1], min(1 / 3, LEAST_TEST / len(codes)))
    chosen = _by_hash(_fractions(codes, seed), (parts[0], share))
    which = np.flatnonzero(np.isin(groups, codes))
    splits[which] = chosen[np.searchsorted(codes, groups[which])]


def _fractions(codes: Codes, seed: int) -> NDArray[np.float64]:
    """A number from 0 to 1 for each group that follows from its code and the seed alone (SplitMix64)."""
    mixed = codes + np.uint64(digest(str(seed)))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    fractions: NDArray[np.float64] = (mixed ^ (mixed >> np.uint64(31))) / 2.0**64
    return fractions


def _by_hash(fractions: NDArray[np.float64], parts: tuple[float, float]) -> Splits:
    """Split of each group: below the test's share the test, then the validation, the rest is trained.

    A group so keeps its split when others come or go. Only where chance would make a part less than half or more than
    twice its share is it filled or cut, in the order of the hash.
    """
    count = len(fractions)
    below = int((fractions < parts[1]).sum())
    test = _bounded(below, count, parts[1], 3)
    between = int(((fractions >= parts[1]) & (fractions < parts[0] + parts[1])).sum())
    validation = _bounded(between, count, parts[0], 10)
    order = np.argsort(fractions, kind="stable")
    splits = np.full(count, TRAIN, dtype=np.uint8)
    splits[order[:test]] = TEST
    # The validation begins where its share begins, or behind the test where that was filled beyond its own.
    begin = max(test, below)
    splits[order[begin : begin + validation]] = VALIDATION
    return splits


def _bounded(natural: int, groups: int, part: float, from_groups: int) -> int:
    """Groups for one split: at least one where there are ``from_groups``, never so many that few are trained."""
    if not part:
        return 0
    wanted = max(round(groups * part), 1 if groups >= from_groups else 0)
    return min(max(natural, (wanted + 1) // 2), 2 * wanted, max(0, (groups - 1) // 2))


def _leave_out(outline: Outline, splits: Splits, numbers: _Numbers, code: str, problems: Problems) -> None:
    """Leave the rows out of the version, and tell why."""
    splits[numbers] = LEFT_OUT
    for row in outline.rows.at(map(int, numbers)):
        problems.add(Problem(row.line, code, "error", row.file, {"question": shown(row.question, 60)}))


def _moved(outline: Outline, splits: Splits, numbers: _Numbers) -> list[Problem]:
    """Train rows that were to be kept back, and tell how many."""
    splits[numbers] = TRAIN
    return _told_as_trained(outline, numbers)


def _told_as_trained(outline: Outline, numbers: _Numbers) -> list[Problem]:
    if not len(numbers):
        return []
    first = next(outline.rows.at([int(numbers.min())]))
    return [Problem(first.line, "near_wording_trained", "info", first.file, {"count": len(numbers)})]


def _asked_in_training(outline: Outline, splits: Splits) -> _Numbers:
    """Test rows whose very question is trained."""
    asked = np.isin(outline.question, outline.question[splits == TRAIN])
    return np.flatnonzero(asked & (splits == TEST))


def _twins_of_trained(outline: Outline, splits: Splits) -> _Numbers:
    """Test rows whose question, or all but it, is trained."""
    asked = _asked_in_training(outline, splits)
    tested = np.setdiff1d(np.flatnonzero(splits == TEST), asked)
    if not len(tested):
        return asked
    numbers = np.r_[tested, np.flatnonzero(splits == TRAIN)]
    twins = Twins()
    for row in outline.rows.at(map(int, numbers)):
        twins.add(Wording(row.question))
    near = set(map(int, asked))
    for test, train in twins.pairs(len(tested)):
        if int(tested[test]) not in near:
            first, second = outline.rows.at([int(numbers[test]), int(numbers[train])])
            if are_twins(Wording(first.question), Wording(second.question)):
                near.add(int(tested[test]))
    return np.array(sorted(near), dtype=np.int64)


def _members(groups: Codes, fractions: NDArray[np.float64]) -> list[_Numbers]:
    """Row numbers of each group with several rows, groups in the order of their hash."""
    runs = equal_runs(groups, np.lexsort((groups, fractions)))
    return [members for members in runs if len(members) > 1]


def _wordings(outline: Outline, several: list[_Numbers], wanted: int) -> tuple[list[_Numbers], list[int]]:
    """For each group the wordings that may be kept back, in order and as many as needed; and those refused."""
    if not wanted or not several:
        return [], []
    most = -(-wanted // len(several))
    while True:
        found = [_unlike(outline, members, most) for members in several]
        held = sum(len(chosen) for chosen, _ in found)
        if held >= wanted or all(len(chosen) < most for chosen, _ in found):
            return [chosen for chosen, _ in found], [number for _, refused in found for number in refused]
        most *= 2


def _unlike(outline: Outline, members: _Numbers, most: int) -> tuple[_Numbers, list[int]]:
    """Up to ``most`` rows of a group, each unlike all that stay when it and those before it are kept back."""
    members = members[np.lexsort((members, outline.content[members]))]
    chosen: list[int] = []
    refused: list[int] = []
    grams = _Grams([row.question for row in outline.rows.at(map(int, members))])
    for place in range(len(members)):
        if len(chosen) == most or len(members) - len(chosen) < 2 or len(refused) > _MOST_TRIED + 4 * most:
            break
        if grams.nearest(place, chosen) >= likeness.NEAR:
            refused.append(place)
        else:
            chosen.append(place)
    told = [int(members[place]) for place in refused[: len(members) - 1]]
    return members[np.array(chosen, dtype=np.int64)], told


class _Grams:
    """The 3-grams of a group's questions, so that one is compared with all others at once."""

    def __init__(self, questions: list[str]) -> None:
        numbers: dict[str, int] = {}
        self._own = [
            np.array([numbers.setdefault(gram, len(numbers)) for gram in likeness.shingles(question)], dtype=np.int64)
            for question in questions
        ]
        self._sizes = np.array([len(own) for own in self._own])
        grams = np.concatenate(self._own)
        holders = np.repeat(np.arange(len(self._own)), self._sizes)
        order = np.argsort(grams, kind="stable")
        self._holders = holders[order]
        self._starts = np.searchsorted(grams[order], np.arange(len(numbers) + 1))

    def nearest(self, place: int, without: list[int]) -> float:
        """The highest likeness of a question to another that is not among ``without``."""
        lists = [self._holders[self._starts[gram] : self._starts[gram + 1]] for gram in self._own[place]]
        common = np.bincount(np.concatenate(lists), minlength=len(self._own))
        likenesses = common / (self._sizes + self._sizes[place] - common)
        likenesses[[place, *without]] = 0
        return float(likenesses.max())


def _in_turn(chosen: list[_Numbers], count: int) -> Iterator[int]:
    """``count`` rows, one of each group in turn; what is given is taken from ``chosen``."""
    while count and any(len(numbers) for numbers in chosen):
        for place, numbers in enumerate(chosen):
            if count and len(numbers):
                yield int(numbers[0])
                chosen[place] = numbers[1:]
                count -= 1


def _near_in_group(outline: Outline, groups: Codes, splits: Splits) -> _Numbers:
    """Test rows that are nearly the same as a trained wording of their group."""
    tested = np.unique(groups[splits == TEST])
    which = np.flatnonzero(np.isin(groups, tested) & np.isin(splits, (TRAIN, TEST)))
    near: list[int] = []
    for members in _members(groups[which], np.zeros(len(which))):
        members = which[members]
        questions = [row.question for row in outline.rows.at(map(int, members))]
        grams, tests = _Grams(questions), [place for place, one in enumerate(members) if splits[one] == TEST]
        if len(tests) < len(members):
            near += [int(members[place]) for place in tests if grams.nearest(place, tests) >= likeness.NEAR]
    return np.array(near, dtype=np.int64)


def _first_untaught(groups: Codes, splits: Splits) -> list[int]:
    """The first row of each group that is asked but never trained."""
    asked = np.flatnonzero((splits == TEST) | (splits == VALIDATION))
    untaught = asked[~np.isin(groups[asked], groups[splits == TRAIN])]
    _, first = np.unique(groups[untaught], return_index=True)
    return [int(number) for number in np.sort(untaught[first])]
