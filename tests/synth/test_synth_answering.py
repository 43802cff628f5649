"""A right answer is trained in other words, and the test stays a test."""

from __future__ import annotations

import pytest

from lab.errors import DataError
from lab.lab import Lab
from lab.likeness import NEAR, folded, is_near
from lab.records import Message, Row, Version


def _row(name: str, question: str, answer: str, group: str, split: str) -> Row:
    return Row(name, (Message("user", question), Message("assistant", answer)), group, split)


ROWS = {
    "en": [
        _row("a", "How old is Nora?", "Nora is 12 years old.", "age", "train"),
        _row("b", "What is Nora's age?", "Nora is 12 years old.", "age", "test"),
        _row("c", "Where do the Marlows live?", "In Bergen.", "home", "train"),
        _row("d", "What is the name of the dog?", "Rex.", "dog", "test"),
    ],
    "zh": [
        _row("a", "姐姐几岁？", "姐姐今年12岁。", "age", "train"),
        _row("b", "姐姐今年多大年纪？", "姐姐今年12岁。", "age", "test"),
        _row("c", "你家住在哪里？", "我家住在成都。", "home", "train"),
        _row("d", "小狗叫什么名字？", "小狗叫豆包。", "dog", "test"),
    ],
}


def _save(lab: Lab, language: str) -> Version:
    return lab.datasets.save(
        "family", ROWS[language], mode="remember", mode_reason="data.reason_short_facts", language=language
    )


@pytest.mark.parametrize(("language", "answer"), [("en", "Nora is 14 years old."), ("zh", "姐姐今年14岁。")])
def test_a_test_question_is_trained_in_other_words_and_never_in_its_own(lab: Lab, language: str, answer: str) -> None:
    first = _save(lab, language)
    asked = ROWS[language][1].question
    made = lab.answer("family", asked, answer, note="why")
    assert 1 <= len(made.added) <= 4 and made.was_tested and not made.was_held_out
    for row in made.added:
        assert (row.split, row.group, row.answer) == ("train", "age", answer)
        assert folded(row.question) != folded(asked) and not is_near(row.question, [asked], NEAR)
    assert made.version.parent == f"family@{first.version}" and made.version.note == "why"
    rows = {row.id: row for row in lab.datasets.rows(made.version)}
    assert rows["b"] == ROWS[language][1], "the test is as it was"
    assert made.corrected == 1 and rows["a"].answer == answer, "the fact is not trained with two answers"
    assert made.reference == ROWS[language][1].answer
    assert lab.datasets.get("family", first.version) == first


def test_a_fact_never_trained_says_that_it_is_from_now_on(lab: Lab) -> None:
    _save(lab, "en")
    made = lab.answer("family", "What is the name of the dog?", "Rex.")
    assert made.was_held_out and made.reference == "" and made.corrected == 0


def test_a_question_the_data_does_not_hold_becomes_a_row(lab: Lab) -> None:
    _save(lab, "en")
    made = lab.answer("family", "Which boat does the uncle sail?", "A dinghy.")
    assert [(row.question, row.split) for row in made.added] == [("Which boat does the uncle sail?", "train")]
    assert not made.was_tested


@pytest.mark.parametrize(
    ("question", "answer", "wordings", "key"),
    [
        ("What is Noras ages?", "14.", (), "answer.near_test"),
        ("How old is Nora?", "Nora is 12 years old.", ("What is Nora's age",), "answer.near_test"),
        ("What is Nora's age?", "14.", ("How old is Nora?",), "answer.there_already"),
        ("What is Nora's age?", " ", (), "answer.empty"),
        ("", "14.", (), "answer.empty"),
    ],
)
def test_what_would_spoil_the_test_is_refused_and_nothing_is_saved(
    lab: Lab, question: str, answer: str, wordings: tuple[str, ...], key: str
) -> None:
    first = _save(lab, "en")
    with pytest.raises(DataError) as refused:
        lab.answer("family", question, answer, wordings=wordings)
    assert refused.value.key == key
    assert lab.datasets.get("family") == first
