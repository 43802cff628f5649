"""``synth`` and ``reword`` as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_server import honest, price_list, serving
from typer.testing import CliRunner

from lab.cli import app
from lab.errors import DataError, JobError, LabError, UsageError
from lab.lab import Lab
from lab.settings import PROJECT, Settings
from lab.synth import Review

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
        assert row.document and row.status == "synthetic" and row.rule
        if row.rule == "unanswerable":
            continue
        assert row.evidence and datasets.document(version, row.document)[row.start : row.end] == row.evidence


def test_reword_prints_one_document(tmp_path: Path) -> None:
    _run(tmp_path, "synth", HANDBOOK, "--name", "handbook")
    said = json.loads(_run(tmp_path, "reword", "handbook", "--name", "more", "--per-row", "3", "--json"))
    assert set(said) == {"dataset", "version", "pairs", "rejected", "splits"}
    assert said["dataset"] == "more"
    assert said["pairs"] > 30


@pytest.mark.parametrize(
    ("arguments", "kind", "key"),
    [
        (["synth", HANDBOOK, "--name", "n", "--mode", "teacher"], UsageError, "synth_model.who_is_asked"),
        (["synth", HANDBOOK, "--name", "n", "--try"], UsageError, "synth.try_needs_model"),
        (
            ["synth", HANDBOOK, "--name", "n", "--mode", "teacher", "--teacher", "https://models.example.com"],
            UsageError,
            "synth_model.leaves_machine",
        ),
        (
            [
                "synth",
                HANDBOOK,
                "--name",
                "n",
                "--mode",
                "phrase",
                "--teacher",
                "127.0.0.1:9",
                "--key-env",
                "NOT_SET_X",
            ],
            JobError,
            "synth_model.no_key",
        ),
        (
            ["reword", "none", "--name", "n", "--teacher", "https://models.example.com"],
            UsageError,
            "synth_model.leaves_machine",
        ),
        (["synth", "--name", "n"], DataError, "synth.no_documents"),
        (["synth", "data:none", "--name", "n"], DataError, "data.no_such_dataset"),
        (["synth", HANDBOOK, "--name", "n", "--set", "speed=9"], UsageError, "fields.unknown"),
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


def test_a_teacher_that_is_left_alone_can_be_saved_later(tmp_path: Path) -> None:
    path = tmp_path / "camp.md"
    path.write_text(price_list(3), "utf-8")
    with serving(honest) as server:
        asked = ["synth", str(path), "--name", "camp", "--mode", "teacher", "--teacher", server.url, "--json"]
        asked += ["--share-unanswerable", "0"]
        tried = json.loads(_run(tmp_path, *asked, "--try"))
        assert (tried["parsed"], tried["pairs"], tried["pieces"]) == (True, 2, 3)
        assert tried["replies"][0].startswith("Q:") and tried["eta_seconds"] >= 0
        assert Lab(Settings(home=tmp_path)).jobs.all() == [], "nothing is kept of a trial"
        started = json.loads(_run(tmp_path, *asked, "--detach"))
        assert set(started) == {"job", "state"}
        lab = Lab(Settings(home=tmp_path))
        assert lab.jobs.wait(started["job"]).state == "done"
    said = json.loads(_run(tmp_path, "synth", "--from", started["job"], "--name", "camp", "--json"))
    assert (said["dataset"], said["pairs"], sum(said["splits"].values())) == ("camp", 6, 6)
    again = json.loads(_run(tmp_path, "synth", "data:camp", "--name", "again", "--json"))
    assert again["pairs"] > 0


def test_a_sample_is_understood(tmp_path: Path) -> None:
    assert json.loads(_run(tmp_path, "synth", "sample:handbook-zh", "--name", "n", "--json"))["pairs"] > 30


def test_a_share_of_questions_without_an_answer_can_be_asked_for(tmp_path: Path) -> None:
    _run(tmp_path, "synth", HANDBOOK, "--name", "n", "--share-unanswerable", "10", "--json")
    rows = list(Lab(Settings(home=tmp_path)).datasets.rows(Lab(Settings(home=tmp_path)).datasets.get("n")))
    declined = [row for row in rows if row.evidence is None]
    assert 0.05 <= len(declined) / len(rows) <= 0.12
    assert all(row.start is None and row.end is None and row.answer for row in declined)


def test_a_document_that_changed_makes_earlier_pairs_stale(tmp_path: Path) -> None:
    path = tmp_path / "inn.md"
    for rooms in (12, 14):
        path.write_text(f"# Inn\n\n- Rooms: {rooms}\n- Owner: Ada Berg\n", "utf-8")
        _run(tmp_path, "synth", str(path), "--name", "inn")
    states = [Review(job.folder).state() for job in Lab(Settings(home=tmp_path)).jobs.all("synth")]
    assert sorted(state.changed for state in states) == [(), ("inn.md",)]
