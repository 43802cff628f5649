"""Whether turns make a conversation a model can be trained on.

Knows: roles, content and order; each rule has a code whose sentence is ``data.<code>``. What is odd about a usable
row is in ``oddities``, rows against each other in ``watch``. Must not know files or shapes.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from lab.ingest.problems import shown
from lab.ingest.shaping.shapes import Turns, Unusable
from lab.records import Message

ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user", "用户": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "model": "assistant", "chatgpt": "assistant",
    "bing": "assistant", "助手": "assistant",
    "tool": "tool", "function": "tool", "observation": "tool", "tool_response": "tool", "tool_result": "tool",
    "tool_results": "tool", "function_response": "tool", "function_result": "tool", "ipython": "tool", "工具": "tool",
}  # fmt: skip
_FOLLOWS = {"user": {"assistant"}, "assistant": {"user", "tool"}, "tool": {"tool", "assistant"}}
"""Role → the roles that may come next; a tool answers an assistant turn, several one after another."""
_UNSOUND = re.compile(r"[\x00\ud800-\udfff]")


def messages_of(turns: Turns) -> tuple[tuple[Message, ...], bool]:
    """The turns as messages, and whether unsound characters were taken out; raises ``Unusable``."""
    if not turns:
        raise Unusable("no_messages")
    messages, cleaned = [], False
    for turn in turns:
        role, content, calls, name, call, trained = turn
        text = content if isinstance(content, str) else _text(content, role)
        if not text.isascii() or "\0" in text:
            sound = _UNSOUND.sub("", text)
            cleaned = cleaned or len(sound) != len(text)
            text = sound
        messages.append(Message(ROLES.get(role) or _role(role), text, calls, name, call, trained))
    return tuple(messages), cleaned


def _role(role: str) -> str:
    plain = role.strip().casefold()
    if plain not in ROLES:
        raise Unusable("unknown_role", role=shown(role, 30))
    return ROLES[plain]


def _text(content: Any, role: str) -> str:
    if content is None:
        return ""
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        return "".join(str(part.get("text", "")) for part in content)
    if isinstance(content, (int, float)) and not isinstance(content, bool):
        return str(content)
    raise Unusable("content_not_text", role=shown(role, 30))


def check_order(messages: tuple[Message, ...]) -> None:
    """Raise ``Unusable`` unless the conversation is [system,] user, assistant, user, assistant …

    Answers of tools stand between the assistant turn that calls them and the next one.
    """
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
    wrong = next(((one, other) for one, other in pairwise(talk) if other not in _FOLLOWS[one]), None)
    if wrong:
        raise Unusable("tool_order" if "tool" in wrong else "not_alternating")
    if talk[-1] != "assistant":
        raise Unusable("tool_order" if talk[-1] == "tool" else "ends_with_user")
    empty = next((one.role for one in messages if not (one.content.strip() or one.calls or one.role == "tool")), None)
    if empty:
        raise Unusable("empty_content", role=empty)
    if not any(message.trained for message in messages if message.role == "assistant"):
        raise Unusable("nothing_trained")
