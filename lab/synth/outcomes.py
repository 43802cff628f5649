"""What came of one piece of a synthesis: kept and refused pairs, and the model's own words.

Knows: the record that is appended to ``units.jsonl`` as soon as its piece is done, and how a job's records are read
back. Must not know how pairs are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lab.records import from_json, to_json
from lab.synth.pairs import Pair, Rejected
from lab.workspace import append_jsonl, read_jsonl

UNITS = "units.jsonl"


@dataclass(frozen=True)
class Said:
    """One reply as it came."""

    asked: str
    """What it was asked for: ``items``, ``again`` (the second try), ``question`` or ``answer``."""
    text: str
    seconds: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class Outcome:
    """One piece, done."""

    unit: str
    """Id of the piece; ``rules:<document>`` for what the rules alone found."""
    index: int
    document: str
    section: str = ""
    state: str = "done"
    """``done``, or ``not_parsed`` when nothing could be read out of any reply."""
    pairs: tuple[Pair, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    said: tuple[Said, ...] = field(default=())
    seconds: float = 0.0

    @property
    def asked_model(self) -> bool:
        """Whether a model had a say."""
        return bool(self.said)


def keep(folder: Path, outcome: Outcome) -> None:
    """Append the outcome; from now on its piece is not asked again."""
    append_jsonl(folder / UNITS, to_json(outcome))


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Every outcome once, in the order of the pieces."""
    found = {}
    for stored in read_jsonl(folder / UNITS):
        one = from_json(Outcome, stored)
        found[one.unit] = one
    yield from sorted(found.values(), key=lambda one: one.index)
