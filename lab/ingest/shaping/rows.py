"""One record to a row: its turns, what it says of itself besides, and its id.

Knows: groups, splits, keys and tags of a record, and that the same record at the same place has the same id. Must
not know files or how records are found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from json.encoder import encode_basestring_ascii
from typing import Any

from lab.ingest.files.sources import Report
from lab.ingest.problems import shown
from lab.ingest.rules import conversation as rules
from lab.ingest.rules import oddities
from lab.ingest.shaping.shapes import ends_with_token, read_record
from lab.ingest.writing import cells, provenance
from lab.records import Message, Row

_SPLITS = {
    "train": "train", "training": "train", "训练": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation", "验证": "validation",
    "test": "test", "eval": "test", "测试": "test",
}  # fmt: skip


def row_of(
    record: Any,
    file: str,
    line: int,
    mapping: dict[str, str] | None,
    report: Report,
    fixes: Collection[str] = (),
) -> tuple[str, Row, tuple[str, ...]]:
    """(shape, row, fields not used) of one record; what is odd goes to ``report``. Raises ``Unusable``."""
    record = cells.read_back(record) if isinstance(record, dict) else record
    made = read_record(record, mapping, fixes)
    messages, cleaned = rules.messages_of(made.turns)
    rules.check_order(messages)
    if cleaned:
        report.report(line, "unsound_characters", "warning")
    if made.shape == "prompt_completion" and ends_with_token(record):
        report.report(line, "end_token_removed", "info")
    for code, severity, values in oddities.oddities(messages):
        report.report(line, code, severity, **values)
    marks = made.marks
    row = Row(
        id=_id(messages, file, line),
        messages=messages,
        group=_text(marks.get("group")),
        split=_SPLITS.get(_text(marks.get("split")).casefold(), ""),
        file=file,
        line=line,
        keys=_several(marks.get("keys")),
        tags=_several(marks.get("tags")),
        tools=made.tools,
    )
    if provenance.is_record(record):
        return "records", provenance.restored(row, record), ()
    return made.shape, row, made.unused


def system_text(record: Any, mapping: dict[str, str] | None) -> str:
    """The text of a record that holds a system message only."""
    return rules.messages_of(read_record(record, mapping).turns)[0][0].content


def _text(value: Any) -> str:
    return shown(value, 120).strip() if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _several(value: Any) -> tuple[str, ...]:
    """A list of strings, or one string with ``|`` between them."""
    if not value:
        return ()
    parts = value.split("|") if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(
        shown(part, 200).strip() for part in parts if isinstance(part, (str, int, float)) and str(part).strip()
    )


def _id(messages: tuple[Message, ...], file: str, line: int) -> str:
    """Twelve hex digits of the hash of the turns and their place, written as compact JSON would be.

    Put together by hand: a general encoder takes as long as everything else that is done to a row.
    """
    write = encode_basestring_ascii
    turns = ", ".join(f"[{write(one.role)}, {write(one.content)}{_calls(one)}]" for one in messages)
    return hashlib.sha256(f"[[{turns}], {write(file)}, {line}]".encode()).hexdigest()[:12]


def _calls(message: Message) -> str:
    """Nothing for a turn without tool calls, so that ids of plain conversations stay as they are."""
    return "".join(f", {encode_basestring_ascii(call.name + call.arguments)}" for call in message.calls)
