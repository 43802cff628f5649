"""Rows that are passed over several times: held in memory when few, on the disk when many.

Knows: order and number of rows. Must not know what is looked for in them.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from lab.records import Row, from_json, to_json

_EVERY = 1024


class Rows(Protocol):
    """Rows that can be passed over again, and read one by one."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Row]: ...

    def at(self, numbers: Iterable[int]) -> Iterator[Row]:
        """The rows with these numbers (from 0), in that order."""


class Held:
    """Few rows, in memory."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = list(rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def at(self, numbers: Iterable[int]) -> Iterator[Row]:
        """The rows with these numbers."""
        return (self._rows[number] for number in numbers)


class Spool:
    """Many rows, in one file of its own; eight bytes a row are held."""

    def __init__(self, path: Path, rows: Iterable[Row], tell: Callable[[int, int], None] | None = None) -> None:
        self._path = path
        self._tell = tell
        self._offsets = array("Q")
        path.parent.mkdir(parents=True, exist_ok=True)
        place = 0
        with path.open("wb") as file:
            for row in rows:
                self._offsets.append(place)
                place += file.write(json.dumps(to_json(row)).encode("ascii") + b"\n")

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[Row]:
        with self._path.open("rb") as file:
            for number, line in enumerate(file):
                self._told(number)
                yield from_json(Row, json.loads(line))

    def at(self, numbers: Iterable[int]) -> Iterator[Row]:
        """The rows with these numbers."""
        with self._path.open("rb") as file:
            for number in numbers:
                self._told(number)
                file.seek(self._offsets[number], os.SEEK_SET)
                yield from_json(Row, json.loads(file.readline()))

    def quiet(self) -> None:
        """From now on nobody hears of the passes."""
        self._tell = None

    def _told(self, number: int) -> None:
        if self._tell and number % _EVERY == 0:
            self._tell(number, len(self))
