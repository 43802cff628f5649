"""Sees a stop through: ``python -m lab.jobs.stopper JOB_DIR SECONDS SECONDS``.

A job reads the wish to stop at every step. One that does not is told by SIGTERM after the first limit and by
SIGKILL after the second, each recorded as an event, and put down as stopped. A process of its own, so that it
needs no page, and works on a job whose process is suspended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from lab.jobs.context import asked_to_stop, read_status, write_status
from lab.jobs.lanes import FINAL
from lab.jobs.lock import hold, holder, is_held, let_go
from lab.workspace import append_jsonl, now

_LOOK_EVERY = 0.1


def main(folder: Path, terminate_after: float, kill_after: float) -> int:
    """Return when the job is stopped, by itself or by signal."""
    for seconds, number in ((terminate_after, signal.SIGTERM), (kill_after, signal.SIGKILL)):
        if _gone_within(folder, seconds):
            break
        if asked_to_stop(folder) is None or read_status(folder).state in FINAL:
            return 0
        _send(folder, number)
    _gone_within(folder, 10.0)
    _put_down(folder)
    return 0


def _gone_within(folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_held(folder / "lock"):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_EVERY)
    return True


def _send(folder: Path, number: signal.Signals) -> None:
    """Signal the job's whole process group: its worker leads a session of its own."""
    process = holder(folder / "lock")
    if process:
        _record(folder, "signal", name=number.name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, number)


def _put_down(folder: Path) -> None:
    """A job that ended without its last word, after being asked to stop, is stopped."""
    descriptor = hold(folder / "lock", patience=1.0)
    if descriptor is None:
        return
    try:
        status = read_status(folder)
        if status.state not in FINAL and asked_to_stop(folder):
            write_status(folder, replace(status, state="stopped"))
    finally:
        let_go(descriptor)


def _record(folder: Path, kind: str, **values: str) -> None:
    attempt = read_status(folder).attempt
    append_jsonl(folder / "events.jsonl", {"kind": kind, "attempt": attempt, "time": now(), **values})


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
