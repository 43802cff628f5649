"""Delimited tables: which text is one, and its records.

Knows: delimiters, headers, quoted cells over several lines, and what an unclosed quotation mark does. A broken
record costs itself, never the rest of the table. Must not know what the columns mean.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lab.ingest.files.sources import Report
from lab.ingest.problems import shown

ENDINGS = {"csv", "tsv", "tab"}
LONGEST_CELL = 16 * 1024 * 1024
"""Characters of the longest cell, and so of what is read again when a quotation mark is never closed."""
_SAMPLED = 50
_LONGEST_HEADING = 60
_MOST_FILLED = 100
"""Cells up to which a record with too few gets empty ones: a line of two characters must not cost thousands."""


@dataclass(frozen=True)
class Layout:
    """How a table is written."""

    delimiter: str
    columns: tuple[str, ...]
    """As written."""

    @property
    def kind(self) -> str:
        """``CSV`` or ``TSV``."""
        return "TSV" if self.delimiter == "\t" else "CSV"


def layout(sample: str, *, whole: bool, ending: str, is_known: Callable[[list[str]], bool]) -> Layout | None:
    """How the table is written that ``sample`` begins, or ``None``: it is none.

    ``is_known`` says whether column names are ones a data set has: a table in a file not named as one must have such
    columns and regular rows, or prose with commas would be taken for it. ``whole``: nothing comes after the sample.
    """
    head = sample.lstrip("\n").split("\n", 1)[0]
    delimiter = max("\t,;|", key=head.count)
    if not head.count(delimiter):
        return None
    rows = _sampled(sample, delimiter, whole)
    if not rows:
        return None
    columns, *others = rows
    regular = sum(len(cells) == len(columns) for cells in others)
    named = ending in ENDINGS
    if not named and (len(others) < 2 or regular < 0.9 * len(others) or not is_known(columns)):
        return None
    if others and regular < 0.5 * len(others) and max(map(len, columns)) > _LONGEST_HEADING:
        return None
    return Layout(delimiter, tuple(columns))


def _sampled(sample: str, delimiter: str, whole: bool) -> list[list[str]]:
    """The first records, the header first; one that the sample cuts is left out."""
    lines = sample.split("\n")
    lines = lines if whole else lines[:-1]
    csv.field_size_limit(LONGEST_CELL)
    feed = _Feed(enumerate(lines, start=1))
    rows = []
    for cells in csv.reader(feed, delimiter=delimiter):
        if not feed.is_open and any(cell.strip() for cell in cells):
            rows.append([cell.strip() for cell in cells])
        feed.taken.clear()
        if len(rows) > _SAMPLED:
            break
    return rows


class _Feed:
    """Lines for ``csv.reader``, which asks for more until a record is whole; remembers those of the record."""

    def __init__(self, lines: Iterator[tuple[int, str | None]]) -> None:
        self._lines = lines
        self.taken: list[tuple[int, str]] = []
        self.again: deque[tuple[int, str]] = deque()
        """Lines to be given once more, before any new one."""
        self.too_long: list[int] = []
        self.is_open = False
        """Whether the text ended inside the record."""

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        while True:
            number, line = self.again.popleft() if self.again else next(self._lines, (0, ""))
            if not number:
                self.is_open = bool(self.taken)
                raise StopIteration
            if line is not None:
                self.taken.append((number, line))
                return line + "\n"
            self.too_long.append(number)


def records(
    lines: Iterator[tuple[int, str | None]], table: Layout, report: Report
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by column) of each record below the header."""
    header = _named(table.columns, report)
    rows = _cells(lines, table.delimiter, report)
    next(rows, None)
    empty = True
    for line, cells in rows:
        empty = False
        if not cells:
            continue
        if len(cells) != len(header):
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                report.report(line, "too_many_cells", cells=len(cells), columns=len(header))
                continue
            if len(cells) < len(header):
                report.report(line, "too_few_cells", "warning", cells=len(cells), columns=len(header))
                cells += [""] * (min(len(header), _MOST_FILLED) - len(cells))
        record = dict(zip(header, cells, strict=False))
        record.pop("", None)
        yield line, record
    if empty:
        report.report(None, "only_a_header", columns=shown(", ".join(header)))


def _named(columns: tuple[str, ...], report: Report) -> list[str]:
    """The names of columns; one used before is told and numbered, not silently merged."""
    names: list[str] = []
    taken: set[str] = set()
    for number, column in enumerate(columns, start=1):
        if column and column in taken:
            report.report(1, "repeated_column", "warning", column=shown(column), number=number)
            column = f"{column} ({number})"
        names.append(column)
        taken.add(column)
    return names


def _cells(lines: Iterator[tuple[int, str | None]], delimiter: str, report: Report) -> Iterator[tuple[int, list[str]]]:
    """(first line, cells) of each record that is not blank; no cells for one that was reported and is lost."""
    csv.field_size_limit(LONGEST_CELL)
    feed = _Feed(lines)
    strict = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(strict)
        except StopIteration:
            break
        except csv.Error:
            yield from _apart(feed, delimiter, report)
            strict = csv.reader(feed, delimiter=delimiter, strict=True)
            continue
        if feed.too_long:
            _tell_long(feed, report)
        line = feed.taken[0][0]
        feed.taken.clear()
        if any(cells) and any(cell.strip() for cell in cells):
            yield line, cells
    _tell_long(feed, report)


def _apart(feed: _Feed, delimiter: str, report: Report) -> Iterator[tuple[int, list[str]]]:
    """The lines of a record that never closes or closes oddly, each as a record of its own.

    One line alone is read as leniently as spreadsheets do. Of several the first has the open mark: it is lost, and
    the others are read as if it were not there; the last may begin a record, so it is read with what follows.
    """
    taken, feed.taken = feed.taken, []
    if len(taken) > 1:
        number, last = taken[-1]
        if re.search(rf'"[ \t]+(?:{re.escape(delimiter)}|$)', last):
            yield taken[0][0], next(csv.reader([line + "\n" for _, line in taken], delimiter=delimiter), [])
            return
        if not feed.is_open:
            feed.again.append(taken.pop())
    feed.is_open = False
    for number, line in taken:
        try:
            cells = next(csv.reader([line + "\n"], delimiter=delimiter, strict=True), [])
        except csv.Error:
            if not _closes(line, delimiter):
                report.report(number, "open_quote")
                yield number, []
                continue
            cells = next(csv.reader([line], delimiter=delimiter), [])
        if any(cell.strip() for cell in cells):
            yield number, cells


def _closes(line: str, delimiter: str) -> bool:
    """Whether a line read leniently is a whole record: no cell of it goes on in the next line."""
    feed = _Feed(iter([(1, line)]))
    try:
        next(csv.reader(feed, delimiter=delimiter), [])
    except csv.Error:
        return False
    return not feed.is_open


def _tell_long(feed: _Feed, report: Report) -> None:
    for number in feed.too_long:
        report.report(number, "line_too_long", most=LONGEST_CELL >> 20)
    feed.too_long.clear()
