"""What a file of plain text is, by its content: records in one of several forms, or a document.

Knows: the signs by which JSON, JSON lines and tables are told from prose, and which reader takes each. Must not
know what the fields of a record mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from lab.ingest.files import delimited
from lab.ingest.files.decoding import is_binary
from lab.ingest.files.json_lines import JsonLines
from lab.ingest.files.json_values import Values, Window
from lab.ingest.files.sources import HEAD, Report, Source
from lab.ingest.files.text import TextReader, lines
from lab.ingest.files.unfolding import unfolded
from lab.ingest.problems import shown

LARGEST_DOCUMENT = 64 * 1024 * 1024
"""Characters of the largest document; larger files of prose are refused with a sentence."""
_SAMPLE = 64 * 1024
"""Characters from the beginning by which the form is told."""
_MOST_BLANK = 4 * 1024 * 1024
_JSON_START = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\"\]]|\[\s*(?:-?\d|NaN|true|false|null)[^\n]*[,\]]\s*$)")
_LINE_ENDINGS = {"jsonl", "ndjson"}
_JSON_ENDINGS = {"json", *_LINE_ENDINGS}
_LFS = b"version https://git-lfs.github.com/spec/"
_MAGIC = (
    (b"PAR1", "Parquet"), (b"%PDF", "PDF"), (b"PK\x03\x04", "ZIP / XLSX / DOCX"), (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3", "SQLite"), (b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"\xd0\xcf\x11\xe0", "XLS / DOC"),
    (b"<?xml", "XML"), (b"\x93NUMPY", "NumPy"), (b"ARROW1", "Arrow"), (b"7z\xbc\xaf", "7z"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"Rar!", "RAR"),
    (b"GIF8", "GIF"), (b"\x7fELF", "ELF"), (b"\x80\x04\x95", "pickle"),
)  # fmt: skip


@dataclass
class Text:
    """A file of plain text: its records as a stream, or the whole as a document, or neither with the reason told."""

    kind: str = ""
    """``JSONL``, ``JSON``, ``CSV``, ``TSV`` or ``text``."""
    reader: TextReader | None = None
    records: Iterator[tuple[int, Any]] | None = None
    whole: str | None = None

    @property
    def encoding(self) -> str:
        """As stated to a person, true of what was read so far."""
        return self.reader.encoding if self.reader else ""

    @property
    def evidence(self) -> dict[str, Any]:
        """Why that encoding: ``key`` of a sentence and its placeholders."""
        return self.reader.evidence if self.reader else {}


@dataclass(frozen=True)
class Known:
    """What the forms must know of the rows they are to give."""

    is_table: Callable[[list[str]], bool]
    """Whether column names are ones a data set has."""
    is_row: Callable[[Any], bool]
    """Whether a value is a record of a known shape."""


def find(source: Source, report: Report, known: Known) -> Text:
    """What ``source`` holds."""
    if _is_refused(source, report):
        return Text()
    reader = TextReader(source, report)
    blocks = iter(reader)
    sample, whole = _sampled(blocks)
    if not sample.strip():
        report.report(None, "empty_file", size=source.size)
        return Text()
    ending = source.name.lower().rsplit(".", 1)[-1]
    rest = chain([sample], blocks)
    if ending in _JSON_ENDINGS or _JSON_START.match(sample):
        by_line = _is_by_line(sample, whole)
        records = iter(JsonLines(lines(rest), report) if by_line else Values(Window(rest), report))
        is_one = whole and "\n" not in sample.strip() and ending not in _LINE_ENDINGS
        kind = "JSONL" if by_line and not is_one else "JSON"
        return Text(kind, reader, unfolded(records, report, known.is_row))
    table = delimited.layout(sample, whole=whole, ending=ending, is_known=known.is_table)
    if table:
        return Text(table.kind, reader, delimited.records(lines(rest), table, report))
    return Text("text", reader, whole=_document(rest, report))


def _is_refused(source: Source, report: Report) -> bool:
    """Whether the bytes are known to be no text, with the reason told."""
    head = source.head()
    if head.startswith(_LFS):
        sizes = [line[5:] for line in head.decode("utf-8", "replace").splitlines() if line.startswith("size ")]
        report.report(None, "lfs_pointer", size=shown(sizes[0] if sizes else "?", 20))
        return True
    if len(head) < HEAD and not head.strip(b" \t\r\n\0\xef\xbb\xbf"):
        report.report(None, "empty_file", size=len(head))
        return True
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    kind = next((kind for magic, kind in _MAGIC if start.startswith(magic)), None)
    if kind:
        report.report(None, "not_read_yet", kind=kind)
    elif is_binary(head):
        report.report(None, "not_text")
        return True
    return bool(kind)


def _sampled(blocks: Iterator[str]) -> tuple[str, bool]:
    """The beginning of a text, with something in it where there is, and whether it is the whole."""
    parts: list[str] = []
    held, is_blank = 0, True
    for block in blocks:
        parts.append(block)
        held += len(block)
        is_blank = is_blank and not block.strip()
        if held >= (_MOST_BLANK if is_blank else _SAMPLE):
            return "".join(parts), False
    return "".join(parts), True


def _is_by_line(sample: str, whole: bool) -> bool:
    """Whether JSON text has one value a line, rather than an array or objects over several lines."""
    text = sample.strip() if whole else sample.lstrip()
    found = text.split("\n")
    first, others = found[0].strip(), [line.strip() for line in found[1:] if line.strip()]
    has_end = len(found) > 1 or whole
    if text.startswith("["):
        return has_end and _is_json(first) and bool(others) and others[0].startswith("[")
    if not text.startswith("{") or _is_json(first):
        return True
    if not has_end:
        return False
    if any(line.startswith("{") and _is_json(line) for line in others[:20]):
        return True
    return not first.endswith(("{", "[", ",", ":"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _document(blocks: Iterator[str], report: Report) -> str | None:
    """The whole text; ``None`` with the reason told where it is too large to be held."""
    parts: list[str] = []
    held = 0
    for block in blocks:
        parts.append(block)
        held += len(block)
        if held > LARGEST_DOCUMENT:
            report.report(None, "document_too_large", most=LARGEST_DOCUMENT >> 20)
            return None
    return "".join(parts)
