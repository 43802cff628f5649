"""What has been seen before, in few bytes a row: hashes and packed places, never the rows themselves.

Knows: a table from 64-bit hashes to places that costs 24 to 48 bytes an entry (30 to 60 with a mark), and how a place
(file and line) becomes one number. Among a million different texts any two share a hash with a chance of 3 in 10^8.
Must not know rules.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Hashable

_LINE_BITS = 40
_LINES = (1 << _LINE_BITS) - 1
_KEYS = (1 << 64) - 1


def digest(*parts: str) -> int:
    """64 bits that stand for the texts, the same in every process; never 0."""
    whole = hashlib.blake2b(digest_size=8)
    for part in parts:
        whole.update(part.encode("utf-8", "surrogatepass"))
        whole.update(b"\xff")
    return int.from_bytes(whole.digest(), "big") or 1


def key_of(value: Hashable) -> int:
    """64 bits that stand for a text or a tuple of them, in this process alone; never 0. Faster than ``digest``."""
    return hash(value) & _KEYS or 1


class Places:
    """Files and lines as one number each, and back."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []

    def pack(self, file: str, line: int | None) -> int:
        """One number for a place."""
        number = self._numbers.get(file)
        if number is None:
            number = self._numbers[file] = len(self._names)
            self._names.append(file)
        return number << _LINE_BITS | min(line or 0, _LINES)

    def unpack(self, place: int) -> tuple[str, int]:
        """The file and line (0 where it has none) of a packed place."""
        return self._names[place >> _LINE_BITS], place & _LINES


class Seen:
    """First come, first kept: a place (and a 32-bit mark) for each hash, in an open table of machine words."""

    def __init__(self, *, marks: bool = False) -> None:
        self._size, self._marked = 0, marks
        self._empty(1024)

    def __len__(self) -> int:
        return self._size

    def first(self, key: int, place: int, mark: int = 0) -> tuple[int, int] | None:
        """``(place, mark)`` stored with ``key`` before; ``None`` when it is new, and then it is stored."""
        keys, mask = self._keys, self._mask
        slot = key & mask
        while held := keys[slot]:
            if held == key:
                return self._places[slot], self._marks[slot] if self._marked else 0
            slot = (slot + 1) & mask
        self._put(slot, key, place, mark)
        self._size += 1
        if self._size * 3 > self._mask * 2:
            self._grow()
        return None

    def _put(self, slot: int, key: int, place: int, mark: int) -> None:
        self._keys[slot], self._places[slot] = key, place
        if self._marked:
            self._marks[slot] = mark

    def _empty(self, slots: int) -> None:
        self._mask = slots - 1
        self._keys, self._places = array("Q", bytes(8 * slots)), array("Q", bytes(8 * slots))
        self._marks = array("I", bytes(4 * slots if self._marked else 0))

    def _grow(self) -> None:
        keys, places, marks = self._keys, self._places, self._marks
        self._empty(2 * len(keys))
        wider, mask = self._keys, self._mask
        for before, key in enumerate(keys):
            if key:
                slot = key & mask
                while wider[slot]:
                    slot = (slot + 1) & mask
                self._put(slot, key, places[before], marks[before] if self._marked else 0)
