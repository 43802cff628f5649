"""Long tasks as folders: submit, watch, stop, resume.

    jobs/<id>/   spec.json status.json events.jsonl control.json log.txt lock heartbeat  <outputs>

Each job is a child process of its own session (``lab.jobs.worker``) that outlives whoever started it. Knows:
how a job's true state follows from its status file and its lock together. Must not know what any kind of job
does, nor import its module: kinds are named in ``lab.jobs.worker`` and imported in the child only.

A job is alive while its worker holds the lock; a status that says "running" over a free lock means
interrupted. Nothing here keeps state in memory, so any number of processes may use one workspace.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lab import access
from lab.access.limits import Started, check_lessons
from lab.errors import JobError
from lab.jobs.context import asked_to_stop, read_spec, read_status, write_status
from lab.jobs.lanes import FINAL
from lab.jobs.lock import hold, is_held, let_go
from lab.records import JobSpec, JobStatus, from_json, to_json
from lab.settings import PROJECT, child_environment
from lab.workspace import (
    Workspace,
    append_jsonl,
    locked,
    now,
    passing_over,
    read_json,
    read_jsonl,
    slug,
    write_json,
    write_text,
)

__all__ = ["FINAL", "JobView", "Jobs"]

_RESPONSIVE = 15.0
"""Seconds since the last heartbeat within which a live job is called responsive."""
_LOOK_EVERY = 0.2
_RESPAWN_AFTER = 3.0
_TAIL = 256 * 1024


@dataclass(frozen=True)
class JobView:
    """One job as it stands at the moment of looking."""

    spec: JobSpec
    status: JobStatus
    """With the true state: ``stopping`` and ``interrupted`` are seen here, never written by the worker."""
    responsive: bool
    folder: Path

    @property
    def id(self) -> str:
        """Also the folder's name, and the run's id."""
        return self.spec.id

    @property
    def state(self) -> str:
        """queued → running → stopping → done | stopped | failed | interrupted."""
        return self.status.state

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens unless somebody resumes it."""
        return self.status.state in FINAL


class Jobs:
    """The jobs of one workspace."""

    def __init__(self, workspace: Workspace, stop_limits: tuple[float, float] = (120.0, 15.0)) -> None:
        self.workspace = workspace
        self.stop_limits = stop_limits
        """Seconds a job may take to hear a stop before SIGTERM, and after that before SIGKILL."""

    def submit(
        self,
        kind: str,
        name: str,
        options: dict[str, Any],
        *,
        lane: str = "local",
        request: str = "",
        inputs: Mapping[str, str] | None = None,
        staged: Path | None = None,
        private: Mapping[str, str] | None = None,
    ) -> JobView:
        """Start a job, or give back the one already submitted under the same ``request``.

        It waits in ``lane`` by itself. ``options`` must hold what the kind's worker needs, and no secret. ``inputs``
        are texts put into its folder first, by file name; ``staged`` is a folder that becomes its ``files``;
        ``private`` values live in its process's environment only. What a visitor may start is their own.
        """
        access.require_corner()
        with locked(self.workspace.jobs() / ".submit.lock"):
            if request:
                for spec in self._specs():
                    if spec.request == request:
                        return self.get(spec.id)
            self._check_corner()
            spec = self._spec(kind, name, options, lane, request)
            folder = self.workspace.job(spec.id)
            folder.mkdir(parents=True)
            write_status(folder, JobStatus())
            for file, text in (inputs or {}).items():
                write_text(folder / file, text)
            if staged:
                staged.replace(folder / "files")
            write_json(folder / "spec.json", to_json(spec))
        self._spawn(folder, private)
        return self.get(spec.id)

    def all(self, kind: str | None = None) -> list[JobView]:
        """Every job that who acts may see, newest first; only those of ``kind`` if named."""
        specs = sorted(
            (spec for spec in self._specs() if access.sees(spec.owner)), key=lambda spec: spec.created, reverse=True
        )
        views = []
        for spec in specs:
            if kind in (None, spec.kind):
                with passing_over(self.workspace.job(spec.id) / "status.json"):
                    views.append(self._view(spec))
        return views

    def get(self, job_id: str) -> JobView:
        """The job with that id; raises ``JobError`` if there is none that who acts may see."""
        there = (self.workspace.job(job_id) / "spec.json").is_file()
        spec = read_spec(self.workspace.job(job_id)) if there else None
        if spec is None or not access.sees(spec.owner):
            raise JobError("jobs.no_such_job", job=job_id)
        return self._view(spec)

    def stop(self, job_id: str, *, keep: bool = True) -> None:
        """Ask the job to stop: keeping what it has so far, or discarding it. A finished job stays as it is."""
        view = self.get(job_id)
        access.require_own(view.spec.owner)
        if view.is_final:
            return
        write_json(view.folder / "control.json", {"stop": "keep" if keep else "discard", "time": now()})
        self._record(view, "stop_asked", keep=keep)
        limits = [str(seconds) for seconds in self.stop_limits]
        self._start(["-m", "lab.jobs.stopper", str(view.folder), *limits], view.folder)

    def resume(self, job_id: str, private: Mapping[str, str] | None = None) -> JobView:
        """Let an interrupted, failed or stopped job go on from its last complete checkpoint or item.

        Raises ``JobError`` with the reason where it cannot. ``private`` values have to be told again.
        """
        with locked(self.workspace.jobs() / ".submit.lock"):
            view = self.get(job_id)
            access.require_own(view.spec.owner)
            self._check_resumable(view)
            self._check_corner()
            own = hold(view.folder / "lock", patience=2.0)
            if own is None:
                raise JobError("jobs.still_active", job=job_id)
            (view.folder / "control.json").unlink(missing_ok=True)
            status = replace(view.status, state="queued", error="", error_values={}, reference="", rate=None)
            write_status(view.folder, status)
            let_go(own)
        self._spawn(view.folder, private)
        return self.get(job_id)

    def move_first(self, job_id: str) -> None:
        """Give a queued job the lowest ticket of its lane."""
        with locked(self.workspace.jobs() / ".submit.lock"):
            spec = self.get(job_id).spec
            access.require(access.Right.WRITE)
            lowest = min(other.ticket for other in self._specs() if other.lane == spec.lane)
            moved = replace(spec, ticket=lowest - 1.0)
            write_json(self.workspace.job(job_id) / "spec.json", to_json(moved))

    def events(self, job_id: str, kind: str | None = None) -> list[dict[str, Any]]:
        """What happened, in order; only events of ``kind`` if named.

        Of ``step`` events each step stands once, from the last attempt that reached it.
        """
        found = list(read_jsonl(self.get(job_id).folder / "events.jsonl"))
        last = {event["step"]: place for place, event in enumerate(found) if event.get("kind") == "step"}
        kept = [
            event
            for place, event in enumerate(found)
            if kind in (None, event.get("kind")) and (event.get("kind") != "step" or last[event["step"]] == place)
        ]
        return sorted(kept, key=lambda event: int(event["step"])) if kind == "step" else kept

    def log(self, job_id: str, lines: int = 200) -> str:
        """The last ``lines`` of what the job printed."""
        path = self.get(job_id).folder / "log.txt"
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            text = file.read().decode("utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def respawn(self) -> None:
        """Give every queued job whose process is gone a new one. Call once when a page or command starts.

        One that was asked to stop while it waited gets one too: the new process puts it down as stopped.
        """
        for view in self.all():
            if view.state in {"queued", "stopping"} and not is_held(view.folder / "lock"):
                self._spawn(view.folder)

    def wait(self, job_id: str, on_change: Callable[[JobView], None] | None = None) -> JobView:
        """Follow the job until nothing more happens; ``on_change`` sees each new status."""
        seen: JobStatus | None = None
        alone_since, respawned = time.monotonic(), 0
        while True:
            view = self.get(job_id)
            if on_change and view.status != seen:
                on_change(view)
            seen = view.status
            if view.is_final:
                return view
            if view.state != "queued" or is_held(view.folder / "lock"):
                alone_since = time.monotonic()
            elif time.monotonic() - alone_since > _RESPAWN_AFTER:
                if respawned == 2:
                    raise JobError("jobs.does_not_start", job=job_id)
                respawned, alone_since = respawned + 1, time.monotonic()
                self._spawn(view.folder)
            time.sleep(_LOOK_EVERY)

    def _check_corner(self) -> None:
        """Raise ``AccessError`` where who acts is a visitor who may start nothing now."""
        caller = access.current()
        if caller.limits is None:
            return
        time_now = datetime.fromisoformat(now())
        started = []
        for spec in self._specs():
            if spec.owner:
                seconds = (time_now - datetime.fromisoformat(spec.created)).total_seconds()
                started.append(Started(spec.owner, seconds, not self._view(spec).is_final))
        check_lessons(caller.limits, caller.id, started)

    def _specs(self) -> list[JobSpec]:
        """Of a folder that is deleted between being listed and being read there is none."""
        specs = []
        for path in self.workspace.jobs().glob("*/spec.json"):
            with passing_over(path):
                if (read := read_json(path)) is not None:
                    specs.append(from_json(JobSpec, read))
        return specs

    def _spec(self, kind: str, name: str, options: dict[str, Any], lane: str, request: str) -> JobSpec:
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        job_id = f"{stamp}-{kind}-{slug(name)[:30].rstrip('-._')}-{secrets.token_hex(2)[:3]}"
        return JobSpec(
            id=job_id,
            kind=kind,
            name=name,
            created=now(),
            lane=lane,
            ticket=time.time(),
            request=request,
            options=options,
            by=access.current().name,
            owner=access.current().owns,
        )

    def _view(self, spec: JobSpec) -> JobView:
        folder = self.workspace.job(spec.id)
        status, alive = _true_status(folder)
        return JobView(spec, status, alive and _beats(folder / "heartbeat"), folder)

    def _check_resumable(self, view: JobView) -> None:
        if view.state == "done":
            raise JobError("jobs.already_done", job=view.id)
        if not view.is_final:
            raise JobError("jobs.still_active", job=view.id)
        if (read_json(view.folder / "control.json") or {}).get("stop") == "discard":
            raise JobError("jobs.was_discarded", job=view.id)

    def _record(self, view: JobView, kind: str, **values: Any) -> None:
        event = {"kind": kind, "attempt": view.status.attempt, "time": now(), **values}
        append_jsonl(view.folder / "events.jsonl", event)

    def _spawn(self, folder: Path, private: Mapping[str, str] | None = None) -> None:
        extra = {**_devices(read_spec(folder).lane), **(private or {})}
        self._start(["-m", "lab.jobs.worker", str(folder)], folder, **extra)

    def _start(self, arguments: list[str], folder: Path, **extra: str) -> None:
        """A child in a session of its own, printing into the job's log; a thread reaps it when it ends."""
        with (folder / "log.txt").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-u", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env=child_environment(**extra),
                start_new_session=True,
            )
        threading.Thread(target=child.wait, daemon=True).start()


def _true_status(folder: Path) -> tuple[JobStatus, bool]:
    """The status with the state that is true now, and whether the worker lives.

    A worker writes its last status before it lets go of the lock; so a status that still says "running"
    when read again after the lock was seen free is one that nobody will finish.
    """
    status, alive = read_status(folder), is_held(folder / "lock")
    while not alive and status.state not in FINAL and (again := read_status(folder)) != status:
        status, alive = again, is_held(folder / "lock")
    if status.state == "running" and not alive:
        return replace(status, state="interrupted"), False
    if status.state not in FINAL and asked_to_stop(folder):
        return replace(status, state="stopping"), alive
    return status, alive


def _beats(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < _RESPONSIVE
    except FileNotFoundError:
        return False


def _devices(lane: str) -> dict[str, str]:
    """The one GPU a lane may see: ``gpu1`` the second, any other lane the first. Without GPUs it means nothing."""
    told = child_environment().get("CUDA_VISIBLE_DEVICES")
    number = int(lane[3:]) if lane.startswith("gpu") and lane[3:].isdigit() else 0
    if told is None:
        return {"CUDA_VISIBLE_DEVICES": str(number)}
    visible = told.split(",")
    return {"CUDA_VISIBLE_DEVICES": visible[number] if number < len(visible) else ""}
