"""What a judging is on disk: who judges which evaluation, the exam it sits, and every reply as it came.

    jobs/<id>/judging.json     the evaluation, the judge and its fingerprint, the exam's cases: frozen at the start
    jobs/<id>/replies.jsonl    one line a reply, appended as it comes, with the judge's raw words
    jobs/<id>/votes.jsonl      marks of people it is compared with, if any

Knows: these files. Everything shown is derived from them and the evaluation's own. Must not know how a judge is asked
or what its replies mean.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.fields import knob
from lab.records import Contestant, Message, from_json, later, to_json
from lab.workspace import Workspace, append_jsonl, read_json, read_jsonl, write_json

KIND = "judge"
"""Of the job."""
PARTS = ("pairs", "grades")
"""``pairs``: which of two answers is better. ``grades``: how right one answer is, 0 to 2."""
ORDERS = ("ab", "ba")
"""The answer meant shown first, and shown second."""
REPLIES = "replies.jsonl"


@dataclass(frozen=True)
class JudgePlan:
    """What the judge is asked for."""

    parts: str = knob("both", "judge.parts", choices=("both", *PARTS))
    exam: int = knob(4, "judge.exam", low=2, high=20)
    """Cases of each kind in its exam."""
    max_items: int = knob(0, "judge.max_items", low=0, high=1_000_000)
    """At most so many questions of each slice are judged; 0: all."""
    max_tokens: int = knob(256, "judge.max_tokens", low=16, high=8192, advanced=True)
    """Of a reply: a judge that thinks aloud needs more."""
    at_once: int = knob(4, "judge.at_once", low=1, high=32, advanced=True)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The parts asked for."""
        return PARTS if self.parts == "both" else (self.parts,)


@dataclass(frozen=True)
class Case:
    """One question of the exam, whose outcome is known."""

    id: str
    part: str
    kind: str
    """What it tries (``lab.evals.judging.exam``)."""
    item: str
    group: str
    question: str
    reference: str
    evidence: str
    first: str
    """Of ``pairs``: the answer that must win, or tie. Of ``grades``: the answer to grade."""
    second: str = ""
    wanted: str = "first"
    """Of ``pairs``: ``first`` or ``tie``. Of ``grades``: the grades that are right, as ``01``."""


@dataclass(frozen=True)
class Judging:
    """Who judges what: frozen when the job starts."""

    id: str
    evaluation: str
    items: str
    """Hash of the evaluation's answers."""
    dataset: str
    version: str
    language: str
    judge: Contestant
    fingerprint: str
    """Hash of the judge's weights; of another server's model its address and name."""
    against: str
    """Whom the others are compared with."""
    plan: JudgePlan
    created: str
    cases: tuple[Case, ...] = ()
    itself: tuple[str, ...] = later(())
    """Contestants with the judge's own weights."""


@dataclass(frozen=True)
class Said:
    """One reply of the judge, as it came."""

    ask: str
    asked: str
    """Hash of what was asked."""
    text: str | None = None
    """``None`` where none came: then ``error`` says why."""
    seconds: float = 0.0
    tokens: int = 0
    cut: bool = False
    error: str = ""
    error_values: dict[str, Any] = field(default_factory=dict)
    time: str = ""


@dataclass(frozen=True)
class Ask:
    """One thing to ask the judge."""

    id: str
    messages: tuple[Message, ...]

    @property
    def asked(self) -> str:
        """Hash of the messages."""
        told = json.dumps(to_json(self.messages), ensure_ascii=False)
        return hashlib.sha256(told.encode("utf-8")).hexdigest()[:16]


def ask_id(part: str, *names: str) -> str:
    """The id of an ask; its parts cannot run together."""
    return json.dumps([part, *names], ensure_ascii=False)


def save(folder: Path, judging: Judging) -> None:
    """Freeze the judging in its job folder."""
    write_json(folder / "judging.json", to_json(judging))


def load(folder: Path) -> Judging | None:
    """The judging of a job folder; ``None`` before its worker began."""
    stored = read_json(folder / "judging.json")
    return None if stored is None else from_json(Judging, stored)


def judgings(workspace: Workspace, evaluation: str | None = None) -> list[Judging]:
    """All judgings that have begun, newest first; only those of ``evaluation`` if named."""
    found = (load(path.parent) for path in workspace.jobs().glob("*/judging.json"))
    wanted = [one for one in found if one is not None and evaluation in (None, one.evaluation)]
    return sorted(wanted, key=lambda one: (one.created, one.id), reverse=True)


def add_reply(folder: Path, said: Said) -> None:
    """Append one reply."""
    append_jsonl(folder / REPLIES, to_json(said))


def replies(folder: Path) -> dict[str, Said]:
    """Ask → the last reply to it."""
    return {one.ask: one for one in _read(folder)}


def _read(folder: Path) -> Iterator[Said]:
    for stored in read_jsonl(folder / REPLIES):
        yield from_json(Said, stored)


def answers_hash(folder: Path) -> str:
    """Hash of an evaluation's stored answers; empty where there are none."""
    path = folder / "items.jsonl"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""
