"""What is odd about one usable row.

Knows: the rules over one conversation, each with a code and a severity. Must not know files, shapes or other rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from lab.ingest.problems import shown
from lab.records import Message, Problem, Row

_PLACEHOLDER = re.compile(r"\{\{\s*\w+\s*\}\}|\[(?:INSERT|YOUR)[ _A-Z]*\]|<(?:your|insert)[ _\w]*>", re.IGNORECASE)
_CONTROL = re.compile(r"<\|[\w ]{2,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>")


def _placeholders(messages: tuple[Message, ...]) -> dict[str, Any] | None:
    found = next((match for message in messages if (match := _PLACEHOLDER.search(message.content))), None)
    return {"text": shown(found.group())} if found else None


def _control_tokens(messages: tuple[Message, ...]) -> dict[str, Any] | None:
    found = next((match for message in messages if (match := _CONTROL.search(message.content))), None)
    return {"text": shown(found.group())} if found else None


def _echo(messages: tuple[Message, ...]) -> dict[str, Any] | None:
    same = any(one.content.strip() == other.content.strip() for one, other in pairwise(messages))
    return {} if same else None


ROW_RULES: tuple[tuple[str, str, Callable[[tuple[Message, ...]], dict[str, Any] | None]], ...] = (
    ("placeholder", "warning", _placeholders),
    ("control_tokens", "warning", _control_tokens),
    ("answer_repeats_question", "warning", _echo),
)
"""(code, severity, rule): a rule gives the sentence's values where it applies, else ``None``."""


def oddities(messages: tuple[Message, ...]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(code, severity, values) of every row rule that applies to a usable conversation."""
    for code, severity, rule in ROW_RULES:
        values = rule(messages)
        if values is not None:
            yield code, severity, values


def row_problems(row: Row) -> Iterator[Problem]:
    """What is odd about a usable row: each with its file, line and, where there is one, the code of a fix."""
    for code, severity, values in oddities(row.messages):
        yield Problem(row.line, code, severity, row.file, values)
