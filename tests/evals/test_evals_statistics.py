"""Intervals are those of the textbooks, and cover what they say they cover."""

from __future__ import annotations

import numpy as np
import pytest

from lab.evals.statistics import clustered, detectable, direction, holm, mcnemar, mean, paired
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


@pytest.mark.parametrize(
    ("won", "lost", "p"),
    [(0, 0, 1.0), (5, 0, 0.03125), (1, 8, 0.0215), (9, 5, 0.3018), (12, 12, 1.0)],
)
def test_mcnemar_is_the_mid_p_of_the_binomial(won: int, lost: int, p: float) -> None:
    assert mcnemar(won, lost) == mcnemar(lost, won) == pytest.approx(p, abs=5e-5)


def test_holm_steps_down_and_never_back() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == [] and holm([0.5, 0.9]) == [1.0, 1.0]


def test_a_paired_difference_of_single_items_has_mcnemars_p() -> None:
    before = [(float(place < 2), 1.0) for place in range(30)]
    after = [(float(place >= 1 and place < 12), 1.0) for place in range(30)]
    found = paired(before, after, [str(place) for place in range(30)], mean)
    assert found.p == pytest.approx(mcnemar(10, 1))


@pytest.mark.parametrize("groups", [10, 30])
def test_the_same_model_twice_wins_no_more_often_than_by_chance(groups: int) -> None:
    """Two draws of one sampling model: 5 % of comparisons may come out clear, never many more."""
    generator = np.random.default_rng(3)
    names = [str(place // 3) for place in range(3 * groups)]
    clear = significant = 0
    trials = 500
    for _ in range(trials):
        chance = generator.uniform(0.2, 0.8, size=groups).repeat(3)
        first, second = ([(float(x), 1.0) for x in generator.random(3 * groups) < chance] for _ in range(2))
        found = paired(first, second, names, mean)
        clear += direction(found) in {"up", "down"}
        significant += (found.p or 0) < 0.05
    assert clear / trials < 0.075 and significant / trials < 0.075


def test_what_can_be_told_shrinks_with_items_and_grows_with_clusters() -> None:
    assert detectable(19, 19) is None and detectable(40, 4) is None
    sizes = [detectable(n, n) or 1.0 for n in (20, 27, 100, 1000)]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < 0.06
    assert (detectable(27, 9) or 0) > (detectable(27, 27) or 1)


def test_a_difference_as_large_as_can_be_told_is_told_four_times_in_five() -> None:
    generator, n = np.random.default_rng(5), 60
    wanted = detectable(n, n) or 0.0
    won, lost, told = (0.4 + wanted) / 2, (0.4 - wanted) / 2, 0
    for _ in range(400):
        drawn = generator.random(n)
        pairs = [(0, 1) if x < won else (1, 0) if x < won + lost else (1, 1) for x in drawn]
        before, after = ([(float(pair[side]), 1.0) for pair in pairs] for side in (0, 1))
        told += direction(paired(before, after, [str(place) for place in range(n)], mean)) == "up"
    assert 0.72 < told / 400 < 0.9


def test_a_difference_where_every_pair_turns_is_large_but_not_certain() -> None:
    wrong, right = [(0.0, 1.0)] * 20, [(1.0, 1.0)] * 20
    found = paired(wrong, right, [str(place) for place in range(20)], mean)
    assert found.value == 1.0 and found.high == 1.0 and found.low is not None and 0.7 < found.low < 0.9
    same = paired(right, right, [str(place) for place in range(20)], mean)
    assert same.value == 0.0 and same.low is not None and same.low < -0.05


@pytest.mark.parametrize(("groups", "items"), [(20, 1), (50, 1), (20, 3)])
def test_intervals_of_differences_of_shares_hold_the_truth(groups: int, items: int) -> None:
    """Few turns, as in most comparisons; ``bench.intervals`` prints the whole table."""
    generator = np.random.default_rng(11)
    names = [str(place // items) for place in range(groups * items)]
    held, trials = 0, 400
    for _ in range(trials):
        place = generator.random(groups * items)
        before = [(float(x >= 0.15), 1.0) for x in place]
        after = [(float(x < 0.15 or x >= 0.2), 1.0) for x in place]
        found = paired(before, after, names, mean)
        assert found.low is not None and found.high is not None
        held += found.low <= 0.1 <= found.high
    assert held / trials >= 0.93
