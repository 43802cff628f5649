"""Intervals are those of the textbooks, and cover what they say they cover."""

from __future__ import annotations

import numpy as np
import pytest

from lab.evals.metrics import mean
from lab.evals.statistics import clustered, direction, paired
from lab.intervals import wilson


@pytest.mark.parametrize(("right", "n", "low", "high"), [(10, 10, 0.722, 1.0), (6, 20, 0.15, 0.52), (0, 10, 0, 0.278)])
def test_wilson(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=0.006)


def test_the_interval_of_a_hundred_items_has_the_right_width() -> None:
    vectors = [(float(place < 60), 1.0) for place in range(100)]
    found = clustered(vectors, [str(place) for place in range(100)], mean)
    assert found.low is not None and found.high is not None
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(0.049, abs=0.004)


def test_intervals_repeat_with_the_same_seed_and_widen_with_clusters() -> None:
    vectors = [(float(place // 10 % 2), 1.0) for place in range(100)]
    alone = clustered(vectors, [str(place) for place in range(100)], mean)
    grouped = clustered(vectors, [str(place // 10) for place in range(100)], mean)
    assert alone == clustered(vectors, [str(place) for place in range(100)], mean)
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)  # type: ignore[operator]


def test_pairs_must_be_pairs() -> None:
    with pytest.raises(ValueError, match="not pairs"):
        paired([(1.0, 1.0)], [(1.0, 1.0), (0.0, 1.0)], ["a", "b"], mean)


@pytest.mark.parametrize(
    ("n", "groups", "gain", "expected"),
    [(19, 19, 1.0, "too_few"), (40, 4, 1.0, "too_few"), (40, 20, 1.0, "up"), (40, 20, -1.0, "down")],
)
def test_direction_needs_enough_items_and_groups(n: int, groups: int, gain: float, expected: str) -> None:
    before = [(0.5 - gain / 2, 1.0)] * n
    after = [(0.5 + gain / 2, 1.0)] * n
    assert direction(paired(before, after, [str(place % groups) for place in range(n)], mean)) == expected


def test_the_same_model_twice_shows_no_change() -> None:
    vectors = [(float(place % 3 == 0), 1.0) for place in range(60)]
    assert direction(paired(vectors, vectors, [str(p // 3) for p in range(60)], mean)) == "no_clear_change"


@pytest.mark.parametrize("groups", [5, 9])
def test_intervals_cover_what_they_say(groups: int) -> None:
    generator = np.random.default_rng(7)
    names = [str(place // 3) for place in range(3 * groups)]
    covered, trials = 0, 600
    for _ in range(trials):
        drawn = generator.normal(0.3, 0.3, size=groups).repeat(3) + generator.normal(0, 0.5, size=3 * groups)
        found = clustered([(float(value), 1.0) for value in drawn], names, mean)
        assert found.low is not None and found.high is not None
        covered += found.low <= 0.3 <= found.high
    assert 0.92 <= covered / trials <= 0.98
