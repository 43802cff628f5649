"""Duels: one question, several contestants, their answers, kept for good.

Knows what a duel is and that it is appended to ``chat/duels.jsonl``. Must not know how answers are made
or shown.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from lab import access
from lab.records import Answer, Contestant, from_json, later, to_json
from lab.workspace import Workspace, append_jsonl, locked, now, read_json, read_jsonl


@dataclass(frozen=True)
class Duel:
    """One question and what each contestant said to it. Contestants carry system prompt and decoding."""

    id: str
    question: str
    contestants: tuple[Contestant, ...]
    answers: tuple[Answer, ...]
    """In the order of ``contestants``; each with the fingerprint of the weights that answered."""
    created: str
    system: str = ""
    """The system prompt of the question, for contestants without one of their own."""
    by: str = later("")
    """Who asked, if they gave a name."""
    owner: str = later("")
    """The visitor in whose corner a run lies that was asked; empty where all are the host's."""


def record_duel(
    workspace: Workspace,
    question: str,
    contestants: list[Contestant] | tuple[Contestant, ...],
    answers: list[Answer] | tuple[Answer, ...],
    system: str = "",
) -> Duel:
    """Append the duel to the workspace's duels; returns it with its id and time."""
    made = now()
    name = f"{made[:19].replace('-', '').replace(':', '').replace('T', '-')}-{secrets.token_hex(3)}"
    specs = (read_json(workspace.job(one.run) / "spec.json") or {} for one in contestants if one.run)
    owner = next((spec["owner"] for spec in specs if spec.get("owner")), "")
    duel = Duel(name, question, tuple(contestants), tuple(answers), made, system, access.current().name, owner)
    with locked(workspace.chat() / ".lock"):
        append_jsonl(workspace.chat() / "duels.jsonl", to_json(duel))
    return duel


def duels(workspace: Workspace) -> list[Duel]:
    """All duels that who acts may see, newest first: what was asked of a visitor's own run is theirs."""
    found = (from_json(Duel, entry) for entry in read_jsonl(workspace.chat() / "duels.jsonl"))
    return [duel for duel in found if access.sees(duel.owner)][::-1]
