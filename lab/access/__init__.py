"""Who is asking, and what they may do: one seam for the page's handlers, its routes and ``/v1``.

Knows: rights and who has which, whose request this is (this machine's, a session's, a key's or a stranger's), and
who acts right now. Must not know gradio, nor what any handler does.

    a lab on loopback      whoever reaches it from this machine is its host; pages of other sites may nothing
    a lab others reach     the host: signed in with LAB_PASSWORD, or as the Space's owner
                           visitors: everybody else; they read, and as LAB_VISITORS says ask, vote and teach
    LAB_DEMO=1             everybody reads, nobody changes anything
"""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from urllib.parse import urlsplit

from lab.access import cookies
from lab.access.cookies import Cookies, plain_name, visitor_id
from lab.access.limits import Attempts, Limits, Visits
from lab.access.rights import EVERYTHING, NOTHING, Caller, Right, host, visitor
from lab.access.sessions import Sessions, same
from lab.errors import AccessError, EngineError
from lab.settings import Settings, SpaceAccess, is_loopback

__all__ = [
    "Access",
    "Caller",
    "Limits",
    "Right",
    "acting",
    "called",
    "changes",
    "current",
    "require",
    "require_corner",
    "require_own",
    "sees",
]

_AT_HOME = Caller(EVERYTHING, host=True)
"""Whoever started this process: outside of any request, in the command line or a worker, it is them."""
_current: ContextVar[Caller | None] = ContextVar("caller", default=None)


def current() -> Caller:
    """Who acts right now."""
    return _current.get() or _AT_HOME


@contextlib.contextmanager
def acting(caller: Caller) -> Iterator[None]:
    """Let ``caller`` be the one who acts in the block."""
    token = _current.set(caller)
    try:
        yield
    finally:
        _current.reset(token)


def require(right: Right) -> None:
    """Raise ``AccessError`` unless who acts right now has ``right``."""
    current().require(right)


def require_corner() -> None:
    """Raise ``AccessError`` unless who acts right now may start something: the host, or a visitor who may teach."""
    if not current().may(Right.TEACH):
        require(Right.WRITE)


def require_own(owner: str) -> None:
    """Raise ``AccessError`` unless who acts right now may change what belongs to ``owner``."""
    if not changes(owner):
        require(Right.WRITE)


def changes(owner: str) -> bool:
    """Whether who acts right now may stop what belongs to ``owner``, or go on from it: the host, or that visitor."""
    caller = current()
    return caller.may(Right.WRITE) or (caller.may(Right.TEACH) and bool(owner) and owner == caller.id)


def sees(owner: str) -> bool:
    """Whether who acts right now may see what belongs to ``owner``: a visitor's corner is theirs and the host's."""
    caller = current()
    return not owner or caller.host or owner == caller.id


def called(typed: str = "") -> str:
    """The name of who acts right now: the one somebody vouched for, else the one that was typed."""
    caller = current()
    return (caller.name if caller.signed_in else "") or plain_name(typed) or caller.name


class Access:
    """Everything one lab knows of who reaches it."""

    def __init__(self, settings: Settings, space: SpaceAccess | None = None, folder: Path | None = None) -> None:
        self.settings = settings
        self.space = space or SpaceAccess()
        self.open = is_loopback(settings.host)
        """Only this machine reaches the lab, so nobody signs in."""
        self.by_password = bool(settings.password) and not self.open
        self.by_hub = self.space.complete and not self.open
        self.cookies = Cookies(settings, framed=bool(self.space.hosts))
        self.sessions = Sessions(folder, settings.port)
        """With ``folder``, also those of other processes are seen and ended."""
        self.attempts = Attempts()
        self.visits = Visits(Limits.read(settings.limits))

    @property
    def can_sign_in(self) -> bool:
        """Whether there is a way to become the host."""
        return self.by_password or self.by_hub

    def check_host(self, name: str) -> None:
        """Raise ``AccessError`` when a lab bound to loopback is asked for by another name (DNS rebinding)."""
        if self.open and not is_loopback(name):
            raise AccessError("access.wrong_host")

    def is_ours(self, origin: str, name: str) -> bool:
        """Whether a request comes from a page of this lab: no ``Origin``, or one of its own addresses."""
        if not origin:
            return True
        netloc = urlsplit(origin).netloc
        if self.open:
            return is_loopback(netloc)
        return netloc in {name, urlsplit(self.settings.address).netloc, *self.space.hosts} - {""}

    def caller(self, headers: Mapping[str, str], address: str) -> Caller:
        """Whose request it is by its headers; raises ``AccessError`` where a wrong key was sent, or too many were."""
        if not self.is_ours(headers.get("origin", ""), headers.get("host", "")):
            return Caller(NOTHING, why="access.wrong_origin")
        jar = headers.get("cookie", "")
        token = self.cookies.visitor(jar)
        if self.open:
            return replace(host(self.settings, self.cookies.name(jar)), id=visitor_id(token) if token else "")
        given = _bearer(headers.get("authorization", ""))
        if given and self.by_password:
            return self._by_password(given, address)
        signed_in = self.sessions.find(self.cookies.read(jar, cookies.SESSION))
        if signed_in:
            return replace(signed_in, address=address)
        stranger = replace(self._visitor(), name=self.cookies.name(jar), address=address)
        if token:
            return replace(stranger, id=visitor_id(token))
        # Whoever keeps no cookie cannot be told from others at this address, so no corner is theirs.
        return replace(stranger, id=visitor_id(f"at {address}"), rights=stranger.rights - {Right.TEACH})

    def sign_in(self, password: str, name: str, address: str) -> str:
        """The token of a new session of the host; raises ``AccessError`` on a wrong password, or too many of them."""
        if not self.by_password:
            raise AccessError("access.no_host")
        caller = self._by_password(password, address)
        return self.sessions.open(replace(caller, name=plain_name(name), signed_in=True))

    def sign_in_from_hub(self, username: str, *, owns: bool) -> str:
        """The token of a new session of whom the hub vouches for: the Space's owner is the host."""
        one = host(self.settings) if owns else replace(self._visitor(), id=visitor_id(f"of the hub: {username}"))
        return self.sessions.open(replace(one, name=plain_name(username), signed_in=True))

    def check_v1(self, headers: Mapping[str, str], address: str) -> None:
        """Raise ``AccessError`` unless a request with these headers may use ``/v1``: by key, password or session."""
        self.check_host(headers.get("host", ""))
        if self.open:
            if not self.is_ours(headers.get("origin", ""), headers.get("host", "")):
                raise EngineError("engine.wrong_origin", origin=headers["origin"][:80])
            return
        if not (self.can_sign_in or self.settings.api_keys):
            raise AccessError("access.no_key_set")
        given = _bearer(headers.get("authorization", ""))
        if not given:
            if not self.caller(headers, address).host:
                raise AccessError("access.wrong_key")
            return
        self._check_key(given, address, (self.settings.password, *self.settings.api_keys), "access.wrong_key")

    @contextlib.contextmanager
    def place(self, caller: Caller) -> Iterator[None]:
        """Hold a place for a question of ``caller`` during the block; raises ``AccessError`` at a visitor's limit."""
        with contextlib.nullcontext() if caller.host else self.visits.asking(caller.id, caller.address):
            yield

    def check_length(self, tokens: int) -> None:
        """Raise ``AccessError`` for an answer longer than who acts right now may ask for."""
        if not current().host:
            self.visits.check_length(tokens)

    def spend(self, tokens: int) -> None:
        """Count the tokens that answers to who acts right now took."""
        caller = current()
        if not caller.host:
            self.visits.spend(caller.id, caller.address, tokens)

    def sender(self, peer: str, forwarded: str) -> str:
        """The address a request comes from, as limits count it: of IPv6 the network a household or company gets.

        On a Space ``peer`` is the hub's proxy: what it says of the sender stands last in ``forwarded``, after
        whatever the sender wrote there, and after it only addresses of the hub's own network.
        """
        if self.settings.space:
            for said in reversed(forwarded.split(",")):
                known = _address(said.strip())
                if known is None:
                    break
                if known.is_global:
                    return _counted(known)
        known = _address(peer)
        return _counted(known) if known else peer

    def _visitor(self) -> Caller:
        return replace(visitor(self.settings, self.can_sign_in), limits=self.visits.limits)

    def _by_password(self, given: str, address: str) -> Caller:
        self._check_key(given, address, (self.settings.password,), "access.wrong_password")
        return host(self.settings)

    def _check_key(self, given: str, address: str, wanted: tuple[str, ...], sentence: str) -> None:
        self.attempts.check(address)
        if not any([same(given, one) for one in wanted]):  # a list: every one is compared
            self.attempts.failed(address)
            raise AccessError(sentence)


def _address(said: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ipaddress.ip_address(said)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _bearer(authorization: str) -> str:
    scheme, _, given = authorization.partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""
