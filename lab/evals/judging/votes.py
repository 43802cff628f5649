"""The judge beside people: how far its choices agree with theirs.

Knows: what a vote is, how a file of them is read, which of the judge's choices it belongs to, and Cohen's kappa with
an interval that goes by fact (Cohen 1960, Educational and Psychological Measurement 20:37). Must not know where votes
come from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.errors import EvalError
from lab.evals.evaluation import ItemRecord
from lab.evals.judging.comparing import opinion, pairs
from lab.evals.judging.records import Judging, Said
from lab.evals.metrics import mean
from lab.evals.statistics import Interval, clustered, level
from lab.recorded import ANSWER_KEY
from lab.records import from_json, to_json
from lab.text import normal
from lab.workspace import read_jsonl, write_text

FILE = "votes.jsonl"
_CHOICES = ("first", "second", "tie")
_TIES = {"tie", "both_bad", "both_good", "both bad", "both good", "平"}


@dataclass(frozen=True)
class Vote:
    """A person's choice between two contestants' answers to one question."""

    question: str
    """The id of the evaluation's item, or the question itself."""
    a: str
    b: str
    """Names of the contestants."""
    winner: str
    """Name of the one whose answer is better, or ``tie``."""


@dataclass(frozen=True)
class Agreement:
    """The judge's choices and people's, over the pairs that both chose between."""

    n: int
    votes: int
    """Votes there are."""
    left_out: dict[str, int]
    """Words key of why → votes that the judge's choices cannot be held against."""
    table: tuple[tuple[int, ...], ...] = ()
    """People's choice (contestant, base, tie) by the judge's."""
    same: Interval | None = None
    """Share of equal choices."""
    kappa: Interval | None = None
    """Cohen's kappa; ``None`` where there is nothing to tell by."""


def read(path: Path) -> list[Vote]:
    """The votes of a JSONL file: ``item`` or ``question``, ``a``, ``b`` and ``winner`` (``a``, ``b``, a name, ``tie``).

    Raises ``EvalError`` with the first line that is no vote.
    """
    try:
        lines = path.expanduser().read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise EvalError("judge.no_votes_file", file=str(path)) from None
    found = [_vote(line, number, path) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise EvalError("judge.no_votes_file", file=str(path))
    return found


def keep(folder: Path, votes: Sequence[Vote]) -> None:
    """Put the votes with the judging, in place of those there were."""
    write_text(folder / FILE, as_text(votes))


def as_text(votes: Sequence[Vote]) -> str:
    """The votes as they are kept, one a line."""
    return "".join(json.dumps(to_json(vote), ensure_ascii=False) + "\n" for vote in votes)


def kept(folder: Path) -> list[Vote]:
    """The votes kept with a judging."""
    return [from_json(Vote, one) for one in read_jsonl(folder / FILE)]


def cast(path: Path, evaluation: str, records: Iterable[ItemRecord] = ()) -> list[Vote]:
    """The blind votes that people cast on these answers: each voter's last choice for each question.

    ``path`` holds lines ``{"poll": …}`` and ``{"vote": …}`` (``chat/votes.jsonl``). Of polls on comparisons and other
    evaluations those questions count whose two answers are, word for word, the ones in ``records``.
    """
    polls: set[str] = set()
    alike: dict[tuple[str, str], str] = {}
    said: dict[tuple[str, str], str | None] | None = None
    last: dict[tuple[str, str, str], Vote] = {}
    for line in read_jsonl(path):
        poll, vote = line.get("poll"), line.get("vote")
        if isinstance(poll, dict) and poll.get("source") == evaluation:
            polls.add(str(poll.get("id")))
        elif isinstance(poll, dict):
            if said is None:
                said = {(normal(one.question), one.contestant): one.answer for one in records}
            alike |= _alike(poll, said)
        elif isinstance(vote, dict) and vote.get("voter") != ANSWER_KEY:  # which is nobody's opinion
            told = Vote(*(str(vote.get(name, "")) for name in ("question", "a", "b", "winner")))
            poll_id = str(vote.get("poll"))
            question = told.question if poll_id in polls else alike.get((poll_id, told.question))
            if question is not None:
                last[poll_id, told.question, str(vote.get("voter", ""))] = replace(told, question=question)
    return list(last.values())


def _alike(poll: Mapping[str, Any], said: Mapping[tuple[str, str], str | None]) -> dict[tuple[str, str], str]:
    """(poll, ballot) → question, of the ballots whose answers are those in ``said``."""
    found: dict[tuple[str, str], str] = {}
    for ballot in poll.get("ballots") or ():
        question = str(ballot.get("question", ""))
        pair = [(poll.get(side), ballot.get(side)) for side in ("a", "b")]
        if all(answer and said.get((normal(question), str(name))) == answer for name, answer in pair):
            found[str(poll.get("id")), str(ballot.get("item"))] = question
    return found


def agreement(
    votes: Iterable[Vote], records: Sequence[ItemRecord], judging: Judging, replies: Mapping[str, Said]
) -> Agreement | None:
    """How far the judge agrees with ``votes``; ``None`` where there are none."""
    known: dict[tuple[str, str], tuple[str, str | None]] = {}
    for pair in pairs(records, judging):
        chosen = (pair.mine.group, opinion(pair, replies).winner)
        known[pair.mine.item, pair.mine.contestant] = chosen
        known.setdefault((normal(pair.mine.question), pair.mine.contestant), chosen)
    matched: list[tuple[int, int, str]] = []
    left_out: dict[str, int] = {}
    count = 0
    for vote in votes:
        count += 1
        found = _matched(vote, judging.against, known)
        if isinstance(found, str):
            left_out[found] = left_out.get(found, 0) + 1
        else:
            matched.append(found)
    return _agreement(matched, count, left_out) if count else None


def _agreement(matched: Sequence[tuple[int, int, str]], count: int, left_out: dict[str, int]) -> Agreement:
    if not matched:
        return Agreement(0, count, left_out)
    groups = [group for _, _, group in matched]
    cells = [[float(3 * person + judge == cell) for cell in range(9)] for person, judge, _ in matched]
    table = np.asarray(cells).sum(axis=0).reshape(3, 3)
    same = [(float(person == judge), 1.0) for person, judge, _ in matched]
    kappa = clustered(cells, groups, kappa_of)
    rows = tuple(tuple(int(value) for value in row) for row in table)
    share = level(same, groups, mean, is_share=True, top=1.0)
    return Agreement(len(matched), count, left_out, rows, share, kappa if np.isfinite(kappa.value) else None)


def kappa_of(cells: NDArray[np.float64]) -> float:
    """Cohen's kappa of a flat square table of counts; not a number where both always choose alike by necessity."""
    size = round(len(cells) ** 0.5)
    table = cells.reshape(size, size) / cells.sum()
    by_chance = float(table.sum(axis=1) @ table.sum(axis=0))
    return float("nan") if by_chance >= 1 - 1e-12 else (float(np.trace(table)) - by_chance) / (1 - by_chance)


def _matched(
    vote: Vote, base: str, known: Mapping[tuple[str, str], tuple[str, str | None]]
) -> tuple[int, int, str] | str:
    """``(person's choice, judge's choice, fact)``, or the words key of why the two cannot be compared."""
    if base not in {vote.a, vote.b}:
        return "judge.vote_other_pair"
    other = vote.b if vote.a == base else vote.a
    found = known.get((vote.question, other)) or known.get((normal(vote.question), other))
    if found is None:
        return "judge.vote_unknown"
    group, judged = found
    if judged is None:
        return "judge.vote_not_judged"
    person = "first" if vote.winner == other else "second" if vote.winner == base else "tie"
    return _CHOICES.index(person), _CHOICES.index(judged), group


def _vote(line: str, number: int, path: Path) -> Vote:
    try:
        told: Any = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise EvalError("judge.bad_vote", file=path.name, line=number)
    question, a, b = (str(told.get(name) or "") for name in ("item", "a", "b"))
    question = question or str(told.get("question") or "")
    winner = str(told.get("winner") or "").strip()
    winner = {"a": a, "b": b}.get(winner.lower(), winner)
    if winner.lower() in _TIES:
        winner = "tie"
    if not question or not a or not b or a == b or winner not in {a, b, "tie"}:
        raise EvalError("judge.bad_vote", file=path.name, line=number)
    return Vote(question, a, b, winner)
