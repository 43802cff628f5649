"""The gates a pair passes before anyone sees it as usable: deterministic, in order, each with a reason code.

Knows: what makes a pair unusable without asking a model. A code ``x`` has its sentence at ``synth.gate_x``;
a new gate is added to ``GATES``. Likeness only ever finds the place of a quote; what is found there meets every gate.
Must not know which rule or model made the pair, except that a person's own heading counts as a question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache

from lab.likeness import folded
from lab.synth.amounts import amounts
from lab.synth.model.quoting import exactly, located
from lab.synth.pairs import Pair, Rejected
from lab.synth.sections import sections
from lab.synth.texts import HAN, LATIN_WORD, URL, emphasis_dropped, language_of, numbers, plain, sentences, squeezed

LONGEST = {"faq": 2400, "question_heading": 2400, "": 900}
"""Most characters of an answer per rule; the empty name is for all others."""
LONGEST_QUESTION = {False: 240, True: 500}
"""Most characters of a question; the second for one that the document's author wrote."""

_SELF_ASKED = {"faq", "question_heading"}
"""Rules whose question the document's author wrote."""
_ELSEWHERE = re.compile(
    r"(?:如|见|参见|参考)(?:上|下)?[图表]|[上下][图表](?:所示)?|(?:见|参考|参照|参阅)[上下][文方面述]|"
    r"\b(?:see|shown|listed) (?:above|below)\b|"
    r"\b(?:figure|table) (?:above|below)\b|\bthe (?:above|following) (?:figure|table|picture|screenshot)\b",
    re.IGNORECASE,
)
_LEADS_ON = re.compile(
    r"[:：]$|(?:如下|以下)[^。，；\n]{0,8}$|(?:as follows|the following(?: \w+)?)[.]?$", re.IGNORECASE
)
"""Announces what is not in the pair."""
_POINTS_EN = re.compile(r"(?:this|that|these|those|it|they|he|she|such|its|their|his|her)\b", re.IGNORECASE)
_POINTS_ZH = re.compile(r"这|那[个些种]|它|他|她|此(?!外)|该|其(?!他|中|它|实)|本文|上述|上面|前者|后者")
_POINTS_IN_QUESTION_ZH = re.compile(r"这[个些种项]|那[个些种]|本文|上述|上面|前者|后者|(?:^|[的，])它")
_POINTS_IN_QUESTION_EN = re.compile(
    r"\b(?:does|is|are|do|did|was) (?:it(?! (?:cost|take|need|help|hurt|possible|allowed|necessary|safe)\b.* to )|"
    r"they|he|she|this|these|those)\b",
    re.IGNORECASE,
)
"""An "it" that stands for what "to …" says later points at nothing."""
_CITATION = re.compile(r"\[\^?\d+\]:?\s|.*\((?:19|20)\d\d\)\.?\s.*\.\s|.*\bdoi:|.*arXiv:", re.IGNORECASE)
_CODE_ONLY = re.compile(r"\s*(?:```.*```|~~~.*~~~|`[^`]+`[,，;；、]?\s*)+\s*$", re.DOTALL)
NEGATION = re.compile(
    r"不(?!但|仅|过|只|管|论|同|断|久)|没|未(?!来)|无(?!锡|论|线)|非(?!常|洲)|勿|禁止|除了?[^，。]{1,12}(?:之外|以外|外)|"
    r"\b(?:not|no|never|without|except|excluding|unless|none|neither|nor|cannot)\b|n['’]t\b",
    re.IGNORECASE,
)
_EITHER = re.compile(r"(.)不\1|有没有|是否")
"""Asks without denying."""
_CLAUSE = re.compile(r"[，,；;。！？!?\n|]|\.\s")
_NAME = re.compile(r"(?<![A-Za-z])[A-Z][A-Za-z0-9_-]*(?:['’]s)?|(?<![A-Za-z])[a-z]+[A-Z_][A-Za-z0-9_]*")
_QUOTED = re.compile(r"[“「《\"]([^”」》\"]{2,40})[”」》\"]")
_SAYS_SO = re.compile(
    r"(?:没错|不对|是的|不是|对|是|否|(?:yes|no|correct|true|false|right)\b)[，,。.:：]?\s*(?:应该是|应该|是|it is\b)?",
    re.IGNORECASE,
)
_DENIES = re.compile(r"不|否|没有|(?:no|false|incorrect|wrong)\b", re.IGNORECASE)
_ASKING_ZH = re.compile(r"什么(?:时候)?|多少|哪[里儿个些一]|几|谁|怎么样?|如何|吗|呢|的|是|有|在|了")
_ASKS_IN_ZH = re.compile(r"什么|多少|哪|几|谁|怎么|如何|吗")
"""Makes a question Chinese, however many foreign names it holds."""
_ASKING_EN = frozenset(
    {
        "what",
        "which",
        "when",
        "where",
        "who",
        "how",
        "does",
        "did",
        "the",
        "and",
        "for",
        "are",
        "was",
        "were",
        "has",
        "have",
    }
)
_PERSONAL = (
    ("mail", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")),
    ("phone", re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8}|\+\d{1,3}[ -]\d[\d -]{7,13}\d)(?!\d)")),
    ("identity", re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")),
)
_CODE_LINE = re.compile(
    r"^[^ ]*[;{}]\s*$|\b(?:public|private|static|void|return|import|def|SELECT)\b.*[;({=]|^\w+\s*=\s*\S+$"
)

Gate = Callable[[Pair, str], str]
"""The reason code, or empty, for a pair and the document it comes from."""


def not_empty(pair: Pair, document: str) -> str:
    """Something is asked and something answered."""
    return "" if folded(pair.question) and folded(pair.answer) else "empty"


def long_enough(pair: Pair, document: str) -> str:
    """A question of some substance; an answer of one Chinese character, a number or two letters."""
    asked = len(HAN.findall(pair.question)) * 2 + len(LATIN_WORD.findall(pair.question)) * 2
    answered = folded(pair.answer)
    short = len(answered) < 2 and not (HAN.search(answered) or answered.isdigit())
    return "too_short" if asked < 4 or short else ""


def short_enough(pair: Pair, document: str) -> str:
    """An answer a small model can learn, a question a person would ask."""
    most = LONGEST.get(pair.rule, LONGEST[""])
    asked = LONGEST_QUESTION[pair.rule in _SELF_ASKED]
    return "too_long" if len(pair.answer) > most or len(pair.question) > asked else ""


def at_its_place(pair: Pair, document: str) -> str:
    """The evidence is the document's own text at that place; who declines has none."""
    if pair.kind == "decline":
        return "" if not pair.evidence and pair.start == pair.end else "quote_not_found"
    return "" if pair.evidence and document[pair.start : pair.end] == pair.evidence else "quote_not_found"


def in_evidence(pair: Pair, document: str) -> str:
    """The answer stands in the evidence, blanks and marks of emphasis aside; of yes and no what follows does."""
    if pair.kind == "decline":
        return ""
    said = _told(pair)
    evidence = pair.evidence
    told = squeezed(said) in squeezed(evidence) or squeezed(said) in squeezed(emphasis_dropped(evidence))
    return "" if told else "answer_not_in_evidence"


def _told(pair: Pair) -> str:
    """The part of the answer that must be the document's."""
    return _SAYS_SO.sub("", pair.answer, count=1).rstrip("。.") if pair.kind == "yes_no" else pair.answer


def same_numbers(pair: Pair, document: str) -> str:
    """Every amount of the answer is in the evidence as often; the question's numbers are told where it is asked.

    The author's own question, and one that is answered with no, may name any number of the document.
    """
    if pair.kind == "decline":
        return ""
    if not _covered(amounts(_told(pair)), amounts(pair.evidence)):
        return "number_mismatch"
    asked, answered = set(numbers(pair.question)), set(numbers(_told(pair)))
    denies = pair.kind == "yes_no" and bool(_DENIES.match(pair.answer))
    if denies and answered and answered <= asked:
        return "number_mismatch"
    known = _numbers_of(document)  # evidence that begins inside a number holds one that the document does not
    if not denies and pair.rule not in _SELF_ASKED:
        known &= _numbers_of_headings(document).union(numbers(pair.evidence))
    return "number_mismatch" if asked - known else ""


@lru_cache(maxsize=4)
def _numbers_of(document: str) -> frozenset[str]:
    return frozenset(numbers(document))


@lru_cache(maxsize=4)
def _numbers_of_headings(document: str) -> frozenset[str]:
    """Of what a question may name its subject by: headings, and what stands before the first one."""
    parts = sections(document)
    titles = [part.title for part in parts]
    fronts = [
        document[unit.start : unit.end] for part in parts[:1] for unit in part.units if unit.kind == "front_matter"
    ]
    return frozenset(number for text in (*titles, *fronts) for number in numbers(text))


@lru_cache(maxsize=4)
def _folded_of(document: str) -> str:
    return squeezed(document).casefold()


def _covered(told: Counter[tuple[str, str]], known: Counter[tuple[str, str]]) -> bool:
    """Whether every amount told is known as often; one without a unit may be of any."""
    bare = Counter({number: count for (number, unit), count in told.items() if not unit})
    with_unit = Counter({amount: count for amount, count in told.items() if amount[1]})
    whole: Counter[str] = Counter()
    for (number, _), count in known.items():
        whole[number] += count
    return not with_unit - known and not bare - whole


def same_negation(pair: Pair, document: str) -> str:
    """What is denied in the answer's clause is denied in the pair too, and nothing else is."""
    if pair.rule in _SELF_ASKED or pair.kind != "span":
        return ""
    place = pair.evidence.find(pair.answer)
    if place < 0 or len(pair.answer) > 0.9 * len(pair.evidence):
        return ""
    before = [match.end() for match in _CLAUSE.finditer(pair.evidence, 0, place)]
    clause = pair.evidence[before[-1] if before else 0 : place]
    said = _denials(pair.question)
    return "negation_mismatch" if _denials(clause) > said or said > _denials(pair.evidence + pair.section) else ""


def _denials(text: str) -> int:
    return len(NEGATION.findall(_EITHER.sub("", text)))


def known_names(pair: Pair, document: str) -> str:
    """Names of the answer are in the evidence, those of the question in the document."""
    if pair.kind == "decline":
        return ""
    evidence, whole = squeezed(pair.evidence).casefold(), _folded_of(document) + squeezed(pair.document).casefold()
    foreign = [name for name in _names(_told(pair)) if name not in evidence]
    asked = [name for name in _names(pair.question, first=False) if name not in whole]
    return "entity_not_in_evidence" if foreign or asked else ""


def _names(text: str, first: bool = True) -> Iterable[str]:
    """Latin words written as names and quoted ones; a sentence's first word only where ``first``."""
    for match in _NAME.finditer(plain(text)):
        before = match.string[: match.start()].rstrip()
        opens = not before or before[-1] in '.?!:：“"'
        if (first or not opens) and match.group() != "I":
            yield re.sub(r"['’]s$", "", match.group()).casefold()
    for match in _QUOTED.finditer(plain(text)):
        yield squeezed(match.group(1)).rstrip(",.，。").casefold()


def stands_alone(pair: Pair, document: str) -> str:
    """Neither question nor answer points at something that is not in the pair."""
    if _ELSEWHERE.search(pair.question):
        return "dangling_reference"
    if _ELSEWHERE.search(pair.answer) and len(pair.answer) < (400 if pair.rule == "section" else 120):
        return "dangling_reference"
    if pair.rule in _SELF_ASKED or pair.kind == "decline":
        return ""
    if _LEADS_ON.search(plain(pair.answer)):
        return "dangling_reference"
    if pair.language == "zh":
        points, pointing = _POINTS_ZH, _POINTS_IN_QUESTION_ZH.search(pair.question)
    else:
        points, pointing = _POINTS_EN, _POINTS_IN_QUESTION_EN.search(pair.question)
    return "dangling_reference" if points.match(plain(_told(pair))) or pointing else ""


def not_given_away(pair: Pair, document: str) -> str:
    """The answer is not already in the question; whether something is true may be asked with it."""
    if pair.kind != "span":
        return ""
    answer, question = folded(pair.answer), folded(pair.question)
    return "answer_in_question" if answer == question or (len(answer) >= 2 and answer in question) else ""


def is_question(pair: Pair, document: str) -> str:
    """Ends with a question mark, or stands under the author's own question mark."""
    asks = pair.question.rstrip().endswith(("?", "？")) or pair.rule in _SELF_ASKED
    return "" if asks else "question_not_question"


def in_one_language(pair: Pair, document: str) -> str:
    """The question is in the section's language; an answer of prose too."""
    if pair.rule in _SELF_ASKED:
        return ""
    asks_zh = pair.language == "zh" and _ASKS_IN_ZH.search(pair.question)
    if not asks_zh and language_of(pair.question, pair.language) != pair.language:
        return "wrong_language"
    prose = len(LATIN_WORD.findall(pair.answer)) >= 12 or len(HAN.findall(pair.answer)) >= 12
    differs = prose and language_of(pair.answer, pair.language) != pair.language
    return "wrong_language" if differs else ""


def says_something(pair: Pair, document: str) -> str:
    """Not only an address, code, a picture or a literature reference."""
    without = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", pair.answer)
    prose = re.sub(r"\[[^\]]*\]\([^)]*\)|<[^>]+>", "", URL.sub("", without))
    if not folded(prose) and not re.fullmatch(r"\s*[\w.+-]+@[\w.-]+\s*", pair.answer):
        return "boilerplate"
    if pair.rule not in _SELF_ASKED and not HAN.search(pair.answer) and _CODE_LINE.search(pair.answer):
        return "boilerplate"
    if _CITATION.match(pair.answer) or (pair.rule in _SELF_ASKED and _CODE_ONLY.match(pair.answer)):
        return "boilerplate"
    return ""


def not_told(pair: Pair, document: str) -> str:
    """What is to be declined is not told: no sentence holds nearly every word of the question."""
    if pair.kind != "decline":
        return ""
    asked = _substance(_QUOTED.sub(" ", pair.question))
    if len(asked) < 2:
        return ""
    said = (_substance(document[a:b]) for a, b in sentences(document))
    return "answered_in_document" if any(len(asked & words) >= 0.9 * len(asked) for words in said) else ""


def _substance(text: str) -> frozenset[str]:
    """Latin words and pairs of Chinese characters that are more than asking."""
    words = {word.casefold() for word in LATIN_WORD.findall(text) if len(word) > 2} - _ASKING_EN
    runs = re.findall(r"[\u3400-\u9fff]+", _ASKING_ZH.sub(" ", text))
    return frozenset(words | {run[place : place + 2] for run in runs for place in range(max(1, len(run) - 1))})


GATES: tuple[Gate, ...] = (
    not_empty,
    long_enough,
    short_enough,
    at_its_place,
    in_evidence,
    same_numbers,
    same_negation,
    known_names,
    stands_alone,
    not_given_away,
    is_question,
    in_one_language,
    says_something,
    not_told,
)
CODES = (
    "not_parsed",
    "empty",
    "too_short",
    "too_long",
    "quote_not_found",
    "answer_not_in_evidence",
    "number_mismatch",
    "negation_mismatch",
    "entity_not_in_evidence",
    "dangling_reference",
    "answer_in_question",
    "question_not_question",
    "wrong_language",
    "boilerplate",
    "duplicate",
    "question_twice",
    "answered_in_document",
)
"""Every reason a pair is rejected for, in the order the gates are met; personal data only warns."""


def reason(pair: Pair, document: str) -> str:
    """The code of the first gate the pair does not pass; empty when it passes all."""
    return next((code for gate in GATES if (code := gate(pair, document))), "")


def check(pair: Pair, document: str) -> Rejected | None:
    """The pair with the reason it cannot be used; ``None`` when it passes every gate. Edits come through here too."""
    code = reason(pair, document)
    return Rejected(pair, code) if code else None


def relocated(pair: Pair, document: str) -> Pair:
    """The pair with the document's own text as evidence, where its quote is that but for width, blanks and marks.

    A quote that is only alike gives its place, never its words. The pair stays as it is where nothing fits.
    """
    if pair.kind == "decline" or (pair.evidence and document[pair.start : pair.end] == pair.evidence):
        return pair
    place = located(pair.evidence, document, 0, len(document)) if pair.evidence.strip() else None
    if not place:
        return pair
    own = exactly(pair.answer, document, *place) if pair.kind == "span" else None
    answer = document[slice(*own)] if own else pair.answer
    at = own[0] if own else -1
    return replace(pair, start=place[0], end=place[1], evidence=document[slice(*place)], answer=answer, at=at)


def warnings(pair: Pair) -> tuple[str, ...]:
    """Words keys of what a person should look at though the pair can be used: personal data in it."""
    text = f"{pair.question}\n{pair.answer}"
    return ("synth.warn_pii",) if any(pattern.search(text) for _, pattern in _PERSONAL) else ()
