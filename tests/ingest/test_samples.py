"""The shipped samples are what their descriptions say."""

from __future__ import annotations

import pytest

from lab import ingest, likeness, words
from lab.ingest.samples import FOLDER, Sample

ROWS = [sample for sample in ingest.samples() if sample.kind == "rows"]
FACTS = [sample for sample in ROWS if not sample.checks]
COUNTS = {
    "family-zh": (9, 27),
    "family-en": (9, 27),
    "travel-en": (26, 20),
    "travel-zh": (26, 20),
    "handbook-en-questions": (16, 32),
    "handbook-zh-questions": (16, 32),
}


def _planned(sample: Sample) -> ingest.Plan:
    return ingest.plan(ingest.read(sample.paths).rows)


def _named(sample: Sample) -> str:
    return sample.name


@pytest.mark.parametrize("sample", ingest.samples(), ids=_named)
def test_each_sample_reads_without_a_problem_and_has_its_words(sample: Sample) -> None:
    reading = ingest.read(sample.paths)
    assert reading.problems == []
    assert reading.language == sample.language
    assert bool(reading.rows) == (sample.kind == "rows")
    assert words.has(sample.key) and words.has(f"{sample.key}_about")


def test_every_data_file_is_listed() -> None:
    listed = {file for sample in ingest.samples() for file in (sample.file, *sample.documents)}
    assert listed == {path.name for path in FOLDER.iterdir() if path.suffix in {".jsonl", ".md"}} - {
        "README.md",
        "keep_alive.jsonl",
    }


@pytest.mark.parametrize("sample", ROWS, ids=_named)
def test_rows_are_split_as_described(sample: Sample) -> None:
    plan = _planned(sample)
    assert (plan.counts["train"], plan.counts["test"]) == COUNTS[sample.name]
    assert plan.mode == ("generalise" if sample.checks else "remember")
    assert plan.notes == ()


@pytest.mark.parametrize("sample", FACTS, ids=_named)
def test_every_fact_is_trained_and_its_keys_are_in_its_answers(sample: Sample) -> None:
    rows = _planned(sample).rows
    trained = {row.group for row in rows if row.split == "train"}
    assert {row.group for row in rows} == trained
    for row in rows:
        assert row.keys and any(key.casefold() in row.answer.casefold() for key in row.keys), row.question


@pytest.mark.parametrize("sample", ROWS, ids=_named)
def test_no_tested_wording_is_nearly_a_trained_one(sample: Sample) -> None:
    rows = _planned(sample).rows
    trained = [row for row in rows if row.split == "train"]
    for row in (row for row in rows if row.split == "test"):
        same_fact = [other.question for other in trained if other.group == row.group]
        assert not likeness.is_near(row.question, same_fact), row.question
        assert not likeness.is_near(row.question, [other.question for other in trained], 0.75), row.question


@pytest.mark.parametrize("name", ["family-zh", "family-en"])
def test_each_family_fact_has_three_rewordings_unlike_each_other(name: str) -> None:
    by_group: dict[str, list[str]] = {}
    for row in _planned(ingest.sample(name)).rows:
        by_group.setdefault(row.group, []).append(row.question)
    for questions in by_group.values():
        assert len(questions) >= 4
        for place, question in enumerate(questions):
            assert not likeness.is_near(question, questions[:place]), question


@pytest.mark.parametrize(("name", "trained", "tested"), [("travel-en", 10, 10), ("travel-zh", 12, 11)])
def test_enough_rows_exercise_the_rule_and_every_part_of_it(name: str, trained: int, tested: int) -> None:
    sample = ingest.sample(name)
    rows = _planned(sample).rows
    rule = sample.checks[0]
    assert ingest.exercised(rule, rows) == {"train": trained, "validation": 0, "test": tested}
    for row in rows:
        assert ingest.exercises(rule, row) == ("exercises-check" in row.tags), row.question
        assert row.answer.rstrip()[-1] in "?？"
        assert row.messages[0].role == "system"
