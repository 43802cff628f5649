"""One record to a conversation: the shapes training data comes in.

Knows: each shape's fields and how they become turns. A shape is one entry of ``SHAPES``: a name, a test and a
conversion. Must not know files, nor whether the turns make sense (``lab.ingest.rules``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lab.ingest.problems import shown

Turns = list[tuple[str, Any]]
"""(role as written, content as written)."""

QUESTION = (
    "question", "query", "prompt", "instruction", "input", "q", "ask", "userquestion", "usermessage", "user", "human",
    "问题", "提问", "问", "题目", "指令", "输入", "用户",
)  # fmt: skip
ANSWER = (
    "answer", "response", "completion", "output", "a", "expectedresponse", "expectedanswer", "expectedoutput",
    "referenceanswer", "reference", "groundtruth", "target", "reply", "assistant",
    "答案", "回答", "答复", "回复", "答", "参考答案", "标准答案", "输出", "助手",
)  # fmt: skip
_SYSTEM = ("system", "systemprompt", "系统", "系统提示词", "系统提示")
_LABELLED = (("text", "label"), ("text", "category"), ("sentence", "label"), ("text", "intent"), ("文本", "标签"))
_ALPACA = (("instruction", "input", "output"), ("指令", "输入", "输出"))
_MARKS = {"group", "fact_id", "fact", "split", "keys", "tags"}
"""Fields that say something about the row and are kept with it (``lab.ingest.reading``)."""
_END_TOKEN = re.compile(r"\s*<\|(?:endoftext|im_end|eot_id)\|>\s*$")


class Unusable(Exception):
    """A record that gives no row: the code of its problem and the sentence's values."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Shape:
    """One way training data is written."""

    name: str
    matches: Callable[[dict[str, Any]], bool]
    turns: Callable[[dict[str, Any]], Turns]
    fields: Callable[[dict[str, Any]], set[str]]
    """The fields of a record that the conversion reads."""


@dataclass(frozen=True)
class Read:
    """A record as turns."""

    shape: str
    turns: Turns
    unused: tuple[str, ...] = ()
    """Fields with a value that no turn was made of."""


def read_record(record: Any, mapping: dict[str, str] | None = None) -> Read:
    """The turns of one record; raises ``Unusable`` with the reason."""
    if not isinstance(record, dict):
        raise Unusable("not_a_record", kind=_kind(record), value=shown(record, 40))
    if mapping:
        used = {column for wanted in mapping.values() for column in wanted.split("+")}
        return Read("mapped", _mapped(record, mapping), _unused(record, used))
    for shape in SHAPES:
        if shape.matches(record):
            return Read(shape.name, shape.turns(record), _unused(record, shape.fields(record)))
    raise _unknown(record)


def _unused(record: dict[str, Any], used: set[str]) -> tuple[str, ...]:
    kept = used | _MARKS | {field for field in [_first(record, _SYSTEM)] if field}
    return tuple(str(field) for field, value in record.items() if field not in kept and value not in (None, "", [], {}))


def is_known_table(columns: list[str]) -> bool:
    """Whether a table with these columns holds questions and answers."""
    plain = {_plain(column) for column in columns}
    return bool(plain & set(QUESTION) and plain & set(ANSWER)) or any(plain >= set(pair) for pair in _LABELLED)


def _plain(column: str) -> str:
    return re.sub(r"[\s_\-]+", "", column).casefold()


def _kind(value: Any) -> str:
    names = {str: "string", list: "list", bool: "true/false", int: "number", float: "number"}
    return names.get(type(value), "null")


def _first(record: dict[str, Any], names: tuple[str, ...]) -> str | None:
    """The field of ``record`` that has the first of ``names``, however it is written."""
    plain = {_plain(str(column)): column for column in reversed(list(record))}
    return next((plain[name] for name in names if name in plain), None)


def _with_system(record: dict[str, Any], turns: Turns) -> Turns:
    field = _first(record, _SYSTEM)
    system = record[field] if field else None
    has_one = bool(turns) and turns[0][0] == "system"
    return [("system", system), *turns] if isinstance(system, str) and system.strip() and not has_one else turns


def _chat(record: dict[str, Any]) -> Turns:
    return _listed(record, record["messages"])


def _listed(record: dict[str, Any], messages: list[Any]) -> Turns:
    """Turns of a list of messages, whatever their keys are called."""
    turns: Turns = []
    for message in messages:
        if not isinstance(message, dict):
            raise Unusable("turn_not_an_object", kind=_kind(message))
        if message.get("tool_calls") or message.get("function_call"):
            raise Unusable("tool_turns", role="tool_calls")
        if "human" in message and "assistant" in message:
            turns += [("user", message["human"]), ("assistant", message["assistant"])]
            continue
        role = message.get("role", message.get("from"))
        content = message.get("content", message.get("value", message.get("text")))
        if role is None:
            raise Unusable("turn_without_role", keys=shown(", ".join(map(str, message))))
        turns.append((str(role), content))
    return _with_system(record, turns)


def _alpaca(record: dict[str, Any]) -> Turns:
    turns: Turns = []
    for pair in record.get("history") or []:
        if not (isinstance(pair, list) and len(pair) == 2):
            raise Unusable("bad_history")
        turns += [("user", pair[0]), ("assistant", pair[1])]
    instruction, more, output = _alpaca_fields(record)
    question, extra = record[instruction], record.get(more)
    if isinstance(extra, str) and extra.strip():
        question = f"{question}\n{extra}" if isinstance(question, str) and question.strip() else extra
    return _with_system(record, [*turns, ("user", question), ("assistant", record[output])])


def _alpaca_fields(record: dict[str, Any]) -> tuple[str, str, str]:
    return next(names for names in _ALPACA if names[0] in record and names[2] in record)


def _completion(record: dict[str, Any]) -> Turns:
    prompt, completion = record["prompt"], record["completion"]
    if isinstance(prompt, list) and isinstance(completion, list):
        return _listed(record, [*prompt, *completion])
    answer = _END_TOKEN.sub("", completion) if isinstance(completion, str) else completion
    return _with_system(record, [("user", prompt), ("assistant", answer)])


def ends_with_token(record: dict[str, Any]) -> bool:
    """Whether a completion carries the end token that the chat template adds itself; it is taken off."""
    return isinstance(record.get("completion"), str) and bool(_END_TOKEN.search(record["completion"]))


def _pair(record: dict[str, Any]) -> Turns:
    question, answer = _first(record, QUESTION), _first(record, ANSWER)
    return _with_system(record, [("user", record[question or ""]), ("assistant", record[answer or ""])])


def _labelled(record: dict[str, Any]) -> Turns:
    for text, label in _LABELLED:
        one, other = _first(record, (text,)), _first(record, (label,))
        if one and other:
            answer = record[other]
            return [("user", record[one]), ("assistant", str(answer) if isinstance(answer, int) else answer)]
    raise Unusable("unknown_columns", columns="")


def _mapped(record: dict[str, Any], mapping: dict[str, str]) -> Turns:
    """Turns by the columns a person named; ``title+ask`` joins two columns with a line break."""
    values: dict[str, Any] = {}
    for role, wanted in mapping.items():
        missing = [column for column in wanted.split("+") if column not in record]
        if missing and role in {"question", "answer"}:
            raise Unusable("no_such_column", column=shown(missing[0]), columns=shown(", ".join(map(str, record)), 200))
        parts = [record[column] for column in wanted.split("+") if column in record]
        joined = "\n".join(str(part).strip() for part in parts if part not in (None, ""))
        values[role] = parts[0] if len(parts) == 1 and isinstance(parts[0], str) else joined
    turns: Turns = [("user", values["question"]), ("assistant", values["answer"])]
    return [("system", values["system"]), *turns] if values.get("system", "").strip() else turns


def _unknown(record: dict[str, Any]) -> Unusable:
    """Why a record without a known shape cannot be used, as exactly as its fields tell."""
    columns = shown(", ".join(map(str, record)) or "—", 200)
    if {"chosen", "rejected"} <= set(record):
        return Unusable("preference_pairs")
    values = list(record.values())
    if len(values) > 1 and all(isinstance(value, dict) for value in values):
        keys = set(map(frozenset, values))
        by_number = len(keys) == 1 and all(str(key).isdigit() for key in next(iter(keys)))
        return Unusable("columns_not_rows" if by_number else "config_not_rows", columns=columns)
    if len(values) > 1 and all(isinstance(value, list) for value in values):
        return Unusable("columns_not_rows", columns=columns)
    if "turns" in record or _first(record, QUESTION):
        return Unusable("prompt_only", columns=columns)
    if set(record) == {"text"}:
        return Unusable("text_only")
    return Unusable("unknown_columns", columns=columns)


def _is_alpaca(record: dict[str, Any]) -> bool:
    return any(names[0] in record and names[2] in record for names in _ALPACA)


def _label_fields(record: dict[str, Any]) -> set[str]:
    pairs = ((_first(record, (text,)), _first(record, (label,))) for text, label in _LABELLED)
    return next(({one, other} for one, other in pairs if one and other), set())


def _pair_fields(record: dict[str, Any]) -> set[str]:
    return {field for field in (_first(record, QUESTION), _first(record, ANSWER)) if field}


SHAPES = (
    Shape("chat", lambda record: isinstance(record.get("messages"), list), _chat, lambda _: {"messages"}),
    Shape(
        "sharegpt",
        lambda record: isinstance(record.get("conversations", record.get("conversation")), list),
        lambda record: _listed(record, record.get("conversations", record.get("conversation")) or []),
        lambda _: {"conversations", "conversation"},
    ),
    Shape("alpaca", _is_alpaca, _alpaca, lambda record: {*_alpaca_fields(record), "history"}),
    Shape(
        "prompt_completion",
        lambda record: "prompt" in record and "completion" in record,
        _completion,
        lambda _: {"prompt", "completion"},
    ),
    Shape("question_answer", lambda record: len(_pair_fields(record)) == 2, _pair, _pair_fields),
    Shape("classification", lambda record: bool(_label_fields(record)), _labelled, _label_fields),
)
