"""Rows as files other tools read, one row at a time whatever their number.

Knows: which form goes into which file, and what becomes of rows that a form cannot hold: they stand in a list beside
the file, with the reason. Reading an export back gives the same rows, without the parts that the form has no place
for. Must not know how rows came to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.ingest.writing import row_files
from lab.ingest.writing.provenance import documents_folder, write_documents
from lab.ingest.writing.row_forms import FORMS, Form, Unheld, left_out
from lab.records import Row, Version

__all__ = ["FORMATS", "Exported", "export", "write"]

FORMATS = tuple(FORMS)
"""Names of the forms."""
_SPLITS = ("train", "validation", "test")
Rows = Callable[[], Iterable[Row]]


@dataclass(frozen=True)
class Exported:
    """What an export wrote, and what it could not."""

    format: str
    rows: int
    files: tuple[Path, ...]
    left_out: dict[str, int] = field(default_factory=dict)
    """Part that the form has no place for → rows that have it (``export.left_<part>``)."""
    not_written: dict[str, int] = field(default_factory=dict)
    """Reason → rows that the form cannot hold (``export.<reason>``)."""
    lists: tuple[Path, ...] = ()
    """Files that name every row not written."""
    documents: Path | None = None
    """Folder of the documents' texts beside ``records``."""


def export(datasets: Datasets, version: Version, format: str, out: Path, *splits: str) -> Exported:
    """Write the rows (of ``splits``, if named) to the file ``out``, or to a folder with a file for each split.

    A folder is one that exists, or a name that ends with ``/`` (``folder`` in ``out.name`` is lost by ``Path``, so
    callers make it). Raises ``DataError`` when no row can be written; then nothing is left behind.
    """
    form = _form(format, out)
    chosen = tuple(split for split in _SPLITS if not splits or split in splits)
    if not out.is_dir():
        made = write(lambda: datasets.rows(version, *splits), format, out)
        return _with_documents(datasets, version, made, documents_folder(out))
    parts = []
    for split in chosen:
        path = out / f"{split}.{form.ending}"
        # A split without rows gets no file, unless an older one of that name would be taken for it.
        if version.splits.get(split) or path.exists():
            parts.append(write(_of(datasets, version, split), format, path, may_be_empty=True))
    made = _together(format, parts)
    if not made.rows:
        raise _nothing(format, made)
    return _with_documents(datasets, version, made, out / "documents")


def _of(datasets: Datasets, version: Version, split: str) -> Rows:
    return lambda: datasets.rows(version, split)


def write(rows: Rows, format: str, out: Path, *, may_be_empty: bool = False) -> Exported:
    """Write what ``rows()`` gives to ``out`` and name each row the form cannot hold in a list beside it.

    ``rows`` is called twice for Parquet, else once. Raises ``DataError`` for a place that cannot be written to.
    """
    form = _form(format, out)
    beside = out.with_name(f"{out.name}.not-written.jsonl")
    lost: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    written = 0
    try:
        with ExitStack() as stack:
            put = stack.enter_context(_writer(form, rows, out))
            name_it: row_files.Put | None = None
            for number, row in enumerate(rows(), start=1):
                try:
                    put(form.made(row))
                except Unheld as reason:
                    refused[reason.code] += 1
                    name_it = name_it or stack.enter_context(row_files.json_lines(beside))
                    name_it({"row": number, "id": row.id, "file": row.file, "line": row.line, "code": reason.code})
                    continue
                lost.update(left_out(form, row))
                written += 1
            if not written and not may_be_empty:
                raise _nothing(format, Exported(format, 0, (), {}, dict(refused)))
    except OSError as error:
        raise DataError("data.cannot_write", file=str(out), reason=error.strerror or type(error).__name__) from None
    return Exported(format, written, (out,), dict(lost), dict(refused), (beside,) if refused else ())


def _form(format: str, out: Path) -> Form:
    if format not in FORMS:
        raise UsageError("data.bad_format", value=format, allowed=", ".join(FORMS))
    if format == "parquet" and out.suffix.lower() == ".gz":
        raise UsageError("export.packed_already", file=out.name)
    return FORMS[format]


def _writer(form: Form, rows: Rows, out: Path) -> AbstractContextManager[row_files.Put]:
    if form.ending == "csv":
        return row_files.table(out)
    if form.ending == "parquet":
        return row_files.parquet(out, lambda: _held(form, rows))
    return row_files.json_lines(out)


def _held(form: Form, rows: Rows) -> Iterator[dict[str, Any]]:
    return (form.made(row) for row in rows())


def _nothing(format: str, made: Exported) -> DataError:
    """Why an export has no row: the form holds none of them, or there is none."""
    if made.not_written:
        code, count = max(made.not_written.items(), key=lambda item: item[1])
        return DataError(f"export.none_{code}", format=format, count=count)
    return DataError("export.no_rows")


def _together(format: str, parts: list[Exported]) -> Exported:
    lost: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for part in parts:
        lost.update(part.left_out)
        refused.update(part.not_written)
    files = tuple(path for part in parts for path in part.files)
    lists = tuple(path for part in parts for path in part.lists)
    return Exported(format, sum(part.rows for part in parts), files, dict(lost), dict(refused), lists)


def _with_documents(datasets: Datasets, version: Version, made: Exported, folder: Path) -> Exported:
    """``records`` have the documents' texts beside them, so that evidence can be checked and read back."""
    if made.format != "records" or not version.documents:
        return made
    try:
        write_documents(folder, {name: datasets.document(version, name) for name in version.documents})
    except OSError as error:
        raise DataError("data.cannot_write", file=str(folder), reason=error.strerror or type(error).__name__) from None
    return Exported(made.format, made.rows, made.files, made.left_out, made.not_written, made.lists, folder)
