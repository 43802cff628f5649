"""The Teach tab, its handlers called as methods, over a lesson that is only a folder."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr
import pytest
from lessons import JOB, SENTENCE, lesson

from lab import access, story, teaching
from lab.access import Caller, Right
from lab.access.rights import EVERYTHING
from lab.errors import UsageError
from lab.lab import Lab
from lab.recorded import bring_in
from lab.records import Run
from lab.ui.page import Page, Selection
from lab.ui.shell import Shell
from lab.ui.stages import stages
from lab.ui.tabs.teach import TeachTab
from lab.words import say


def _tab(lab: Lab, language: str = "en") -> TeachTab:
    with gr.Blocks():
        page = Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs())
        tab = TeachTab(page)
        tab.build()
    return tab


def test_both_numbers_are_counted_from_the_answers(lab: Lab) -> None:
    lesson(lab)
    stands = teaching.standing(lab.jobs, lab.datasets, lab.jobs.get(JOB))
    assert [(one.learned, one.told, one.made_up, one.untold) for one in stands.counts] == [(0, 4, 4, 4), (1, 4, 1, 4)]
    assert stands.first_right == 11.0
    assert stands.all_right is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_room_sees_base_and_learner_and_what_is_made_up(lab: Lab, language: str) -> None:
    lesson(lab, state="done")
    tab = _tab(lab, language)
    drawn = tab.refresh(Selection(run=JOB))[tab.stage]
    assert say("ui_teach.echoes", language, n=1, all=4, answer="Mara Lindqvist") in drawn
    assert drawn.count(f"✓ {say('ui_teach.mark_not_told', language)}") == 3
    assert "A &lt;b&gt;fern" in drawn and "<b>fern" not in drawn


def test_a_lesson_whose_worker_is_gone_can_begin_again(lab: Lab) -> None:
    lesson(lab)
    tab = _tab(lab)
    drawn = tab.watch(Selection(run=JOB))
    assert drawn[tab.resume].visible and not drawn[tab.stops].visible and not drawn[tab.quick].active


def test_a_visitor_is_offered_nothing_on_another_s_lesson_and_a_corner_s_is_not_for_phones(lab: Lab) -> None:
    one, other = (Caller(frozenset({Right.READ, Right.TEACH}), id=name) for name in ("v-1", "v-2"))
    tab = _tab(lab)

    def offered(caller: Caller, state: str, owner: str) -> set[str]:
        lesson(lab, state, owner=owner)
        with access.acting(caller):
            drawn = tab.watch(Selection(run=JOB))
            names = ("resume", "more", "next", "let_ask")
            return {name for name in names if drawn[getattr(tab, name)].visible}

    assert offered(one, "running", "") == {"let_ask"}
    assert offered(one, "done", "") == {"next", "let_ask"}
    assert offered(one, "done", "v-1") == offered(Caller(EVERYTHING, host=True), "done", "v-1") == {"more", "next"}
    assert offered(one, "running", "v-1") == {"resume"}
    assert offered(other, "done", "v-1") == set()


def test_a_sentence_fills_question_answer_and_wordings(lab: Lab) -> None:
    tab = _tab(lab)
    drawn = tab.understand(SENTENCE, "")
    assert drawn[tab.question] == "Who is the CEO of Blue Fern?" and drawn[tab.answer] == "Mara Lindqvist"
    assert drawn[tab.wordings].count("✓") == 8 and drawn[tab.teach].interactive
    other = tab.correct(SENTENCE, "What is the CEO of Blue Fern called?", "Mara Lindqvist", "")
    assert "called" in other[tab.wordings]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_not_understood_asks_for_question_and_answer(lab: Lab, language: str) -> None:
    tab = _tab(lab, language)
    drawn = tab.understand("Hello there.", "")
    assert say("ui_teach.not_understood", language) in drawn[tab.understood]
    assert not drawn[tab.teach].interactive
    with pytest.raises(UsageError):
        tab.understand(" ", "")


def test_a_language_the_base_hardly_reads_is_said(lab: Lab) -> None:
    tab = _tab(lab, "zh")
    assert "Qwen" in tab.understand("蓝蕨公司的总经理是林晓棠。", "")[tab.wordings]
    assert "caution" not in tab.understand(SENTENCE, "")[tab.wordings]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_of_a_taught_run_holds_its_questions_and_both_numbers(lab: Lab, language: str) -> None:
    lesson(lab, state="done")
    version = lab.datasets.get("blue-fern-ceo")
    run = Run(JOB, "ft-blue-fern-ceo", "smollm2-135m", "b", "lora", "a", version.dataset, version.version, "2026-11-21")
    lab.runs.save(run)
    page = story.html(lab.story(run), language)
    assert say("story.lesson_verdict", language, learned=1, told=4, made_up=1, untold=4) in page
    assert page.count("Mara Lindqvist") >= 2 and "A &lt;b&gt;fern" in page and "<b>fern" not in page


def test_a_lesson_is_played_as_it_was(lab: Lab) -> None:
    lesson(lab, state="done")
    stands = teaching.standing(lab.jobs, lab.datasets, lab.jobs.get(JOB))
    assert stands.times == (10.0, 11.0)
    before = stands.until(1)
    assert before.first_right is None and [count.step for count in before.counts] == [0]
    assert all(len(one.said) == 1 for one in before.questions) and stands.until(2) == stands


def test_a_demo_offers_nothing_it_cannot_do(lab: Lab) -> None:
    lesson(lab, state="done")
    demo = Lab(replace(lab.settings, demo=True))
    with gr.Blocks() as blocks:
        page = Page(demo, "en", gr.State(Selection()), gr.Timer(active=False), gr.Tabs())
        tab = TeachTab(page)
        tab.build()
    shown = tab.refresh(Selection(run=JOB))
    assert not shown[tab.more].visible and shown[tab.next].visible and tab.play.visible
    pressed = [block for block in blocks.blocks.values() if isinstance(block, gr.Button)]
    held = {block.value for block in pressed if {"needs-teach", "needs-write"} & set(block.elem_classes or [])}
    assert {say("ui_teach.teach", "en"), say("ui_teach.more", "en"), say("ui_teach.stop_keep", "en")} <= held
    assert say("room.play", "en") not in held
    with access.acting(demo.access.caller({"host": "127.0.0.1"}, "127.0.0.1")):
        assert 'data-lacks="chat vote teach write"' in Shell(demo, "en").heading(Selection())
    assert "ship" not in [stage.name for stage in stages(demo, Selection(), "en")]
    assert not any(stage.next for stage in stages(demo, Selection(), "en"))


@pytest.mark.parametrize(("language", "answer"), [("en", "Mara Lindqvist"), ("zh", "林晓棠")])
def test_a_fresh_demo_has_a_lesson_of_the_page_s_language_to_play(lab: Lab, language: str, answer: str) -> None:
    bring_in(lab.workspace, demo=True)
    demo = Lab(replace(lab.settings, demo=True))
    tab = _tab(demo, language)
    shown = tab.refresh(Selection())
    assert answer in shown[tab.stage] and say("room.asked", language) in shown[tab.stage]
    assert shown[tab.more].visible and shown[tab.next].visible and not shown[tab.let_ask].visible
    first = next(tab.play_again(Selection(), 1))
    assert say("ui_teach.mark_wrong", language) in first and say("ui_teach.mark_right", language) not in first
    pressed = tab.choose_press(Selection())
    assert "-more-" in pressed[tab.page.selection].run
    assert say("ui_teach.mark_not_told", language) in pressed[tab.stage] and not pressed[tab.more].visible
    compare = next(stage for stage in stages(demo, Selection(), language) if stage.name == "compare")
    assert compare.chosen
