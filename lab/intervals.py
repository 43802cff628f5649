"""How sure a counted share is.

Knows: Wilson's interval, and what it becomes where the counted things come in groups. Must not know what was counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

_Z = NormalDist().inv_cdf(0.975)


def wilson(right: float, n: float) -> tuple[float, float]:
    """The 95 % interval of a share: 10 of 10 → (0.72, 1.00). Raises ``ValueError`` for n = 0."""
    if n <= 0 or not 0 <= right <= n:
        raise ValueError(f"{right} of {n}")
    share, z2 = right / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return (0.0 if right == 0 else middle - half), (1.0 if right == n else middle + half)


def grouped_wilson(groups: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The 95 % interval of a share whose counts come in groups, each ``(right, n)``: what is in a group hangs together.

    Wilson's interval of as many independent counts as the spread between the groups leaves, fewer where few groups
    tell that spread. Where it cannot be seen (one group, or all alike), each group counts as if all in it said the
    same. Raises ``ValueError`` where nothing was counted.
    """
    counted = [(right, n) for right, n in groups if n > 0]
    right, n = sum(one for one, _ in counted), sum(of for _, of in counted)
    least = n * n / sum(of * of for _, of in counted) if counted else 0.0
    if len(counted) < 2 or right in (0, n):
        return wilson(right * least / n if n else 0.0, least)
    share, free = right / n, len(counted) - 1
    spread = (free + 1) / free * sum((one - share * of) ** 2 for one, of in counted) / (n * n)
    known = (_Z / _student(free)) ** 2
    independent = share * (1 - share) / spread * known if spread else n * known
    independent = min(n, max(least, independent))
    return wilson(share * independent, independent)


def _student(free: int) -> float:
    """Student's 97.5 % point: exact to 2 degrees of freedom, to within a hundredth beyond."""
    if free <= 2:
        return {1: 12.7062, 2: 4.3027}[free]
    z, z2 = _Z, _Z * _Z
    terms = (
        z * (z2 + 1) / 4,
        z * ((5 * z2 + 16) * z2 + 3) / 96,
        z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
    )
    return z + sum(term / math.pow(free, power) for power, term in enumerate(terms, 1))
