"""The win rate as it would be if both answers were equally long.

Knows: the length term of length-controlled win rates (Dubois et al. 2024, arXiv 2404.04475): a logistic regression of
the judge's choice on tanh of the standardised difference in length; its value at no difference is the adjusted rate. A
tie counts as half a win. Their term for a question's difficulty is left out: it needs a table made for their questions.
The interval is a bootstrap over facts. Must not know answers or judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lab.evals.statistics import FEW_GROUPS

FEWEST = 50
"""Pairs below which a slope says more about chance than about length."""
METHOD = "logit(win) = a + b·tanh(Δlength/sd); arXiv 2404.04475"
DRAWS = 1000
_RIDGE = 0.01
"""Weight of a prior that keeps the fit finite where one side wins everything."""
_STEPS = 25
_AT_ONCE = 2_000_000
"""Numbers held at once while resampling."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Adjusted:
    """A win rate at equal length, or why there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    slope: float | None = None
    """What a longer answer adds to the log-odds of winning, at the far end."""
    why: str = ""
    """Words key of why there is none."""


def at_equal_length(outcomes: Sequence[float], longer_by: Sequence[float], groups: Sequence[str]) -> Adjusted:
    """The adjusted rate of ``outcomes`` (1 won, ½ tied, 0 lost), each won by an answer longer by so many tokens."""
    if len(outcomes) < FEWEST or len(set(groups)) < FEW_GROUPS:
        return Adjusted(None, why="judge.too_few_for_length")
    spread = float(np.std(longer_by))
    if not spread:
        return Adjusted(None, why="judge.always_as_long")
    won, length = np.asarray(outcomes, dtype=np.float64), np.tanh(np.asarray(longer_by) / spread)
    names = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    owner = np.asarray([names[name] for name in groups])
    point, slope = _fit(won, length, np.ones((1, len(won))))
    drawn = _resampled(won, length, owner, len(names))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Adjusted(_share(point[0]), _share(float(low)), _share(float(high)), float(slope[0]))


def _resampled(won: Floats, length: Floats, owner: NDArray[np.int64], groups: int) -> Floats:
    """The intercept of each resample of whole facts."""
    generator = np.random.default_rng(0)
    step = max(1, _AT_ONCE // len(won))
    found = []
    for start in range(0, DRAWS, step):
        times = generator.multinomial(groups, np.full(groups, 1 / groups), size=min(step, DRAWS - start))
        found.append(_fit(won, length, times[:, owner].astype(np.float64))[0])
    return np.concatenate(found)


def _fit(won: Floats, length: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Intercept and slope of a logistic regression for each row of ``weights``, by Newton's method."""
    intercept, slope = np.zeros(len(weights)), np.zeros(len(weights))
    for _ in range(_STEPS):
        logit = np.clip(intercept[:, None] + slope[:, None] * length, -30, 30)
        share = 1 / (1 + np.exp(-logit))
        left, curve = weights * (won - share), weights * share * (1 - share)
        first = left.sum(axis=1) - _RIDGE * intercept
        second = (left * length).sum(axis=1) - _RIDGE * slope
        a, b = curve.sum(axis=1) + _RIDGE, (curve * length).sum(axis=1)
        c = (curve * length**2).sum(axis=1) + _RIDGE
        size = a * c - b * b
        move = np.stack([(c * first - b * second) / size, (a * second - b * first) / size])
        intercept, slope = intercept + np.clip(move[0], -4, 4), slope + np.clip(move[1], -4, 4)
        if np.abs(move).max() < 1e-9:
            break
    return intercept, slope


def _share(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
