"""Rights, and a caller with some of them.

Knows: what there is to be allowed, and the sentence of each refusal. Must not know how anybody proves who they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lab.access.limits import Limits
from lab.errors import AccessError
from lab.settings import VISITOR_LEVELS, Settings


class Right(StrEnum):
    """What a handler or a route needs of its caller."""

    READ = "read"
    CHAT = "chat"
    """Ask the models, within the limits of visitors."""
    VOTE = "vote"
    TEACH = "teach"
    """Teach a fact in a corner of one's own."""
    WRITE = "write"
    """Everything else: upload, train, stop, delete, ship, name files and addresses."""


EVERYTHING = frozenset(Right)
NOTHING: frozenset[Right] = frozenset()
_READ = frozenset({Right.READ})
_CHAT = _READ | {Right.CHAT, Right.VOTE}
_LEVELS = dict(zip(VISITOR_LEVELS, (_READ, _CHAT, _CHAT | {Right.TEACH}), strict=True))


@dataclass(frozen=True)
class Caller:
    """Whoever makes a request."""

    rights: frozenset[Right] = NOTHING
    id: str = ""
    """What a visitor's own votes, questions and corner are kept under."""
    name: str = ""
    """As they call themselves, or are called by who signed them in; shown on runs, votes and marks."""
    host: bool = False
    signed_in: bool = False
    """Whether the name is of somebody who signed in; else it was only typed."""
    address: str = ""
    """The network address of a visitor, for limits."""
    limits: Limits | None = None
    """What a visitor may take; the host has none."""
    why: str = "access.host_only"
    """Words key of what a refusal says."""

    @property
    def owns(self) -> str:
        """What is written on things they make: a visitor's id; empty for the host, whose everything else is."""
        return "" if self.host else self.id

    def may(self, right: Right) -> bool:
        """Whether the caller has ``right``."""
        return right in self.rights

    def require(self, right: Right) -> None:
        """Raise ``AccessError`` with what to do, unless the caller has ``right``."""
        if not self.may(right):
            raise AccessError(self.why)


def visitor(settings: Settings, can_sign_in: bool) -> Caller:
    """A visitor of a lab with these settings, nameless."""
    if settings.demo:
        return Caller(_READ, why="access.demo")
    return Caller(_LEVELS[settings.visitors], why="access.host_only" if can_sign_in else "access.no_host")


def host(settings: Settings, name: str = "") -> Caller:
    """The host of a lab with these settings: in a demo also the host only reads."""
    if settings.demo:
        return Caller(_READ, name=name, host=True, why="access.demo")
    return Caller(EVERYTHING, name=name, host=True)
