"""The Teach tab, its handlers called as methods, over a lesson that is only a folder."""

from __future__ import annotations

import gradio as gr
import pytest
from lessons import JOB, SENTENCE, lesson

from lab import teaching
from lab.errors import UsageError
from lab.lab import Lab
from lab.ui.page import Page, Selection
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
