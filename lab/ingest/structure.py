"""Text to records: JSON lines, JSON arrays, tables; and what is a document instead.

Knows: how to find the records of a file by its content, with the line each begins at. A broken place costs the
records it touches and no other. Must not know what the fields of a record mean.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lab.ingest.decoding import decode
from lab.ingest.problems import shown
from lab.ingest.shapes import is_known_table
from lab.ingest.sources import Report, Source
from lab.records import Problem

_LFS = b"version https://git-lfs.github.com/spec/"
_MAGIC = (
    (b"PAR1", "Parquet"), (b"%PDF", "PDF"), (b"PK\x03\x04", "ZIP / XLSX / DOCX"), (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3", "SQLite"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"\xd0\xcf\x11\xe0", "XLS / DOC"),
    (b"<?xml", "XML"), (b"\x93NUMPY", "NumPy"), (b"ARROW1", "Arrow"), (b"7z\xbc\xaf", "7z"),
)  # fmt: skip

_JSON_START = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]]|\[\s*(?:-?\d|NaN|true|false|null)[^\n]*[,\]]\s*$)")
_SPACE = re.compile(r"[\s,]*")
_CELL_LIMIT = 16 * 1024 * 1024
_LONGEST_HEADING = 60
_NO_JSON = object()


@dataclass
class Found:
    """The records of one file as they were found."""

    format: str
    """``jsonl``, ``json``, ``csv``, ``tsv`` or ``document``."""
    records: list[tuple[int, Any]] = field(default_factory=list)
    """(1-based line, value)."""
    problems: list[Problem] = field(default_factory=list)
    read: int = 0
    """Records seen, the broken ones among them."""

    def report(self, line: int | None, code: str, severity: str = "error", **values: Any) -> None:
        """Add a problem."""
        self.problems.append(Problem(line, code, severity, values=values))


@dataclass
class Text:
    """A file of plain text: its records as a stream, or the whole as a document, or neither with the reason told."""

    kind: str = ""
    encoding: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)
    records: Iterator[tuple[int, Any]] | None = None
    whole: str | None = None


def find(source: Source, report: Report, *, has_mapping: bool = False) -> Text:
    """What ``source`` holds."""
    with source.open() as file:
        data = file.read()
    refused = _refusal(data, len(data))
    if refused:
        report.report(None, refused.code, **refused.values)
        return Text()
    decoded = decode(data)
    text = decoded.text.replace("\0", "")
    found = find_records(text, source.name, (lambda _: True) if has_mapping else is_known_table)
    found.problems += decoded.problems
    if decoded.text != text:
        line = decoded.text[: decoded.text.index("\0")].count("\n") + 1
        found.report(line, "nul_bytes", "warning", count=len(decoded.text) - len(text))
    for problem in found.problems:
        report.report(problem.line, problem.code, problem.severity, problem.fix, **problem.values)
    is_document = found.format == "document"
    records = None if is_document else iter(found.records)
    whole = decoded.text if is_document else None
    return Text(found.format, decoded.encoding, decoded.evidence, records, whole)


def _refusal(data: bytes, size: int) -> Problem | None:
    """Why a file is not even decoded, if so."""
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        return Problem(None, "empty_file", "error", values={"size": size})
    if data.startswith(_LFS):
        sizes = [line[5:] for line in data.decode("utf-8", "replace").splitlines() if line.startswith("size ")]
        return Problem(1, "lfs_pointer", "error", values={"size": shown(sizes[0] if sizes else "?", 20)})
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    kind = next((kind for magic, kind in _MAGIC if start.startswith(magic)), None)
    return Problem(None, "not_read_yet", "error", values={"kind": kind}) if kind else None


def find_records(text: str, name: str, is_known_table: Callable[[list[str]], bool]) -> Found:
    """The records of ``text``, or a ``Found`` of format ``document``.

    ``is_known_table`` says whether column names are ones a data set has: a table in a file not named as one
    must have such columns, or prose with commas would be taken for it.
    """
    ending = name.lower().rsplit(".", 1)[-1]
    if _JSON_START.match(text) or (ending in {"json", "jsonl", "ndjson"}):
        return _json(text)
    table = _table(text, ending)
    if table and (ending in {"csv", "tsv", "tab"} or is_known_table(list(table.records[0][1]))):
        return table
    return Found("document")


def _json(text: str) -> Found:
    """An array, one object over several lines, or one object a line."""
    start = text.lstrip()[:1]
    if start == "[" and not _first_line_is_whole(text):
        return _array(text)
    if start == "{" and not _first_line_is_whole(text):
        objects = _array(f"[{text}]")  # one object over several lines, or several of them one after another
        if not any(problem.severity == "error" for problem in objects.problems):
            return objects
    lines = _lines(text)
    if len(lines.records) == 1 and isinstance(lines.records[0][1], list):
        return _array(text)
    return lines


def _first_line_is_whole(text: str) -> bool:
    line = text.lstrip().split("\n", 1)[0]
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(text: str) -> Found:
    found = Found("jsonl")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            found.read += 1
            value = _parse(line, number, found)
            if value is not _NO_JSON:
                found.records.append((number, value))
    return found


def _parse(text: str, line: int, found: Found) -> Any:
    """The JSON value of ``text``, or ``_NO_JSON`` with the problem reported."""
    constants: list[str] = []
    try:
        value = json.loads(text, parse_constant=constants.append)
    except RecursionError:
        found.report(line, "too_deep")
        return _NO_JSON
    except json.JSONDecodeError as error:
        found.report(line + error.lineno - 1, "invalid_json", reason=error.msg, column=error.colno)
        return _NO_JSON
    except ValueError as error:
        found.report(line, "invalid_json", reason=shown(error), column=1)
        return _NO_JSON
    if constants:
        found.report(line, "not_a_number", "warning")
    return value


def _array(text: str) -> Found:
    """The items of a JSON array one by one, so that a broken or cut end costs only itself."""
    found = Found("json")
    constants: list[str] = []
    decoder = json.JSONDecoder(parse_constant=constants.append)
    place = text.index("[") + 1
    line, counted = 1, 0
    while True:
        space = _SPACE.match(text, place)
        place = space.end() if space else place
        line, counted = line + text.count("\n", counted, place), place
        if text[place : place + 1] == "]":
            if text[place + 1 :].strip():
                found.report(line, "text_after_array", "warning")
            return found
        if place >= len(text):
            found.report(line, "cut_off", recovered=len(found.records))
            return found
        found.read += 1
        try:
            value, place = decoder.raw_decode(text, place)
        except RecursionError:
            found.report(line, "too_deep")
            return found
        except ValueError as error:
            _report_broken_item(text, error, line, found)
            return found
        if constants:
            constants.clear()
            found.report(line, "not_a_number", "warning")
        found.records.append((line, value))


def _report_broken_item(text: str, error: ValueError, line: int, found: Found) -> None:
    """Say where an array breaks; what stands behind that place is not read."""
    at = error.lineno if isinstance(error, json.JSONDecodeError) else line
    rest = text.rstrip()
    if isinstance(error, json.JSONDecodeError) and (error.pos >= len(rest) - 1 or not rest.endswith("]")):
        found.report(line, "cut_off", recovered=len(found.records))
        return
    reason = error.msg if isinstance(error, json.JSONDecodeError) else shown(error)
    last = text.count("\n") + 1
    found.report(at, "broken_array", reason=reason, recovered=len(found.records), last=last)


def _table(text: str, ending: str) -> Found | None:
    """The records of a delimited table, or ``None`` where the text is none."""
    head = text.split("\n", 1)[0]
    delimiter = max("\t,;|", key=head.count)
    if not head.count(delimiter):
        return None
    rows, problem = _cells(text, delimiter)
    if not rows:
        return None
    columns = [cell.strip() for cell in rows[0][1]]
    sample = rows[1:51]
    regular = sum(len(cells) == len(columns) for _, cells in sample)
    if ending not in {"csv", "tsv", "tab"} and (len(sample) < 2 or regular < 0.9 * len(sample)):
        return None
    if sample and regular < 0.5 * len(sample) and max(map(len, columns)) > _LONGEST_HEADING:
        return None
    found = Found("tsv" if delimiter == "\t" else "csv")
    if problem:
        found.problems.append(problem)
    return _named_cells(found, columns, rows[1:])


def _cells(text: str, delimiter: str) -> tuple[list[tuple[int, list[str]]], Problem | None]:
    """Each non-empty record with its first line, and what ended the reading early, if anything did."""
    csv.field_size_limit(_CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        return rows, Problem(line, "broken_table", "error", values={"reason": shown(error)})
    if rows and text.count('"') % 2 and text.count("\n", 0) + 1 - rows[-1][0] > 20:
        return rows[:-1], Problem(rows[-1][0], "open_quote", "error")
    return rows, None


def _named_cells(found: Found, columns: list[str], rows: list[tuple[int, list[str]]]) -> Found:
    """Records as dicts; columns without a name or with a name used before are told, not silently merged."""
    names: list[str] = []
    for number, column in enumerate(columns, start=1):
        if column in names:
            found.report(1, "repeated_column", "warning", column=shown(column), number=number)
            column = f"{column} ({number})"
        names.append(column)
    for line, cells in rows:
        found.read += 1
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            found.report(line, "too_many_cells", cells=len(cells), columns=len(names))
            continue
        if len(cells) < len(names):
            found.report(line, "too_few_cells", "warning", cells=len(cells), columns=len(names))
            cells = [*cells, *[""] * (len(names) - len(cells))]
        found.records.append((line, {name: cell for name, cell in zip(names, cells, strict=False) if name}))
    if not rows:
        found.report(1, "only_a_header", columns=shown(", ".join(names)))
    return found
