"""What a record is that no conversation can be made of, told as exactly as its fields allow.

Knows: preference pairs, question lists, plain text, columns and configurations that are dropped where rows were
meant, and what can be done with each. Must not know files.
"""

from __future__ import annotations

import re
from typing import Any

from lab.ingest.problems import shown
from lab.ingest.shaping.names import QUESTION, first
from lab.ingest.shaping.turns import Unusable

_SPEAKER = re.compile(r"\n\n(Human|Assistant):")
_TEXT = ("text", "content", "body", "正文", "文本", "内容")
_ABOUT_TEXT = {
    "id", "url", "source", "title", "meta", "metadata", "timestamp", "date", "lang", "language", "author", "file",
    "dump", "score", "tokencount", "来源", "标题", "编号",
}  # fmt: skip
"""Fields that stand beside a text and are not part of a question."""
_CONFIGURES = {"file_name", "hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name"}


class PlainText(Unusable):
    """A record of text alone: nothing is asked, but it can be a document (or part of one)."""

    def __init__(self, text: str) -> None:
        super().__init__("text_only")
        self.text = text


def reason(record: dict[str, Any]) -> Unusable:
    """Why a record without a known shape cannot be used, and the repair there is."""
    if not record:
        return Unusable("unknown_columns", columns="—")
    columns = shown(", ".join(map(str, record)), 200)
    if is_dataset_info(record):
        return _dataset_info(record)
    nested = _nested(record, columns)
    if nested:
        return nested
    if isinstance(record.get("turns"), list) and all(isinstance(turn, str) for turn in record["turns"]):
        return Unusable("question_turns", turns=len(record["turns"]))
    text = first(record, _TEXT)
    beside = {str(name).casefold() for name in record if name != text} - _ABOUT_TEXT
    if text and isinstance(record[text], str) and not beside:
        return PlainText(record[text])
    if first(record, QUESTION):
        return Unusable("prompt_only", columns=columns)
    return Unusable("unknown_columns", columns=columns)


def _nested(record: dict[str, Any], columns: str) -> Unusable | None:
    """A table stored by columns or by keys, whose one object was taken for a record."""
    values = list(record.values())
    if len(values) > 1 and all(isinstance(value, dict) for value in values):
        keys = set(map(frozenset, values))
        by_number = len(keys) == 1 and all(str(key).isdigit() for key in next(iter(keys)))
        return Unusable("columns_not_rows" if by_number else "config_not_rows", columns=columns)
    if len(values) > 1 and all(isinstance(value, list) for value in values):
        return Unusable("columns_not_rows", columns=columns)
    return None


def is_dataset_info(record: dict[str, Any]) -> bool:
    """Whether the object is LLaMA-Factory's ``dataset_info.json``: names with where each data set is."""
    values = list(record.values())
    return bool(values) and all(isinstance(value, dict) and _CONFIGURES & set(value) for value in values)


def _dataset_info(record: dict[str, Any]) -> Unusable:
    local = [str(entry["file_name"]) for entry in record.values() if isinstance(entry.get("file_name"), str)]
    listed = shown(", ".join(local[:8]) + (" …" if len(local) > 8 else "") or "—", 300)
    return Unusable("dataset_info", entries=len(record), local=len(local), files=listed)


def with_answer(rest: dict[str, Any], chosen: Any) -> dict[str, Any]:
    """The record ``rest`` of a preference pair with its chosen answer, in a shape that is known."""
    asked = rest.get("input")
    if isinstance(asked, dict) and isinstance(asked.get("messages"), list):
        tools = {name: asked[name] for name in ("tools", "functions") if name in asked}
        return {"messages": [*asked["messages"], *_messages(chosen)], **tools}
    held = next(
        (name for name in ("messages", "conversations", "conversation") if isinstance(rest.get(name), list)), ""
    )
    if held:
        return {**rest, held: [*rest[held], *_messages(chosen)]}
    if isinstance(chosen, str) and "instruction" in rest:
        return {**rest, "output": chosen}
    question = first(rest, QUESTION)
    if question is None or (isinstance(chosen, list) and _begins_with_question(chosen)):
        return {**_without(rest, question), "messages": _messages(chosen)}
    prompt = rest[question] if isinstance(rest[question], list) else [{"role": "user", "content": rest[question]}]
    return {**_without(rest, question), "messages": [*prompt, *_messages(chosen)]}


def _without(record: dict[str, Any], name: str | None) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != name}


def _messages(chosen: Any) -> list[Any]:
    """A chosen answer as messages: a list, one message, a transcript of both speakers, or the answer's text."""
    if isinstance(chosen, list):
        return chosen
    if isinstance(chosen, dict):
        return [chosen]
    parts = _SPEAKER.split(chosen) if isinstance(chosen, str) else []
    if len(parts) > 2 and not parts[0].strip():
        return [
            {"from": speaker, "value": said.strip()} for speaker, said in zip(_roles(parts), parts[2::2], strict=True)
        ]
    return [{"role": "assistant", "content": chosen}]


def _roles(parts: list[str]) -> list[str]:
    return ["human" if speaker == "Human" else "gpt" for speaker in parts[1::2]]


def _begins_with_question(messages: list[Any]) -> bool:
    head = messages[0] if messages else None
    return isinstance(head, dict) and str(head.get("role", head.get("from"))) in {"user", "human", "system"}
