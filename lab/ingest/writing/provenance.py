"""Where a row came from, written with an export and read back with it.

Knows: a ``records`` export holds everything known of a row; reading one back keeps it, and the documents beside it.
Must not know how rows are exported or files found.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from lab.records import Row, from_json
from lab.workspace import read_json, write_json, write_text

STATUSES = ("ok", "edited", "added", "copy", "synthetic")
_NAMES = "documents.json"
"""In the folder of documents: file → name of the document."""
_WRITTEN = {field.name for field in fields(Row) if "later" not in field.metadata}
_UNSAFE = re.compile(r"[\x00-\x1f/\\]+")
_LONGEST = 120


def is_record(record: Any) -> bool:
    """Whether ``record`` is a row as this lab writes it with everything known."""
    return isinstance(record, dict) and record.keys() >= _WRITTEN and _is_sound(record)


def _is_sound(record: dict[str, Any]) -> bool:
    texts = all(isinstance(record[name], str) for name in ("id", "group", "split", "file", "status"))
    open_texts = all(isinstance(record[name], str | None) for name in ("document", "evidence", "rule"))
    numbers = all(
        record[name] is None or (isinstance(record[name], int) and not isinstance(record[name], bool))
        for name in ("line", "start", "end")
    )
    lists = all(
        isinstance(record[name], list) and all(isinstance(value, str) for value in record[name])
        for name in ("keys", "tags")
    )
    return texts and open_texts and numbers and lists and record["status"] in STATUSES


def restored(row: Row, record: dict[str, Any]) -> Row:
    """``row`` with what ``record`` knows of it besides its turns: place, group, split, evidence, rule, status."""
    known = from_json(Row, {**record, "messages": [], "tools": []})
    return replace(known, messages=row.messages, tools=row.tools, split=row.split)


def documents_folder(out: Path) -> Path:
    """Where the documents of the records in ``out`` are."""
    return out.with_name(f"{out.name}.documents")


def write_documents(folder: Path, documents: dict[str, str]) -> None:
    """Put each text into a file of its own: ``<name>.txt``, numbered where two names make the same one."""
    names: dict[str, str] = {}
    for name, text in documents.items():
        stem = _UNSAFE.sub("-", name)[:_LONGEST]
        file, number = f"{stem}.txt", 2
        while file.casefold() in {taken.casefold() for taken in names}:
            file, number = f"{stem}~{number}.txt", number + 1
        names[file] = name
        write_text(folder / file, text)
    write_json(folder / _NAMES, names)


def documents_beside(path: Path) -> dict[str, str]:
    """Name → text of the documents written beside the records in ``path``; nothing where there are none."""
    for folder in (documents_folder(path), path.parent / "documents"):
        try:
            names = read_json(folder / _NAMES, {})
            found = {str(name): _text(folder / Path(str(file)).name) for file, name in names.items()}
        except (OSError, ValueError, AttributeError):
            continue  # what a person changed in that folder is no export of ours any more
        if found:
            return found
    return {}


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()
