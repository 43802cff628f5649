"""How well the likelihoods of labels rank: the area under the ROC curve.

Knows: one label against the rest, averaged over the labels, ties counted half, from every item at once. Must not know
where likelihoods come from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lab.evals.metrics import Vector
from lab.evals.statistics import Together


def chances(logprobs: Sequence[float]) -> list[float]:
    """The chance of each label, given that the answer is one of them."""
    most = max(logprobs)
    shares = [math.exp(one - most) for one in logprobs]
    return [share / sum(shares) for share in shares]


def vector(labels: Sequence[str], wanted: str, logprobs: dict[str, float]) -> Vector | None:
    """``(place of the wanted label, chance of each label)``; ``None`` where a likelihood or the label is missing."""
    if wanted not in labels or any(label not in logprobs for label in labels):
        return None
    return (float(list(labels).index(wanted)), *chances([logprobs[label] for label in labels]))


def _area(items: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Mean area of the labels that some items have and others have not; ``nan`` where there is none."""
    wanted = items[:, 0].astype(int)
    areas = [
        _one_area(items[:, 1 + label], weights * (wanted == label), weights * (wanted != label))
        for label in set(wanted)
    ]
    known = [area for area in areas if not math.isnan(area)]
    return sum(known) / len(known) if known else float("nan")


def _one_area(scores: NDArray[np.float64], of: NDArray[np.float64], rest: NDArray[np.float64]) -> float:
    if not of.sum() or not rest.sum():
        return float("nan")
    _, place = np.unique(scores, return_inverse=True)
    of_step, rest_step = np.bincount(place, of), np.bincount(place, rest)
    below = np.cumsum(rest_step) - rest_step
    return float((of_step * (below + rest_step / 2)).sum() / (of.sum() * rest.sum()))


AUC = Together(_area)
"""The figure of these vectors."""
