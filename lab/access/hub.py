"""Signing in with Hugging Face: the authorization-code flow of a Space's own sign-in, with PKCE.

Knows: what the provider of a Space answers, and who counts as the Space's owner. The token is used once, to ask who
it belongs to, and kept nowhere. Must not know sessions or pages.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import httpx

from lab.errors import AccessError
from lab.settings import SpaceAccess

CALLBACK = "/login/callback"
WAITS = 600.0
"""Seconds a sign-in may take at the hub."""
_MOST = 1000
_OWNING_ROLES = {"admin", "write"}
"""Members of an organisation who may change its Spaces."""


@dataclass(frozen=True)
class Begun:
    """A sign-in that was sent to the hub."""

    verifier: str
    language: str
    until: float


@dataclass(frozen=True)
class Person:
    """Whom the hub vouches for."""

    name: str
    owns: bool
    """Whether the Space is theirs, or their organisation's and they may change it."""


class HubSignIn:
    """The flow of one Space."""

    def __init__(self, space: SpaceAccess) -> None:
        self._space = space
        self._lock = threading.Lock()
        self._begun: dict[str, Begun] = {}

    def begin(self, language: str) -> tuple[str, str]:
        """``(state, address)``: what the browser keeps, and where at the hub it goes."""
        state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
        with self._lock:
            fresh = {key: one for key, one in self._begun.items() if one.until > monotonic()}
            self._begun = dict(list(fresh.items())[-(_MOST - 1) :])
            self._begun[state] = Begun(verifier, language, monotonic() + WAITS)
        hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": self._space.client_id,
            "redirect_uri": self._callback,
            "response_type": "code",
            "scope": self._space.scopes,
            "state": state,
            "code_challenge": hashed,
            "code_challenge_method": "S256",
        }
        return state, f"{self._endpoints()['authorization_endpoint']}?{urlencode(query)}"

    def finish(self, state: str, kept: str, code: str) -> tuple[Person, str]:
        """Who came back from the hub, and their language; raises ``AccessError`` where the sign-in is not theirs."""
        with self._lock:
            begun = self._begun.pop(state, None)
        if begun is None or begun.until < monotonic() or not secrets.compare_digest(state.encode(), kept.encode()):
            raise AccessError("access.hub_stale")
        endpoints = self._endpoints()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._callback,
            "client_id": self._space.client_id,
            "code_verifier": begun.verifier,
        }
        auth = (self._space.client_id, self._space.client_secret)
        token = self._ask("POST", endpoints["token_endpoint"], data=form, auth=auth)["access_token"]
        told = self._ask("GET", endpoints["userinfo_endpoint"], headers={"authorization": f"Bearer {token}"})
        return Person(str(told.get("preferred_username", "")), self._owns(told)), begun.language

    @property
    def _callback(self) -> str:
        return f"https://{self._space.hosts[0]}{CALLBACK}"

    def _owns(self, told: dict[str, Any]) -> bool:
        if told.get("preferred_username") == self._space.owner:
            return True
        orgs = told.get("orgs") or []
        return any(
            one.get("preferred_username") == self._space.owner and one.get("roleInOrg") in _OWNING_ROLES
            for one in orgs
            if isinstance(one, dict)
        )

    def _endpoints(self) -> dict[str, Any]:
        return self._ask("GET", f"{self._space.provider}/.well-known/openid-configuration")

    def _ask(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        try:
            reply = httpx.request(method, address, timeout=20.0, **options)
        except httpx.HTTPError:
            raise AccessError("access.hub_away") from None
        if reply.status_code != 200:
            raise AccessError("access.hub_refused", status=reply.status_code)
        found: dict[str, Any] = reply.json()
        return found
