"""The two kinds of split keep their promises, also for tiny sets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from lab import ingest, likeness
from lab.errors import UsageError
from lab.records import Message, Row


def _row(number: int, question: str, answer: str, group: str = "", split: str = "") -> Row:
    return Row(
        f"r{number}", (Message("user", question), Message("assistant", answer)), group, split, "f.jsonl", number + 1
    )


WORDINGS = ["How old is {}?", "What is the age of {}?", "Tell me the years {} has lived.", "Since when does {} live?"]
NAMES = ["Ada", "Bruno", "Chidi", "Dagny", "Eino", "Farah", "Goran", "Hilde", "Imre"]


def _facts(wordings: int) -> list[Row]:
    pairs = [(name, wording) for name in NAMES for wording in WORDINGS[:wordings]]
    return [_row(i, w.format(n), f"{n} is {NAMES.index(n) + 30}.", n) for i, (n, w) in enumerate(pairs)]


def test_nine_facts_of_one_wording_are_all_trained_and_there_is_nothing_to_test_with() -> None:
    plan = ingest.plan(_facts(1))
    assert plan.mode == "remember" and plan.reason == "data.reason_short_facts"
    assert plan.counts == {"train": 9, "validation": 0, "test": 0}
    assert [note.code for note in plan.notes] == ["nothing_to_test"]


@pytest.mark.parametrize("wordings", [2, 3, 4])
@pytest.mark.parametrize("seed", range(5))
def test_remember_trains_every_fact_and_tests_other_wordings(wordings: int, seed: int) -> None:
    plan = ingest.plan(_facts(wordings), seed=seed)
    trained = {row.group for row in plan.rows if row.split == "train"}
    tested = [row for row in plan.rows if row.split == "test"]
    assert trained == set(NAMES)
    assert len(tested) == 9
    for row in tested:
        same = [other.question for other in plan.rows if other.split == "train" and other.group == row.group]
        assert not likeness.is_near(row.question, same)


def test_wordings_near_a_trained_one_are_trained_and_counted() -> None:
    rows = [_row(0, "How old is Ada?", "30", "a"), _row(1, "How old is Ada now?", "30", "a")]
    plan = ingest.plan(rows, mode="remember")
    assert plan.counts == {"train": 2, "validation": 0, "test": 0}
    assert {note.code: note.values["count"] for note in plan.notes if "count" in note.values} == {
        "near_wording_trained": 1
    }


@pytest.mark.parametrize("seed", range(5))
def test_generalise_never_lets_a_group_cross(seed: int) -> None:
    plan = ingest.plan(_facts(4), mode="generalise", shares=(60, 20, 20), seed=seed)
    assert all(plan.counts.values())
    for name in NAMES:
        assert len({row.split for row in plan.rows if row.group == name}) == 1


def test_the_same_seed_gives_the_same_split_whatever_the_order() -> None:
    rows = [replace(row, group="") for row in _facts(1)]
    one = {row.id: row.split for row in ingest.plan(rows, mode="generalise", seed=3).rows}
    other = {row.id: row.split for row in ingest.plan(rows[::-1], mode="generalise", seed=3).rows}
    assert one == other
    splits = [tuple(r.split for r in ingest.plan(rows, mode="generalise", seed=seed).rows) for seed in range(8)]
    assert len(set(splits)) > 1


@pytest.mark.parametrize("mode", ["auto", "remember", "generalise"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_tiny_sets_always_have_something_to_train(mode: str, count: int) -> None:
    rows = [_row(i, f"Question number {i}?", "A long tale. " * 40) for i in range(count)]
    plan = ingest.plan(rows, mode=mode)
    assert plan.counts["train"] >= 1 and sum(plan.counts.values()) == count


def test_rows_that_carry_a_split_keep_it_and_the_rest_are_trained() -> None:
    rows = [_row(0, "a b c?", "x", "g", "train"), _row(1, "d e f?", "x", "g", "test"), _row(2, "h i j?", "y", "h")]
    plan = ingest.plan(rows)
    assert [row.split for row in plan.rows] == ["train", "test", "train"]
    assert plan.reason == "data.reason_file_tests_wordings"


def test_a_fact_that_the_file_only_tests_is_told() -> None:
    rows = [_row(0, "a b c?", "x", "g", "train"), _row(1, "d e f?", "y", "h", "test")]
    plan = ingest.plan(rows, mode="remember")
    assert [(note.code, note.values["group"]) for note in plan.notes] == [("never_taught", "h")]


def test_the_same_question_is_one_group_and_conversations_stand_alone() -> None:
    turn = (Message("user", "Hi?"), Message("assistant", "Yes."))
    rows = [_row(0, "What is IT?", "x"), _row(1, "what is it", "y"), replace(_row(2, "", ""), messages=turn * 2)]
    groups = [row.group for row in ingest.with_groups(rows)]
    assert groups[0] == groups[1] != groups[2]


@pytest.mark.parametrize(
    ("rows", "mode", "reason"),
    [
        ([_row(i, f"Topic {i}?", "word " * 80) for i in range(12)], "generalise", "reason_long_answers"),
        ([_row(i, f"Topic {i}?", f"answer {i}") for i in range(400)], "generalise", "reason_many_groups"),
        ([_row(i, f"Text number {i}", f"label {i % 2}") for i in range(30)], "generalise", "reason_labels"),
        ([_row(i, f"{i} " + "word " * 90, f"answer {i}") for i in range(12)], "generalise", "reason_long_questions"),
        ([_row(i, f"Who is number {i}?", f"It is {i}.") for i in range(12)], "remember", "reason_short_facts"),
    ],
)
def test_auto_chooses_by_what_the_data_is(rows: list[Row], mode: str, reason: str) -> None:
    plan = ingest.plan(rows)
    assert (plan.mode, plan.reason) == (mode, f"data.{reason}")


@pytest.mark.parametrize(("mode", "shares"), [("best", (80, 10, 10)), ("auto", (0, 50, 50)), ("auto", (80, 20))])
def test_an_impossible_split_is_refused(mode: str, shares: tuple[int, ...]) -> None:
    with pytest.raises(UsageError):
        ingest.plan(_facts(1), mode=mode, shares=shares)


def test_what_is_not_told_is_kept_back_whole_also_when_facts_are_remembered() -> None:
    facts = [_row(place, f"How old is person {place}?", f"{place + 5}.") for place in range(9)]
    untold = [
        replace(
            _row(place, f"Where does person {place} live?", "I was not told."),
            tags=("should_decline",),
            group=f"u{place}",
        )
        for place in range(9, 39)
    ]
    made = ingest.plan([*facts, *untold], mode="remember")
    assert {one.split for one in made.rows[:9]} == {"train"}
    declining = Counter(one.split for one in made.rows[9:])
    assert declining["test"] == pytest.approx(10, abs=4) and declining["train"] >= 12
    tested = {one.group for one in made.rows if one.split == "test"}
    assert tested.isdisjoint({one.group for one in made.rows if one.split == "train"})
    assert [one.split for one in ingest.plan([*facts, *untold[:2]], mode="remember").rows[9:]] == ["train", "train"]
