"""Answers that earlier evaluations were given, found by what decided them.

Knows: where in which file each answer stands; only the answer asked for is read. Must not know whether it is used.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from lab.evals.evaluation import ItemRecord
from lab.records import from_json
from lab.workspace import Workspace

_ASKED = re.compile(rb'"asked": "([0-9a-f]+)"')
_ANSWERED = b'"error": ""'


class Earlier:
    """The answers of all evaluations of a workspace but one; holds places in files, never the answers."""

    def __init__(self, workspace: Workspace, but: str) -> None:
        self._places: dict[bytes, tuple[Path, int]] = {}
        for path in sorted(workspace.jobs().glob("*/items.jsonl")):
            if path.parent.name != but:
                self._look_through(path)

    def find(self, asked: str) -> ItemRecord | None:
        """The newest answer to what ``asked`` stands for, naming the evaluation that first got it."""
        place = self._places.get(asked.encode())
        if place is None:
            return None
        path, start = place
        with path.open("rb") as file:
            file.seek(start)
            record = from_json(ItemRecord, json.loads(file.readline()))
        return replace(record, reused=record.reused or path.parent.name)

    def _look_through(self, path: Path) -> None:
        start = 0
        with path.open("rb") as file:
            for line in file:
                found = _ASKED.search(line)
                if found and line.endswith(b"}\n") and _ANSWERED in line:
                    self._places[found[1]] = (path, start)
                start += len(line)
