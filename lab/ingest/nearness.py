"""When a wording is too near a trained one to test anything.

Knows: the two rules, one for each kind of split. ``remember`` tests other wordings of a trained fact, so within one
fact even distantly alike is too near. ``generalise`` tests other things, so only a twin is too near: a question that
differs in a letter or a mark, never in a number. Must not know rows, splits or storage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property

from lab import likeness

TWIN = 0.9
"""Jaccard likeness of 3-grams from which two questions may be twins."""
_MOST_DIFFERENT = 8
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
    def numbers(self) -> list[str]:
        """The numbers in it."""
        return _NUMBER.findall(self.folded)


def are_twins(one: Wording, other: Wording) -> bool:
    """Whether two questions are the same, or all but the same and equal in their numbers."""
    if one.folded == other.folded:
        return bool(one.folded) or one.text == other.text
    if abs(len(one.folded) - len(other.folded)) > _MOST_DIFFERENT or one.numbers != other.numbers:
        return False
    different = len(one.grams ^ other.grams)
    return different <= _MOST_DIFFERENT and likeness.overlap(one.grams, other.grams) >= TWIN


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
