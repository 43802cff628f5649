"""The runs shipped with the lab: small, whole, brought in once, and able to answer."""

from __future__ import annotations

import shutil

import pytest

from lab import catalog, evals
from lab.lab import Lab
from lab.recorded import RECORDED, bring_in
from lab.records import Message
from lab.runs import contestant


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
