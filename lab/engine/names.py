"""Which weights a model name of the API means.

``base`` (the bundled model), ``base:NAME`` (a catalogue name, ``hub:`` id or folder), a run's served name
(``ft-…``) or id. Must not know how weights are loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.errors import EngineError, EvalError
from lab.records import Contestant, Run
from lab.runs import DEFAULT_BASE, Runs


@dataclass(frozen=True)
class Wanted:
    """A base model, and the run on top of it if any."""

    name: str
    """As asked."""
    base: str
    run: Run | None = None


def wanted(name: str, runs: Runs) -> Wanted:
    """What ``name`` means; raises ``EngineError`` naming what there is."""
    if name == "base":
        return Wanted(name, DEFAULT_BASE)
    if name.startswith("base:") and len(name) > len("base:"):
        return Wanted(name, name.removeprefix("base:"))
    try:
        run = runs.get(name)
    except EvalError:
        raise EngineError("engine.no_such_model", name=name, known=", ".join(served(runs))) from None
    return Wanted(name, run.base, run)


def served(runs: Runs) -> list[str]:
    """The names of ``/v1/models``: ``base`` and one per run, newest first."""
    return list(dict.fromkeys(["base", *(run.name for run in runs.all())]))


def model_id(contestant: Contestant) -> str:
    """The name to ask for by HTTP so that exactly this contestant's weights answer."""
    if contestant.url:
        return contestant.base
    if contestant.checkpoint is not None:
        raise EngineError("engine.no_checkpoints", name=contestant.name)
    return contestant.run or f"base:{contestant.base}"
