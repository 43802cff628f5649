"""Turns as the data writes them: roles, texts, tool calls, weights, in every spelling that is common.

Knows: lists of messages (OpenAI, ShareGPT, ms-swift and their mixtures) and tool definitions. Must not know which
fields of a record hold them (``shapes``), nor whether the turns make sense (``rules.conversation``).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.ingest.problems import shown
from lab.records import ToolCall

_UNSOUND = re.compile(r"[\x00\ud800-\udfff]")
_CALLING = {"function_call", "tool_call", "function-call", "tool-call", "工具调用"}
"""Roles of a turn whose content is the JSON of one call, or of a list of calls."""
_PLAIN = ("user", "assistant", "system", "human", "gpt")
"""Roles that are surely none of those."""


class Turn(NamedTuple):
    """One turn, its role and content as written."""

    role: str
    content: Any
    calls: tuple[ToolCall, ...] = ()
    name: str = ""
    call: str = ""
    trained: bool = True


Turns = list[Turn]


class Unusable(Exception):
    """A record that gives no row: the code of its problem, the sentence's values, and the repair there is, if any."""

    def __init__(self, code: str, fix: str | None = None, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fix = fix
        self.values = values


@dataclass(frozen=True)
class Tags:
    """What a data set calls the parts of its messages, where its own description says so."""

    role: str
    content: str
    roles: dict[str, str]
    """Role as written → ``user``, ``assistant``, ``system``, ``tool`` or ``function_call``."""


def kind_of(value: Any) -> str:
    """The JSON name of a value's type."""
    names = {str: "string", list: "list", dict: "object", bool: "true/false", int: "number", float: "number"}
    return names.get(type(value), "null")


def listed(messages: list[Any], tags: Tags | None = None) -> Turns:
    """Turns of a list of messages, whatever their keys are called; raises ``Unusable``."""
    turns: Turns = []
    for message in messages:
        if not isinstance(message, dict):
            raise Unusable("turn_not_an_object", kind=kind_of(message))
        for turn in _pair(message) or (_turn(message, tags),):
            if turn.role not in _PLAIN and turn.role.strip().casefold() in _CALLING:
                _add_calls(turns, turn)
            else:
                turns.append(turn)
    return turns


def _pair(message: dict[str, Any]) -> Turns:
    """Both turns of a message that holds a question and its answer (ms-swift), else nothing."""
    if len(message) == 2 and ("role" in message or "from" in message):
        return []
    for user, assistant in (("human", "assistant"), ("user", "assistant"), ("human", "gpt"), ("query", "response")):
        if user in message and assistant in message:
            return [Turn("user", message[user]), Turn("assistant", message[assistant])]
    return []


def _turn(message: dict[str, Any], tags: Tags | None) -> Turn:
    if len(message) == 2 and not tags:
        for role_name, content_name in (("role", "content"), ("from", "value")):
            if content_name in message and isinstance(message.get(role_name), str):
                return Turn(message[role_name], message[content_name])
    role = message.get(tags.role) if tags else message.get("role", message.get("from"))
    if role is None:
        raise Unusable("turn_without_role", keys=shown(", ".join(map(str, message))))
    content = message.get(tags.content) if tags else _content(message)
    name = tags.roles.get(str(role), str(role)) if tags else str(role)
    calls = calls_of(message.get("tool_calls"))
    if message.get("function_call"):
        calls += calls_of([message["function_call"]])
    return Turn(name, content, calls, _text(message.get("name")), _text(message.get("tool_call_id")), _trained(message))


def _content(message: dict[str, Any]) -> Any:
    return next((message[key] for key in ("content", "value", "text") if message.get(key) is not None), None)


def _add_calls(turns: Turns, turn: Turn) -> None:
    """A turn of calls alone: it is the assistant's, and joins the assistant turn right before it."""
    calls = turn.calls or calls_of(turn.content)
    if not calls:
        raise Unusable("bad_tool_call", value=shown(turn.content, 60))
    if turns and turns[-1].role.strip().casefold() in {"assistant", "gpt"}:
        turns[-1] = turns[-1]._replace(calls=turns[-1].calls + calls)
    else:
        turns.append(Turn("assistant", "", calls, trained=turn.trained))


def _trained(message: dict[str, Any]) -> bool:
    """What ``weight`` (OpenAI), ``loss`` (ms-swift) or ``train`` (axolotl) say of the turn."""
    for key in ("weight", "loss", "train", "training"):
        said = message.get(key)
        if said is None:
            continue
        if isinstance(said, str) and said.strip() in {"0", "1"}:
            said = int(said)
        if said not in (0, 1):
            raise Unusable("bad_weight", value=shown(said, 30))
        return bool(said)
    return True


def calls_of(value: Any) -> tuple[ToolCall, ...]:
    """Tool calls as OpenAI, Hugging Face or ShareGPT write them: objects, a list of them, or the JSON of either."""
    if value in (None, "", [], {}):
        return ()
    if isinstance(value, str):
        value = _parsed(value, "bad_tool_call")
    return tuple(_call(one) for one in (value if isinstance(value, list) else [value]))


def _call(value: Any) -> ToolCall:
    inner = value.get("function", value) if isinstance(value, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(inner, dict) or not isinstance(name, str) or not name.strip():
        raise Unusable("bad_tool_call", value=shown(value, 60))
    arguments = inner.get("arguments", inner.get("parameters"))
    if isinstance(arguments, str):
        arguments = _parsed(arguments, "bad_tool_call") if arguments.strip() else {}
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raise Unusable("bad_tool_call", value=shown(value, 60))
    return ToolCall(_sound(name), _sound(_dumped(arguments, "bad_tool_call")), _text(value.get("id")))


def tools_of(value: Any) -> tuple[dict[str, Any], ...]:
    """Tool definitions (``tools`` or ``functions``, a list or its JSON) in OpenAI's shape; raises ``Unusable``."""
    if isinstance(value, str):
        value = _parsed(value, "bad_tools") if value.strip() else None
    if value in (None, [], {}):
        return ()
    return tuple(_tool(one) for one in (value if isinstance(value, list) else [value]))


def _tool(value: Any) -> dict[str, Any]:
    inner = value.get("function", value) if isinstance(value, dict) else None
    if not isinstance(inner, dict) or not isinstance(inner.get("name"), str) or not inner["name"].strip():
        raise Unusable("bad_tools", value=shown(value, 60))
    found: dict[str, Any] = _parsed(_sound(_dumped(inner, "bad_tools")), "bad_tools")
    return {"type": "function", "function": found}


def _dumped(value: Any, code: str) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        raise Unusable(code, value=shown(value, 60)) from None


def _nothing(_: str) -> None:
    """What NaN and Infinity, which are not JSON, are read as."""


def _parsed(text: str, code: str) -> Any:
    try:
        return json.loads(text, parse_constant=_nothing)
    except (ValueError, RecursionError):
        raise Unusable(code, value=shown(text, 60)) from None


def _sound(text: str) -> str:
    return _UNSOUND.sub("", text)


def _text(value: Any) -> str:
    return _sound(value) if isinstance(value, str) else ""
