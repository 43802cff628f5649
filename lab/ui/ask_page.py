"""The page a room opens with its phones: ask the taught model in words of one's own, and see what came of the lesson.

Knows: its page and routes. Must not know how a lesson runs or how answers are made.
"""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from lab import chat, teaching, words
from lab.access import Caller, Right, acting
from lab.access.door import CALLER
from lab.chat import Duel
from lab.errors import LabError, UsageError
from lab.jobs import JobView
from lab.lab import Lab
from lab.records import Answer, Message
from lab.ui.page import PATHS
from lab.ui.plain import language_of, localized, page, sent_form
from lab.ui.present import tag, text
from lab.ui.views import phones
from lab.ui.views import teach as lesson_view

PATH = "/ask"
LONGEST = 300
"""Characters of a question."""
SHOWN = 8
"""Questions of others on the page."""
_SCRIPT = """
document.querySelector("form.asking")?.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button");
  button.disabled = true;
  button.textContent = button.dataset.busy;
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
"""


def path(language: str, run: str = "") -> str:
    """Where the page is in ``language``; about ``run`` where it names one, else about the newest lesson."""
    return localized(PATH, language) + (f"?run={run}" if run else "")


def routes(lab: Lab) -> list[BaseRoute]:
    """The page in both languages."""
    one = AskPage(lab)
    made: list[BaseRoute] = []
    for language in PATHS:
        made.append(Route(path(language), one.show, methods=["GET"]))
        made.append(Route(path(language), one.take, methods=["POST"]))
    return made


class AskPage:
    """The endpoints."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def show(self, request: Request) -> Response:
        """The field, the caller's newest answer, what others asked, and both numbers."""
        asked = dict(request.query_params)
        return await run_in_threadpool(self._drawn, language_of(request), _caller(request), asked)

    async def take(self, request: Request) -> Response:
        """Ask both models, keep what they said, then show it."""
        language, caller, form = language_of(request), _caller(request), await sent_form(request)
        try:
            with acting(caller):
                duel = await run_in_threadpool(self._asked, form, caller)
        except LabError as problem:
            return await run_in_threadpool(self._drawn, language, caller, form, problem.sentence(language), 400)
        run = form.get("run", "")
        return RedirectResponse(f"{path(language)}?{f'run={run}&' if run else ''}asked={duel.id}", status_code=303)

    def _asked(self, form: dict[str, str], caller: Caller) -> Duel:
        question = " ".join(form.get("question", "").split())[:LONGEST]
        if not question:
            raise UsageError("ui_compare.no_question")
        lab = self._lab
        job = teaching.room_lesson(lab.jobs, form.get("run", ""))
        if job is None:
            raise UsageError("room.none")
        run = lab.runs.get(job.id)
        sides = teaching.room_sides(run, lab.runs, lab.datasets)
        system = lab.datasets.get(run.dataset, run.version).system
        head = (Message("system", system),) if system else ()
        with lab.access.place(caller):
            lab.access.check_length(teaching.ANSWER_TOKENS)
            said = lab.engine.pair(sides[0], sides[1], (*head, Message("user", question)), cancelled=lambda: False)
            whole = {place: item for place, item in said if isinstance(item, Answer)}
            answers = [whole[place] for place in sorted(whole)]
            lab.access.spend(sum(answer.tokens for answer in answers))
            return chat.record_duel(lab.workspace, question, sides, answers, system)

    def _drawn(
        self, language: str, caller: Caller, asked: dict[str, str], refused: str = "", status: int = 200
    ) -> Response:
        with acting(caller):
            return self._page(language, caller, asked, refused, status)

    def _page(self, language: str, caller: Caller, asked: dict[str, str], refused: str, status: int) -> Response:
        named = asked.get("run", "")[:100]
        job = teaching.room_lesson(self._lab.jobs, named)
        title = words.say("room.title", language)
        if job is None:
            said = tag("h1", text(title)) + tag("p", text(words.say("room.none", language)), class_="lead")
            return page(title, said, language, PATH, status=status)
        told = words.say("room.lead", language, fact=teaching.told_by(job))
        body = tag("h1", text(title)) + tag("p", text(told), class_="lead")
        body += tag("p", text(refused), class_="refused", role="alert") if refused else ""
        body += self._form(caller, named, asked.get("question", ""), language)
        body += self._answers(job, asked.get("asked", ""), language) + self._result(job, language)
        query = f"?run={text(job.id)}" if named else ""
        return page(title, body, language, PATH, query=query, status=status, script=_SCRIPT)

    def _form(self, caller: Caller, named: str, question: str, language: str) -> str:
        if not caller.may(Right.CHAT):
            return tag("p", text(words.say("room.only_read", language)), class_="caution")

        def say(key: str) -> str:
            return words.say(f"room.{key}", language)

        hidden = tag("input", type="hidden", name="run", value=named) if named else ""
        field = tag("label", text(say("question")), for_="question")
        field += tag(
            "textarea",
            text(question[:LONGEST]),
            id="question",
            name="question",
            rows=2,
            maxlength=LONGEST,
            required=True,
            placeholder=say("hint"),
        )
        button = tag("button", text(say("ask")), class_="primary wide", data_busy=say("busy"))
        return tag("form", hidden + field + button, method="post", action=path(language), class_="asking")

    def _answers(self, job: JobView, mine: str, language: str) -> str:
        found = teaching.room_asked(self._lab.workspace, job.id)
        taught = str(job.spec.options["fact"]["answer"])
        own = next((duel for duel in found if duel.id == mine), None)
        others = [duel for duel in found if duel is not own][:SHOWN]
        drawn = tag("section", phones.one_asked(own, job.id, taught, language), class_="mine") if own else ""
        if others:
            listed = phones.asked(others, job.id, taught, language)
            drawn += tag("h2", text(words.say("room.asked", language))) + listed
        return drawn

    def _result(self, job: JobView, language: str) -> str:
        stands = teaching.standing(self._lab.jobs, self._lab.datasets, job)
        drawn = tag("h2", text(words.say("room.result", language))) + lesson_view.numbers(stands, language)
        return tag("section", drawn + lesson_view.answered(stands, language), class_="result")


def _caller(request: Request) -> Caller:
    found: Any = request.scope.get(CALLER)
    return found if isinstance(found, Caller) else Caller()
