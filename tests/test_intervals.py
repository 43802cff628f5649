"""A share counted in groups: votes on one question are not independent."""

from __future__ import annotations

import random

import pytest

from lab.intervals import grouped_wilson, wilson


def test_counts_that_hang_together_tell_less() -> None:
    """Fifty votes on each of six questions, all alike within a question, are six votes, not three hundred."""
    alike = [(50.0, 50.0)] * 4 + [(0.0, 50.0)] * 2
    low, high = grouped_wilson(alike)
    plain = wilson(200, 300)
    assert high - low > 2 * (plain[1] - plain[0]) and low < plain[0] and high > plain[1]
    assert grouped_wilson([(5, 10)] * 12) == pytest.approx(wilson(60, 120), abs=0.02)
    assert grouped_wilson([(50, 50)]) == pytest.approx(wilson(1, 1))
    assert grouped_wilson([(1, 1)] * 8) == pytest.approx(wilson(8, 8))


@pytest.mark.parametrize("alike", [0.05, 0.2, 0.6])
def test_grouped_intervals_hold_the_truth(alike: float) -> None:
    """Eight questions of about twenty votes, 400 times; votes on one question are alike as ``alike`` says."""
    draw, share, held, plain = random.Random(7), 0.7, 0, 0
    for _ in range(400):
        groups = []
        for _ in range(8):
            liked = draw.betavariate(share * (1 - alike) / alike, (1 - share) * (1 - alike) / alike)
            n = draw.randint(14, 26)
            groups.append((sum(draw.random() < liked for _ in range(n)), n))
        low, high = grouped_wilson(groups)
        held += low <= share <= high
        bare = wilson(sum(right for right, _ in groups), sum(n for _, n in groups))
        plain += bare[0] <= share <= bare[1]
    assert held >= 0.91 * 400
    assert plain < held
