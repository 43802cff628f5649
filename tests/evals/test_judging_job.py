"""A judging as a job, asked of a real server on loopback: exam first, resumable, raw replies kept, gate at work."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from judged import THINGS, careful, first_side
from small_server import Small, serving

from lab.errors import EvalError, JobError, LabError, UsageError
from lab.evals import Evaluation, judging
from lab.evals.judging import records as store
from lab.evals.judging import telling
from lab.jobs import JobView
from lab.jobs.lock import holder, is_held
from lab.lab import Lab
from lab.settings import PROJECT, child_environment
from lab.workspace import append_jsonl, read_jsonl


def _start(lab: Lab, about: Evaluation, server: Small | str, **more: Any) -> JobView:
    address = server if isinstance(server, str) else f"url:{server.url}#small-model"
    told = {"evaluation": about.id, "by": address, "models_folder": lab.models, **more}
    return judging.start(lab.jobs, lab.datasets, lab.runs, **told)


def _result(lab: Lab, job: JobView) -> judging.Result:
    return judging.result(lab.workspace, next(one for one in judging.judgings(lab.workspace) if one.id == job.id))


def _until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_a_judge_that_passes_its_exam_is_heard_and_people_may_still_overrule_it(
    small_lab: Lab, evaluation: Evaluation
) -> None:
    items = (small_lab.workspace.job(evaluation.id) / "items.jsonl").read_bytes()
    plain, tuned = (one.name for one in evaluation.contestants)
    with serving(careful) as server:
        job = small_lab.jobs.wait(_start(small_lab, evaluation, server).id)
    assert job.state == "done", small_lab.jobs.log(job.id)
    made = _result(small_lab, job)
    assert made.state == "passed" and {one.state for one in made.standings} == {"passed"}
    row = next(one for one in made.wins if one.slice == evaluation.headline)
    assert (row.model, row.base, row.wins, row.losses, row.not_scored) == (tuned, plain, 15, 0, 0)
    assert row.state == "ahead" and row.ties == 9 and row.alike == 5
    grades = {one.model: one for one in made.grades if one.slice == evaluation.headline}
    assert grades[tuned].counts[2] == 20 and grades[plain].counts[2] == 5 and grades[tuned].state == "up"
    assert made.judging.fingerprint == f"{server.url}#small-model"
    assert (small_lab.workspace.job(evaluation.id) / "items.jsonl").read_bytes() == items, "nobody answered anew"
    raw = list(read_jsonl(job.folder / "replies.jsonl"))
    assert len(raw) == len(server.requests) and all(one["text"].startswith("REASON") for one in raw)
    exam_asks = [place for place, one in enumerate(raw) if json.loads(one["ask"])[0] == "exam"]
    assert exam_asks == list(range(len(exam_asks))), "the exam comes before anything else"
    for language in ("en", "zh"):
        told = telling.section(made, language)
        assert "81" in told and "<table>" in told
        assert all(told.count(f"<{tag}") == told.count(f"</{tag}>") for tag in ("table", "tr", "td", "p", "li"))

    people = [judging.Vote(thing + "-test", plain, tuned, plain) for thing in THINGS]
    judging.give_votes(small_lab.workspace, made.judging, people)
    unlike = _result(small_lab, job)
    assert unlike.standing("pairs").state == "withheld" and unlike.wins == ()  # type: ignore[union-attr]
    assert unlike.votes is not None and unlike.votes.n == len(THINGS) and unlike.passed("grades")
    said = judging.as_document(unlike)
    reasons = said["exam"]["pairs"]["withheld_because"]  # type: ignore[index]
    assert "kappa" in reasons["en"][0] and "kappa" in reasons["zh"][0]


def test_a_judge_that_fails_its_exam_is_withheld_and_asked_nothing_more(small_lab: Lab, evaluation: Evaluation) -> None:
    with serving(first_side) as server:
        job = small_lab.jobs.wait(_start(small_lab, evaluation, server).id)
    made = _result(small_lab, job)
    assert job.state == "done" and made.state == "withheld" and (made.wins, made.grades) == ((), ())
    assert len(server.asked) == len([ask for case in made.judging.cases for ask in judging.exam.asks(case)])
    mark = made.standing("pairs").mark  # type: ignore[union-attr]
    assert mark is not None and mark.first_side == (56, 56) and mark.same_choice[0] == 0
    for language, word in (("en", "withheld"), ("zh", "不予采用")):
        told = " ".join(telling.sentences(made, language))
        assert word in told and "56" in told and "80" in told
        (example, *_) = telling.exam_examples(made, "pairs", language)
        assert example.good is False and example.replies == ("I like it.\nWINNER: A",) * 2


def test_a_killed_judging_goes_on_without_asking_twice(small_lab: Lab, evaluation: Evaluation) -> None:
    with serving(careful, seconds=0.01) as server:
        job = _start(small_lab, evaluation, server)
        _until(lambda: len(list(read_jsonl(job.folder / "replies.jsonl"))) > 20)
        number = holder(job.folder / "lock")
        assert number is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(number, signal.SIGKILL)
        _until(lambda: not is_held(job.folder / "lock"))
        assert small_lab.jobs.get(job.id).state == "interrupted"
        before = len(list(read_jsonl(job.folder / "replies.jsonl")))
        judging.go_on(small_lab.jobs, job.id)
        assert small_lab.jobs.wait(job.id).state == "done"
    asked = [one["ask"] for one in read_jsonl(job.folder / "replies.jsonl")]
    assert len(asked) == len(set(asked)) > before
    at_most_lost = judging.JudgePlan().at_once
    assert len(server.requests) <= len(asked) + at_most_lost


def test_a_stopped_judging_keeps_its_replies_and_goes_on_only_with_the_same_answers(
    small_lab: Lab, evaluation: Evaluation
) -> None:
    with serving(careful, seconds=0.03) as server:
        job = _start(small_lab, evaluation, server)
        _until(lambda: store.replies(job.folder))
        small_lab.jobs.stop(job.id)
        stopped = small_lab.jobs.wait(job.id)
        assert stopped.state == "stopped" and _result(small_lab, job).state == "unfinished"
        for language in ("en", "zh"):
            assert telling.sentences(_result(small_lab, job), language)
        items = small_lab.workspace.job(evaluation.id) / "items.jsonl"
        append_jsonl(items, {**next(read_jsonl(items)), "answer": "Said later."})
        small_lab.jobs.resume(job.id)
        failed = small_lab.jobs.wait(job.id)
    assert (failed.state, failed.status.error) == ("failed", "judge.answers_changed")


def test_replies_that_fail_or_cannot_be_read_are_counted_with_their_reason(
    small_lab: Lab, evaluation: Evaluation
) -> None:

    def moody(asked: str, turns: list[dict[str, str]]) -> str:
        return "No verdict today." if "boat" in asked.split("Reference")[0] else careful(asked, turns)

    with serving(moody) as server:
        job = _start(small_lab, evaluation, server, plan=judging.JudgePlan(parts="pairs"))
        assert small_lab.jobs.wait(job.id).state == "done"
    made = _result(small_lab, job)
    boats = [case for case in made.judging.cases if case.item.startswith("boat")]
    if made.passed("pairs"):
        assert any(row.why.get("judge.no_verdict_line") for row in made.wins) or all(row.alike for row in made.wins)
    mark = made.standing("pairs").mark  # type: ignore[union-attr]
    assert mark is not None and mark.cases - mark.scored == len(boats)
    assert made.standing("grades") is None and made.grades == ()


def test_a_server_that_is_not_there_fails_the_job_with_a_sentence(small_lab: Lab, evaluation: Evaluation) -> None:
    job = small_lab.jobs.wait(_start(small_lab, evaluation, "url:http://127.0.0.1:9/v1#m").id)
    assert (job.state, job.status.error) == ("failed", "synth_model.unreachable")


def test_what_cannot_be_judged_is_refused_before_anything_starts(small_lab: Lab, evaluation: Evaluation) -> None:
    before = len(small_lab.jobs.all())
    refused: list[tuple[dict[str, Any], type[LabError], str]] = [
        ({"by": "base+few:3"}, EvalError, "judge.bad_judge"),
        ({"by": "file:answers.jsonl"}, EvalError, "judge.bad_judge"),
        ({"by": ""}, EvalError, "judge.bad_judge"),
        ({"by": "ft-nobody"}, EvalError, "evals.no_such_run"),
        ({"by": "url:https://models.example.com/v1#m"}, UsageError, "judge.leaves_machine"),
        ({"by": "url:http://127.0.0.1:9/v1#m", "key_env": "NOT_SET_HERE"}, JobError, "synth_model.no_key"),
        ({"by": "url:http://me:secret@127.0.0.1:9/v1#m"}, UsageError, "synth_model.key_in_url"),
        ({"by": "base", "against": "nobody"}, EvalError, "judge.no_such_contestant"),
        ({"by": "base", "evaluation": "nothing"}, EvalError, "judge.no_such_evaluation"),
        ({"by": "base", "plan": judging.JudgePlan(parts="all")}, UsageError, "fields.not_a_choice"),
        ({"by": "base", "plan": judging.JudgePlan(exam=0)}, UsageError, "fields.out_of_bounds"),
    ]
    for told, kind, key in refused:
        with pytest.raises(kind) as caught:
            _start(small_lab, evaluation, str(told.pop("by")), **told)
        assert caught.value.key == key
        assert caught.value.sentence("zh") and "secret" not in caught.value.sentence("en")
    assert len(small_lab.jobs.all()) == before


def test_a_key_is_sent_and_written_nowhere(small_lab: Lab, evaluation: Evaluation) -> None:
    with serving(careful, key="sesame-7731") as server:
        plan = judging.JudgePlan(parts="grades", exam=2, max_items=1)
        job = small_lab.jobs.wait(_start(small_lab, evaluation, server, key="sesame-7731", plan=plan).id)
    assert job.state == "done" and {one["key"] for one in server.requests} == {"Bearer sesame-7731"}
    holding = [
        path for path in small_lab.workspace.root.rglob("*") if path.is_file() and b"sesame" in path.read_bytes()
    ]
    assert holding == []


def test_the_command_line_says_the_same_in_one_document_and_takes_votes(
    small_lab: Lab, evaluation: Evaluation, tmp_path: Path
) -> None:
    environment = child_environment(LAB_HOME=str(small_lab.workspace.root), LAB_LANG="en")

    def lab(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lab", "judge", *arguments]
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)

    plain, tuned = (one.name for one in evaluation.contestants)
    with serving(careful) as server:
        done = lab("camp", "--by", f"url:{server.url}#small-model", "--parts", "pairs", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["eval"], told["state"], told["against"]) == (evaluation.id, "passed", plain)
    assert told["exam"]["pairs"]["right"] == told["exam"]["pairs"]["cases"] == 28 and told["pass"]["accuracy"] == 0.8
    assert {row["model"] for row in told["pairs"]} == {tuned} and told["sentence"]["zh"] and told["votes"] is None
    votes = tmp_path / "votes.jsonl"
    lines = [{"item": f"{thing}-test", "a": plain, "b": tuned, "winner": "b"} for thing in THINGS[:10]]
    votes.write_text("".join(json.dumps(one) + "\n" for one in lines))
    shown = lab(evaluation.id, "--votes", str(votes)).stdout
    assert "The judge prefers" in shown and "10 votes" in shown
    (kept,) = judging.judgings(small_lab.workspace)
    people = judging.result(small_lab.workspace, kept).votes
    assert kept.id == told["judging"] and people is not None and (people.n, people.left_out) == (10, {})
