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

Floats = NDArray[np.float64]


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


def _area(items: Floats, weights: Floats) -> Floats:
    """Mean area of the labels that some items have and others have not; ``nan`` where there is none."""
    wanted = items[:, 0].astype(int)
    labels = sorted(set(wanted)) if len(set(wanted)) > 1 else []
    areas = np.full((max(1, len(labels)), len(weights)), np.nan)
    for row, label in enumerate(labels):
        areas[row] = _one_area(items[:, 1 + label], wanted == label, weights)
    known = np.isfinite(areas)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.where(known, areas, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)


def _one_area(scores: Floats, is_wanted: NDArray[np.bool_], weights: Floats) -> Floats:
    order = np.argsort(scores, kind="stable")
    steps = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    sorted_weights = weights[:, order]
    of = np.add.reduceat(sorted_weights * is_wanted[order], steps, axis=1)
    rest = np.add.reduceat(sorted_weights * ~is_wanted[order], steps, axis=1)
    above = of * (np.cumsum(rest, axis=1) - rest / 2)
    pairs = of.sum(axis=1) * rest.sum(axis=1)
    area: Floats = np.full(len(weights), np.nan)
    np.divide(above.sum(axis=1), pairs, out=area, where=pairs > 0)
    return area


AUC = Together(_area)
"""The figure of these vectors."""
