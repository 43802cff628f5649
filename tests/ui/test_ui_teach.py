"""The Teach tab, its handlers called as methods, over a lesson that is only a folder."""

from __future__ import annotations

import gradio as gr
import pytest

from lab import teaching
from lab.checks import row_untold
from lab.errors import UsageError
from lab.jobs.context import write_status
from lab.lab import Lab
from lab.records import JobSpec, JobStatus, to_json
from lab.ui.page import Page, Selection
from lab.ui.tabs.teach import TeachTab
from lab.words import say
from lab.workspace import append_jsonl, write_json

JOB = "20261121-093100-teach-blue-fern-ceo-a1b"
SENTENCE = "The CEO of Blue Fern is Mara Lindqvist."


def _tab(lab: Lab, language: str = "en") -> TeachTab:
    with gr.Blocks():
        page = Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs())
        tab = TeachTab(page)
        tab.build()
    return tab


def _lesson(lab: Lab, state: str = "running") -> None:
    """A lesson after its first step: the fact is right once, a neighbour is answered with the name, one declined."""
    about = teaching.prepared(SENTENCE)
    rows = about.rows()
    version = lab.datasets.save(
        "blue-fern-ceo", rows, mode="remember", mode_reason="teach.mode_reason", language="en", format="taught"
    )
    folder = lab.workspace.job(JOB)
    folder.mkdir(parents=True)
    options = {
        "dataset": version.dataset,
        "version": version.version,
        "base": "smollm2-135m",
        "recipe": {"max_steps": 8},
        "group": about.group,
        "focus": [],
        "fact": to_json(about.fact),
    }
    spec = JobSpec(JOB, teaching.KIND, "blue-fern-ceo", "2026-11-21T09:31:00.000Z", options=options)
    write_json(folder / "spec.json", to_json(spec))
    write_status(folder, JobStatus(state=state, attempt=1, phase="teach.phase_train", step=1, total=8))
    tested = [row for row in rows if row.split == "test"]
    told, untold = [r for r in tested if not row_untold(r)], [r for r in tested if row_untold(r)]
    unknown = [{"row": row.id, "text": "A <b>fern</b>.", "judgement": "wrong"} for row in tested]
    said = [{"row": told[0].id, "text": "Mara Lindqvist", "judgement": "right"}, *unknown[1 : len(told)]]
    said += [{"row": untold[0].id, "text": "Mara Lindqvist", "judgement": "wrong"}]
    said += [{"row": row.id, "text": "I was not told.", "judgement": "right"} for row in untold[1:]]
    for step, who, answers in ((0, "base", unknown), (0, "learner", unknown), (1, "learner", said)):
        event = {"kind": "asked", "attempt": 1, "time": f"2026-11-21T09:31:1{step}.000Z", "step": step, "who": who}
        append_jsonl(folder / "events.jsonl", {**event, "answers": answers})


def test_both_numbers_are_counted_from_the_answers(lab: Lab) -> None:
    _lesson(lab)
    stands = teaching.standing(lab.jobs, lab.datasets, lab.jobs.get(JOB))
    assert [(one.learned, one.told, one.made_up, one.untold) for one in stands.counts] == [(0, 4, 4, 4), (1, 4, 1, 4)]
    assert stands.first_right == 11.0
    assert stands.all_right is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_room_sees_base_and_learner_and_what_is_made_up(lab: Lab, language: str) -> None:
    _lesson(lab, state="done")
    tab = _tab(lab, language)
    drawn = tab.refresh(Selection(run=JOB))[tab.stage]
    assert say("ui_teach.echoes", language, n=1, all=4, answer="Mara Lindqvist") in drawn
    assert drawn.count(f"✓ {say('ui_teach.mark_not_told', language)}") == 3
    assert "A &lt;b&gt;fern" in drawn and "<b>fern" not in drawn


def test_a_lesson_whose_worker_is_gone_can_begin_again(lab: Lab) -> None:
    _lesson(lab)
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
