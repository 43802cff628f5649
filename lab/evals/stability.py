"""Whether the same question gets the same answer: drawn again at a temperature, and in other words.

Knows: how several answers to one question, or to the wordings of one fact, become figures with intervals. Must not know
how answers are drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.metrics import mean
from lab.evals.statistics import Interval, level
from lab.text import normal

WORDED = ("new_wording", "trained")
"""The slices in which one fact is asked in several wordings."""


@dataclass(frozen=True)
class Stability:
    """How steadily one contestant answers."""

    model: str
    over: str
    """``repeats`` (one question, drawn again) or ``wordings`` (one fact, asked differently)."""
    answers: int
    """How many there are in all."""
    not_scored: int
    """Answers that could not be had, or that no key judges."""
    flips: Interval | None
    """Share of the questions with both a right answer and one that is not; ``None`` where nothing was judged."""
    all_right: Interval | None
    """Share of the questions of which every answer is right."""
    any_right: Interval | None
    """Share of the questions of which one answer at least is right."""
    worst: Interval | None
    """Mean token F1 of each question's worst answer."""
    same: Interval | None
    """Share of the questions of which all answers are the same words."""


def stability(evaluation: Evaluation, records: Sequence[ItemRecord], repeats: Sequence[ItemRecord]) -> list[Stability]:
    """Each contestant over its repeats, where there are any, and over the wordings of each fact."""
    worded = [record for record in records if record.slice in WORDED]
    made: list[Stability] = []
    for one in evaluation.contestants:
        drawn = _together([r for r in repeats if r.contestant == one.name], lambda record: record.item)
        facts = _together([r for r in worded if r.contestant == one.name], lambda record: record.group)
        for over, several in (("repeats", drawn), ("wordings", facts)):
            if several:
                made.append(_stability(one.name, over, several))
    return made


def _together(records: Sequence[ItemRecord], by: Callable[[ItemRecord], str]) -> list[list[ItemRecord]]:
    """The records of one question or fact together, where it was asked more than once."""
    found: dict[str, list[ItemRecord]] = {}
    for record in records:
        found.setdefault(by(record), []).append(record)
    return [several for several in found.values() if len(several) > 1]


def _stability(model: str, over: str, several: list[list[ItemRecord]]) -> Stability:
    every = [record for records in several for record in records]
    judged = [[r for r in records if r.judgement and not r.error] for records in several]
    judged = [records for records in judged if len(records) > 1]
    right = [[record.judgement == "right" for record in records] for records in judged]
    groups = [records[0].group for records in judged]
    answered = [[r for r in records if not r.error] for records in several]
    answered = [records for records in answered if len(records) > 1]
    scored = [[r.vectors["f1"][0] for r in records if "f1" in r.vectors] for records in answered]
    places = [records[0].group for records in answered]
    worst = [(min(values), place) for values, place in zip(scored, places, strict=True) if len(values) > 1]
    return Stability(
        model=model,
        over=over,
        answers=len(every),
        not_scored=len(every) - sum(map(len, judged)),
        flips=_share((any(found) and not all(found) for found in right), groups),
        all_right=_share(map(all, right), groups),
        any_right=_share(map(any, right), groups),
        worst=_mean([value for value, _ in worst], [place for _, place in worst]),
        same=_share((len({normal(r.answer or "") for r in records}) == 1 for records in answered), places)
        if over == "repeats"
        else None,
    )


def _share(outcomes: Iterable[bool], groups: Sequence[str]) -> Interval | None:
    vectors = [(float(one), 1.0) for one in outcomes]
    return level(vectors, groups, mean, is_share=True, top=1.0) if vectors else None


def _mean(values: Sequence[float], groups: Sequence[str]) -> Interval | None:
    return level([(value, 1.0) for value in values], groups, mean, is_share=False, top=1.0) if values else None
