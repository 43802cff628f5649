"""The first records of files as they are written, and which of their columns is probably the question.

Knows: how to have records back untouched. Must not know what becomes of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.ingest.files.sources import Source
from lab.ingest.reading import stream
from lab.ingest.shaping.mapping import guess
from lab.records import Problem

_NOWHERE = {"question": "\0", "answer": "\0"}
"""Columns no file has: read by them, every record is refused, and heard as it is."""


@dataclass(frozen=True)
class Look:
    """The first records of one file."""

    file: str
    columns: tuple[str, ...]
    """Names in the order they are met."""
    records: tuple[dict[str, Any], ...]
    proposal: dict[str, str] | None
    """Which columns are probably the question and the answer; ``None`` where nothing tells."""


class _Heard:
    """Keeps the records of each file."""

    def __init__(self) -> None:
        self.records: dict[str, list[dict[str, Any]]] = {}

    def problem_found(self, problem: Problem, *record: Any) -> None:
        """Keep the record, if it is one."""
        if record and isinstance(record[0], dict):
            self.records.setdefault(problem.file, []).append(record[0])

    def source_read(self, source: Source) -> None:
        """Nothing to do."""


def look(paths: Sequence[Path], count: int = 20) -> tuple[Look, ...]:
    """The first ``count`` records of each file that holds records; documents have none."""
    heard = _Heard()
    for _ in stream(list(paths), _NOWHERE, limit=count, listener=heard):
        pass
    return tuple(_looked(file, records) for file, records in heard.records.items())


def _looked(file: str, records: list[dict[str, Any]]) -> Look:
    columns = tuple(dict.fromkeys(str(name) for record in records for name in record))
    return Look(file, columns, tuple(records), guess(columns, records))
