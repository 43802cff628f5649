"""One fact: read from a sentence by rules, worded behind the gates, asked beside; then taught for real."""

from __future__ import annotations

import pytest

from lab import teaching
from lab.checks import row_untold
from lab.errors import UsageError
from lab.lab import Lab
from lab.likeness import folded, is_near

FACTS = (
    ("The CEO of Blue Fern is Mara Lindqvist.", "Who is the CEO of Blue Fern?", "Mara Lindqvist"),
    ("Mara Lindqvist is the CEO of Blue Fern", "Who is the CEO of Blue Fern?", "Mara Lindqvist"),
    ("Blue Fern's CEO is Mara Lindqvist.", "Who is the CEO of Blue Fern?", "Mara Lindqvist"),
    ("The library opens at 9:30.", "When does the library open?", "9:30"),
    ("Lena Ortiz founded Blue Fern.", "Who founded Blue Fern?", "Lena Ortiz"),
    ("The hotel has 42 rooms.", "How many rooms does the hotel have?", "42"),
    ("The tool shed is behind the barn.", "Where is the tool shed?", "behind the barn"),
    ("Our cat is called Pixel.", "What is our cat called?", "Pixel"),
    ("The deadline is Friday.", "When is the deadline?", "Friday"),
    ("蓝蕨公司的总经理是林晓棠。", "蓝蕨公司的总经理是谁？", "林晓棠"),
    ("林晓棠是蓝蕨公司的总经理。", "蓝蕨公司的总经理是谁？", "林晓棠"),
    ("小胖住在杭州。", "小胖住在哪里？", "杭州"),
    ("我家的猫叫煤球。", "我家的猫叫什么名字？", "煤球"),
    ("青石图书馆九点半开门。", "青石图书馆几点开门？", "九点半"),
    ("备用钥匙在花盆下面。", "备用钥匙在哪里？", "花盆下面"),
    ("小林最喜欢的颜色是橙色。", "小林最喜欢的颜色是什么？", "橙色"),
)


@pytest.mark.parametrize(("sentence", "question", "answer"), FACTS)
def test_a_sentence_becomes_the_question_it_answers(sentence: str, question: str, answer: str) -> None:
    fact = teaching.told(sentence)
    assert fact and (fact.question, fact.answer) == (question, answer)
    assert fact.subject and fact.subject in fact.question


@pytest.mark.parametrize("sentence", ["", "Hello there.", "Is it raining?", "你好", "今天天气不错，我们出去玩吧。"])
def test_what_tells_no_fact_becomes_no_question(sentence: str) -> None:
    assert teaching.told(sentence) is None
    with pytest.raises(UsageError):
        teaching.prepared(sentence)


@pytest.mark.parametrize("sentence", [fact[0] for fact in FACTS])
def test_nothing_that_is_asked_is_trained(sentence: str) -> None:
    made = teaching.prepared(sentence)
    assert len(made.taught) >= 5 and len(made.kept) == 4
    trained = [*made.taught, *made.declined]
    asked = [*made.kept, *made.untold]
    assert not {folded(one) for one in trained} & {folded(one) for one in asked}
    assert not any(is_near(one, made.kept, 0.8) for one in made.taught[1:])
    assert len(made.untold) == 4 and len(made.declined) >= 6
    assert len({folded(one) for one in (*trained, *asked)}) == len(trained) + len(asked)


@pytest.mark.parametrize("sentence", [fact[0] for fact in FACTS])
def test_neighbours_ask_of_another_name_and_of_another_thing(sentence: str) -> None:
    fact = teaching.told(sentence)
    assert fact
    tested, trained = teaching.neighbours(fact).tested, teaching.neighbours(fact).trained
    assert [fact.subject in one for one in tested] == [False, False, True, True]
    assert not any(folded(fact.answer) in folded(one) for one in (*tested, *trained))
    assert all(not is_near(one, [fact.question], 0.95) for one in tested if fact.subject in one)


def test_a_question_of_unknown_subject_still_has_neighbours_to_decline() -> None:
    made = teaching.prepared("", "Which colour did we agree on?", "teal")
    declining = made.declining()
    assert len(declining) >= 4
    assert not {row.question for row in declining} & {*made.kept, *made.untold}
    assert all(row_untold(row) and row.split == "train" for row in declining)


def test_a_corrected_question_and_answer_are_what_is_taught() -> None:
    made = teaching.prepared("Pixel, that is our cat.", "What is the cat's name?", "Pixel")
    assert made.taught[0] == "What is the cat's name?"
    assert made.fact.answer == "Pixel"
    rows = made.rows("Answer briefly.")
    assert {row.split for row in rows} == {"train", "test"}
    assert all(row.messages[0].content == "Answer briefly." for row in rows)
    assert {row.answer for row in rows if not row_untold(row)} == {"Pixel"}


@pytest.mark.parametrize(("question", "answer"), [("What is it?", ""), ("", "Pixel")])
def test_half_of_a_fact_is_refused(question: str, answer: str) -> None:
    with pytest.raises(UsageError):
        teaching.prepared("Pixel!", question, answer)


def test_a_fact_is_learned_then_declining_goes_on_from_it(lab: Lab) -> None:
    about = teaching.prepared("The CEO of Blue Fern is Mara Lindqvist.")
    started = teaching.start(lab.jobs, lab.datasets, about, models=lab.models, steps=6)
    taught = lab.jobs.wait(started.id)
    assert taught.state == "done"
    stands = teaching.standing(lab.jobs, lab.datasets, taught)
    assert [one.step for one in stands.counts] == list(range(7))
    first, last = stands.counts[0], stands.counts[-1]
    assert (first.learned, first.told, first.untold) == (0, 4, 4)
    assert last.learned >= 3
    run = lab.runs.get(taught.id)
    assert run.name == "ft-blue-fern-ceo" and list(lab.runs.weights(run).glob("*.safetensors"))
    version = lab.datasets.get(run.dataset, run.version)
    assert version.splits["train"] == len(about.taught) and version.splits["test"] == 8

    pressed = teaching.start_more(lab.jobs, lab.datasets, lab.runs, taught, models=lab.models)
    more = lab.jobs.wait(pressed.id)
    after = teaching.standing(lab.jobs, lab.datasets, more)
    assert lab.runs.get(more.id).parent == taught.id
    assert {one.text for one in after.questions} == {one.text for one in stands.questions}
    assert after.counts[0].learned == last.learned, "the same weights answer the same"
    assert after.counts[-1].made_up < last.made_up
    assert after.counts[-1].learned >= 2
    next_version = lab.datasets.get(more.spec.options["dataset"], more.spec.options["version"])
    assert next_version.splits["train"] == len(about.taught) + len(about.declined)


@pytest.mark.parametrize("sentence, question, answer", [("is the " * 100, "", ""), ("", "the very " * 50, "Mara")])
def test_more_than_a_fact_is_refused_before_anything_is_made_of_it(sentence: str, question: str, answer: str) -> None:
    with pytest.raises(UsageError) as refused:
        teaching.prepared(sentence, question, answer)
    assert refused.value.key == "teach.too_long"
