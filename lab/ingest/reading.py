"""Files to rows and documents, with every problem and its place.

Knows: the way of one file: bytes, text, records or document, turns, row. Never raises for what a file holds; every
record it does not use is among the problems. Must not know splits or where data sets are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab import likeness
from lab.errors import DataError
from lab.ingest import oddities, rules, watch
from lab.ingest.decoding import Decoded, decode
from lab.ingest.problems import grouped, shown
from lab.ingest.shapes import Unusable, ends_with_token, is_known_table, read_record
from lab.ingest.structure import Found, find_records
from lab.records import Message, Problem, Row
from lab.workspace import slug

MOST_BYTES = 256 * 1024 * 1024
"""Larger files are refused with a sentence: a file is read into memory whole."""
MAPPED = ("question", "answer", "system", "group", "keys", "split")
"""What ``--map`` can name a column for."""
_LFS = b"version https://git-lfs.github.com/spec/"
_MAGIC = (
    (b"PAR1", "Parquet"), (b"%PDF", "PDF"), (b"PK\x03\x04", "ZIP / XLSX / DOCX"), (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3", "SQLite"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"\xd0\xcf\x11\xe0", "XLS / DOC"),
    (b"<?xml", "XML"), (b"\x93NUMPY", "NumPy"), (b"ARROW1", "Arrow"), (b"7z\xbc\xaf", "7z"),
)  # fmt: skip
_SPLITS = {
    "train": "train", "training": "train", "训练": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation", "验证": "validation",
    "test": "test", "eval": "test", "测试": "test",
}  # fmt: skip


@dataclass(frozen=True)
class FileReading:
    """What one file gave."""

    file: str
    format: str
    """Shape of its rows (``chat``, ``alpaca`` …), ``document``, or the reason nothing could be read."""
    encoding: str
    rows: tuple[Row, ...] = ()
    documents: tuple[str, ...] = ()
    """Names of the documents it gave."""
    problems: tuple[Problem, ...] = ()
    records: int = 0
    """Records seen, the unusable ones among them."""
    evidence: tuple[tuple[str, Any], ...] = ()
    """Why that encoding: ``key`` of a sentence and its placeholders."""
    systems: tuple[tuple[int, str], ...] = ()
    """(line, text) of rows that hold a system message only."""


@dataclass(frozen=True)
class Reading:
    """What several files gave together."""

    files: tuple[FileReading, ...]
    rows: list[Row]
    documents: dict[str, str]
    """Name → canonical text: decoding and newline folding only."""
    problems: list[Problem]

    @property
    def records(self) -> int:
        """Records seen in all files."""
        return sum(file.records for file in self.files)

    @property
    def format(self) -> str:
        """The formats met, joined with ``+``."""
        return "+".join(dict.fromkeys(file.format for file in self.files))

    @property
    def language(self) -> str:
        """``zh``, ``en`` or ``mixed``: what nine of ten rows, or the documents, are written in."""
        return language_of(self.rows) if self.rows else likeness.language("\n".join(self.documents.values()))


def read(paths: list[Path], mapping: dict[str, str] | None = None) -> Reading:
    """Rows, documents and problems of ``paths``. Raises ``DataError`` only for a path that cannot be opened."""
    _check_mapping(mapping)
    files, documents = [], {}
    for path, name in zip(paths, _names(paths), strict=True):
        file, text = _read_file(path, name, mapping)
        files.append(file)
        if text is not None:
            documents[name] = text
    rows = [row for file in files for row in file.rows]
    crossing = watch.across(rows)
    problems = grouped([*(problem for file in files for problem in file.problems), *crossing])
    return Reading(tuple(files), rows, documents, problems)


def language_of(rows: list[Row]) -> str:
    """``zh`` or ``en`` if nine of ten rows are, else ``mixed``."""
    counts = Counter(likeness.language(f"{row.question} {row.answer}") for row in rows)
    language, most = counts.most_common(1)[0] if counts else ("en", 0)
    return language if most >= 0.9 * len(rows) else "mixed"


def _names(paths: list[Path]) -> list[str]:
    """A name for each file that is its own also as a stored document: ``a.md``, then ``2-a.md``."""
    names: list[str] = []
    for path in paths:
        name, number = path.name, 2
        while slug(name) in map(slug, names):
            name, number = f"{number}-{path.name}", number + 1
        names.append(name)
    return names


def _check_mapping(mapping: dict[str, str] | None) -> None:
    for name in mapping or {}:
        if name not in MAPPED:
            raise DataError("data.bad_map", name=name, allowed=", ".join(MAPPED))
    if mapping and not {"question", "answer"} <= set(mapping):
        raise DataError("data.map_needs_both", given=", ".join(mapping))


def _read_file(path: Path, name: str, mapping: dict[str, str] | None) -> tuple[FileReading, str | None]:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise DataError("data.cannot_open", file=str(path), reason=error.strerror or type(error).__name__) from None
    refused = _refusal(data, size)
    if refused:
        problem = replace(refused, file=name)
        return FileReading(name, problem.code, "", problems=(problem,)), None
    decoded = decode(data)
    text = decoded.text.replace("\0", "")
    found = find_records(text, name, (lambda _: True) if mapping else is_known_table)
    found.problems += decoded.problems
    if decoded.text != text:
        line = decoded.text[: decoded.text.index("\0")].count("\n") + 1
        found.report(line, "nul_bytes", "warning", count=len(decoded.text) - len(text))
    if found.format == "document":
        return _document(decoded, name, found)
    return _rows(decoded, name, found, mapping), None


def _refusal(data: bytes, size: int) -> Problem | None:
    """Why a file is not even decoded, if so."""
    if size > MOST_BYTES:
        return Problem(None, "too_large", "error", values={"size": size >> 20, "most": MOST_BYTES >> 20})
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        return Problem(None, "empty_file", "error", values={"size": size})
    if data.startswith(_LFS):
        sizes = [line[5:] for line in data.decode("utf-8", "replace").splitlines() if line.startswith("size ")]
        return Problem(1, "lfs_pointer", "error", values={"size": shown(sizes[0] if sizes else "?", 20)})
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    kind = next((kind for magic, kind in _MAGIC if start.startswith(magic)), None)
    return Problem(None, "not_read_yet", "error", values={"kind": kind}) if kind else None


def _document(decoded: Decoded, name: str, found: Found) -> tuple[FileReading, str]:
    problems = tuple(replace(problem, file=name) for problem in found.problems)
    evidence = tuple(decoded.evidence.items())
    return FileReading(name, "document", decoded.encoding, (), (name,), problems, 0, evidence), decoded.text


def _rows(decoded: Decoded, name: str, found: Found, mapping: dict[str, str] | None) -> FileReading:
    rows: list[Row] = []
    shapes: Counter[str] = Counter()
    unused: Counter[str] = Counter()
    systems: list[tuple[int, str]] = []
    for line, record in found.records:
        try:
            shape, row, fields = _row(record, name, line, mapping, found)
        except Unusable as problem:
            found.report(line, problem.code, **problem.values)
            if problem.code == "system_only":
                found.problems[-1] = replace(found.problems[-1], fix="system_as_prompt")
                systems.append((line, str(rules.messages_of(read_record(record, mapping).turns)[0][0].content)))
            continue
        shapes[shape] += 1
        unused.update(fields)
        rows.append(row)
    if unused:
        columns = shown(", ".join(unused), 200)
        found.report(None, "fields_not_used", "info", fields=columns)
    if not found.records and not found.problems:
        found.report(None, "no_records")
    format = "+".join(shapes) or (found.problems[0].code if found.problems else found.format)
    problems = grouped(replace(problem, file=name) for problem in found.problems)
    evidence = tuple(decoded.evidence.items())
    return FileReading(
        name, format, decoded.encoding, tuple(rows), (), tuple(problems), found.read, evidence, tuple(systems)
    )


def _row(
    record: Any, file: str, line: int, mapping: dict[str, str] | None, found: Found
) -> tuple[str, Row, tuple[str, ...]]:
    """(shape, row, fields not used) of one record; raises ``Unusable``."""
    made = read_record(record, mapping)
    messages, cleaned = rules.messages_of(made.turns)
    rules.check_order(messages)
    if cleaned:
        found.report(line, "unsound_characters", "warning")
    if made.shape == "prompt_completion" and ends_with_token(record):
        found.report(line, "end_token_removed", "info")
    for code, severity, values in oddities.oddities(messages):
        found.report(line, code, severity, **values)
    if any(isinstance(turn, dict) and turn.get("weight") == 0 for turn in record.get("messages") or []):
        found.report(line, "weight_not_used", "warning")
    marks = _marks(record, mapping)
    row = Row(
        id=_id(messages, file, line),
        messages=messages,
        group=_text(marks.get("group")),
        split=_SPLITS.get(_text(marks.get("split")).casefold(), ""),
        file=file,
        line=line,
        keys=_several(marks.get("keys")),
        tags=_several(marks.get("tags")),
    )
    return made.shape, row, made.unused


def _marks(record: dict[str, Any], mapping: dict[str, str] | None) -> dict[str, Any]:
    """What the record says of itself besides its turns."""
    group = next((record[name] for name in ("group", "fact_id", "fact") if record.get(name) not in (None, "")), None)
    marks = {"group": group, **{name: record.get(name) for name in ("split", "keys", "tags")}}
    for name in ("group", "split", "keys"):
        if mapping and name in mapping:
            marks[name] = record.get(mapping[name])
    return marks


def _text(value: Any) -> str:
    return shown(value, 120).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _several(value: Any) -> tuple[str, ...]:
    """A list of strings, or one string with ``|`` between them."""
    parts = value.split("|") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(
        shown(part, 200).strip() for part in parts if isinstance(part, (str, int, float)) and str(part).strip()
    )


def _id(messages: tuple[Message, ...], file: str, line: int) -> str:
    turns = [[message.role, message.content] for message in messages]
    return hashlib.sha256(json.dumps([turns, file, line]).encode("utf-8")).hexdigest()[:12]
