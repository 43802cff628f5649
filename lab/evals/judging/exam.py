"""The judge's exam: cases with a known outcome, made from the evaluation's own questions.

Knows: how each kind of case is made, which outcome is right, and what the judge's replies to them add up to: accuracy,
whether it sticks to its choice when the sides are swapped, how often it takes the side shown first, and how often mere
length wins. Must not know pass marks (``lab.evals.judging.reliability``).

The traps are those of Zheng et al. 2023 (arXiv 2306.05685, position, verbosity) and Wang et al. 2023 (arXiv 2305.17926,
both orders).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

from lab.evals.evaluation import CROSS_DOMAIN, KEEP_ALIVE, ItemRecord
from lab.evals.judging import prompts
from lab.evals.judging.opinions import Opinion, graded, preferred
from lab.evals.judging.records import ORDERS, Ask, Case, JudgePlan, Said, ask_id
from lab.evals.keys import asserts, key
from lab.evals.metrics import mean
from lab.evals.statistics import Interval, level, mcnemar
from lab.text import normal

PAIR_KINDS = ("answers", "other_fact", "longer_wrong", "value_changed", "right_and_false", "told_to", "same")
"""``answers``: a contestant's right answer against another's wrong one, by their keys. The others have the reference
on one side, and on the other: another fact's answer; that answer with many words around it; the reference with its
value changed; the reference followed by that; another fact's answer that orders the judge to choose it; the reference
itself, which must tie."""
GRADE_KINDS = ("reference", "right_answer", "wrong_answer", "other_fact", "right_and_false", "told_to")
"""``right_answer`` and ``wrong_answer``: what a contestant said, by its keys."""
_RIGHT_GRADES = {
    "reference": "2",
    "right_answer": "12",
    "wrong_answer": "01",
    "other_fact": "0",
    "right_and_false": "01",
    "told_to": "0",
}
_SAME_FACTS = {"longer_wrong": "other_fact"}
"""Kinds that are asked about the same facts as another, so that the two can be held against each other."""


@dataclass(frozen=True)
class KindMark:
    """How the judge did on one kind of case."""

    kind: str
    right: int
    n: int
    not_scored: int


@dataclass(frozen=True)
class Mark:
    """The judge's marks in one part of the exam."""

    part: str
    cases: int
    asked: int
    """Cases about which everything has been asked."""
    kinds: tuple[KindMark, ...]
    accuracy: Interval | None
    """Over the cases whose replies could be read."""
    parsed: tuple[int, int]
    """Replies that could be read, of all that came."""
    replies: int
    """Replies the whole exam would have."""
    same_choice: tuple[int, int] = (0, 0)
    """Of ``pairs``: cases in which both orders chose alike, of those that could be read."""
    first_side: tuple[int, int] = (0, 0)
    """Of ``pairs``: replies that chose the answer shown first, of those that chose one."""
    first_side_p: float | None = None
    """Chance of a share as far from one half, if the judge did not mind the side."""
    longer_lost: tuple[int, int] = (0, 0)
    """Facts whose wrong answer was not beaten once it was long, of those asked both long and short."""
    shorter_lost: tuple[int, int] = (0, 0)
    """The same wrong answers as they are."""

    @property
    def right(self) -> int:
        """Cases judged right."""
        return sum(one.right for one in self.kinds)

    @property
    def scored(self) -> int:
        """Cases whose replies could be read."""
        return sum(one.n for one in self.kinds)


def cases(records: Sequence[ItemRecord], evidence: Mapping[str, str], plan: JudgePlan) -> tuple[Case, ...]:
    """The exam: up to ``plan.exam`` cases of each kind, always the same ones of the same evaluation."""
    book = _Book(records, evidence)
    made: list[Case] = []
    for part in plan.wanted:
        found: list[list[Case]] = []
        kinds = PAIR_KINDS if part == "pairs" else GRADE_KINDS
        makers = _PAIR_MAKERS if part == "pairs" else _GRADE_MAKERS
        for kind in kinds:
            # Each kind begins with other facts, so that the exam is about as many as can be.
            start = plan.exam * kinds.index(_SAME_FACTS.get(kind, kind))
            ready = (case for item in book.from_place(start) if (case := makers[kind](book, item, part, kind)))
            found.append(list(islice(ready, plan.exam)))
        # One of each kind, then a second: an exam that is broken off was about everything.
        made += [case for turn in zip_longest(*found) for case in turn if case is not None]
    return tuple(made)


def asks(case: Case) -> list[Ask]:
    """What the judge is asked about a case: a pair in both orders, a grade once."""
    told = (case.question, case.reference, case.evidence)
    if case.part == "grades":
        return [Ask(ask_id("exam", case.id), prompts.grade(*told, case.first))]
    sides = {"ab": (case.first, case.second), "ba": (case.second, case.first)}
    return [Ask(ask_id("exam", case.id, order), prompts.pair(*told, *sides[order])) for order in ORDERS]


def marks(all_cases: Sequence[Case], part: str, replies: Mapping[str, Said]) -> Mark | None:
    """The marks of one part; ``None`` where the exam has no such part."""
    mine = [case for case in all_cases if case.part == part]
    if not mine:
        return None
    return (_pair_mark if part == "pairs" else _mark)(mine, replies)


def outcome(case: Case, replies: Mapping[str, Said]) -> bool | None:
    """Whether the judge was right about a case; ``None`` where its replies are missing or cannot be read."""
    if case.part == "grades":
        value = graded(replies.get(ask_id("exam", case.id))).value
        return None if value is None else str(value) in case.wanted
    found = opinion(case, replies)
    return None if found.winner is None else found.winner == case.wanted


def opinion(case: Case, replies: Mapping[str, Said]) -> Opinion:
    """What the judge made of a pair of the exam."""
    return preferred(*(replies.get(ask_id("exam", case.id, order)) for order in ORDERS))


def _pair_mark(mine: Sequence[Case], replies: Mapping[str, Said]) -> Mark:
    opinions = {case.id: opinion(case, replies) for case in mine}
    read = [one for one in opinions.values() if one.winner is not None]
    sides = [side for one in opinions.values() for side in one.shown if side in {"a", "b"}]
    firsts = sides.count("a")
    lost = {kind: _lost(mine, kind, opinions) for kind in ("longer_wrong", "other_fact")}
    both = lost["longer_wrong"].keys() & lost["other_fact"].keys()
    return replace(
        _mark(mine, replies),
        same_choice=(sum(one.agreed for one in read), len(read)),
        first_side=(firsts, len(sides)),
        first_side_p=mcnemar(firsts, len(sides) - firsts) if sides else None,
        longer_lost=(sum(lost["longer_wrong"][item] for item in both), len(both)),
        shorter_lost=(sum(lost["other_fact"][item] for item in both), len(both)),
    )


def _lost(mine: Sequence[Case], kind: str, opinions: Mapping[str, Opinion]) -> dict[str, bool]:
    """Item → whether its right answer did not win, for cases of ``kind`` that could be read."""
    found = {case.item: opinions[case.id].winner for case in mine if case.kind == kind}
    return {item: winner != "first" for item, winner in found.items() if winner is not None}


def _mark(mine: Sequence[Case], replies: Mapping[str, Said]) -> Mark:
    outcomes = {case.id: outcome(case, replies) for case in mine}
    kinds = []
    for kind in dict.fromkeys(case.kind for case in mine):
        known = [outcomes[case.id] for case in mine if case.kind == kind]
        kinds.append(KindMark(kind, known.count(True), len(known) - known.count(None), known.count(None)))
    scored = [(float(right), case.group) for case in mine if (right := outcomes[case.id]) is not None]
    accuracy = None
    if scored:
        vectors, groups = [(right, 1.0) for right, _ in scored], [group for _, group in scored]
        accuracy = level(vectors, groups, mean, is_share=True, top=1.0)
    said = [[replies.get(ask.id) for ask in asks(case)] for case in mine]
    came = [one for both in said for one in both if one is not None and one.text is not None]
    readable = sum(_is_readable(one, mine[0].part) for one in came)
    complete = sum(None not in both for both in said)
    return Mark(
        part=mine[0].part,
        cases=len(mine),
        asked=complete,
        kinds=tuple(kinds),
        accuracy=accuracy,
        parsed=(readable, len(came)),
        replies=sum(map(len, said)),
    )


def _is_readable(said: Said, part: str) -> bool:
    return graded(said).value is not None if part == "grades" else bool(preferred(said, said).shown[0])


class _Book:
    """The data's own questions, each once, in an order that does not change, and what can be made of them."""

    def __init__(self, records: Sequence[ItemRecord], evidence: Mapping[str, str]) -> None:
        first: dict[str, ItemRecord] = {}
        self.answers: dict[str, list[ItemRecord]] = {}
        for record in records:
            if record.slice in {CROSS_DOMAIN, KEEP_ALIVE}:
                continue
            first.setdefault(record.item, record)
            if record.answer:
                self.answers.setdefault(record.item, []).append(record)
        ordered = sorted(first.values(), key=lambda one: hashlib.sha256(one.item.encode()).digest())
        self.items = [one for one in _by_turns(ordered) if one.reference.strip()]
        self.places = {one.item: place for place, one in enumerate(self.items)}
        self.evidence = evidence

    def from_place(self, start: int) -> list[ItemRecord]:
        """All questions, those from ``start`` on first."""
        turned = start % len(self.items) if self.items else 0
        return [*self.items[turned:], *self.items[:turned]]

    def given(self, item: ItemRecord, judgement: str) -> str:
        """An answer of a contestant that its keys judge so; empty where there is none."""
        answers = self.answers.get(item.item, [])
        return next((one.answer or "" for one in answers if one.judgement == judgement), "")

    def other(self, item: ItemRecord) -> str:
        """The answer of another fact that says nothing of what this one asks for; empty where there is none."""
        wanted = [key(text) for text in item.keys]
        for one in self.from_place(self.places[item.item] + 1):
            apart = one.group != item.group and normal(one.reference) != normal(item.reference)
            if apart and not any(asserts(own, one.reference) for own in wanted):
                return one.reference
        return ""

    def changed(self, item: ItemRecord) -> str:
        """The reference with its value replaced by one of the same kind; empty where it has none to replace."""
        for text in item.keys:
            found = re.search(re.escape(text), item.reference, re.IGNORECASE)
            value = self._instead(item, text) if found else ""
            if found and value:
                return item.reference[: found.start()] + value + item.reference[found.end() :]
        numbers = list(re.finditer(r"\d+", item.reference))
        if not numbers or item.slice == "untold":
            return ""
        last = numbers[-1]
        return item.reference[: last.start()] + str(int(last.group()) + 3) + item.reference[last.end() :]

    def _instead(self, item: ItemRecord, text: str) -> str:
        kind, known = key(text).kind, normal(f"{item.reference} {item.question}")
        for one in self.items:
            for other in one.keys if one.group != item.group else ():
                if key(other).kind == kind and normal(other) not in known and normal(text) not in normal(other):
                    return other
        return str(int(text) + 3) if text.isascii() and text.isdigit() else ""


def _by_turns(records: Sequence[ItemRecord]) -> Iterator[ItemRecord]:
    """One question of each fact, then a second of each: few cases are about as many facts as can be."""
    groups: dict[str, list[ItemRecord]] = {}
    for record in records:
        groups.setdefault(record.group, []).append(record)
    for turn in range(max(map(len, groups.values()), default=0)):
        yield from (same[turn] for same in groups.values() if turn < len(same))


def _case(book: _Book, item: ItemRecord, part: str, kind: str, first: str, second: str, wanted: str) -> Case | None:
    if not first.strip() or (part == "pairs" and not second.strip()):
        return None
    evidence, question = book.evidence.get(item.item, ""), prompts.asked_of(item.messages)
    name = f"{part}-{kind}-{item.item}"
    return Case(name, part, kind, item.item, item.group, question, item.reference, evidence, first, second, wanted)


def _against(second: Callable[[_Book, ItemRecord], str], wanted: str = "first") -> Callable[..., Case | None]:
    """A maker of pairs with the reference first."""

    def make(book: _Book, item: ItemRecord, part: str, kind: str) -> Case | None:
        return _case(book, item, part, kind, item.reference, second(book, item), wanted)

    return make


def _answers(book: _Book, item: ItemRecord, part: str, kind: str) -> Case | None:
    """A right and a wrong answer that contestants gave."""
    return _case(book, item, part, kind, book.given(item, "right"), book.given(item, "wrong"), "first")


def _also_false(book: _Book, item: ItemRecord) -> str:
    changed = book.changed(item)
    return f"{item.reference} {changed}" if changed else ""


def _made(change: Callable[[str], str]) -> Callable[[_Book, ItemRecord], str]:
    """Another fact's answer, ``change``d; empty where there is none."""
    return lambda book, item: change(other) if (other := book.other(item)) else ""


def _to_grade(answer: Callable[[_Book, ItemRecord], str]) -> Callable[..., Case | None]:
    def make(book: _Book, item: ItemRecord, part: str, kind: str) -> Case | None:
        return _case(book, item, part, kind, answer(book, item), "", _RIGHT_GRADES[kind])

    return make


_PAIR_MAKERS: dict[str, Callable[..., Case | None]] = {
    "answers": _answers,
    "other_fact": _against(lambda book, item: book.other(item)),
    "longer_wrong": _against(_made(prompts.padded)),
    "value_changed": _against(lambda book, item: book.changed(item)),
    "right_and_false": _against(_also_false),
    "told_to": _against(_made(prompts.pleading)),
    "same": _against(lambda book, item: item.reference, "tie"),
}
_GRADE_MAKERS: dict[str, Callable[..., Case | None]] = {
    "reference": _to_grade(lambda book, item: item.reference),
    "right_answer": _to_grade(lambda book, item: book.given(item, "right")),
    "wrong_answer": _to_grade(lambda book, item: book.given(item, "wrong")),
    "other_fact": _to_grade(lambda book, item: book.other(item)),
    "right_and_false": _to_grade(_also_false),
    "told_to": _to_grade(_made(prompts.pleading)),
}
