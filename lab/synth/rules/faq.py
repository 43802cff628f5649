"""Rules for questions the document's author wrote: question headings, ``Q:`` … ``A:``, ``问：`` … ``答：``.

Knows how such questions are marked and where their answers end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from lab.synth.pairs import Pair
from lab.synth.rules.asking import Place, numbering_dropped
from lab.synth.sections import Unit, lines_of
from lab.synth.texts import plain

LONGEST_ANSWER = 1600
"""Characters an FAQ answer may have before it is cut at a block."""

_Q = r"(?:Q(?:uestion)?|FAQ|问题?|提问)\s*\d*"
_A = r"(?:A(?:nswer)?|答案?|回答|解答)\s*\d*"
_MARK = r"\s*[:：]\s*"
QUESTION_MARK = re.compile(rf"\s*(?:[-*+>]\s+)?(?:\*\*|__)?{_Q}{_MARK}(?:\*\*|__)?", re.IGNORECASE)
ANSWER_MARK = re.compile(rf"\s*(?:[-*+>]\s+)?(?:\*\*|__)?{_A}{_MARK}(?:\*\*|__)?", re.IGNORECASE)
_ASKS_EN = re.compile(
    r"(?:how|what|why|when|where|who|whom|whose|which|can|could|do|does|did|is|are|should|may|must|will|has|have)\b",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(
    r"如何|怎么|怎样|为什么|为何|什么|哪些|哪个|哪里|谁|几[个天次岁]|多少|多久|是否|能否|可否|吗$|么$"
)
_AROUND = re.compile(
    r"(?:introduction|credits?|references?|further reading|see also|links?|acknowledge?ments?|appendix|"
    r"contents|license|引言|前言|目录|参考|致谢|附录|链接|许可)",
    re.IGNORECASE,
)
"""Headings of what stands around a text."""
_ANNOUNCES = re.compile(r"以下|如下|\bfollowing\b", re.IGNORECASE)
_ANSWER_KINDS = {"paragraph", "item", "quote", "table"}


def question_headings(place: Place) -> Iterator[Pair | None]:
    """A heading that asks: answered by its first paragraph, or by all of the section under an FAQ mark."""
    title = place.section.title
    marked = QUESTION_MARK.match(title)
    question = numbering_dropped(title[marked.end() :] if marked else title).strip()
    if not question or not (marked or asks(question, place.language)):
        return
    span = _faq_body(place) if marked else _first_answer(place, list(place.section.body))
    if span:
        yield place.pair("faq" if marked else "question_heading", ended(question, place.language), *span)


def asks(title: str, language: str) -> bool:
    """Whether a heading is a question."""
    if title.endswith(("?", "？")):
        return True
    if language == "zh":
        return bool(_ASKS_ZH.search(title)) and len(title) >= 4
    return bool(re.match(r"(?:how (?:do|to|can|much|many|long)|what (?:is|are|if)|why|where|when)\b", title, re.I))


def ended(question: str, language: str) -> str:
    """The question with a question mark, if its wording asks."""
    question = plain(question)
    if question.endswith(("?", "？", ".", "。", "!", "！")):
        return question
    if language == "zh":
        return question + "？" if _ASKS_ZH.search(question) else question
    return question + "?" if _ASKS_EN.match(question) else question


def _faq_body(place: Place) -> tuple[int, int] | None:
    """From the answer mark (or the heading) to the section's end, cut at a block when it grows too long."""
    body = [unit for unit in place.section.body if unit.kind not in {"blank", "rule"}]
    first = next((number for number, unit in enumerate(body) if ANSWER_MARK.match(place.of(unit))), None)
    if first is None:
        first = next((number for number, unit in enumerate(body) if unit.kind in _ANSWER_KINDS), None)
    if first is None:
        return None
    mark = ANSWER_MARK.match(place.of(body[first]))
    start = body[first].start + (mark.end() if mark else 0)
    end = body[first].end
    for unit in body[first + 1 :]:
        if unit.end - start > LONGEST_ANSWER or unit.kind in {"image", "html"}:
            break
        end = unit.end
    return start, end


def _first_answer(place: Place, units: list[Unit]) -> tuple[int, int] | None:
    """The first paragraph; with the list or paragraph it announces when it ends with a colon."""
    body = [unit for unit in units if unit.kind != "blank"]
    if not body or body[0].kind not in _ANSWER_KINDS:
        return None
    mark = ANSWER_MARK.match(place.of(body[0]))
    start = body[0].start + (mark.end() if mark else 0)
    used = 0
    if body[0].kind == "item" or place.of(body[0]).rstrip().endswith((":", "：")):
        while used + 1 < len(body) and body[used + 1].kind == "item" and body[used + 1].end - start <= LONGEST_ANSWER:
            used += 1
    return start, body[used].end


def section_leads(place: Place) -> Iterator[Pair | None]:
    """What a section says first, asked by its heading: for sections in which no other rule finds anything."""
    title = numbering_dropped(plain(place.section.title)).strip(" ：:。.")
    span = _first_answer(place, list(place.section.body))
    if place.section.level < 2 or place.is_generic() or not title or not span or _AROUND.match(title):
        return
    if QUESTION_MARK.match(place.section.title) or asks(title, place.language):
        return
    said = place.text[slice(*span)]
    if span[1] - span[0] < 60 and not re.search(r"[。.！!；;，,：:]", said):
        return  # a line of column names, a caption
    if span[1] - span[0] < 80 and _ANNOUNCES.search(place.text[slice(*span)]):
        return
    document = place.title()
    if place.language == "zh":
        question = f"关于“{title}”，《{document}》里是怎么说的？" if document else f"关于“{title}”，文档里是怎么说的？"
    else:
        question = f"What does “{document}” say about “{title}”?" if document else f"What is said about “{title}”?"
    yield place.pair("section", question, *span)


def faq_lines(place: Place) -> Iterator[Pair | None]:
    """``Q:`` … ``A:`` or ``问：`` … ``答：`` as lines of a text."""
    lines = [span for unit in place.section.body if unit.kind in _ANSWER_KINDS for span in lines_of(place.text, unit)]
    asked = [number for number, span in enumerate(lines) if QUESTION_MARK.match(place.text[span[0] : span[1]])]
    for number, following in zip(asked, [*asked[1:], len(lines)], strict=False):
        found = _line_answer(place, lines[number:following])
        if found:
            yield found


def _line_answer(place: Place, lines: list[tuple[int, int]]) -> Pair | None:
    """The pair in the lines from one question mark up to the next."""
    first = place.text[lines[0][0] : lines[0][1]]
    mark = QUESTION_MARK.match(first)
    assert mark
    inline = re.search(rf"\s(?:\*\*)?{_A}{_MARK}", first[mark.end() :])
    if inline:
        question, start = first[mark.end() : mark.end() + inline.start()], lines[0][0] + mark.end() + inline.end()
        rest = lines[:1]
    else:
        rest = lines[1:]
        marks = [ANSWER_MARK.match(place.text[a:b]) for a, b in rest]
        number = next((n for n, found in enumerate(marks) if found), 0)
        if not rest:
            return None
        question = " ".join([first[mark.end() :], *(place.text[a:b] for a, b in rest[:number])])
        found = marks[number]
        start = rest[number][0] + (found.end() if found else 0)
        rest = rest[number:]
    end = rest[0][1]
    for (_, before), line in pairwise(rest):
        if place.text[before : line[0]].count("\n") > 1 or line[1] - start > LONGEST_ANSWER:
            break
        end = line[1]
    return place.pair("faq", ended(question, place.language), start, end)
