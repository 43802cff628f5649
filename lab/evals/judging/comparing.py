"""What the judge is asked about the evaluation's answers, and what its replies add up to.

Knows: the two questions (an answer against the base's answer in both orders, and a grade for each answer), and their
figures by contestant and slice: win rate and mean grade with intervals that go by fact. Must not know how the judge is
reached, or whether it is to be believed (``lab.evals.judging.reliability``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab.evals.evaluation import SLICES, ItemRecord
from lab.evals.judging import prompts
from lab.evals.judging.lengths import Adjusted, at_equal_length
from lab.evals.judging.opinions import Opinion, graded, preferred
from lab.evals.judging.records import ORDERS, Ask, Judging, Said, ask_id
from lab.evals.metrics import mean
from lab.evals.statistics import FEW_GROUPS, FEW_ITEMS, Interval, direction, level, paired
from lab.text import normal, tokens

SCORES = {"first": 1.0, "tie": 0.5, "second": 0.0}
BEST = 2
"""The highest grade."""


@dataclass(frozen=True)
class Pair:
    """A contestant's answer and the base's to one question."""

    mine: ItemRecord
    base: ItemRecord

    @property
    def alike(self) -> bool:
        """Whether both say the same, so that nobody needs to be asked."""
        return normal(self.mine.answer or "") == normal(self.base.answer or "")

    @property
    def longer_by(self) -> float:
        """Tokens that the contestant's answer has more than the base's."""
        return float(len(tokens(self.mine.answer or "")) - len(tokens(self.base.answer or "")))


@dataclass(frozen=True)
class Wins:
    """How a contestant does against the base on one slice."""

    model: str
    base: str
    slice: str
    wins: int
    ties: int
    losses: int
    n: int
    not_scored: int
    why: dict[str, int]
    """Words key of why → how many were not scored."""
    rate: Interval | None
    """Wins, and half of the ties, of all that were scored."""
    alike: int
    """Ties because both answers are the same; the judge was not asked."""
    turned: int
    """Ties because the judge chose otherwise when the sides were swapped."""
    adjusted: Adjusted | None = None
    tokens: tuple[float, float] = (0.0, 0.0)
    """Mean length of the contestant's answers and of the base's."""

    @property
    def state(self) -> str:
        """``ahead``, ``behind``, ``unclear`` (the interval holds one half), ``too_few`` or ``nothing``."""
        if self.rate is None:
            return "nothing"
        if self.rate.n < FEW_ITEMS or self.rate.groups < FEW_GROUPS or self.rate.low is None or self.rate.high is None:
            return "too_few"
        if self.rate.low > 0.5:
            return "ahead"
        return "behind" if self.rate.high < 0.5 else "unclear"


@dataclass(frozen=True)
class Grades:
    """The grades of a contestant on one slice."""

    model: str
    slice: str
    counts: tuple[int, int, int]
    """Answers graded 0, 1 and 2."""
    n: int
    not_scored: int
    why: dict[str, int]
    mean: Interval | None
    difference: Interval | None = None
    """Less the base's, over the questions of which both were graded."""

    @property
    def state(self) -> str:
        """``up``, ``down``, ``no_clear_change`` or ``too_few``; empty for the base."""
        return direction(self.difference) if self.difference else ""


def pairs(records: Sequence[ItemRecord], judging: Judging) -> list[Pair]:
    """Every answer beside the base's to the same question; answers that could not be had are among them."""
    kept = _kept(records, judging.plan.max_items)
    bases = {one.item: one for one in kept if one.contestant == judging.against}
    return [Pair(one, bases[one.item]) for one in kept if one.contestant != judging.against and one.item in bases]


def asks(records: Sequence[ItemRecord], judging: Judging, part: str, evidence: Mapping[str, str]) -> Iterator[Ask]:
    """What the judge is asked in one part; answers that are missing or alike are not asked about."""
    if part == "pairs":
        for one in pairs(records, judging):
            if one.mine.answer is not None and one.base.answer is not None and not one.alike:
                told, sides = _told(one.mine, evidence), [one.mine.answer, one.base.answer]
                for order in ORDERS:
                    shown = sides if order == "ab" else sides[::-1]
                    yield Ask(ask_id("pair", one.mine.item, one.mine.contestant, order), prompts.pair(*told, *shown))
        return
    for record in _kept(records, judging.plan.max_items):
        if record.answer is not None:
            asked = prompts.grade(*_told(record, evidence), record.answer)
            yield Ask(ask_id("grade", record.item, record.contestant), asked)


def opinion(pair: Pair, replies: Mapping[str, Said]) -> Opinion:
    """What the judge makes of a pair: ``first`` is the contestant, ``second`` the base."""
    if pair.mine.answer is None or pair.base.answer is None:
        return Opinion(None, why="judge.no_answer", asked=False)
    if pair.alike:
        return Opinion("tie", agreed=True, asked=False)
    names = (pair.mine.item, pair.mine.contestant)
    return preferred(*(replies.get(ask_id("pair", *names, order)) for order in ORDERS))


def wins(records: Sequence[ItemRecord], judging: Judging, replies: Mapping[str, Said]) -> list[Wins]:
    """How every contestant does against the base, by slice."""
    found: dict[tuple[str, str], list[tuple[Pair, Opinion]]] = {}
    for one in pairs(records, judging):
        found.setdefault((one.mine.slice, one.mine.contestant), []).append((one, opinion(one, replies)))
    return [_wins(judging.against, *name, found[name]) for name in sorted(found, key=_place)]


def grades(records: Sequence[ItemRecord], judging: Judging, replies: Mapping[str, Said]) -> list[Grades]:
    """The grades of every contestant, by slice, with the difference from the base."""
    found: dict[tuple[str, str], list[ItemRecord]] = {}
    for record in _kept(records, judging.plan.max_items):
        found.setdefault((record.slice, record.contestant), []).append(record)
    return [
        _grades(*name, found[name], found.get((name[0], judging.against), []), replies)
        for name in sorted(found, key=_place)
    ]


def grade_of(record: ItemRecord, replies: Mapping[str, Said]) -> tuple[int | None, str]:
    """The grade of an answer, or the words key of why there is none."""
    if record.answer is None:
        return None, "judge.no_answer"
    found = graded(replies.get(ask_id("grade", record.item, record.contestant)))
    return found.value, found.why


def _wins(base: str, part: str, model: str, judged: Sequence[tuple[Pair, Opinion]]) -> Wins:
    scored = [(pair, one) for pair, one in judged if one.winner is not None]
    values = [SCORES[one.winner or ""] for _, one in scored]
    groups = [pair.mine.group for pair, _ in scored]
    lengths = [pair.longer_by for pair, _ in scored]
    return Wins(
        model=model,
        base=base,
        slice=part,
        wins=values.count(1.0),
        ties=values.count(0.5),
        losses=values.count(0.0),
        n=len(scored),
        not_scored=len(judged) - len(scored),
        why=_counted(one.why for _, one in judged if one.winner is None),
        rate=_mean(values, groups, top=1.0),
        alike=sum(not one.asked for _, one in scored),
        turned=sum(not one.agreed for _, one in scored),
        adjusted=at_equal_length(values, lengths, groups) if scored else None,
        tokens=(_mean_tokens([p.mine for p, _ in scored]), _mean_tokens([p.base for p, _ in scored])),
    )


def _grades(
    part: str, model: str, mine: Sequence[ItemRecord], base: Sequence[ItemRecord], replies: Mapping[str, Said]
) -> Grades:
    known = [(record, *grade_of(record, replies)) for record in mine]
    scored = [(record, value) for record, value, _ in known if value is not None]
    values = [value for _, value in scored]
    before = {record.item: value for record in base if (value := grade_of(record, replies)[0]) is not None}
    both = [(record, value) for record, value in scored if record.item in before]
    difference = None
    if both and (not base or base[0].contestant != model):
        old, new = [(float(before[r.item]), 1.0) for r, _ in both], [(float(v), 1.0) for _, v in both]
        difference = paired(old, new, [record.group for record, _ in both], mean)
    return Grades(
        model=model,
        slice=part,
        counts=(values.count(0), values.count(1), values.count(2)),
        n=len(scored),
        not_scored=len(known) - len(scored),
        why=_counted(why for _, value, why in known if value is None),
        mean=_mean([float(value) for value in values], [record.group for record, _ in scored], top=float(BEST)),
        difference=difference,
    )


def _mean(values: Sequence[float], groups: Sequence[str], top: float) -> Interval | None:
    """The mean with Wilson's interval on the scale from 0 to ``top``, by fact: it has a width even where all agree."""
    if not values:
        return None
    found = level([(value / top, 1.0) for value in values], groups, mean, is_share=True, top=1.0)
    low, high = (None if bound is None else bound * top for bound in (found.low, found.high))
    return Interval(found.value * top, low, high, found.n, found.groups)


def _mean_tokens(records: Sequence[ItemRecord]) -> float:
    return sum(len(tokens(one.answer or "")) for one in records) / len(records) if records else 0.0


def _counted(reasons: Iterator[str] | Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for reason in reasons:
        found[reason] = found.get(reason, 0) + 1
    return found


def _kept(records: Sequence[ItemRecord], limit: int) -> list[ItemRecord]:
    """At most ``limit`` questions of each slice (0: all), the same ones each time, in their order."""
    if not limit:
        return list(records)
    chosen: set[str] = set()
    for part in SLICES:
        items = dict.fromkeys(one.item for one in records if one.slice == part)
        chosen.update(sorted(items, key=lambda item: hashlib.sha256(item.encode()).digest())[:limit])
    return [one for one in records if one.item in chosen]


def _told(record: ItemRecord, evidence: Mapping[str, str]) -> tuple[str, str, str]:
    return prompts.asked_of(record.messages), record.reference, evidence.get(record.item, "")


def _place(name: tuple[str, str]) -> tuple[int, str]:
    part, model = name
    return SLICES.index(part) if part in SLICES else len(SLICES), model
