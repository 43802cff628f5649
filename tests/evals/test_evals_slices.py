"""Which questions are asked of whom, and the general ones that show what was forgotten."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lab import evals
from lab.errors import EvalError
from lab.evals import keepalive
from lab.evals.choosing import CROSS_SAMPLE, TRAINED_SAMPLE, choose, elsewhere, is_asked
from lab.evals.earlier import Earlier
from lab.evals.evaluation import KEEP_ALIVE, ItemRecord, add_item
from lab.jobs.lock import holder, is_held
from lab.lab import Lab
from lab.records import Contestant, Message, Row, Version
from lab.workspace import write_jsonl

TEXT = "# Hours\n\nThe shop opens at nine.\n\n# Place\n\nThe shop stands in Elm Street.\n"


def _row(name: str, question: str, answer: str, group: str, split: str, at: str = "") -> Row:
    turns = (Message("user", question), Message("assistant", answer))
    row = Row(name, turns, group, split)
    if not at:
        return row
    start = TEXT.index(at)
    return replace(row, document="shop.md", start=start, end=start + len(at), evidence=at)


def _save(lab: Lab, name: str, rows: list[Row], documents: dict[str, str] | None = None) -> Version:
    return lab.datasets.save(
        name, rows, mode="generalise", mode_reason="data.mode_few_facts", language="en", documents=documents
    )


def test_an_unseen_fact_is_asked_with_its_passage_and_a_sample_of_them_without(lab: Lab) -> None:
    opens = _row("opens", "When does the shop open?", "At nine.", "hours", "test", "The shop opens at nine.")
    bare = _row("bare", "Who owns the shop?", "Ann.", "owner", "test")
    many = [replace(opens, id=f"more{n}", group=f"g{n}") for n in range(2 * TRAINED_SAMPLE)]
    rows = [_row("place", "Where is it?", "Elm Street.", "place", "train"), opens, bare, *many]
    items = choose(lab.datasets, _save(lab, "shop", rows, {"shop.md": TEXT}), [])
    counts = Counter(item.slice for item in items)
    assert counts["with_passage"] == 1 + len(many) and counts["unseen"] == 1 + TRAINED_SAMPLE
    first = next(item for item in items if item.slice == "with_passage")
    assert "opens at nine" in first.asked[-1].content and "Elm Street" not in first.asked[-1].content
    assert first.context == opens.messages[:1], "the record keeps the question as it stands in the data"
    assert len({item.row.id for item in items}) == len(items)
    reader = Contestant("base+docs:shop", "smollm2-135m", documents="shop@v", whole=True)
    assert first.by(reader).documents is None
    alone = next(item for item in items if item.row.id == "bare")
    assert (alone.slice, alone.by(reader)) == ("unseen", reader)


def test_another_data_set_is_asked_up_to_a_limit_and_without_what_was_trained(lab: Lab) -> None:
    here = _save(lab, "here", [_row("a", "Who is it?", "Ann.", "a", "train")])
    rows = [_row("b0", "who is it", "Bob.", "b", "test"), _row("b1", "What is it?", "A cat.", "b", "train")]
    rows += [_row(f"c{n}", f"How many are {n}?", f"{n}.", f"c{n}", "test") for n in range(2 * CROSS_SAMPLE)]
    items = elsewhere(lab.datasets, _save(lab, "there", rows), [], here)
    assert len(items) == CROSS_SAMPLE and {item.slice for item in items} == {"cross_domain"}
    assert "b0" not in {item.row.id for item in items}
    assert len(elsewhere(lab.datasets, lab.datasets.get("there"), [], here, max_items=3)) == 3


@pytest.mark.parametrize(
    ("contestant", "slice_name", "expected"),
    [
        (Contestant("base", "b"), KEEP_ALIVE, True),
        (Contestant("ft", "b", run="r"), KEEP_ALIVE, True),
        (Contestant("base+prompt:x", "b", system="Be kind."), KEEP_ALIVE, False),
        (Contestant("base+docs:x", "b", documents="x@1"), KEEP_ALIVE, False),
        (Contestant("url:x", "b", url="http://127.0.0.1:1/v1"), KEEP_ALIVE, False),
        (Contestant("url:x", "b", url="http://127.0.0.1:1/v1"), "cross_domain", True),
        (Contestant("file:x", "b", url="file:x"), "cross_domain", False),
        (Contestant("file:x", "b", url="file:x"), "new_wording", True),
    ],
)
def test_who_is_asked_what(contestant: Contestant, slice_name: str, expected: bool) -> None:
    assert is_asked(contestant, slice_name) is expected


def test_the_general_questions_are_about_fifty_half_in_each_language_and_their_own_answers_are_right() -> None:
    items = {tongue: keepalive.items([tongue]) for tongue in ("zh", "en")}
    assert all(24 <= len(found) <= 28 for found in items.values())
    every = [item.row for found in items.values() for item in found]
    assert len({row.id for row in every}) == len(every) == len(keepalive.items(["en", "zh"]))
    assert [row.id for row in every if keepalive.judge(row, row.answer).kind != "right"] == []
    assert [row.id for row in every if keepalive.judge(row, "").kind == "right"] == []
    rambling = "I went to the market and then I walked home with my friend, who told me a long story about it."
    assert [row.id for row in every if keepalive.judge(row, rambling).kind == "right"] == []


def test_an_answer_is_found_again_by_what_decided_it_and_read_only_then(lab: Lab) -> None:
    record = ItemRecord("i", "base", "unseen", "g", (Message("user", 'say "asked": "ff"'),), "r", answer="yes")
    for name, answer in (("1-eval", "old"), ("2-eval", "new"), ("3-eval", "own")):
        lab.workspace.job(name).mkdir(parents=True)
        add_item(lab.workspace.job(name), replace(record, asked="ab12", answer=answer))
    add_item(lab.workspace.job("2-eval"), replace(record, asked="cd34", answer=None, error="engine.gone"))
    add_item(lab.workspace.job("2-eval"), replace(record, asked="ee56", repeat=1))
    found = Earlier(lab.workspace, "3-eval")
    again = found.find("ab12")
    assert again is not None and (again.answer, again.reused) == ("new", "2-eval")
    assert found.find("cd34") is None and found.find("ff") is None and found.find("ee56") is None


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"repeats": 1}, "evals_slices.bad_repeats"),
        ({"repeats": 99}, "evals_slices.bad_repeats"),
        ({"repeats": 3, "temperature": 0.0}, "evals_slices.bad_temperature"),
        ({"also": "here"}, "evals_slices.also_itself"),
        ({"also": "plain"}, "evals_slices.also_untested"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_starts(lab: Lab, options: dict[str, object], key: str) -> None:
    _save(lab, "plain", [_row("a", "Who?", "Ann.", "a", "train")])
    _save(lab, "here", [_row("b", "Who?", "Ann.", "b", "test")])
    with pytest.raises(EvalError) as caught:
        _start(lab, "base", **options)
    assert caught.value.key == key and lab.jobs.all() == []


def test_an_evaluation_killed_midway_goes_on_where_it_was(lab: Lab, tmp_path: Path) -> None:
    count = 800
    rows = [_row(f"r{n}", f"Question {n}?", f"Answer {n}.", f"g{n}", "test") for n in range(count)]
    _save(lab, "here", [replace(row, keys=(row.answer,)) for row in rows])
    file = tmp_path / "answers.jsonl"
    write_jsonl(file, [{"id": f"r{n}", "prediction": f"Answer {n}."} for n in range(count)])
    job = _start(lab, f"file:{file}")
    items = lab.workspace.job(job) / "items.jsonl"
    while not items.exists() or items.stat().st_size < 5_000:
        assert not lab.jobs.get(job).is_final, lab.jobs.log(job)
        time.sleep(0.01)
    process = holder(items.parent / "lock")
    assert process is not None
    os.killpg(process, signal.SIGKILL)
    while is_held(items.parent / "lock"):
        time.sleep(0.01)
    known = items.read_bytes()
    assert lab.jobs.get(job).state == "interrupted" and 0 < known.count(b"\n") < count
    done = lab.jobs.wait(lab.jobs.resume(job).id)
    assert (done.state, done.status.attempt) == ("done", 2), lab.jobs.log(job)
    assert items.read_bytes().startswith(known), "what was answered is not asked again"
    records = list(evals.read_items(items.parent))
    assert len(records) == items.read_bytes().count(b"\n") - (not known.endswith(b"\n")) == count
    board = evals.board(lab.workspace, evals.evaluations(lab.workspace)[0])
    row = board.row(f"file:{file}", "unseen", "right")
    assert row is not None and (row.value, row.n, row.not_scored) == (1.0, count, 0)


def _start(lab: Lab, *models: str, **options: object) -> str:
    return evals.start(
        lab.jobs,
        lab.datasets,
        lab.runs,
        dataset="here",
        models=list(models),
        models_folder=lab.models,
        **{"keep_alive": False, **options},  # type: ignore[arg-type]
    ).id
