"""An evaluation on the real engine: resumable, reusing what is known, failures as records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import evals
from lab.engine.client import Engine
from lab.errors import DataError, EngineError, EvalError, ModelError
from lab.evals.evaluation import choose
from lab.lab import Lab
from lab.records import Message, Row, Run, Version

FACTS = {"jim": ("Who is the older brother?", "Jim."), "age": ("How old is Mike?", "Mike is 8.")}


def _row(question: str, answer: str, group: str, split: str) -> Row:
    turns = (Message("user", question), Message("assistant", answer))
    return Row(f"{group}-{split}", turns, group, split)


def _save(lab: Lab, *extra: Row) -> Version:
    rows = [_row(question, answer, group, "train") for group, (question, answer) in FACTS.items()]
    rows += [_row(f"Tell me: {question}", answer, group, "test") for group, (question, answer) in FACTS.items()]
    saved = [*rows, *extra]
    return lab.datasets.save("family", saved, mode="remember", mode_reason="data.mode_few_facts", language="en")


@pytest.fixture
def lab_with_engine(lab: Lab) -> Iterator[Lab]:
    _save(lab)
    yield lab
    Engine(lab.workspace, lab.models, lab.runs).stop()


def _start(lab: Lab, *models: str, require: str = "") -> str:
    view = evals.start(
        lab.jobs,
        lab.datasets,
        lab.runs,
        dataset="family",
        models=list(models),
        models_folder=lab.models,
        require=require,
    )
    return view.id


def test_an_evaluation_from_start_through_stop_to_board(lab_with_engine: Lab) -> None:
    lab = lab_with_engine
    first = _start(lab, "base", "url:http://127.0.0.1:9/v1#none", require="right>=1.5")
    lab.jobs.stop(first)
    assert lab.jobs.wait(first).state in {"stopped", "done"}
    if lab.jobs.get(first).state == "stopped":
        lab.jobs.resume(first)
    done = lab.jobs.wait(first)
    assert done.state == "done", lab.jobs.log(first)

    records = list(evals.read_items(lab.workspace.job(first)))
    assert len({(r.item, r.contestant) for r in records}) == len(records) == 8
    answered = [r for r in records if r.contestant == "base"]
    assert all(r.answer and r.fingerprint and r.logprob is not None and r.judgement for r in answered)
    failed = [r for r in records if r.contestant != "base"]
    assert {r.error for r in failed} == {"engine.url_unreachable"} and all(r.answer is None for r in failed)

    board = evals.board(lab.workspace, evals.evaluations(lab.workspace)[0])
    row = board.row("base", "new_wording", "right")
    assert row is not None and (row.n, row.not_scored) == (2, 0)
    assert (board.errors, board.required) == (4, "cannot_tell"), "the other server said nothing"
    assert sum(board.counts["base"].values()) == 2

    second = _start(lab, "base", require="right>=1.5")
    assert lab.jobs.wait(second).state == "done"
    assert evals.board(lab.workspace, evals.evaluations(lab.workspace)[0]).required == "missed"
    again = {r.item: r for r in evals.read_items(lab.workspace.job(second))}
    assert all(again[r.item].answer == r.answer and again[r.item].reused == first for r in answered)


def test_an_evaluation_that_only_fails_is_a_failed_job(lab: Lab) -> None:
    _save(lab)
    job = _start(lab, "url:http://127.0.0.1:9/v1#none")
    view = lab.jobs.wait(job)
    assert (view.state, view.status.error) == ("failed", "engine.url_unreachable")


def test_slices_tell_new_wordings_from_unseen_facts(lab: Lab) -> None:
    version = _save(lab, _row("Where is the cat?", "On the sofa.", "cat", "test"))
    found = {(item.row.group, item.slice) for item in choose(lab.datasets, version, [])}
    assert found == {
        ("jim", "new_wording"),
        ("age", "new_wording"),
        ("cat", "unseen"),
        ("jim", "trained"),
        ("age", "trained"),
    }
    assert next(item.context for item in choose(lab.datasets, version, [], max_items=1))[0].role == "user"
    assert len(choose(lab.datasets, version, [], max_items=1)) == 2


def test_what_cannot_be_asked_is_refused_before_anything_starts(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        _start(lab, "base")
    _save(lab)
    for models, require, kind in [
        ([], "", EvalError),
        (["ft-none"], "", EvalError),
        (["base:nothing"], "", ModelError),
        (["base+docs:family"], "", EngineError),
        (["base"], "right", EvalError),
    ]:
        with pytest.raises(kind):
            _start(lab, *models, require=require)
    assert lab.jobs.all() == []


def test_a_question_a_run_was_trained_on_elsewhere_counts_as_trained(lab: Lab) -> None:
    version = _save(lab)
    asked = next(row for row in lab.datasets.rows(version, "test"))
    rows = [replace(asked, split="train")]
    other = lab.datasets.save("other", rows, mode="remember", mode_reason="", language="en")
    run = Run("r", "ft-other", "smollm2-135m", "aa", "lora", "bb", other.dataset, other.version, "2026-11-21T09:33:00Z")
    found = {item.row.id: item.slice for item in choose(lab.datasets, version, [run])}
    assert found[asked.id] == "trained"
    assert "trained" not in {item.slice for item in choose(lab.datasets, version, []) if item.row.id == asked.id}
