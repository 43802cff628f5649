"""Blind votes: two answers without names, which side each stands on, and what people chose.

    chat/votes.jsonl   {"poll": …} what is voted on, its answers with it · {"shown": …} who was to see which answer on
                       the left, before they saw it · {"vote": …} a choice

Lines are only ever added. A voter who chooses again for the same question has changed their mind: the last counts.
Knows polls, sides and counts. Must not know where answers come from, nor how anything is shown.
"""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lab.chat import Duel
from lab.errors import UsageError
from lab.intervals import grouped_wilson, wilson
from lab.records import from_json, to_json
from lab.workspace import Workspace, append_jsonl, locked, now, read_jsonl

CHOICES = ("left", "right", "both", "neither")
ASPECTS = ("relevance", "fluency", "factuality", "professionalism")
GRADES = (1, 2, 3, 4, 5)
BOTH, NEITHER = "both_good", "both_bad"
MOST_QUESTIONS = 12
"""Questions of one poll: as many as a person answers on a phone."""
ENOUGH = 10
"""Decided votes from which a side may be called preferred."""


@dataclass(frozen=True)
class Ballot:
    """One question and the two answers people choose between."""

    item: str
    """The id of the evaluation's item, or of the comparison."""
    question: str
    a: str
    """What contestant ``a`` of the poll said."""
    b: str


@dataclass(frozen=True)
class Poll:
    """What is voted on: it holds its answers, so it stays as it was."""

    id: str
    title: str
    """The data set, or what else the questions are of."""
    source: str
    """The evaluation the answers come from; empty for comparisons."""
    a: str
    b: str
    """Names of the two contestants."""
    ballots: tuple[Ballot, ...]
    created: str
    same: int = 0
    """Questions left out because both answers are the same."""
    unanswered: int = 0
    """Questions left out because an answer is missing."""


@dataclass(frozen=True)
class Vote:
    """What one person chose."""

    poll: str
    question: str
    """The ballot's ``item``."""
    a: str
    b: str
    winner: str
    """Name of the better one; ``both_good`` or ``both_bad``."""
    choice: str
    """What was pressed: ``left``, ``right``, ``both`` or ``neither``."""
    left: str
    """Name of the one who stood on the left."""
    voter: str
    name: str
    """As the voter calls themselves; empty where they do not."""
    time: str
    ratings: dict[str, dict[str, int]] = field(default_factory=dict)
    """Contestant → aspect → 1 to 5; only what was rated."""


@dataclass(frozen=True)
class Share:
    """How often something was chosen, of how many."""

    k: int
    n: int
    groups: tuple[tuple[int, int], ...] = ()
    """(k, n) of each question, where votes on one question hang together."""

    @property
    def value(self) -> float | None:
        """The share; ``None`` of nothing."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, by Wilson; with ``groups`` for further questions of the kind, not for further votes on these."""
        if not self.n:
            return None
        return grouped_wilson(self.groups) if self.groups else wilson(self.k, self.n)


@dataclass(frozen=True)
class Result:
    """What came of a poll, or of one of its questions."""

    votes: tuple[Vote, ...]
    a: str
    b: str

    @cached_property
    def counts(self) -> dict[str, int]:
        """Votes for ``a``, for ``b``, for both and for neither."""
        won = Counter(vote.winner for vote in self.votes)
        return {name: won[name] for name in (self.a, self.b, BOTH, NEITHER)}

    @property
    def voters(self) -> int:
        """How many people voted."""
        return len({vote.voter for vote in self.votes})

    @property
    def preferred(self) -> Share:
        """How often ``b`` was better, of the votes that chose one."""
        questions: dict[str, Counter[str]] = {}
        for vote in self.votes:
            questions.setdefault(vote.question, Counter())[vote.winner] += 1
        groups = tuple((won[self.b], won[self.a] + won[self.b]) for won in questions.values())
        return Share(self.counts[self.b], self.counts[self.a] + self.counts[self.b], groups)

    @property
    def left(self) -> Share:
        """How often the left side was chosen, of the votes that chose one.

        Sides are drawn, so without a liking for one each vote falls left or right by itself: no groups.
        """
        sides = Counter(vote.choice for vote in self.votes)
        return Share(sides["left"], sides["left"] + sides["right"])

    @property
    def is_lopsided(self) -> bool:
        """Whether one side was chosen so often that chance does not explain it."""
        interval = self.left.interval
        return interval is not None and self.left.n >= ENOUGH and not interval[0] <= 0.5 <= interval[1]

    def ratings(self, contestant: str, aspect: str) -> tuple[float | None, int]:
        """The mean grade and how many gave one."""
        given = [grade for vote in self.votes if (grade := vote.ratings.get(contestant, {}).get(aspect))]
        return (sum(given) / len(given) if given else None), len(given)


class Votes:
    """The polls of one workspace and what was voted."""

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.votes()
        self._lock = self._path.with_name(".votes.lock")

    def open(self, poll: Poll) -> Poll:
        """From now on people vote on this; raises ``UsageError`` where there is nothing to choose between."""
        if not poll.ballots:
            raise UsageError("votes.nothing_to_vote_on", same=poll.same, unanswered=poll.unanswered)
        self._add("poll", to_json(poll))
        return poll

    def polls(self) -> list[Poll]:
        """Every poll, newest first."""
        return [from_json(Poll, line["poll"]) for line in self._lines() if "poll" in line][::-1]

    def current(self) -> Poll | None:
        """What is voted on now."""
        return next(iter(self.polls()), None)

    def votes(self, poll: str = "") -> list[Vote]:
        """Each voter's last choice for each question, oldest first; only of ``poll`` if named."""
        last: dict[tuple[str, str, str], Vote] = {}
        for line in self._lines():
            if "vote" in line:
                vote = from_json(Vote, line["vote"])
                last[(vote.poll, vote.question, vote.voter)] = vote
        return [vote for vote in last.values() if not poll or vote.poll == poll]

    def show(self, poll: Poll, voter: str) -> tuple[Ballot, str] | None:
        """The voter's next question and who stands on the left; ``None`` when they have answered them all.

        The side is written down before anybody sees it, so a reload shows the same; sides are balanced over all who
        are asked, and drawn where they are even. Questions with the fewest votes come first.
        """
        with locked(self._lock):
            votes = self.votes(poll.id)
            done = {vote.question for vote in votes if vote.voter == voter}
            asked = Counter(vote.question for vote in votes)
            left = [one for one in poll.ballots if one.item not in done]
            if not left:
                return None
            sides = self._sides(poll.id)
            begun = next((one for one in left if (one.item, voter) in sides), None)
            ballot = begun or min(left, key=lambda one: asked[one.item])
            side = sides.get((ballot.item, voter)) or _side(poll, ballot, sides)
            if begun is None:
                self._write(
                    "shown", {"poll": poll.id, "item": ballot.item, "voter": voter, "left": side, "time": now()}
                )
            return ballot, side

    def cast(
        self, poll: Poll, item: str, voter: str, choice: str, *, name: str = "", ratings: dict[str, Any] | None = None
    ) -> Vote:
        """Keep a choice; raises ``UsageError`` for one that was not offered to this voter."""
        if choice not in CHOICES:
            raise UsageError("votes.no_such_choice")
        with locked(self._lock):
            left = self._sides(poll.id).get((item, voter))
            if left is None:
                raise UsageError("votes.not_shown")
            right = poll.b if left == poll.a else poll.a
            winner = {"left": left, "right": right, "both": BOTH, "neither": NEITHER}[choice]
            graded = {left: _grades((ratings or {}).get("left")), right: _grades((ratings or {}).get("right"))}
            kept = {who: grades for who, grades in graded.items() if grades}
            vote = Vote(poll.id, item, poll.a, poll.b, winner, choice, left, voter, name, now(), kept)
            self._write("vote", to_json(vote))
        return vote

    def result(self, poll: Poll) -> Result:
        """What came of it, over all questions."""
        return Result(tuple(self.votes(poll.id)), poll.a, poll.b)

    def by_question(self, poll: Poll) -> list[tuple[Ballot, Result]]:
        """What came of each question."""
        votes = self.votes(poll.id)
        return [
            (ballot, Result(tuple(vote for vote in votes if vote.question == ballot.item), poll.a, poll.b))
            for ballot in poll.ballots
        ]

    def _sides(self, poll: str) -> dict[tuple[str, str], str]:
        shown = (line["shown"] for line in self._lines() if "shown" in line)
        return {(one["item"], one["voter"]): one["left"] for one in shown if one["poll"] == poll}

    def _lines(self) -> Iterable[dict[str, Any]]:
        return read_jsonl(self._path)

    def _add(self, kind: str, value: Any) -> None:
        with locked(self._lock):
            self._write(kind, value)

    def _write(self, kind: str, value: Any) -> None:
        append_jsonl(self._path, {kind: value})


def poll(title: str, source: str, a: str, b: str, said: Sequence[tuple[str, str, str | None, str | None]]) -> Poll:
    """A poll of (item, question, answer of ``a``, answer of ``b``): at most 12, drawn evenly from those that differ."""
    whole = [(item, question, one, other) for item, question, one, other in said if one and other]
    differing = [Ballot(*entry) for entry in whole if " ".join(entry[2].split()) != " ".join(entry[3].split())]
    made = now()
    name = f"{made[:19].replace('-', '').replace(':', '').replace('T', '-')}-{secrets.token_hex(3)}"
    if len(differing) > MOST_QUESTIONS:
        places = sorted(random.Random(name).sample(range(len(differing)), MOST_QUESTIONS))
        differing = [differing[place] for place in places]
    same = sum(" ".join(one.split()) == " ".join(other.split()) for _, _, one, other in whole)
    return Poll(name, title, source, a, b, tuple(differing), made, same, len(said) - len(whole))


def duels_poll(found: Sequence[Duel], a: str = "", b: str = "") -> Poll:
    """A poll of what was asked side by side; without names, of the two contestants asked together most often."""
    pairs = Counter((one.contestants[0].name, one.contestants[1].name) for one in found if len(one.contestants) == 2)
    pairs = Counter({pair: n for pair, n in pairs.items() if pair[0] != pair[1]})
    if not (a and b):
        a, b = pairs.most_common(1)[0][0] if pairs else ("", "")
    said: dict[str, tuple[str, str, str | None, str | None]] = {}
    for one in found:
        by = {who.name: answer.text for who, answer in zip(one.contestants, one.answers, strict=False)}
        if a in by and b in by:
            said.setdefault(one.question, (one.id, one.question, by[a], by[b]))
    return poll("", "", a, b, list(said.values()))


def _side(poll: Poll, ballot: Ballot, sides: dict[tuple[str, str], str]) -> str:
    """Who was on the left less often: for this question, else in all; drawn where that is even."""
    here = Counter(left for (item, _), left in sides.items() if item == ballot.item)
    all_over = Counter(sides.values())
    for counted in (here, all_over):
        if counted[poll.a] != counted[poll.b]:
            return min((poll.a, poll.b), key=lambda name: counted[name])
    return secrets.choice((poll.a, poll.b))


def _grades(given: Any) -> dict[str, int]:
    """The grades of one answer that are grades."""
    if not isinstance(given, dict):
        return {}
    return {aspect: int(given[aspect]) for aspect in ASPECTS if str(given.get(aspect)) in {str(g) for g in GRADES}}
