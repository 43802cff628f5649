"""Doubles among pairs: what one document's pairs say twice is said once.

Knows: when two pairs tell the same, by evidence and answer first. Must not know what makes a pair unusable by itself
(``lab.synth.gates``) or which rule made it.
"""

from __future__ import annotations

from collections.abc import Iterable

from lab.likeness import folded, likeness
from lab.synth.gates import reason
from lab.synth.pairs import Pair, Rejected

SAME_QUESTION = 0.35
"""Likeness from which two questions whose answer is the same text at the same place ask the same."""


def sift(pairs: Iterable[Pair], document: str) -> tuple[list[Pair], list[Rejected]]:
    """The pairs that pass every gate and say something no earlier pair said, and the others with their reason.

    Doubles are told by evidence and answer, not by the likeness of questions: "how many subnets?" and "how many
    route tables?" look more alike than two wordings of one question. The same line under two headings says two
    things where the questions name their headings. Only where the very same text answers are the questions
    compared. The same question with two answers cannot be learned; only the first is kept.
    """
    kept: list[Pair] = []
    rejected: list[Rejected] = []
    facts: set[tuple[str, str, str]] = set()
    places: dict[tuple[int, str], list[Pair]] = {}
    asked: dict[str, Pair] = {}
    for pair in pairs:
        code = reason(pair, document)
        question = folded(pair.question)
        heading = folded(pair.section)
        about = heading if heading and heading in question else ""
        fact = (folded(pair.evidence), folded(pair.answer) if pair.kind == "span" else question, about)
        same = places.get((pair.at, fact[1]), []) if pair.at >= 0 else []
        told_before = question in asked and folded(asked[question].answer) == folded(pair.answer)
        if not code and (fact in facts or told_before or _asked_before(pair, same)):
            code = "duplicate"
        if not code and question in asked:
            code = "question_twice"
        if code:
            rejected.append(Rejected(pair, code))
            continue
        kept.append(pair)
        facts.add(fact)
        asked[question] = pair
        places.setdefault((pair.at, fact[1]), []).append(pair)
    return kept, rejected


def _asked_before(pair: Pair, same: list[Pair]) -> bool:
    if pair.rule == "number":
        return bool(same)
    return any(likeness(pair.question, other.question) >= SAME_QUESTION for other in same)
