"""The page of a blind vote: one question, two answers without names, four ways to choose. Made for a phone.

Knows: its page and its routes. Must not know how votes are counted.
"""

from __future__ import annotations

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from lab import words
from lab.access import Caller
from lab.access.cookies import plain_name
from lab.access.door import CALLER, is_secure
from lab.chat.votes import ASPECTS, CHOICES, GRADES, Ballot, Poll, Votes
from lab.errors import AccessError, LabError
from lab.lab import Lab
from lab.ui.page import PATHS
from lab.ui.plain import language_of, localized, page, sent_form
from lab.ui.present import tag, text

PATH = "/vote"
_KEYS = {"left": "ArrowLeft", "right": "ArrowRight", "both": "ArrowUp", "neither": "ArrowDown"}
_SIDES = {"left": "A", "right": "B"}
_NO_DEFAULT = tag("button", "", type="submit", disabled=True, hidden=True)
"""The form's first button is what Enter presses in the field of the name: without this one it would choose A."""
_SCRIPT = """
const keys = %s;
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, details[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = document.querySelector(`button[value="${keys[event.key]}"]`);
  if (button) { event.preventDefault(); button.click(); }
});
"""


def path(language: str) -> str:
    """Where the page is in ``language``."""
    return localized(PATH, language)


def routes(lab: Lab) -> list[BaseRoute]:
    """The page in both languages."""
    one = VotePage(lab)
    made: list[BaseRoute] = []
    for language in PATHS:
        made.append(Route(path(language), one.show, methods=["GET"]))
        made.append(Route(path(language), one.take, methods=["POST"]))
    return made


class VotePage:
    """The endpoints."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._votes = Votes(lab.workspace)

    async def show(self, request: Request) -> Response:
        """The voter's next question, or thanks."""
        language, caller = language_of(request), _caller(request)
        refused = self._refused(caller, language)
        if refused:
            return refused
        return await run_in_threadpool(self._drawn, language, caller)

    async def take(self, request: Request) -> Response:
        """Keep a choice, then on to the next question."""
        language, caller, form = language_of(request), _caller(request), await sent_form(request)
        refused = self._refused(caller, language)
        if refused:
            return refused
        name = _signs(caller) or plain_name(form.get("name", caller.name))
        try:
            await run_in_threadpool(self._keep, form, caller, name)
        except LabError as problem:
            return await run_in_threadpool(self._drawn, language, caller, problem.sentence(language), 400)
        going = RedirectResponse(path(language), status_code=303)
        if name != caller.name and not _signs(caller):
            secure = is_secure(request.scope, request.headers)
            going.headers.append("set-cookie", self._lab.access.cookies.named(name, secure=secure))
        return going

    def _refused(self, caller: Caller, language: str) -> Response | None:
        """What a visitor sees who comes too often, or from where too many come; nothing is written then."""
        try:
            if not caller.host:
                self._lab.access.visits.voting(caller.id, caller.address)
        except AccessError as problem:
            title, said = words.say("votes.title", language), text(problem.sentence(language))
            body = tag("h1", text(title)) + tag("p", said, class_="refused", role="alert")
            return page(title, body, language, PATH, status=429)
        return None

    def _keep(self, form: dict[str, str], caller: Caller, name: str) -> None:
        poll = next((one for one in self._votes.polls() if one.id == form.get("poll")), None)
        if poll is None:
            raise LabError("votes.not_shown")
        ratings: dict[str, Any] = {side: {a: form.get(f"{side}-{a}") for a in ASPECTS} for side in _SIDES}
        self._votes.cast(poll, form.get("item", ""), _voter(caller), form.get("choice", ""), name=name, ratings=ratings)

    def _drawn(self, language: str, caller: Caller, refused: str = "", status: int = 200) -> Response:
        poll = self._votes.current()
        shown = self._votes.show(poll, _voter(caller)) if poll else None
        said = tag("p", text(refused), class_="refused", role="alert") if refused else ""
        if poll is None:
            body = _told("votes.none_title", "votes.none", language)
        elif shown is None:
            body = _told("votes.thanks_title", "votes.thanks", language)
        else:
            body = self._ballot(poll, *shown, caller, language)
        title = words.say("votes.title", language)
        script = _SCRIPT % json.dumps({key: choice for choice, key in _KEYS.items()}) if shown else ""
        return page(title, said + body, language, PATH, status=status, script=script)

    def _ballot(self, poll: Poll, ballot: Ballot, left: str, caller: Caller, language: str) -> str:
        def say(key: str, **values: Any) -> str:
            return text(words.say(key, language, **values))

        mine = [vote for vote in self._votes.votes(poll.id) if vote.voter == _voter(caller)]
        rates = bool(mine and mine[-1].ratings)  # who rated the last answers goes on rating
        head = tag("p", say("votes.progress", n=len(mine) + 1, total=len(poll.ballots)), class_="fine num")
        head += tag("h1", text(ballot.question))
        first, second = (ballot.a, ballot.b) if left == poll.a else (ballot.b, ballot.a)
        answers = ""
        for letter, answer in zip(_SIDES.values(), (first, second), strict=True):
            inside = tag("h2", letter) + tag("p", text(answer))
            answers += tag("article", inside, class_="answer", aria_label=say("votes.answer", side=letter))
        buttons = ""
        for choice in CHOICES:
            told = say(f"votes.choose_{choice}")
            buttons += tag("button", told, name="choice", value=choice, type="submit", class_=f"choose {choice}")
        hidden = _entry("hidden", "poll", poll.id) + _entry("hidden", "item", ballot.item)
        name = tag("label", say("access.name_label"), for_="name") + _entry("text", "name", caller.name)
        name = tag("p", say("votes.signed", name=caller.name), class_="fine") if _signs(caller) else name
        inside = tag("summary", say("votes.rate")) + tag("p", say("votes.scale"), class_="fine")
        more = tag("details", inside + _ratings(language) + name, class_="more", open=rates)
        keys = tag("p", say("votes.keys"), class_="fine keys")
        inside = _NO_DEFAULT + hidden + tag("div", answers, class_="answers") + more
        inside += tag("div", buttons, class_="choices") + keys
        return head + tag("form", inside, method="post", action=path(language), class_="ballot")


def _entry(kind: str, name: str, value: str) -> str:
    shown = ' maxlength="40" autocomplete="nickname"' if kind == "text" else ""
    return f'<input type="{kind}" id="{name}" name="{name}" value="{text(value)}"{shown}>'


def _ratings(language: str) -> str:
    """1 to 5 for each aspect of both answers."""
    rows = []
    for side, letter in _SIDES.items():
        heading = tag("h3", text(words.say("votes.answer", language, side=letter)))
        for aspect in ASPECTS:
            label = words.say(f"votes.{aspect}", language)
            grades = "".join(
                f'<label><input type="radio" name="{side}-{aspect}" value="{grade}"><span>{grade}</span></label>'
                for grade in GRADES
            )
            legend = tag("legend", text(label))
            heading += tag("fieldset", legend + tag("div", grades, class_="grades"))
        rows.append(tag("div", heading))
    return tag("div", "".join(rows), class_="ratings")


def _told(title: str, sentence: str, language: str) -> str:
    return tag("h1", text(words.say(title, language))) + tag("p", text(words.say(sentence, language)), class_="lead")


def _caller(request: Request) -> Caller:
    found = request.scope.get(CALLER)
    return found if isinstance(found, Caller) else Caller()


def _signs(caller: Caller) -> str:
    """The name of somebody who signed in: a vote carries it, and nobody types another."""
    return caller.name if caller.signed_in else ""


def _voter(caller: Caller) -> str:
    return caller.id or "host"
