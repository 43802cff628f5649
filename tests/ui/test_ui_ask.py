"""What a room's phones open: its routes called as a phone does, over a lesson that is only a folder."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr
import pytest
from lessons import JOB, SENTENCE, lesson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from lab import chat
from lab.access.door import Door
from lab.errors import UsageError
from lab.lab import Lab
from lab.records import Answer, Contestant
from lab.ui import ask_page
from lab.ui.page import Page, Selection
from lab.ui.tabs.teach_room import Room
from lab.words import say

TAUGHT = Contestant("ft-blue-fern-ceo", "smollm2-135m", run=JOB)
BASE = Contestant("base", "smollm2-135m")


def _phone(lab: Lab) -> TestClient:
    app = Starlette(routes=ask_page.routes(lab), middleware=[Middleware(Door, access=lab.access)])
    return TestClient(app, base_url="http://127.0.0.1")


def _asked(lab: Lab, question: str, taught: str) -> chat.Duel:
    said = [Answer(who, words, "f", 3, 9, 0.1, 0.1) for who, words in (("base", "A <i>fern</i>."), ("ft", taught))]
    return chat.record_duel(lab.workspace, question, [BASE, TAUGHT], said)


def test_before_a_lesson_the_page_says_who_begins_one(lab: Lab) -> None:
    assert say("room.none", "en") in _phone(lab).get("/ask").text
    lesson(lab, state="running")
    assert say("room.none", "zh") in _phone(lab).get("/zh/ask").text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_sees_the_fact_its_own_answer_first_and_both_numbers(lab: Lab, language: str) -> None:
    lesson(lab, state="done")
    mine = _asked(lab, "Who runs <Blue Fern>?", "Mara Lindqvist.")
    _asked(lab, "Who runs Red Harbour?", "I was not told.")
    page = _phone(lab).get(f"{ask_page.path(language)}?asked={mine.id}").text
    assert say("room.lead", language, fact=SENTENCE) in page and 'name="question"' in page
    assert page.index("Who runs &lt;Blue Fern&gt;?") < page.index("Who runs Red Harbour?")
    assert page.count(say("room.says", language, answer="Mara Lindqvist")) == 1
    assert page.index("Mara Lindqvist.", page.index("Blue Fern&gt;")) < page.index("A &lt;i&gt;fern")
    assert say("ui_teach.learned", language) in page and say("ui_teach.made_up", language) in page


@pytest.mark.parametrize(("question", "refused"), [("", "ui_compare.no_question"), ("   ", "ui_compare.no_question")])
def test_what_cannot_be_asked_is_said_on_the_page(lab: Lab, question: str, refused: str) -> None:
    lesson(lab, state="done")
    reply = _phone(lab).post("/ask", data={"question": question})
    assert reply.status_code == 400 and say(refused, "en") in reply.text


def test_who_may_only_look_is_given_no_field_and_cannot_ask(lab: Lab) -> None:
    lesson(lab, state="done")
    read_only = Lab(replace(lab.settings, demo=True))
    phone = _phone(read_only)
    assert 'name="question"' not in phone.get("/ask").text
    assert phone.post("/ask", data={"question": "Who?"}).status_code == 403
    assert chat.duels(lab.workspace) == []


def test_the_screen_shows_what_phones_ask_and_draws_only_what_is_new(lab: Lab) -> None:
    lesson(lab, state="done")
    with gr.Blocks():
        quiet = Lab(replace(lab.settings, demo=True))  # no engine is started for the room
        room = Room(Page(quiet, "en", gr.State(Selection()), gr.Timer(active=False), gr.Tabs()))
        room.build()
    assert say("room.nobody_yet", "en") in room.open(lab.jobs.get(JOB))[room.asked]
    duel = _asked(lab, "Who is the boss?", "Mara Lindqvist.")
    shown = room.look(JOB, "")
    assert "Who is the boss?" in shown[room.asked] and shown[room.seen] == duel.id
    assert room.look(JOB, duel.id) == {}


@pytest.mark.parametrize(
    ("a", "b", "questions", "key"),
    [
        ("base", "ft-x", ["", "  "], "votes.how_many_new"),
        ("base", "ft-x", [f"Question {n}?" for n in range(13)], "votes.how_many_new"),
        ("base", "base", ["Who?"], "votes.same_twice"),
    ],
)
def test_new_questions_of_a_vote_are_refused_before_anybody_is_asked(
    lab: Lab, a: str, b: str, questions: list[str], key: str
) -> None:
    with pytest.raises(UsageError) as refused:
        next(lab.ask_for_poll(a, b, questions))
    assert refused.value.key == key and chat.duels(lab.workspace) == []
