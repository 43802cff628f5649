"""What is odd about one usable row.

Knows: the rules over one conversation. Each has a code with a severity and, where there is one, a fix in
``lab.ingest.rules.catalogue``. Must not know files, shapes or other rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from lab import likeness
from lab.ingest.problems import shown
from lab.ingest.rules import signs
from lab.ingest.rules.catalogue import RULES
from lab.records import Message, Problem, Row

Values = dict[str, Any]
Messages = tuple[Message, ...]


def _placeholder(messages: Messages) -> Values | None:
    found = next(
        (match for text in texts(messages) if (match := signs.PLACEHOLDER.search(signs.CODE.sub("", text)))), None
    )
    return {"text": shown(found.group())} if found else None


def texts(messages: Messages) -> Iterator[str]:
    """Every turn's text but what tools answered: that is not written by people."""
    return (message.content for message in messages if message.role != "tool")


def _foreign_template(messages: Messages) -> Values | None:
    found = next((found for text in texts(messages) if (found := signs.template_of(text))), None)
    return {"template": found[0], "text": shown(found[1].strip(), 40)} if found else None


def _control_tokens(messages: Messages) -> Values | None:
    if _foreign_template(messages):
        return None
    found = next((match for text in texts(messages) if (match := signs.CONTROL.search(signs.CODE.sub("", text)))), None)
    return {"text": shown(found.group())} if found else None


def _echo(messages: Messages) -> Values | None:
    said = [text for message in messages if message.role != "tool" and (text := message.content.strip())]
    return {} if any(one == other for one, other in pairwise(said)) else None


def _repeated_turn(messages: Messages) -> Values | None:
    """The same long turn twice in one conversation, further apart than an echo."""
    if len(messages) < 4:  # of one question and one answer none can stand twice
        return None
    counts = Counter((m.role, m.content.strip()) for m in messages if m.role in {"user", "assistant"})
    again = next(((role, text) for (role, text), count in counts.items() if count > 1 and len(text) > 20), None)
    return {"role": again[0], "text": shown(again[1], 40)} if again else None


def _refusal(messages: Messages) -> Values | None:
    found = next((match for m in messages if m.role == "assistant" and (match := signs.refusal_in(m.content))), None)
    return {"text": shown(found.group(), 60)} if found else None


def _loop(messages: Messages) -> Values | None:
    for message in messages:
        if message.role == "assistant" and (found := signs.loop_in(message.content)):
            return {"text": shown(found[0].strip(), 40), "times": found[1]}
    return None


def _outer_spaces(messages: Messages) -> Values | None:
    for message in messages:
        if message.content != message.content.strip() and message.role != "tool":
            return {"role": message.role}
    return None


def _html(messages: Messages) -> Values | None:
    if any(signs.ABOUT_HTML.search(message.content) for message in messages if message.role in {"system", "user"}):
        return None
    for text in texts(messages):
        if found := signs.HTML.search(signs.CODE.sub("", text)):
            return {"text": shown(found.group(), 40)}
    return None


def _mojibake(messages: Messages) -> Values | None:
    found = next((match for text in texts(messages) if (match := signs.MOJIBAKE.search(text))), None)
    return {"text": shown(found.string[max(0, found.start() - 8) : found.end() + 8], 40)} if found else None


def _other_language(messages: Messages) -> Values | None:
    """A question in one language alone, answered in the other alone; not where translation or code is asked for."""
    asked = next((m.content for m in reversed(messages) if m.role == "user"), "")
    answered = next((m.content for m in reversed(messages) if m.role == "assistant"), "")
    system = messages[0].content if messages[0].role == "system" else ""
    plain = signs.CODE.sub("", answered) if "`" in answered else answered
    if bool(signs.HAN.search(asked)) == bool(signs.HAN.search(plain)):
        return None
    if signs.TRANSLATES.search(asked) or signs.TRANSLATES.search(system):
        return None
    chinese = len(signs.HAN.findall(asked)) >= 4 and not signs.HAN.search(plain) and likeness.language(asked) == "zh"
    words = len(re.findall(r"[A-Za-z]{2,}", plain))
    if chinese and words >= 6:
        return {"asked": "zh", "answered": "en"}
    english = len(re.findall(r"[A-Za-z]{2,}", asked)) >= 4 and not signs.HAN.search(asked)
    if english and len(signs.HAN.findall(plain)) >= 6 and likeness.language(plain) == "zh":
        return {"asked": "en", "answered": "zh"}
    return None


def _cut_answer(messages: Messages) -> Values | None:
    answer = messages[-1].content if messages[-1].role == "assistant" else ""
    return {"text": shown(answer.rstrip()[-30:], 40)} if signs.hangs(answer) else None


ROW_RULES: tuple[tuple[str, Callable[[Messages], Values | None]], ...] = (
    ("placeholder", _placeholder),
    ("foreign_template", _foreign_template),
    ("control_tokens", _control_tokens),
    ("refusal", _refusal),
    ("loop", _loop),
    ("cut_answer", _cut_answer),
    ("answer_repeats_question", _echo),
    ("repeated_turn", _repeated_turn),
    ("mojibake", _mojibake),
    ("html_left", _html),
    ("other_language", _other_language),
    ("outer_spaces", _outer_spaces),
)
"""(code, rule): a rule gives the sentence's values where it applies, else ``None``."""


def oddities(messages: Messages) -> Iterator[tuple[str, str, Values]]:
    """(code, severity, values) of every row rule that applies to a usable conversation."""
    beginnings = "\n".join([message.content[: signs.BEGINNING] for message in messages if message.role == "assistant"])
    never = signs.cannot_hold("\n".join([message.content for message in messages]), beginnings)
    for code, rule in ROW_RULES:
        values = None if code in never else rule(messages)
        if values is not None:
            yield code, RULES[code].severity, values


def row_problems(row: Row) -> Iterator[Problem]:
    """What is odd about a usable row: each with its file, line and, where there is one, the code of a fix."""
    for code, severity, values in oddities(row.messages):
        yield Problem(row.line, code, severity, row.file, values, RULES[code].fix)
