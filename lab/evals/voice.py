"""Whether an answer sounds like a person's examples: a small classifier of those against the base's own answers.

Knows: how it is taught on trained prompts (the example to each against what the base says to it, so that the topic is
the same on both sides) and tried on held-out ones. Must not know records or contestants.

Naive Bayes over which strings of one to three characters and which words a text holds (case, marks and emoji kept);
the threshold lies between the two sides as each text scores when it is left out of the teaching.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from lab.intervals import wilson
from lab.text import tokens

LEAST_TAUGHT = 12
"""Prompts with an example and an answer of the base; with fewer nothing is taught."""
LEAST_TRIED = 8
"""Held-out prompts to try the classifier on."""
_SMOOTH = 0.5
_LONGEST = 4000


@dataclass(frozen=True)
class Voice:
    """A taught classifier."""

    examples: Counter[str]
    """In how many examples each trait is."""
    others: Counter[str]
    counts: tuple[int, int]
    threshold: float = 0.0
    told_apart: float = 0.0
    """Share of held-out texts whose side it tells."""

    def score(self, text: str, without: int | None = None) -> float:
        """How much the text is like the examples; ``without`` 0 or 1 leaves it out of the examples or the others."""
        found = traits(text)
        examples, others = self.counts[0] - (without == 0), self.counts[1] - (without == 1)
        told = [
            math.log((self.examples[trait] - (without == 0) + _SMOOTH) / (examples + 2 * _SMOOTH))
            - math.log((self.others[trait] - (without == 1) + _SMOOTH) / (others + 2 * _SMOOTH))
            for trait in found
            if self.examples[trait] - (without == 0) > 0 or self.others[trait] - (without == 1) > 0
        ]
        return fmean(told) if told else 0.0

    def sounds(self, text: str) -> bool:
        """Whether the text sounds like the examples; an empty one does not."""
        return bool(text.strip()) and self.score(text) > self.threshold


def teach(taught: Sequence[tuple[str, str]], tried: Sequence[tuple[str, str]]) -> Voice | str:
    """A classifier of ``(example, answer of the base)`` pairs, tried on held-out ones; or why there is none.

    ``too_few_taught``, ``too_few_tried`` or ``not_told_apart`` (on the held-out ones it may be guessing).
    """
    if len(taught) < LEAST_TAUGHT:
        return "too_few_taught"
    if len(tried) < LEAST_TRIED:
        return "too_few_tried"
    sides = [Counter(trait for pair in taught for trait in traits(pair[side])) for side in (0, 1)]
    raw = Voice(sides[0], sides[1], (len(taught), len(taught)))
    means = [fmean(raw.score(pair[side], without=side) for pair in taught) for side in (0, 1)]
    made = Voice(raw.examples, raw.others, raw.counts, fmean(means))
    right = sum(made.sounds(example) + (not made.sounds(other)) for example, other in tried)
    if wilson(right, 2 * len(tried))[0] <= 0.5:
        return "not_told_apart"
    return Voice(raw.examples, raw.others, raw.counts, made.threshold, right / (2 * len(tried)))


def traits(text: str) -> set[str]:
    """What the classifier sees of a text: its strings of one to three characters, its words and pairs of words."""
    plain = re.sub(r"\s+", " ", text[:_LONGEST])
    words = tokens(plain)
    pairs = pairwise(words)
    strings = {plain[place : place + n] for n in (1, 2, 3) for place in range(len(plain) - n + 1)}
    return strings | {f"word:{word}" for word in words} | {f"words:{one} {other}" for one, other in pairs}
