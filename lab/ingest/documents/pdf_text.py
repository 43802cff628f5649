"""PDF to canonical text: columns one after the other, lines joined to paragraphs, headings by their size.

Knows: how a page's pieces of text lie, what repeats on pages (running headers, footers, page numbers) and where a
line ends only because the page does. Must not know questions. Encrypted, scanned and broken files end in a sentence.
"""

from __future__ import annotations

import io
import re
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from lab.errors import DataError
from lab.ingest.documents import MOST_CHARACTERS, Canonical
from lab.records import Problem

MOST_PAGES = 3000
LEAST_CHARACTERS = 12
"""Per page on average, below which a PDF is taken for a scan."""
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_PAGE_NUMBER = re.compile(r"\W*(?:page\s*|第\s*)?\d{1,4}\s*(?:页|(?:/|of|，?共)\s*\d{1,4}\s*页?)?\W*", re.IGNORECASE)
_CONTENTS = re.compile(r".{2,}(?:\.\s?){5,}\s*\d{0,4}\s*$|.{2,}…{2,}\s*\d{0,4}\s*$|.{2,}·{5,}\s*\d{0,4}\s*$")
_STARTS = re.compile(
    r"(?:[•●○⚫▪■◆◦–·-]\s*(?=\S)|\d{1,3}(?:\.\d{1,3})*[.)、）．]|[（(][\d一二三四五六七八九十a-z]{1,3}[)）]|"
    r"[一二三四五六七八九十]{1,3}、|第.{1,3}[章节条]|[A-Z]）|【|(?:Q|A|问|答|说明|正例|反例|注)\s*[:：])"
)
_BULLET = re.compile(r"[•●○⚫▪■◆◦]\s*")
_CHAPTER = re.compile(
    r"(?:([（(][一二三四五六七八九十]{1,3}[)）])|第[一二三四五六七八九十\d]{1,3}[章节条])\s*[^，,；;]{2,}$"
)
_ENDS = re.compile(r"[。！？!?；;:：.…]['\"”’）)]*$")


@dataclass(frozen=True)
class Line:
    """One line of a page."""

    text: str
    x: float
    y: float
    """From the bottom of the page."""
    size: float
    width: float
    """Estimated from the characters."""
    page: int
    outer: bool = False
    """Whether it lies in the upper or lower eighth of the page."""


def read_pdf(data: bytes) -> Canonical:
    """The text of a PDF. Raises ``DataError`` for an encrypted, scanned, empty or broken one."""
    pages, unreadable = _pages(data)
    characters = sum(len(line.text) for page in pages for line in page)
    if characters < LEAST_CHARACTERS * max(1, len(pages)):
        key = "data.pdf_scanned_ocr" if shutil.which("tesseract") else "data.pdf_scanned"
        raise DataError(key, pages=len(pages), characters=characters)
    kept, removed = _without_running(pages)
    text = _written([line for page in kept for line in page])
    if len(text) > MOST_CHARACTERS:
        raise DataError("data.document_too_long", most=MOST_CHARACTERS)
    problems = []
    if removed:
        problems.append(Problem(None, "pdf_lines_left_out", "info", values={"count": removed}))
    if unreadable:
        problems.append(Problem(None, "pdf_pages_unreadable", "warning", values={"count": unreadable}))
    empty = sum(not page for page in pages) - unreadable
    if empty > 0:
        problems.append(Problem(None, "pdf_pages_without_text", "info", values={"count": empty}))
    return Canonical(text, tuple(problems))


def _pages(data: bytes) -> tuple[list[list[Line]], int]:
    """The lines of every page in reading order, and how many pages could not be read."""
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DataError("data.pdf_encrypted")
        count = len(reader.pages)
    except DataError:
        raise
    # pypdf raises whatever a broken file makes it stumble over; the page-wise reading below counts it instead.
    except Exception as error:
        if type(error).__name__ in {"DependencyError", "FileNotDecryptedError", "WrongPasswordError"}:
            raise DataError("data.pdf_encrypted") from None
        raise DataError("data.broken_pdf") from None
    if count > MOST_PAGES:
        raise DataError("data.pdf_too_many_pages", pages=count, most=MOST_PAGES)
    pages, unreadable = [], 0
    for number in range(count):
        try:
            pages.append(_lines(reader.pages[number], number))
        except (
            PyPdfError,
            RecursionError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
            ArithmeticError,
        ):
            pages.append([])
            unreadable += 1
    if unreadable == count:
        raise DataError("data.broken_pdf")
    return pages, unreadable


def _lines(page: Any, number: int) -> list[Line]:
    pieces: list[tuple[str, float, float, float]] = []

    def see(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        scale = (tm[2] ** 2 + tm[3] ** 2) ** 0.5 * ((cm[2] ** 2 + cm[3] ** 2) ** 0.5 or 1.0)
        pieces.append((text, x, y, abs(size * scale)))

    page.extract_text(visitor_text=see)
    runs: list[Line] = []
    current: Line | None = None
    for text, x, y, size in pieces:
        for place, part in enumerate(text.split("\n")):
            if place and current is not None:
                runs.append(current)
                current = None
            if not part.strip():
                current = replace(current, text=current.text + " ") if part and current is not None else current
                continue
            current = _extended(current, part, x, y, size, number, runs)
    if current is not None:
        runs.append(current)
    found = [replace(line, text=re.sub(r"[ \t\u00a0\x00-\x1f]+", " ", line.text).strip()) for line in runs]
    width, height = _page_size(page)
    placed = [replace(line, outer=not 0.12 < line.y / height < 0.88) for line in found if line.text]
    return _in_columns(placed, width)


def _extended(current: Line | None, part: str, x: float, y: float, size: float, page: int, runs: list[Line]) -> Line:
    width = _width(part, size)
    if current is None:
        return Line(part, x, y, size, width, page)
    if x - (current.x + current.width) > 3 * size and not current.text.endswith((":", "：")):
        runs.append(current)  # a wide gap on one line: another column or cell
        return Line(part, x, y, size, width, page)
    return replace(current, text=current.text + part, size=max(current.size, size), width=max(x - current.x, 0) + width)


def _width(text: str, size: float) -> float:
    return size * sum(1.0 if _WIDE.match(character) else 0.5 for character in text)


def _page_size(page: Any) -> tuple[float, float]:
    try:
        return float(page.mediabox.width) or 595.0, float(page.mediabox.height) or 842.0
    except (TypeError, ValueError, KeyError):
        return 595.0, 842.0


def _in_columns(lines: list[Line], width: float) -> list[Line]:
    """The lines with the left column before the right one, where the page has two; else as they come."""
    gutter = _gutter(lines, width)
    if gutter is None:
        return _rejoined(lines)
    ordered: list[Line] = []
    block: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.y):
        if block and block[-1].y - line.y > 2.5 * line.size:
            ordered += [*_column(block, gutter, left=True), *_column(block, gutter, left=False)]
            block = []
        if line.x < gutter - 3 and line.x + line.width > gutter + 12:
            ordered += [*_column(block, gutter, left=True), *_column(block, gutter, left=False), line]
            block = []
        else:
            block.append(line)
    return [*ordered, *_column(block, gutter, left=True), *_column(block, gutter, left=False)]


def _column(lines: list[Line], gutter: float, left: bool) -> list[Line]:
    return _rejoined([line for line in lines if (line.x < gutter - 3) == left])


def _rejoined(lines: list[Line]) -> list[Line]:
    """Runs that stand on one line of one column, put together again."""
    made: list[Line] = []
    for line in lines:
        last = made[-1] if made else None
        if last is not None and abs(last.y - line.y) < 0.3 * line.size and line.x > last.x:
            made[-1] = replace(last, text=f"{last.text} {line.text}", width=line.x + line.width - last.x)
        else:
            made.append(line)
    return made


def _gutter(lines: list[Line], width: float) -> float | None:
    """Where the right column begins, if at least four lines begin there and hardly any runs across."""
    starts = [line.x for line in lines if 0.4 * width < line.x < 0.65 * width]
    if len(starts) < 4:
        return None
    gutter = min(starts)
    left = [line for line in lines if line.x < gutter - 20]
    crossing = [line for line in left if line.x + line.width > gutter + 12]
    return gutter if len(left) - len(crossing) >= 4 and len(crossing) <= 0.25 * len(lines) else None


def _without_running(pages: list[list[Line]]) -> tuple[list[list[Line]], int]:
    """The pages without lines that repeat at their top or bottom, page numbers and tables of contents."""
    edges = [_edges(page) for page in pages]
    seen = Counter(key for page in edges for key in {_repeated(line) for line in page})
    least = max(3, len([page for page in pages if page]) // 2)
    kept: list[list[Line]] = []
    for page, edge in zip(pages, edges, strict=True):
        running = [
            line
            for line in edge
            if seen[_repeated(line)] >= least or (len(pages) > 1 and _PAGE_NUMBER.fullmatch(line.text))
        ]
        contents = [line for line in page if _CONTENTS.match(line.text)]
        left_out = {id(line) for line in [*running, *contents]}
        kept.append([line for line in page if id(line) not in left_out])
    return kept, sum(map(len, pages)) - sum(map(len, kept))


def _edges(page: list[Line]) -> list[Line]:
    """The two highest and the two lowest lines of a page, where they lie at its edge."""
    by_height = sorted((line for line in page if line.outer), key=lambda line: -line.y)
    return by_height if len(by_height) <= 4 else [*by_height[:2], *by_height[-2:]]


def _repeated(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text.replace(" ", ""))


def _written(lines: list[Line]) -> str:
    """Lines as paragraphs, list items and headings, with a blank line between."""
    if not lines:
        return ""
    headings = _heading_levels(lines)
    margin, leading = _margins(lines), _leading(lines)
    blocks: list[str] = []
    for place, line in enumerate(lines):
        before = lines[place - 1] if place else None
        level = _level(line, headings)
        last = _level(before, headings) if before is not None else 0
        if before is not None and not level and not last and _goes_on(before, line, margin, leading):
            blocks[-1] = glued(blocks[-1], line.text)
        elif level and before is not None and before.size == line.size and before.page == line.page:
            wrapped = last == level and 0 < before.y - line.y < 1.8 * line.size
            blocks = (
                [*blocks[:-1], glued(blocks[-1], line.text)] if wrapped else [*blocks, "#" * level + " " + line.text]
            )
        else:
            blocks.append("#" * level + " " + line.text if level else _BULLET.sub("- ", line.text, count=1))
    return _spaced(blocks)


def _spaced(blocks: list[str]) -> str:
    text = blocks[0] if blocks else ""
    for before, block in pairwise(blocks):
        items = before.startswith("- ") and block.startswith("- ")
        text += ("\n" if items else "\n\n") + block
    return text + "\n"


def _heading_levels(lines: list[Line]) -> dict[float, int]:
    """Level of each letter size that is larger than most text and used for short lines only."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[_size(line)] += len(line.text)
    body = letters.most_common(1)[0][0] or 1.0
    levels: dict[float, int] = {}
    for size in letters:
        same = [line for line in lines if _size(line) == size]
        short = sum(line.width < 36 * line.size and not _ENDS.search(line.text) for line in same)
        if size > 1.12 * body and short >= 0.7 * len(same):
            levels[size] = 1 if size > 1.9 * body else 2 if size > 1.35 * body else 3
    return levels


def _size(line: Line) -> float:
    return round(line.size, 1)


def _level(line: Line, levels: dict[float, int]) -> int:
    """1 to 3 for a heading, 0 for text: by size, or by the numbers that Chinese documents give their chapters."""
    if len(line.text) > 80 or not re.search(r"\w", line.text):
        return 0
    numbered = _CHAPTER.match(line.text)
    if numbered and line.width < 20 * line.size and not _ENDS.search(line.text):
        return levels.get(_size(line), 3 if numbered.group(1) else 2)
    return levels.get(_size(line), 0)


def _margins(lines: list[Line]) -> dict[tuple[int, int], float]:
    """How wide a full line is, for lines of about the same beginning."""
    widths: dict[tuple[int, int], list[float]] = {}
    for line in lines:
        widths.setdefault((0, round(line.x / 40)), []).append(line.width)
    return {key: sorted(found)[int(0.9 * (len(found) - 1))] for key, found in widths.items()}


def _leading(lines: list[Line]) -> dict[int, float]:
    """The usual distance of two lines, a page."""
    gaps: dict[int, list[float]] = {}
    for before, line in pairwise(lines):
        if before.page == line.page and 0 < before.y - line.y < 4 * line.size:
            gaps.setdefault(line.page, []).append(before.y - line.y)
    return {page: sorted(found)[len(found) // 2] for page, found in gaps.items()}


def _goes_on(before: Line, line: Line, margins: dict[tuple[int, int], float], leading: dict[int, float]) -> bool:
    """Whether a line is the rest of the paragraph before it."""
    if _STARTS.match(line.text) or abs(before.size - line.size) > 0.15 * line.size:
        return False
    usual = max(leading.get(line.page, 0.0), 1.5 * line.size)
    if before.page == line.page and before.y - line.y > 1.4 * usual:
        return False
    if re.match(r"[a-z]", line.text) and not _ENDS.search(before.text):
        return True
    full = before.width >= 0.8 * margins[0, round(before.x / 40)]
    return full and not (_ENDS.search(before.text) and line.x > before.x + 1.5 * line.size)


def glued(text: str, more: str) -> str:
    """A line and the next one of its paragraph: hyphens at its end taken back, no space between Chinese characters."""
    if re.search(r"[a-z]-$", text) and re.match(r"[a-z]", more):
        return text[:-1] + more
    wide = _WIDE.match(text[-1:]) or _WIDE.match(more[:1])
    return text + ("" if wide else " ") + more
