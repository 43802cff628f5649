"""Intervals, differences and their p-values: how sure a figure is.

Knows: the interval of a share, the cluster bootstrap over groups, McNemar's test, Holm's correction, and how small a
difference can be told at all. Must not know metrics by name.
Sources: Wilson 1927; Holm 1979; Fagerland, Lydersen and Laake 2013 (BMC Medical Research Methodology 13:91) for the
mid-p variant of McNemar's test; Miller 2024 (arXiv 2411.00640) for clustered pairs; Hesterberg 2015 (The American
Statistician 69:4) for widening the percentile interval when groups are few, without which it is too narrow; Bonett and
Price 2012 (Journal of Educational and Behavioral Statistics 37:4) for differences of paired shares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, stdtr, stdtrit

from lab.intervals import wilson

DRAWS = 2000
BLOCKS = 1000
"""Groups that are resampled at most."""
FEW_ITEMS = 20
FEW_GROUPS = 5
_TURNED = 0.4
_ALIKE = 0.5
_AT_ONCE = 250
"""Resamples worked out together; more take more memory and no less time."""
_DISCRETE = 8
"""Below this many groups the resamples are too few different ones for percentiles that far out."""

Summed = Callable[[NDArray[np.float64]], float]
"""A figure from the sum of its items' vectors: a mean is ``sum[0] / sum[1]``."""


@dataclass(frozen=True)
class Together:
    """A figure that is no function of a sum, because it holds items against each other."""

    of: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
    """``(one row an item, a row of how often each item counts)`` → the figure of each such row; ``nan``: none."""


Value = Summed | Together


def mean(total: NDArray[np.float64]) -> float:
    """The figure of metrics that average items: vectors are (score, 1)."""
    return float(total[0] / total[1]) if total[1] else float("nan")


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
    found, drawn, count = _resampled(vectors, groups, value, seed)
    low, high = _bounds(drawn, count)
    return Interval(found, low, high, len(vectors), count)


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
    first, drawn_first, count = _resampled(before, groups, value, seed)
    second, drawn_second, _ = _resampled(after, groups, value, seed)
    difference, drawn = second - first, drawn_second - drawn_first
    low, high = _bounds(drawn, count)
    alone = count == len(groups) and _are_outcomes(before) and _are_outcomes(after)
    p = _mcnemar_of(before, after) if alone else _p_value(difference, drawn, count)
    if count >= 2 and _are_outcomes(before) and _are_outcomes(after):
        low, high = _turn_interval([new[0] - old[0] for old, new in zip(before, after, strict=True)], groups)
    return Interval(difference, low, high, len(before), count, p if low is not None else None)


def mcnemar(won: int, lost: int, *, exact: bool = False) -> float:
    """Two-sided mid-p (or exact p) of McNemar's test: ``won`` items right only after, ``lost`` only before."""
    turned = won + lost
    if not turned:
        return 1.0
    less = min(won, lost)
    at_most, exactly = bdtr(less, turned, 0.5), bdtr(less, turned, 0.5) - (bdtr(less - 1, turned, 0.5) if less else 0.0)
    return float(min(1.0, 2 * at_most - (0.0 if exact else exactly)))


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


def needed(difference: float, items_each: int) -> int:
    """About how many questions show a ``difference`` of two shares, with so many questions a group."""
    groups = FEW_GROUPS
    while (detectable(groups * items_each, groups) or 1.0) > difference:
        groups += max(1, groups // 20)
    return groups * items_each


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


def _p_value(difference: float, drawn: NDArray[np.float64], groups: int) -> float | None:
    """Of the difference against none, by the spread of its resamples and Student's t."""
    known = drawn[np.isfinite(drawn)]
    if groups < 2 or len(known) < DRAWS // 2:
        return None
    spread = float(np.std(known)) * math.sqrt(groups / (groups - 1))
    if not spread:
        return 1.0 if not difference else 0.0
    return 2 * float(stdtr(groups - 1, -abs(difference) / spread))


def _share_interval(outcomes: Sequence[float], groups: Sequence[str]) -> tuple[float, float]:
    """Wilson's interval of a share, with as many items as the clustered ones are worth."""
    share = sum(outcomes) / len(outcomes)
    worth = _worth(outcomes, groups, share * (1 - share))
    return wilson(share * worth, worth)


def _turn_interval(turns: Sequence[float], groups: Sequence[str]) -> tuple[float, float]:
    """Bonett and Price's interval of a difference of paired shares; ``turns`` are 1 won, -1 lost, 0 as before.

    Resamples of pairs that all turn the same way are all alike, and would make the difference look certain.
    """
    n, difference = len(turns), sum(turns) / len(turns)
    share = sum(abs(turn) for turn in turns) / n
    worth = _worth(turns, groups, share - difference**2)
    turned = (share * worth + 2) / (worth + 2)
    middle = difference * worth / (worth + 2)
    spread = math.sqrt((turned - middle**2) / (worth + 2))
    wider = NormalDist().inv_cdf(0.975)
    return max(-1.0, middle - wider * spread), min(1.0, middle + wider * spread)


def _worth(values: Sequence[float], groups: Sequence[str], variance: float) -> float:
    """How many independent items the clustered ones are worth, ``variance`` being that of one item."""
    n, mean_value = len(values), sum(values) / len(values)
    sums: dict[str, float] = {}
    for value, group in zip(values, groups, strict=True):
        sums[group] = sums.get(group, 0.0) + value - mean_value
    if len(sums) in {1, n} or variance <= 0:
        return float(len(sums))
    spread = sum(value * value for value in sums.values()) / n**2 * len(sums) / (len(sums) - 1)
    return min(float(n), max(float(len(sums)), variance / spread)) if spread else float(n)


def _places(groups: Sequence[str]) -> tuple[NDArray[np.int64], int]:
    """The number of each item's group, and how many groups there are.

    Very many groups are drawn together by chance into ``BLOCKS`` that are resampled whole: the spread of a sum is that
    of its blocks, and a thousand of them tell it as well as ten thousand groups.
    """
    names = {name: place for place, name in enumerate(dict.fromkeys(groups))}
    places = np.array([names[name] for name in groups])
    if len(names) > BLOCKS:
        places = np.random.default_rng(0).permutation(len(names))[places] % BLOCKS
    return places, len(names)


def _resampled(
    vectors: Sequence[Sequence[float]], groups: Sequence[str], value: Value, seed: int
) -> tuple[float, NDArray[np.float64], int]:
    """The figure of all items, that of each resample of whole groups (none for one group), and how many groups."""
    whole = np.asarray(vectors, dtype=np.float64)
    places, count = _places(groups)
    units = min(count, BLOCKS)
    if isinstance(value, Together):
        found = float(value.of(whole, np.ones((1, len(whole))))[0])
        draws = _draws(units, seed) if count >= 2 and math.isfinite(found) else np.zeros((0, units))
        parts = [value.of(whole, draws[at : at + _AT_ONCE, places]) for at in range(0, len(draws), _AT_ONCE)]
        return found, np.concatenate([np.zeros(0), *parts]), count
    sums = np.zeros((units, whole.shape[1]))
    np.add.at(sums, places, whole)
    totals = _draws(units, seed) @ sums if count >= 2 else np.zeros((0, sums.shape[1]))
    if value is mean:
        with np.errstate(invalid="ignore", divide="ignore"):
            return mean(sums.sum(axis=0)), totals[:, 0] / totals[:, 1], count
    return value(sums.sum(axis=0)), np.array([value(total) for total in totals]), count


@lru_cache(maxsize=2)
def _draws(groups: int, seed: int) -> NDArray[np.float64]:
    """How often each group is in each resample; the figures of one board share them."""
    generator = np.random.default_rng(seed)
    return generator.multinomial(groups, np.full(groups, 1 / groups), size=DRAWS).astype(np.float64)


def _bounds(drawn: NDArray[np.float64], groups: int) -> tuple[float | None, float | None]:
    """Percentiles of the resamples, further out the fewer the groups, so that 95 % stays 95 %."""
    known = drawn[np.isfinite(drawn)]
    if groups < 2 or len(known) < DRAWS // 2:
        return None, None
    # One degree of freedom less than for a mean of equal groups: ours differ in size (held to by bench.intervals).
    wider = math.sqrt(groups / (groups - 1)) * float(stdtrit(max(1, groups - 2), 0.975))
    if groups < _DISCRETE:
        middle, spread = float(np.mean(known)), float(np.std(known))
        return middle - wider * spread, middle + wider * spread
    tail = NormalDist().cdf(-wider)
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)
