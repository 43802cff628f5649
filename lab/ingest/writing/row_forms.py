"""One row in each form that other tools read, and what a form cannot hold.

Knows: the forms by name (``FORMS``). A form either holds a row, without some of its parts (``left_out``), or cannot
hold it at all (``Unheld``). Must not know files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.ingest.writing import cells
from lab.records import Message, Row, ToolCall, to_json

_SHAREGPT = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


class Unheld(Exception):
    """A row that a form cannot hold; ``code`` names the sentence ``export.<code>``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Form:
    """One way of writing a row."""

    name: str
    ending: str
    """Of its files: ``jsonl``, ``csv`` or ``parquet``."""
    made: Callable[[Row], dict[str, Any]]
    """The row in this form; raises ``Unheld``."""
    loses: tuple[str, ...] = ()
    """Parts of a row it has no place for (``PARTS``)."""


def left_out(form: Form, row: Row) -> Iterator[str]:
    """The parts of ``row`` that ``form`` has no place for."""
    return (part for part in form.loses if PARTS[part](row))


PARTS: dict[str, Callable[[Row], bool]] = {
    "weights": lambda row: any(not message.trained for message in row.messages),
    "tools": lambda row: bool(row.tools),
    "names": lambda row: any(message.name for message in row.messages),
    "line_ends": lambda row: any("\r" in message.content for message in row.messages),
    "provenance": lambda row: row.status != "ok" or row.document is not None or row.rule is not None,
}
"""Name of a part → whether a row has it; the sentence is ``export.left_<part>``."""


def _marks(row: Row) -> dict[str, Any]:
    """Group, split, keys and tags, where there are any."""
    marks = {"group": row.group, "split": row.split, "keys": list(row.keys), "tags": list(row.tags)}
    return {name: value for name, value in marks.items() if value}


def _chat(row: Row) -> dict[str, Any]:
    tools = {"tools": to_json(row.tools)} if row.tools else {}
    return {"messages": [message_form(message) for message in row.messages], **tools, **_marks(row)}


def message_form(message: Message) -> dict[str, Any]:
    """A turn as OpenAI writes it."""
    made: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.calls:
        made["tool_calls"] = [_call_form(call) for call in message.calls]
    if message.name:
        made["name"] = message.name
    if message.call:
        made["tool_call_id"] = message.call
    if not message.trained:
        made["weight"] = 0
    return made


def _call_form(call: ToolCall) -> dict[str, Any]:
    ids = {"id": call.id} if call.id else {}
    return {**ids, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _sharegpt(row: Row) -> dict[str, Any]:
    turns = [turn for message in row.messages for turn in _sharegpt_turns(message)]
    return {"conversations": turns, **_tools_text(row), **_marks(row)}


def _sharegpt_turns(message: Message) -> Iterator[dict[str, Any]]:
    """One turn; two where a text and calls belong together."""
    more: dict[str, Any] = {} if message.trained else {"weight": 0}
    names = {"name": message.name, "tool_call_id": message.call}
    more |= {name: value for name, value in names.items() if value}
    if message.content or not message.calls:
        yield {"from": _SHAREGPT[message.role], "value": message.content, **more}
    if message.calls:
        calls = [{"name": one.name, "arguments": json.loads(one.arguments), **_id(one)} for one in message.calls]
        value = json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)
        yield {"from": "function_call", "value": value, **more}


def _id(call: ToolCall) -> dict[str, str]:
    return {"id": call.id} if call.id else {}


def _tools_text(row: Row) -> dict[str, str]:
    return {"tools": json.dumps(to_json(row.tools), ensure_ascii=False)} if row.tools else {}


def _talk(row: Row) -> list[str]:
    """The texts of questions and answers by turns; raises ``Unheld`` where there is more than that."""
    if any(message.calls or message.role == "tool" for message in row.messages):
        raise Unheld("tool_turns")
    return [message.content for message in row.messages if message.role != "system"]


def _system(row: Row) -> dict[str, str]:
    system = row.messages[0].content if row.messages[0].role == "system" else ""
    return {"system": system} if system else {}


def _alpaca(row: Row) -> dict[str, Any]:
    talk = _talk(row)
    made: dict[str, Any] = {"instruction": talk[-2], "input": "", "output": talk[-1], **_system(row)}
    if len(talk) > 2:
        made["history"] = [list(pair) for pair in zip(talk[:-2:2], talk[1:-2:2], strict=True)]
    return {**made, **_tools_text(row), **_marks(row)}


def _one_turn(row: Row) -> tuple[str, str]:
    talk = _talk(row)
    if len(talk) != 2:
        raise Unheld("several_turns")
    return talk[0], talk[1]


def _prompt_completion(row: Row) -> dict[str, Any]:
    prompt, completion = _one_turn(row)
    tools = {"tools": to_json(row.tools)} if row.tools else {}
    return {"prompt": prompt, "completion": completion, **_system(row), **tools, **_marks(row)}


def _csv(row: Row) -> dict[str, Any]:
    question, answer = _one_turn(row)
    system = _system(row).get("system", "")
    values = (question, answer, system, row.group, row.split, cells.joined(row.keys), cells.joined(row.tags))
    return {name: cells.guarded(value) for name, value in zip(cells.COLUMNS, values, strict=True)}


def _parquet(row: Row) -> dict[str, Any]:
    return {**_chat(row), **_tools_text(row)}


def _record(row: Row) -> dict[str, Any]:
    return {**to_json(row), "messages": [message_form(message) for message in row.messages]}


FORMS = {
    form.name: form
    for form in (
        Form("chat", "jsonl", _chat, ("provenance",)),
        Form("alpaca", "jsonl", _alpaca, ("weights", "names", "provenance")),
        Form("sharegpt", "jsonl", _sharegpt, ("provenance",)),
        Form("prompt_completion", "jsonl", _prompt_completion, ("weights", "names", "provenance")),
        Form("csv", "csv", _csv, ("weights", "tools", "names", "line_ends", "provenance")),
        Form("parquet", "parquet", _parquet, ("provenance",)),
        Form("records", "jsonl", _record),
    )
}
"""Every form a data set is exported in."""
