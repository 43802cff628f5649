"""A version's rows as files other tools read.

Knows: the shapes written. Reading a ``chat`` export back gives the same conversations, groups, splits and keys. CSV
cells that a spreadsheet would run as a formula are written with a leading apostrophe. Must not know how rows came
to be.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.records import Row, Version, to_json
from lab.workspace import write_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def export(datasets: Datasets, version: Version, format: str, out: Path, *splits: str) -> int:
    """Write the rows (of ``splits``, if named) to ``out``; returns how many."""
    if format not in FORMATS:
        raise UsageError("data.bad_format", value=format, allowed=", ".join(FORMATS))
    rows = list(datasets.rows(version, *splits))
    if format in {"prompt_completion", "alpaca", "csv"}:
        _refuse_conversations(rows, format)
    try:
        write_text(out, _csv(rows) if format == "csv" else _json_lines(rows, FORMATS[format]))
        if format == "records":
            for name in version.documents:
                text = datasets.document(version, name)
                write_text(out.with_name(f"{out.name}.documents") / f"{name.replace('/', '-')}.txt", text)
    except OSError as error:
        raise DataError("data.cannot_write", file=str(out), reason=error.strerror or type(error).__name__) from None
    return len(rows)


def _json_lines(rows: list[Row], shape: Callable[[Row], dict[str, Any]]) -> str:
    return "".join(json.dumps(shape(row), ensure_ascii=False) + "\n" for row in rows)


def _refuse_conversations(rows: list[Row], format: str) -> None:
    several = [row for row in rows if sum(message.role == "user" for message in row.messages) > 1]
    if several and format != "alpaca":
        raise DataError("data.one_turn_only", format=format, count=len(several))


def _marks(row: Row) -> dict[str, Any]:
    """Group, split, keys and tags, where there are any."""
    marks = {"group": row.group, "split": row.split, "keys": list(row.keys), "tags": list(row.tags)}
    return {name: value for name, value in marks.items() if value}


def _system(row: Row) -> str:
    return row.messages[0].content if row.messages[0].role == "system" else ""


def _chat(row: Row) -> dict[str, Any]:
    return {"messages": to_json(row.messages), **_marks(row)}


def _sharegpt(row: Row) -> dict[str, Any]:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    return {
        "conversations": [{"from": names[turn.role], "value": turn.content} for turn in row.messages],
        **_marks(row),
    }


def _alpaca(row: Row) -> dict[str, Any]:
    talk = [message.content for message in row.messages if message.role != "system"]
    made: dict[str, Any] = {"instruction": talk[-2], "input": "", "output": talk[-1]}
    if _system(row):
        made["system"] = _system(row)
    if len(talk) > 2:
        made["history"] = [list(pair) for pair in zip(talk[:-2:2], talk[1:-2:2], strict=True)]
    return {**made, **_marks(row)}


def _prompt_completion(row: Row) -> dict[str, Any]:
    system = {"system": _system(row)} if _system(row) else {}
    return {"prompt": row.question, "completion": row.answer, **system, **_marks(row)}


def _record(row: Row) -> dict[str, Any]:
    made: dict[str, Any] = to_json(row)
    return made


def _csv(rows: list[Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["question", "answer", "system", "group", "split", "keys"])
    for row in rows:
        cells = [row.question, row.answer, _system(row), row.group, row.split, "|".join(row.keys)]
        writer.writerow(["'" + cell if cell.startswith(_FORMULA) else cell for cell in cells])
    return text.getvalue()


FORMATS: dict[str, Callable[[Row], dict[str, Any]]] = {
    "chat": _chat,
    "alpaca": _alpaca,
    "sharegpt": _sharegpt,
    "prompt_completion": _prompt_completion,
    "records": _record,
    "csv": _record,
}
"""Name → one row as JSON (``csv`` is a table of question, answer, system, group, split and keys)."""
