"""Where each row of a version lies and what it can be found by, so that a million rows open at once.

Knows: the columns beside ``rows.jsonl`` (one number a row each, in files of their own) and the folded text that is
searched. They are made from the rows alone, so a version without them gets them when first asked. Must not know where
versions are kept or what rows mean.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.records import Problem, Row, from_json, to_json
from lab.workspace import read_json, read_jsonl, write_json

FORMAT = 1
"""Written into ``index.json``; columns of another format are made anew."""
_COLUMNS = {
    "offset": "Q", "place": "Q", "id": "Q", "group": "Q", "prompt": "Q", "content": "Q", "tags": "Q",
    "file": "I", "line": "I", "split": "B", "status": "B",
}  # fmt: skip
_TYPES = {"Q": np.uint64, "I": np.uint32, "B": np.uint8}
_FLUSH = 1 << 14
_BLOCK = 1 << 14
"""Rows searched at a time."""
_MOST_TAGS = 2000
_TURN, _TAG = "\x1f", "\x1e"
_BESIDE_HAN = re.compile(r"(?<=[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]) | (?=[\u2e80-\u9fff\uf900-\ufaff])")


@dataclass(frozen=True)
class Filter:
    """Which rows are wanted; what is left empty does not narrow."""

    text: str = ""
    """Stands in a turn or a tag, whatever the case, the width and the spaces beside Chinese."""
    split: str = ""
    status: str = ""
    tag: str = ""
    group: str = ""
    file: str = ""
    problem: str = ""
    """``any``, or the code of a problem that the row's line has."""


def key(*parts: str) -> int:
    """64 bits that stand for the texts."""
    whole = hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(whole.digest(), "little")


def search_form(text: str) -> str:
    """``text`` as it is searched: one width and case, single spaces, none beside Chinese."""
    plain = " ".join(text.casefold().split())
    if plain.isascii():
        return plain
    plain = " ".join(unicodedata.normalize("NFKC", plain).casefold().split())
    return _BESIDE_HAN.sub("", plain)


def prompt_key(row: Row) -> int:
    """64 bits that stand for everything before the last answer, whatever its case, width and spaces."""
    last = max(
        (number for number, one in enumerate(row.messages) if one.role == "assistant"), default=len(row.messages)
    )
    return key(*(part for one in row.messages[:last] for part in (one.role, search_form(one.content))))


def content_key(row: Row) -> int:
    """64 bits that stand for what is trained: the turns and the tools."""
    parts = [part for one in row.messages for part in (one.role, one.content, "" if one.trained else "untrained")]
    rest = [(one.calls, one.name, one.call) for one in row.messages if one.calls or one.name or one.call]
    if rest or row.tools:
        parts.append(json.dumps(to_json([rest, row.tools]), ensure_ascii=False, sort_keys=True))
    return key(*parts)


class IndexWriter:
    """Writes the columns of a version while its rows pass."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder = folder
        self.rows = 0
        self._held = {name: array(kind) for name, kind in _COLUMNS.items()}
        self._names: dict[str, dict[str, int]] = {"split": {}, "status": {}, "file": {}}
        self._tags: Counter[str] = Counter()
        self._place = 0
        self._open = ExitStack()
        self._files = {name: self._open.enter_context((folder / f"{name}.bin").open("wb")) for name in _COLUMNS}
        self._text = self._open.enter_context((folder / "search.txt").open("wb"))

    def add(self, row: Row, offset: int) -> None:
        """One more row, whose line begins at byte ``offset``."""
        text = _searched(row)
        values = {
            "offset": offset,
            "place": self._place,
            "id": key(row.id),
            "group": key(row.group),
            "prompt": prompt_key(row),
            "content": content_key(row),
            "tags": key(*row.tags),
            "file": self._number("file", row.file),
            "line": min(row.line or 0, 0xFFFFFFFF),
            "split": self._number("split", row.split),
            "status": self._number("status", row.status),
        }
        for name, value in values.items():
            self._held[name].append(value)
        self._place += self._text.write(text)
        self.rows += 1
        if len(self._tags) < _MOST_TAGS:
            self._tags.update(row.tags)
        if self.rows % _FLUSH == 0:
            self._flush()

    def close(self) -> None:
        """Put the rest on the disk; only then the index counts."""
        self._flush()
        self._open.close()
        about = {name: list(numbers) for name, numbers in self._names.items()}
        write_json(self.folder / "index.json", {"format": FORMAT, "rows": self.rows, "tags": self._tags, **about})

    def abandon(self) -> None:
        """Close the files of an index that is not wanted any more."""
        self._open.close()

    def _number(self, column: str, name: str) -> int:
        numbers = self._names[column]
        # A split or status has one byte: what comes after 255 different ones shares the last.
        most = 255 if _COLUMNS[column] == "B" else 0xFFFFFFFF
        return min(numbers.setdefault(name, len(numbers)), most)

    def _flush(self) -> None:
        for name, held in self._held.items():
            held.tofile(self._files[name])
            del held[:]


def _searched(row: Row) -> bytes:
    """The line of a row in ``search.txt``."""
    text = _TURN.join(search_form(message.content) for message in row.messages)
    if row.tags:
        text += _TAG + _TAG.join(search_form(tag) for tag in row.tags) + _TAG
    return (text + "\n").encode("utf-8", "replace")


def build(rows: Path, folder: Path) -> None:
    """The index of ``rows.jsonl`` in ``folder``, made from the rows; whole or not at all."""
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    writer = IndexWriter(beside)
    offset = 0
    with rows.open("rb") as file:
        for line in file:
            writer.add(from_json(Row, json.loads(line)), offset)
            offset += len(line)
    writer.close()
    shutil.rmtree(folder, ignore_errors=True)
    beside.replace(folder)


class Index:
    """What is beside the rows of one version."""

    def __init__(self, rows: Path, folder: Path) -> None:
        self._rows = rows
        self._folder = folder
        about = read_json(folder / "index.json")
        if about is None or about.get("format") != FORMAT:
            build(rows, folder)
            about = read_json(folder / "index.json")
        self.about: dict[str, Any] = about
        self.rows: int = about["rows"]

    @property
    def tags(self) -> dict[str, int]:
        """How many rows carry each tag."""
        return dict(self.about["tags"])

    def column(self, name: str) -> NDArray[Any]:
        """One number for each row; read from the disk as it is touched."""
        return np.memmap(self._folder / f"{name}.bin", dtype=_TYPES[_COLUMNS[name]], mode="r")

    def numbers(self, where: Filter, problems: Iterable[Problem] = ()) -> NDArray[np.int64] | range:
        """The numbers (from 0) of the rows that are wanted, in order."""
        wanted: NDArray[np.bool_] | None = None
        for found in self._narrowings(where, problems):
            wanted = found if wanted is None else wanted & found
        for text in filter(None, (search_form(where.text), where.tag and _TAG + search_form(where.tag) + _TAG)):
            wanted = self._holding(text.encode("utf-8", "replace"), wanted)
        return range(self.rows) if wanted is None else np.flatnonzero(wanted)

    def read(self, numbers: Iterable[int]) -> Iterator[Row]:
        """The rows with these numbers."""
        offsets = self.column("offset")
        with self._rows.open("rb") as file:
            for number in numbers:
                file.seek(int(offsets[number]))
                yield from_json(Row, json.loads(file.readline()))

    def with_ids(self, ids: Iterable[str]) -> list[int]:
        """Numbers of the rows that carry one of ``ids``, in order."""
        keys = np.array([key(each) for each in ids], dtype=np.uint64)
        return [int(number) for number in np.flatnonzero(np.isin(self.column("id"), keys))]

    def _narrowings(self, where: Filter, problems: Iterable[Problem]) -> Iterator[NDArray[np.bool_]]:
        for column, name in (("split", where.split), ("status", where.status), ("file", where.file)):
            if name:
                known = self.about[column]
                number = known.index(name) if name in known else -1
                yield self.column(column).astype(np.int64) == number
        if where.group:
            yield self.column("group") == np.uint64(key(where.group))
        if where.problem:
            yield self._with_problem([p for p in problems if where.problem in ("any", p.code)])

    def _with_problem(self, problems: list[Problem]) -> NDArray[np.bool_]:
        """Whether each row stands where one of the problems is."""
        lines: dict[str, list[NDArray[np.int64]]] = {}
        for problem in problems:
            ranges = problem.values.get("lines") or ([[problem.line, problem.line]] if problem.line else [])
            lines.setdefault(problem.file, []).extend(np.arange(first, last + 1) for first, last in ranges)
        wanted = np.zeros(self.rows, dtype=np.bool_)
        for file, places in lines.items():
            if file in self.about["file"] and places:
                here = self.column("file") == self.about["file"].index(file)
                wanted |= here & np.isin(self.column("line"), np.concatenate(places))
        return wanted

    def _holding(self, needle: bytes, among: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
        """Whether the searched text of each row (of those ``among``) holds ``needle``; a block is read at a time."""
        wanted = np.zeros(self.rows, dtype=np.bool_)
        pattern = re.compile(re.escape(needle))
        places = self.column("place")
        with (self._folder / "search.txt").open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as text:
            for first in range(0, self.rows, _BLOCK):
                last = min(first + _BLOCK, self.rows)
                if among is not None and not among[first:last].any():
                    continue
                begin = int(places[first])
                block = text[begin : int(places[last]) if last < self.rows else len(text)]
                if needle in block:
                    hits = np.fromiter((match.start() + begin for match in pattern.finditer(block)), dtype=np.uint64)
                    wanted[first + np.searchsorted(places[first:last], hits, side="right") - 1] = True
        return wanted if among is None else wanted & among


def stored_rows(path: Path, *splits: str) -> Iterator[Row]:
    """The rows of a ``rows.jsonl`` in order; only those of ``splits`` if any are named."""
    for stored in read_jsonl(path):
        if not splits or stored["split"] in splits:
            yield from_json(Row, stored)
