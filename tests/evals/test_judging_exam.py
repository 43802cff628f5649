"""The judge's exam, what its replies mean, and when it is believed; no judge is asked here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab.evals.evaluation import ItemRecord
from lab.evals.judging import exam, parsing
from lab.evals.judging.opinions import preferred
from lab.evals.judging.records import Case, JudgePlan, Said
from lab.evals.judging.reliability import FEWEST, PASS, standing
from lab.records import Message

FACTS = [("Who is the older brother?", "It is Jim.", "Jim"), ("谁最小？", "最小的是Tom。", "Tom")]
FACTS += [(f"How old is cousin {n}?", f"Cousin {n} is {40 + n} years old.", str(40 + n)) for n in range(10)]


def _records() -> list[ItemRecord]:
    made = []
    for place, (asked, reference, key) in enumerate(FACTS):
        for who, answer, kind in (("base", "Nobody knows.", "wrong"), ("tuned", f"{key}, I think.", "right")):
            turns = (Message("user", asked),)
            told = {"answer": answer, "judgement": kind, "keys": (key,)}
            made.append(ItemRecord(f"q{place}", who, "new_wording", f"fact{place}", turns, reference, **told))  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    ("text", "winner"),
    [
        ("REASON: shorter\nWINNER: A", "a"),
        ("**Winner:** B.", "b"),
        ("理由：一样\n胜者：平", "tie"),
        ("胜者：回答 A", "a"),
        ("WINNER: TIE", "tie"),
        ("<think>WINNER: A</think>\nWINNER: B", "b"),
        ("winner: a\nWINNER: A", "a"),
        ("I would say A is better.", ""),
        ("WINNER: A\nWINNER: B", ""),
        ("WINNER: neither", ""),
        ("A", ""),
        ("", ""),
    ],
)
def test_a_verdict_is_read_from_its_line_or_not_at_all(text: str, winner: str) -> None:
    side, why = parsing.winner(Said("x", "", text))
    assert side == winner and bool(why) is not bool(winner)


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("REASON: all there\nSCORE: 2", 2),
        ("评分：0", 0),
        ("Score: 1/2", 1),
        ("I'd say 8/10, with 3 errors.", None),
        ("SCORE: 8", None),
        ("SCORE: 1\nSCORE: 2", None),
    ],
)
def test_a_grade_is_never_fished_out_of_prose(text: str, grade: int | None) -> None:
    assert parsing.score(Said("x", "", text))[0] == grade


def test_a_reply_that_was_cut_or_never_came_says_so() -> None:
    assert parsing.winner(Said("x", "", "Let me think", cut=True))[1] == "judge.cut_short"
    assert parsing.winner(Said("x", "", error="engine.gone"))[1] == "engine.gone"


@pytest.mark.parametrize(
    ("forward", "backward", "winner", "agreed"),
    [("A", "B", "first", True), ("B", "A", "second", True), ("A", "A", "tie", False), ("TIE", "TIE", "tie", True)],
)
def test_a_pair_is_won_only_where_both_orders_agree(forward: str, backward: str, winner: str, agreed: bool) -> None:
    found = preferred(*(Said("x", "", f"WINNER: {side}") for side in (forward, backward)))
    assert (found.winner, found.agreed) == (winner, agreed)


def test_every_case_has_the_outcome_it_claims() -> None:
    cases = exam.cases(_records(), {"q2": "Cousin 0 turned 40."}, JudgePlan(exam=3))
    assert cases == exam.cases(_records(), {"q2": "Cousin 0 turned 40."}, JudgePlan(exam=3)), "the same every time"
    pairs = [case for case in cases if case.part == "pairs"]
    assert {case.kind for case in pairs} == set(exam.PAIR_KINDS)
    assert {case.kind for case in cases if case.part == "grades"} == set(exam.GRADE_KINDS)
    keys = {f"q{place}": key for place, (_, _, key) in enumerate(FACTS)}
    for case in pairs:
        assert keys[case.item] in case.first
        assert (case.first == case.second) == (case.kind == "same") == (case.wanted == "tie")
        if case.kind in {"other_fact", "longer_wrong", "told_to", "value_changed", "answers"}:
            assert keys[case.item] not in case.second, case
        if case.kind == "right_and_false":
            assert case.second.startswith(case.reference) and len(case.second) > len(case.reference)
    longer = {case.item: case for case in pairs if case.kind == "longer_wrong"}
    shorter = {case.item: case for case in pairs if case.kind == "other_fact"}
    assert longer.keys() == shorter.keys(), "length is told by the same wrong answers, long and as they are"
    assert all(len(longer[item].second) > 2 * len(longer[item].first) for item in longer)
    assert all(shorter[item].second in longer[item].second for item in longer)
    asked = {ask.id: ask for case in pairs for ask in exam.asks(case)}
    assert len(asked) == 2 * len(pairs)
    told = " ".join(message.content for ask in asked.values() for message in ask.messages)
    assert "tuned" not in told and "base" not in told, "the judge never learns who answered"


def _replies(cases: tuple[Case, ...], says: Callable[[Case, str], str]) -> dict[str, Said]:
    made = {}
    for case in cases:
        for place, ask in enumerate(exam.asks(case)):
            made[ask.id] = Said(ask.id, ask.asked, says(case, "ab" if place == 0 else "ba"))
    return made


def _perfect(case: Case, order: str) -> str:
    if case.part == "grades":
        return f"SCORE: {case.wanted[-1]}"
    return "WINNER: TIE" if case.wanted == "tie" else f"WINNER: {'A' if order == 'ab' else 'B'}"


def _first(case: Case, order: str) -> str:
    return "WINNER: A" if case.part == "pairs" else "SCORE: 2"


def _wordy(case: Case, order: str) -> str:
    sides = (case.first, case.second) if order == "ab" else (case.second, case.first)
    return "WINNER: TIE" if len(sides[0]) == len(sides[1]) else f"WINNER: {'AB'[len(sides[1]) > len(sides[0])]}"


def _silent(case: Case, order: str) -> str:
    return "Both are nice."


@pytest.mark.parametrize(
    ("says", "state", "because"),
    [
        (_perfect, "passed", set()),
        (_first, "withheld", {"judge.accuracy_low", "judge.choice_not_kept"}),
        (_wordy, "withheld", {"judge.accuracy_low"}),
        (_silent, "withheld", {"judge.replies_unreadable"}),
    ],
)
def test_a_judge_is_believed_by_its_marks(says: Callable[[Case, str], str], state: str, because: set[str]) -> None:
    cases = exam.cases(_records(), {}, JudgePlan())
    mark = exam.marks(cases, "pairs", _replies(cases, says))
    found = standing("pairs", mark)
    assert found.state == state and {reason.key for reason in found.reasons} == because
    for reason in found.reasons:
        assert reason.text("en") and reason.text("zh")
    assert mark is not None and mark.scored + sum(kind.not_scored for kind in mark.kinds) == mark.cases


def test_position_and_length_are_measured_apart() -> None:
    cases = exam.cases(_records(), {}, JudgePlan())
    first, wordy = (exam.marks(cases, "pairs", _replies(cases, says)) for says in (_first, _wordy))
    assert first and wordy and first.first_side[0] == first.first_side[1] > 0 and (first.first_side_p or 1) < 0.001
    assert wordy.first_side[0] * 2 == wordy.first_side[1] and wordy.same_choice[0] == wordy.same_choice[1]
    assert wordy.longer_lost[0] == wordy.longer_lost[1] > 0, "every long wrong answer won"
    assert wordy.longer_lost[0] > wordy.shorter_lost[0]


def test_an_exam_too_short_or_unfinished_tells_nothing() -> None:
    records = [record for record in _records() if record.group in {"fact0", "fact1"}]
    cases = exam.cases(records, {}, JudgePlan(exam=2))
    few = standing("pairs", exam.marks(cases[:3], "pairs", _replies(cases, _perfect)))
    assert few.state == "withheld" and few.reasons[0].key == "judge.exam_too_few"
    all_cases = exam.cases(_records(), {}, JudgePlan())
    replies = _replies(all_cases, _perfect)
    replies.pop(exam.asks(all_cases[0])[0].id)
    assert standing("pairs", exam.marks(all_cases, "pairs", replies)).state == "unfinished"
    pairs = [case for case in all_cases if case.part == "pairs"]
    silent = standing("pairs", exam.marks(all_cases, "pairs", _replies(tuple(pairs[:8]), _silent)))
    assert [reason.key for reason in silent.reasons] == ["judge.replies_unreadable", "judge.exam_ended"]
    assert {case.kind for case in pairs[:7]} == set(exam.PAIR_KINDS), "what was asked until then was about every kind"
    assert exam.cases([], {}, JudgePlan()) == ()
    assert FEWEST["pairs"] <= len(exam.PAIR_KINDS) * JudgePlan().exam and 0 < PASS["accuracy"] < 1
