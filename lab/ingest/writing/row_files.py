"""Files of rows being written: JSON lines, a table, Parquet; plain or compressed, one row at a time.

Knows: how each kind of file is written in bounded memory. Must not know what a row is.
"""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from lab.ingest.writing import cells
from lab.workspace import whole

_BATCH = 2000
"""Rows of one group of a Parquet file."""
Put = Callable[[dict[str, Any]], None]


@contextmanager
def json_lines(path: Path) -> Iterator[Put]:
    """Writes one object a line to ``path``, which appears when the block ends well; ``.gz`` compresses."""
    with whole(path) as file, _compressed(file, path) as plain:

        def put(record: dict[str, Any]) -> None:
            plain.write(_line(record))

        yield put


def _line(record: dict[str, Any]) -> bytes:
    """``record`` as a line; what JSON does not know (dates of a table) as text."""
    text = json.dumps(record, ensure_ascii=False, default=str)
    try:
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:  # half a surrogate pair, kept as it was read
        return json.dumps(record, default=str).encode("ascii") + b"\n"


@contextmanager
def table(path: Path, columns: tuple[str, ...] = cells.COLUMNS) -> Iterator[Put]:
    """Writes CSV that spreadsheets open as UTF-8, with line feeds and a header."""
    with whole(path) as file, _compressed(file, path) as plain:
        text = io.TextIOWrapper(plain, encoding="utf-8-sig", newline="", write_through=False)
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        yield writer.writerow
        text.flush()
        text.detach()


@contextmanager
def parquet(path: Path, rows: Callable[[], Iterator[dict[str, Any]]]) -> Iterator[Put]:
    """Writes Parquet; ``rows`` is read once before, to know the parts turns have."""
    # pyarrow takes 0.3 s to import, so it comes when it is needed.
    arrow, library = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    schema = _schema(arrow, rows())
    with whole(path) as file, library.ParquetWriter(file, schema, compression="zstd") as writer:
        held: list[dict[str, Any]] = []

        def flush() -> None:
            writer.write_table(arrow.Table.from_pylist(held, schema=schema))
            held.clear()

        def put(record: dict[str, Any]) -> None:
            held.append(record)
            if len(held) >= _BATCH:
                flush()

        yield put
        flush()


def _schema(arrow: Any, rows: Iterator[dict[str, Any]]) -> Any:
    """Only the parts that some turn or row has: an empty ``tool_calls`` would be taken for a call by chat templates."""
    text = arrow.string()
    call = arrow.struct(
        [("id", text), ("type", text), ("function", arrow.struct([("name", text), ("arguments", text)]))]
    )
    turn = {"tool_calls": arrow.list_(call), "name": text, "tool_call_id": text, "weight": arrow.int8()}
    mark = {"tools": text, "group": text, "split": text, "keys": arrow.list_(text), "tags": arrow.list_(text)}
    turns: set[str] = set()
    marks: set[str] = set()
    for row in rows:
        marks.update(row)
        turns.update(*row["messages"])
    message = [("role", text), ("content", text), *((name, kind) for name, kind in turn.items() if name in turns)]
    columns = [("messages", arrow.list_(arrow.struct(message)))]
    return arrow.schema([*columns, *((name, kind) for name, kind in mark.items() if name in marks)])


@contextmanager
def _compressed(file: BinaryIO, path: Path) -> Iterator[Any]:
    """``file``, or what compresses into it where the name ends in ``.gz``; the same bytes whenever it is done."""
    if path.suffix.lower() != ".gz":
        buffered = io.BufferedWriter(_Open(file), 1 << 18)
        yield buffered
        buffered.flush()
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed:
        yield packed


class _Open(io.RawIOBase):
    """A file whose wrapper may be closed without closing it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)
