"""What is derived from an evaluation's records, each worked out once a state of its files.

    jobs/<id>/board.json, diagnostics.json, questions.json   of a large one, so that it opens at once

Knows: which files each depends on. Must not know how any is computed; no page and no command holds the records.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from lab.errors import EvalError
from lab.evals import kept, readiness, targets
from lab.evals.board import Board, against, compute
from lab.evals.changes import Question, Stored
from lab.evals.changes import questions as sorted_questions
from lab.evals.diagnostics import Diagnostics, diagnose
from lab.evals.evaluation import Evaluation, evaluations, load, placed_items, read_scored
from lab.evals.noise import noise as noise_of
from lab.evals.readiness import Advice
from lab.evals.verdict import Sentence
from lab.workspace import Workspace

State = tuple[tuple[int, int], ...]


def board(workspace: Workspace, evaluation: Evaluation) -> Board:
    """The scoreboard of an evaluation as far as it has come."""
    folder = workspace.job(evaluation.id)
    aim = targets.aim(workspace, evaluation)
    others = tuple(one.id for one in evaluations(workspace, evaluation.dataset))
    return _with_noise(workspace.root, folder, _state(folder), aim, others)


def diagnostics(workspace: Workspace, evaluation: Evaluation) -> Diagnostics:
    """What explains the board of an evaluation."""
    folder = workspace.job(evaluation.id)
    state = (*_state(folder), _written(folder / "repeats.jsonl"), _written(folder / "cost.json"))
    return _diagnosed(workspace.root, folder, state)


def questions(workspace: Workspace, evaluation: Evaluation) -> Stored:
    """Every question, those that tuning changed first; the answers stay on the disk until they are looked at."""
    folder = workspace.job(evaluation.id)
    return Stored(folder, _questions(workspace.root, folder, _state(folder)).all)


def advice(workspace: Workspace, made: Board) -> Sentence | None:
    """What the evaluation says of what was advised before; ``None`` where nothing was."""
    told = readiness.current(workspace, made.evaluation.dataset)
    folder = workspace.job(made.evaluation.id)
    return _checked(workspace.root, folder, _state(folder), told) if told else None


def is_large(evaluation: Evaluation) -> bool:
    """Whether it has so many answers that what is derived from them is kept, and only worked out once all are there."""
    return evaluation.answers >= kept.MANY


@dataclass(frozen=True)
class Questions:
    """As they are kept."""

    all: tuple[Question, ...]


@lru_cache(maxsize=32)
def _with_noise(root: Path, folder: Path, state: State, aim: targets.Aim | None, others: tuple[str, ...]) -> Board:
    """The board, and how far other seeds move its headline; ``others`` are the evaluations that may tell."""
    made = _computed(folder, state, aim)
    rows = (made.row(one.name, made.evaluation.headline, made.headline) for one in made.evaluation.contestants)
    values = {row.model: row.value for row in rows if row and row.value is not None}
    return replace(made, noise=noise_of(Workspace(root), made.evaluation, made.subject, made.headline, values))


@lru_cache(maxsize=32)
def _computed(folder: Path, state: State, aim: targets.Aim | None) -> Board:
    """The board of the records in ``folder``; resampling takes most of a second, so it is done once a state."""
    found = kept.find(folder, state)
    if found:
        return against(found, aim)
    records = list(read_scored(folder))
    made = compute(_stored(folder), records, aim)
    if len(records) >= kept.MANY:
        kept.keep(folder, state, made)
    return made


@lru_cache(maxsize=16)
def _diagnosed(root: Path, folder: Path, state: State) -> Diagnostics:
    found = kept.find_one(folder, Diagnostics, state)
    if found:
        return found
    workspace = Workspace(root)
    records = list(read_scored(folder))
    made = diagnose(workspace, board(workspace, _stored(folder)), records)
    if len(records) >= kept.MANY:
        kept.keep_one(folder, state, made)
    return made


@lru_cache(maxsize=8)
def _questions(root: Path, folder: Path, state: State) -> Questions:
    found = kept.find_one(folder, Questions, state)
    if found:
        return found
    made = Questions(tuple(sorted_questions(board(Workspace(root), _stored(folder)), placed_items(folder))))
    if sum(len(one.places) for one in made.all) >= kept.MANY:
        kept.keep_one(folder, state, made)
    return made


@lru_cache(maxsize=16)
def _checked(root: Path, folder: Path, state: State, told: Advice) -> Sentence:
    return readiness.checked(board(Workspace(root), _stored(folder)), read_scored(folder), told)


def _stored(folder: Path) -> Evaluation:
    stored = load(folder)
    if stored is None:
        raise EvalError("evals.no_board")
    return stored


def _written(path: Path) -> tuple[int, int]:
    """Size and time of a file, which change with what it holds."""
    return (path.stat().st_size, path.stat().st_mtime_ns) if path.exists() else (0, 0)


def _state(folder: Path) -> State:
    """What changes when an evaluation goes on."""
    return _written(folder / "items.jsonl"), _written(folder / "evaluation.json")
