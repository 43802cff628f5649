"""Jobs survive what happens to them: real child processes, really killed.

The kind is ``fetch`` of a model that another process (the test) is just fetching: the job waits for it as long
as the test holds the model's lock, and is done when the model is whole.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import words
from lab.errors import JobError
from lab.jobs import Jobs, JobView
from lab.jobs.lock import holder, is_held
from lab.settings import PROJECT
from lab.workspace import Workspace, append_jsonl, locked, slug, write_json

MODEL = "hub:nobody/held"


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(Workspace(tmp_path / "workspace"), stop_limits=(0.5, 0.5))


@contextlib.contextmanager
def held(models: Path, name: str = MODEL) -> Iterator[None]:
    """While the block runs, ``fetch`` jobs of that model wait; then the model is there and they are done."""
    with locked(models / f".{slug(name)}.lock"):
        yield
        write_json(models / slug(name) / "complete.json", {"name": name, "hash": "0123456789ab"})


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def fetch(jobs: Jobs, models: Path, name: str = "one", **more: str) -> JobView:
    return jobs.submit("fetch", name, {"base": MODEL, "models": str(models)}, **more)


def running(jobs: Jobs, job_id: str) -> bool:
    return jobs.get(job_id).state == "running"


def process_of(view: JobView) -> int:
    number = holder(view.folder / "lock")
    assert number is not None
    return number


def test_a_killed_worker_is_interrupted_at_once_and_resumes(jobs: Jobs, tmp_path: Path) -> None:
    with held(tmp_path / "models"):
        job = fetch(jobs, tmp_path / "models")
        until(lambda: running(jobs, job.id))
        os.killpg(process_of(job), signal.SIGKILL)
        until(lambda: not is_held(job.folder / "lock"))
        assert jobs.get(job.id).state == "interrupted"
        jobs.resume(job.id)
        until(lambda: running(jobs, job.id))
        with pytest.raises(JobError, match="still at work"):
            jobs.resume(job.id)
    assert jobs.wait(job.id).state == "done"
    assert [e["attempt"] for e in jobs.events(job.id, "started")] == [1, 2]
    with pytest.raises(JobError, match="nothing to resume"):
        jobs.resume(job.id)


def test_the_same_request_is_the_same_job_even_from_two_processes_at_once(jobs: Jobs, tmp_path: Path) -> None:
    script = f"""
        from lab.jobs import Jobs
        from lab.workspace import Workspace
        options = {{"base": "{MODEL}", "models": "{tmp_path / "models"}"}}
        print(Jobs(Workspace("{jobs.workspace.root}")).submit("fetch", "one", options, request="r1").id)
    """
    with held(tmp_path / "models"):
        children = [
            subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, cwd=PROJECT)
            for _ in range(3)
        ]
        ids = {child.communicate()[0].decode().strip() for child in children}
        assert len(ids) == 1 and len(jobs.all()) == 1
    assert jobs.wait(ids.pop()).state == "done"


def test_two_resumes_at_once_make_one_attempt(jobs: Jobs, tmp_path: Path) -> None:
    with held(tmp_path / "models"):
        job = fetch(jobs, tmp_path / "models")
        until(lambda: running(jobs, job.id))
        os.killpg(process_of(job), signal.SIGKILL)
        until(lambda: jobs.get(job.id).state == "interrupted")
        script = f"""
            import contextlib
            from lab.errors import JobError
            from lab.jobs import Jobs
            from lab.workspace import Workspace
            with contextlib.suppress(JobError):
                Jobs(Workspace("{jobs.workspace.root}")).resume("{job.id}")
        """
        children = [subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=PROJECT) for _ in range(3)]
        assert [child.wait() for child in children] == [0, 0, 0]
        until(lambda: running(jobs, job.id))
    assert jobs.wait(job.id).status.attempt == 2


def test_the_queue_moves_on_after_whoever_submitted_it_is_killed(jobs: Jobs, tmp_path: Path) -> None:
    script = f"""
        import time
        from lab.jobs import Jobs
        from lab.workspace import Workspace
        jobs = Jobs(Workspace("{jobs.workspace.root}"))
        for name in ("first", "second"):
            jobs.submit("fetch", name, {{"base": "{MODEL}", "models": "{tmp_path / "models"}"}})
        time.sleep(600)
    """
    with held(tmp_path / "models"):
        submitter = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=PROJECT)
        until(lambda: len(jobs.all()) == 2 and running(jobs, jobs.all()[1].id))
        second, first = jobs.all()
        until(lambda: jobs.get(second.id).status.phase == "jobs.phase_waiting")
        submitter.kill()
        submitter.wait()
        assert jobs.get(first.id).state == "running" and jobs.get(second.id).state == "queued"
    until(lambda: jobs.get(second.id).is_final)
    assert [job.state for job in jobs.all()] == ["done", "done"]
    assert jobs.events(first.id)[-1]["time"] <= jobs.events(second.id, "started")[0]["time"]


def test_the_lowest_ticket_goes_first_and_can_be_changed(jobs: Jobs, tmp_path: Path) -> None:
    with held(tmp_path / "models"):
        first, second, third = (fetch(jobs, tmp_path / "models", name) for name in ("a", "b", "c"))
        until(lambda: running(jobs, first.id))
        until(lambda: all(is_held(job.folder / "lock") for job in (second, third)))
        jobs.move_first(third.id)
    started = [jobs.wait(job.id) and jobs.events(job.id, "started")[0]["time"] for job in (first, third, second)]
    assert started == sorted(started)


def test_jobs_of_two_lanes_run_side_by_side(jobs: Jobs, tmp_path: Path) -> None:
    with held(tmp_path / "models"):
        pair = [fetch(jobs, tmp_path / "models", lane, lane=lane) for lane in ("gpu0", "gpu1")]
        until(lambda: all(running(jobs, job.id) for job in pair))
    assert [jobs.wait(job.id).state for job in pair] == ["done", "done"]


def test_a_queued_job_whose_process_is_gone_gets_a_new_one(jobs: Jobs, tmp_path: Path) -> None:
    with held(tmp_path / "models"):
        first = fetch(jobs, tmp_path / "models")
        until(lambda: running(jobs, first.id))
        second = fetch(jobs, tmp_path / "models", "two")
        until(lambda: is_held(second.folder / "lock"))
        os.killpg(process_of(second), signal.SIGKILL)
        until(lambda: not is_held(second.folder / "lock"))
        assert jobs.get(second.id).state == "queued"
        Jobs(jobs.workspace).respawn()
    until(lambda: jobs.get(second.id).state == "done")


def test_a_queued_job_asked_to_stop_before_everything_died_is_put_down_as_stopped(jobs: Jobs, tmp_path: Path) -> None:
    with held(tmp_path / "models"):
        first = fetch(jobs, tmp_path / "models")
        until(lambda: running(jobs, first.id))
        second = fetch(jobs, tmp_path / "models", "two")
        until(lambda: is_held(second.folder / "lock"))
        os.killpg(process_of(second), signal.SIGKILL)
        until(lambda: not is_held(second.folder / "lock"))
        write_json(second.folder / "control.json", {"stop": "keep", "time": ""})
        assert jobs.get(second.id).state == "stopping"
        Jobs(jobs.workspace).respawn()
        until(lambda: jobs.get(second.id).state == "stopped")


def test_a_queued_job_can_be_stopped_before_it_runs(jobs: Jobs, tmp_path: Path) -> None:
    with held(tmp_path / "models"):
        first, second = (fetch(jobs, tmp_path / "models", name) for name in ("a", "b"))
        jobs.stop(second.id, keep=False)
        until(lambda: jobs.get(second.id).state == "stopped")
        assert jobs.events(second.id, "started") == []
        with pytest.raises(JobError, match="discarded"):
            jobs.resume(second.id)
    assert jobs.wait(first.id).state == "done"


@pytest.mark.parametrize("suspended, signals", [(False, ["SIGTERM"]), (True, ["SIGTERM", "SIGKILL"])])
def test_a_job_that_does_not_hear_a_stop_is_ended_and_each_signal_recorded(
    jobs: Jobs, tmp_path: Path, suspended: bool, signals: list[str]
) -> None:
    with held(tmp_path / "models"):
        job = fetch(jobs, tmp_path / "models")
        until(lambda: running(jobs, job.id))
        if suspended:
            os.kill(process_of(job), signal.SIGSTOP)
        jobs.stop(job.id)
        assert jobs.get(job.id).state == "stopping"
        until(lambda: jobs.get(job.id).state == "stopped")
        assert [event["name"] for event in jobs.events(job.id, "signal")] == signals
        jobs.resume(job.id)
    assert jobs.wait(job.id).state == "done"


def test_a_forked_child_does_not_keep_its_parents_job_alive(tmp_path: Path) -> None:
    script = f"""
        import os, time
        from pathlib import Path
        from lab.jobs.lock import hold
        hold(Path("{tmp_path / "lock"}"))
        if os.fork() == 0:
            Path("{tmp_path / "child"}").write_text(str(os.getpid()))
        time.sleep(600)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=PROJECT)
    until(lambda: (tmp_path / "child").is_file() and (tmp_path / "child").read_text())
    assert holder(tmp_path / "lock") == parent.pid
    parent.kill()
    parent.wait()
    child = int((tmp_path / "child").read_text())
    os.kill(child, 0)
    assert not is_held(tmp_path / "lock")
    os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize(
    "kind, base, error", [("fetch", "nonsense", "models.unknown"), ("juggling", "", "jobs.unknown_kind")]
)
def test_a_failed_job_says_why_in_both_languages(jobs: Jobs, tmp_path: Path, kind: str, base: str, error: str) -> None:
    view = jobs.wait(jobs.submit(kind, "x", {"base": base, "models": str(tmp_path)}).id)
    assert (view.state, view.status.error) == ("failed", error)
    assert all(words.say(error, language, **view.status.error_values) for language in words.LANGUAGES)


def test_a_curve_shows_each_step_once_from_the_last_attempt_that_reached_it(jobs: Jobs, tmp_path: Path) -> None:
    (tmp_path / "models" / slug(MODEL)).mkdir(parents=True)
    write_json(tmp_path / "models" / slug(MODEL) / "complete.json", {"hash": "x"})
    job = jobs.wait(fetch(jobs, tmp_path / "models").id)
    reached = [(1, 1), (1, 2), (1, 3), (1, 4), (2, 3)]
    append_jsonl(job.folder / "events.jsonl", *({"kind": "step", "attempt": a, "step": s} for a, s in reached))
    with (job.folder / "events.jsonl").open("a") as file:
        file.write('{"kind": "step", "attempt": 2, "st')
    assert [(e["attempt"], e["step"]) for e in jobs.events(job.id, "step")] == [(1, 1), (1, 2), (2, 3), (1, 4)]
    assert len(jobs.events(job.id)) == len(jobs.events(job.id, "step")) + 2


def test_a_job_nobody_knows_is_a_sentence(jobs: Jobs) -> None:
    with pytest.raises(JobError, match="no job nothing"):
        jobs.get("nothing")
