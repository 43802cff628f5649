"""A synthesis is a job: it can be paused, killed and go on, and what it made so far is always there."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from small_server import Small, honest, price_list, serving

from lab import synth
from lab.errors import DataError, JobError, LabError, UsageError
from lab.jobs import Jobs, JobView
from lab.jobs.lock import holder, is_held
from lab.lab import Lab
from lab.records import Problem
from lab.settings import PROJECT, Settings
from lab.synth.outcomes import UNITS, outcomes
from lab.workspace import read_json, write_json

SECTIONS = 8
CAMP = {"camp.md": price_list(SECTIONS)}
ONE_BY_ONE = synth.SynthPlan("teacher", per_section=2, at_once=1, verify=False)


@pytest.fixture
def small_lab(tmp_path: Path) -> Lab:
    return Lab(Settings(home=tmp_path / "workspace"))


def _start(lab: Lab, plan: synth.SynthPlan, server: Small | None = None, name: str = "camp", **more: str) -> JobView:
    spec = synth.provider_spec(server.url, "small-model") if server else None
    return synth.start(lab.jobs, more.pop("documents", None) or CAMP, name, plan, spec, models=lab.models, **more)  # type: ignore[arg-type]


def _until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def _done(job: JobView) -> int:
    return len(list(outcomes(job.folder)))


def _kill(job: JobView) -> None:
    number = holder(job.folder / "lock")
    assert number is not None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(number, signal.SIGKILL)
    _until(lambda: not is_held(job.folder / "lock"))


def test_rules_alone_make_the_same_pairs_as_at_once(small_lab: Lab) -> None:
    text = (PROJECT / "data" / "handbook_zh.md").read_text("utf-8")
    documents = {"handbook_zh.md": text, "camp.md": CAMP["camp.md"]}
    job = synth.start(small_lab.jobs, documents, "both", synth.SynthPlan(), models=small_lab.models)
    assert small_lab.jobs.wait(job.id).state == "done"
    made = synth.made(job.folder)
    assert made.documents == documents
    assert {p.id for p in made.pairs if p.document == "handbook_zh.md"} == {
        p.id for p in synth.extract(text, "handbook_zh.md").pairs
    }


def test_a_killed_synthesis_loses_only_the_piece_in_work(small_lab: Lab) -> None:
    with serving(honest, seconds=0.15) as server:
        job = _start(small_lab, ONE_BY_ONE, server)
        _until(lambda: _done(job) >= 2)
        _kill(job)
        kept = _done(job)
        asked = len(server.asked)
        assert small_lab.jobs.get(job.id).state == "interrupted"
        assert synth.made(job.folder).pairs, "what was made is usable"
        synth.go_on(small_lab.jobs, job.id)
        assert small_lab.jobs.wait(job.id).state == "done"
    again = [text for text in set(server.asked[:asked]) & set(server.asked[asked:]) if "Write" in text]
    assert _done(job) == SECTIONS and len(again) <= 1
    assert len(list((job.folder / UNITS).read_text("utf-8").splitlines())) >= SECTIONS >= kept
    assert len(synth.made(job.folder).pairs) == 2 * SECTIONS


def test_a_pause_keeps_and_the_same_request_goes_on(small_lab: Lab) -> None:
    with serving(honest, seconds=0.1) as server:
        job = _start(small_lab, ONE_BY_ONE, server)
        assert _start(small_lab, ONE_BY_ONE, server).id == job.id, "asked twice, done once"
        _until(lambda: _done(job) >= 2)
        small_lab.jobs.stop(job.id)
        assert small_lab.jobs.wait(job.id).state == "stopped"
        kept = _done(job)
        assert 2 <= kept < SECTIONS
        again = _start(small_lab, ONE_BY_ONE, server)
        assert again.id == job.id and small_lab.jobs.wait(job.id).state == "done"
        assert _done(job) == SECTIONS
        other = _start(small_lab, synth.SynthPlan("teacher", per_section=1, at_once=4), server)
        assert other.id != job.id, "with other settings it is another synthesis"
        assert small_lab.jobs.wait(other.id).state == "done"


def test_a_discarded_synthesis_keeps_nothing(small_lab: Lab) -> None:
    with serving(honest, seconds=0.1) as server:
        job = _start(small_lab, ONE_BY_ONE, server)
        _until(lambda: _done(job) >= 1)
        small_lab.jobs.stop(job.id, keep=False)
        assert small_lab.jobs.wait(job.id).state == "stopped"
        assert synth.made(job.folder).pairs == ()
        assert _start(small_lab, ONE_BY_ONE, server).id != job.id


def test_a_synthesis_whose_settings_were_changed_does_not_go_on(small_lab: Lab) -> None:
    with serving(honest, seconds=0.1) as server:
        job = _start(small_lab, ONE_BY_ONE, server)
        _until(lambda: _done(job) >= 1)
        _kill(job)
        spec = read_json(job.folder / "spec.json")
        spec["options"]["plan"]["per_section"] = 5
        write_json(job.folder / "spec.json", spec)
        synth.go_on(small_lab.jobs, job.id)
        ended = small_lab.jobs.wait(job.id)
    assert (ended.state, ended.status.error) == ("failed", "synth_model.settings_changed")
    assert ended.status.error_values["parts"] == "settings"
    assert synth.made(job.folder).pairs


def test_a_server_that_goes_away_leaves_what_was_made(small_lab: Lab) -> None:
    with serving(honest, seconds=0.05) as server:
        job = _start(small_lab, ONE_BY_ONE, server)
        _until(lambda: _done(job) >= 2)
    ended = small_lab.jobs.wait(job.id)
    assert (ended.state, ended.status.error) == ("failed", "synth_model.unreachable")
    version = small_lab.save_review(job.id, "part")
    assert version.rows == len(synth.made(job.folder).pairs) >= 4


SECRET = "sk-very-secret-0123456789"


def test_a_typed_key_is_nowhere_on_disk_and_has_to_be_typed_again(small_lab: Lab) -> None:
    with serving(honest, seconds=0.1, key=SECRET) as server:
        job = _start(small_lab, ONE_BY_ONE, server, key=SECRET)
        _until(lambda: _done(job) >= 1)
        _kill(job)
        with pytest.raises(JobError) as refused:
            synth.go_on(small_lab.jobs, job.id)
        assert refused.value.key == "synth_model.no_key"
        small_lab.jobs.resume(job.id)
        ended = small_lab.jobs.wait(job.id)
        assert (ended.state, ended.status.error) == ("failed", "synth_model.no_key")
        synth.go_on(small_lab.jobs, job.id, "wrong-key-but-long")
        ended = small_lab.jobs.wait(job.id)
        assert (ended.state, ended.status.error) == ("failed", "synth_model.key_refused")
        synth.go_on(small_lab.jobs, job.id, SECRET)
        assert small_lab.jobs.wait(job.id).state == "done"
    assert {one["key"] for one in server.requests} == {f"Bearer {SECRET}", "Bearer wrong-key-but-long"}
    for path in small_lab.workspace.root.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


def test_marks_go_over_to_the_next_synthesis_of_that_name(small_lab: Lab) -> None:
    text = (PROJECT / "data" / "handbook_en.md").read_text("utf-8")
    first = synth.start(small_lab.jobs, {"h.md": text}, "book", synth.SynthPlan(), models=small_lab.models)
    small_lab.jobs.wait(first.id)
    review = synth.Review(first.folder)
    pair = review.state().entries[0]
    review.mark(pair.id, "rejected", "Ann", note="no")
    second = synth.start(
        small_lab.jobs, {"h.md": "New first line.\n\n" + text}, "book", synth.SynthPlan(), models=small_lab.models
    )
    small_lab.jobs.wait(second.id)
    marks = [mark for entry in synth.Review(second.folder).state().entries for mark in entry.marks]
    assert [(mark.reviewer, mark.status, mark.note) for mark in marks] == [("Ann", "rejected", "no")]


def test_a_saved_review_knows_where_everything_came_from(small_lab: Lab) -> None:
    told = Problem(None, "empty_file", "warning", "other.md")
    text = (PROJECT / "data" / "handbook_en.md").read_text("utf-8")
    plan, models = synth.SynthPlan(), small_lab.models
    job = synth.start(small_lab.jobs, {"h.md": text}, "book", plan, models=models, problems=[told])
    small_lab.jobs.wait(job.id)
    review = synth.Review(job.folder)
    one, two = [entry.id for entry in review.state().entries if entry.status == "new"][:2]
    review.mark(one, "accepted", "Ann")
    review.mark(two, "rejected", "Ann")
    version = small_lab.save_review(job.id, "book", unread=False)
    (row,) = small_lab.datasets.rows(version)
    assert (row.tags, row.document) == (("reviewer:Ann",), "h.md")
    assert small_lab.datasets.document(version, "h.md")[row.start : row.end] == row.evidence
    codes = [problem.code for problem in small_lab.datasets.problems(version)]
    assert "empty_file" in codes and "pair_unused" in codes


@pytest.mark.parametrize(
    ("start", "key"),
    [
        (lambda lab: _start(lab, synth.SynthPlan("teacher")), "synth_model.who_is_asked"),
        (lambda lab: _start(lab, synth.SynthPlan("magic")), "fields.not_a_choice"),
        (lambda lab: _start(lab, synth.SynthPlan(per_section=0)), "fields.out_of_bounds"),
        (lambda lab: _start(lab, synth.SynthPlan(), name=" "), "data.bad_name"),
        (lambda lab: synth.start(lab.jobs, {}, "n", synth.SynthPlan(), models=lab.models), "synth.no_documents"),
    ],
)
def test_what_cannot_start_says_why(small_lab: Lab, start: Callable[[Lab], object], key: str) -> None:
    with pytest.raises(LabError) as refused:
        start(small_lab)
    assert refused.value.key == key
    assert small_lab.jobs.all() == []


def test_text_leaves_the_machine_only_when_told(small_lab: Lab) -> None:
    spec = synth.provider_spec("https://models.example.com")
    assert spec.is_remote and not synth.provider_spec("127.0.0.1:9/v1").is_remote
    with pytest.raises(UsageError) as refused:
        synth.start(small_lab.jobs, CAMP, "n", ONE_BY_ONE, spec, models=small_lab.models)
    assert refused.value.key == "synth_model.leaves_machine" and "models.example.com" in str(refused.value)
    synth.may_ask(ONE_BY_ONE, spec, send=True)


def test_nothing_to_save_is_said(small_lab: Lab) -> None:
    job = synth.start(small_lab.jobs, CAMP, "camp", synth.SynthPlan(), models=small_lab.models)
    small_lab.jobs.wait(job.id)
    with pytest.raises(DataError) as refused:
        small_lab.save_review(job.id, "camp", unread=False)
    assert refused.value.key == "synth_review.nothing_to_save"


def test_a_job_started_by_one_process_is_seen_by_another(small_lab: Lab) -> None:
    job = synth.start(small_lab.jobs, CAMP, "camp", synth.SynthPlan(), models=small_lab.models)
    assert Jobs(small_lab.workspace).wait(job.id).status.result["pairs"] == len(synth.made(job.folder).pairs)
