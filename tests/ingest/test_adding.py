"""Files become frozen versions, and versions become files again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from lab import ingest
from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.records import Check, Row
from lab.workspace import Workspace


@pytest.fixture
def datasets(tmp_path: Path) -> Datasets:
    return Datasets(Workspace(tmp_path / "home"))


def _write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def _said(rows: list[Row]) -> list[object]:
    return [(row.messages, row.group, row.split, row.keys, row.tags) for row in rows]


@pytest.mark.parametrize("format", ["chat", "sharegpt", "alpaca"])
@pytest.mark.parametrize("name", [sample.name for sample in ingest.samples() if sample.kind == "rows"])
def test_an_export_read_back_gives_the_same_rows(datasets: Datasets, tmp_path: Path, format: str, name: str) -> None:
    version, _ = ingest.add(datasets, ingest.sample(name).paths, "first")
    count = ingest.export(datasets, version, format, tmp_path / "out.jsonl").rows
    again, problems = ingest.add(datasets, [tmp_path / "out.jsonl"], "second")
    assert count == version.rows and problems == []
    assert _said(list(datasets.rows(again))) == _said(list(datasets.rows(version)))
    assert again.mode == version.mode


def test_conversations_survive_the_formats_that_can_hold_them(datasets: Datasets, tmp_path: Path) -> None:
    turns = [{"role": role, "content": f"{role} {i}"} for i in range(3) for role in ("user", "assistant")]
    path = _write(tmp_path / "in.jsonl", {"messages": [{"role": "system", "content": "S"}, *turns]})
    version, _ = ingest.add(datasets, [path], "talk")
    for format in ("chat", "sharegpt", "alpaca"):
        ingest.export(datasets, version, format, tmp_path / format)
        assert ingest.read([tmp_path / format]).rows[0].messages == next(datasets.rows(version)).messages
    with pytest.raises(DataError):
        ingest.export(datasets, version, "prompt_completion", tmp_path / "no")
    assert not (tmp_path / "no").exists()


def test_a_csv_export_runs_no_formula(datasets: Datasets, tmp_path: Path) -> None:
    bad = ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "\t=1"]
    path = _write(tmp_path / "in.jsonl", *({"question": f"Q{i}", "answer": text} for i, text in enumerate(bad)))
    version, _ = ingest.add(datasets, [path], "formulas")
    ingest.export(datasets, version, "csv", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [row["answer"] for row in csv.DictReader(file)]
    assert cells == ["'" + text for text in bad]


def test_records_carry_everything_known_and_the_documents_beside(datasets: Datasets, tmp_path: Path) -> None:
    sample = ingest.sample("handbook-zh-questions")
    version, _ = ingest.add(datasets, sample.paths, "handbook")
    out = tmp_path / "records.jsonl"
    ingest.export(datasets, version, "records", out)
    records = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    wanted = {"messages", "group", "split", "file", "line", "document", "start", "end", "evidence", "rule", "status"}
    assert all(wanted <= set(record) and record["evidence"] is None for record in records)
    text = (tmp_path / "records.jsonl.documents" / "handbook_zh.md.txt").read_text("utf-8")
    assert text == sample.paths[1].read_text("utf-8")


def test_a_system_only_row_becomes_what_the_person_chooses(datasets: Datasets, tmp_path: Path) -> None:
    lone = {"messages": [{"role": "system", "content": "Facts."}]}
    path = _write(tmp_path / "in.jsonl", lone, {"question": "Q?", "answer": "A"})
    plain, problems = ingest.add(datasets, [path], "plain")
    assert [problem.code for problem in problems] == ["system_only", "nothing_to_test"]
    prompted, problems = ingest.add(datasets, [path], "prompted", fixes=("system_as_prompt",))
    assert prompted.system == "Facts." and prompted.version != plain.version
    assert [problem.code for problem in problems] == ["became_prompt", "nothing_to_test"]
    kept, _ = ingest.add(datasets, [path], "kept", fixes=("system_as_document",))
    assert [datasets.document(kept, name) for name in kept.documents] == ["Facts."]
    with pytest.raises(UsageError):
        ingest.add(datasets, [path], "x", fixes=("magic",))


def test_what_cannot_be_trained_is_refused_and_nothing_is_saved(datasets: Datasets, tmp_path: Path) -> None:
    prompts = _write(tmp_path / "p.jsonl", {"question": "Only asked?"})
    (tmp_path / "d.md").write_text("# Text\n\nProse.", "utf-8")
    mixed = _write(tmp_path / "m.jsonl", {"question": "Only asked?"}, ["no", "row"])
    cases = (prompts, "data.prompt_only"), (mixed, "data.nothing_usable"), (tmp_path / "d.md", "data.only_documents")
    for path, key in cases:
        with pytest.raises(DataError) as caught:
            ingest.add(datasets, [path], "none")
        assert caught.value.key == key
    assert datasets.names() == []


def test_a_check_without_a_row_that_exercises_it_is_told(datasets: Datasets, tmp_path: Path) -> None:
    path = _write(tmp_path / "in.jsonl", *({"question": f"Sight {i}?", "answer": "See it."} for i in range(3)))
    check = ingest.parse_check("must_not_recommend=hotels?,flights?")
    assert check == Check("must_not_recommend", "must_not_recommend", ("hotels?", "flights?"))
    version, problems = ingest.add(datasets, [path], "travel", checks=(check,))
    assert version.checks == (check,)
    assert "check_not_exercised" in [problem.code for problem in problems]


@pytest.mark.parametrize(
    "text", ["", "shout", "must_mention", "max_words=many", "ends_with_question=x", "must_mention=("]
)
def test_a_check_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        ingest.parse_check(text)
