"""Deleting data sets and versions so that they can come back, and what would miss them.

Knows: which jobs and versions name a data set, and how a folder goes to the trash and returns. Must not know the page
or the command line.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lab.datasets import Datasets
from lab.errors import DataError
from lab.jobs import Jobs, JobView
from lab.records import Version, from_json, to_json
from lab.workspace import now, passing_over, read_json, slug, write_json

_RECORD, _CONTENT = "deleted.json", "content"


@dataclass(frozen=True)
class Dependent:
    """Something that names a data set or a version."""

    kind: str
    """Kind of the job (``train`` is a run, ``eval`` an evaluation …), or ``version``."""
    id: str
    """Id of the job, or ``name@version``."""
    name: str
    """As a person knows it."""
    state: str = ""
    """Of the job."""
    live: bool = False
    """The job is queued or at work: what it uses cannot be deleted."""


@dataclass(frozen=True)
class Deleted:
    """What lies in the trash."""

    id: str
    dataset: str
    version: str
    """Empty when the whole data set was deleted."""
    rows: int
    deleted: str
    """When."""
    head: str = ""
    """The version that was current before."""


def depends_on(datasets: Datasets, name: str, version: str | None = None) -> list[Dependent]:
    """Jobs and versions that use the data set (or just the one version), live jobs first.

    A run or evaluation stays readable without it; what cannot be done any more is to train or score it again.
    """
    datasets.get(name, version)
    return among(Jobs(datasets.workspace).all(), every(datasets), name, version)


def every(datasets: Datasets) -> list[tuple[str, Version]]:
    """(name, version) of every version of every data set."""
    return [(name, version) for name in datasets.names() for version in datasets.versions(name)]


def among(
    jobs: Sequence[JobView], versions: Sequence[tuple[str, Version]], name: str, version: str | None = None
) -> list[Dependent]:
    """``depends_on`` for who asks about many data sets and read all ``jobs`` and ``versions`` once."""
    found = [_job(view) for view in jobs if _uses(view.spec.options, name, version)]
    found += _children(versions, name, version)
    return sorted(found, key=lambda dependent: not dependent.live)


def delete(datasets: Datasets, name: str, version: str | None = None) -> Deleted:
    """Move a data set, or one version of it, to the trash; ``restore`` brings it back.

    The next newest version becomes the current one; the last version takes the data set with it. Raises ``DataError``
    while a live job uses it.
    """
    live = [dependent for dependent in depends_on(datasets, name, version) if dependent.live]
    if live:
        raise DataError("versions.in_use", name=name, job=live[0].id, count=len(live))
    gone = datasets.get(name, version)
    head = datasets.get(name).version
    others = [each for each in datasets.versions(name) if each.version != version]
    whole = version is None or not others
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    trash_id = f"{stamp}-{slug(name)[:30]}-{secrets.token_hex(2)}"
    record = Deleted(trash_id, gone.dataset, "" if whole else gone.version, gone.rows, now(), head)
    place = datasets.workspace.trashed(trash_id)
    write_json(place / _RECORD, to_json(record))
    if not whole and head == gone.version:
        datasets.choose(others[0])
    _folder(datasets, record).replace(place / _CONTENT)
    return record


def trashed(datasets: Datasets) -> list[Deleted]:
    """What can come back, last deleted first."""
    records = sorted(datasets.workspace.trash().glob(f"*/{_RECORD}"), reverse=True)
    found = []
    for path in records:
        with passing_over(path):
            if (path.parent / _CONTENT).is_dir():
                found.append(from_json(Deleted, read_json(path)))
    return found


def restore(datasets: Datasets, trash_id: str) -> Version:
    """Undo a deletion; a version that was the current one is that again. Raises ``DataError`` where it cannot."""
    place = datasets.workspace.trashed(trash_id)
    stored = read_json(place / _RECORD)
    if stored is None or not (place / _CONTENT).is_dir():
        raise DataError("versions.not_in_trash", id=trash_id)
    record = from_json(Deleted, stored)
    folder = _folder(datasets, record)
    if folder.exists():
        raise DataError("versions.place_taken", name=record.dataset)
    if record.version and not folder.parent.is_dir():
        raise DataError("versions.dataset_gone", name=record.dataset)
    (place / _CONTENT).replace(folder)
    shutil.rmtree(place, ignore_errors=True)
    version = datasets.get(record.dataset, record.version or record.head)
    if record.version == record.head:
        datasets.choose(version)
    return version


def forget(datasets: Datasets, trash_id: str) -> None:
    """Remove something from the trash for good."""
    place = datasets.workspace.trashed(trash_id)
    if not (place / _RECORD).is_file():
        raise DataError("versions.not_in_trash", id=trash_id)
    shutil.rmtree(place)


def _folder(datasets: Datasets, record: Deleted) -> Path:
    folder = datasets.workspace.dataset(record.dataset)
    return folder / record.version if record.version else folder


def _job(view: JobView) -> Dependent:
    return Dependent(view.spec.kind, view.id, view.spec.name, view.state, live=not view.is_final)


def _uses(options: dict[str, Any], name: str, version: str | None) -> bool:
    """Whether a job with these options reads the data set: as its data, or as documents of a contestant."""
    named = [str(one.get("documents") or "") for one in options.get("contestants") or [] if isinstance(one, dict)]
    named.append(f"{options.get('dataset')}@{options.get('version') or ''}")
    parts = [each.partition("@") for each in named]
    return any(of == name and (not version or not its or its == version) for of, _, its in parts)


def _children(versions: Sequence[tuple[str, Version]], name: str, version: str | None) -> Iterator[Dependent]:
    """Versions made from it; those that would go with it are not counted."""
    for other, child in versions:
        parents = (child.parent or "").split("+") if version is not None or other != name else []
        if any(_is_parent(parent, name, version, other) for parent in parents):
            yield Dependent("version", f"{child.dataset}@{child.version}", child.dataset)


def _is_parent(parent: str, name: str, version: str | None, child: str) -> bool:
    """Whether ``parent`` (``name@version``, or a version of the same data set) means what is asked for."""
    of, _, its = parent.rpartition("@")
    return (of or child) == name and (version is None or its == version)
