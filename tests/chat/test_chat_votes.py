"""Blind votes: sides, counts and what they say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from lab.chat import telling
from lab.chat.votes import BOTH, Poll, Votes, duels_poll, poll
from lab.errors import UsageError
from lab.workspace import Workspace, read_jsonl


def _poll(questions: int = 6) -> Poll:
    said = [(f"q{n}", f"Question {n}?", f"base says {n}", f"tuned says {n}") for n in range(questions)]
    return poll("family", "an-evaluation", "base", "ft-family", said)


@pytest.fixture
def votes(tmp_path: Path) -> Votes:
    return Votes(Workspace(tmp_path))


def test_only_answers_that_differ_are_voted_on_and_the_rest_is_counted() -> None:
    said = [("1", "?", "a", "b"), ("2", "?", "same  text", "same text"), ("3", "?", None, "b"), ("4", "?", "a", "")]
    made = poll("d", "e", "base", "ft", said)
    assert [one.item for one in made.ballots] == ["1"]
    assert (made.same, made.unanswered) == (1, 2)


def test_a_poll_without_a_choice_does_not_open(votes: Votes) -> None:
    with pytest.raises(UsageError) as refused:
        votes.open(duels_poll([]))
    assert refused.value.key == "votes.nothing_to_vote_on" and votes.current() is None


def test_the_side_is_on_the_disk_before_it_is_shown_and_a_reload_shows_the_same(votes: Votes, tmp_path: Path) -> None:
    made = votes.open(_poll())
    shown = votes.show(made, "v-1")
    assert shown is not None
    kept = [line["shown"] for line in read_jsonl(tmp_path / "chat" / "votes.jsonl") if "shown" in line]
    assert [(one["item"], one["left"]) for one in kept] == [(shown[0].item, shown[1])]
    assert [Votes(Workspace(tmp_path)).show(made, "v-1") for _ in range(5)] == [shown] * 5


def test_sides_are_balanced_for_each_question_and_in_all(votes: Votes) -> None:
    made = votes.open(_poll())
    sides: Counter[tuple[str, str]] = Counter()
    for voter in range(8):
        while shown := votes.show(made, f"v-{voter}"):
            sides[(shown[0].item, shown[1])] += 1
            votes.cast(made, shown[0].item, f"v-{voter}", "both")
    assert all(sides[(one.item, made.a)] == sides[(one.item, made.b)] == 4 for one in made.ballots)


def test_a_choice_is_for_whoever_stood_there_and_the_last_one_counts(votes: Votes) -> None:
    made = votes.open(_poll(1))
    shown = votes.show(made, "v")
    assert shown is not None
    item, left = shown[0].item, shown[1]
    votes.cast(made, item, "v", "both")
    ratings = {"left": {"fluency": "4", "relevance": "9"}, "right": {"fluency": None}}
    votes.cast(made, item, "v", "left", name="Ada", ratings=ratings)
    result = votes.result(made)
    assert [vote.winner for vote in result.votes] == [left] and result.counts[BOTH] == 0
    assert result.votes[0].ratings == {left: {"fluency": 4}}
    assert result.ratings(left, "fluency") == (4.0, 1)


@pytest.mark.parametrize(("item", "choice"), [("q0", "best"), ("q5", "left"), ("nothing", "left")])
def test_what_was_not_offered_cannot_be_chosen(votes: Votes, item: str, choice: str) -> None:
    made = votes.open(_poll())
    assert votes.show(made, "v") is not None
    with pytest.raises(UsageError):
        votes.cast(made, item, "v", choice)
    assert votes.votes() == []


@pytest.mark.parametrize(
    ("chosen", "key"),
    [(["left"] * 12, "side_suspicious"), (["left", "right"] * 6, "side_even"), (["left"] * 3, "side_few")],
)
def test_a_preferred_side_is_said(votes: Votes, chosen: list[str], key: str) -> None:
    made = votes.open(_poll(1))
    for voter, choice in enumerate(chosen):
        assert votes.show(made, f"v-{voter}")
        votes.cast(made, "q0", f"v-{voter}", choice)
    whole = votes.result(made)
    assert telling.sides(whole)[0] == f"votes.{key}"
    assert telling.result(whole, "tuned")[1]["decided"] == len(chosen)
    if key == "side_suspicious":
        assert whole.preferred.k == 6, "sides were balanced, so choosing the left prefers nobody"


def test_votes_have_an_interval_each_question_and_in_all(votes: Votes) -> None:
    made = votes.open(_poll(2))
    for voter in range(10):
        while shown := votes.show(made, f"v-{voter}"):
            tuned_left = shown[1] == made.b
            votes.cast(made, shown[0].item, f"v-{voter}", "left" if tuned_left else "right")
    whole = votes.result(made)
    assert (whole.preferred.k, whole.preferred.n, whole.voters) == (20, 20, 10)
    low, high = whole.preferred.interval or (0, 0)
    assert 0.3 < low < 0.4 and high == 1  # of two questions: twenty votes for one side tell no more than two would
    assert not whole.is_lopsided
    assert [len(of.votes) for _, of in votes.by_question(made)] == [10, 10]
