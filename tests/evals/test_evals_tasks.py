"""What answers are is told from the answers, and each kind has the figures that mean something for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.evals import tasks
from lab.evals.board import compute
from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.tasks import detect, fields_of, figures_of, label_of, number_of, vectors
from lab.evals.verdict import verdict
from lab.ingest import read
from lab.records import Contestant, Message, Row

LABELS = ("dog", "cat", "bird")
WANTED = ("cat", "cat", "dog", "dog", "dog", "bird", "bird", "cat", "dog", "bird", "cat", "dog")
SAID = ("cat", "dog", "dog", "dog", "none of them", "bird", "cat", "cat", "bird", "bird", "?", "dog")


def rows(*answers: str) -> list[Row]:
    return [
        Row(str(place), (Message("user", f"{place}?"), Message("assistant", answer)), str(place))
        for place, answer in enumerate(answers)
    ]


def figure(kind: str, pairs: list[tuple[str, str]], labels: tuple[str, ...] = ()) -> dict[str, float]:
    found = [vectors(kind, labels, said, wanted) for said, wanted in pairs]
    return {
        one.name: one.value(np.sum([one.part(v[one.vector]) for v in found if one.vector in v], axis=0))
        for one in figures_of(kind, labels)
    }


def test_label_figures_are_scikit_learns() -> None:
    """Computed by scikit-learn 1.9.1 over the same labels, ``zero_division=0``, an empty label for no label said."""
    found = figure("classification", list(zip(SAID, WANTED, strict=True)), LABELS)
    assert found == pytest.approx(
        {
            "accuracy": 0.5833333333333334,
            "macro_precision": 0.6944444444444443,
            "macro_recall": 0.5888888888888889,
            "macro_f1": 0.6349206349206349,
            "mcc": 0.4307760960892128,
        }
    )


def test_number_figures_are_scikit_learns_and_an_answer_without_number_is_not_a_zero() -> None:
    pairs = [("2.5", "3"), ("it is 0", "-0.5"), ("2", "2"), ("From 9 to 8", "7"), ("4", "4.2"), ("no idea", "5")]
    found = figure("number", pairs)
    assert found == pytest.approx({"mae": 0.44, "mse": 0.308, "r2": 0.9496600418410042, "has_number": 5 / 6})


def test_fields_are_counted_by_path() -> None:
    wanted = '{"name": "Ada", "born": {"year": 1815, "in": "London"}, "tags": ["a", "b"]}'
    said = '```json\n{"name": "ada", "born": {"year": 1815, "in": "Paris"}, "extra": 1}\n```'
    found = figure("fields", [(said, wanted), ("not json", wanted)])
    assert found == pytest.approx({"field_f1": 2 * 2 / (4 + 10), "valid_json": 0.5})
    assert fields_of("[1, 2]") is None and fields_of("[" * 100_000) is None


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("Dog.", "dog"),
        ("It is a cat", "cat"),
        ("A dog or a cat", ""),
        ("doghouse", ""),
        ("hot dog", "hot dog"),
        ("这是正面评价", "正面"),
        ("", ""),
    ],
)
def test_a_label_is_read_out_of_a_sentence_unless_there_are_two(answer: str, label: str) -> None:
    assert label_of(answer, (*LABELS, "hot dog", "正面", "负面")) == label


@pytest.mark.parametrize(
    ("answer", "number"),
    [("#### 72", 72.0), ("约 1,250 元", 1250.0), ("二十三岁", 23.0), ("-3.5 %", -3.5), ("none", None)],
)
def test_the_last_number_counts(answer: str, number: float | None) -> None:
    assert number_of(answer) == number


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["yes", "no"] * 10, "classification"),
        (["正面", "负面", "中性"] * 6, "classification"),
        ([str(n) for n in range(20)], "number"),
        ([f'{{"id": {n}}}' for n in range(20)], "fields"),
        ([f"Name number {n}" for n in range(20)], "short"),
        (["A long answer with more than eight words in it, number " + str(n) for n in range(20)], "free"),
        (["yes", "no"], "short"),
        ([], "free"),
    ],
)
def test_the_kind_of_task_is_told_from_the_answers(answers: list[str], kind: str) -> None:
    assert detect(rows(*answers)).kind == kind


@pytest.mark.parametrize(
    ("file", "kind", "labels"),
    [
        ("classification/banking77_train.csv", "classification", 77),
        ("derived/zh_toyhom_labtest_subset_alpaca.jsonl", "free", 0),
        ("azure_samples/aml_oai_v1_prompt_completion_train.jsonl", "classification", 2),
        ("stories/family_zh.jsonl", "short", 0),
    ],
)
def test_public_files_are_recognised(file: str, kind: str, labels: int, shared: Path) -> None:
    found = detect(read([shared / file]).rows)
    assert (found.kind, len(found.labels)) == (kind, labels)


def test_the_verdict_of_a_classification_is_about_accuracy() -> None:
    def record(place: int, who: str, said: str) -> ItemRecord:
        wanted = ("yes", "no")[place % 2]
        return ItemRecord(
            item=str(place),
            contestant=who,
            slice="unseen",
            group=str(place),
            messages=(Message("user", "?"),),
            reference=wanted,
            answer=said,
            vectors=vectors("classification", ("yes", "no"), said, wanted),
        )

    base, tuned = Contestant("base", "m"), Contestant("ft-x", "m", run="r")
    evaluation = Evaluation(
        "e", "d", "v", "2026", "en", (base, tuned), {}, {"unseen": 40}, task="classification", labels=("yes", "no")
    )
    records = [record(p, "base", "yes") for p in range(40)] + [
        record(p, "ft-x", ("yes", "no")[p % 2]) for p in range(40)
    ]
    board = compute(evaluation, records)
    assert board.headline == "accuracy" and tasks.TASKS[0] == "free"
    row = board.row("ft-x", "unseen", "mcc")
    assert row is not None and row.value == 1.0
    assert "accuracy goes from 20/40 (base) to 40/40 (ft-x)" in verdict(board).text("en")
    assert "准确率" in verdict(board).text("zh")
