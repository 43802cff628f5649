"""Spreadsheets and column files to records: XLSX and Parquet, a row at a time.

Knows: which sheets hold rows and where their header is, that a cell is read as a person sees it, and batches of a
Parquet file. The libraries are heavy, so they are loaded when such a file comes. Must not know what columns mean.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from lab.ingest.files.containers import is_office, random_access
from lab.ingest.files.sources import Damaged, Report, Source
from lab.ingest.problems import shown
from lab.ingest.shaping.mapping import guess
from lab.ingest.shaping.shapes import is_known_table

_HEADER_WITHIN = 20
"""Rows from the top among which a sheet's header is looked for, below titles and notes."""
_MOST_STRINGS = 512 << 20
"""Bytes of a workbook's table of texts, which is held in memory."""
_MOST_SHEET = 4 << 30
_MOST_COLUMNS = 500
_MOST_ROWS = 50_000_000
_BATCH = 512
"""Rows of a Parquet file that are made at once."""


def is_xlsx(head: bytes, name: str) -> bool:
    """A ZIP whose first parts are a workbook's, or that is called one."""
    named = name.casefold().endswith((".xlsx", ".xlsm"))
    return head.startswith(b"PK\x03\x04") and (named or (is_office(head) and b"xl/w" in head))


def is_old_office(head: bytes, name: str) -> bool:
    """The container of Excel and Word before 2007, and of today's files with a password."""
    return head.startswith(b"\xd0\xcf\x11\xe0") and not name.casefold().endswith((".doc", ".docx"))


def old_office(source: Source, report: Report) -> Iterator[tuple[int, Any]]:
    """Nothing: such a file is named, with what to do."""
    report.report(None, "old_office", name=shown(source.name))
    return iter(())


def xlsx(source: Source, report: Report) -> Iterator[tuple[int, Any]]:
    """The records of every sheet with known columns, or of the first with any; the line is the row's number."""
    from openpyxl import load_workbook  # noqa: PLC0415 (takes a third of a second)

    with random_access(source) as file:
        if not _is_sound(file, report):
            return
        try:
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # the library raises whatever its parser met: it becomes a problem of the file
            report.report(None, "broken_workbook", reason=_reason(error))
            return
        try:
            yield from _sheets(book, report)
        finally:
            book.close()


def _is_sound(file: Any, report: Report) -> bool:
    """Whether the workbook unpacks to a size that can be read; ZIP readers never give more than is stated here."""
    try:
        with zipfile.ZipFile(file) as parts:
            sizes = {info.filename: (info.file_size, info.compress_size) for info in parts.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        report.report(None, "broken_workbook", reason=_reason(error))
        return False
    texts = sum(size for name, (size, _) in sizes.items() if not name.startswith("xl/worksheets/"))
    largest = max((size for size, _ in sizes.values()), default=0)
    packed = sum(packed for _, packed in sizes.values())
    total = sum(size for size, _ in sizes.values())
    if texts > _MOST_STRINGS or largest > _MOST_SHEET or (total > 64 << 20 and total > 400 * packed):
        report.report(None, "archive_bomb", ratio=400, size=total >> 20)
        return False
    return True


def _reason(error: Exception) -> str:
    return shown(str(error) or type(error).__name__, 120)


Cells = tuple[Any, ...]
Rows = Iterator[tuple[int, list[str]]]


def _sheets(book: Any, report: Report) -> Iterator[tuple[int, Any]]:
    unknown: list[tuple[str, list[str], Any]] = []
    used = 0
    for sheet in book.worksheets:
        head, _ = _begun(sheet)
        if not head:
            continue
        if is_known_table([column for column in head[-1][1] if column]):
            used += 1
            yield from _records(sheet, report)
        else:
            unknown.append((str(sheet.title), head[-1][1], sheet))
    if not used and unknown:
        title, _, sheet = max(unknown, key=lambda entry: bool(guess([column for column in entry[1] if column])))
        unknown = [entry for entry in unknown if entry[2] is not sheet]
        yield from _records(sheet, report)
    for title, columns, _ in unknown:
        listed = shown(", ".join(column for column in columns if column), 120)
        report.report(None, "sheet_not_used", "info", sheet=shown(title, 40), columns=listed)


def _records(sheet: Any, report: Report) -> Iterator[tuple[int, Any]]:
    """The rows below a sheet's header as records."""
    try:
        head, rows = _begun(sheet)
        if len(head) > 1:
            above = shown(" · ".join(text for _, cells in head[:-1] for text in cells if text), 120)
            report.report(head[0][0], "rows_above_header", "info", count=len(head) - 1, text=above)
        line, columns = head[-1]
        found = 0
        names = _names(columns, line, report)
        for number, cells in rows:
            names += [f"({place})" for place in range(len(names) + 1, len(cells) + 1)]
            found += 1
            yield number, {name: text for name, text in zip(names, [*cells, *[""] * len(names)], strict=False)}
        if not found:
            report.report(line, "only_a_header", columns=shown(", ".join(columns)))
    except Damaged:
        raise
    except Exception as error:  # the library raises whatever its parser met: it becomes a problem of the file
        report.report(None, "broken_workbook", reason=_reason(error))


def _begun(sheet: Any) -> tuple[list[tuple[int, list[str]]], Rows]:
    """(rows down to the header, the rows below it): the header is the first row with known columns, else the first
    with two texts, else the first with any."""
    rows = _texts(sheet)
    head = list(islice(rows, _HEADER_WITHIN))
    known = (at for at, (_, cells) in enumerate(head) if is_known_table([cell for cell in cells if cell]))
    several = (at for at, (_, cells) in enumerate(head) if sum(map(bool, cells)) > 1)
    at = next(chain(known, several, iter([0])))
    return head[: at + 1], chain(head[at + 1 :], rows)


def _names(columns: list[str], line: int, report: Report) -> list[str]:
    """A name for each column: its own, with its number where another has it, or the number alone."""
    names: list[str] = []
    for number, column in enumerate(columns, start=1):
        name = column
        if name and name in names:
            report.report(line, "repeated_column", "warning", column=shown(name), number=number)
            name = f"{name} ({number})"
        names.append(name or f"({number})")
    return names


def _texts(sheet: Any) -> Rows:
    """(row number, cells as text without empty ones at the end) of each row that has any."""
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS), start=1):
        cells = [_text(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield number, cells


def _text(cell: Any) -> str:
    """What a person sees in a cell, as near as its number format tells."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("_x000D_", "").replace("\r\n", "\n").strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    form = str(getattr(cell, "number_format", "") or "")
    if isinstance(value, (datetime, date, time)):
        return _moment(value, form)
    if isinstance(value, timedelta):
        return str(value)
    return _number(value, form) if isinstance(value, (int, float)) else str(value)


def _number(value: float, form: str) -> str:
    places = re.search(r"0\.(0+)", form)
    digits = len(places.group(1)) if places else 0
    if "%" in form:
        return f"{value * 100:.{digits}f}%"
    if "#,##" in form:
        return f"{value:,.{digits}f}"
    if re.fullmatch(r"0+", form) and value == int(value):
        return f"{int(value):0{len(form)}d}"
    if places and re.fullmatch(r"[^eE]*", form):
        return f"{value:.{digits}f}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value) if isinstance(value, int) else f"{value:.15g}"


_DATE_PARTS = re.compile(r"y+|m+|d+|h+|s+|\.0+|AM/PM|上午/下午|\"[^\"]*\"|\\.|\[[^\]]*\]|.", re.IGNORECASE)


def _moment(value: datetime | date | time, form: str) -> str:
    """A date or time by its number format; ISO where the format says nothing of either."""
    form = form.split(";")[0]
    if form.casefold() == "general" or not re.search("[ymdhs]", form, re.IGNORECASE):
        plain = isinstance(value, datetime) and value.time() == time()
        return value.date().isoformat() if isinstance(value, datetime) and plain else value.isoformat()
    parts = _DATE_PARTS.findall(form)
    half = any(part.upper() in {"AM/PM", "上午/下午"} for part in parts)
    made, last = "", ""
    for at, part in enumerate(parts):
        kind = part[0].lower()
        after = next((other[0].lower() for other in parts[at + 1 :] if other[0].lower() in "yds"), "")
        made += _date_part(value, part, half, is_minute=kind == "m" and (last == "h" or (after == "s" and last != "y")))
        last = kind if kind in "ymdhs" else last
    return made.strip()


def _date_part(value: Any, part: str, half: bool, *, is_minute: bool) -> str:
    kind, long = part[0].lower(), len(part) > 1
    if part.startswith("["):
        return ""
    if part.upper() in {"AM/PM", "上午/下午"}:
        first, second = part.split("/")
        return first if getattr(value, "hour", 0) < 12 else second
    if kind in {'"', "\\"}:
        return part.strip('"').lstrip("\\")
    if kind == "y" and hasattr(value, "year"):
        return f"{value.year:04d}" if len(part) > 2 else f"{value.year % 100:02d}"
    if kind == "m" and is_minute:
        return f"{value.minute:02d}" if long else str(value.minute)
    if kind == "m" and hasattr(value, "month"):
        return value.strftime("%B" if len(part) > 3 else "%b") if len(part) > 2 else f"{value.month:0{len(part)}d}"
    if kind == "d" and hasattr(value, "day"):
        return value.strftime("%A" if len(part) > 3 else "%a") if len(part) > 2 else f"{value.day:0{len(part)}d}"
    if kind == "h" and hasattr(value, "hour"):
        hour = (value.hour - 1) % 12 + 1 if half else value.hour
        return f"{hour:02d}" if long else str(hour)
    if kind == "s" and hasattr(value, "second"):
        return f"{value.second:02d}" if long else str(value.second)
    return "" if kind in "ymdhs@_*" or part.startswith(".0") else part


def is_parquet(head: bytes, name: str) -> bool:
    """Whether the bytes begin as Parquet does."""
    return head.startswith((b"PAR1", b"PARE"))


def parquet(source: Source, report: Report) -> Iterator[tuple[int, Any]]:
    """The rows, made of a few hundred at once; structs and lists are dicts and lists."""
    import pyarrow.parquet as files  # noqa: PLC0415 (takes a quarter of a second)
    from pyarrow.lib import ArrowException  # noqa: PLC0415 (as above)

    number = 0
    with random_access(source) as file:
        try:
            table = files.ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
            for batch in table.iter_batches(batch_size=_BATCH, use_threads=False):
                for record in batch.to_pylist():
                    number += 1
                    if number > _MOST_ROWS:
                        report.report(None, "too_many_rows", most=_MOST_ROWS)
                        return
                    yield number, {str(name): _plain(value) for name, value in record.items()}
        except (ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError, UnicodeDecodeError) as error:
            report.report(None, "broken_parquet", reason=_reason(error), rows=number)


def _plain(value: Any) -> Any:
    """A value as JSON would have it."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value != value:
        return None
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (Decimal, date, datetime, time, timedelta)):
        return str(value)
    return str(value)
