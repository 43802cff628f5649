"""Signing in on a page of ours: a name for everybody, the password or the hub for the host.

Knows: its page and routes. Must not know who may do what (``lab.access``).
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from lab import words
from lab.access import Caller, cookies
from lab.access.door import CALLER, client, is_secure
from lab.access.door import language as preferred
from lab.access.hub import CALLBACK, HubSignIn
from lab.access.sessions import LASTS
from lab.errors import AccessError
from lab.lab import Lab
from lab.ui.page import PATHS
from lab.ui.plain import language_of, localized, page, sent_form
from lab.ui.present import tag, text, when

PATH, LEAVE, HUB, END = "/sign-in", "/sign-out", "/sign-in/hub", "/sign-in/end"
OTHERS = "others"
"""Ends every session but one's own."""


def path(language: str) -> str:
    """Where the page is in ``language``."""
    return localized(PATH, language)


def routes(lab: Lab) -> list[BaseRoute]:
    """The sign-in page in both languages, and the way to the hub and back."""
    one = SignIn(lab)
    made: list[BaseRoute] = [Route(CALLBACK, one.come_back)]
    for language in PATHS:
        made.append(Route(localized(PATH, language), one.show, methods=["GET"]))
        made.append(Route(localized(PATH, language), one.enter, methods=["POST"]))
        made.append(Route(localized(LEAVE, language), one.leave, methods=["POST"]))
        made.append(Route(localized(HUB, language), one.go_to_hub))
        made.append(Route(localized(END, language), one.end, methods=["POST"]))
    return made


class SignIn:
    """The endpoints."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._access = lab.access
        self._hub = HubSignIn(lab.access.space)

    async def show(self, request: Request) -> Response:
        """The form; for a host who is signed in, who else is."""
        jar = request.headers.get("cookie", "")
        own = self._access.sessions.which(self._access.cookies.read(jar, cookies.SESSION))
        caller = request.scope.get(CALLER)
        if own and isinstance(caller, Caller) and caller.host:
            return self._signed_in(language_of(request), own, caller)
        return self._page(language_of(request), self._access.cookies.name(jar))

    async def enter(self, request: Request) -> Response:
        """Keep the name; with the right password, open the host's session."""
        language, form = language_of(request), await sent_form(request)
        name, password = form.get("name", ""), form.get("password", "")
        secure = is_secure(request.scope, request.headers)
        entered = _home(language)
        entered.headers.append("set-cookie", self._access.cookies.named(name, secure=secure))
        if password:
            try:
                token = self._access.sign_in(password, name, client(request.scope, self._access))
            except AccessError as problem:
                status = 429 if problem.key == "access.too_many_guesses" else 401
                return self._page(language, name, problem.sentence(language), status)
            entered.headers.append(
                "set-cookie", self._access.cookies.written(cookies.SESSION, token, LASTS, secure=secure)
            )
        return entered

    async def leave(self, request: Request) -> Response:
        """End the session."""
        jar = request.headers.get("cookie", "")
        self._access.sessions.close(self._access.cookies.read(jar, cookies.SESSION))
        left = _home(language_of(request))
        secure = is_secure(request.scope, request.headers)
        left.headers.append("set-cookie", self._access.cookies.written(cookies.SESSION, "", 0, secure=secure))
        return left

    async def end(self, request: Request) -> Response:
        """End somebody's session, or all but the host's own; the door lets only the host come here."""
        jar, form = request.headers.get("cookie", ""), await sent_form(request)
        own = self._access.sessions.which(self._access.cookies.read(jar, cookies.SESSION))
        asked = form.get("session", "")
        ended = [one.id for one in self._access.sessions.all() if one.id != own] if asked == OTHERS else [asked]
        for one in ended:
            # Somebody who left meanwhile is gone as asked.
            with contextlib.suppress(AccessError):
                self._access.sessions.end(one)
        return RedirectResponse(path(language_of(request)), status_code=303)

    async def go_to_hub(self, request: Request) -> Response:
        """On to the hub's own sign-in."""
        language = language_of(request)
        if not self._access.by_hub:
            return self._page(language, "", AccessError("access.no_host").sentence(language), 404)
        try:
            state, address = await run_in_threadpool(self._hub.begin, language)
        except AccessError as problem:
            return self._failed(language, problem)
        going = RedirectResponse(address, status_code=303)
        secure = is_secure(request.scope, request.headers)
        going.headers.append("set-cookie", self._access.cookies.written(cookies.SIGNING_IN, state, 600, secure=secure))
        return going

    async def come_back(self, request: Request) -> Response:
        """From the hub: a session for whom it vouches for."""
        query, jar = request.query_params, request.headers.get("cookie", "")
        kept = self._access.cookies.read(jar, cookies.SIGNING_IN)
        try:
            person, language = await run_in_threadpool(
                self._hub.finish, query.get("state", ""), kept, query.get("code", "")
            )
        except AccessError as problem:
            return self._failed(preferred(request.headers, request.url.path), problem)
        token = self._access.sign_in_from_hub(person.name, owns=person.owns)
        entered = _home(language)
        secure = is_secure(request.scope, request.headers)
        entered.headers.append("set-cookie", self._access.cookies.written(cookies.SESSION, token, LASTS, secure=secure))
        return entered

    def _signed_in(self, language: str, own: str, caller: Caller) -> Response:
        def say(key: str, **values: str) -> str:
            return text(words.say(f"access.{key}", language, **values))

        def button(label: str, address: str, session: str = "") -> str:
            sent = tag("input", type="hidden", name="session", value=session).removesuffix("</input>")
            pressed = (sent if session else "") + tag("button", say(label))
            return tag("form", pressed, method="post", action=localized(address, language))

        found, rows = self._access.sessions.all(), ""
        for one in found:
            role = say("you_host" if one.host else "you_visitor")
            who = tag("b", text(one.name)) + " " + role if one.name else tag("b", role)
            since = datetime.fromtimestamp(one.since, UTC).isoformat(timespec="minutes")
            told = tag("span", tag("span", who) + tag("span", when(since), class_="fine"), class_="session-who")
            here = tag("span", say("this_browser"), class_="fine")
            rows += tag("li", told + (here if one.id == own else button("end", END, one.id)))
        name = say("signed_in_as", name=caller.name) if caller.name else say("signed_in_nameless")
        body = tag("h1", say("signed_in_title")) + tag("p", name, class_="lead")
        body += tag("ul", rows, class_="sheet sessions")
        ways = button("end_others", END, OTHERS) if len(found) > 1 else ""
        ways += button("sign_out", LEAVE) + tag("a", say("back"), href=f"/{PATHS[language]}")
        body += tag("div", ways, class_="buttons") + tag("p", say("sessions_help"), class_="fine")
        return page(words.say("access.signed_in_title", language), body, language, PATH, width="narrow")

    def _failed(self, language: str, problem: AccessError) -> Response:
        said = words.say("access.hub_failed", language, reason=problem.sentence(language))
        return self._page(language, "", said, 403)

    def _page(self, language: str, name: str, refused: str = "", status: int = 200) -> Response:
        def say(key: str) -> str:
            return text(words.say(key, language))

        level = self._access.settings.visitors
        lead = "access.sign_in_lead_read" if self._access.settings.demo else f"access.sign_in_lead_{level}"
        body = tag("h1", say("access.sign_in_title")) + tag("p", say(lead), class_="lead")
        body += tag("p", text(refused), class_="refused", role="alert") if refused else ""
        fields = _field("name", "text", say("access.name_label"), say("access.name_help"), name, "nickname")
        if self._access.by_password:
            told = say("access.password_label"), say("access.password_help")
            fields += _field("password", "password", *told, "", "current-password")
        elif not self._access.by_hub and not self._access.open:
            fields += tag("p", say("access.no_host"), class_="caution")
        back = tag("a", say("access.back"), href=f"/{PATHS[language]}")
        buttons = tag("div", tag("button", say("access.enter"), class_="primary") + back, class_="buttons")
        body += tag("form", fields + buttons, method="post", action=path(language), class_="sheet")
        if self._access.by_hub:
            link = tag("a", say("access.with_hub"), href=localized(HUB, language), class_="button")
            body += tag("p", link, class_="buttons") + tag("p", say("access.with_hub_help"), class_="fine")
        title = words.say("access.sign_in", language)
        return page(title, body, language, PATH, status=status, width="narrow")


def _field(name: str, kind: str, label: str, told: str, value: str, known_as: str) -> str:
    entry = tag(
        "input",
        type=kind,
        name=name,
        id=name,
        value=value or None,
        autocomplete=known_as,
        aria_describedby=f"{name}-help",
        maxlength=cookies.NAME_LENGTH if kind == "text" else None,
    ).removesuffix("</input>")
    return tag("label", label, for_=name) + entry + tag("p", told, class_="fine", id=f"{name}-help")


def _home(language: str) -> RedirectResponse:
    return RedirectResponse(f"/{PATHS[language]}", status_code=303)
