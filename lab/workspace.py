"""The only knowledge of the directory layout, and of how files are written so that none is ever half there.

    <home>/
      datasets/<name>/head.json                 {"version": …}
      datasets/<name>/                          targets.jsonl advice.jsonl: what good enough is, what was advised
      datasets/<name>/<version>/                version.json rows.jsonl problems.jsonl documents/<file>.txt
      jobs/<id>/                                spec.json status.json events.jsonl control.json log.txt lock …
      models/<name>/                            base models, converted once
      engine/                                   lock engine.json log.txt
      chat/                                     duels.jsonl votes.jsonl
      hub/                                      data sets fetched from a hub, as its own library keeps them
      lanes/                                    one lock a lane
      trash/<id>/                               deleted.json, content/: what was deleted and can come back
      measured.json recorded.json advice.jsonl  what was measured here once; what came with the lab; advice before data
      kept.json                                 what is kept in a repository of a hub

Whole files are written beside their place, flushed to the disk and renamed. Appended files hold one JSON
object a line; a reader accepts a torn last line (it counts as not written). Must not know what the files mean.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from lab.errors import DataError

_NAME = re.compile(r"[^\w\-.]+", re.UNICODE)


def now() -> str:
    """The time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def slug(name: str, fallback: str = "unnamed") -> str:
    """A safe folder name: letters (Chinese too), digits, ``-_.``; never a path, never empty, at most 60 characters."""
    plain = _NAME.sub("-", unicodedata.normalize("NFKC", name).strip()).strip("-._").lower()
    return plain[:60].rstrip("-._") or fallback


class Workspace:
    """Paths below one root, made when first asked for."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).absolute()

    def datasets(self) -> Path:
        """The folder of all data sets."""
        return self._made("datasets")

    def dataset(self, name: str) -> Path:
        """The folder of one data set (not made)."""
        return self._inside(self.datasets(), name)

    def targets(self, dataset: str) -> Path:
        """The file of what was said to be good enough for a data set."""
        return self.dataset(dataset) / "targets.jsonl"

    def advice(self, dataset: str = "") -> Path:
        """The file of what was answered about what to do with a data set; without one, before there is any."""
        self.root.mkdir(parents=True, exist_ok=True)
        return (self.dataset(dataset) if dataset else self.root) / "advice.jsonl"

    def faults(self, evaluation: str) -> Path:
        """The file of the faults that people found in the answers of an evaluation."""
        return self.job(evaluation) / "faults.jsonl"

    def jobs(self) -> Path:
        """The folder of all jobs."""
        return self._made("jobs")

    def job(self, job_id: str) -> Path:
        """The folder of one job (not made)."""
        return self._inside(self.jobs(), job_id)

    def lanes(self) -> Path:
        """The folder of the lanes' lock files."""
        return self._made("lanes")

    def engine(self) -> Path:
        """The folder of the one engine."""
        return self._made("engine")

    def chat(self) -> Path:
        """The folder of duels and votes."""
        return self._made("chat")

    def votes(self) -> Path:
        """The file of polls, of who was shown what, and of votes."""
        return self.chat() / "votes.jsonl"

    def trash(self) -> Path:
        """The folder of what was deleted and can come back."""
        return self._made("trash")

    def trashed(self, trash_id: str) -> Path:
        """The folder of one deleted thing (not made)."""
        return self._inside(self.trash(), trash_id)

    def hub(self) -> Path:
        """The folder of data sets fetched from a hub."""
        return self._made("hub")

    def measured(self) -> Path:
        """The file of what was measured once on this machine (step times)."""
        return self.root / "measured.json"

    def sessions(self) -> Path:
        """The folder of who is signed in (not made)."""
        return self.root / "sessions"

    def kept(self) -> Path:
        """The file of what was put into the repository that runs are kept in."""
        return self.root / "kept.json"

    def recorded(self) -> Path:
        """The file of what came with the lab."""
        return self.root / "recorded.json"

    def fresh_export(self, name: str) -> Path:
        """A folder below ``exports`` that is not there yet (not made)."""
        parent, number = self._made("exports"), 1
        while (parent / (name if number == 1 else f"{name}-{number}")).exists():
            number += 1
        return parent / (name if number == 1 else f"{name}-{number}")

    def _made(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @staticmethod
    def _inside(folder: Path, name: str) -> Path:
        """``folder/name``; raises ``DataError`` for a name that would lead out of ``folder``."""
        if not name or name in {".", ".."} or "/" in name or "\\" in name or "\0" in name:
            raise DataError("data.bad_name", name=name)
        return folder / name


@contextlib.contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write, on the disk and named ``path`` when the block ends; an error leaves nothing behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Put ``text`` at ``path`` whole or not at all, on the disk before it is named."""
    with whole(path) as file:
        file.write(text.encode("utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Put ``value`` at ``path`` as JSON, whole or not at all."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_json(path: Path, default: Any = None) -> Any:
    """The JSON at ``path``; ``default`` where there is no file."""
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return default


TORN = (ValueError, TypeError, AttributeError, KeyError)
"""What reading a record raises that is torn, or is no record of its kind."""


@contextlib.contextmanager
def passing_over(path: Path) -> Iterator[None]:
    """For a block that reads one of many records: a torn one at ``path`` is logged, and the others still listed."""
    try:
        yield
    except TORN:
        logging.getLogger(__name__).warning("%s cannot be read; lab clean lists it", path)


def append_jsonl(path: Path, *values: Any) -> None:
    """Add one line a value and flush. A torn last line left by a killed writer is closed first."""
    text = "".join(json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n" for value in values)
    with path.open("ab+") as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(text.encode("utf-8"))
        file.flush()


def write_jsonl(path: Path, values: Iterable[Any]) -> None:
    """Put all ``values`` at ``path``, one a line, whole or not at all."""
    with whole(path) as file:
        for value in values:
            file.write((json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8"))


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Each object of ``path``; a line a killed writer left torn is passed over. No file: nothing."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            with contextlib.suppress(ValueError):
                value = json.loads(line)
                if isinstance(value, dict):
                    yield value


@contextlib.contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold an exclusive lock on ``path`` for the block; yields whether it was got (always, if ``wait``)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock on ``path``."""
    if not path.exists():
        return False
    with locked(path, wait=False) as got:
        return not got
