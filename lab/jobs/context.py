"""What a job's worker is given: its folder, its options, and the ways to report and to hear a stop.

Knows: the files of one job folder as their only writer while the job's lock is held. Must not know any kind
of job, or who is watching.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.records import JobSpec, JobStatus, from_json, to_json
from lab.workspace import Workspace, append_jsonl, now, read_json, write_json

_REPORT_EVERY = 0.25
"""Seconds between two status files of one phase."""
_RESERVE = 256 * 1024
"""Bytes kept on the disk so that a full disk can still be reported."""


def read_spec(folder: Path) -> JobSpec:
    """What the job of ``folder`` is to do."""
    return from_json(JobSpec, read_json(folder / "spec.json"))


def read_status(folder: Path) -> JobStatus:
    """What the worker last wrote; the true state also needs the lock (``lab.jobs``)."""
    return from_json(JobStatus, read_json(folder / "status.json", {}))


def write_status(folder: Path, status: JobStatus) -> JobStatus:
    """Put ``status`` on the disk with the time of writing."""
    written = replace(status, updated=now())
    write_json(folder / "status.json", to_json(written))
    return written


def _write_over(path: Path, status: JobStatus) -> None:
    """Put ``status`` where the file lies, in one write that needs no new room; blanks fill up the old length."""
    text = json.dumps(to_json(status), ensure_ascii=False).encode()
    with path.open("r+b", buffering=0) as file:
        file.write(text.ljust(path.stat().st_size))


def asked_to_stop(folder: Path) -> str | None:
    """``keep`` or ``discard`` when somebody asked the job to stop."""
    asked = (read_json(folder / "control.json") or {}).get("stop")
    return asked if asked in {"keep", "discard"} else None


class JobContext:
    """One attempt at one job, seen from its worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spec = read_spec(folder)
        self.status = read_status(folder)
        self.workspace = Workspace(folder.parent.parent)
        self.models = Path(self.spec.options.get("models") or self.workspace.root / "models")
        self.attempt = self.status.attempt + 1
        self.heard: str | None = None
        """The stop the worker was told of by ``stop_asked``."""
        self._before = self.status.seconds
        self._started: float | None = None
        self._reported = 0.0

    def begin(self) -> None:
        """From now on the job is running."""
        self._started = time.monotonic()
        (self.folder / "reserve").write_bytes(b"\0" * _RESERVE)
        self.event("started")  # first: whoever sees it running finds how it began, even if it is killed right then
        self._write(state="running", attempt=self.attempt, phase="jobs.phase_starting")

    def progress(self, phase_key: str, step: int, total: int, rate: float | None = None) -> None:
        """Say how far it is: ``step`` of ``total`` in the phase; ``rate`` in steps a second."""
        last = step >= total or phase_key != self.status.phase
        if last or time.monotonic() - self._reported >= _REPORT_EVERY:
            self._write(phase=phase_key, step=step, total=total, rate=rate)

    def event(self, kind: str, **values: Any) -> None:
        """Append one event, with its attempt and time."""
        append_jsonl(self.folder / "events.jsonl", {"kind": kind, "attempt": self.attempt, "time": now(), **values})

    def stop_asked(self) -> str | None:
        """``keep`` or ``discard`` once somebody asked; a job that saw it and returns counts as stopped."""
        self.heard = asked_to_stop(self.folder)
        return self.heard

    def finish(self, state: str, **changes: Any) -> None:
        """The last word of this attempt: ``done``, ``stopped`` or ``failed``."""
        (self.folder / "reserve").unlink(missing_ok=True)
        try:
            self._write(state=state, **changes)
            self.event("finished", state=state)
        except OSError:
            # Somebody else took even the reserve: the old status has its place on the disk, so write over it.
            _write_over(self.folder / "status.json", replace(self.status, state=state, updated=now(), **changes))

    def _write(self, **changes: Any) -> None:
        self._reported = time.monotonic()
        running = self._reported - self._started if self._started is not None else 0.0
        seconds = round(self._before + running, 3)
        self.status = write_status(self.folder, replace(self.status, seconds=seconds, **changes))
