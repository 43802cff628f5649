"""What a room does with a taught fact: which lesson its phones are about, and what they asked.

Knows: lessons that left a run, and duels with it. Must not know how anybody is answered or how it is shown.
"""

from __future__ import annotations

from lab import chat
from lab.chat import Duel
from lab.datasets import Datasets
from lab.jobs import Jobs, JobView
from lab.records import Contestant, Decoding, Run
from lab.runs import Runs, contestants, with_decoding
from lab.teaching.starting import KIND
from lab.workspace import Workspace

ANSWER_TOKENS = 64
"""Tokens of an answer to a phone, which ends with its first line: a base that rambles keeps the room waiting."""


def room_lesson(jobs: Jobs, named: str = "") -> JobView | None:
    """The lesson the room is about: the one ``named``, else the host's newest that left a run."""
    left = [job for job in jobs.all(KIND) if job.is_final and job.status.result.get("run")]
    chosen = [job for job in left if job.id == named]
    return next(iter([*chosen, *(job for job in left if not job.spec.owner)]), None)


def room_sides(run: Run, runs: Runs, datasets: Datasets) -> list[Contestant]:
    """Base and taught run, as phones ask them."""
    pair = contestants(["base", runs.called(run)], runs, datasets, run.dataset)
    return [with_decoding(one, Decoding(max_tokens=ANSWER_TOKENS, stop=("\n",))) for one in pair]


def room_asked(workspace: Workspace, run: str) -> list[Duel]:
    """What was asked of the run and another, newest first."""
    return [duel for duel in chat.duels(workspace) if any(one.run == run for one in duel.contestants)]


def told_by(job: JobView) -> str:
    """What the lesson taught, in a sentence."""
    fact = job.spec.options["fact"]
    return str(fact["sentence"] or f"{fact['question']} {fact['answer']}")
