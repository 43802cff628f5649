"""Checkpoints that can be trusted: sealed after they are on the disk, checked before they are resumed from.

Knows: the folders ``checkpoint-<step>`` of one run. A folder counts only with a ``complete.json`` that names
every file with its size and hash. Must not know what the files hold.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from lab.workspace import read_json, write_json

MARKER = "complete.json"
KEPT = 4
"""As many as a run writes if nobody says otherwise: one may go on from each of them."""
KEPT_WHOLE = 2
"""Of whole models, whose checkpoints are some twelve times as large as the weights."""
PLACE = "checkpoints"
"""The folder of a run that its checkpoints lie in."""


def step_of(folder: Path) -> int:
    """The step a checkpoint folder was written after."""
    return int(folder.name.rpartition("-")[2])


def found(parent: Path) -> list[Path]:
    """All checkpoint folders below ``parent``, whole or not, by step."""
    folders = [path for path in parent.glob("checkpoint-*") if path.name.rpartition("-")[2].isdigit()]
    return sorted(folders, key=step_of)


def sealed(job: Path) -> list[int]:
    """The steps one may go on from of the run in folder ``job``; whether their files are whole is not looked at."""
    return [step_of(folder) for folder in found(job / PLACE) if (folder / MARKER).is_file()]


def at(job: Path, step: int) -> Path | None:
    """The complete checkpoint of ``step`` of the run in folder ``job``, if there is one."""
    folder = job / PLACE / f"checkpoint-{step}"
    return folder if is_complete(folder) else None


def seal(folder: Path) -> None:
    """Bring every file of ``folder`` to the disk, then write the marker that makes it count."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != MARKER:
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            files[path.relative_to(folder).as_posix()] = {"size": path.stat().st_size, "sha256": _sha256(path)}
    write_json(folder / MARKER, {"step": step_of(folder), "files": files})


def is_complete(folder: Path) -> bool:
    """Whether the marker is there and every file is as it was when sealed."""
    try:
        marker = read_json(folder / MARKER)
    except ValueError:
        return False
    if not marker:
        return False
    for name, known in marker["files"].items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != known["size"] or _sha256(path) != known["sha256"]:
            return False
    return True


def latest(parent: Path) -> Path | None:
    """The complete checkpoint of the highest step; ``None`` if there is none."""
    return next((folder for folder in reversed(found(parent)) if is_complete(folder)), None)


def prune(parent: Path, keep: int = KEPT) -> None:
    """Keep the ``keep`` sealed checkpoints of the highest steps."""
    marked = [folder for folder in found(parent) if (folder / MARKER).is_file()]
    for folder in marked[: -keep or None]:
        shutil.rmtree(folder)


def remove_torn(parent: Path) -> list[str]:
    """Delete the folders that are not complete; tells their names."""
    torn = [folder for folder in found(parent) if not is_complete(folder)]
    for folder in torn:
        shutil.rmtree(folder, ignore_errors=True)
    return [folder.name for folder in torn]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
