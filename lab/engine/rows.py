"""One request while it is being answered: what was asked, the tokens so far, and when to stop.

Knows token ids, text and stop strings. Must not know torch, HTTP or which model writes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tokenizers import Tokenizer

from lab.engine.names import Wanted
from lab.errors import LabError
from lab.records import Decoding, Message

UNFINISHED = "\ufffd"
"""What a tokenizer writes for the first bytes of a character whose last bytes are still to come."""


@dataclass(frozen=True)
class Started:
    """The prompt is read; the first token follows."""

    prompt_tokens: int
    fingerprint: str


@dataclass(frozen=True)
class Piece:
    """Text that will not change any more."""

    text: str
    tokens: int
    """Tokens written so far."""


@dataclass(frozen=True)
class Ended:
    """The answer is whole."""

    reason: str
    """``stop``, ``length`` or ``cancelled``."""
    tokens: int
    seconds: float
    first_token_seconds: float | None


@dataclass(frozen=True)
class Failed:
    """The answer will not come."""

    error: LabError


Event = Started | Piece | Ended | Failed


@dataclass(eq=False)
class Ask:
    """One question to one model. ``cancel()`` may be called from any thread."""

    wanted: Wanted
    messages: tuple[Message, ...]
    decoding: Decoding
    emit: Callable[[Event], None]
    """Called in the model's thread; must not block."""
    cancelled: bool = False
    arrived: float = field(default_factory=time.monotonic)

    def cancel(self) -> None:
        """Stop writing at the next step."""
        self.cancelled = True


@dataclass(eq=False)
class ScoreAsk:
    """Candidates to be read, not written."""

    wanted: Wanted
    messages: tuple[Message, ...]
    candidates: tuple[str, ...]
    done: Callable[[Any], None]
    """Called once in the model's thread with a list of token log-probabilities per candidate and the
    fingerprint, or with a ``LabError``."""
    cancelled: bool = False


class Row:
    """One answer being written."""

    def __init__(self, ask: Ask, prompt: list[int], tokenizer: Tokenizer, ends: frozenset[int], room: int) -> None:
        self.ask = ask
        self.prompt = prompt
        self.tokens: list[int] = []
        self.reason: str | None = None
        """Why it ended; ``None`` while it is being written."""
        self.sampler: Any = None
        self.adapter = ""
        self._tokenizer = tokenizer
        self._ends = ends
        self._limit = min(ask.decoding.max_tokens, room)
        self._stops = tuple(stop for stop in ask.decoding.stop if stop)
        self._said = 0
        """Characters already emitted."""
        self._searched = 0
        """Stop strings are looked for from this character on."""
        self._first: float | None = None

    @property
    def may_end(self) -> bool:
        """Whether the next token may be an end mark."""
        return len(self.tokens) >= self.ask.decoding.min_tokens

    def accept(self, token: int) -> None:
        """Add the token the sampler chose; emit what is certain of the text; end if it is time."""
        if self._first is None:
            self._first = time.monotonic() - self.ask.arrived
        self.tokens.append(token)
        if token in self._ends and len(self.tokens) > self.ask.decoding.min_tokens:
            self._finish(self._text(), "stop")
            return
        text = self._text()
        if len(self.tokens) <= self.ask.decoding.min_tokens:
            self._searched = len(text)
        else:
            found = [at for at in (text.find(stop, self._searched) for stop in self._stops) if at >= 0]
            if found:
                self._finish(text[: min(found)], "stop")
                return
        if len(self.tokens) >= self._limit:
            self._finish(text, "length")
        else:
            self._say(text[: len(text) - self._held_back(text)])

    def end(self, reason: str) -> None:
        """Stop here with the text written so far."""
        self._finish(self._text() if self.tokens else "", reason)

    def _text(self) -> str:
        return str(self._tokenizer.decode(self.tokens, skip_special_tokens=True))

    def _held_back(self, text: str) -> int:
        """Characters at the end that may still turn into something else: half a character, half a stop string."""
        held = len(text) - len(text.rstrip(UNFINISHED))
        for stop in self._stops:
            for length in range(min(len(stop) - 1, len(text)), held, -1):
                if text.endswith(stop[:length]):
                    held = length
                    break
        return held

    def _say(self, text: str) -> None:
        if len(text) > self._said:
            self.ask.emit(Piece(text[self._said :], len(self.tokens)))
            self._said = len(text)

    def _finish(self, text: str, reason: str) -> None:
        self._say(text.rstrip(UNFINISHED))  # the rest of the character will not come
        self.reason = reason
        self.ask.emit(Ended(reason, len(self.tokens), time.monotonic() - self.ask.arrived, self._first))
