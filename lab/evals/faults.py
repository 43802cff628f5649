"""What is wrong with an answer, in the words of people: one of six faults, each with its cause and its remedy.

    jobs/<id>/faults.jsonl   one line each time somebody said it; for an answer the last one counts

Knows: the six faults, where in the lab each is mended, and this file. Must not know how answers are judged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lab.errors import EvalError
from lab.evals.evaluation import read_items
from lab.records import from_json, to_json
from lab.workspace import Workspace, append_jsonl, now, read_jsonl

REMEDIES = {
    "irrelevant": "data",
    "not_expert": "data",
    "not_specific": "data",
    "illogical": "train",
    "wrong_form": "data",
    "unstable": "data",
}
"""Fault → the tab where it is mended. Cause and remedy are the sentences ``fault.cause_…`` and ``fault.remedy_…``."""
FAULTS = tuple(REMEDIES)


@dataclass(frozen=True)
class Fault:
    """What one person found wrong with one answer."""

    item: str
    contestant: str
    fault: str
    """One of ``FAULTS``; empty: nothing, after all."""
    by: str
    time: str


def find(workspace: Workspace, evaluation: str, item: str, contestant: str, fault: str, by: str = "") -> Fault:
    """Keep what is wrong with an answer (empty: nothing); raises ``EvalError`` for no such fault or answer."""
    if fault and fault not in REMEDIES:
        raise EvalError("fault.unknown", value=fault, allowed=", ".join(FAULTS))
    answers = ((one.item, one.contestant) for one in read_items(workspace.job(evaluation)) if one.answer is not None)
    if (item, contestant) not in answers:
        raise EvalError("fault.no_such_answer", item=item, model=contestant)
    made = Fault(item, contestant, fault, by.strip()[:80], now())
    append_jsonl(workspace.faults(evaluation), to_json(made))
    return made


def found(workspace: Workspace, evaluation: str) -> dict[tuple[str, str], Fault]:
    """(item, contestant) → what is wrong with the answer, for each where something is."""
    last = {(one.item, one.contestant): one for one in history(workspace, evaluation)}
    return {place: one for place, one in last.items() if one.fault}


def history(workspace: Workspace, evaluation: str) -> list[Fault]:
    """Everything that was ever said of the answers, in order."""
    return [from_json(Fault, stored) for stored in read_jsonl(workspace.faults(evaluation))]


def counted(faults: dict[tuple[str, str], Fault]) -> dict[str, dict[str, int]]:
    """Contestant → fault → how many of its answers have it."""
    tally = Counter((one.contestant, one.fault) for one in faults.values())
    models = dict.fromkeys(model for model, _ in tally)
    return {model: {name: tally[model, name] for name in FAULTS if tally[model, name]} for model in models}
