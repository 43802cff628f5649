"""What synthesis makes: question–answer pairs with their place in the document, kept or rejected with a reason.

Knows: a pair's fields and its promise, ``document[start:end] == evidence`` with the answer inside the evidence.
Must not know how pairs are found.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
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
    """``question_heading``, ``faq``, ``definition``, ``key_value``, ``table``, ``list``, ``statement`` or
    ``section``."""
    language: str
    section: str
    """Title of the section it comes from."""
    document: str
    """Name of the document."""

    @property
    def id(self) -> str:
        """The same for the same question, answer and place, on every machine."""
        parts = (self.document, str(self.start), str(self.end), self.question, self.answer)
        return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()[:12]

    @property
    def fact(self) -> str:
        """Group id: the same for every question about this answer at this place."""
        parts = (self.document, str(self.start), str(self.end), self.answer)
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
            and not any(section.start <= pair.start < section.end for pair in self.pairs)
        )
