"""The ``data`` commands, run as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab import cli, words
from lab.settings import PROJECT


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAB_LANG", "en")


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lab", *arguments])
    return cli.main()


def _json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    status = _run(monkeypatch, *arguments, "--json")
    return status, json.loads(capsys.readouterr().out)


def _rows(path: Path, *pairs: tuple[str, str]) -> str:
    path.write_text("".join(json.dumps({"question": q, "answer": a}) + "\n" for q, a in pairs), "utf-8")
    return str(path)


def test_check_has_the_documented_shape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _rows(tmp_path / "a.jsonl", ("Q?", "A"), ("R?", ""))
    status, said = _json(monkeypatch, capsys, "data", "check", file)
    assert status == 0
    assert (said["format"], said["rows_read"], said["rows_ok"], said["trainable"]) == ("question_answer", 2, 1, True)
    (problem,) = said["problems"]
    assert (problem["line"], problem["code"], problem["severity"], problem["fix"]) == (
        2,
        "empty_content",
        "error",
        None,
    )
    assert problem["message"] == words.say("data.empty_content", "en", role="assistant")


def test_check_refuses_what_cannot_be_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_text('{"question": "Only asked?"}\n')
    assert _run(monkeypatch, "data", "check", str(tmp_path / "a.jsonl"), "--json") == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["trainable"] is False
    assert "0 of 1" in captured.err


def test_add_has_the_documented_shape(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = _json(monkeypatch, capsys, "data", "add", "sample:family-en", "--name", "Our Family")
    assert status == 0
    assert (said["dataset"], said["rows"], said["mode"]) == ("our-family", 36, "remember")
    assert said["splits"] == {"train": 9, "validation": 0, "test": 27}
    assert said["problems"] == [] and len(said["version"]) == 12


def test_adding_the_same_rows_again_is_the_same_version(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    versions = {
        _json(monkeypatch, capsys, "data", "add", "sample:travel-en", "--name", "t")[1]["version"] for _ in range(2)
    }
    assert len(versions) == 1
    _, listed = _json(monkeypatch, capsys, "data", "list")
    assert [entry["dataset"] for entry in listed] == ["t"]


def test_split_shares_seed_and_mapping_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("frage,antwort\n" + "".join(f"q{i} {i * i},a{i}\n" for i in range(40)))
    options = ["--map", "question=frage,answer=antwort", "--split", "generalise", "--shares", "50/25/25", "--seed", "4"]
    _, said = _json(monkeypatch, capsys, "data", "add", str(table), "--name", "t", *options)
    assert said["mode"] == "generalise"
    assert sum(said["splits"].values()) == 40
    assert all(5 <= said["splits"][name] <= 15 for name in ("validation", "test"))


def test_a_chat_export_added_again_shows_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.jsonl"
    _json(monkeypatch, capsys, "data", "add", "sample:travel-zh", "--name", "one")
    status, said = _json(monkeypatch, capsys, "data", "export", "one", "--format", "chat", str(out))
    assert (status, said["rows"]) == (0, 46)
    _json(monkeypatch, capsys, "data", "add", str(out), "--name", "two")
    _, one = _json(monkeypatch, capsys, "data", "show", "one")
    _, two = _json(monkeypatch, capsys, "data", "show", "two")
    kept = ("messages", "group", "split", "tags")
    assert [[row[k] for k in kept] for row in one["records"]] == [[row[k] for k in kept] for row in two["records"]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_command_speaks_the_language(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAB_LANG", language)
    commands = [
        ("data", "list"),
        ("data", "samples"),
        ("data", "check", str(PROJECT / "data" / "family_zh.jsonl"), str(PROJECT / "data" / "handbook_en.md")),
        ("data", "add", "sample:travel-zh", "--name", "t", "--check", "max_words=80"),
        ("data", "list"),
        ("data", "show", "t"),
        ("data", "export", "t", "--format", "csv", str(tmp_path / "t.csv")),
    ]
    assert [_run(monkeypatch, *command) for command in commands] == [0] * len(commands)
    said = capsys.readouterr().out
    assert words.say("data.none_yet", language) in said
    assert words.say("data.check_exercised", language, check="不推荐", train=12, test=11) in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("data", "show", "nothing"),
        ("data", "export", "nothing", "out"),
        ("data", "add", "sample:nothing", "--name", "n"),
        ("data", "add", "missing.jsonl", "--name", "n"),
        ("data", "add", "sample:family-zh", "--name", "n", "--split", "half"),
        ("data", "add", "sample:family-zh", "--name", "n", "--shares", "all"),
        ("data", "add", "sample:family-zh", "--name", "n", "--check", "be nice"),
        ("data", "add", "sample:family-zh", "--name", "n", "--map", "question"),
        ("data", "add", "sample:handbook-en", "--name", "n"),
    ],
)
def test_a_refusal_is_one_sentence_and_status_one(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, *arguments) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and "Traceback" not in captured.err


def test_a_wrong_command_line_is_status_two_in_a_real_process(tmp_path: Path) -> None:
    environment = {**os.environ, "LAB_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "lab", "data", "add", "--nonsense"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env=environment, check=False)
    assert done.returncode == 2 and "--nonsense" in done.stderr and done.stdout == ""


def test_what_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _rows(tmp_path / "a.jsonl", ("Q?", "A"))
    assert _run(monkeypatch, "data", "add", file, "--name", " ") == 1
    assert _run(monkeypatch, "data", "add", file, "--name", "mine") == 0
    out = tmp_path / "out.jsonl"
    capsys.readouterr()
    for arguments, named in (
        (("data", "show", "mine", "--version", "nope"), "no version nope"),
        (("data", "show", "nobody", "--version", "nope"), "named nobody"),
        (("data", "export", "mine", str(out), "--split", "tests"), "tests"),
    ):
        assert _run(monkeypatch, *arguments) == 1
        assert named in capsys.readouterr().err
    assert not out.exists()
