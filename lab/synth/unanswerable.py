"""Questions that neither documents nor facts answer, with an answer that says so.

Knows: how many are wanted, that none is made which anything told might answer, and that the answer is always the same
sentence: a model learns one way to decline sooner than three. Must not know where such questions come from
(``lab.synth.declining``) or how rows are split.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from lab import words
from lab.checks import SHOULD_DECLINE, UNTOLD, row_untold
from lab.likeness import is_near, language
from lab.records import Message, Row
from lab.synth.declining.asked import Asked, all_asked
from lab.synth.declining.contrasts import Contrast, asking, contrasts
from lab.synth.pairs import Pair
from lab.synth.sections import sections

RULE = UNTOLD
DEFAULT_SHARE = 10
"""Percent of all questions that are to be declined, unless a person says otherwise."""


def unanswerable(
    pairs: Sequence[Pair], documents: Mapping[str, str], share: float = DEFAULT_SHARE, facts: str = ""
) -> list[Pair]:
    """Pairs without evidence, as many as make ``share`` percent of all; fewer where no more can be made.

    ``documents`` are the canonical texts of everything that will be learned together, ``facts`` what else is told.
    None asks what a text might answer, none resembles a question that has an answer.
    """
    told = [pair for pair in pairs if pair.kind == "span"]
    text = "\n".join([*documents.values(), facts, *(f"{pair.question} {pair.answer}" for pair in told)])
    found = _contrasts(told, documents, text, [pair.question for pair in pairs])
    return [_pair(question, one.source) for question, one in islice(asking(found), wanted(len(pairs), share))]


def wanted(answered: int, share: float) -> int:
    """How many questions beside ``answered`` ones make ``share`` percent of all."""
    return round(answered * share / (100 - share)) if share < 100 else 0


def untold_beside(rows: Sequence[Row], texts: Iterable[str] = ()) -> tuple[list[Contrast], list[Row]]:
    """What rows of questions and answers leave untold, and those of them that ask what is told.

    Looks at every row, of whatever split, and at the ``texts`` of the data set's documents: what a test asks and
    answers is told too, and what a row asks to be declined is not asked again.
    """
    answering = [row for row in rows if not row_untold(row) and row.question and row.answer]
    facts = "\n".join([*texts, *(message.content for row in answering for message in row.messages)])
    told = [_as_pair(row) for row in answering if row.rule != "reword"]
    found = _contrasts(told, {}, facts, [row.question for row in answering])
    declined = [row.question for row in rows if row_untold(row)]
    return [one for one in found if not any(is_near(form, declined) for form in one.plain)], answering


def unanswerable_rows(rows: Sequence[Row], share: float = DEFAULT_SHARE) -> list[Row]:
    """The same from rows of questions and answers; each a group of its own, without a split."""
    found, answering = untold_beside(rows)
    count = wanted(len(answering), share)
    return [row_asking(question, one, rows) for question, one in islice(asking(found), count)]


def row_asking(question: str, one: Contrast, rows: Sequence[Row], split: str = "") -> Row:
    """The row that asks, under the system prompt of the others."""
    system = next((row.messages[0] for row in rows if row.messages and row.messages[0].role == "system"), None)
    identity = hashlib.sha256(f"{RULE}\0{question}".encode()).hexdigest()[:12]
    messages = (
        *([system] if system else []),
        Message("user", question),
        Message("assistant", decline(one.source.language)),
    )
    fact = hashlib.sha256(f"{one.subject}\0{one.topic}".encode()).hexdigest()[:12]
    return Row(identity, messages, f"{RULE}-{fact}", split, rule=RULE, status="synthetic", tags=(SHOULD_DECLINE,))


def decline(language: str) -> str:
    """The honest answer."""
    return words.say("synth.decline", language)


def _contrasts(
    told: Sequence[Pair], documents: Mapping[str, str], text: str, questions: Sequence[str]
) -> list[Contrast]:
    """What is not told beside the pairs, and of the documents themselves."""
    return contrasts([*all_asked(told), *_texts(told, documents)], text, questions)


def _texts(pairs: Sequence[Pair], documents: Mapping[str, str]) -> Iterator[Asked]:
    """The documents themselves, by their titles."""
    for name, text in documents.items():
        source = next((pair for pair in pairs if pair.document == name), None)
        told = re.match(r"---\n(?:.*\n)*?title:\s*[\"']?(.+?)[\"']?\s*\n", text)
        heading = next((part for part in sections(text) if part.level), None) if source else None
        title = told.group(1) if told else heading.title if heading and heading.level == 1 else ""
        if source and 2 <= len(title) <= 40 and not re.search(r"[?？]", title):
            yield Asked(f"《{title}》" if source.language == "zh" else f"“{title}”", "", "text", source)


def _pair(question: str, source: Pair) -> Pair:
    place = source.start
    return replace(
        source, question=question, answer=decline(source.language), evidence="", start=place, end=place,
        rule=RULE, at=-1, kind="decline", keys=(), tags=(SHOULD_DECLINE,),
    )  # fmt: skip


def _as_pair(row: Row) -> Pair:
    told = "zh" if language(row.question) != "en" else "en"
    return Pair(row.question, row.answer, "", 0, 0, "", told, "", row.file)
