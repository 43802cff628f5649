"""Everything shown of a judging, derived from its files and the evaluation's own.

Knows: how marks, standing, win rates, grades and votes go together; what a judge that is withheld said is not counted.
Must not know in which words it is told (``lab.evals.judging.telling``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.judging import comparing, exam
from lab.evals.judging.comparing import Grades, Wins
from lab.evals.judging.lengths import METHOD
from lab.evals.judging.records import PARTS, Judging, Said
from lab.evals.judging.reliability import PASS, Standing, standing
from lab.evals.judging.votes import Agreement, Vote, agreement


@dataclass(frozen=True)
class Result:
    """What came of a judging."""

    judging: Judging
    headline: str
    """The slice the evaluation's verdict is about."""
    standings: tuple[Standing, ...]
    wins: tuple[Wins, ...]
    """Empty where the judge's choices are withheld."""
    grades: tuple[Grades, ...]
    """Empty where its grades are."""
    votes: Agreement | None
    records: tuple[ItemRecord, ...] = field(default=(), repr=False)
    replies: dict[str, Said] = field(default_factory=dict, repr=False)

    def standing(self, part: str) -> Standing | None:
        """Where the judge stands in one part; ``None`` where it was not asked for."""
        return next((one for one in self.standings if one.part == part), None)

    def passed(self, part: str) -> bool:
        """Whether what the judge says in this part counts."""
        found = self.standing(part)
        return found is not None and found.state == "passed"

    @property
    def state(self) -> str:
        """``passed`` (at least one part counts), ``withheld`` or ``unfinished``."""
        states = {one.state for one in self.standings}
        return next((state for state in ("passed", "unfinished") if state in states), "withheld")


def compute(
    evaluation: Evaluation,
    judging: Judging,
    records: Sequence[ItemRecord],
    replies: Mapping[str, Said],
    votes: Sequence[Vote] = (),
) -> Result:
    """The result as far as the judge has come."""
    marks = {part: exam.marks(judging.cases, part, replies) for part in judging.plan.wanted}
    found = {part: standing(part, mark) for part, mark in marks.items()}
    people = None
    if "pairs" in found and found["pairs"].state == "passed":
        people = agreement(votes, records, judging, replies)
        found["pairs"] = standing("pairs", marks["pairs"], people)
    made = Result(
        judging=judging,
        headline=evaluation.headline,
        standings=tuple(found[part] for part in PARTS if part in found),
        wins=(),
        grades=(),
        votes=people,
        records=tuple(records),
        replies=dict(replies),
    )
    wins = comparing.wins(records, judging, replies) if made.passed("pairs") else ()
    grades = comparing.grades(records, judging, replies) if made.passed("grades") else ()
    return replace(made, wins=tuple(wins), grades=tuple(grades))


def document(made: Result, said: dict[str, str], reasons: dict[str, dict[str, list[str]]]) -> dict[str, Any]:
    """The one JSON document of a judging; ``said`` and ``reasons`` are its sentences in both languages."""
    one = made.judging
    return {
        "judging": one.id,
        "eval": one.evaluation,
        "dataset": one.dataset,
        "judge": one.judge.name,
        "fingerprint": one.fingerprint,
        "against": one.against,
        "state": made.state,
        "pass": PASS,
        "exam": {part.part: _standing(part, reasons[part.part]) for part in made.standings},
        "pairs": [_wins(row) for row in made.wins],
        "grades": [_grades(row) for row in made.grades],
        "votes": _votes(made.votes),
        "judges_itself": list(one.itself),
        "sentence": said,
    }


def _standing(one: Standing, reasons: dict[str, list[str]]) -> dict[str, Any]:
    mark = one.mark
    told: dict[str, Any] = {"state": one.state, "withheld_because": reasons}
    if mark is None:
        return told
    accuracy = mark.accuracy
    told |= {
        "cases": mark.cases,
        "scored": mark.scored,
        "right": mark.right,
        "not_scored": mark.cases - mark.scored,
        "accuracy": accuracy and accuracy.value,
        "low": accuracy and accuracy.low,
        "high": accuracy and accuracy.high,
        "replies": mark.parsed[1],
        "replies_read": mark.parsed[0],
        "kinds": {kind.kind: {"right": kind.right, "n": kind.n, "not_scored": kind.not_scored} for kind in mark.kinds},
    }
    if one.part == "pairs":
        told |= {
            "same_choice": {"kept": mark.same_choice[0], "n": mark.same_choice[1]},
            "position": {"first": mark.first_side[0], "n": mark.first_side[1], "p": mark.first_side_p},
            "length": {
                "longer_not_beaten": mark.longer_lost[0],
                "as_it_is_not_beaten": mark.shorter_lost[0],
                "n": mark.longer_lost[1],
            },
        }
    return told


def _wins(row: Wins) -> dict[str, Any]:
    rate, adjusted = row.rate, row.adjusted
    return {
        "model": row.model,
        "base": row.base,
        "slice": row.slice,
        "wins": row.wins,
        "ties": row.ties,
        "losses": row.losses,
        "n": row.n,
        "not_scored": row.not_scored,
        "why_not": row.why,
        "alike": row.alike,
        "turned": row.turned,
        "win_rate": rate and rate.value,
        "low": rate and rate.low,
        "high": rate and rate.high,
        "groups": rate.groups if rate else 0,
        "state": row.state,
        "mean_tokens": {"model": row.tokens[0], "base": row.tokens[1]},
        "at_equal_length": adjusted
        and {
            "method": METHOD,
            "win_rate": adjusted.value,
            "low": adjusted.low,
            "high": adjusted.high,
            "why_not": adjusted.why,
        },
    }


def _grades(row: Grades) -> dict[str, Any]:
    mean, less = row.mean, row.difference
    return {
        "model": row.model,
        "slice": row.slice,
        "counts": dict(zip("012", row.counts, strict=True)),
        "n": row.n,
        "not_scored": row.not_scored,
        "why_not": row.why,
        "mean": mean and mean.value,
        "low": mean and mean.low,
        "high": mean and mean.high,
        "difference": less and {"value": less.value, "low": less.low, "high": less.high, "n": less.n, "p": less.p},
        "state": row.state,
    }


def _votes(found: Agreement | None) -> dict[str, Any] | None:
    if found is None:
        return None
    same, kappa = found.same, found.kappa
    return {
        "votes": found.votes,
        "n": found.n,
        "left_out": found.left_out,
        "table": [list(row) for row in found.table],
        "same": same and {"value": same.value, "low": same.low, "high": same.high},
        "kappa": kappa and {"value": kappa.value, "low": kappa.low, "high": kappa.high},
    }
