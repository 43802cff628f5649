"""Contestants × items → scores → verdict.

    keys, metrics, statistics                   what an answer is worth
    choosing, keepalive                         what is asked of whom
    worker, asking, earlier, evaluation         how it is asked, and the answers on disk
    figures, board, verdict, requirement        everything shown, derived from those records
    stability, overfitting, cost, noise         what explains it
    derived, kept                               all of these, worked out once a state of the records
    scoring                                     a file of predictions, without a model

Knows: how an evaluation is asked for and read. Must not know training, or any page.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lab import catalog, words
from lab.checks import exercises, violates
from lab.datasets import Datasets
from lab.engine.client import conversation, is_file
from lab.errors import EvalError
from lab.evals import faults, predictions, readiness, targets
from lab.evals.board import Board, Difference, document
from lab.evals.derived import advice, board, diagnostics, is_large, questions
from lab.evals.diagnostics import Diagnostics
from lab.evals.diagnostics import document as explained
from lab.evals.evaluation import SLICES, Evaluation, ItemRecord, evaluations, read_items
from lab.evals.figures import names
from lab.evals.keepalive import asks as is_general_question
from lab.evals.requirement import parse
from lab.evals.scoring import score_file
from lab.evals.statistics import FEW_GROUPS, FEW_ITEMS, detectable, needed
from lab.evals.tasks import TASKS, detect
from lab.evals.verdict import Verdict, verdict
from lab.jobs import Jobs, JobView
from lab.records import Contestant, Decoding, Version, to_json
from lab.runs import Runs, contestants, with_decoding
from lab.workspace import Workspace

__all__ = [
    "Board",
    "Diagnostics",
    "Difference",
    "Evaluation",
    "ItemRecord",
    "Prospect",
    "Verdict",
    "advice",
    "as_document",
    "board",
    "diagnostics",
    "evaluations",
    "exercises",
    "is_general_question",
    "is_large",
    "latest",
    "prospect",
    "questions",
    "read_items",
    "score_file",
    "start",
    "task_of",
    "verdict",
    "violates",
]

TEMPERATURE = 0.7
"""At which answers are drawn again, unless told otherwise."""
MOST_REPEATS = 20
WANTED = 0.2
"""A difference that one would want to see."""


def start(
    jobs: Jobs,
    datasets: Datasets,
    runs: Runs,
    *,
    dataset: str,
    models: list[str],
    models_folder: Path,
    version: str | None = None,
    require: str = "",
    max_items: int = 0,
    task: str = "",
    also: str = "",
    keep_alive: bool = True,
    repeats: int = 0,
    temperature: float = TEMPERATURE,
    lane: str = "local",
    request: str = "",
) -> JobView:
    """Submit an evaluation of the contestants named ``models`` on one version of a data set.

    ``require`` is what good enough is (``right>=0.8``; default: the target of the data set); ``max_items`` bounds the
    questions (0: all); ``task`` says what answers are where the data does not tell it right (``lab.evals.tasks``).
    ``also`` names another data set whose test questions are asked too; ``keep_alive`` asks the general questions that
    ship with the lab; ``repeats`` answers some questions so often again, drawn at ``temperature``.
    Raises ``DataError``, ``EvalError`` or ``ModelError`` before anything starts.
    """
    frozen = datasets.get(dataset, version)
    asked = list(dict.fromkeys(name.strip() for name in models if name.strip()))
    if not asked:
        raise EvalError("evals.no_models")
    if max_items < 0:
        raise EvalError("evals.bad_max_items", value=max_items)
    if task and task not in TASKS:
        raise EvalError("evals.bad_task", value=task, allowed=", ".join(TASKS))
    _check_repeats(repeats, temperature)
    other = _elsewhere(datasets, frozen, also.strip())
    wanted = None if require else targets.current(datasets.workspace, frozen.dataset)
    require = wanted.text if wanted else require
    if require:
        parse(require, names(frozen.checks), SLICES)
    chosen = _chosen(asked, runs, datasets, frozen)
    options = {
        "dataset": frozen.dataset,
        "version": frozen.version,
        "contestants": to_json(chosen),
        "require": require,
        "said": wanted.time if wanted else "",
        "max_items": max_items,
        "task": task,
        "also": f"{other.dataset}@{other.version}" if other else "",
        "keep_alive": keep_alive,
        "repeats": repeats,
        "temperature": temperature if repeats else 0.0,
        "models": str(Path(models_folder).absolute()),
    }
    return jobs.submit("eval", frozen.dataset, options, lane=lane, request=request, inputs=_brought(chosen))


def _chosen(asked: list[str], runs: Runs, datasets: Datasets, version: Version) -> list[Contestant]:
    """The contestants named, as they will be asked; raises where one cannot be."""
    decoding = Decoding(max_tokens=answer_limit(datasets, version))
    chosen = [with_decoding(one, decoding) for one in contestants(asked, runs, datasets, version.dataset)]
    for one in chosen:
        conversation(one, ())
        if not one.url:
            catalog.describe(one.base)
    return chosen


def _brought(chosen: list[Contestant]) -> dict[str, str]:
    """Answers that were given elsewhere, as they are now: files of the evaluation, by name."""
    return {
        f"answers-{n}.json": predictions.frozen(predictions.path(one.name))
        for n, one in enumerate(chosen)
        if is_file(one)
    }


def _check_repeats(repeats: int, temperature: float) -> None:
    if repeats < 0 or repeats > MOST_REPEATS or repeats == 1:
        raise EvalError("evals_slices.bad_repeats", value=repeats, most=MOST_REPEATS)
    if repeats and not 0 < temperature <= 2:
        raise EvalError("evals_slices.bad_temperature", value=temperature)


def _elsewhere(datasets: Datasets, asked: Version, also: str) -> Version | None:
    """The other data set that is asked too; raises ``EvalError`` where it is the same, or has nothing to ask."""
    if also == asked.dataset:
        raise EvalError("evals_slices.also_itself", name=also)
    other = datasets.get(also) if also else None
    if other is not None and not other.splits.get("test"):
        raise EvalError("evals_slices.also_untested", name=other.dataset)
    return other


@dataclass(frozen=True)
class Prospect:
    """What an evaluation of a version could show, before anything runs."""

    items: int
    """Test questions."""
    groups: int
    """Facts or documents they are about."""
    detectable: float | None
    """The smallest difference of two shares they would show; ``None``: too few for the verdict to claim any."""
    at_least: float
    """The smallest difference that the fewest questions a verdict rests on would show."""
    needed: int
    """Questions that would show a difference of ``WANTED``."""

    def text(self, language: str) -> str:
        """It as a sentence, with what would show more."""
        if self.detectable is None:
            told = {"least": FEW_ITEMS, "least_groups": FEW_GROUPS, "points": round(100 * self.at_least)}
            return words.say("evals.prospect_too_few", language, n=self.items, groups=self.groups, **told)
        told = {"n": self.items, "groups": self.groups, "points": round(100 * self.detectable)}
        said = words.say("evals.prospect", language, **told)
        if self.detectable <= WANTED:
            return said
        more = words.say("evals.prospect_more", language, needed=self.needed, points=round(100 * WANTED))
        return said + ("" if language == "zh" else " ") + more


def prospect(datasets: Datasets, version: Version) -> Prospect:
    """What the test questions of ``version`` could show."""
    return _counted(datasets, version.dataset, version.version)


@lru_cache(maxsize=32)
def _counted(datasets: Datasets, dataset: str, version: str) -> Prospect:
    """A version never changes, so it is counted once."""
    groups = [row.group for row in datasets.rows(datasets.get(dataset, version), "test") if row.answer]
    n, facts = len(groups), len(set(groups))
    least = detectable(FEW_ITEMS, FEW_GROUPS) or 1.0
    return Prospect(n, facts, detectable(n, facts), least, needed(WANTED, max(1, round(n / max(1, facts)))))


def task_of(datasets: Datasets, version: Version) -> str:
    """What kind of answers the version asks for (``lab.evals.tasks``)."""
    return _told(datasets, version.dataset, version.version)


@lru_cache(maxsize=32)
def _told(datasets: Datasets, dataset: str, version: str) -> str:
    """A version never changes, so it is read once."""
    frozen = datasets.get(dataset, version)
    return detect((row for row in datasets.rows(frozen) if row.answer), frozen.checks).kind


def answer_limit(datasets: Datasets, version: Version) -> int:
    """Tokens an answer may have: room for twice the longest reference of the version, in steps from 64 to 512."""
    longest = max((len(row.answer.encode("utf-8")) for row in datasets.rows(version)), default=0)
    # A token of the bundled model is at least two bytes of Chinese and more of English.
    return next((step for step in (64, 128, 256) if longest <= step), 512)


def as_document(workspace: Workspace, made: Board) -> dict[str, object]:
    """The one JSON document of a board, with its verdict in both languages and its diagnostics."""
    one = made.evaluation
    explains = explained(made, diagnostics(workspace, one))
    advised = readiness.as_json(readiness.current(workspace, one.dataset), advice(workspace, made))
    tags = faults.counted(faults.found(workspace, one.id))
    return {**document(made, verdict(made).both()), "advice": advised, "faults": tags, "diagnostics": explains}


def latest(workspace: Workspace) -> list[Evaluation]:
    """The newest evaluation of each data set, newest first."""
    found: dict[str, Evaluation] = {}
    for one in evaluations(workspace):
        found.setdefault(one.dataset, one)
    return list(found.values())
