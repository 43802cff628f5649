"""What lies in a workspace: how large, how old, what would miss it; put into the trash, brought back, or gone for good.

Knows: the kinds of things a workspace holds and which of them name which. Data sets keep their own records in the trash
(``lab.datasets.trash``); everything else is moved as the folder it is. What is being used right now cannot be deleted.
Must not know the page or the command line.
"""

from __future__ import annotations

import contextlib
import errno
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab import catalog
from lab.datasets import Datasets, trash
from lab.datasets.trash import Dependent
from lab.errors import DataError
from lab.jobs import Jobs, JobView
from lab.records import JobSpec, JobStatus, Run, Version, from_json, to_json
from lab.runs import Runs
from lab.workspace import (
    TORN,
    Workspace,
    append_jsonl,
    locked,
    now,
    passing_over,
    read_json,
    read_jsonl,
    slug,
    write_json,
)

_RECORD, _CONTENT = "moved.json", "content"
_RESERVE = 64 * 1024
"""Bytes held so that a deletion can be noted on a full disk."""
_KINDS = {"train": "run", "teach": "run", "eval": "evaluation"}
"""Kind of a job → what a person calls what it left; the others are called jobs."""
_LOOSE = {"export": "exports", "hub": "hub", "chat": "chat"}
"""Kind → the folder whose entries are such things."""


@dataclass(frozen=True)
class _Head:
    """Which version of a data set is current."""

    version: str


_RECORDS: dict[str, dict[str, Any]] = {
    "jobs": {"spec.json": JobSpec, "status.json": JobStatus, "run.json": Run},
    "datasets": {"head.json": _Head, "*/version.json": Version},
}
"""Folder → the records below it without which nothing of its kind can be listed."""


@dataclass(frozen=True)
class Thing:
    """One thing that takes room."""

    kind: str
    """``dataset``, ``run``, ``evaluation``, ``job``, ``checkpoints``, ``model``, ``export``, ``chat``, ``hub``,
    ``broken``."""
    id: str
    name: str
    size: int
    """Bytes."""
    changed: float
    """When a file of it was last written, in seconds since 1970."""
    dependents: tuple[Dependent, ...] = ()
    """What names it: readable without it, but not to be made again."""
    live: bool = False
    """Queued or at work, or used by what is."""

    @property
    def key(self) -> str:
        """How it is named to be deleted."""
        return f"{self.kind}:{self.id}"

    @property
    def days(self) -> int:
        """Whole days since it was written."""
        return max(0, int((time.time() - self.changed) // 86400))


@dataclass(frozen=True)
class Moved:
    """What lies in the trash."""

    id: str
    kind: str
    name: str
    place: str
    """Where it was, below the workspace; empty for a data set, whose own record says it."""
    deleted: str
    size: int = 0


@dataclass(frozen=True)
class Room:
    """The bytes of one workspace, and of the disk it lies on."""

    things: int
    """What can be deleted."""
    trash: int
    other: int
    """What belongs to the workspace itself: logs, locks, what came with the lab."""
    free: int
    shared: int
    """Base models that several workspaces share, which are not deleted from here; 0 where they are this one's own."""


class Disk:
    """One workspace, seen as what takes room."""

    def __init__(self, workspace: Workspace, models: Path) -> None:
        self.workspace = workspace
        self.models = models
        self.datasets = Datasets(workspace)
        self.jobs = Jobs(workspace)

    def things(self) -> list[Thing]:
        """Everything that can be deleted, the largest first.

        Where a folder cannot be read, what uses what cannot be told: then only such folders, until they are away.
        """
        found = list(self._broken())
        if not found:
            jobs, runs = self.jobs.all(), Runs(self.workspace).all()
            found = [*self._data(jobs), *self._jobs(jobs, runs), *self._models(jobs, runs), *self._loose()]
        return sorted(found, key=lambda thing: -thing.size)

    def room(self, things: Iterable[Thing], trashed: Iterable[Moved]) -> Room:
        """How much all of it takes, and how much is free."""
        # Checkpoints lie in their run, which counts them.
        used = sum(one.size for one in things if one.kind != "checkpoints")
        waste, whole = sum(one.size for one in trashed), size_of(self.workspace.root)
        shared = 0 if self._owns_models() else size_of(self.models)
        return Room(used, waste, max(0, whole - used - waste), shutil.disk_usage(self.workspace.root).free, shared)

    def find(self, key: str) -> Thing:
        """The thing called ``KIND:ID``; raises ``DataError`` if there is none."""
        for thing in self.things():
            if thing.key == key:
                return thing
        raise DataError("disk.no_such_thing", key=key)

    def delete(self, key: str) -> Moved:
        """Move a thing to the trash; ``restore`` brings it back. Raises ``DataError`` while it is used."""
        with self._alone():
            thing = self.find(key)
            if thing.live:
                users = ", ".join(one.id for one in thing.dependents if one.live) or thing.id
                raise DataError("disk.in_use", name=thing.name, users=users)
            try:
                return self._move(thing)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            (self.workspace.trash() / ".reserve").unlink(missing_ok=True)
            try:
                return self._move(thing)
            except OSError as error:
                raise DataError("disk.full", name=thing.name) from error

    def _move(self, thing: Thing) -> Moved:
        if thing.kind == "dataset":
            gone = trash.delete(self.datasets, thing.id)
            return Moved(gone.id, "dataset", gone.dataset, "", gone.deleted, thing.size)
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        moved_id = f"{stamp}-{slug(thing.name)[:30]}-{secrets.token_hex(2)}"
        content = self.workspace.trashed(moved_id) / _CONTENT
        paths = self._paths(thing)
        parent = paths[0].parent.relative_to(self.workspace.root).as_posix()
        record = Moved(moved_id, thing.kind, thing.name, parent, now(), thing.size)
        write_json(self.workspace.trashed(moved_id) / _RECORD, to_json(record))
        content.mkdir()
        for path in paths:
            path.replace(content / path.name)
        return record

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else deletes or restores meanwhile; some bytes are held back for when the disk is full."""
        with locked(self.workspace.trash() / ".lock"):
            reserve = self.workspace.trash() / ".reserve"
            with contextlib.suppress(OSError):
                if not reserve.exists():
                    reserve.write_bytes(b"\0" * _RESERVE)
            yield

    def trashed(self) -> list[Moved]:
        """What can come back, last deleted first."""
        folders = self.workspace.trash().glob(f"*/{_RECORD}")
        found = []
        for path in folders:
            with passing_over(path):
                found.append(from_json(Moved, read_json(path)))
        for gone in trash.trashed(self.datasets):
            name = f"{gone.dataset}@{gone.version}" if gone.version else gone.dataset
            size = size_of(self.workspace.trashed(gone.id))
            found.append(Moved(gone.id, "dataset", name, "", gone.deleted, size))
        return sorted(found, key=lambda one: one.deleted, reverse=True)

    def restore(self, moved_id: str) -> Moved:
        """Undo a deletion. Raises ``DataError`` where it is not in the trash or its place is taken."""
        with self._alone():
            record = self._trashed(moved_id)
            if not record.place:
                trash.restore(self.datasets, moved_id)
                return record
            home = self.workspace.root / record.place
            if not (self.workspace.trashed(moved_id) / _CONTENT).is_dir():
                raise DataError("versions.not_in_trash", id=moved_id)
            parts = list((self.workspace.trashed(moved_id) / _CONTENT).iterdir())
            taken = [part.name for part in parts if (home / part.name).exists()]
            if taken and record.kind != "chat":
                raise DataError("disk.place_taken", name=record.name, place=taken[0])
            home.mkdir(parents=True, exist_ok=True)
            for part in parts:
                if part.name in taken:
                    self._put_before(part, home / part.name)
                else:
                    part.replace(home / part.name)
            shutil.rmtree(self.workspace.trashed(moved_id))
            return record

    def _put_before(self, part: Path, place: Path) -> None:
        """Answers that come back stand before those that were given since."""
        with locked(self.workspace.chat() / ".lock"):
            append_jsonl(part, *read_jsonl(place))
            part.replace(place)

    def empty(self, moved_ids: Iterable[str] | None = None) -> int:
        """Remove what is in the trash for good (default: all of it); returns the bytes that are free now."""
        wanted = list(moved_ids) if moved_ids is not None else [one.id for one in self.trashed()]
        freed = 0
        for moved_id in wanted:
            freed += self._trashed(moved_id).size
            shutil.rmtree(self.workspace.trashed(moved_id))
        return freed

    def _trashed(self, moved_id: str) -> Moved:
        for one in self.trashed():
            if one.id == moved_id:
                return one
        raise DataError("versions.not_in_trash", id=moved_id)

    def _data(self, jobs: list[JobView]) -> Iterator[Thing]:
        versions = trash.every(self.datasets)
        for name in self.datasets.names():
            used = tuple(trash.among(jobs, versions, name))
            thing = _measured(Thing("dataset", name, name, 0, 0.0, used), [self.workspace.dataset(name)])
            yield replace(thing, live=any(one.live for one in used))

    def _jobs(self, jobs: list[JobView], runs: list[Run]) -> Iterator[Thing]:
        for view in jobs:
            used = tuple(_users_of_run(view.id, jobs, runs))
            live = not view.is_final or any(one.live for one in used)
            kind = _KINDS.get(view.spec.kind, "job")
            thing = Thing(kind, view.id, view.spec.name, 0, 0.0, used, live)
            yield _measured(thing, [view.folder])
            checkpoints = self._paths(Thing("checkpoints", view.id, view.spec.name, 0, 0.0))
            if checkpoints[0].is_dir():
                own = () if view.state == "done" else (_dependent(view),)
                users = own + tuple(one for one in used if one.kind == "train" and one.live)
                live = any(one.live for one in users)
                yield _measured(replace(thing, kind="checkpoints", dependents=users, live=live), checkpoints)

    def _models(self, jobs: list[JobView], runs: list[Run]) -> Iterator[Thing]:
        """Base models of this workspace; those shared from elsewhere are not its own to delete."""
        if not self._owns_models():
            return
        for folder in sorted(path for path in self.models.glob("[!.]*/") if (path / "complete.json").is_file()):
            name = str((read_json(folder / "complete.json") or {}).get("name") or folder.name)
            used = tuple(Dependent("train", run.id, run.name, "done") for run in runs if run.base == name)
            live = any(not job.is_final and job.spec.kind in {"train", "teach", "eval", "export"} for job in jobs)
            yield _measured(Thing("model", folder.name, name, 0, 0.0, used, live), [folder])

    def _broken(self) -> Iterator[Thing]:
        """Folders of jobs and data sets whose records are torn or are no records."""
        for home, records in _RECORDS.items():
            for folder in sorted((self.workspace.root / home).glob("[!.]*/")):
                try:
                    for pattern, kind in records.items():
                        for path in folder.glob(pattern):
                            from_json(kind, read_json(path))
                except TORN:
                    yield _measured(Thing("broken", f"{home}/{folder.name}", folder.name, 0, 0.0), [folder])

    def _owns_models(self) -> bool:
        return self.models.absolute() == (self.workspace.root / "models").absolute()

    def _loose(self) -> Iterator[Thing]:
        """Exports, files fetched from a hub, answers and votes of the comparisons."""
        for kind, home in _LOOSE.items():
            for path in sorted((self.workspace.root / home).glob("[!.]*")):
                yield _measured(Thing(kind, path.name, path.name, 0, 0.0), [path])

    def _paths(self, thing: Thing) -> list[Path]:
        """The files and folders of a thing, all in one folder."""
        if thing.kind == "checkpoints":
            return [self.workspace.job(thing.id) / "checkpoints"]
        if thing.kind == "model":
            return [self.models / thing.id]
        if thing.kind == "broken":
            return [self.workspace.root / thing.id]
        if thing.kind in _LOOSE:
            return [self.workspace.root / _LOOSE[thing.kind] / thing.id]
        return [self.workspace.job(thing.id)]


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; a file with several names counts once."""
    if path.is_symlink():
        return 0  # what it points to lies elsewhere, and stays when it goes
    files = [path] if path.is_file() else path.rglob("*")
    stats = [one.lstat() for one in files if one.is_file() and not one.is_symlink()]
    return sum({(stat.st_dev, stat.st_ino): stat.st_size for stat in stats}.values())


def fetchable(thing: Thing) -> bool:
    """Whether a model can be had again by its name."""
    return thing.kind == "model" and (thing.name in catalog.CATALOG or thing.name.startswith("hub:"))


def _measured(thing: Thing, paths: list[Path]) -> Thing:
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()]
    changed = max((file.lstat().st_mtime for file in files), default=0.0)
    return replace(thing, size=sum(map(size_of, paths)), changed=changed)


def _dependent(view: JobView) -> Dependent:
    return Dependent(view.spec.kind, view.id, view.spec.name, view.state, live=not view.is_final)


def _users_of_run(run_id: str, jobs: list[JobView], runs: list[Run]) -> Iterator[Dependent]:
    """Runs that go on from it, and jobs that ask it, judge it or export it."""
    for view in jobs:
        options = view.spec.options
        named = (options.get("run"), options.get("evaluation"))
        asked = [one.get("run") for one in options.get("contestants") or [] if isinstance(one, dict)]
        parent = options.get("parent")
        if run_id in {*asked, *named, parent.get("id") if isinstance(parent, dict) else parent}:
            yield _dependent(view)
    jobs_of = {view.id for view in jobs}
    for run in runs:
        if run.parent == run_id and run.id not in jobs_of:
            yield Dependent("train", run.id, run.name, "done")


def date(thing: Thing) -> str:
    """The day it was last written, in UTC."""
    return datetime.fromtimestamp(thing.changed, UTC).strftime("%Y-%m-%d") if thing.changed else "—"
