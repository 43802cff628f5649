"""Large files become a version by a job: the same version as in one go, stopped, killed and resumed included."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from lab import ingest
from lab.errors import DataError, UsageError
from lab.ingest.intake import LARGE
from lab.jobs import JobView
from lab.jobs.lock import is_held
from lab.lab import Lab
from lab.records import Row


def _file(path: Path, count: int, first: int = 0) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number in range(first, first + count):
            turns = (
                ("user", f"第 {number} 个问题是什么？"),
                ("assistant", f"Answer {number}. " + "long " * (number % 9)),
            )
            messages = [{"role": role, "content": content} for role, content in turns]
            file.write(json.dumps({"messages": messages}, ensure_ascii=False) + "\n")
            if number % 50 == 49:
                file.write("not json\n")
    return path


def _left(lab: Lab, view: JobView) -> list[str]:
    """What is left of the work: in the job's folder and beside the versions."""
    beside = [path.name for path in lab.workspace.datasets().glob("*/.*")]
    return beside + [name for name in ("files", "spool") if (view.folder / name).exists()]


def test_a_job_gives_the_version_that_reading_in_one_go_gives(lab: Lab, tmp_path: Path) -> None:
    path, tests = _file(tmp_path / "in.jsonl", 400), _file(tmp_path / "own.jsonl", 60, first=380)
    version, problems = ingest.add(lab.datasets, [path], "one", test=[tests], seed=3)
    submitted = lab.add_large([path], "two", test=[tests], seed=3)
    path.unlink()
    tests.unlink()
    done = lab.jobs.wait(submitted.id)
    assert done.state == "done", lab.jobs.log(done.id)
    assert done.status.result["version"] == version.version == lab.datasets.get("two").version
    assert lab.datasets.problems(lab.datasets.get("two")) == problems
    assert _left(lab, done) == []
    splits = {row.split: 0 for row in lab.datasets.rows(version)}
    assert version.splits["test"] == 40 and set(splits) == {"train", "test"}
    refused = [problem for problem in problems if problem.code == "versions.group_on_both_sides"]
    assert sum(ingest.places(problem) for problem in refused) == 20


def _until(job: JobView, lab: Lab, phase: str) -> None:
    while (view := lab.jobs.get(job.id)).status.phase != phase and not view.is_final:
        time.sleep(0.01)


def test_a_killed_job_leaves_no_version_and_starts_again_when_resumed(lab: Lab, tmp_path: Path) -> None:
    path = _file(tmp_path / "in.jsonl", 6000)
    job = lab.add_large([path], "big")
    _until(job, lab, "versions.phase_saving")
    pid = next(int(one) for one in os.listdir("/proc") if one.isdigit() and _runs(int(one), job.folder))
    os.kill(pid, signal.SIGKILL)
    while is_held(job.folder / "lock"):
        time.sleep(0.01)
    killed = lab.jobs.get(job.id)
    assert killed.state == "interrupted" and lab.datasets.names() == []
    with pytest.raises(DataError):
        lab.datasets.get("big")
    done = lab.jobs.wait(lab.jobs.resume(job.id).id)
    assert done.state == "done" and done.status.attempt == 2
    assert lab.datasets.get("big").rows == 6000 and _left(lab, done) == []


def _runs(pid: int, folder: Path) -> bool:
    try:
        return str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.parametrize("keep", [True, False])
def test_a_stopped_job_leaves_nothing_half(lab: Lab, tmp_path: Path, keep: bool) -> None:
    job = lab.add_large([_file(tmp_path / "in.jsonl", 6000)], "big")
    _until(job, lab, "versions.phase_reading")
    lab.jobs.stop(job.id, keep=keep)
    stopped = lab.jobs.wait(job.id)
    assert stopped.state == "stopped" and lab.datasets.names() == []
    assert _left(lab, stopped) == (["files"] if keep else [])
    if keep:
        assert lab.jobs.wait(lab.jobs.resume(job.id).id).status.result["rows"] == 6000


def test_what_cannot_work_is_refused_before_a_job_starts(lab: Lab, tmp_path: Path) -> None:
    path = _file(tmp_path / "in.jsonl", 3)
    for wrong in ({"mode": "best"}, {"shares": (0, 1, 1)}, {"fixes": ("magic",)}):
        with pytest.raises(UsageError):
            lab.add_large([path], "x", **wrong)  # type: ignore[arg-type]
    for paths, name in (([tmp_path / "none.jsonl"], "x"), ([path], "  ")):
        with pytest.raises(DataError):
            lab.add_large(paths, name)
    assert lab.jobs.all() == [] and list(lab.workspace.jobs().glob(".staged*")) == []


def test_a_job_without_a_usable_row_says_why(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    path.write_text('{"question": "Only asked?"}\n' * 3, "utf-8")
    view = lab.jobs.wait(lab.add_large([path], "x").id)
    assert (view.state, view.status.error) == ("failed", "data.prompt_only")
    assert lab.datasets.names() == []


def test_a_look_at_a_large_file_holds_its_first_rows_and_cannot_be_saved(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "big.jsonl"
    record = json.dumps({"question": "Why?", "answer": "word " * 2000})
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{record}\n" for _ in range(LARGE // len(record) + 5))
    assert lab.is_large([path])
    draft = lab.draft([path])
    assert not draft.complete and len(draft.plan.rows) == 2000
    with pytest.raises(DataError) as caught:
        lab.save_draft(draft, "x")
    assert caught.value.key == "versions.draft_incomplete"
    small = lab.draft([_file(tmp_path / "in.jsonl", 3)])
    assert small.complete and lab.save_draft(small, "y").rows == 3


def test_rows_of_own_files_are_never_trained(lab: Lab, tmp_path: Path) -> None:
    train = _file(tmp_path / "data.jsonl", 30)
    (tmp_path / "own").mkdir()
    own, other = _file(tmp_path / "own" / "data.jsonl", 12, first=25), _file(tmp_path / "v.jsonl", 5, first=40)
    draft = lab.draft([train], test=[own], validation=[other])
    sides: dict[str, set[str]] = {}
    for row in draft.plan.rows:
        sides.setdefault(row.file, set()).add(row.split)
    assert sides == {"data.jsonl": {"train"}, "v.jsonl": {"validation"}, "test/data.jsonl": {"test"}}
    refused = [note for note in draft.plan.notes if note.code == "versions.group_on_both_sides"]
    assert {note.file for note in refused} == {"test/data.jsonl"} and len(refused) == 5
    version = lab.save_draft(draft, "own")
    trained: list[Row] = list(lab.datasets.rows(version, "train"))
    assert {row.file for row in trained} == {"data.jsonl"} and len(trained) == 30


def test_repairs_are_made_to_rows_as_they_pass(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    rows = [{"question": " Why? ", "answer": "So."}, {"question": "Who?", "answer": "I cannot say {{name}}."}]
    rows += [{"prompt": "Which?", "chosen": "This.", "rejected": "That."}]
    rows += [{"messages": [{"role": "system", "content": "Be brief."}]}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    fixes = ("strip_spaces", "drop_placeholders", "use_chosen", "system_as_prompt")
    draft = lab.draft([path], fixes=fixes)
    said = [[message.content for message in row.messages] for row in draft.reading.rows]
    assert said == [["Be brief.", "Why?", "So."], ["Be brief.", "Which?", "This."]]
    codes = {problem.code for problem in draft.reading.problems}
    assert not codes & {"outer_spaces", "placeholder", "preference_pairs", "system_only"}
    assert {"became_prompt", "row_left_out", "row_changed"} <= codes
    done = lab.jobs.wait(lab.add_large([path], "job", fixes=fixes).id)
    assert lab.datasets.get("job").version == lab.save_draft(draft, "draft").version == done.status.result["version"]
