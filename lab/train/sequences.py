"""Rows of a data set → the token sequences that are trained, and those left out, each with its place.

Knows: ``lab.rendering`` and the one rule that test rows are never read here. Must not know torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lab.errors import ModelError
from lab.records import Row
from lab.rendering import Renderer


@dataclass(frozen=True)
class Sequence:
    """One sequence as the trainer gets it."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class LeftOut:
    """A row (or one turn of it) that is not trained."""

    row: str
    file: str
    line: int | None
    split: str
    reason: str
    """``too_long``, ``no_loss`` or ``template_refused``; the sentence is ``train.left_out_<reason>``."""
    tokens: int = 0


def sequences(rows: Iterable[Row], renderer: Renderer, max_length: int) -> tuple[list[Sequence], list[LeftOut]]:
    """Everything of ``rows`` that can be trained within ``max_length`` tokens, and everything that cannot."""
    used: list[Sequence] = []
    left: list[LeftOut] = []
    for row in rows:
        try:
            rendered = renderer.render(row.messages)
        except ModelError:
            left.append(_left(row, "template_refused"))
            continue
        if not rendered:
            left.append(_left(row, "no_loss"))
        for one in rendered:
            if len(one.ids) > max_length:
                left.append(_left(row, "too_long", len(one.ids)))
            elif not any(label >= 0 for label in one.labels[1:]):
                left.append(_left(row, "no_loss", len(one.ids)))
            else:
                used.append(Sequence(one.ids, one.labels))
    return used, left


def _left(row: Row, reason: str, tokens: int = 0) -> LeftOut:
    return LeftOut(row.id, row.file, row.line, row.split, reason, tokens)
