"""What synthesis makes: question–answer pairs with their place in the document, kept or rejected with a reason.

Knows: a pair's fields and its promise, ``document[start:end] == evidence`` with the answer inside the evidence.
Must not know how pairs are found.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lab.synth.sections import Section


@dataclass(frozen=True)
class Pair:
    """One question with the answer a document gives."""

    question: str
    answer: str
    """Text of the evidence, line breaks inside a paragraph folded."""
    evidence: str
    """``document[start:end]``, unchanged."""
    start: int
    end: int
    rule: str
    """``question_heading``, ``faq``, ``definition``, ``key_value``, ``table``, ``list``, ``step``, ``statement``,
    ``number``, ``true_false``, ``section`` or ``unanswerable``; ``phrase`` or ``teacher`` where a model wrote."""
    language: str
    section: str
    """Title of the section it comes from."""
    document: str
    """Name of the document."""
    at: int = -1
    """Where the answer begins in the document; -1 where it is not a range of it."""
    kind: str = "span"
    """``span``: the answer is text of the evidence. ``yes_no``: yes or no, then such text. ``decline``: the document
    does not say, and so does the answer; then there is no evidence and ``start == end``."""
    keys: tuple[str, ...] = ()
    """Strings any of which makes an answer right, where they are not the answer itself."""
    tags: tuple[str, ...] = ()

    @cached_property
    def id(self) -> str:
        """The same for the same question, answer and place, on every machine."""
        parts = (self.document, str(self.start), str(self.end), self.question, self.answer)
        return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()[:12]

    @property
    def fact(self) -> str:
        """Group id: the same for every question about this answer at this place."""
        own = self.question if self.kind == "decline" else ""
        parts = (self.document, str(self.start), str(self.end), self.answer, *([own] if own else []))
        return "fact-" + hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()[:12]


@dataclass(frozen=True)
class Rejected:
    """A pair that is not used, and why; ``code`` names the sentence ``synth.gate_<code>``."""

    pair: Pair
    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Extraction:
    """Everything found in one document."""

    document: str
    """Name of the document."""
    text: str
    sections: tuple[Section, ...]
    pairs: tuple[Pair, ...]
    rejected: tuple[Rejected, ...]

    def __post_init__(self) -> None:
        """Holds the promise of every pair, whoever made it."""
        for pair in self.pairs:
            if self.text[pair.start : pair.end] != pair.evidence:
                raise AssertionError(f"the evidence of {pair.id} is not the document's text at its place")

    @property
    def counts(self) -> dict[str, int]:
        """Rejected pairs per reason code."""
        return dict(sorted(Counter(item.code for item in self.rejected).items()))

    @property
    def rules(self) -> dict[str, int]:
        """Kept pairs per rule."""
        return dict(sorted(Counter(pair.rule for pair in self.pairs).items()))

    @property
    def uncovered(self) -> tuple[Section, ...]:
        """Sections with text of their own that no kept pair comes from."""
        kinds = {"paragraph", "item", "table", "quote"}
        return tuple(
            section
            for section in self.sections
            if any(unit.kind in kinds for unit in section.body)
            and not any(section.start <= pair.start < section.end for pair in self.pairs if pair.evidence)
        )
