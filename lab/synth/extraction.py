"""One document → its pairs: sections, rules, gates, in that order. Rows are made of those a person keeps."""

from __future__ import annotations

import hashlib

from lab.records import Message, Row
from lab.synth.doubles import sift
from lab.synth.pairs import Extraction, Pair
from lab.synth.rules import LAST_RESORT, RULES
from lab.synth.rules.asking import Place
from lab.synth.rules.true_false import true_false
from lab.synth.sections import Section, sections


def extract(document: str, name: str) -> Extraction:
    """Every pair the rules find in the canonical text ``document``; rejected ones are kept with their reason.

    Promises ``document[pair.start:pair.end] == pair.evidence`` and the answer inside the evidence.
    """
    found: list[Pair] = []
    parts = sections(document)
    for rule in RULES:
        for section in parts:
            found += [pair for pair in rule(Place(name, document, section)) if pair]
    kept, rejected = sift(found, document)
    bare = [part for part in parts if _is_bare(part, kept)]
    leads = [pair for part in bare for pair in LAST_RESORT(Place(name, document, part)) if pair]
    kept, more = sift([*kept, *leads], document)
    rejected += more
    kept, more = sift([*kept, *true_false(kept, document)], document)
    rejected += more
    kept.sort(key=lambda pair: (pair.start, pair.end))
    rejected.sort(key=lambda item: item.pair.start)
    return Extraction(name, document, tuple(parts), tuple(kept), tuple(rejected))


def _is_bare(part: Section, kept: list[Pair]) -> bool:
    """Whether nothing is asked about a section yet, or next to nothing about a long one."""
    inside = [pair for pair in kept if part.start <= pair.start < part.end]
    asked = any(pair.rule in {"question_heading", "faq"} for pair in inside)
    return not inside or (
        not asked and sum(pair.end - pair.start for pair in inside) < 0.15 * (part.end - part.start - 300)
    )


def row_of(pair: Pair, system: str = "") -> Row:
    """The row, without a split, of one pair."""
    head = (Message("system", system),) if system else ()
    messages = (*head, Message("user", pair.question), Message("assistant", pair.answer))
    identity = "\0".join([pair.document, str(pair.start), system, pair.question, pair.answer])
    return Row(
        id=hashlib.sha256(identity.encode("utf-8")).hexdigest()[:12],
        messages=messages,
        group=pair.fact,
        file=pair.document,
        keys=pair.keys,
        document=pair.document,
        start=pair.start if pair.evidence else None,
        end=pair.end if pair.evidence else None,
        evidence=pair.evidence or None,
        rule=pair.rule,
        status="synthetic",
        tags=pair.tags,
    )
