"""The runs shipped with the lab: small, whole, brought in once, and able to answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab import catalog, evals
from lab.lab import Lab
from lab.recorded import RECORDED, bring_in
from lab.records import Message
from lab.runs import contestant
from lab.workspace import Workspace, append_jsonl, read_json, read_jsonl, write_json


def test_recorded_adapters_stay_below_two_megabytes_and_name_no_folder_of_a_machine() -> None:
    adapters = list(RECORDED.glob("jobs/*/adapter/*.safetensors"))
    assert len(adapters) == 2 and all(path.stat().st_size < 2_000_000 for path in adapters)
    for path in RECORDED.rglob("*.json*"):
        assert '"/' not in path.read_text("utf-8"), path.name


def test_recorded_runs_are_brought_in_once_and_stay_deleted(lab: Lab) -> None:
    bring_in(lab.workspace)
    runs = lab.runs.all()
    assert {run.dataset for run in runs} == {"family-zh-recorded", "family-en-recorded"}
    assert all(run.recorded for run in runs) and all(version.recorded for version in lab.datasets.current())
    assert all(job.state == "done" for job in lab.jobs.all())
    shutil.rmtree(lab.workspace.job(runs[0].id))
    bring_in(lab.workspace)
    assert len(lab.runs.all()) == 1


def _shipped(folder: Path) -> Path:
    """A recording as small as can be: a data set everybody gets, and what only a lab that plays shows."""
    for name in (
        "datasets/all/head.json",
        "demo/datasets/fact/head.json",
        "demo/jobs/lesson/spec.json",
        "demo/chat/duels.jsonl",
    ):
        write_json(folder / name, {"version": "one", "id": "asked"})
    return folder


def test_what_only_a_demo_shows_is_gone_once_the_lab_is_opened_to_work_in(tmp_path: Path) -> None:
    shipped, workspace = _shipped(tmp_path / "recorded"), Workspace(tmp_path / "workspace")
    bring_in(workspace, shipped, demo=True)
    bring_in(workspace, shipped, demo=True)
    assert (workspace.jobs() / "lesson" / "spec.json").is_file() and (workspace.chat() / "duels.jsonl").is_file()
    bring_in(workspace, shipped)
    assert [path.name for path in workspace.datasets().iterdir()] == ["all"]
    assert not list(workspace.jobs().iterdir()) and not list(workspace.chat().iterdir())
    assert read_json(workspace.recorded()) == ["datasets/all"]


def test_what_is_one_s_own_stays_when_a_demo_ends(tmp_path: Path) -> None:
    shipped, workspace = _shipped(tmp_path / "recorded"), Workspace(tmp_path / "workspace")
    append_jsonl(workspace.chat() / "duels.jsonl", {"id": "mine"})
    bring_in(workspace, shipped, demo=True)
    assert [line["id"] for line in read_jsonl(workspace.chat() / "duels.jsonl")] == ["mine"]
    write_json(workspace.datasets() / "fact" / "head.json", {"version": "two"})
    bring_in(workspace, shipped)
    assert (workspace.datasets() / "fact").is_dir() and (workspace.chat() / "duels.jsonl").is_file()
    assert not (workspace.jobs() / "lesson").exists()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_recorded_scoreboard_is_better_by_its_own_records(lab: Lab, language: str) -> None:
    bring_in(lab.workspace)
    [one] = evals.evaluations(lab.workspace, f"family-{language}-recorded")
    board = evals.board(lab.workspace, one)
    assert evals.verdict(board).state == "improved"
    assert len(list(evals.read_items(lab.workspace.job(one.id)))) == sum(one.slices.values()) * 2


def test_a_recorded_run_answers_a_trained_question(lab: Lab) -> None:
    bring_in(lab.workspace)
    run = next(run for run in lab.runs.all() if run.dataset == "family-en-recorded")
    assert run.base_hash == catalog.content_hash(catalog.ensure(run.base, lab.models))
    try:
        said = lab.engine.answer(contestant(run.id, lab.runs, lab.datasets), (Message("user", "How old is Nora?"),))
    finally:
        lab.engine.stop()
    row = next(r for r in lab.datasets.rows(lab.datasets.get(run.dataset), "train") if r.question == "How old is Nora?")
    assert said.text.strip() == row.answer
