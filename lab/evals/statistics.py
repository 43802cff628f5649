"""Intervals, differences and their p-values: how sure a figure is.

Knows: the interval of a share, the cluster bootstrap over groups, McNemar's test, Holm's correction, and how small a
difference can be told at all. Must not know metrics by name.
Sources: Wilson 1927; Holm 1979; Fagerland, Lydersen and Laake 2013 (BMC Medical Research Methodology 13:91) for the
mid-p variant of McNemar's test; Miller 2024 (arXiv 2411.00640) for clustered pairs; Hesterberg 2015 (The American
Statistician 69:4) for widening the percentile interval when groups are few, without which it is too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtr, stdtrit

from lab.intervals import wilson

DRAWS = 2000
FEW_ITEMS = 20
FEW_GROUPS = 5
_TURNED = 0.4
_ALIKE = 0.5
_DISCRETE = 8
"""Below this many groups the resamples are too few different ones for percentiles that far out."""

Value = Callable[[NDArray[np.float64]], float]
"""A figure from the sum of its items' vectors: a mean is ``sum[0] / sum[1]``."""


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float | None
    high: float | None
    """``None`` where there are too few groups to say."""
    n: int
    groups: int
    p: float | None = None
    """Of a difference: two-sided, ``None`` where there are too few groups to say."""


def clustered(vectors: Sequence[Sequence[float]], groups: Sequence[str], value: Value, seed: int = 0) -> Interval:
    """The figure of all items and its interval by resampling whole groups."""
    sums = _sums(vectors, groups)
    drawn = [value(total) for total in _draws(len(sums), seed) @ sums] if len(sums) >= 2 else []
    low, high = _bounds(drawn, len(sums))
    return Interval(value(sums.sum(axis=0)), low, high, len(vectors), len(sums))


def level(
    vectors: Sequence[Sequence[float]],
    groups: Sequence[str],
    value: Value,
    *,
    is_share: bool,
    top: float,
    floor: float = 0.0,
) -> Interval:
    """A figure that lies between ``floor`` and ``top`` with its interval: Wilson's for shares."""
    found = clustered(vectors, groups, value)
    low, high = found.low, found.high
    if is_share:
        low, high = _share_interval([vector[0] for vector in vectors], groups)
    if low is None or high is None:
        return found
    return Interval(found.value, max(floor, low), min(top, high), found.n, found.groups)


def paired(
    before: Sequence[Sequence[float]],
    after: Sequence[Sequence[float]],
    groups: Sequence[str],
    value: Value,
    seed: int = 0,
) -> Interval:
    """The difference ``after`` less ``before`` over the same items, groups resampled together."""
    if not len(before) == len(after) == len(groups):
        raise ValueError(f"{len(before)} and {len(after)} items in {len(groups)} places are not pairs")
    first, second = _sums(before, groups), _sums(after, groups)
    drawn: list[float] = []
    if len(first) >= 2:
        weights = _draws(len(first), seed)
        drawn = [value(b) - value(a) for a, b in zip(weights @ first, weights @ second, strict=True)]
    low, high = _bounds(drawn, len(first))
    difference = value(second.sum(axis=0)) - value(first.sum(axis=0))
    alone = len(first) == len(groups) and _are_outcomes(before) and _are_outcomes(after)
    p = _mcnemar_of(before, after) if alone else _p_value(difference, drawn, len(first))
    return Interval(difference, low, high, len(before), len(first), p if low is not None else None)


def mcnemar(won: int, lost: int) -> float:
    """Two-sided mid-p of McNemar's test: ``won`` items right only after, ``lost`` only before."""
    turned = won + lost
    if not turned:
        return 1.0
    less = min(won, lost)
    at_most, exactly = bdtr(less, turned, 0.5), bdtr(less, turned, 0.5) - (bdtr(less - 1, turned, 0.5) if less else 0.0)
    return float(min(1.0, 2 * at_most - exactly))


def holm(values: Sequence[float]) -> list[float]:
    """The p-values adjusted for there being several, in their order (Holm's step-down)."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    adjusted, highest = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = highest
    return adjusted


def detectable(items: int, groups: int) -> float | None:
    """The smallest difference of two shares, 0 to 1, that these items would show four times in five.

    At 5 % two-sided, when two answers in five differ between the two; items of one group count as partly the same
    (a correlation of one half). ``None`` where there are too few to say anything.
    """
    if items < FEW_ITEMS or groups < FEW_GROUPS:
        return None
    worth = items / (1 + (items / groups - 1) * _ALIKE)
    quantile = float(stdtrit(groups - 1, 0.975)) + NormalDist().inv_cdf(0.8)
    # The variance of a paired difference d is (turned - d²) / n; solved for d.
    return min(1.0, quantile * math.sqrt(_TURNED / (worth + quantile**2)))


def direction(difference: Interval) -> str:
    """``too_few`` (items or groups), ``no_clear_change`` (the interval holds 0), ``up`` or ``down``."""
    if difference.n < FEW_ITEMS or difference.groups < FEW_GROUPS or difference.low is None or difference.high is None:
        return "too_few"
    if difference.low > 0:
        return "up"
    return "down" if difference.high < 0 else "no_clear_change"


def _are_outcomes(vectors: Sequence[Sequence[float]]) -> bool:
    """Whether each item is one right or wrong answer: ``(0 or 1, 1)``."""
    return all(len(vector) == 2 and vector[1] == 1 and vector[0] in {0, 1} for vector in vectors)


def _mcnemar_of(before: Sequence[Sequence[float]], after: Sequence[Sequence[float]]) -> float:
    turns = [second[0] - first[0] for first, second in zip(before, after, strict=True)]
    return mcnemar(turns.count(1.0), turns.count(-1.0))


def _p_value(difference: float, drawn: list[float], groups: int) -> float | None:
    """Of the difference against none, by the spread of its resamples and Student's t."""
    known = [figure for figure in drawn if math.isfinite(figure)]
    if groups < 2 or len(known) < DRAWS // 2:
        return None
    spread = float(np.std(known)) * math.sqrt(groups / (groups - 1))
    if not spread:
        return 1.0 if not difference else 0.0
    return 2 * float(stdtr(groups - 1, -abs(difference) / spread))


def _share_interval(outcomes: Sequence[float], groups: Sequence[str]) -> tuple[float, float]:
    """Wilson's interval of a share, with as many items as the clustered ones are worth."""
    n, share = len(outcomes), sum(outcomes) / len(outcomes)
    sums: dict[str, float] = {}
    for outcome, group in zip(outcomes, groups, strict=True):
        sums[group] = sums.get(group, 0.0) + outcome - share
    worth = float(len(sums))
    if len(sums) == n:
        worth = float(n)
    elif 0 < share < 1 and len(sums) > 1:
        spread = sum(value * value for value in sums.values()) / n**2 * len(sums) / (len(sums) - 1)
        worth = min(float(n), max(worth, share * (1 - share) / spread)) if spread else float(n)
    return wilson(share * worth, worth)


def _sums(vectors: Sequence[Sequence[float]], groups: Sequence[str]) -> NDArray[np.float64]:
    """One row a group: the sum of its items' vectors."""
    names = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    sums = np.zeros((len(names), len(vectors[0])))
    for vector, name in zip(vectors, groups, strict=True):
        sums[names[name]] += np.asarray(vector, dtype=np.float64)
    return sums


def _draws(groups: int, seed: int) -> NDArray[np.float64]:
    """How often each group is in each resample."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(groups, np.full(groups, 1 / groups), size=DRAWS).astype(np.float64)


def _bounds(drawn: list[float], groups: int) -> tuple[float | None, float | None]:
    """Percentiles of the resamples, further out the fewer the groups, so that 95 % stays 95 %."""
    known = [figure for figure in drawn if math.isfinite(figure)]
    if groups < 2 or len(known) < DRAWS // 2:
        return None, None
    wider = math.sqrt(groups / (groups - 1)) * float(stdtrit(groups - 1, 0.975))
    if groups < _DISCRETE:
        middle, spread = float(np.mean(known)), float(np.std(known))
        return middle - wider * spread, middle + wider * spread
    tail = NormalDist().cdf(-wider)
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
