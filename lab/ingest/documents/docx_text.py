"""DOCX to canonical text: headings, lists and tables as Markdown-like lines.

Knows: the parts of a word-processor file that are its text. Insertions that were tracked are in, deletions are out, as
if all changes had been accepted; headers, footers, notes and comments are out. Must not know anything of questions.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import OpcError

from lab.errors import DataError
from lab.ingest.documents import MOST_CHARACTERS, Canonical, joined, markdown_table
from lab.records import Problem

MOST_UNPACKED = 512 * 1024 * 1024
MOST_RATIO = 200
"""Unpacked to packed bytes of one part, above 8 MB."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = {
    f"{_W}pPr",
    f"{_W}rPr",
    f"{_W}del",
    f"{_W}moveFrom",
    f"{_W}txbxContent",
    f"{_W}instrText",
    f"{_W}tbl",
    _FALLBACK,
}
_HEADING = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)


def read_docx(data: bytes) -> Canonical:
    """The text of a DOCX. Raises ``DataError`` for a broken, locked or bomb-like file and for one without text."""
    _check_size(data)
    try:
        document = docx.Document(io.BytesIO(data))
        blocks = list(_Body(document).blocks())
    except (
        OpcError,
        SyntaxError,  # what lxml raises for malformed XML
        KeyError,
        ValueError,
        AttributeError,
        IndexError,
        zipfile.BadZipFile,
        EOFError,
        OSError,
        RuntimeError,  # a part with a password, or packed in a way that is not known
        zlib.error,
    ):
        raise DataError("data.broken_docx") from None
    text = joined(blocks)
    if not text.strip():
        raise DataError("data.docx_without_text")
    if len(text) > MOST_CHARACTERS:
        raise DataError("data.document_too_long", most=MOST_CHARACTERS)
    return Canonical(text, tuple(_left_out(document)))


def _check_size(data: bytes) -> None:
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError("data.docx_locked")
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise DataError("data.broken_docx") from None
    heavy = [part for part in parts if part.file_size > 8 << 20 and part.file_size > MOST_RATIO * part.compress_size]
    if heavy or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise DataError("data.docx_bomb", most=MOST_UNPACKED >> 20)
    if not any(part.filename == "word/document.xml" for part in parts):
        raise DataError("data.broken_docx")


def _left_out(document: Any) -> Iterator[Problem]:
    body = document.element.body
    deleted = len(body.findall(f".//{_W}del"))
    if deleted:
        yield Problem(None, "tracked_deletions", "info", values={"count": deleted})
    boxes = len(body.findall(f".//{_W}txbxContent"))
    if boxes:
        yield Problem(None, "text_boxes_left_out", "warning", values={"count": boxes})
    notes = sum(len(body.findall(f".//{_W}{kind}Reference")) for kind in ("footnote", "endnote", "comment"))
    if notes:
        yield Problem(None, "notes_left_out", "warning", values={"count": notes})


class _Body:
    """The blocks of a document in order, with its list numbers counted."""

    def __init__(self, document: Any) -> None:
        self.body = document.element.body
        self.styles = {style.style_id: style for style in document.styles}
        self.formats = _formats(document)
        self.titled = any(self._level(paragraph) == 1 for paragraph in self.body.iter(f"{_W}p"))
        self.counts: dict[tuple[str, int], int] = {}

    def blocks(self) -> Iterator[str]:
        """Markdown-like blocks."""
        for element in self._content(self.body):
            if element.tag == f"{_W}tbl":
                yield markdown_table(list(self._rows(element)))
                yield from (
                    markdown_table(list(self._rows(inner))) for inner in element.iterfind(f".//{_W}tc//{_W}tbl")
                )
            else:
                yield self._paragraph(element)

    def _content(self, parent: Any) -> Iterator[Any]:
        for element in parent:
            if element.tag in {f"{_W}p", f"{_W}tbl"}:
                yield element
            elif element.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins"}:
                yield from self._content(element)

    def _rows(self, table: Any) -> Iterator[list[str]]:
        for row in table.findall(f"{_W}tr"):
            cells: list[str] = []
            for cell in row.findall(f"{_W}tc"):
                merged = cell.find(f"{_W}tcPr/{_W}vMerge")
                continues = merged is not None and merged.get(f"{_W}val", "continue") == "continue"
                cells.append("" if continues else " ".join(_text(cell).split()))
                span = cell.find(f"{_W}tcPr/{_W}gridSpan")
                wide = span.get(f"{_W}val", "1") if span is not None else "1"
                cells += [""] * (min(int(wide), 60) - 1 if wide.isdigit() else 0)
            yield cells

    def _paragraph(self, paragraph: Any) -> str:
        text = "\n".join(line.strip() for line in _text(paragraph).split("\n")).strip()
        level = self._level(paragraph)
        level = max(level - (not self.titled), 1) if level else 0
        if not text or level:
            return f"{'#' * level} {' '.join(text.split())}" if text else ""
        mark = self._mark(paragraph)
        return mark + text.replace("\n", "\n" + " " * len(mark))

    def _style_name(self, paragraph: Any) -> tuple[str, Any]:
        told = paragraph.find(f"{_W}pPr/{_W}pStyle")
        style = self.styles.get(told.get(f"{_W}val")) if told is not None else None
        return (style.name or "" if style is not None else ""), style

    def _level(self, paragraph: Any) -> int:
        """1 for a title, 2 to 6 for headings, 0 for text."""
        name, _ = self._style_name(paragraph)
        if name.casefold() in {"title", "标题"}:
            return 1
        told = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
        if told is not None and told.get(f"{_W}val", "9").isdigit() and int(told.get(f"{_W}val")) < 6:
            return min(6, int(told.get(f"{_W}val")) + 2)
        found = _HEADING.match(name)
        return min(6, int(found.group(1)) + 1) if found else 0

    def _mark(self, paragraph: Any) -> str:
        """``- ``, ``3. `` or nothing, by the paragraph's numbering or list style."""
        name, style = self._style_name(paragraph)
        numbering = paragraph.find(f"{_W}pPr/{_W}numPr")
        if numbering is None and style is not None:
            numbering = style.element.find(f"{_W}pPr/{_W}numPr")
        number = numbering.find(f"{_W}numId") if numbering is not None else None
        if number is None and not name.casefold().startswith("list"):
            return ""
        identity = number.get(f"{_W}val", "0") if number is not None else name
        depth = numbering.find(f"{_W}ilvl") if numbering is not None else None
        level = int(depth.get(f"{_W}val", "0")) if depth is not None else 0
        kind = self.formats.get((identity, level), "decimal" if "number" in name.casefold() else "bullet")
        if identity == "0":
            return ""
        indent = "  " * min(level, 8)
        if kind in {"bullet", "none"}:
            return indent + "- "
        self.counts[identity, level] = self.counts.get((identity, level), 0) + 1
        for deeper in [key for key in self.counts if key[0] == identity and key[1] > level]:
            del self.counts[deeper]
        return f"{indent}{self.counts[identity, level]}. "


def _formats(document: Any) -> dict[tuple[str, int], str]:
    """Number format of each (list, level)."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError):
        return {}
    abstract: dict[str, dict[int, str]] = {}
    for kind in root.findall(f"{_W}abstractNum"):
        levels = {
            int(level.get(f"{_W}ilvl", "0")): fmt.get(f"{_W}val", "bullet")
            for level in kind.findall(f"{_W}lvl")
            if (fmt := level.find(f"{_W}numFmt")) is not None
        }
        abstract[kind.get(f"{_W}abstractNumId")] = levels
    found: dict[tuple[str, int], str] = {}
    for number in root.findall(f"{_W}num"):
        link = number.find(f"{_W}abstractNumId")
        for level, fmt in abstract.get(link.get(f"{_W}val") if link is not None else "", {}).items():
            found[number.get(f"{_W}numId"), level] = fmt
    return found


def _text(element: Any) -> str:
    """The text of an element without what was deleted, moved away or floats beside it, or is a table of its own."""
    parts: list[str] = []
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag in _SKIPPED:
            continue
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag == f"{_W}tab":
            parts.append(" ")
        elif node.tag in {f"{_W}br", f"{_W}cr"} or (node.tag == f"{_W}p" and parts):
            parts.append("\n")
        stack += reversed(node)
    return "".join(parts)
