"""How one row draws its next token from the scores of the vocabulary."""

from __future__ import annotations

import torch

from lab.records import Decoding


class Sampler:
    """Greedy, or temperature and nucleus with a generator of its own.

    The generator is seeded from the row's own seed and lives on the CPU, so the same seed draws the same
    answer whatever else is being answered.
    """

    def __init__(self, decoding: Decoding, ends: frozenset[int]) -> None:
        self._decoding = decoding
        self._ends = sorted(ends)
        self._generator = torch.Generator().manual_seed(decoding.seed % 2**63)

    def choose(self, scores: torch.Tensor, may_end: bool) -> int:
        """The next token id; never an end mark while ``may_end`` is false. ``scores``: (vocabulary,) float32."""
        if not may_end:
            scores = scores.clone()
            scores[self._ends] = -torch.inf
        if self._decoding.temperature <= 0:
            return int(scores.argmax())
        shares = torch.softmax(scores.float().cpu() / self._decoding.temperature, dim=-1)
        if self._decoding.top_p < 1:
            shares = self._nucleus(shares)
        return int(torch.multinomial(shares, 1, generator=self._generator))

    def _nucleus(self, shares: torch.Tensor) -> torch.Tensor:
        """The fewest likeliest tokens that together reach ``top_p``; the likeliest always stays."""
        ordered, order = shares.sort(descending=True, stable=True)
        before = ordered.cumsum(-1) - ordered
        ordered[(before >= self._decoding.top_p) & (torch.arange(len(ordered)) > 0)] = 0.0
        return torch.zeros_like(shares).scatter(0, order, ordered)
