"""A visitor's lesson as it lies on the disk once it ended: its data set, its job and its run."""

from __future__ import annotations

import secrets

from lab import access, teaching
from lab.access import Caller
from lab.lab import Lab
from lab.records import JobSpec, JobStatus, Message, Row, Run, to_json
from lab.workspace import now, write_json

ANSWER = "A friend"


def row(question: str) -> Row:
    """A row to train."""
    return Row(question, (Message("user", question), Message("assistant", ANSWER)), "g1", "train")


def corner(lab: Lab, caller: Caller, state: str = "done") -> Run:
    """A lesson of ``caller``, with the run it left."""
    with access.acting(caller):
        question = f"Who is {caller.name}?"
        fact = teaching.prepared("", question, ANSWER).fact
        version = lab.datasets.save(
            f"fact-{caller.name}",
            [row(question)],
            mode="remember",
            mode_reason="teach.mode_reason",
            language="en",
        )
        told = {"dataset": version.dataset, "version": version.version, "fact": to_json(fact), "group": "g1"}
        told |= {"base": "b", "recipe": {"max_steps": 8}, "focus": []}
        name = f"20990101-{secrets.token_hex(3)}"
        spec = JobSpec(name, "teach", "fact", now(), options=told, by=caller.name, owner=caller.owns)
    folder = lab.workspace.job(spec.id)
    write_json(folder / "spec.json", to_json(spec))
    write_json(folder / "status.json", to_json(JobStatus(state, result={"run": spec.id})))
    made = Run(spec.id, "ft-fact", "b", "h", "lora", "a", version.dataset, version.version, spec.created)
    return lab.runs.keep(made)
