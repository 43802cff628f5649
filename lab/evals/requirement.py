"""What good enough is: ``right>=0.8``.

Knows: how such a line is read, compared and put into words. Must not know where the figure comes from, nor when it
was said (``lab.evals.targets``).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from lab import words
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

    def state(self, low: float | None, high: float | None) -> str:
        """``met`` or ``missed`` where the whole interval says so, else ``cannot_tell``."""
        if low is None or high is None:
            return "cannot_tell"
        kept = {_COMPARE[self.compare](end, self.bound) for end in (low, high)}
        return "cannot_tell" if len(kept) == 2 else "met" if kept.pop() else "missed"

    def is_reached(self, value: float | None) -> bool:
        """Whether the figure alone, however uncertain, keeps the bound."""
        return value is not None and _COMPARE[self.compare](value, self.bound)

    def said(self, metric: str, slice_name: str, scale: float, language: str) -> str:
        """The bound in words, where the metric and the slice are called so."""
        kind = {">=": "at_least", "<=": "at_most", ">": "above", "<": "below"}[self.compare]
        bound = f"{100 * self.bound:.3g}" if scale == 1 else f"{self.bound:.4g}"
        unit = words.say("target.percent", language) if scale == 1 else ""
        told = words.say(f"target.{kind}", language, metric=metric, bound=bound + unit)
        return words.say("target.on_slice", language, target=told, slice=slice_name) if self.slice else told


def parse(text: str, metrics: list[str], slices: tuple[str, ...]) -> Requirement:
    """``[slice.]metric>=number`` read; raises ``EvalError`` naming what is allowed."""
    found = _SHAPE.fullmatch(text)
    metric = found[2] if found else ""
    if not found or metric not in metrics or (found[1] and found[1] not in slices):
        raise EvalError("evals.bad_requirement", value=text, metrics=", ".join(metrics), slices=", ".join(slices))
    bound = float(found[4]) / (100 if found[5] else 1)
    return Requirement(text.strip(), metric, found[3], bound, found[1] or "")
