"""``synth`` and ``reword`` as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab.cli import app
from lab.errors import DataError, LabError, UsageError
from lab.lab import Lab
from lab.settings import PROJECT, Settings

HANDBOOK = str(PROJECT / "data" / "handbook_zh.md")


def _run(home: Path, *arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), env={"LAB_HOME": str(home), "LAB_LANG": "en"})
    if isinstance(result.exception, LabError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_synth_prints_one_document_and_saves_what_it_says(tmp_path: Path) -> None:
    said = json.loads(_run(tmp_path, "synth", HANDBOOK, "--name", "handbook", "--json"))
    assert set(said) == {"dataset", "version", "pairs", "rejected", "splits"}
    datasets = Lab(Settings(home=tmp_path)).datasets
    version = datasets.get("handbook")
    rows = list(datasets.rows(version))
    assert (version.version, said["pairs"], sum(said["splits"].values())) == (said["version"], len(rows), len(rows))
    for row in rows:
        assert row.document and row.evidence and row.status == "synthetic" and row.rule
        assert datasets.document(version, row.document)[row.start : row.end] == row.evidence


def test_reword_prints_one_document(tmp_path: Path) -> None:
    _run(tmp_path, "synth", HANDBOOK, "--name", "handbook")
    said = json.loads(_run(tmp_path, "reword", "handbook", "--name", "more", "--per-row", "3", "--json"))
    assert set(said) == {"dataset", "version", "pairs", "rejected", "splits"}
    assert said["dataset"] == "more"
    assert said["pairs"] > 30


@pytest.mark.parametrize(
    ("arguments", "kind", "key"),
    [
        (["synth", HANDBOOK, "--name", "n", "--mode", "teacher"], DataError, "synth.only_extract"),
        (["synth", HANDBOOK, "--name", "n", "--mode", "magic"], UsageError, "fields.not_a_choice"),
        (["reword", "none", "--name", "n"], DataError, "data.no_such_dataset"),
        (["reword", "none", "--name", "n", "--per-row", "0"], UsageError, "synth.bad_per_row"),
        (["synth", str(PROJECT / "data" / "family_zh.jsonl"), "--name", "n"], DataError, "synth.no_documents"),
    ],
)
def test_refusals_are_sentences(tmp_path: Path, arguments: list[str], kind: type[LabError], key: str) -> None:
    with pytest.raises(kind) as refused:
        _run(tmp_path, *arguments)
    assert refused.value.key == key
    assert refused.value.sentence("zh") and refused.value.sentence("en")


def test_a_document_without_questions_says_what_would_help(tmp_path: Path) -> None:
    path = tmp_path / "plain.md"
    path.write_text("We went there and came back.\n")
    with pytest.raises(DataError) as refused:
        _run(tmp_path, "synth", str(path), "--name", "n")
    assert refused.value.key == "synth.nothing_found"
