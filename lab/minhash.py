"""Which texts of many are probably alike, in near linear time.

Knows: MinHash signatures of character 3-grams (as ``likeness`` folds them, so right for Chinese and English) and how
bands of a signature find candidates. A candidate is a guess: whoever asks compares the texts. Must not know rows.
Two texts with 80 % of their 3-grams in common are found with a chance of 99 %, with 60 % in common of 63 %.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterator

import numpy as np
from numpy.typing import NDArray

from lab.likeness import folded

Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]

BANDS, _EACH = 12, 5
_PERMUTATIONS = BANDS * _EACH
_LONGEST = 20_000
"""Characters of one text that are looked at: what lies behind them changes little."""
_NEAREST, _CHUNK = 8, 100_000
_RANDOM = np.random.default_rng(20_251_121)
_FACTORS = _RANDOM.integers(1, 2**63, _PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _RANDOM.integers(0, 2**63, _PERMUTATIONS, dtype=np.uint64)
_MIXERS = _RANDOM.integers(1, 2**63, _EACH, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_SHIFT = np.uint64(32)


def bands(text: str) -> NDArray[np.uint32]:
    """``BANDS`` 32-bit numbers; texts that share one of them at the same place are candidates."""
    marked = f"^{folded(text[:_LONGEST])}$"
    codes = np.frombuffer(marked.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    if len(codes) < 3:
        codes = np.pad(codes, (0, 3 - len(codes)))
    grams = np.unique((codes[:-2] << np.uint64(42)) ^ (codes[1:-1] << np.uint64(21)) ^ codes[2:])
    grams ^= grams >> np.uint64(29)
    grams *= np.uint64(0xBF58476D1CE4E5B9)
    grams ^= grams >> _SHIFT
    least = (grams[:, None] * _FACTORS + _OFFSETS >> _SHIFT).min(axis=0).reshape(BANDS, _EACH)
    mixed = ((least + np.uint64(1)) * _MIXERS).sum(axis=1)
    found: NDArray[np.uint32] = (mixed ^ (mixed >> _SHIFT)).astype(np.uint32)
    return found


class Candidates:
    """Bands of many texts, 48 bytes each, and the pairs of them worth comparing."""

    def __init__(self) -> None:
        self._bands = array("I")

    def __len__(self) -> int:
        return len(self._bands) // BANDS

    def add(self, text: str, apart: int = 0) -> None:
        """One more text; its number is how many came before it. Texts with another ``apart`` are no candidates."""
        self._bands.frombytes((bands(text) ^ np.uint32(apart & 0xFFFFFFFF)).tobytes())

    def pairs(self, shared: int = 1, worth: Callable[[Numbers], Marks] | None = None) -> Iterator[tuple[int, int]]:
        """``(earlier, later)``, each once: of the texts that share a band, each with the first and the one before.

        With ``shared`` 2, those that share two bands: six times fewer that are half alike, 5 in 100 fewer of 80 %.
        ``worth`` says of many pairs, one a row, which are worth it; the others are not held.
        """
        table = np.frombuffer(self._bands, dtype=np.uint32).reshape(-1, BANDS)
        near = (_neighbours(table[:, band]) for band in range(BANDS))
        whole = np.unique(np.concatenate([pairs[worth(pairs)] if worth else pairs for pairs in near]), axis=0)
        for start in range(0, len(whole), _CHUNK):
            part = whole[start : start + _CHUNK]
            alike = (table[part[:, 0]] == table[part[:, 1]]).sum(axis=1) >= shared
            yield from ((int(one), int(other)) for one, other in part[alike])

    def crossing(self, held: Container[int], shared: int = 1) -> Iterator[tuple[int, int]]:
        """``(held, other)``, each once: each text in ``held`` with up to 8 others that share so many bands."""
        table = np.frombuffer(self._bands, dtype=np.uint32).reshape(-1, BANDS)
        marked = np.fromiter((number in held for number in range(len(table))), dtype=bool, count=len(table))
        found: set[tuple[int, int]] = set()
        for band in range(BANDS if marked.any() else 0):
            order = np.argsort(table[:, band], kind="stable")
            ordered = table[order, band]
            starts = np.r_[0, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1, len(ordered)]
            sizes, inside = np.diff(starts), np.add.reduceat(marked[order].astype(np.int64), starts[:-1])
            for bucket in np.flatnonzero((inside > 0) & (inside < sizes)):
                found.update(_crossed(order[starts[bucket] : starts[bucket + 1]], marked))
        for one, other in sorted(found):
            if shared == 1 or int((table[one] == table[other]).sum()) >= shared:
                yield one, other


def _neighbours(column: NDArray[np.uint32]) -> Numbers:
    """Pairs of rows with the same number: each later one with the first and with the one before it."""
    order = np.argsort(column, kind="stable")
    ordered = column[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    if not len(same):
        return np.empty((0, 2), dtype=np.int64)
    starts = np.r_[0, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1]
    first = starts[np.searchsorted(starts, same, side="right") - 1]
    pairs = np.concatenate([np.stack([order[first], order[same]], 1), np.stack([order[same - 1], order[same]], 1)])
    return np.unique(pairs, axis=0)


def _crossed(members: Numbers, marked: Marks) -> Iterator[tuple[int, int]]:
    """Each marked member with the unmarked ones nearest to it in order."""
    others = members[~marked[members]]
    for member in members[marked[members]]:
        middle = int(np.searchsorted(others, member))
        low = max(0, min(middle - _NEAREST // 2, len(others) - _NEAREST))
        for other in others[low : low + _NEAREST]:
            yield int(member), int(other)
