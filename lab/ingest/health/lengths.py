"""How long the conversations are, as the model reads them.

Knows: counting tokens in batches with the model's own template and tokenizer, or words where there is no model.
Must not know what is done about rows that are too long.
"""

from __future__ import annotations

from array import array

from lab import likeness
from lab.errors import LabError, ModelError
from lab.ingest.health.records import LISTED, Lengths, Place
from lab.ingest.problems import shown
from lab.records import Row
from lab.rendering import Renderer

_BATCH = 256
_BARS = 24
_PIECE = 200_000
"""Characters encoded at once: a tokenizer's time and memory grow faster than a text without spaces does."""


class Measure:
    """Counts row after row; ``result`` gives the figures."""

    def __init__(self, renderer: Renderer | None, limit: int | None) -> None:
        self._renderer, self._limit = renderer, limit
        self._counts = array("I")
        self._waiting: list[tuple[Row, str]] = []
        self._refused = 0
        self._over: list[Place] = []
        self._over_count = 0

    def see(self, row: Row) -> None:
        """Take one more row."""
        if self._renderer is None:
            self._note(row, sum(likeness.length(message.content) for message in row.messages))
            return
        try:
            self._waiting.append((row, rendered(self._renderer, row)))
        except LabError:
            self._refused += 1
        if len(self._waiting) >= _BATCH:
            self._count()

    def result(self) -> Lengths:
        """The figures of every row seen."""
        self._count()
        unit = "words" if self._renderer is None else "tokens"
        if not self._counts:
            return Lengths(0, self._refused, unit, self._limit)
        ordered = sorted(self._counts)
        edges = _edges(ordered[-1])
        counts = [0] * (len(edges) - 1)
        step = edges[1]
        for length in ordered:
            counts[min(length // step, len(counts) - 1)] += 1
        return Lengths(
            n=len(ordered),
            not_counted=self._refused,
            unit=unit,
            limit=self._limit,
            longest=ordered[-1],
            median=ordered[len(ordered) // 2],
            p95=ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
            total=sum(ordered),
            edges=edges,
            counts=tuple(counts),
            over=self._over_count,
            over_places=tuple(self._over),
        )

    def _count(self) -> None:
        if self._waiting and self._renderer:
            for (row, _), count in zip(
                self._waiting, tokens(self._renderer, [t for _, t in self._waiting]), strict=True
            ):
                self._note(row, count)
            self._waiting.clear()

    def _note(self, row: Row, count: int) -> None:
        self._counts.append(count)
        if self._limit is not None and count > self._limit:
            self._over_count += 1
            if len(self._over) < LISTED:
                self._over.append(Place(row.file, row.line or 0, f"{count}: {shown(row.question, 60)}"))


def rendered(renderer: Renderer, row: Row) -> str:
    """The row as the model's template writes it; raises ``LabError`` when the template refuses it."""
    if renderer.leaves_out(row.messages, row.tools):
        raise ModelError("models.template_without_tools")
    return renderer.text(row.messages, tools=row.tools)


def tokens(renderer: Renderer, texts: list[str]) -> list[int]:
    """Token counts of the texts; very long ones are counted in pieces, a token or two too many a piece."""
    pieces, owners = [], []
    for number, text in enumerate(texts):
        for start in range(0, max(1, len(text)), _PIECE):
            pieces.append(text[start : start + _PIECE])
            owners.append(number)
    counts = [0] * len(texts)
    for owner, encoded in zip(owners, renderer.tokenizer.encode_batch(pieces, add_special_tokens=False), strict=True):
        counts[owner] += len(encoded)
    return counts


def _edges(longest: int) -> tuple[int, ...]:
    """At most ``_BARS`` equal bars of a round width from 0 to past ``longest``."""
    width, steps = 1, (1, 2, 5)
    power = 0
    while width * _BARS <= longest:
        power += 1
        width = steps[power % 3] * 10 ** (power // 3)
    bars = longest // width + 1
    return tuple(width * bar for bar in range(bars + 1))
