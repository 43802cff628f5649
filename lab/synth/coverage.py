"""What of a document questions ask about, and what a document will yield before anything runs.

Knows: which characters are text that could be asked about, and whose evidence they lie in. Must not know how pairs
are made or drawn on a page.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from lab.synth.extraction import extract
from lab.synth.pairs import Extraction, Pair
from lab.synth.sections import Section, sections

TEXT_KINDS = frozenset({"paragraph", "item", "table", "quote"})
"""Kinds of units that hold what can be asked about."""
SAMPLED = 40_000
"""Characters up to which a document is read whole for an estimate."""
_STRIP = 120
"""Segments a heat strip has at most."""


@dataclass(frozen=True)
class SectionCoverage:
    """One section and what asks about it."""

    title: str
    path: tuple[str, ...]
    start: int
    end: int
    characters: int
    """Of text that could be asked about."""
    covered: int
    """Of these, in the evidence of some pair."""
    pairs: int

    @property
    def share(self) -> float:
        """0 to 1; 0 where there is no text."""
        return self.covered / self.characters if self.characters else 0.0


@dataclass(frozen=True)
class Segment:
    """A stretch of the document for a heat strip."""

    start: int
    end: int
    pairs: int
    """Whose evidence lies in it, at least in part."""
    is_text: bool
    """False for blanks, code, headings and the like."""


@dataclass(frozen=True)
class RuleYield:
    """What one rule gave."""

    rule: str
    kept: int
    rejected: int


@dataclass(frozen=True)
class Coverage:
    """What of one document accepted pairs ask about."""

    document: str
    characters: int
    covered: int
    sections: tuple[SectionCoverage, ...]
    uncovered: tuple[str, ...]
    """Headings of sections with text that no pair asks about, with those above them (``A › B``)."""
    rules: tuple[RuleYield, ...]
    segments: tuple[Segment, ...]

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.covered / self.characters if self.characters else 0.0


@dataclass(frozen=True)
class Estimate:
    """What extraction will give, told before it runs."""

    document: str
    sections: int
    characters: int
    """Of text that could be asked about."""
    share: float
    """Of that text, how much will yield questions: 0 to 1."""
    pairs: int
    seconds: float
    is_whole: bool
    """Whether the whole document was read for it; else it is projected from a part of it."""
    parts: tuple[SectionCoverage, ...] = ()
    """Every section, with its questions where the whole document was read."""


def coverage(extraction: Extraction, accepted: Collection[str] | None = None) -> Coverage:
    """What the pairs with an id in ``accepted`` (all, if ``None``) ask about."""
    pairs = [pair for pair in extraction.pairs if accepted is None or pair.id in accepted]
    return covered_by(extraction, pairs)


def covered_by(extraction: Extraction, pairs: Collection[Pair]) -> Coverage:
    """What ``pairs`` ask about, whoever made them; those without evidence cover nothing."""
    told = [pair for pair in pairs if pair.evidence]
    covered = _covered(extraction.text, told)
    parts = tuple(_section(part, extraction.text, told, covered) for part in extraction.sections)
    empty = tuple(" › ".join([*part.path, part.title or "—"]) for part in parts if part.characters and not part.covered)
    kept = Counter(pair.rule for pair in pairs)
    rejected = Counter(item.pair.rule for item in extraction.rejected)
    rules = tuple(RuleYield(rule, kept[rule], rejected[rule]) for rule in sorted({*kept, *rejected}))
    whole = sum(part.characters for part in parts)
    inside = sum(part.covered for part in parts)
    return Coverage(extraction.document, whole, inside, parts, empty, rules, _segments(extraction, told))


def _covered(text: str, pairs: Collection[Pair]) -> bytearray:
    marks = bytearray(len(text))
    for pair in pairs:
        marks[pair.start : pair.end] = b"\1" * (pair.end - pair.start)
    return marks


def _section(part: Section, text: str, pairs: Collection[Pair], covered: bytearray) -> SectionCoverage:
    spans = [(unit.start, unit.end) for unit in part.units if unit.kind in TEXT_KINDS]
    places = [place for a, b in spans for place in range(a, b) if not text[place].isspace()]
    number = sum(part.start <= pair.start < part.end for pair in pairs)
    inside = sum(covered[place] for place in places)
    return SectionCoverage(part.title, part.path, part.start, part.end, len(places), inside, number)


def _segments(extraction: Extraction, pairs: Collection[Pair]) -> tuple[Segment, ...]:
    """The document in at most ``_STRIP`` stretches of about the same length, cut between units where there are many."""
    units = [(unit.start, unit.end, unit.kind in TEXT_KINDS) for part in extraction.sections for unit in part.units]
    least = len(extraction.text) / _STRIP
    edges, texts = [0], [False]
    for start, end, is_text in units:
        if start - edges[-1] >= least:
            edges.append(start)
            texts.append(False)
        texts[-1] = texts[-1] or is_text
        while end - edges[-1] > 2 * least and end - edges[-1] > 200:
            edges.append(edges[-1] + max(int(least), 200))
            texts.append(is_text)
    edges.append(len(extraction.text))
    return tuple(
        Segment(a, b, sum(pair.start < b and a < pair.end for pair in pairs), is_text)
        for (a, b), is_text in zip(pairwise(edges), texts, strict=True)
        if a < b
    )


def estimate(document: str, name: str = "") -> Estimate:
    """What extraction of the canonical text ``document`` will give; of a long one, projected from sections of it."""
    parts = sections(document)
    sample = _sample(parts, len(document))
    text = document if sample is parts else "".join(document[part.start : part.end] for part in sample)
    began = time.perf_counter()
    found = coverage(extract(text, name))
    seconds = time.perf_counter() - began
    scale = len(document) / len(text) if text else 1.0
    whole = sample is parts
    nothing = bytearray(len(document))
    listed = found.sections if whole else tuple(_section(part, document, (), nothing) for part in parts)
    characters = sum(part.characters for part in listed)
    pairs = round(sum(rule.kept for rule in found.rules) * scale)
    return Estimate(name, len(parts), characters, found.share, pairs, seconds * scale, whole, listed)


def _sample(parts: list[Section], length: int) -> list[Section]:
    """All sections, or every n-th so that about ``SAMPLED`` characters are read."""
    if length <= SAMPLED or len(parts) < 4:
        return parts
    step = max(2, round(length / SAMPLED))
    return parts[step // 2 :: step] or parts
