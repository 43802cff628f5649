"""What explains a board: how steady the answers are, what was learned by heart, what they cost, what chance moves.

Knows: which of these there are, and how they become one document. Must not know how any is computed or shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lab.evals import cost, overfitting, stability
from lab.evals.board import Board
from lab.evals.cost import Cost, Used
from lab.evals.evaluation import ItemRecord, read_repeats
from lab.evals.overfitting import Card
from lab.evals.stability import Stability
from lab.workspace import Workspace


@dataclass(frozen=True)
class Diagnostics:
    """Everything below the items of a board."""

    costs: tuple[Cost, ...]
    used: Used
    stability: tuple[Stability, ...]
    overfitting: tuple[Card, ...]


def diagnose(workspace: Workspace, board: Board, records: Sequence[ItemRecord]) -> Diagnostics:
    """The diagnostics of an evaluation, from its records and those of its runs."""
    folder = workspace.job(board.evaluation.id)
    used = cost.read(folder)
    return Diagnostics(
        costs=tuple(cost.costs(board.evaluation, records, used)),
        used=used,
        stability=tuple(stability.stability(board.evaluation, records, list(read_repeats(folder)))),
        # Evaluations of before costs were watched did not look for copies either.
        overfitting=tuple(overfitting.cards(workspace, board, records, copies_known=used.at_once > 0)),
    )


def document(board: Board, found: Diagnostics) -> dict[str, Any]:
    """The diagnostics as plain values, for ``--json``."""
    return {
        "costs": [asdict(one) for one in found.costs],
        "engine": {"megabytes": found.used.megabytes, "device": found.used.device, "at_once": found.used.at_once},
        "stability": [asdict(one) for one in found.stability],
        "repeats": {"k": board.evaluation.repeats, "temperature": board.evaluation.temperature},
        "overfitting": [_card(one) for one in found.overfitting],
        "training_noise": None
        if board.noise is None
        else {
            **asdict(board.noise),
            "spread": board.noise.spread,
            "mean": board.noise.mean,
            "deviation": board.noise.deviation,
        },
    }


def _card(one: Card) -> dict[str, Any]:
    wording = {**asdict(one.wording), "state": one.wording.state} if one.wording else None
    forgetting = {**asdict(one.forgetting), "state": one.forgetting.state} if one.forgetting else None
    copies = asdict(one.copies) if one.copies else None
    losses = {**asdict(one.losses), "state": one.losses.state}
    return {"model": one.model, "wording": wording, "copies": copies, "forgetting": forgetting, "losses": losses}
