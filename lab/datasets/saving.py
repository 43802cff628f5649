"""Writing one version: rows pass once, and what they become is named by its hash.

Knows: the files of a version and that they appear all at once or not at all. Must not know how rows were read or
split, nor which version is current.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lab.datasets.index import IndexWriter
from lab.records import Check, Problem, Row, to_json
from lab.workspace import is_locked, locked, slug, write_json, write_jsonl, write_text

_UNHELD, _BESIDE = ".made-", ".new-"
"""A folder that is not locked yet, and one that is for as long as its writer lives."""
_LEFT_OVER = 60.0
"""Seconds after which a folder that never came to be locked is swept away."""


@dataclass(frozen=True)
class Written:
    """What the rows turned out to be."""

    name: str
    """Twelve hex digits of the hash of everything the version holds."""
    rows: int
    splits: dict[str, int]
    groups: int
    system: str


class VersionFolder:
    """A version while it is written, beside its place: a context that leaves nothing behind unless ``place`` is called.

    A killed writer leaves a folder that the next one sweeps away.
    """

    def __init__(self, dataset: Path) -> None:
        dataset.mkdir(parents=True, exist_ok=True)
        sweep(dataset)
        self._dataset = dataset
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.folder = dataset / f"{_BESIDE}{name}"
        self._unheld = dataset / f"{_UNHELD}{name}"
        self._lock = locked(self._unheld / ".lock")

    def __enter__(self) -> VersionFolder:
        self._lock.__enter__()
        self._unheld.replace(self.folder)
        return self

    def __exit__(self, *error: Any) -> None:
        self._lock.__exit__(*error)
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # a data set that never got a version; else it is not empty
            self._dataset.rmdir()

    def write(self, rows: Iterable[Row], documents: dict[str, str], checks: tuple[Check, ...], mode: str) -> Written:
        """Write ``rows.jsonl`` with its index and the documents, holding one row at a time."""
        digest = hashlib.sha256(mode.encode())
        splits: Counter[str] = Counter()
        systems: set[str] = set()
        index, offset = IndexWriter(self.folder / "index"), 0
        try:
            with (self.folder / "rows.jsonl").open("wb") as file:
                for row in rows:
                    stored = to_json(row)
                    digest.update(_line(stored, sort_keys=True))
                    index.add(row, offset)
                    offset += file.write(_line(stored) + b"\n")
                    splits[row.split] += 1
                    if len(systems) < 2:
                        systems.add(next((m.content for m in row.messages if m.role == "system"), ""))
                file.flush()
                os.fsync(file.fileno())
            index.close()
        except BaseException:
            index.abandon()
            raise
        for part in (documents, to_json(checks)):
            digest.update(_line(part, sort_keys=True))
        for name, text in documents.items():
            write_text(self.folder / "documents" / document_file(name, tuple(documents)), text)
        groups = len(np.unique(np.fromfile(self.folder / "index" / "group.bin", dtype=np.uint64)))
        system = systems.pop() if len(systems) == 1 else ""
        return Written(digest.hexdigest()[:12], index.rows, dict(splits), groups, system)

    def place(self, folder: Path, version: dict[str, Any], problems: list[Problem]) -> None:
        """Give the version its name: from now on it is there, whole."""
        write_jsonl(self.folder / "problems.jsonl", [to_json(problem) for problem in problems])
        write_json(self.folder / "version.json", version)
        (self.folder / ".lock").unlink()
        self.folder.replace(folder)


def document_file(name: str, names: tuple[str, ...]) -> str:
    """File of one of the documents ``names``; equal slugs are numbered (no slug has ``~``)."""
    alike = [other for other in names if slug(other) == slug(name)]
    place = alike.index(name)
    return f"{slug(name)}{f'~{place + 1}' if place else ''}.txt"


def sweep(dataset: Path) -> None:
    """Remove what killed writers left half written."""
    for folder in dataset.glob(f"{_BESIDE}*"):
        if not is_locked(folder / ".lock"):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in dataset.glob(f"{_UNHELD}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > _LEFT_OVER:
                shutil.rmtree(folder, ignore_errors=True)


_PLAIN = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_SORTED = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True)


def _line(stored: Any, sort_keys: bool = False) -> bytes:
    return (_SORTED if sort_keys else _PLAIN).encode(stored).encode("utf-8")
