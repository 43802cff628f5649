"""Questions to decline beside rows of facts: contrasts nothing answers, a share, a test of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.checks import row_untold
from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.ingest import read
from lab.likeness import folded, is_near
from lab.matching import declines
from lab.records import Message, Row
from lab.settings import PROJECT
from lab.synth import decline_dataset, unanswerable_rows
from lab.workspace import Workspace

FACTS = {
    "en": {
        "How old is Ada?": "Ada is 30 years old.",
        "What does Bruno do for a living?": "Bruno is a plumber.",
        "What is Ada's favourite song?": "Ada's favourite song is Yesterday.",
        "Where does Bruno live?": "Bruno lives in Graz.",
        "How much does the blue lamp cost?": "The blue lamp costs 40 euros.",
        "When does the library open?": "The library opens at nine.",
    },
    "zh": {
        "小明今年几岁？": "小明今年九岁。",
        "妈妈是做什么工作的？": "妈妈是医生。",
        "小明最喜欢吃什么？": "小明最喜欢吃面条。",
        "你家住在哪个城市？": "我家住在昆明。",
        "图书馆几点开门？": "图书馆九点开门。",
    },
}


def _rows(language: str, split: str = "train") -> list[Row]:
    return [
        Row(f"r{n}", (Message("user", question), Message("assistant", answer)), f"g{n}", split)
        for n, (question, answer) in enumerate(FACTS[language].items())
    ]


def _saved(tmp_path: Path, rows: list[Row], language: str = "en") -> Datasets:
    datasets = Datasets(Workspace(tmp_path))
    datasets.save("facts", rows, mode="remember", mode_reason="", language=language)
    return datasets


@pytest.mark.parametrize("language", ["en", "zh"])
def test_names_and_things_that_are_told_are_asked_apart(language: str) -> None:
    asked = [row.question for row in unanswerable_rows(_rows(language), 80)]
    told = {folded(question) for question in FACTS[language]}
    assert len(asked) >= 12 and not told & {folded(question) for question in asked}
    known = {"en": "Ada|Bruno", "zh": "小明|妈妈"}[language]
    of_known = [question for question in asked if re.search(known, question)]
    of_strangers = [question for question in asked if not re.search(known, question)]
    assert len(of_known) >= len(asked) // 3 and len(of_strangers) >= 3


@pytest.mark.parametrize(
    ("question", "answer", "never"),
    [
        ("What is Bruno's shoe size?", "Bruno wears 44.", "(?:Ada|Bruno).*shoe|shoe.*(?:Ada|Bruno)"),
        ("Who plays the piano?", "Bruno, who is 44 years old.", "How old is Bruno|Bruno's age|age is Bruno"),
        ("What did Ada sing?", "A song about hair.", r"\bhair\b"),
        ("Who is Otto?", "Otto is a neighbour of Ada.", "Otto"),
    ],
)
def test_what_any_row_tells_is_never_declined(question: str, answer: str, never: str) -> None:
    told = Row("t", (Message("user", question), Message("assistant", answer)), "t", "test")
    asked = [row.question for row in unanswerable_rows([*_rows("en"), told], 90)]
    assert len(asked) > 20
    assert [one for one in asked if re.search(never, one)] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_data_set_gets_its_share_and_a_test_of_other_things(tmp_path: Path, language: str) -> None:
    datasets = _saved(tmp_path, _rows(language), language)
    made = decline_dataset(datasets, "facts", "more", 60)
    rows = list(datasets.rows(made.version))
    train = [row for row in rows if row.split == "train" and row_untold(row)]
    test = [row for row in rows if row.split == "test"]
    assert (made.train, made.test) == (len(train), len(test)) and 58 <= made.share <= 62
    assert len(test) >= 3 and all(row_untold(row) for row in test)
    assert not [row.question for row in test if is_near(row.question, [one.question for one in train])]
    assert len({row.answer for row in (*train, *test)}) == 1 and declines(train[0].answer)
    assert [row for row in rows if not row_untold(row)] == _rows(language)
    assert made.version.parent == f"facts@{datasets.get('facts').version}"


def test_what_a_document_of_the_data_set_may_tell_is_not_declined(tmp_path: Path) -> None:
    datasets = Datasets(Workspace(tmp_path))
    told = {"notes.md": "Ada is tall, wears a size of shoes nobody sells, and is afraid of her dentist.\n"}
    datasets.save("facts", _rows("en"), mode="remember", mode_reason="", language="en", documents=told)
    made = decline_dataset(datasets, "facts", "more", 80)
    asked = [row.question for row in datasets.rows(made.version) if row_untold(row)]
    assert len(asked) > 15
    assert [one for one in asked if re.search("tall|shoe|afraid|dentist|Ada.*height", one)] == []


def test_the_share_counts_what_is_there_already(tmp_path: Path) -> None:
    datasets = _saved(tmp_path, _rows("en"))
    decline_dataset(datasets, "facts", "facts", 25)
    before = datasets.get("facts").splits["train"]
    again = decline_dataset(datasets, "facts", "facts", 50)
    rows = list(datasets.rows(again.version, "train"))
    assert sum(map(row_untold, rows)) == len(rows) / 2 and again.before == before and again.test == 0
    with pytest.raises(DataError) as refused:
        decline_dataset(datasets, "facts", "facts", 50)
    assert refused.value.key == "declining.enough"


@pytest.mark.parametrize("share", [0, -1, 81])
def test_a_share_that_cannot_be_is_refused(tmp_path: Path, share: int) -> None:
    with pytest.raises(UsageError) as refused:
        decline_dataset(_saved(tmp_path, _rows("en")), "facts", "more", share)
    assert refused.value.key == "declining.bad_share"


def test_rows_of_no_known_shape_say_what_to_do(tmp_path: Path) -> None:
    odd = [Row("1", (Message("user", "Sing."), Message("assistant", "La la la.")), "a", "train")]
    with pytest.raises(DataError) as refused:
        decline_dataset(_saved(tmp_path, odd), "facts", "more", 50)
    assert refused.value.key == "declining.nothing"


def test_many_facts_of_the_shipped_samples_are_never_contradicted() -> None:
    for language in ("en", "zh"):
        rows = read([PROJECT / "data" / f"family_{language}.jsonl"]).rows
        told = {folded(row.question) for row in rows}
        asked = [row.question for row in unanswerable_rows(rows, 80)]
        assert len(asked) > 60 and not told & {folded(question) for question in asked}
