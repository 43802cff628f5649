"""How sure a counted share is.

Knows: Wilson's interval. Must not know what was counted.
"""

from __future__ import annotations

import math
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
