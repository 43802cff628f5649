"""Cells of a table that a spreadsheet may open: how they are written, and how reading undoes it.

Knows: a cell that a spreadsheet would run as a formula gets an apostrophe in front, and so does one that already
begins with apostrophes before such a sign; taking one off gives the very text back. Several values in one cell stand
with ``|`` between them, or as a JSON list where one of them holds a ``|``. Must not know rows or files.
"""

from __future__ import annotations

import json
import re
from typing import Any

COLUMNS = ("question", "answer", "system", "group", "split", "keys", "tags")
"""The columns of an export; a table with just these is one, and its apostrophes are taken off again."""
_RUNS = re.compile(r"'*[=+\-@\t\r\n]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


def guarded(text: str) -> str:
    """``text`` as a cell that no spreadsheet runs."""
    return "'" + text if _RUNS.match(text) else text


def plain(cell: str) -> str:
    """The text that ``guarded`` made ``cell`` of."""
    return cell[1:] if _GUARDED.match(cell) else cell


def joined(values: tuple[str, ...]) -> str:
    """Several values in one cell."""
    if any("|" in value or value.startswith("[") for value in values):
        return json.dumps(values, ensure_ascii=False)
    return "|".join(values)


def parted(cell: str) -> list[Any]:
    """The values that ``joined`` put into ``cell``."""
    if cell.startswith("["):
        try:
            values = json.loads(cell)
        except (ValueError, RecursionError):
            values = None
        if isinstance(values, list):
            return values
    return cell.split("|") if cell else []


def read_back(record: dict[str, Any]) -> dict[str, Any]:
    """``record`` as it was before it was written, where it is one of an exported table; else unchanged."""
    if len(record) != len(COLUMNS) or tuple(record) != COLUMNS:
        return record
    cells = {name: plain(value) if isinstance(value, str) else value for name, value in record.items()}
    for name in ("keys", "tags"):
        if isinstance(cells[name], str):
            cells[name] = parted(cells[name])
    return cells
