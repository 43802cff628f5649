"""Lanes: jobs of one lane run one after another, the lowest ticket first.

A queued job is a live process that waits here, so the queue moves on without a page. Knows: tickets and the
lanes' lock files. Must not know what the jobs do.
"""

from __future__ import annotations

import time
from pathlib import Path

from lab.jobs.context import asked_to_stop, read_spec, read_status
from lab.jobs.lock import hold, is_held
from lab.records import JobSpec
from lab.workspace import Workspace, slug

FINAL = frozenset({"done", "stopped", "failed", "interrupted"})
"""States no job leaves by itself."""
_LOOK_EVERY = 0.3
_STARTING = 10.0
"""Seconds a submitted job may take to hold its lock; until then it keeps its place in the queue."""


def take(workspace: Workspace, folder: Path) -> int | None:
    """Wait until it is the turn of the job in ``folder``; the lane's lock, or ``None`` if asked to stop first."""
    finished: set[str] = set()
    while asked_to_stop(folder) is None:
        spec = read_spec(folder)
        if not _somebody_before(workspace, spec, finished):
            lane = hold(workspace.lanes() / f"{slug(spec.lane)}.lock")
            if lane is not None:
                return lane
        time.sleep(_LOOK_EVERY)
    return None


def _somebody_before(workspace: Workspace, spec: JobSpec, finished: set[str]) -> bool:
    """Whether a queued job of the lane has a lower ticket. ``finished`` remembers what need not be read again."""
    for folder in workspace.jobs().iterdir():
        if folder.name == spec.id or folder.name in finished or not (folder / "spec.json").is_file():
            continue
        other, state = read_spec(folder), read_status(folder).state
        if other.lane != spec.lane or state in FINAL:
            finished.add(folder.name)
        elif state == "queued" and other.ticket < spec.ticket:
            starting = time.time() - other.ticket < _STARTING
            if starting or is_held(folder / "lock"):
                return True
    return False
