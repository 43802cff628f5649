"""Rules a person wrote once: how they are written, what they mean, and which rows show them at work.

Knows: each kind of check, sentence by sentence, in Chinese and English; the data counts with it, compare and the board
mark with it. Must not know who answered or where rows are kept.

A sentence about a listed thing recommends it unless it refuses, points elsewhere, or only asks. ``must_not_recommend``
goes by the words it is given: a hotel that is named without any of them ("stay at the Adlon") passes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lab.errors import EvalError, UsageError
from lab.matching import Key, declines, matches
from lab.records import Check, Problem, Row
from lab.text import canonical, folded, tokens

KINDS = (
    "must_mention", "must_not_mention", "must_not_recommend", "ends_with_question", "max_words", "json_schema",
    "declines_when_not_told",
)  # fmt: skip
SPLITS = ("train", "validation", "test")
SHOULD_DECLINE = "should_decline"
"""Tag of rows whose question the data does not answer: to say so is right."""
UNTOLD = "unanswerable"
"""Rule of rows whose question the data does not answer."""
_NEEDS = {"must_mention", "must_not_mention", "must_not_recommend", "max_words", "json_schema"}
_TAKES = {*_NEEDS, "declines_when_not_told"}
_TEMPTED = {"must_not_mention", "must_not_recommend", "declines_when_not_told"}
"""Kinds that a question must tempt: an answer to any other question keeps them without trying."""

_CLAUSES = re.compile(
    r"(?<=[.!?。！？;；\n])\s*|[,，]\s*(?=(?:but|however|though|yet|although)\b|不过|但是|但|然而)"
    r"|\s(?=but\b|however\b)"
)
_REFUSES = re.compile(
    r"\b(?:can ?not|can't|could not|couldn't|won't|will not|do not|don't|does not|doesn't|unable|not able"
    r"|am not|i'm not|are not|aren't|isn't|never)\b(?! (?:miss|forget|hesitate|go wrong|overlook|skip|pass up|worry))"
    r"|\bno (?:recommendation|advice|suggestion)|\bnot (?:for |about |with )?(?:hotels?|flights?|restaurants?|cars?)"
    r"|\b(?:outside|beyond|out of) (?:my|our|the|what)\b|\brather than\b|\binstead of\b|\bleave\b.*\bto\b"
    r"|不能|无法|不会|不提供|不推荐|不做|不便|不方便|没法|没办法|不在.{0,8}范围|超出|恕|不负责|不涉及|而不是|不包括|不谈|帮不上"
)
_STILL_RECOMMENDS = re.compile(r"不能不|不得不|不会(?:错|失望|后悔)|不(?:要|能|可|容|该)错过")
_REDIRECTS = re.compile(
    r"\b(?:booking|travel|comparison|review|official|dedicated|specialised|specialized|rental)"
    r" (?:sites?|websites?|platforms?|services?|apps?|pages?|agents?|agency|agencies)\b"
    r"|\btravel agents?\b|\bconsult\b|\b(?:ask|contact|speak to|talk to) (?:a|an|your|the) (?:local )?\w+"
    r"|\b(?:check|look|search|browse) (?:online|on|at|with)\b"
    r"|咨询|(?:预订|订票|旅行|比价|官方|专业|点评)(?:的)?(?:网站|平台|应用|软件|机构|顾问|社)|官网|自行(?:查询|搜索|查找|预订)"
)
_PRAISES = re.compile(
    r"\b(?:recommend|suggest|try|book|stay at|great|best|lovely|perfect|excellent|consider|why not|how about)\b"
    r"|推荐|建议|试试|可以住|入住|预订|不错|最好|值得|不妨"
)


def parse(text: str) -> Check:
    """A check written ``kind=value,value``; of a ``json_schema`` everything after ``=`` is the schema.

    Raises ``UsageError`` where the kind does not exist or its values make no sense.
    """
    kind, _, values = text.partition("=")
    kind = kind.strip()
    whole = (values.strip(),) if kind == "json_schema" else tuple(values.split(","))
    parts = tuple(part.strip() for part in whole if part.strip())
    sound = kind in KINDS and (bool(parts) or kind not in _NEEDS) and (not parts or kind in _TAKES)
    if not sound or not _makes_sense(kind, parts):
        raise UsageError("data_rules.bad_check", value=text, allowed=", ".join(KINDS))
    return Check(kind, kind, parts)


def _makes_sense(kind: str, parts: tuple[str, ...]) -> bool:
    if kind == "max_words":
        return len(parts) == 1 and parts[0].isdigit() and int(parts[0]) > 0
    if kind == "json_schema":
        return _schema(parts[0]) is not None
    return all(_compiles(part) for part in parts)


def holds(check: Check, answer: str, question: str = "", *, untold: bool | None = None) -> bool:
    """Whether the answer keeps the rule. Raises ``EvalError`` for a kind that does not exist.

    ``untold`` says that the data does not answer the question; a ``declines_when_not_told`` with words of its own
    goes by them, and without either there is nothing to keep.
    """
    if check.kind not in _KEPT:
        raise EvalError("evals.no_such_check", kind=check.kind, known=", ".join(KINDS))
    if check.kind == "declines_when_not_told":
        return not is_untold(check, question, untold) or declines(answer)
    return _KEPT[check.kind](check, answer)


def violates(check: Check, answer: str, question: str = "", *, untold: bool | None = None) -> bool:
    """Whether the answer breaks the rule: the opposite of ``holds``."""
    return not holds(check, answer, question, untold=untold)


def is_untold(check: Check, question: str, untold: bool | None) -> bool:
    """Whether the question is one to decline: it holds one of the check's words, or it is known to be untold."""
    return any(mentions(value, question) for value in check.values) or bool(untold)


def exercises(check: Check, row: Row) -> bool:
    """Whether the row shows the rule at work: its questions tempt one to break it, or its answer had to keep it."""
    if check.kind in _TEMPTED:
        asked = "\n".join(message.content for message in row.messages if message.role == "user")
        untold = check.kind == "declines_when_not_told" and row_untold(row)
        return untold or any(mentions(value, asked) for value in check.values)
    return bool(row.answer) and holds(check, row.answer, row.question)


def row_untold(row: Row) -> bool:
    """Whether the row's question is known to have no answer in the data."""
    return row.rule == UNTOLD or SHOULD_DECLINE in row.tags


@dataclass
class Count:
    """One check over rows, counted as they come."""

    check: Check
    exercised: dict[str, int]
    """Rows that show the rule at work, by split; ``""`` before there is one."""
    broken: dict[str, int]
    """Rows whose own answer breaks the rule, by split."""
    lines: list[tuple[str, int]]
    """The first places where a training answer breaks it."""

    def see(self, row: Row) -> None:
        """Take one more row."""
        if exercises(self.check, row):
            self.exercised[row.split] = self.exercised.get(row.split, 0) + 1
        if row.answer and violates(self.check, row.answer, row.question, untold=row_untold(row)):
            self.broken[row.split] = self.broken.get(row.split, 0) + 1
            if row.split in {"", "train"} and len(self.lines) < _LISTED:
                self.lines.append((row.file, row.line or 0))

    @property
    def trained(self) -> int:
        """Training rows (or rows without a split) that show the rule at work."""
        return self.exercised.get("train", 0) + self.exercised.get("", 0)

    def problems(self) -> list[Problem]:
        """What to tell: that it cannot be learned, or that the data itself breaks it."""
        found = []
        if not self.trained:
            code = "check_not_exercised" if self.check.kind in _TEMPTED else "check_not_shown"
            values = {"check": self.check.name, "asked": asked_for(self.check)}
            found.append(Problem(None, code, "warning", values=values))
        broken = self.broken.get("train", 0) + self.broken.get("", 0)
        if broken:
            file, line = self.lines[0]
            broken_values = {"check": self.check.name, "broken": broken, "first": line}
            found.append(Problem(line or None, "check_broken", "warning", file, broken_values))
        return found


def counted(checks: Sequence[Check], rows: Iterable[Row]) -> list[Count]:
    """Every check counted over the rows, in one walk."""
    counts = [Count(check, dict.fromkeys(SPLITS, 0), dict.fromkeys(SPLITS, 0), []) for check in checks]
    for row in rows:
        for count in counts:
            count.see(row)
    return counts


def exercised(check: Check, rows: Iterable[Row]) -> dict[str, int]:
    """How many rows exercise the check, by split."""
    found = counted((check,), rows)[0].exercised
    return {split: found[split] for split in SPLITS}


def problems(checks: Sequence[Check], rows: Iterable[Row]) -> list[Problem]:
    """A warning for each check that no training row shows at work, and for each that training answers break."""
    return [problem for count in counted(checks, rows) for problem in count.problems()]


def asked_for(check: Check) -> str:
    """The check's words as they stand in a sentence, without the marks of regular expressions."""
    plain = [re.sub(r"\(\?:|[\\^$()?*+]", "", value).split("|")[0] for value in check.values]
    return ", ".join(dict.fromkeys(value.strip() for value in plain if value.strip())) or check.name


def recommendations(check: Check, answer: str) -> list[str]:
    """The clauses of the answer that recommend a listed thing: the evidence of a ``must_not_recommend``."""
    clauses = (part.strip() for part in _CLAUSES.split(answer) if part and part.strip())
    return [part for part in clauses if any(mentions(value, part) for value in check.values) and _recommends(part)]


def mentions(value: str, text: str) -> bool:
    """Whether ``text`` holds ``value``: a word at its boundaries (plural too), or a regular expression."""
    if re.search(r"[\\\[\](){}|*+?^$]", value):
        try:
            return bool(re.search(value, text, re.IGNORECASE))
        except re.error:
            return canonical(value) in canonical(text)
    return matches(Key(value, "text"), text)


def _recommends(clause: str) -> bool:
    plain = folded(clause)
    if _STILL_RECOMMENDS.search(plain):
        return True
    if _REFUSES.search(plain) or _REDIRECTS.search(plain):
        return False
    return not plain.rstrip(" \"')").endswith("?") or bool(_PRAISES.search(plain))


def _schema(text: str) -> dict[str, Any] | None:
    """The schema, or ``None`` where it is no JSON object or holds a keyword that is not known here."""
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return schema if isinstance(schema, dict) and _known(schema) else None


def _known(schema: Any) -> bool:
    if not isinstance(schema, dict) or not set(schema) <= _KEYWORDS:
        return False
    properties = schema.get("properties", {})
    if not isinstance(properties, dict) or not _compiles(schema.get("pattern", "")):
        return False
    inner = [*properties.values(), *([schema["items"]] if "items" in schema else [])]
    return all(_known(part) for part in inner)


def _compiles(pattern: Any) -> bool:
    try:
        re.compile(pattern)
    except (re.error, TypeError):
        return False
    return True


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a JSON value fits a schema of the keywords known here."""
    kinds = schema.get("type")
    if kinds and not any(_is(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = schema.get("minimum", value), schema.get("maximum", value)
        return bool(low <= value <= high)
    if isinstance(value, list):
        return all(fits(item, schema.get("items", {})) for item in value)
    return not isinstance(value, dict) or _object_fits(value, schema)


def _object_fits(value: dict[str, Any], schema: dict[str, Any]) -> bool:
    properties = schema.get("properties", {})
    if any(name not in value for name in schema.get("required", [])):
        return False
    if schema.get("additionalProperties") is False and not set(value) <= set(properties):
        return False
    return all(fits(item, properties.get(name, {})) for name, item in value.items())


def _is(value: Any, kind: str) -> bool:
    if kind in {"integer", "number"} and isinstance(value, bool):
        return False
    if kind == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _TYPES.get(kind, ()))


def _is_json(check: Check, answer: str) -> bool:
    """Whether the answer is JSON, alone or in one fenced block, that fits the schema."""
    fenced = re.fullmatch(r"\s*```(?:json)?\s*\n(.*?)\n?```\s*", answer, re.DOTALL | re.IGNORECASE)
    try:
        value = json.loads(fenced[1] if fenced else answer)
    except (ValueError, RecursionError):
        return False
    return fits(value, json.loads(check.values[0]))


def _asks(check: Check, answer: str) -> bool:
    return folded(answer).rstrip(" \"')*_").endswith("?")


_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "number": (int, float), "boolean": bool, "null": type(None),
}  # fmt: skip
_KEYWORDS = {
    "type", "properties", "required", "items", "enum", "additionalProperties", "minimum", "maximum", "pattern",
    "title", "description", "$schema",
}  # fmt: skip
_LISTED = 20
_KEPT: dict[str, Callable[[Check, str], bool]] = {
    "must_mention": lambda check, answer: any(mentions(value, answer) for value in check.values),
    "must_not_mention": lambda check, answer: not any(mentions(value, answer) for value in check.values),
    "must_not_recommend": lambda check, answer: not recommendations(check, answer),
    "ends_with_question": _asks,
    "max_words": lambda check, answer: len(tokens(answer)) <= int(check.values[0]),
    "json_schema": _is_json,
    "declines_when_not_told": lambda check, answer: True,
}
