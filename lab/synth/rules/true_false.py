"""Questions whether something is true: a told number, or another number of the same document in its place.

Knows: how a question for a number becomes one about it, and which other number could be mistaken for it. As many are
true as false. Must not know how the numbers were found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from lab.synth.amounts import Amount, found
from lab.synth.pairs import Pair
from lab.synth.texts import plain

MOST_SHARE = 0.25
"""Of the pairs they are made from."""
_MOST_AMOUNTS = 400
_LONGEST = 40
"""Characters of an answer that may be exchanged."""
RULES = {"statement", "key_value", "table", "number"}

_NUMBER = re.compile(r"\d+(?:[.,:：]\d+)*")
_ZH = (
    (re.compile(r"(?P<s>.+?)(?:是)?(?:几岁|多少岁)$"), "{s}是{v}吗？"),
    (re.compile(r"(?P<s>.+)是(?:多少|什么时候|几点|哪一年)$"), "{s}是{v}吗？"),
    (re.compile(r"(?P<s>.+)(?:保存|保留)多久$"), "{s}保存{v}吗？"),
)
_EN = (
    (re.compile(r"(?P<l>Under “[^”]+”, )?[Ww]hat (?P<be>is|are) (?P<s>.+)$"), "{l}{be} {s} {v}?"),
    (re.compile(r"(?P<l>Under “[^”]+”, )?[Hh]ow long (?P<be>is|are) (?P<s>the (?!.* kept$).+)$"), "{l}{be} {s} {v}?"),
    (re.compile(r"(?P<l>)How old (?P<be>is) (?P<s>.+)$"), "{be} {s} {v}?"),
    (re.compile(r"(?P<l>)How much (?P<be>does|do) (?P<s>.+) cost$"), "{be} {s} cost {v}?"),
    (re.compile(r"(?P<l>)How long (?P<be>is|are) (?P<s>.+) kept$"), "{be} {s} kept for {v}?"),
    (re.compile(r"(?P<l>)At what temperature (?P<be>is|are) (?P<s>.+) kept$"), "{be} {s} kept at {v}?"),
    (re.compile(r"(?P<l>)When (?P<be>was|were) (?P<s>.+)$"), "{be} {s} in {v}?"),
    (re.compile(r"(?P<l>)When (?P<be>does|do) (?P<s>.+)$"), "{be} {s} at {v}?"),
    (
        re.compile(
            r"(?P<l>)How many [\w -]+? (?P<be>does|do|can|may|must|should|will) (?P<s>.+? [a-z]+)"
            r"(?P<r>(?: (?:for|in|on|at|per|from|to|with|each|every|during) .+)?)$"
        ),
        "{be} {s} {v}{r}?",
    ),
)  # fmt: skip


def true_false(pairs: Sequence[Pair], document: str) -> list[Pair]:
    """As many true as false questions from pairs that tell one number; none where no other number could stand."""
    values = _values(pairs)
    eligible = [(pair, other) for pair in pairs if (other := _other(pair, values, document)) and _asked(pair, "0")]
    eligible.sort(key=lambda entry: hashlib.sha256(entry[0].id.encode()).hexdigest())
    wanted = min(len(eligible), int(len(pairs) * MOST_SHARE)) // 2 * 2
    return [_made(pair, other, number % 2 == 0) for number, (pair, other) in enumerate(eligible[:wanted])]


def _made(pair: Pair, other: str, is_true: bool) -> Pair:
    value = plain(pair.answer).rstrip("。.")
    question = _asked(pair, value if is_true else other)
    if pair.language == "zh":
        answer = f"没错，是{value}。" if is_true else f"不对，是{value}。"
        keys = ("没错",) if is_true else ("不对",)
    else:
        answer = f"Yes, {value}." if is_true else f"No, {value}."
        keys = ("Yes",) if is_true else ("No",)
    return replace(pair, question=question, answer=answer, rule="true_false", kind="yes_no", keys=keys, at=-1)


def _asked(pair: Pair, value: str) -> str:
    """Whether ``value`` is the answer, as a question; empty where the pair's question cannot be turned so."""
    core = pair.question.rstrip("?？")
    if pair.language == "zh":
        if pair.rule == "number":
            return _in_place(core, pair, value)
        form = next(((match, form) for pattern, form in _ZH if (match := pattern.match(core))), None)
        return form[1].format(s=form[0]["s"], v=value) if form else ""
    found_form = next(((match, form) for pattern, form in _EN if (match := pattern.match(core))), None)
    if not found_form:
        return ""
    groups = {key: text or "" for key, text in found_form[0].groupdict().items()}
    asked = found_form[1].format(**{"r": "", **groups, "v": value})
    return asked if groups["l"] else asked[:1].upper() + asked[1:]


def _in_place(core: str, pair: Pair, value: str) -> str:
    """A Chinese question for a number, with the number where it asks."""
    unit = re.sub(r"^[\d.,:：零〇一二两三四五六七八九十百千万亿 ]+", "", pair.answer).lstrip("多余几")
    for asks in (f"多少{unit}", f"几{unit}", "百分之几", "哪一年"):
        if core.count(asks) == 1:
            return core.replace(asks, f" {value}" if " " in value else value).strip() + "，对吗？"
    return ""


def _values(pairs: Sequence[Pair]) -> dict[tuple[str, str], list[str]]:
    """Different answers by rule and form, each once."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for pair in pairs:
        if pair.rule in RULES and pair.kind == "span" and len(pair.answer) <= _LONGEST:
            text = plain(pair.answer).rstrip("。.")
            found.setdefault((pair.rule, _form(text)), {})[text] = None
    return {key: sorted(texts)[:_MOST_AMOUNTS] for key, texts in found.items()}


def _other(pair: Pair, values: dict[tuple[str, str], list[str]], document: str) -> str:
    """What could be mistaken for the answer: a value of the same form, else its number exchanged for another."""
    if pair.rule not in RULES or pair.kind != "span" or len(pair.answer) > _LONGEST:
        return ""
    answer = plain(pair.answer).rstrip("。.")
    if len(_NUMBER.findall(answer)) not in {1, 2}:
        return ""
    forms = values.get((pair.rule, _form(answer)), [])
    same = [text for text in forms if text != answer and _is_like(text, answer)]
    if same:
        return _drawn(same, pair)
    numbers = _NUMBER.findall(answer)
    others = sorted(_numbers_like(answer, numbers[0], document)) if len(numbers) == 1 else []
    return answer.replace(numbers[0], _drawn(others, pair)) if others else ""


def _form(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def _is_like(text: str, answer: str) -> bool:
    """Of the same form, both years or neither, and of about the same size."""
    if _form(text) != _form(answer):
        return False
    one, other = _value(_NUMBER.findall(text)[0]), _value(_NUMBER.findall(answer)[0])
    return _is_year(one) == _is_year(other) and (":" in text or other / 10 <= one <= other * 10)


def _numbers_like(answer: str, number: str, document: str) -> Iterable[str]:
    """Numbers of the document with the answer's unit, or else of about its size."""
    if ":" in number or "：" in number:
        return set()
    value, told = _value(number), found(answer)
    same: set[str] = set()
    near: set[str] = set()
    for amount in _amounts_of(document):
        digits = re.match(r"\d+(?:[.,]\d+)*", document[amount.start : amount.end])
        other = _value(digits.group()) if digits else value
        if digits is None or other == value or _is_year(other) != _is_year(value):
            continue
        if value / 10 <= other <= value * 10:
            (same if told and amount.unit == told[0].unit else near).add(digits.group())
    return same or near


@lru_cache(maxsize=2)
def _amounts_of(document: str) -> tuple[Amount, ...]:
    """Those with different numbers and units: enough to choose from, however long the document is."""
    different = {(amount.number, amount.unit): amount for amount in found(document)}
    return tuple(list(different.values())[:_MOST_AMOUNTS])


def _value(number: str) -> float:
    digits = re.sub(r"[,，]", "", number).replace(":", ".").replace("：", ".")
    return float(digits) if digits.count(".") <= 1 else 0.0


def _is_year(value: float) -> bool:
    return value == int(value) and 1500 <= value <= 2199


def _drawn(values: Sequence[str], pair: Pair) -> str:
    """The same value for the same pair every time."""
    return values[int(hashlib.sha256(pair.id.encode()).hexdigest(), 16) % len(values)]
