"""When a wording is too near a trained one to test anything.

Knows: the two rules, one for each kind of split. ``remember`` tests other wordings of a trained fact, so within one
fact even distantly alike is too near. ``generalise`` tests other things, so only a twin is too near: a question that
differs in a letter or a mark, never in a number. Must not know rows, splits or storage.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lab import likeness
from lab.ingest.rules.seen import digest
from lab.minhash import Candidates

TWIN = 0.9
"""Jaccard likeness of 3-grams from which two questions may be twins."""
MOST_DIFFERENT = 8
"""3-grams twins may differ in: a letter or two. Long texts of one template differ in more."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Wording:
    """A question as it is compared."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def folded(self) -> str:
        """Without case, width, spaces and marks."""
        return likeness.folded(self.text)

    @cached_property
    def grams(self) -> frozenset[str]:
        """Its character 3-grams."""
        return likeness.shingles(self.text)

    @cached_property
    def sketch(self) -> int:
        """64 bits of which every differing 3-gram changes at most one; comparable within one process."""
        bits = 0
        for gram in self.grams:
            bits ^= 1 << (hash(gram) & 63)
        return bits

    @cached_property
    def numbers(self) -> list[str]:
        """The numbers in it."""
        return _NUMBER.findall(self.folded)


def are_twins(one: Wording, other: Wording) -> bool:
    """Whether two questions are the same, or all but the same and equal in their numbers."""
    if one.folded == other.folded:
        return bool(one.folded) or one.text == other.text
    if abs(len(one.folded) - len(other.folded)) > MOST_DIFFERENT or one.numbers != other.numbers:
        return False
    different = len(one.grams ^ other.grams)
    return different <= MOST_DIFFERENT and likeness.overlap(one.grams, other.grams) >= TWIN


class Twins:
    """Many questions, of which those that may be twins are found: candidates share a band and differ in few bits."""

    def __init__(self) -> None:
        self._candidates = Candidates()
        self._sketches = array("Q")

    def add(self, wording: Wording, apart: str = "") -> None:
        """One more; those with other numbers in them, or another ``apart``, are no twins."""
        self._candidates.add(wording.text, digest(apart, *wording.numbers))
        self._sketches.append(wording.sketch)

    def pairs(self, earlier: int | None = None) -> Iterator[tuple[int, int]]:
        """Numbers of two that may be twins; with ``earlier`` the first is one of so many first, the second none."""
        sketches = np.frombuffer(self._sketches, dtype=np.uint64)

        def worth(pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
            bits = np.bitwise_count(sketches[pairs[:, 0]] ^ sketches[pairs[:, 1]])
            alike: NDArray[np.bool_] = bits <= MOST_DIFFERENT
            if earlier is not None:
                alike &= (pairs.min(axis=1) < earlier) & (pairs.max(axis=1) >= earlier)
            return alike

        for one, other in self._candidates.pairs(worth=worth):
            yield min(one, other), max(one, other)


def is_too_near(tested: Wording, trained: Wording, mode: str, same_group: bool) -> bool:
    """Whether ``tested`` tests nothing where ``trained`` is trained."""
    if mode == "remember" and same_group:
        return likeness.overlap(tested.grams, trained.grams) >= likeness.NEAR or tested.folded == trained.folded
    if mode == "remember":
        return bool(tested.folded) and tested.folded == trained.folded
    return are_twins(tested, trained)


def nearest(tested: Wording, trained: Iterable[Wording], mode: str, same_group: bool) -> Wording | None:
    """The first of ``trained`` that ``tested`` is too near to."""
    return next((other for other in trained if is_too_near(tested, other, mode, same_group)), None)
