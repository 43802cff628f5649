"""The general questions that ship with the lab: what a model could do before, and may have forgotten.

Knows: ``data/keep_alive.jsonl`` and what makes an answer to one of them right. Must not know who is asked.
"""

from __future__ import annotations

from collections.abc import Collection

from lab import checks
from lab.evals.choosing import Item
from lab.evals.evaluation import KEEP_ALIVE
from lab.evals.keys import Judgement, KeyBook
from lab.likeness import folded
from lab.records import Message, Row
from lab.settings import PROJECT
from lab.workspace import read_jsonl

FILE = PROJECT / "data" / "keep_alive.jsonl"
LONGEST = 24
"""Tokens of an answer: all of them can be answered in one line."""


def items(languages: Collection[str]) -> list[Item]:
    """The questions in these languages (``zh``, ``en``)."""
    stored = [one for one in enumerate(read_jsonl(FILE), 1) if one[1]["language"] in languages]
    return [Item(_row(one, line), KEEP_ALIVE) for line, one in stored]


def asks(text: str) -> bool:
    """Whether ``text`` is one of these questions, however it is written."""
    return any(folded(str(one["question"])) == folded(text) for one in read_jsonl(FILE))


def judge(row: Row, answer: str) -> Judgement:
    """Right where the answer holds a key of its row, if it has any, and keeps its rule, if it has one."""
    rule = checks.parse(row.rule) if row.rule else None
    kept = rule is None or checks.holds(rule, answer, row.question)
    judged = KeyBook([row]).judge(row, answer) if row.keys else None
    if judged is None or not kept:
        return Judgement("right" if kept and answer.strip() else "wrong", judged.found if judged else ())
    return judged


def _row(stored: dict[str, str], line: int) -> Row:
    turns = (Message("user", stored["question"]), Message("assistant", stored["answer"]))
    name = f"keep-alive-{stored['id']}"
    rule = stored.get("check")
    return Row(name, turns, name, "test", FILE.name, line, keys=tuple(stored.get("keys", ())), rule=rule)
