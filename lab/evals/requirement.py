"""What good enough is: ``right>=0.8``, said before the answers are seen.

Knows: how such a line is read and compared. Must not know where the figure comes from.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from lab.errors import EvalError

_SHAPE = re.compile(r"\s*(?:([a-z_]+)\.)?([\w:. -]+?)\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*(%?)\s*")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Requirement:
    """One figure and its bound."""

    text: str
    metric: str
    compare: str
    bound: float
    slice: str = ""
    """Empty: the slice the verdict is about."""

    def state(self, value: float | None) -> str:
        """``met``, ``missed``, or ``cannot_tell`` where nothing was scored."""
        if value is None:
            return "cannot_tell"
        return "met" if _COMPARE[self.compare](value, self.bound) else "missed"


def parse(text: str, metrics: list[str], slices: tuple[str, ...]) -> Requirement:
    """``[slice.]metric>=number`` read; raises ``EvalError`` naming what is allowed."""
    found = _SHAPE.fullmatch(text)
    metric = found[2] if found else ""
    if not found or metric not in metrics or (found[1] and found[1] not in slices):
        raise EvalError("evals.bad_requirement", value=text, metrics=", ".join(metrics), slices=", ".join(slices))
    bound = float(found[4]) / (100 if found[5] else 1)
    return Requirement(text.strip(), metric, found[3], bound, found[1] or "")
