"""What the judge thinks, made of its replies: a pair is asked in both orders, and wins only where both agree.

Knows: how two replies become one opinion, and one a grade. Must not know exams, contestants or figures.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.evals.judging import parsing
from lab.evals.judging.records import Said

_SIDES = {"ab": {"a": "first", "b": "second", "tie": "tie"}, "ba": {"a": "second", "b": "first", "tie": "tie"}}


@dataclass(frozen=True)
class Opinion:
    """What the judge made of a pair."""

    winner: str | None
    """``first``, ``second`` or ``tie``; ``None`` where a reply is missing or cannot be read."""
    agreed: bool = False
    """Whether both orders chose alike."""
    shown: tuple[str, str] = ("", "")
    """What each order chose: ``a``, ``b``, ``tie``, or empty."""
    why: str = ""
    """Words key of why there is no opinion."""
    asked: bool = True
    """Whether the judge was needed: equal answers tie by themselves."""


@dataclass(frozen=True)
class Grade:
    """What the judge made of one answer."""

    value: int | None
    why: str = ""
    """Words key of why there is no grade."""


def preferred(forward: Said | None, backward: Said | None) -> Opinion:
    """The opinion of two replies; ``backward`` was shown the second answer first."""
    if forward is None or backward is None:
        return Opinion(None, why="judge.not_asked_yet")
    sides, reasons = zip(*(parsing.winner(said) for said in (forward, backward)), strict=True)
    why = next((reason for reason in reasons if reason), "")
    if why:
        return Opinion(None, shown=(sides[0], sides[1]), why=why)
    first, second = _SIDES["ab"][sides[0]], _SIDES["ba"][sides[1]]
    return Opinion(first if first == second else "tie", first == second, (sides[0], sides[1]))


def graded(said: Said | None) -> Grade:
    """The grade of a reply."""
    if said is None:
        return Grade(None, "judge.not_asked_yet")
    return Grade(*parsing.score(said))
