"""What the health of a data set is: frozen records that a page shows and ``health.json`` keeps.

Knows: the figures, each with how many rows it rests on and how many were not counted. Must not know how they are
found or shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lab.records import Problem

LISTED = 20
"""Places of one finding that are kept; its count is always whole."""


@dataclass(frozen=True)
class Place:
    """Where something stands."""

    file: str
    line: int
    """0 where the row has none."""
    text: str = ""
    """A short piece of it, for a person to know it by; personal data in it is masked."""


@dataclass(frozen=True)
class Lengths:
    """How long the conversations are, as the model reads them."""

    n: int
    not_counted: int
    """Rows the chat template refuses, or, without a tokenizer, none."""
    unit: str
    """``tokens``, or ``words`` when no model was given."""
    limit: int | None
    """Tokens after which a sequence is cut."""
    longest: int = 0
    median: int = 0
    p95: int = 0
    total: int = 0
    edges: tuple[int, ...] = ()
    """Bounds of the histogram: bar i holds lengths from ``edges[i]`` to below ``edges[i + 1]``."""
    counts: tuple[int, ...] = ()
    over: int = 0
    """Rows longer than the limit: they are cut."""
    over_places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """Rows that say the same, or nearly."""

    kind: str
    """``exact`` or ``near``."""
    size: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Copies:
    """Rows that stand more than once."""

    n: int
    exact: int
    """Rows beyond the first of each exact cluster."""
    near: int
    """Rows beyond the first of each near cluster; exact copies are not counted again."""
    clusters: tuple[Cluster, ...] = ()
    """The largest."""
    least: float = 0.8
    """Likeness of 3-grams from which rows count as nearly the same."""


@dataclass(frozen=True)
class Leak:
    """A test (or validation) row that training has already seen."""

    kind: str
    """``exact``, ``near`` (the whole conversation) or ``same_answer`` (and a question nearly the same)."""
    tested: Place
    trained: Place
    likeness: float
    """Of the whole for ``near``, of the questions for ``same_answer``."""


@dataclass(frozen=True)
class Leakage:
    """What the held-out rows share with the training rows."""

    trained: int
    held_out: int
    exact: int = 0
    near: int = 0
    same_answer: int = 0
    leaks: tuple[Leak, ...] = ()

    @property
    def leaked(self) -> int:
        """Held-out rows with a leak of any kind."""
        return self.exact + self.near + self.same_answer


@dataclass(frozen=True)
class Share:
    """One label, tag or language and its part of the rows."""

    name: str
    count: int
    share: float
    target: float | None = None
    """Wished share; equal shares where none was given."""
    repeat_to: int | None = None
    """Rows it would have after over-sampling: nothing is dropped, the rare are repeated."""
    keep: int | None = None
    """Rows it would have after under-sampling: nothing is repeated, the frequent are thinned."""


@dataclass(frozen=True)
class Balance:
    """How the rows spread over labels or tags."""

    kind: str
    """``label`` (few short answers recur), ``tag`` or ``language``."""
    n: int
    not_counted: int
    """Rows without a tag, or with an answer that is no label."""
    shares: tuple[Share, ...] = ()
    """Most frequent first."""
    names: int = 0
    """How many there are; ``shares`` holds the first 200."""
    evenness: float | None = None
    """1 when all are equally frequent, towards 0 when one has nearly all (entropy over its maximum)."""
    several: int = 0
    """Rows with more than one tag: they count for each."""


@dataclass(frozen=True)
class Hint:
    """Something in the rows that should perhaps not be there."""

    kind: str
    """``email``, ``mobile_cn``, ``id_cn``, ``bank_card``, ``ip``, ``passport``, ``api_key``, ``private_key`` …"""
    secret: bool
    count: int
    """Times it stands there."""
    rows: int
    places: tuple[Place, ...] = ()
    """With the value masked."""


@dataclass(frozen=True)
class Finding:
    """One rule and how many rows it speaks of."""

    code: str
    severity: str
    rows: int
    """0 where it speaks of the whole set."""
    fix: str | None = None
    places: tuple[Place, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    """Placeholders of the sentence, of the first row it speaks of."""

    def problem(self) -> Problem:
        """The finding as a problem, to be described in words."""
        first = self.places[0] if self.places else Place("", 0)
        more = {"count": self.rows, "lines": []} if self.rows > 1 else {}
        return Problem(first.line or None, self.code, self.severity, first.file, {**self.values, **more}, self.fix)


@dataclass(frozen=True)
class Part:
    """One part of the quality score: ``value`` times ``weight`` goes into it."""

    name: str
    value: float
    """0 to 1."""
    weight: int
    n: int
    """Rows it rests on; a part with none is left out of the score."""
    bad: int
    """Rows that cost points."""


@dataclass(frozen=True)
class Service:
    """What another service would say to the same rows."""

    name: str
    """``openai``, ``azure`` or ``siliconflow``."""
    accepts: bool
    reasons: tuple[str, ...] = ()
    """Codes of the rules that it would refuse rows or the file for."""


@dataclass(frozen=True)
class Health:
    """Everything measured about the rows of one version, or of a reading."""

    rows: int
    score: int
    """0 to 100: the weighted mean of ``parts``, rounded."""
    parts: tuple[Part, ...]
    lengths: Lengths
    copies: Copies
    leakage: Leakage
    languages: Balance
    labels: Balance | None
    tags: Balance | None
    hints: tuple[Hint, ...]
    findings: tuple[Finding, ...]
    services: tuple[Service, ...]
    base: str = ""
    """The model whose tokenizer counted; empty when words were counted."""
    version: str = ""
    seconds: float = 0.0
