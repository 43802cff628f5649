"""New wordings: the same meaning in other words, never near the test, in the group of their fact."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import ingest
from lab.errors import DataError
from lab.lab import Lab
from lab.likeness import NEAR, folded, likeness
from lab.records import Message, Row
from lab.settings import PROJECT
from lab.synth import reword, reword_dataset
from lab.synth.wording.rewording import keeps_meaning

QUESTIONS = [
    ("哥哥几岁?", "zh", {"哥哥的年龄是多少", "请问哥哥几岁"}),
    ("你家猫叫什么名字?", "zh", {"你们家猫叫什么", "您家猫该怎么称呼"}),
    ("老大最喜欢吃什么?", "zh", {"老大最爱吃什么", "老大最喜欢的食物是什么"}),
    ("老大是谁?", "zh", {"谁是老大", "老大是哪一位"}),
    ("小雨住在哪里？", "zh", {"小雨住哪儿"}),
    ("kitty平时喜欢做什么?", "zh", {"kitty平时爱做什么"}),
    ("How old is Lena?", "en", {"what is Lena's age", "do you know how old Lena is"}),
    ("What is the cat's name?", "en", {"what is the cat called", "what is the name of the cat"}),
    ("What does Tom like to eat?", "en", {"what food does Tom like", "can you tell me what Tom likes to eat"}),
    ("Who is the director?", "en", {"could you say who the director is"}),
]


@pytest.mark.parametrize(("question", "language", "some"), QUESTIONS)
def test_known_forms_are_worded_anew(question: str, language: str, some: set[str]) -> None:
    made = reword(question, language)
    assert {folded(text) for text in some} <= {folded(text) for text in made}
    assert folded(question) not in {folded(text) for text in made}
    assert len({folded(text) for text in made}) == len(made)
    assert made == reword(question, language)


@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("哪些不能带", "哪些能带", "zh"),
        ("10天内可以退吗", "20天内可以退吗", "zh"),
        ("JIM几岁", "Mike几岁", "zh"),
        ("what is not allowed", "what is allowed", "en"),
        ("how old is Lena", "how old is Tom", "en"),
        ("what is the price of 3 tickets", "what is the price of tickets", "en"),
    ],
)
def test_numbers_negation_and_names_stay(before: str, after: str, language: str) -> None:
    assert not keeps_meaning(before, after, language)


@pytest.mark.parametrize(
    "question", ["第3天不能退票吗？", "Is it not allowed to bring 2 dogs?", "「红楼」的作者是谁？"]
)
def test_every_wording_keeps_the_meaning(question: str) -> None:
    language = "en" if question.isascii() else "zh"
    made = reword(question, language)
    assert made
    assert all(keeps_meaning(question, text, language) for text in made)


def test_a_name_is_exchanged_only_where_the_answer_does_not_tell_it() -> None:
    names = {"老大": ["哥哥JIM"]}
    assert any("哥哥JIM" in text for text in reword("老大几岁?", "zh", names, "10岁"))
    assert not any("哥哥JIM" in text for text in reword("老大是谁?", "zh", names, "老大是哥哥JIM。"))


def _row(number: int, question: str, answer: str, split: str, group: str) -> Row:
    return Row(f"r{number}", (Message("user", question), Message("assistant", answer)), group, split)


def _save(lab: Lab, rows: list[Row], mode: str = "remember") -> None:
    lab.datasets.save("facts", rows, mode=mode, mode_reason="data.reason_chosen", language="zh")


def test_new_wordings_train_and_stay_away_from_the_test(lab: Lab) -> None:
    version, _ = ingest.add(lab.datasets, [PROJECT / "data" / "family_zh.jsonl"], "family")
    before = list(lab.datasets.rows(version))
    made = reword_dataset(lab.datasets, "family", "more", 6)
    after = list(lab.datasets.rows(made.version))
    new = [row for row in after if row.id not in {row.id for row in before}]
    assert [row for row in after if row not in new] == before
    assert len(new) == made.pairs >= 40
    answers = {row.group: row.answer for row in before}
    held = [row for row in before if row.split != "train"]
    for row in new:
        assert (row.split, row.rule, row.status) == ("train", "reword", "synthetic")
        assert row.answer == answers[row.group]
        assert all(likeness(row.question, other.question) < 0.8 for other in held)
        assert all(likeness(row.question, other.question) < NEAR for other in held if other.group == row.group)
    assert made.version.parent == f"family@{version.version}"
    assert made.version.mode == version.mode


def test_a_wording_near_a_test_wording_is_refused_and_counted(lab: Lab) -> None:
    _save(
        lab, [_row(1, "哥哥几岁？", "10岁。", "train", "g"), _row(2, "请问哥哥的年龄是多少？", "10岁。", "test", "g")]
    )
    made = reword_dataset(lab.datasets, "facts", "more", 24)
    assert made.rejected["near_test"] >= 1
    questions = {folded(row.question) for row in lab.datasets.rows(made.version, "train")}
    assert folded("哥哥的年龄是多少") not in questions


def test_without_a_test_one_wording_of_each_fact_is_kept_for_it(lab: Lab) -> None:
    _save(lab, [_row(1, "哥哥几岁？", "10岁。", "train", "a"), _row(2, "老二是谁？", "弟弟。", "train", "b")])
    version = reword_dataset(lab.datasets, "facts", "more", 4).version
    assert version.splits == {"train": 10, "validation": 0, "test": 2}
    rows = list(lab.datasets.rows(version))
    trained = [row for row in rows if row.split == "train"]
    for row in (row for row in rows if row.split == "test"):
        assert all(likeness(row.question, other.question) < NEAR for other in trained if other.group == row.group)
    assert reword_dataset(lab.datasets, "facts", "other", 4, test_wordings=0).version.splits["test"] == 0


def test_what_cannot_be_reworded_is_counted_or_refused(lab: Lab) -> None:
    turns = (*_row(0, "a?", "b", "train", "g").messages, Message("user", "and?"), Message("assistant", "c"))
    rows = [Row("t", turns, "g", "train"), _row(1, "哥哥几岁？", "10岁。", "train", "a")]
    _save(lab, rows)
    assert reword_dataset(lab.datasets, "facts", "more", 2).rejected["not_single_turn"] == 1
    _save(lab, rows[:1])
    with pytest.raises(DataError) as refused:
        reword_dataset(lab.datasets, "facts", "none", 2)
    assert refused.value.key == "synth.nothing_reworded"


def test_the_travel_voice_keeps_its_system_prompt(lab: Lab) -> None:
    ingest.add(lab.datasets, [Path(PROJECT / "data" / "travel_en.jsonl")], "travel")
    made = reword_dataset(lab.datasets, "travel", "more", 2)
    assert made.version.system
    assert made.version.system == lab.datasets.get("travel").system
