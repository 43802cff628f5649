"""The door every request comes through: who it is from, and whether its route is open to them.

Knows: the routes of the page by their paths, gradio's own among them, and the right each needs. What is not listed
needs the host. Must not know what lies behind a route; the page's events hold their own rights (``lab.ui.seam``).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, replace
from time import monotonic

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab.access import Access
from lab.access.cookies import visitor_id
from lab.access.rights import Caller, Right
from lab.errors import AccessError

CALLER = "lab.caller"
"""Under this name a request's scope holds its ``Caller``."""
OWN = ("/healthz", "/v1")
"""Routes that decide for themselves (``lab.api``)."""
LARGEST = 1024 * 1024
"""Bytes of the longest request of a visitor: they bring no files."""
SLOWEST = 20.0
"""Seconds in which the body of a visitor's request has to come."""


@dataclass(frozen=True)
class Rule:
    """Routes that need less than the host."""

    methods: str
    path: str
    right: Right

    def fits(self, method: str, path: str) -> bool:
        """Whether the rule is about this request."""
        return method in self.methods.split() and re.fullmatch(self.path, path) is not None


_LOOK = "GET HEAD"
_HASH = r"[\w-]{1,64}"
RULES = (
    Rule(_LOOK, r"/(zh/?)?", Right.READ),
    Rule(_LOOK, r"/(assets|static|svelte)/.*", Right.READ),
    Rule(_LOOK, r"/(favicon\.ico|robots\.txt|manifest\.json|theme\.css|config/?)", Right.READ),
    Rule(_LOOK, r"/gradio_api/(theme\.css|info/?|app_id/?|startup-events|user/?|login_check/?)", Right.READ),
    Rule(_LOOK, rf"/gradio_api/heartbeat/{_HASH}", Right.READ),
    Rule("GET", r"/gradio_api/queue/data", Right.READ),
    # gradio serves only what lies in its own folder of made and dropped files, under names nobody can guess
    Rule(_LOOK, r"/gradio_api/file=(?![a-zA-Z][a-zA-Z0-9+.-]*:).*", Right.READ),
    Rule("POST", r"/gradio_api/queue/join", Right.READ),
    Rule("POST", r"/gradio_api/cancel", Right.CHAT),
    Rule("GET POST", r"(/zh)?/vote", Right.VOTE),
    Rule("GET", r"(/zh)?/ask", Right.READ),
    Rule("POST", r"(/zh)?/ask", Right.CHAT),
    Rule("GET POST", r"(/zh)?/sign-in", Right.READ),
    Rule("POST", r"(/zh)?/sign-out", Right.READ),
    Rule("GET", r"(/zh)?/sign-in/hub|/login/callback", Right.READ),
)


class Door:
    """The app, with every request's caller known and every route held to its right."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it with the sentence of its refusal before its body is read."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and _is_own(scope["path"])):
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._admit(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            caller = self._checked(scope, headers)
        except AccessError as problem:
            status = {"access.wrong_host": 421, "access.too_many_guesses": 429, "access.wrong_password": 401}
            said = problem.sentence(language(headers, scope["path"]))
            refused = PlainTextResponse(said, status_code=status.get(problem.key, 403))
            await refused(scope, receive, send)
            return
        if "text/html" in headers.get("accept", "") and not self.access.cookies.visitor(headers.get("cookie", "")):
            caller, send = self._welcomed(caller, is_secure(scope, headers), send)
        scope[CALLER] = caller
        if caller.host:
            await self.app(scope, receive, send)
        else:
            await self._visited(caller, scope, headers, receive, send)

    async def _visited(self, caller: Caller, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        """A visitor's request: nobody else's files come with it, and an address holds only so many open."""
        told = headers.get("content-length", "0")
        if not told.isdigit() or int(told) > LARGEST:
            said = AccessError("access.too_large", kilobytes=LARGEST // 1024).sentence(language(headers, scope["path"]))
            await PlainTextResponse(said, status_code=413)(scope, receive, send)
            return
        try:
            # The way in stays open: a host must get in where visitors hold everything.
            way_in = re.fullmatch(r"(/zh)?/sign-in", scope["path"])
            with contextlib.nullcontext() if way_in else self.access.visits.connected(caller.address):
                await self.app(scope, _at_most(LARGEST, SLOWEST, receive), send)
        except AccessError as problem:
            said = problem.sentence(language(headers, scope["path"]))
            await PlainTextResponse(said, status_code=503)(scope, receive, send)
        except ClientDisconnect:
            said = AccessError("access.not_whole", seconds=round(SLOWEST)).sentence(language(headers, scope["path"]))
            await PlainTextResponse(said, status_code=408)(scope, receive, send)

    def _checked(self, scope: Scope, headers: Headers) -> Caller:
        """Whose request it is; raises ``AccessError`` where its route is not open to them."""
        self.access.check_host(headers.get("host", ""))
        caller = self.access.caller(headers, client(scope, self.access))
        rule = next((rule for rule in RULES if rule.fits(scope["method"], scope["path"])), None)
        caller.require(rule.right if rule else Right.WRITE)
        return caller

    def _welcomed(self, caller: Caller, secure: bool, send: Send) -> tuple[Caller, Send]:
        """A browser that comes for the first time, under the id it is known by from now on, and its cookie."""
        token, made = self.access.cookies.new_visitor(secure=secure)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message["headers"]).append("set-cookie", made)
            await send(message)

        return caller if caller.signed_in else replace(caller, id=visitor_id(token)), sending


def _at_most(most: int, seconds: float, receive: Receive) -> Receive:
    """The same body; for the app its sender is gone once it is longer than ``most`` or not whole in ``seconds``."""
    taken, until, is_whole = 0, monotonic() + seconds, False

    async def counted() -> Message:
        nonlocal taken, is_whole
        if is_whole:  # what comes now is that its sender leaves, whenever that is
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), max(0.0, until - monotonic()))
        except TimeoutError:
            return {"type": "http.disconnect"}
        taken += len(message.get("body", b""))
        is_whole = not message.get("more_body")
        return message if taken <= most else {"type": "http.disconnect"}

    return counted


def client(scope: Scope, access: Access) -> str:
    """The address a request comes from, as limits count it."""
    peer = scope["client"][0] if scope.get("client") else ""
    return access.sender(peer, ",".join(Headers(scope=scope).getlist("x-forwarded-for")))


def is_secure(scope: Scope, headers: Headers) -> bool:
    """Whether the browser reaches the lab by HTTPS, directly or through a proxy."""
    return scope.get("scheme") == "https" or headers.get("x-forwarded-proto", "").startswith("https")


def language(headers: Headers, path: str) -> str:
    """The language to refuse in: the page's, else what the browser prefers."""
    if path == "/zh" or path.startswith("/zh/"):
        return "zh"
    return "zh" if headers.get("accept-language", "").lower().startswith("zh") else "en"


def _is_own(path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") for own in OWN)
