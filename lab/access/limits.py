"""How much visitors may take, each, by address and together, and how often anybody may guess the password.

A cookie is thrown away in a moment, an address is not; but a room may share one. So what one address may take is a
multiple of what one visitor may.

Knows: counts over the last minute and hour, in memory. Must not know who may do what. The host has no limits.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from lab import fields
from lab.errors import AccessError, UsageError
from lab.fields import knob

MINUTE, HOUR = 60.0, 3600.0
GUESSES_EACH, GUESSES_ALL = 5, 100
"""Wrong passwords a minute, of one address and of all."""
_REMEMBERED = 10_000
"""Visitors whose counts are kept; beyond them those without any are forgotten."""


@dataclass(frozen=True)
class Limits:
    """What visitors may take, each and together. ``LAB_LIMITS`` holds it as ``name=value`` pairs."""

    questions_each: int = knob(10, "access.questions_each", low=1, high=1000)
    """Questions a minute of one visitor."""
    questions_address: int = knob(40, "access.questions_address", low=1, high=10_000)
    questions_all: int = knob(60, "access.questions_all", low=1, high=10_000)
    at_once_each: int = knob(2, "access.at_once_each", low=1, high=100)
    """Questions of one visitor being answered at the same time."""
    at_once_address: int = knob(6, "access.at_once_address", low=1, high=1000)
    at_once_all: int = knob(8, "access.at_once_all", low=1, high=1000)
    answer_tokens: int = knob(256, "access.answer_tokens", low=1, high=100_000)
    """The longest answer a visitor may ask for."""
    tokens_each: int = knob(20_000, "access.tokens_each", low=1, high=10**9)
    """Tokens an hour given to one visitor."""
    tokens_address: int = knob(100_000, "access.tokens_address", low=1, high=10**9)
    tokens_all: int = knob(200_000, "access.tokens_all", low=1, high=10**9)
    votes_each: int = knob(60, "access.votes_each", low=1, high=10_000)
    """Requests a minute of one visitor to the blind vote; a vote takes two."""
    votes_address: int = knob(1000, "access.votes_address", low=1, high=100_000)
    votes_all: int = knob(2000, "access.votes_all", low=1, high=100_000)
    open_address: int = knob(200, "access.open_address", low=10, high=100_000)
    """Requests open at the same time; each page that is looked at holds one or two."""
    open_all: int = knob(800, "access.open_all", low=10, high=100_000)
    lessons_each: int = knob(6, "access.lessons_each", low=1, high=1000)
    """Facts an hour taught by one visitor; one at a time."""
    lessons_all: int = knob(30, "access.lessons_all", low=1, high=10_000)
    lessons_waiting: int = knob(4, "access.lessons_waiting", low=1, high=100)
    """Lessons of visitors that wait or run."""

    @staticmethod
    def read(text: str) -> Limits:
        """The limits written as ``questions_each=6 tokens_all=9000``; raises ``UsageError`` on what it cannot read."""
        pairs = [part.partition("=") for part in text.replace(",", " ").split()]
        if any(not equals for _, equals, _ in pairs):
            raise UsageError("access.bad_limits", value=text)
        limits = Limits(**{name: fields.parse(Limits, name, value) for name, _, value in pairs})
        fields.check(limits)
        return limits


@dataclass(frozen=True)
class Started:
    """A lesson that was started."""

    owner: str
    """The visitor."""
    seconds: float
    """How long ago."""
    is_active: bool
    """Whether it waits or runs."""


def check_lessons(limits: Limits, visitor: str, started: Sequence[Started]) -> None:
    """Raise ``AccessError`` where ``visitor`` may start no lesson now, beside those visitors have ``started``."""
    waiting = [one.owner for one in started if one.is_active]
    if visitor in waiting:
        raise AccessError("access.lesson_waiting")
    if len(waiting) >= limits.lessons_waiting:
        raise AccessError("access.lessons_waiting_reached", n=limits.lessons_waiting)
    lately = [one.owner for one in started if one.seconds < HOUR]
    if lately.count(visitor) >= limits.lessons_each:
        raise AccessError("access.lessons_each_reached", n=limits.lessons_each)
    if len(lately) >= limits.lessons_all:
        raise AccessError("access.lessons_all_reached", n=limits.lessons_all)


class Window:
    """Events of the last ``seconds``, by key."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds, self._clock = seconds, clock
        self._events: dict[str, deque[tuple[float, int]]] = {}

    def sum(self, key: str) -> int:
        """The amounts of ``key`` that still count."""
        return sum(amount for _, amount in self._fresh(key))

    def wait(self, key: str) -> int:
        """Seconds until the oldest of ``key`` no longer counts."""
        fresh = self._fresh(key)
        return max(1, round(fresh[0][0] + self._seconds - self._clock())) if fresh else 0

    def add(self, key: str, amount: int = 1) -> None:
        """Count ``amount`` for ``key`` now."""
        if len(self._events) > _REMEMBERED:
            for known in list(self._events):
                if not self._fresh(known):
                    del self._events[known]
        self._events.setdefault(key, deque()).append((self._clock(), amount))

    def _fresh(self, key: str) -> deque[tuple[float, int]]:
        events = self._events.get(key, deque())
        while events and events[0][0] <= self._clock() - self._seconds:
            events.popleft()
        return events


_ALL = "*"
_WHO = ("each", "address", "all")
"""Whose limits there are."""


class Visits:
    """What visitors took lately, and whether one may ask now."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = monotonic) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._questions, self._tokens = Window(MINUTE, clock), Window(HOUR, clock)
        self._votes = Window(MINUTE, clock)
        self._now: Counter[str] = Counter()
        self._connected: Counter[str] = Counter()

    @contextlib.contextmanager
    def asking(self, visitor: str, address: str) -> Iterator[None]:
        """Hold a place for one question during the block; raises ``AccessError`` saying which limit is reached."""
        keys = _keys(visitor, address)
        with self._lock:
            self._check(*keys)
            for key in keys:
                self._questions.add(key)
                self._now[key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._now.subtract(keys)
                self._now += Counter()  # keys at zero are forgotten

    @contextlib.contextmanager
    def connected(self, address: str) -> Iterator[None]:
        """Count a request as open during the block; raises ``AccessError`` where too many are."""
        with self._lock:
            for key, who in ((address, "address"), (_ALL, "all")):
                most = getattr(self.limits, f"open_{who}")
                if self._connected[key] >= most:
                    raise AccessError(f"access.open_{who}_reached", n=most)
            self._connected.update((address, _ALL))
        try:
            yield
        finally:
            with self._lock:
                self._connected.subtract((address, _ALL))
                self._connected += Counter()  # keys at zero are forgotten

    def voting(self, visitor: str, address: str) -> None:
        """Count a request to the vote; raises ``AccessError`` where there were too many.

        Each may write a line, and whoever keeps no cookie is a new voter every time.
        """
        keys = _keys(visitor, address)
        with self._lock:
            for key, who in zip(keys, _WHO, strict=True):
                if self._votes.sum(key) >= getattr(self.limits, f"votes_{who}"):
                    raise AccessError("access.votes_reached", seconds=self._votes.wait(key))
            for key in keys:
                self._votes.add(key)

    def spend(self, visitor: str, address: str, tokens: int) -> None:
        """Count the tokens of answers that were given."""
        with self._lock:
            for key in _keys(visitor, address):
                self._tokens.add(key, tokens)

    def check_length(self, tokens: int) -> None:
        """Raise ``AccessError`` for an answer longer than visitors may ask for."""
        if tokens > self.limits.answer_tokens:
            raise AccessError("access.answer_too_long", tokens=self.limits.answer_tokens)

    def _check(self, *keys: str) -> None:
        limits = self.limits
        for key, who in zip(keys, _WHO, strict=True):
            most = getattr(limits, f"at_once_{who}")
            if self._now[key] >= most:
                raise AccessError(f"access.at_once_{who}_reached", n=most)
        for window, what in ((self._questions, "questions"), (self._tokens, "tokens")):
            for key, who in zip(keys, _WHO, strict=True):
                most = getattr(limits, f"{what}_{who}")
                if window.sum(key) >= most:
                    wait = window.wait(key)
                    raise AccessError(
                        f"access.{what}_{who}_reached", n=most, seconds=wait, minutes=max(1, round(wait / 60))
                    )


def _keys(visitor: str, address: str) -> tuple[str, str, str]:
    """What is counted for whom, in the order of ``_WHO``."""
    return visitor, f"from {address}", _ALL


class Attempts:
    """Wrong passwords of the last minute."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._lock = threading.Lock()
        self._wrong = Window(MINUTE, clock)

    def check(self, address: str) -> None:
        """Raise ``AccessError`` where ``address``, or all together, guessed too often."""
        with self._lock:
            for key, most in ((address, GUESSES_EACH), (_ALL, GUESSES_ALL)):
                if self._wrong.sum(key) >= most:
                    raise AccessError("access.too_many_guesses", seconds=self._wrong.wait(key))

    def failed(self, address: str) -> None:
        """Count a wrong password."""
        with self._lock:
            for key in (address, _ALL):
                self._wrong.add(key)
