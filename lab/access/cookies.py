"""The cookies by which a browser is known again: the host's session, a visitor and the name they gave.

Knows: how they are called, written and read. Must not know what anybody may do.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from http.cookies import CookieError, Morsel, SimpleCookie
from urllib.parse import quote, unquote

from lab.settings import Settings

SESSION, VISITOR, NAME, SIGNING_IN = "session", "visitor", "name", "signing-in"
YEAR = 365 * 24 * 3600
NAME_LENGTH = 40
_TOKEN = re.compile(r"[\w-]{22,64}")


def plain_name(name: str) -> str:
    """A name as it is kept: one line, at most 40 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:NAME_LENGTH]


def visitor_id(token: str) -> str:
    """What a visitor's own things are kept under: from it neither the cookie nor one that stands for it can be told."""
    return f"v-{hashlib.sha256(token.encode()).hexdigest()[:24]}"


class Cookies:
    """The cookies of one lab. Browsers do not tell ports apart, so the port is part of their names."""

    def __init__(self, settings: Settings, *, framed: bool = False) -> None:
        self._port = settings.port
        self._framed = framed
        """Shown inside another site's page, as a Space is: then only cookies marked so come back."""

    def called(self, kind: str) -> str:
        """The full name of a cookie."""
        return f"lab-{kind}-{self._port}"

    def read(self, header: str, kind: str) -> str:
        """The value of a cookie in a ``Cookie`` header; empty where there is none."""
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(header)
        except CookieError:
            return ""
        found: Morsel[str] | None = jar.get(self.called(kind))
        return found.value if found else ""

    def visitor(self, header: str) -> str:
        """The visitor's token; empty where there is none, or none of ours."""
        token = self.read(header, VISITOR)
        return token if _TOKEN.fullmatch(token) else ""

    def name(self, header: str) -> str:
        """The name a visitor gave."""
        return plain_name(unquote(self.read(header, NAME)))

    def new_visitor(self, *, secure: bool) -> tuple[str, str]:
        """A token, and the ``Set-Cookie`` by which a browser is known again under it."""
        token = secrets.token_urlsafe(24)
        return token, self.written(VISITOR, token, YEAR, secure=secure)

    def named(self, name: str, *, secure: bool) -> str:
        """A ``Set-Cookie`` that keeps the name a visitor gave."""
        return self.written(NAME, quote(plain_name(name), safe=""), YEAR, secure=secure)

    def written(self, kind: str, value: str, seconds: int, *, secure: bool) -> str:
        """A ``Set-Cookie`` no script can read, and no other site's page sends along."""
        parts = [f"{self.called(kind)}={value}", "Path=/", f"Max-Age={seconds}", "HttpOnly"]
        if self._framed and secure:
            return "; ".join([*parts, "SameSite=None", "Secure", "Partitioned"])
        return "; ".join([*parts, "SameSite=Lax", *(["Secure"] if secure else [])])
