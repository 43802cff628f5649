"""What decides what a synthesis makes, and the pieces it is done in.

Knows: the settings a person chooses, how documents are cut into pieces that are asked about one by one, and the
fingerprint by which a stopped synthesis recognises that it is still the same. Must not know who is asked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lab.engine.provider import ProviderSpec
from lab.fields import knob
from lab.records import to_json
from lab.synth.pairs import Extraction, Pair
from lab.synth.sections import Section

MODES = ("extract", "phrase", "teacher")
LONGEST_PIECE = 1600
"""Characters of text put before a model at once; longer sections are cut between their blocks."""
_ASKED_ABOUT = {"paragraph", "item", "table", "quote"}
SHORTEST_PIECE = 24


@dataclass(frozen=True)
class SynthPlan:
    """Everything a person can set on a synthesis, besides who is asked."""

    mode: str = knob("extract", "synth_model.mode", choices=MODES)
    per_section: int = knob(3, "synth_model.per_section", low=1, high=20)
    verify: bool = knob(True, "synth_model.verify")
    share_unanswerable: int = knob(0, "synth_model.share_unanswerable", low=0, high=50)
    temperature: float = knob(0.3, "synth_model.temperature", low=0.0, high=2.0, advanced=True)
    max_tokens: int = knob(400, "synth_model.max_tokens", low=32, high=4096, advanced=True)
    at_once: int = knob(4, "synth_model.at_once", low=1, high=32, advanced=True)
    seed: int = knob(0, "synth_model.seed", low=0, high=1_000_000, advanced=True)


@dataclass(frozen=True)
class Piece:
    """What one question to a model is about: the unit that is done or not done."""

    document: str
    start: int
    end: int
    """``document[start:end]`` is the text put before the model."""
    section: str
    path: tuple[str, ...]
    """Headings above and of the section."""
    language: str
    quota: int
    """Questions wanted of it."""
    pair: Pair | None = None
    """The rules' pair whose answer is to be asked for, for ``phrase``."""

    @property
    def id(self) -> str:
        """The same for the same piece of the same document."""
        told = (self.document, str(self.start), str(self.end), self.pair.id if self.pair else "")
        return hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]


def pieces(extractions: Mapping[str, Extraction] | list[Extraction], plan: SynthPlan) -> list[Piece]:
    """The pieces of all documents, in order, none of a document's end left out."""
    found = list(extractions.values()) if isinstance(extractions, Mapping) else extractions
    if plan.mode == "phrase":
        return [_around(one, pair) for one in found for pair in one.pairs if pair.kind == "span"]
    if plan.mode == "teacher":
        return [piece for one in found for section in one.sections for piece in _cut(one, section, plan.per_section)]
    return []


def _around(extraction: Extraction, pair: Pair) -> Piece:
    """The section of the pair, or as much around its answer as fits."""
    section = next(one for one in extraction.sections if one.start <= pair.start < one.end)
    start, end = section.start, section.end
    if end - start > LONGEST_PIECE:
        spare = max(0, LONGEST_PIECE - (pair.end - pair.start)) // 2
        start, end = max(start, pair.start - spare), min(end, pair.end + spare)
    return Piece(extraction.document, start, end, section.title, _path(section), pair.language, 1, pair)


def _cut(extraction: Extraction, section: Section, quota: int) -> Iterator[Piece]:
    """The section's text, in parts of whole blocks; its quota is shared among them, at least one each."""
    parts: list[tuple[int, int]] = []
    for unit in section.body:
        if unit.kind not in _ASKED_ABOUT:
            continue
        if parts and unit.end - parts[-1][0] <= LONGEST_PIECE:
            parts[-1] = (parts[-1][0], unit.end)
        else:
            parts += _slices(extraction.text, unit.start, unit.end)
    long = [(a, b) for a, b in parts if len(extraction.text[a:b].strip()) >= SHORTEST_PIECE]
    for number, (start, end) in enumerate(long):
        own = max(1, quota * (number + 1) // len(long) - quota * number // len(long))
        yield Piece(extraction.document, start, end, section.title, _path(section), section.language, own)


def _slices(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A block that is longer than a piece, cut after sentences or at worst anywhere."""
    found = []
    while end - start > LONGEST_PIECE:
        window = text[start : start + LONGEST_PIECE]
        cut = max(window.rfind(mark) for mark in ("。", "！", "？", "\n", ". ")) + 1
        cut = cut if cut > LONGEST_PIECE // 3 else LONGEST_PIECE
        found.append((start, start + cut))
        start += cut
    return [*found, (start, end)]


def _path(section: Section) -> tuple[str, ...]:
    return tuple(title for title in (*section.path, section.title) if title)


def text_hash(text: str) -> str:
    """Identity of a document's canonical text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def fingerprint(plan: SynthPlan, provider: ProviderSpec, documents: Mapping[str, str], prompts: str) -> dict[str, str]:
    """What must be the same for a synthesis to go on: each part by its hash, so that a change can be named.

    How many are asked at once, the name of the key's variable and the share of questions without an answer (made
    at the end) decide nothing of what a model is asked.
    """
    settings = {k: v for k, v in to_json(plan).items() if k not in {"at_once", "share_unanswerable"}}
    asked = {k: v for k, v in to_json(provider).items() if k != "key_env"}
    texts = {name: text_hash(text) for name, text in documents.items()}
    parts = {"settings": settings, "provider": asked, "documents": texts, "prompts": prompts}
    return {
        name: hashlib.sha256(json.dumps(part, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]
        for name, part in parts.items()
    }
