"""Rules a person wrote once, and whether an answer keeps them.

Knows: what each kind of check means, sentence by sentence, in Chinese and English. Must not know who answered.
A sentence about a listed thing recommends it unless it refuses, points elsewhere, or only asks.
"""

from __future__ import annotations

import re

from lab.errors import EvalError
from lab.evals.keys import Key, matches
from lab.evals.text import canonical, folded, tokens
from lab.records import Check, Row

KINDS = ("must_mention", "must_not_mention", "must_not_recommend", "ends_with_question", "max_words")

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


def violates(check: Check, answer: str) -> bool:
    """Whether the answer breaks the rule. Raises ``EvalError`` for a kind that does not exist."""
    if check.kind == "must_mention":
        return not any(mentions(value, answer) for value in check.values)
    if check.kind == "must_not_mention":
        return any(mentions(value, answer) for value in check.values)
    if check.kind == "must_not_recommend":
        return bool(recommendations(check, answer))
    if check.kind == "ends_with_question":
        return not folded(answer).rstrip(" \"')*_").endswith("?")
    if check.kind == "max_words":
        return len(tokens(answer)) > int(check.values[0])
    raise EvalError("evals.no_such_check", kind=check.kind, known=", ".join(KINDS))


def recommendations(check: Check, answer: str) -> list[str]:
    """The clauses of the answer that recommend a listed thing: the evidence of a ``must_not_recommend``."""
    clauses = (part.strip() for part in _CLAUSES.split(answer) if part and part.strip())
    return [part for part in clauses if any(mentions(value, part) for value in check.values) and _recommends(part)]


def exercised(check: Check, row: Row) -> bool:
    """Whether the row shows the rule at work: its question tempts one to break it, or its answer had to keep it."""
    if check.kind in {"must_not_mention", "must_not_recommend"}:
        asked = "\n".join(message.content for message in row.messages if message.role == "user")
        return any(mentions(value, asked) for value in check.values)
    if check.kind == "must_mention":
        return any(mentions(value, row.answer) for value in check.values)
    return bool(row.answer) and not violates(check, row.answer)


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
