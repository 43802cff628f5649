"""What has been seen before, in few bytes a row: hashes and packed places, never the rows themselves.

Knows: a table from 64-bit hashes to whole numbers that costs 24 to 48 bytes an entry, and how a place (file and
line) becomes one number. Two different texts share a hash once in 10^13 at a million rows. Must not know rules.
"""

from __future__ import annotations

import hashlib
from array import array

_LINE_BITS = 40
_LINES = (1 << _LINE_BITS) - 1


def digest(*parts: str) -> int:
    """64 bits that stand for the texts; never 0."""
    whole = hashlib.blake2b(digest_size=8)
    for part in parts:
        whole.update(part.encode("utf-8", "surrogatepass"))
        whole.update(b"\xff")
    return int.from_bytes(whole.digest(), "big") or 1


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
    """First come, first kept: a place and a mark for each hash, in an open table of machine words."""

    def __init__(self) -> None:
        self._size, self._mask = 0, 1023
        self._keys, self._places, self._marks = _empty(1024)

    def __len__(self) -> int:
        return self._size

    def first(self, key: int, place: int, mark: int = 0) -> tuple[int, int] | None:
        """``(place, mark)`` stored with ``key`` before; ``None`` when it is new, and then it is stored."""
        slot = self._slot(key)
        if self._keys[slot]:
            return self._places[slot], self._marks[slot]
        self._keys[slot], self._places[slot], self._marks[slot] = key, place, mark
        self._size += 1
        if self._size * 3 > self._mask * 2:
            self._grow()
        return None

    def _slot(self, key: int) -> int:
        keys, mask = self._keys, self._mask
        slot = key & mask
        while (held := keys[slot]) and held != key:
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        old = zip(self._keys, self._places, self._marks, strict=True)
        self._mask = self._mask * 2 + 1
        self._keys, self._places, self._marks = _empty(self._mask + 1)
        for key, place, mark in old:
            if key:
                slot = self._slot(key)
                self._keys[slot], self._places[slot], self._marks[slot] = key, place, mark


def _empty(slots: int) -> tuple[array[int], array[int], array[int]]:
    return tuple(array("Q", bytes(8 * slots)) for _ in range(3))  # type: ignore[return-value]
