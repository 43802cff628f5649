"""What a run learned: the wording or the fact, what it repeats word for word, what it forgot, and how its loss went.

Knows: how each is read off a board, its records and the run's recorded loss. Must not know how they are said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.evals.board import Board, Difference
from lab.evals.evaluation import KEEP_ALIVE, ItemRecord
from lab.evals.learned import NEW, Wording
from lab.records import Contestant, Row
from lab.text import normal, tokens
from lab.workspace import Workspace, read_jsonl

LEAST_TOKENS = 5
"""A shorter answer is a name, a number or a label: saying it again is no copying."""
RISEN = 1.05
"""Held-out loss that ends so many times above its lowest point has risen."""
LABELS = {"classification", "number"}
"""Tasks whose right answers are the trained ones, word for word."""


@dataclass(frozen=True)
class Trained:
    """What a run was trained to say."""

    groups: dict[str, tuple[str, ...]]
    """Answer, folded → the groups it was trained for."""

    def copied(self, answer: str) -> tuple[str, ...]:
        """The groups whose trained answer this one is, word for word."""
        return self.groups.get(normal(answer), ())


@dataclass(frozen=True)
class Copies:
    """Answers to questions that were not trained which are, word for word, a trained answer."""

    n: int
    copied: int
    misplaced: int
    """Of the copied: those that are the answer to something else."""


@dataclass(frozen=True)
class Losses:
    """How the loss went in training, and what a token of the references costs now."""

    steps: int = 0
    trained: float | None = None
    """At the last step."""
    held_out: float | None = None
    """On the validation rows, the last time."""
    lowest: float | None = None
    """On the validation rows, at its lowest."""
    lowest_step: int = 0
    token_trained: float | None = None
    """Loss a token of the references of the trained wordings."""
    token_new: float | None = None
    """The same for what was not trained."""
    token_new_base: float | None = None
    """The same for what was not trained, by the base."""

    @property
    def state(self) -> str:
        """``rising``, ``worse_than_base``, ``better_than_base`` or ``unknown``."""
        if self.held_out is not None and self.lowest is not None and self.held_out > self.lowest * RISEN:
            return "rising"
        if self.token_new is None or self.token_new_base is None:
            return "unknown"
        return "worse_than_base" if self.token_new > self.token_new_base else "better_than_base"


@dataclass(frozen=True)
class Card:
    """The four of one run."""

    model: str
    wording: Wording | None
    """``None`` where no key judges the answers."""
    copies: Copies | None
    """``None`` where answers are labels, or where it was not recorded."""
    forgetting: Difference | None
    """Right answers to general questions, against the base; ``None`` where they were not asked."""
    losses: Losses


def trained(rows: Iterable[Row]) -> Trained:
    """What these training rows say; answers of a few words are left out."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        if len(tokens(row.answer)) >= LEAST_TOKENS:
            found.setdefault(normal(row.answer), {})[row.group] = None
    return Trained({answer: tuple(groups) for answer, groups in found.items()})


def cards(workspace: Workspace, board: Board, records: Sequence[ItemRecord], copies_known: bool) -> list[Card]:
    """A card for each run of the evaluation that was asked by itself."""
    alone = [one for one in board.evaluation.contestants if one.run and _is_plain(one)]
    return [_card(workspace, board, one, records, copies_known) for one in alone]


def _card(
    workspace: Workspace, board: Board, one: Contestant, records: Sequence[ItemRecord], copies_known: bool
) -> Card:
    own = [record for record in records if record.contestant == one.name and not record.error]
    base = [record for record in records if record.contestant == board.evaluation.base.name and not record.error]
    copied = _copies(own) if copies_known and board.evaluation.task not in LABELS else None
    forgotten = board.difference(one.name, KEEP_ALIVE, "right")
    losses = _losses(workspace.job(one.run or "") / "events.jsonl", own, base)
    return Card(one.name, board.wordings.get(one.name), copied, forgotten, losses)


def _copies(own: list[ItemRecord]) -> Copies:
    told = [record for record in own if record.slice not in {"trained", KEEP_ALIVE}]
    copied = [record for record in told if record.copied]
    return Copies(len(told), len(copied), sum(record.group not in record.copied for record in copied))


def _losses(events: Path, own: list[ItemRecord], base: list[ItemRecord]) -> Losses:
    steps = {event["step"]: event for event in read_jsonl(events) if event.get("kind") == "step"}
    curve = [steps[step] for step in sorted(steps)]
    losses = [event["loss"] for event in curve if event.get("loss") is not None]
    held_out = [(event["eval_loss"], event["step"]) for event in curve if event.get("eval_loss") is not None]
    lowest = min(held_out, default=(None, 0))
    return Losses(
        steps=curve[-1]["step"] if curve else 0,
        trained=losses[-1] if losses else None,
        held_out=held_out[-1][0] if held_out else None,
        lowest=lowest[0],
        lowest_step=lowest[1],
        token_trained=_a_token(own, {"trained"}),
        token_new=_a_token(own, set(NEW)),
        token_new_base=_a_token(base, set(NEW)),
    )


def _a_token(records: list[ItemRecord], slices: set[str]) -> float | None:
    told = [r for r in records if r.slice in slices and r.logprob is not None and r.reference_tokens]
    count = sum(record.reference_tokens for record in told)
    return -sum(record.logprob or 0.0 for record in told) / count if count else None


def _is_plain(one: Contestant) -> bool:
    return not (one.few or one.documents or one.system is not None)
