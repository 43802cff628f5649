"""Win rates, lengths and votes of a judging, from replies alone: by hand, and by simulation."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from lab.errors import EvalError
from lab.evals.evaluation import ItemRecord
from lab.evals.judging import comparing, votes
from lab.evals.judging.lengths import FEWEST, at_equal_length
from lab.evals.judging.records import JudgePlan, Judging, Said, ask_id
from lab.evals.judging.votes import Vote, kappa_of
from lab.records import Contestant, Message


def _judging(plan: JudgePlan | None = None) -> Judging:
    judge = Contestant("judge", "j")
    return Judging("j", "e", "h", "d", "v", "en", judge, "f", "base", plan or JudgePlan(), "2026-11-21T12:00:00Z")


def _record(n: int, who: str, answer: str | None, group: str = "") -> ItemRecord:
    turns = (Message("user", f"Question {n}?"),)
    return ItemRecord(f"q{n}", who, "new_wording", group or f"g{n}", turns, "yes", answer=answer)


def _said(n: int, forward: str, backward: str) -> dict[str, Said]:
    both = [(ask_id("pair", f"q{n}", "tuned", "ab"), forward), (ask_id("pair", f"q{n}", "tuned", "ba"), backward)]
    return {name: Said(name, "", f"WINNER: {side}" if side else "hm") for name, side in both}


def test_wins_ties_and_losses_are_counted_with_what_was_left_out() -> None:
    records, replies = [], {}
    outcomes = [("A", "B")] * 12 + [("A", "A")] * 4 + [("B", "A")] * 6 + [("A", "")] * 2
    for n, (forward, backward) in enumerate(outcomes):
        records += [_record(n, "base", "no"), _record(n, "tuned", f"yes {n}")]
        replies |= _said(n, forward, backward)
    records += [_record(90, "base", "Same."), _record(90, "tuned", "same"), _record(91, "base", None)]
    records += [_record(91, "tuned", "yes")]
    (row,) = comparing.wins(records, _judging(), replies)
    assert (row.wins, row.ties, row.losses, row.n, row.not_scored) == (12, 5, 6, 23, 3)
    assert (row.alike, row.turned) == (1, 4)
    assert row.why == {"judge.no_verdict_line": 2, "judge.no_answer": 1}
    assert row.rate is not None and row.rate.value == pytest.approx(14.5 / 23)
    assert row.state == "unclear" and row.rate.low is not None and row.rate.low < 0.5
    asked = list(comparing.asks(records, _judging(), "pairs", {}))
    assert len(asked) == 2 * 24, "equal and missing answers are not asked about"
    assert all(one.id in replies for one in asked)


def test_too_few_pairs_are_not_called_a_win() -> None:
    records = [one for n in range(10) for one in (_record(n, "base", "no"), _record(n, "tuned", "yes"))]
    replies = {name: said for n in range(10) for name, said in _said(n, "A", "B").items()}
    (row,) = comparing.wins(records, _judging(), replies)
    assert row.rate is not None and row.rate.value == 1.0 and row.state == "too_few"
    assert row.rate.low is not None and row.rate.low < 0.8, "ten of ten is not certainty"


def test_the_limit_takes_the_same_questions_each_time() -> None:
    records = [one for n in range(30) for one in (_record(n, "base", "no"), _record(n, "tuned", "yes"))]
    plan = JudgePlan(max_items=7)
    first = [pair.mine.item for pair in comparing.pairs(records, _judging(plan))]
    assert len(first) == 7 and first == [pair.mine.item for pair in comparing.pairs(records, _judging(plan))]
    assert len(list(comparing.asks(records, _judging(plan), "grades", {}))) == 14


def test_grades_are_differenced_question_by_question() -> None:
    records, replies = [], {}
    for n in range(24):
        for who, grade in (("base", n % 2), ("tuned", 2 if n < 20 else 7)):
            records.append(_record(n, who, f"{who} {n}"))
            name = ask_id("grade", f"q{n}", who)
            replies[name] = Said(name, "", f"SCORE: {grade}")
    base, tuned = comparing.grades(records, _judging(), replies)
    assert base.counts == (12, 12, 0) and base.difference is None and base.mean and base.mean.value == 0.5
    assert tuned.counts == (0, 0, 20) and tuned.not_scored == 4 and tuned.why == {"judge.no_such_grade": 4}
    assert tuned.difference is not None and tuned.difference.value == 1.5 and tuned.state == "up"


def test_a_judge_that_only_likes_length_sees_no_difference_at_equal_length() -> None:
    draw = random.Random(5)
    longer = [draw.gauss(12, 10) for _ in range(300)]
    won = [float(draw.random() < 1 / (1 + np.exp(-difference / 6))) for difference in longer]
    assert sum(won) / len(won) > 0.75, "raw, the longer contestant wins"
    found = at_equal_length(won, longer, [str(n) for n in range(300)])
    assert found.value is not None and found.low is not None and found.high is not None and found.slope is not None
    assert found.low < 0.5 < found.high and found.slope > 1


def test_a_better_contestant_stays_better_at_equal_length() -> None:
    draw = random.Random(7)
    longer = [draw.gauss(0, 10) for _ in range(300)]
    won = [float(draw.random() < 0.8) for _ in longer]
    found = at_equal_length(won, longer, [str(n // 2) for n in range(300)])
    assert found.value is not None and found.low is not None and abs(found.value - 0.8) < 0.07 and found.low > 0.6
    everything = at_equal_length([1.0] * FEWEST, longer[:FEWEST], [str(n) for n in range(FEWEST)])
    assert everything.value is not None and 0.9 < everything.value < 1.0, "finite where one side wins everything"


@pytest.mark.parametrize(
    ("won", "longer", "why"),
    [
        ([1.0] * (FEWEST - 1), [1.0, 2.0] * 24 + [3.0], "judge.too_few_for_length"),
        ([1.0, 0.0] * 30, [4.0] * 60, "judge.always_as_long"),
    ],
)
def test_length_is_left_alone_where_it_cannot_be_told(won: list[float], longer: list[float], why: str) -> None:
    found = at_equal_length(won, longer, [str(n) for n in range(len(won))])
    assert found.value is None and found.why == why


def test_kappa_is_cohens() -> None:
    # 20 and 15 agreed, 5 and 10 not: 0.7 observed, 0.5 by chance.
    assert kappa_of(np.asarray([20.0, 5.0, 10.0, 15.0])) == pytest.approx(0.4)
    assert kappa_of(np.eye(3).ravel() * 4) == pytest.approx(1.0)
    assert np.isnan(kappa_of(np.asarray([9.0, 0.0, 0.0, 0.0])))


def test_votes_are_held_against_the_judge_over_the_same_pairs() -> None:
    records, replies = [], {}
    for n in range(40):
        records += [_record(n, "base", "no"), _record(n, "tuned", f"yes {n}")]
        replies |= _said(n, "A", "B") if n % 2 else _said(n, "B", "A")
    alike = [Vote(f"q{n}", "base", "tuned", "tuned" if n % 2 else "base") for n in range(40)]
    other = [Vote("Question 3?", "tuned", "base", "tuned"), Vote("q1", "x", "base", "x"), Vote("q1", "x", "y", "x")]
    found = votes.agreement([*alike, *other], records, _judging(), replies)
    assert found is not None and (found.n, found.votes) == (41, 43)
    assert found.left_out == {"judge.vote_unknown": 1, "judge.vote_other_pair": 1}
    assert found.kappa is not None and found.kappa.value == pytest.approx(1.0)
    against = [Vote(f"q{n}", "base", "tuned", "tuned" if n % 3 else "base") for n in range(40)]
    unlike = votes.agreement(against, records, _judging(), replies)
    assert unlike is not None and unlike.kappa is not None and unlike.kappa.value < 0.2
    assert unlike.kappa.low is not None and unlike.kappa.high is not None
    assert unlike.kappa.low < unlike.kappa.value < unlike.kappa.high
    assert votes.agreement([], records, _judging(), replies) is None


def test_blind_votes_on_the_same_answers_count_once_a_voter(tmp_path: Path) -> None:
    file = tmp_path / "votes.jsonl"
    vote = {"poll": "p", "question": "q1", "a": "base", "b": "tuned", "winner": "base", "voter": "v"}
    lines: list[dict[str, object]] = [
        {"poll": {"id": "p", "source": "e"}},
        {"poll": {"id": "other", "source": "another"}},
        {"shown": {"poll": "p", "item": "q1"}},
        {"vote": vote},
        {"vote": {**vote, "winner": "tuned"}},
        {"vote": {**vote, "voter": "w", "winner": "both_bad"}},
        {"vote": {**vote, "poll": "other"}},
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = votes.cast(file, "e")
    assert found == [Vote("q1", "base", "tuned", "tuned"), Vote("q1", "base", "tuned", "both_bad")]
    records = [_record(1, "base", "no"), _record(1, "tuned", "yes")]
    beside = votes.agreement(found, records, _judging(), _said(1, "A", "B"))
    assert beside is not None and beside.table == ((1, 0, 0), (0, 0, 0), (1, 0, 0)), "both bad is a tie"
    assert votes.cast(tmp_path / "none.jsonl", "e") == []


@pytest.mark.parametrize(("said", "n"), [("yes", 1), ("Yes, but otherwise.", 0)])
def test_votes_of_comparisons_count_where_both_answers_are_the_very_same(tmp_path: Path, said: str, n: int) -> None:
    records = [_record(1, "base", "no"), _record(1, "tuned", "yes")]
    ballot = {"item": "duel-7", "question": records[0].question, "a": "no", "b": said}
    vote = {"poll": "p", "question": "duel-7", "a": "base", "b": "tuned", "winner": "tuned", "voter": "v"}
    lines = [{"poll": {"id": "p", "source": "", "a": "base", "b": "tuned", "ballots": [ballot]}}, {"vote": vote}]
    (tmp_path / "votes.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = votes.cast(tmp_path / "votes.jsonl", "e", records)
    assert len(found) == n
    beside = votes.agreement(found, records, _judging(), _said(1, "A", "B"))
    assert (beside.n if beside else 0) == n


@pytest.mark.parametrize(
    "line",
    [
        "no",
        "[]",
        '{"item": "q1", "a": "x", "b": "y"}',
        '{"item": "q1", "a": "x", "b": "x", "winner": "x"}',
        '{"item": "q1", "a": "x", "b": "y", "winner": "z"}',
        '{"a": "x", "b": "y", "winner": "a"}',
    ],
)
def test_a_line_that_is_no_vote_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "votes.jsonl"
    good = {"question": "Who?", "a": "x", "b": "y", "winner": "b"}
    file.write_text(json.dumps(good) + "\n\n" + line + "\n")
    with pytest.raises(EvalError) as caught:
        votes.read(file)
    assert caught.value.key == "judge.bad_vote" and caught.value.values["line"] == 3
    file.write_text("".join(json.dumps({**good, "winner": said}) + "\n" for said in ("a", "y", "Both_Bad", "平")))
    assert [vote.winner for vote in votes.read(file)] == ["x", "y", "tie", "tie"]
