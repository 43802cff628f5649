"""Wordings a model makes: of a question, and if wanted of its answer; none is kept that a rule finds fault with.

Knows: how a model is asked, and the deterministic gates: numbers, negation and names stay, what makes the answer right
stays, and nothing that is another fact's answer comes in. Must not know rows' splits or who answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

from lab import words
from lab.likeness import folded, language, length
from lab.records import Decoding, Message, Row
from lab.synth.model.lines import single_question, unquoted
from lab.synth.model.phrase import Ask
from lab.synth.model.quoting import holds
from lab.synth.wording.rewording import Wording, keeps_meaning

_QUESTION_TOKENS = 48
_HAN_PAIR = re.compile(r"(?=([\u3400-\u9fff]{2}))")
_SHORT = 12
"""Words up to which an answer is its own key."""
_TAGGED = re.compile(r"^\s*(?:\d+[.)、]\s*)?(?:A|答|答案|Answer)\s*[:：]\s*(.+)$", re.IGNORECASE | re.MULTILINE)


def questions(row: Row, tongue: str, count: int, ask: Ask, rejected: Counter[str]) -> list[Wording]:
    """Up to ``count`` wordings of the row's question that pass; what does not is counted in ``rejected``."""
    asked = words.say("synth_model.reword_ask", tongue, question=row.question, count=count)
    turns = (Message("system", words.say("synth_model.reword_system", tongue)), Message("user", asked))
    reply = ask(turns, Decoding(temperature=0.7, max_tokens=_QUESTION_TOKENS * count, seed=1))
    found: list[Wording] = []
    for line in reply.text.splitlines():
        text = single_question(line)
        if not text:
            continue
        code = question_fault(row, text, tongue)
        if code:
            rejected[code] += 1
        elif folded(text) not in {folded(one.text) for one in found}:
            found.append(Wording(text, "model"))
    if not found and not reply.text.strip():
        rejected["not_parsed"] += 1
    return found[:count]


def question_fault(row: Row, text: str, tongue: str) -> str:
    """Why ``text`` cannot stand for the row's question; empty if it can."""
    if folded(text) == folded(row.question):
        return "duplicate"
    if not text.rstrip().endswith(("?", "？")):
        return "question_not_question"
    if language(text) not in {tongue, "mixed"}:
        return "wrong_language"
    if len(folded(row.answer)) >= 2 and holds(text, row.answer) and not holds(row.question, row.answer):
        return "answer_in_question"
    if length(text) > 3 * length(row.question) + 8:
        return "too_long"
    same = keeps_meaning(row.question, text, tongue) and _same_substance(row.question, text, tongue)
    return "" if same else "meaning_changed"


def _same_substance(before: str, after: str, tongue: str) -> bool:
    """Whether a third of what the question is about is in its wording: a model that answers or drifts loses it."""
    if tongue == "zh":
        one = {
            before[i : i + 2] for i in range(len(before) - 1) if re.fullmatch(r"[\u3400-\u9fff]{2}", before[i : i + 2])
        }
        other = after
    else:
        one, other = {word[:5] for word in re.findall(r"[a-z]{4,}", before.casefold())}, after.casefold()
    return not one or 3 * sum(part in other for part in one) >= len(one)


def answer(row: Row, tongue: str, others: Collection[str], ask: Ask, rejected: Counter[str], seed: int) -> str:
    """The row's answer in other words, its key kept; empty where the model's do not pass."""
    asked = words.say("synth_model.answer_reword_ask", tongue, question=row.question, answer=row.answer)
    turns = (Message("system", words.say("synth_model.answer_reword_system", tongue)), Message("user", asked))
    reply = ask(turns, Decoding(temperature=0.7, max_tokens=32 + 4 * len(row.answer), seed=seed))
    match = _TAGGED.search(reply.text)
    text = unquoted(match.group(1) if match else "")
    code = answer_fault(row, text, tongue, others)
    if code:
        rejected[code] += 1
    return "" if code else text


def answer_fault(row: Row, text: str, tongue: str, others: Iterable[str]) -> str:
    """Why ``text`` cannot stand for the row's answer; empty if it can. ``others`` are other facts' answers."""
    if not text:
        return "not_parsed"
    if folded(text) == folded(row.answer):
        return "duplicate"
    keys = row.keys or ((row.answer,) if length(row.answer) <= _SHORT else ())
    if keys and not any(holds(text, key) for key in keys):
        return "key_lost"
    if not keeps_meaning(row.answer, text, tongue) or language(text) not in {tongue, language(row.answer)}:
        return "meaning_changed"
    if length(text) > 3 * length(row.answer) + 6:
        return "too_long"
    known = f"{row.question} {row.answer}"
    foreign = [one for one in others if len(folded(one)) > 1 and holds(text, one) and not holds(known, one)]
    return "other_fact" if foreign else ""
