"""The gates a pair passes before anyone sees it as usable: deterministic, in order, each with a reason code.

Knows: what makes a pair unusable without asking a model. A code ``x`` has its sentence at ``synth.gate_x``;
a new gate is added to ``GATES``. Must not know which rule or model made the pair, except that a person's own
heading counts as a question.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from lab.likeness import folded
from lab.synth.pairs import Pair, Rejected
from lab.synth.texts import HAN, LATIN_WORD, URL, language_of, numbers, plain, squeezed

LONGEST = {"faq": 2400, "question_heading": 2400, "": 900}
"""Most characters of an answer per rule; the empty name is for all others."""

_SELF_ASKED = {"faq", "question_heading"}
"""Rules whose question the document's author wrote."""
_ELSEWHERE = re.compile(
    r"(?:如|见|参见|参考)(?:上|下)?[图表]|[上下][图表](?:所示)?|见下[文方]|见上[文方]|"
    r"\b(?:see|shown|listed) (?:above|below)\b|"
    r"\b(?:figure|table) (?:above|below)\b|\bthe (?:above|following) (?:figure|table|picture|screenshot)\b",
    re.IGNORECASE,
)
_POINTS_EN = re.compile(r"(?:this|that|these|those|it|they|he|she|such|its|their|his|her)\b", re.IGNORECASE)
_POINTS_ZH = re.compile(r"这|那[个些种]|它|他|她|此(?!外)|该|其(?!他|中|它)|本文|上述|上面|前者|后者")
_POINTS_IN_QUESTION_ZH = re.compile(r"这[个些种项]|那[个些种]|本文|上述|上面|前者|后者|(?:^|[的，])它")
_CITATION = re.compile(r"\[\^?\d+\]:?\s|.*\((?:19|20)\d\d\)\.?\s.*\.\s|.*\bdoi:|.*arXiv:", re.IGNORECASE)
_CODE_ONLY = re.compile(r"\s*(?:```.*```|~~~.*~~~|`[^`]+`[,，;；、]?\s*)+\s*$", re.DOTALL)

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
    return "too_long" if len(pair.answer) > most or len(pair.question) > 240 else ""


def at_its_place(pair: Pair, document: str) -> str:
    """The evidence is the document's own text at that place."""
    return "" if document[pair.start : pair.end] == pair.evidence else "quote_not_found"


def in_evidence(pair: Pair, document: str) -> str:
    """The answer stands in the evidence, blanks aside."""
    return "" if squeezed(pair.answer) in squeezed(pair.evidence) else "answer_not_in_evidence"


def same_numbers(pair: Pair, document: str) -> str:
    """Every number of the answer, as often as it is there, is in the evidence; the question's are in the document."""
    extra = Counter(numbers(pair.answer)) - Counter(numbers(pair.evidence))
    unknown = set(numbers(pair.question)) - set(numbers(document))
    return "number_mismatch" if extra or unknown else ""


def stands_alone(pair: Pair, document: str) -> str:
    """Neither question nor answer points at something that is not in the pair."""
    if _ELSEWHERE.search(pair.question):
        return "dangling_reference"
    if _ELSEWHERE.search(pair.answer) and len(pair.answer) < 120:
        return "dangling_reference"
    if pair.rule in _SELF_ASKED:
        return ""
    points = _POINTS_ZH if pair.language == "zh" else _POINTS_EN
    pointing = _POINTS_IN_QUESTION_ZH.search(pair.question) if pair.language == "zh" else None
    return "dangling_reference" if points.match(plain(pair.answer)) or pointing else ""


def not_given_away(pair: Pair, document: str) -> str:
    """The answer is not already in the question."""
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
    if language_of(pair.question, pair.language) != pair.language:
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
    if _CITATION.match(pair.answer) or (pair.rule in _SELF_ASKED and _CODE_ONLY.match(pair.answer)):
        return "boilerplate"
    return ""


GATES: tuple[Gate, ...] = (
    not_empty,
    long_enough,
    short_enough,
    at_its_place,
    in_evidence,
    same_numbers,
    stands_alone,
    not_given_away,
    is_question,
    in_one_language,
    says_something,
)


def reason(pair: Pair, document: str) -> str:
    """The code of the first gate the pair does not pass; empty when it passes all."""
    return next((code for gate in GATES if (code := gate(pair, document))), "")


def sift(pairs: Iterable[Pair], document: str) -> tuple[list[Pair], list[Rejected]]:
    """The pairs that pass every gate and say something no earlier pair said, and the others with their reason.

    Doubles are told by place and answer, not by the likeness of questions: "how many subnets?" and "how many
    route tables?" look more alike than two wordings of one question. The same question with two answers
    cannot be learned; only the first is kept.
    """
    kept: list[Pair] = []
    rejected: list[Rejected] = []
    facts: dict[tuple[str, str], Pair] = {}
    asked: dict[str, Pair] = {}
    for pair in pairs:
        code = reason(pair, document)
        fact = (folded(pair.evidence), folded(pair.answer))
        question = folded(pair.question)
        if not code and (fact in facts or (question in asked and folded(asked[question].answer) == fact[1])):
            code = "duplicate"
        if not code and question in asked:
            code = "question_twice"
        if code:
            rejected.append(Rejected(pair, code))
            continue
        kept.append(pair)
        facts[fact], asked[question] = pair, pair
    return kept, rejected
