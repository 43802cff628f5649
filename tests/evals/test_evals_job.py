"""An evaluation on the real engine: resumable, reusing what is known, failures as records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import evals
from lab.engine.client import Engine
from lab.errors import DataError, EngineError, EvalError, ModelError
from lab.evals.choosing import choose
from lab.evals.keys import KeyBook
from lab.lab import Lab
from lab.records import Message, Row, Run, Version
from lab.runs import contestant

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
        keep_alive=False,
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


def test_what_was_never_told_is_a_slice_of_its_own_where_declining_is_right(lab: Lab) -> None:
    untold = replace(_row("How old is the aunt?", "I have not been told.", "aunt", "test"), tags=("should_decline",))
    trained = replace(_row("Who is the uncle?", "I do not know.", "uncle", "train"), tags=("should_decline",))
    version = _save(lab, untold, trained)
    found = {item.row.group: item.slice for item in choose(lab.datasets, version, [])}
    assert found["aunt"] == "untold" and "uncle" not in found
    book = KeyBook(lab.datasets.rows(version))
    said = {answer: book.judge(untold, answer) for answer in ("I do not know.", "She is 40.", "没有提到。")}
    assert {answer: one.kind for answer, one in said.items() if one} == {
        "I do not know.": "right",
        "She is 40.": "wrong",
        "没有提到。": "right",
    }


def test_what_cannot_be_asked_is_refused_before_anything_starts(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        _start(lab, "base")
    _save(lab)
    for models, require, kind in [
        ([], "", EvalError),
        (["ft-none"], "", EvalError),
        (["base:nothing"], "", ModelError),
        (["base+docs:family"], "", EvalError),
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


def test_answers_given_elsewhere_are_scored_from_a_file_that_may_be_gone_by_then(lab: Lab, tmp_path: Path) -> None:
    _save(lab)
    right, wrong = tmp_path / "right.jsonl", tmp_path / "wrong.jsonl"
    right.write_text(
        "".join(
            json.dumps({"question": f"tell me: {question.upper()}", "prediction": answer}) + "\n"
            for question, answer in FACTS.values()
        )
    )
    wrong.write_text(json.dumps({"id": "jim-test", "prediction": "Nobody."}) + "\n")
    job = _start(lab, f"file:{wrong}", f"file:{right}")
    right.unlink()
    assert lab.jobs.wait(job).state == "done", lab.jobs.log(job)
    records = {(one.item, one.contestant): one for one in evals.read_items(lab.workspace.job(job))}
    assert {records[item, f"file:{right}"].judgement for item in ("jim-test", "age-test")} == {"right"}
    assert records["jim-test", f"file:{wrong}"].judgement == "wrong"
    assert records["age-test", f"file:{wrong}"].error == "evals.no_prediction"
    board = evals.board(lab.workspace, evals.evaluations(lab.workspace)[0])
    row = board.row(f"file:{wrong}", "new_wording", "right")
    assert row is not None and (row.n, row.not_scored) == (1, 1)
    with pytest.raises(EngineError) as caught:
        lab.engine.answer(contestant(f"file:{wrong}", lab.runs, lab.datasets), (Message("user", "Who?"),))
    assert caught.value.key == "engine.only_a_file"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "evals.no_predictions"),
        ("not json\n", "evals.bad_prediction"),
        ('{"question": "Who?"}\n', "evals.bad_prediction"),
        ('{"question": "Who?", "prediction": "A"}\n{"question": "who", "prediction": "B"}\n', "evals.prediction_twice"),
    ],
)
def test_a_file_that_holds_no_answers_is_refused(text: str, key: str, lab: Lab, tmp_path: Path) -> None:
    _save(lab)
    file = tmp_path / "answers.jsonl"
    file.write_text(text)
    with pytest.raises(EvalError) as caught:
        _start(lab, f"file:{file}")
    assert caught.value.key == key and lab.jobs.all() == []
