"""Rows that are written together: one forward a step, whatever their adapters, seeds and limits.

Knows caches, masks and positions. A row is read (prefilled) alone, its cache padded on the left to the batch's
length and put beside the others; finished and cancelled rows are dropped by index. Rows may join a running
batch only where every cache layer is full attention; else those that wait are read together, once the batch
is empty. Must not know HTTP, names or files.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import pad
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from lab.engine.rows import Row
from lab.engine.weights import Group


class Batch:
    """The rows one group is writing."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.rows: list[Row] = []
        self._cache: Any = None
        self._mask = torch.zeros(0, 0, dtype=torch.long)
        self._scores = torch.zeros(0, 0)
        """Of each row's next token."""

    @property
    def may_join(self) -> bool:
        """Whether a row can be taken in now."""
        return not self.rows or all(type(layer) is DynamicLayer for layer in self._cache.layers)

    def admit(self, rows: list[Row]) -> None:
        """Read the rows' prompts; they are written from the next ``step`` on."""
        for part in self._portions(rows):
            cache, mask, scores = self._read(part)
            if self.rows:
                self._join(cache, mask, scores)
            else:
                self._cache, self._mask, self._scores = cache, mask, scores
            self.rows = [*self.rows, *part]

    def step(self) -> None:
        """One token for every row; those that end leave the batch."""
        for index, row in enumerate(self.rows):
            if row.ask.cancelled:
                row.end("cancelled")
            else:
                row.accept(row.sampler.choose(self._scores[index], row.may_end))
        kept = [index for index, row in enumerate(self.rows) if row.reason is None]
        if len(kept) < len(self.rows):
            self._keep(kept)
        if self.rows:
            self._write()

    def clear(self) -> list[Row]:
        """Forget everything (after an error); returns the rows that were being written."""
        rows, self.rows, self._cache = self.rows, [], None
        self._mask, self._scores = torch.zeros(0, 0, dtype=torch.long), torch.zeros(0, 0)
        return rows

    def _portions(self, rows: list[Row]) -> list[list[Row]]:
        """Rows to read in one forward: each alone where caches can be joined, so that its answer cannot
        depend on the company; all together where they cannot."""
        first = DynamicCache(config=self.group.model.config)
        joinable = all(type(layer) is DynamicLayer for layer in first.layers)
        return [[row] for row in rows] if joinable else [rows]

    def _read(self, rows: list[Row]) -> tuple[Any, torch.Tensor, torch.Tensor]:
        device = self.group.device
        longest = max(len(row.prompt) for row in rows)
        ids = torch.tensor([[0] * (longest - len(row.prompt)) + row.prompt for row in rows], device=device)
        mask = torch.tensor([[0] * (longest - len(row.prompt)) + [1] * len(row.prompt) for row in rows], device=device)
        cache = DynamicCache(config=self.group.model.config)
        # Without a mask the fast causal kernel is used; it is needed only where there is padding.
        shape = {"attention_mask": mask, "position_ids": _positions(mask)} if len(rows) > 1 else {}
        names = [row.adapter for row in rows]
        out = self.group.forward(names, input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1, **shape)
        return cache, mask, out.logits[:, -1].float()

    def _join(self, cache: Any, mask: torch.Tensor, scores: torch.Tensor) -> None:
        """Put a read row beside the others, the shorter side padded on the left."""
        here, there = self._mask.shape[1], mask.shape[1]
        length = max(here, there)
        for mine, other in zip(self._cache.layers, cache.layers, strict=True):
            mine.keys = torch.cat([_left(mine.keys, length - here), _left(other.keys, length - there)])
            mine.values = torch.cat([_left(mine.values, length - here), _left(other.values, length - there)])
        self._mask = torch.cat([pad(self._mask, (length - here, 0)), pad(mask, (length - there, 0))])
        self._scores = torch.cat([self._scores, scores])

    def _keep(self, kept: list[int]) -> None:
        """Drop all other rows, and the columns on the left that only they used."""
        self.rows = [self.rows[index] for index in kept]
        if not kept:
            self.clear()
            return
        indices = torch.tensor(kept, device=self._mask.device)
        self._mask = self._mask[indices]
        self._cache.reorder_cache(indices)
        if self.may_join:
            empty = int(self._mask.any(dim=0).int().argmax())
            for layer in self._cache.layers:
                layer.keys, layer.values = layer.keys[..., empty:, :], layer.values[..., empty:, :]
            self._mask = self._mask[:, empty:]

    def _write(self) -> None:
        device = self.group.device
        ids = torch.tensor([[row.tokens[-1]] for row in self.rows], device=device)
        self._mask = pad(self._mask, (0, 1), value=1)
        padded = bool((self._mask == 0).any())
        out = self.group.forward(
            [row.adapter for row in self.rows],
            input_ids=ids,
            attention_mask=self._mask if padded else None,
            position_ids=self._mask.sum(dim=1, keepdim=True) - 1,
            past_key_values=self._cache,
            use_cache=True,
        )
        self._scores = out.logits[:, -1].float()


def _positions(mask: torch.Tensor) -> torch.Tensor:
    """Position of each token in its own row; padding stands at 0."""
    return (mask.cumsum(dim=1) - 1).clamp(min=0)


def _left(states: torch.Tensor, columns: int) -> torch.Tensor:
    """``states`` (row, head, position, size) with empty positions before it."""
    return pad(states, (0, 0, columns, 0)) if columns else states


def score(
    group: Group, names: list[str], sequences: list[tuple[list[int], int]], together: int = 8
) -> list[list[float]]:
    """Log-probability of each token after the first ``start`` of every ``(ids, start)``, given those before it."""
    found: list[list[float]] = []
    for at in range(0, len(sequences), together):
        found += _score(group, names[at : at + together], sequences[at : at + together])
    return found


def _score(group: Group, names: list[str], sequences: list[tuple[list[int], int]]) -> list[list[float]]:
    longest = max(len(ids) for ids, _ in sequences)
    keep = max(len(ids) - start for ids, start in sequences) + 1
    device = group.device
    ids = torch.tensor([[0] * (longest - len(row)) + row for row, _ in sequences], device=device)
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row, _ in sequences], device=device)
    out = group.forward(
        names,
        input_ids=ids,
        attention_mask=mask,
        position_ids=_positions(mask),
        use_cache=False,
        logits_to_keep=min(keep, longest),
    )
    shares = torch.log_softmax(out.logits.float(), dim=-1)
    result = []
    for index, (row, start) in enumerate(sequences):
        wanted = torch.tensor(row[start:], device=device)
        rows = shares[index, -len(wanted) - 1 : -1]
        result.append([float(value) for value in rows.gather(1, wanted[:, None])[:, 0].cpu()])
    return result
