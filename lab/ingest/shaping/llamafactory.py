"""LLaMA-Factory's ``dataset_info.json``: which file is a data set there, and what its columns are called.

Knows: its keys and their defaults, as that program reads them. What it says of a file dropped beside it becomes a
mapping of that file's columns. Must not know how records are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from lab.ingest.files.sources import Damaged, Source
from lab.ingest.shaping.untrainable import is_dataset_info

_LARGEST = 4 << 20
_ALPACA = {"question": ("prompt", "instruction"), "more": ("query", "input"), "answer": ("response", "output")}
_BESIDE = ("system", "tools", "history")
_TAGS = {
    "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
    "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
}  # fmt: skip


def described(sources: Iterable[Source]) -> dict[str, dict[str, str]]:
    """File name → mapping of its columns, by every ``dataset_info.json`` among ``sources``.

    The mapping is empty where a file's shape says enough of itself.
    """
    found: dict[str, dict[str, str]] = {}
    for source in sources:
        if source.name.casefold().endswith(".json") and source.size <= _LARGEST:
            found |= _entries(source)
    return found


def _entries(source: Source) -> dict[str, dict[str, str]]:
    try:
        if b'"file_name"' not in source.head():
            return {}
        with source.open() as file:
            told = json.loads(file.read(_LARGEST + 1).decode("utf-8-sig"))
    except (ValueError, RecursionError, OSError, Damaged):
        return {}  # read as any other file, where it is told what is wrong with it
    if not isinstance(told, dict) or not is_dataset_info(told):
        return {}
    files = {str(entry.get("file_name", "")).rsplit("/", 1)[-1]: entry for entry in told.values()}
    return {name: mapping_of(entry) for name, entry in files.items() if name}


def mapping_of(entry: dict[str, Any]) -> dict[str, str]:
    """The columns of one entry as ``shaping.mapping`` names them; empty where the shape says enough of itself."""
    columns, tags = entry.get("columns"), entry.get("tags")
    columns = columns if isinstance(columns, dict) else {}
    tags = tags if isinstance(tags, dict) else {}
    if entry.get("ranking") or columns.get("kto_tag"):
        return {}
    named = {name: str(columns[name]) for name in _BESIDE if columns.get(name)}
    if entry.get("formatting") == "sharegpt":
        written = {name: str(tags.get(name) or default) for name, default in _TAGS.items()}
        return {"messages": str(columns.get("messages") or "conversations"), **named, **written}
    return {name: str(columns.get(theirs) or default) for name, (theirs, default) in _ALPACA.items()} | named
