"""The ``data`` commands that keep, compare, change, join and give away data sets."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab import catalog, cli, words
from lab.settings import PROJECT, Settings


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LAB_LANG", "en")


class Lab:
    """Runs commands as a person would, in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def run(self, *arguments: str, status: int = 0) -> str:
        """What a command said, on stdout where it did its work, else on stderr."""
        self._monkeypatch.setattr(sys, "argv", ["lab", "data", *arguments])
        found = cli.main()
        said = self._capsys.readouterr()
        assert found == status, said.err
        return str(said.err if status else said.out)

    def json(self, *arguments: str) -> Any:
        """The document of a command."""
        return json.loads(self.run(*arguments, "--json"))


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lab:
    return Lab(monkeypatch, capsys)


def _file(path: Path, *pairs: tuple[str, str]) -> str:
    path.write_text("".join(json.dumps({"question": q, "answer": a}) + "\n" for q, a in pairs), "utf-8")
    return str(path)


def test_good_rows_bad_rows_and_problems_are_written_apart(lab: Lab, tmp_path: Path) -> None:
    rows = [{"question": f"Q{i}?", "answer": "" if i % 2 else f"A{i}"} for i in range(20)]
    path = tmp_path / "in.jsonl"
    lines = [*map(json.dumps, rows), '{"broken": ', '{"question": "only?"}']
    path.write_text("\n".join(lines), "utf-8")
    good, bad, problems = (tmp_path / name for name in ("good.jsonl", "bad.jsonl", "problems.csv"))
    lab.run("check", str(path), "--good", str(good), "--bad", str(bad), "--problems", str(problems))
    assert lab.json("check", str(good))["rows_ok"] == 10
    kept = [json.loads(line) for line in bad.read_text("utf-8").splitlines()]
    assert len(kept) == 12 and all(one["file"] == "in.jsonl" and one["reason"] for one in kept)
    assert [one["record"] for one in kept if one["code"] == "empty_content"] == [
        row for row in rows if not row["answer"]
    ]
    assert {one["line"]: one.get("text", one.get("record")) for one in kept if one["line"] > 20} == {
        21: '{"broken": ',
        22: {"question": "only?"},
    }
    with problems.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.DictReader(file))
    assert [row["line"] for row in told if row["code"] == "empty_content"] == [str(n) for n in range(2, 21, 2)]


def test_rows_are_paged_searched_and_narrowed(lab: Lab) -> None:
    lab.run("add", "sample:family-en", "--name", "f")
    whole = lab.json("show", "f")
    assert len(whole["records"]) == whole["total"] == 36
    page = lab.json("show", "f", "--first", "10", "--count", "5")
    assert [row["id"] for row in page["records"]] == [row["id"] for row in whole["records"][9:14]]
    tests = lab.json("show", "f", "--split", "test", "--count", "1")
    assert tests["total"] == 27 and tests["records"][0]["split"] == "test"
    found = lab.json("show", "f", "--search", "MARLOWS")
    assert 0 < found["total"] < 36
    assert "--first 3" in lab.run("show", "f", "--count", "2")
    assert words.say("data_cli.no_row_found", "en") in lab.run("show", "f", "--search", "nowhere to be found")
    assert "tests" in lab.run("show", "f", "--split", "tests", status=1)


def test_a_file_of_edits_makes_the_next_version_and_diff_tells_it(lab: Lab, tmp_path: Path) -> None:
    before = lab.json("add", "sample:travel-en", "--name", "t")
    rows = lab.json("show", "t", "--split", "train")["records"]
    edits = tmp_path / "edits.jsonl"
    wanted = [
        {"id": rows[0]["id"], "answer": "Only by day, and never in March. Shall we look at April?"},
        {"id": rows[1]["id"], "delete": True},
        {"id": rows[2]["id"], "tags": ["seen", "good"]},
        {
            "question": "What does a passport cost in Lisbon?",
            "answer": "Less than a tram ride. Which tram do you like?",
        },
    ]
    edits.write_text("\n".join(map(json.dumps, wanted)), "utf-8")
    after = lab.json("edit", "t", str(edits), "--note", "by hand")
    assert after["rows"] == before["rows"] and after["version"] != before["version"]
    assert after["parent"].endswith(before["version"])
    (told,) = [lab.json("diff", f"t@{before['version']}", "t")]
    assert {name: told["counts"][name] for name in ("added", "removed", "changed", "tagged")} == {
        "added": 1,
        "removed": 1,
        "changed": 1,
        "tagged": 1,
    }
    assert "→ Only by day" in lab.run("diff", f"t@{before['version']}", "t")
    assert lab.json("show", "t", "--tag", "seen")["total"] == 1


@pytest.mark.parametrize(
    "line",
    ["no json", "[]", '{"id": 3}', '{"question": "Q?"}', '{"id": "x", "tags": "a"}', '{"id": "none", "answer": "A"}'],
)
def test_what_is_no_edit_is_refused_and_nothing_is_saved(lab: Lab, tmp_path: Path, line: str) -> None:
    version = lab.json("add", "sample:travel-en", "--name", "t")["version"]
    (tmp_path / "edits.jsonl").write_text(line + "\n", "utf-8")
    said = lab.run("edit", "t", str(tmp_path / "edits.jsonl"), status=1)
    assert said.count("\n") == 1
    assert lab.json("show", "t", "--count", "1")["version"] == version
    assert "missing.jsonl" in lab.run("edit", "t", str(tmp_path / "missing.jsonl"), status=1)


def test_deleting_says_what_depends_on_it_and_can_be_undone(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.run("add", "sample:travel-en", "--name", "t")
    lab.run("add", "sample:family-en", "--name", "f")
    lab.run("merge", "t", "f", "--name", "both")
    assert "--yes" in lab.run("delete", "t", "--json", status=1)
    gone = lab.json("delete", "t", "--yes")
    assert [one["name"] for one in gone["depended"]] == ["both"]
    assert {one["dataset"] for one in lab.json("list")} == {"f", "both"}
    assert [one["id"] for one in lab.json("restore")] == [gone["id"]]
    assert lab.json("restore", gone["id"])["dataset"] == "t"
    assert {one["dataset"] for one in lab.json("list")} == {"t", "f", "both"}
    lab.run("restore", "nothing", status=1)
    assert words.say("data_cli.trash_empty", "en") in lab.run("restore")


def test_a_person_is_asked_before_something_is_deleted(tmp_path: Path) -> None:
    environment = {**os.environ, "LAB_HOME": str(tmp_path / "home"), "LAB_LANG": "en"}

    def run(*arguments: str, answer: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lab", "data", *arguments]
        return subprocess.run(
            command, input=answer, capture_output=True, text=True, cwd=PROJECT, env=environment, check=False
        )

    assert run("add", "sample:travel-en", "--name", "t", answer="").returncode == 0
    done = run("delete", "t", answer="n\n")
    assert done.returncode == 1 and "Nothing depends on t" in done.stdout and "Nothing was deleted" in done.stdout


def test_conflicts_are_shown_before_a_merge_and_settled_by_the_policy(lab: Lab, tmp_path: Path) -> None:
    lab.run("add", _file(tmp_path / "a.jsonl", ("Who came?", "Ann."), ("Why now?", "So.")), "--name", "a")
    lab.run("add", _file(tmp_path / "b.jsonl", ("Who came?", "Ben."), ("Where to?", "There.")), "--name", "b")
    told = lab.json("merge", "a", "b")
    assert told["counts"]["answer"] == 1
    assert {row["dataset"] for row in told["shown"][0]["rows"]} == {"a", "b"}
    assert {one["dataset"] for one in lab.json("list")} == {"a", "b"}
    for policy, answers in (("first", {"Ann."}), ("second", {"Ben."}), ("both", {"Ann.", "Ben."}), ("neither", set())):
        lab.run("merge", "a", "b", "--name", f"m-{policy}", "--policy", policy)
        records = lab.json("show", f"m-{policy}")["records"]
        assert {
            row["messages"][-1]["content"] for row in records if row["messages"][0]["content"] == "Who came?"
        } == answers
    assert lab.run("merge", "a", "--name", "x", status=1) and lab.run(
        "merge", "a", "b", "--name", "x", "--policy", "best", status=1
    )


def test_own_files_are_never_trained(lab: Lab, tmp_path: Path) -> None:
    train = _file(tmp_path / "a.jsonl", *((f"What is item {i} of {i * 7}?", f"It is {i}.") for i in range(12)))
    held = _file(tmp_path / "t.jsonl", ("Which colour has the sea?", "Blue."), ("Who wrote it down?", "Nobody did."))
    made = lab.json("add", train, "--test", held, "--name", "own", "--split", "generalise")
    assert made["splits"]["test"] == 2
    assert {row["file"] for row in lab.json("show", "own", "--split", "test")["records"]} == {"t.jsonl"}


def test_the_health_and_the_rules_are_told(lab: Lab, tmp_path: Path) -> None:
    lab.run("add", "sample:travel-en", "--name", "t")
    health = lab.json("health", "t")
    assert health["rows"] == 46 and 0 <= health["score"] <= 100 and health["parts"]
    assert str(health["score"]) in lab.run("health", "t").splitlines()[0]
    file = _file(tmp_path / "a.jsonl", *[("Mail me?", "Write to ann.lee@kontor-nord.de.")] * 3)
    assert [hint["kind"] for hint in lab.json("health", file)["hints"]] == ["email"]
    rules = lab.json("rules")
    assert {"invalid_json", "duplicate"} <= {rule["code"] for rule in rules["rules"]}
    assert "drop_duplicates" in {fix["code"] for fix in rules["fixes"]}
    assert "drop_duplicates" in lab.run("rules")


def test_a_repair_is_made_when_asked_for(lab: Lab, tmp_path: Path) -> None:
    file = _file(tmp_path / "a.jsonl", ("Q?", "A."), ("Q?", "A."), ("R?", "B."))
    assert "--fix drop_duplicates" in lab.run("check", file)
    assert lab.json("check", file, "--fix", "drop_duplicates")["rows_ok"] == 2
    assert lab.json("add", file, "--name", "a", "--fix", "drop_duplicates")["rows"] == 2
    lab.run("check", file, "--fix", "magic", status=1)


def test_a_job_adds_what_is_told_to_run_alone(lab: Lab, tmp_path: Path) -> None:
    file = _file(tmp_path / "a.jsonl", *((f"What is item {i}?", f"It is {i}.") for i in range(12)))
    started = lab.json("add", file, "--name", "later", "--detach")
    environment = {**os.environ, "LAB_LANG": "en"}
    command = [sys.executable, "-m", "lab", "jobs", "logs", started["job"], "--follow"]
    subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True, timeout=120)
    assert [one["dataset"] for one in lab.json("list")] == ["later"]


def test_the_model_sees_what_is_shown(lab: Lab) -> None:
    if catalog.find(catalog.BUNDLED, Settings.read().models_folder) is None:
        pytest.skip("the bundled model is not fetched")
    lab.run("add", "sample:family-en", "--name", "f")
    said = lab.run("render", "f", "--row", "2")
    sequence = lab.json("render", "f", "--row", "2")["sequences"][0]
    trained = "".join(piece["text"] for piece in sequence["tokens"] if piece["trained"])
    shown = said.split("⟦")[1].split("⟧")[0].replace("│", "")
    assert shown == trained and sequence["text"] == "".join(piece["text"] for piece in sequence["tokens"])
    assert "no row 99" in lab.run("render", "f", "--row", "99", status=1)
    assert "python -m lab fetch" in lab.run("render", "f", "--base", "hub:o/none", status=1)


def test_an_export_to_a_folder_has_a_file_for_each_split(lab: Lab, tmp_path: Path) -> None:
    lab.run("add", "sample:family-en", "--name", "f")
    made = lab.json("export", "f", f"{tmp_path / 'out'}/", "--format", "parquet")
    assert [Path(path).name for path in made["files"]] == ["train.parquet", "test.parquet"] and made["rows"] == 36
    talk = [{"role": role, "content": f"{role} {i}"} for i in range(2) for role in ("user", "assistant")]
    (tmp_path / "talk.jsonl").write_text(
        json.dumps({"messages": talk}) + "\n" + json.dumps({"q": "Q?", "a": "A"}), "utf-8"
    )
    lab.run("add", str(tmp_path / "talk.jsonl"), "--name", "talk")
    said = lab.run("export", "talk", str(tmp_path / "talk.csv"), "--format", "csv")
    assert "1 row has several turns" in said and "talk.csv.not-written.jsonl" in said
