"""Whether the judge is to be believed: its exam against the pass marks, and people's votes where there are enough.

Knows: the pass marks, stated beside every mark they decide. An opinion of a judge that misses one is withheld, with the
reason and the numbers. Must not know how marks come about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab import words
from lab.evals.judging.exam import Mark
from lab.evals.judging.votes import Agreement

PASS = {"accuracy": 0.8, "same_choice": 0.7, "parsed": 0.95}
"""Share of the cases judged right; of the pairs chosen alike in both orders; of the replies that could be read."""
FEWEST = {"pairs": 12, "grades": 8}
"""Cases an exam needs at least."""
FEWEST_VOTES = 20
PASS_KAPPA = 0.2
"""Agreement with people below this is called slight (Landis and Koch 1977, Biometrics 33:159)."""


@dataclass(frozen=True)
class Reason:
    """A words key and its values."""

    key: str
    values: dict[str, Any]

    def text(self, language: str) -> str:
        """The sentence."""
        return words.say(self.key, language, **self.values)


@dataclass(frozen=True)
class Standing:
    """Whether one part of what the judge says counts."""

    part: str
    state: str
    """``passed``, ``withheld`` or ``unfinished`` (the exam still goes on)."""
    mark: Mark | None
    reasons: tuple[Reason, ...] = ()
    """Why it is withheld."""


def standing(part: str, mark: Mark | None, agreement: Agreement | None = None) -> Standing:
    """Where the judge stands after its exam, and beside people's votes."""
    need = FEWEST[part]
    if mark is None or mark.cases < need:
        few = Reason("judge.exam_too_few", {"cases": mark.cases if mark else 0, "need": need})
        return Standing(part, "withheld", mark, (few,))
    if mark.asked < mark.cases:
        hopeless = _cannot_pass(mark)
        return Standing(part, "withheld", mark, hopeless) if hopeless else Standing(part, "unfinished", mark)
    reasons = [*_exam_reasons(mark, need), *(_vote_reasons(agreement) if part == "pairs" else [])]
    return Standing(part, "withheld" if reasons else "passed", mark, tuple(reasons))


def percent(value: float | None) -> str:
    """A share as a whole percentage."""
    return "—" if value is None else f"{100 * value:.0f}"


def _cannot_pass(mark: Mark) -> tuple[Reason, ...]:
    """Why the rest of the exam need not be asked: more replies are unreadable already than all of it may have."""
    read, came = mark.parsed
    if came < FEWEST[mark.part] or came - read <= (1 - PASS["parsed"]) * mark.replies:
        return ()
    ended = Reason("judge.exam_ended", {"came": came, "replies": mark.replies})
    return (_missed("judge.replies_unreadable", read, came, "parsed"), ended)


def _exam_reasons(mark: Mark, need: int) -> list[Reason]:
    found = []
    read, came = mark.parsed
    if read < PASS["parsed"] * came:
        found.append(_missed("judge.replies_unreadable", read, came, "parsed"))
    if mark.scored < need and not found:
        found.append(Reason("judge.marked_too_few", {"n": mark.scored, "cases": mark.cases, "need": need}))
    elif mark.scored >= need and mark.accuracy and mark.accuracy.value < PASS["accuracy"]:
        one = mark.accuracy
        reason = _missed("judge.accuracy_low", mark.right, mark.scored, "accuracy")
        interval = {"low": percent(one.low), "high": percent(one.high)}
        found.append(Reason(reason.key, reason.values | interval))
    kept, pairs = mark.same_choice
    if pairs and kept < PASS["same_choice"] * pairs:
        first, sides = mark.first_side
        reason = _missed("judge.choice_not_kept", kept, pairs, "same_choice")
        found.append(Reason(reason.key, reason.values | {"first": first, "sides": sides}))
    return found


def _vote_reasons(agreement: Agreement | None) -> list[Reason]:
    if agreement is None or agreement.kappa is None or agreement.n < FEWEST_VOTES:
        return []
    one = agreement.kappa
    if one.value >= PASS_KAPPA:
        return []
    bounds = {
        "low": "—" if one.low is None else f"{one.low:.2f}",
        "high": "—" if one.high is None else f"{one.high:.2f}",
    }
    return [
        Reason("judge.votes_disagree", {"n": agreement.n, "kappa": f"{one.value:.2f}", "mark": PASS_KAPPA, **bounds})
    ]


def _missed(key: str, reached: int, n: int, mark: str) -> Reason:
    share = percent(reached / n if n else None)
    return Reason(key, {"reached": reached, "n": n, "share": share, "mark": percent(PASS[mark])})
