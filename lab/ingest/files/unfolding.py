"""One JSON object that holds many records: columns, named records, lists under a name.

Knows: which objects are tables written sideways, and how they become rows. They are held in memory, within the
longest value that is read at all. Must not know files or text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from lab.ingest.files.sources import Report
from lab.ingest.problems import shown

_MESSAGES = {"role", "from", "content", "value"}
_LOOKED_AT = 20
"""Values that are looked at to tell what all are."""


def unfolded(
    records: Iterator[tuple[int, Any]], report: Report, is_row: Callable[[Any], bool]
) -> Iterator[tuple[int, Any]]:
    """``records``; where there is one alone and it is an object of many rows, those, numbered from 1.

    ``is_row`` says whether a value is a record of a known shape.
    """
    first = next(records, None)
    if first is None:
        return
    second = next(records, None) if isinstance(first[1], dict) else None
    rows = None if second or not isinstance(first[1], dict) else _rows(first[1], report, is_row)
    if rows is not None:
        yield from enumerate(rows, start=1)
        return
    yield first
    if second:
        yield second
    yield from records


def _rows(value: dict[str, Any], report: Report, is_row: Callable[[Any], bool]) -> list[Any] | None:
    """The rows of an object that holds many; ``None``: it holds one, or none that can be told."""
    values = list(value.values())
    columns = shown(", ".join(map(str, value)), 200)
    if _are_columns(values):
        rows = [dict(zip(value, cells, strict=True)) for cells in zip(*values, strict=True)]
        report.report(None, "columns_read", "info", columns=columns, count=len(rows))
        return rows
    if values and all(isinstance(column, dict) and column for column in values):
        keys = dict.fromkeys(key for column in values for key in column)
        if all(key.isdigit() for key in keys):
            rows = [{name: column.get(key) for name, column in value.items()} for key in keys]
            report.report(None, "columns_read", "info", columns=columns, count=len(rows))
            return rows
        if len(values) > 1 and any(is_row(column) for column in values[:_LOOKED_AT]):
            report.report(None, "keyed_read", "info", names=columns, count=len(values))
            return values
    return None if is_row(value) else _listed(value, report)


def _are_columns(values: list[Any]) -> bool:
    """Whether these are lists of equal length, none of them the messages of one conversation."""
    if not values or not all(isinstance(column, list) for column in values):
        return False
    if len(set(map(len, values))) != 1 or not values[0]:
        return False
    return not any(isinstance(cell, dict) for column in values for cell in column[:_LOOKED_AT])


def _listed(value: dict[str, Any], report: Report) -> list[Any] | None:
    """The records of lists of objects under names, as ``{"data": […]}`` or ``{"train": […], "test": […]}``."""
    lists = {name: inner for name, inner in value.items() if _is_list_of_records(inner)}
    others = {name: inner for name, inner in value.items() if name not in lists and inner not in (None, "", [], {})}
    if not lists or any(isinstance(inner, (list, dict)) and name != "metadata" for name, inner in others.items()):
        return None
    report.report(None, "lists_read", "info", names=shown(", ".join(lists), 200), count=sum(map(len, lists.values())))
    if len(lists) == 1:
        return [row for inner in lists.values() for row in inner]
    marked = ({"split": name, **row} for name, inner in lists.items() for row in inner if isinstance(row, dict))
    loose = (row for inner in lists.values() for row in inner if not isinstance(row, dict))
    return list(chain(marked, loose))


def _is_list_of_records(value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value[:_LOOKED_AT]):
        return False
    return not any(len(_MESSAGES & set(row)) > 1 for row in value[:_LOOKED_AT])
