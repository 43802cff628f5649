"""Training on the bundled model: killed, stopped, starved of disk, and always the same bytes in the end."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_disk import small_disk

from lab import words
from lab.datasets import Datasets
from lab.jobs import Jobs, JobView
from lab.jobs.lock import holder
from lab.records import Message, Row
from lab.runs import Runs
from lab.settings import PROJECT, child_environment
from lab.train import start
from lab.train.recipe import read, recipe
from lab.workspace import Workspace, write_json

STEPS = 8
QUICK = {
    "max_steps": STEPS,
    "batch_size": 2,
    "checkpoint_every": 2,
    "lora_r": 4,
    "lora_alpha": 8,
    "lora_dropout": 0.1,
    "precision": "float32",
}
"""Two short rows a step; dropout on, so that random numbers must be resumed too. In float32: with bfloat16 products a
loaded processor has been seen to round one forward pass otherwise (see the changelog), and bytes are compared here."""


def until(condition: Callable[[], object], seconds: float = 240.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def workspace(root: Path) -> Workspace:
    """A data set of five training rows (three steps an epoch), one that is too long, and one of each other split."""
    made = Workspace(root)

    def row(name: str, question: str, answer: str, split: str) -> Row:
        return Row(name, (Message("user", question), Message("assistant", answer)), name, split, "facts.jsonl", 1)

    rows = [
        row("a", "What is our dog called?", "Our dog is called Biscuit.", "train"),
        row("b", "Where do we live?", "We live in Lisbon.", "train"),
        row("c", "Who is our teacher?", "Ms Okafor.", "train"),
        row("g", "When is lunch?", "At half past twelve.", "train"),
        row("h", "What grows outside?", "An old lemon tree.", "train"),
        row("d", "Tell me a story.", "Once upon a time. " * 500, "train"),
        row("e", "What is the dog's name?", "Our dog is called Biscuit.", "validation"),
        row("f", "What do we call our dog?", "A row that must never be read.", "test"),
    ]
    Datasets(made).save("facts", rows, mode="remember", mode_reason="data.mode", language="en")
    return made


def submit(made: Workspace, models: Path, method: str = "lora", **changes: Any) -> JobView:
    return start(
        Jobs(made),
        Datasets(made),
        dataset="facts",
        name="facts",
        base="smollm2-135m",
        recipe=recipe("demo", method, **{**QUICK, **changes}),
        models=models,
    )


def command(made: Workspace, models: Path, *arguments: str) -> subprocess.Popen[str]:
    """``python -m lab …`` over that workspace."""
    return subprocess.Popen(
        [sys.executable, "-m", "lab", *arguments],
        cwd=PROJECT,
        env=child_environment(LAB_HOME=str(made.root), LAB_MODELS=str(models), LAB_LANG="en"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def steps(jobs: Jobs, job_id: str) -> list[int]:
    return [event["step"] for event in jobs.events(job_id, "step")]


def weights(job: JobView) -> bytes:
    return (job.folder / "adapter" / "adapter_model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, models: Path) -> JobView:
    """A run whose submitter was killed in the middle of training, and that nothing else happened to."""
    made = workspace(tmp_path_factory.mktemp("undisturbed"))
    jobs = Jobs(made)
    changes = [part for name, value in QUICK.items() for part in ("--set", f"{name}={value}")]
    submitter = command(made, models, "train", "--data", "facts", *changes)
    until(lambda: jobs.all() and steps(jobs, jobs.all()[0].id))
    submitter.kill()
    submitter.communicate()
    return Jobs(made).wait(jobs.all()[0].id)


def test_a_run_outlives_whoever_submitted_it_and_is_whole(undisturbed: JobView) -> None:
    made = Workspace(undisturbed.folder.parent.parent)
    jobs = Jobs(made)
    assert undisturbed.state == "done"
    assert steps(jobs, undisturbed.id) == list(range(1, STEPS + 1))
    losses = [event["loss"] for event in jobs.events(undisturbed.id, "step")]
    assert losses[-1] < losses[0]
    run = Runs(made).get("ft-facts")
    assert run.id == undisturbed.id and run.steps == STEPS and run.tokens > 0
    assert run.final["eval_loss"] is not None and run.final["train_loss"] is not None
    assert undisturbed.status.result["adapter"] == run.adapter_hash
    assert read(undisturbed.folder / "recipe.yaml").max_steps == STEPS


def test_a_time_measured_while_the_machine_was_busy_gives_way_to_a_faster_run(
    undisturbed: JobView, tmp_path: Path, models: Path
) -> None:
    measured = json.loads(Workspace(undisturbed.folder.parent.parent).measured().read_text())
    made = workspace(tmp_path)
    write_json(made.measured(), dict.fromkeys(measured, 1000.0))
    assert Jobs(made).wait(submit(made, models).id).state == "done"
    after = json.loads(made.measured().read_text())
    assert set(after) == set(measured) and 0 < max(after.values()) < 1000


def test_a_row_left_out_is_told_with_its_place_and_a_test_row_is_never_read(undisturbed: JobView) -> None:
    jobs = Jobs(Workspace(undisturbed.folder.parent.parent))
    left = jobs.events(undisturbed.id, "left_out")
    assert [(one["row"], one["reason"], one["file"], one["line"]) for one in left] == [
        ("d", "too_long", "facts.jsonl", 1)
    ]
    assert undisturbed.status.result["left_out"] == 1
    for path in undisturbed.folder.glob("*.*"):
        assert "must never be read" not in path.read_text("utf-8", errors="replace")


def test_the_adapter_moved_and_its_tokenizer_is_the_bases(undisturbed: JobView, models: Path) -> None:
    from safetensors.numpy import load

    moved = [name for name, value in load(weights(undisturbed)).items() if "lora_B" in name and abs(value).max() > 0]
    assert len(moved) == 30 * 7
    for name in ("chat_template.jinja", "tokenizer.json", "tokenizer_config.json"):
        assert (undisturbed.folder / "adapter" / name).read_bytes() == (models / "smollm2-135m" / name).read_bytes()


def test_a_killed_worker_resumes_to_the_same_bytes(undisturbed: JobView, tmp_path: Path, models: Path) -> None:
    made = workspace(tmp_path)
    jobs = Jobs(made)
    job = submit(made, models)
    until(lambda: jobs.events(job.id, "checkpoint") and max(steps(jobs, job.id)) % 2)
    process = holder(job.folder / "lock")
    assert process is not None
    os.killpg(process, signal.SIGKILL)
    until(lambda: jobs.get(job.id).state == "interrupted")
    reached = max(steps(jobs, job.id))
    kept = sorted((job.folder / "checkpoints").glob("checkpoint-*/complete.json"))[-1].parent
    shutil.copytree(kept, kept.with_name("checkpoint-7"))
    with (kept.with_name("checkpoint-7") / "optimizer.pt").open("r+b") as file:
        file.truncate(1000)
    jobs.resume(job.id)
    done = jobs.wait(job.id)
    assert done.state == "done"
    assert [event["name"] for event in jobs.events(job.id, "torn_checkpoint")] == ["checkpoint-7"]
    again = {event["step"] for event in jobs.events(job.id, "step") if event["attempt"] == 2}
    assert again == set(range(int(kept.name[-1]) + 1, STEPS + 1)) and reached in again | {int(kept.name[-1])}
    assert steps(jobs, job.id) == list(range(1, STEPS + 1))
    assert weights(done) == weights(undisturbed)
    assert Runs(made).get(job.id).adapter_hash == undisturbed.status.result["adapter"]


def test_a_full_disk_is_a_sentence_and_the_run_goes_on_once_there_is_room(
    undisturbed: JobView, tmp_path: Path, models: Path
) -> None:
    with small_disk(tmp_path / "disk", 130) as disk:
        made = workspace(disk)
        jobs = Jobs(made)
        job = submit(made, models)
        until(lambda: jobs.events(job.id, "checkpoint"))
        worker = holder(job.folder / "lock")
        assert worker, "it has just written a checkpoint"
        os.kill(worker, signal.SIGSTOP)  # so that the disk is full before the next step, however slow the filling
        with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"\0" * 65536)
        os.kill(worker, signal.SIGCONT)
        failed = jobs.wait(job.id)
        assert (failed.state, failed.status.error) == ("failed", "jobs.disk_full")
        assert "full" in words.say(failed.status.error, "en", **failed.status.error_values)
        (disk / "filler").unlink()
        jobs.resume(job.id)
        done = jobs.wait(job.id)
        assert done.state == "done" and done.status.attempt == 2
        assert min(e["step"] for e in jobs.events(job.id, "step") if e["attempt"] == 2) > 2
        assert weights(done) == weights(undisturbed)


def test_stop_and_keep_leaves_a_run_that_can_answer_and_can_go_on(
    undisturbed: JobView, tmp_path: Path, models: Path
) -> None:
    made = workspace(tmp_path)
    jobs = Jobs(made)
    job = submit(made, models)
    until(lambda: steps(jobs, job.id))
    jobs.stop(job.id)
    stopped = jobs.wait(job.id)
    run = Runs(made).get("ft-facts")
    assert stopped.state == "stopped" and 0 < run.steps < STEPS
    assert Runs(made).weights(run).joinpath("adapter_model.safetensors").is_file()
    assert jobs.events(job.id, "signal") == []
    resumed = command(made, models, "jobs", "resume", job.id)
    resumed.communicate()
    assert resumed.returncode == 0 and Runs(made).get(job.id).steps == STEPS
    assert weights(jobs.get(job.id)) == weights(undisturbed)


def test_stop_and_discard_leaves_no_run(tmp_path: Path, models: Path) -> None:
    made = workspace(tmp_path)
    jobs = Jobs(made)
    job = submit(made, models)
    until(lambda: jobs.get(job.id).state == "running")
    jobs.stop(job.id, keep=False)
    assert jobs.wait(job.id).state == "stopped"
    assert Runs(made).all() == [run for run in Runs(made).all() if run.recorded]
    assert not list(job.folder.glob("checkpoints/checkpoint-*"))


def tensors(path: Path) -> dict[str, bytes]:
    """Each tensor of a safetensors file as its bytes: a header of JSON with offsets, then the data."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    places = {name: entry["data_offsets"] for name, entry in header.items() if name != "__metadata__"}
    return {name: data[start + first : start + end] for name, (first, end) in places.items()}


def test_full_fine_tuning_moves_every_layer_in_steps_measured_before_the_first(tmp_path: Path, models: Path) -> None:
    made = workspace(tmp_path)
    changes = ["--set", "time_budget=0.001", "--set", "batch_size=2", "--set", "evaluations=0"]
    asked = command(made, models, "train", "--data", "facts", "--method", "full", "--name", "Whole", *changes, "--json")
    told = json.loads(asked.communicate()[0])
    assert asked.returncode == 0 and told["state"] == "done" and told["final"]["eval_loss"] is None
    run = Runs(made).get("ft-whole")
    assert told["adapter"] == str(Runs(made).weights(run)) and run.method == "full"
    after = tensors(Path(told["adapter"]) / "model.safetensors")
    before = tensors(models / "smollm2-135m" / "model.safetensors")
    assert set(after) == set(before)
    assert [name for name in after if "proj" in name and after[name] == before[name]] == []
    assert not (made.job(run.id) / "checkpoints").exists()
    (measured,) = json.loads(made.measured().read_text()).values()
    assert measured > 0.001 and read(made.job(run.id) / "recipe.yaml").max_steps == run.steps == 1
