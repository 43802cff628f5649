"""How a lesson stands: each fixed question with its answers so far, and both numbers at every step.

Knows: a job's events and the rows of its data set. Must not know gradio or how anything was asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from lab.checks import row_untold
from lab.datasets import Datasets
from lab.jobs import Jobs, JobView
from lab.records import Row
from lab.teaching.lesson import beside


@dataclass(frozen=True)
class Said:
    """One answer."""

    step: int
    text: str
    judgement: str
    """As of ``lab.evals.keys``; empty where nothing could be judged."""


@dataclass(frozen=True)
class Question:
    """One fixed question and what was answered to it."""

    row: str
    text: str
    told: bool
    """Whether the fact answers it; else it asks beside the fact."""
    base: str
    """The base's answer; empty until it is there."""
    base_judgement: str
    said: tuple[Said, ...]
    """What the learner answered at each step, in order."""

    @property
    def now(self) -> Said | None:
        """The newest answer."""
        return self.said[-1] if self.said else None


@dataclass(frozen=True)
class Count:
    """Both numbers after one step."""

    step: int
    learned: int
    told: int
    """Questions that the fact answers."""
    made_up: int
    untold: int
    """Questions beside it."""


@dataclass(frozen=True)
class Standing:
    """A lesson as its events tell it."""

    answer: str
    """What is taught."""
    questions: tuple[Question, ...]
    counts: tuple[Count, ...]
    """Of each step that was asked, from 0."""
    steps: int
    """How many there will be."""
    first_right: float | None
    """Seconds from the press until the first question was answered right; ``None`` where none was yet."""
    all_right: float | None
    """The same until every one was."""
    times: tuple[float, ...] = ()
    """Seconds from the press, of each of ``counts``."""

    def until(self, asked: int) -> Standing:
        """The lesson as it stood when the questions had been asked ``asked`` times."""
        counts, times = self.counts[:asked], self.times[:asked]
        steps = {count.step for count in counts}
        questions = tuple(
            replace(one, said=tuple(said for said in one.said if said.step in steps)) for one in self.questions
        )
        return _timed(replace(self, questions=questions, counts=counts, times=times))


def standing(jobs: Jobs, datasets: Datasets, job: JobView) -> Standing:
    """How the lesson ``job`` stands, from its last attempt."""
    options = job.spec.options
    rows = list(datasets.rows(datasets.get(options["dataset"], options["version"])))
    group = options["group"]
    fixed = [row for row in rows if row.split == "test" and (row.group == group or beside(group) in row.tags)]
    asked = [event for event in jobs.events(job.id, "asked") if event["attempt"] == job.status.attempt]
    learner = [event for event in asked if event["who"] == "learner"]
    base = {one["row"]: one for event in asked if event["who"] == "base" for one in event["answers"]}
    questions = tuple(_question(row, base, learner) for row in fixed)
    counts = tuple(_count(fixed, event) for event in learner)
    since = datetime.fromisoformat(job.spec.created)
    times = tuple((datetime.fromisoformat(event["time"]) - since).total_seconds() for event in learner)
    answer = next((row.answer for row in rows if row.group == group), "")
    steps = int(options["recipe"]["max_steps"])
    return _timed(Standing(answer, questions, counts, steps, None, None, times))


def _timed(stands: Standing) -> Standing:
    """The same with the seconds until it was right, from its times."""
    timed = list(zip(stands.times, stands.counts, strict=True))
    right = [at for at, count in timed if count.learned]
    whole = [at for at, count in timed if count.learned == count.told]
    return replace(stands, first_right=next(iter(right), None), all_right=next(iter(whole), None))


def _question(row: Row, base: dict[str, dict[str, str]], learner: list[dict[str, object]]) -> Question:
    said = []
    for event in learner:
        for one in event["answers"]:  # type: ignore[attr-defined]
            if one["row"] == row.id:
                said.append(Said(int(str(event["step"])), one["text"], one["judgement"]))
    of_base = base.get(row.id, {})
    return Question(
        row.id,
        row.question,
        not row_untold(row),
        of_base.get("text", ""),
        of_base.get("judgement", ""),
        tuple(said),
    )


def _count(fixed: list[Row], event: dict[str, object]) -> Count:
    untold = {row.id for row in fixed if row_untold(row)}
    kinds = [(one["row"] in untold, one["judgement"]) for one in event["answers"]]  # type: ignore[attr-defined]
    return Count(
        int(str(event["step"])),
        sum(not beside_it and kind == "right" for beside_it, kind in kinds),
        sum(not beside_it for beside_it, _ in kinds),
        sum(beside_it and kind == "wrong" for beside_it, kind in kinds),
        sum(beside_it for beside_it, _ in kinds),
    )
