"""One number for how good the rows are to train on, and the parts it is made of.

Knows: each part's value, weight and the rows it rests on. ``score`` is their weighted mean and nothing else: whoever
has the parts can work it out again. Must not know how the parts were measured.
"""

from __future__ import annotations

from lab.ingest.health.records import Balance, Copies, Leakage, Lengths, Part

WEIGHTS = {"sound": 25, "unique": 20, "consistent": 15, "fits": 15, "unleaked": 10, "private": 10, "enough": 5}
"""Parts and their weights. They sum to 100."""
ENOUGH = 50
"""Rows from which size costs no points: what Azure advises to begin with."""


def parts(
    rows: int, lengths: Lengths, copies: Copies, leakage: Leakage, odd: int, conflicting: int, private: int
) -> tuple[Part, ...]:
    """The parts of the score. ``odd``, ``conflicting`` and ``private`` are rows that a rule or a hint speaks of."""
    known_limit = lengths.n if lengths.limit is not None else 0
    compared = leakage.held_out if leakage.trained else 0
    return (
        _part("sound", rows, odd),
        _part("unique", rows, copies.exact + copies.near),
        _part("consistent", rows, conflicting),
        _part("fits", known_limit, lengths.over),
        _part("unleaked", compared, leakage.leaked if compared else 0),
        _part("private", rows, private),
        Part("enough", min(1.0, rows / ENOUGH), WEIGHTS["enough"], rows, max(0, ENOUGH - rows)),
    )


def score(found: tuple[Part, ...]) -> int:
    """The weighted mean of the parts that rest on rows, 0 to 100; 0 when none does."""
    counted = [part for part in found if part.n]
    weight = sum(part.weight for part in counted)
    return round(100 * sum(part.value * part.weight for part in counted) / weight) if weight else 0


def _part(name: str, n: int, bad: int) -> Part:
    bad = min(bad, n)
    return Part(name, round(1 - bad / n, 6) if n else 0.0, WEIGHTS[name], n, bad)


def evenness(balance: Balance | None) -> float | None:
    """How even labels or tags are. Shown beside the score, not in it: an uneven world may be the right one."""
    return balance.evenness if balance else None
