"""Whether turns make a conversation a model can be trained on, and what is odd about it.

Knows: the rules, each with a code whose sentence is ``data.<code>``. A rule is a function in ``ROW_RULES`` (one
conversation) or ``SET_RULES`` (rows against each other). Must not know files or shapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from lab import likeness
from lab.ingest.problems import shown
from lab.ingest.shapes import Turns, Unusable
from lab.records import Message, Problem, Row

ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user", "用户": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "model": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "助手": "assistant",
}  # fmt: skip
_TOOL_ROLES = {"tool", "function", "function_call", "observation", "tool_call", "tool_response", "ipython"}
_UNSOUND = re.compile(r"[\x00\ud800-\udfff]")
_PLACEHOLDER = re.compile(r"\{\{\s*\w+\s*\}\}|\[(?:INSERT|YOUR)[ _A-Z]*\]|<(?:your|insert)[ _\w]*>", re.IGNORECASE)
_CONTROL = re.compile(r"<\|[\w ]{2,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>")


def messages_of(turns: Turns) -> tuple[tuple[Message, ...], bool]:
    """The turns as messages, and whether unsound characters were taken out; raises ``Unusable``."""
    if not turns:
        raise Unusable("no_messages")
    messages, cleaned = [], False
    for role, content in turns:
        text = _text(content, role)
        sound = _UNSOUND.sub("", text)
        cleaned = cleaned or sound != text
        messages.append(Message(_role(role), sound))
    return tuple(messages), cleaned


def _role(role: str) -> str:
    plain = role.strip().casefold()
    if plain in _TOOL_ROLES:
        raise Unusable("tool_turns", role=shown(role, 30))
    if plain not in ROLES:
        raise Unusable("unknown_role", role=shown(role, 30))
    return ROLES[plain]


def _text(content: Any, role: str) -> str:
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        return "".join(str(part.get("text", "")) for part in content)
    if isinstance(content, (int, float)) and not isinstance(content, bool):
        return str(content)
    raise Unusable("content_not_text", role=shown(role, 30))


def check_order(messages: tuple[Message, ...]) -> None:
    """Raise ``Unusable`` unless the conversation is [system,] user, assistant, user, assistant …"""
    roles = [message.role for message in messages]
    talk = [role for role in roles if role != "system"]
    if not talk:
        raise Unusable("system_only")
    if "assistant" not in talk:
        raise Unusable("no_assistant")
    if "system" in roles[1:]:
        raise Unusable("system_not_first")
    if talk[0] != "user":
        raise Unusable("starts_with_assistant")
    if any(one == other for one, other in pairwise(talk)):
        raise Unusable("not_alternating")
    if talk[-1] != "assistant":
        raise Unusable("ends_with_user")
    empty = next((message.role for message in messages if not message.content.strip()), None)
    if empty:
        raise Unusable("empty_content", role=empty)


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


def duplicates(rows: list[Row]) -> Iterator[Problem]:
    """A warning for each row whose conversation stands earlier already."""
    first: dict[tuple[Message, ...], Row] = {}
    for row in rows:
        earlier = first.setdefault(row.messages, row)
        if earlier is not row:
            place = {"other": earlier.line or 0, "other_file": earlier.file}
            yield Problem(row.line, "duplicate", "warning", row.file, place)


def conflicts(rows: list[Row]) -> Iterator[Problem]:
    """A warning for each row that answers an earlier row's question differently (single-turn rows)."""
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        if sum(message.role == "user" for message in row.messages) > 1:
            continue
        system = row.messages[0].content if row.messages[0].role == "system" else ""
        earlier = first.setdefault((system, likeness.folded(row.question)), row)
        if likeness.folded(earlier.answer) != likeness.folded(row.answer):
            place = {"other": earlier.line or 0, "other_file": earlier.file, "question": shown(row.question, 40)}
            yield Problem(row.line, "conflicting_answers", "warning", row.file, place)


SET_RULES: tuple[Callable[[list[Row]], Iterator[Problem]], ...] = (duplicates, conflicts)
"""Rules over all rows; each gives problems."""
