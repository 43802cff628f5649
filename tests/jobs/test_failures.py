"""Causes a person can act on are told apart from accidents."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from lab.errors import DataError
from lab.jobs import Jobs
from lab.jobs.failures import explain
from lab.runs import Runs
from lab.workspace import Workspace


def _wrapped() -> Exception:
    error = RuntimeError("saving")
    error.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    return error


CASES = [
    (DataError("data.no_rows", name="a"), "data.no_rows"),
    (OSError(errno.ENOSPC, "No space left on device"), "jobs.disk_full"),
    (_wrapped(), "jobs.disk_full"),
    (RuntimeError("I/O error: No space left on device (os error 28)"), "jobs.disk_full"),
    (MemoryError(), "jobs.out_of_memory"),
    (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "jobs.out_of_memory"),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "jobs.out_of_memory"),
    (OSError(errno.EACCES, "Permission denied"), "jobs.unexpected"),
    (KeyError("x"), "jobs.unexpected"),
]


@pytest.mark.parametrize("error, key", CASES, ids=[f"{i}-{key}" for i, (_, key) in enumerate(CASES)])
def test_the_cause_is_named(error: Exception, key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = explain(error, tmp_path / "jobs" / "a")
    assert told["error"] == key
    if key == "jobs.unexpected":
        assert f"reference {told['reference']}" in capsys.readouterr().out


def test_a_job_deleted_while_the_list_is_read_is_not_in_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    going = workspace.jobs() / "20260101-000000-train-going-abc"
    going.mkdir(parents=True)
    for name in ("spec.json", "run.json"):  # listed, and gone when it is read
        (going / name).symlink_to(going / "gone")
    assert Jobs(workspace).all() == []
    assert Runs(workspace).all() == []
