"""The judge on the Scoreboard, its handlers called as methods, over a real evaluation and real judges on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from judged import careful, evaluated, first_side
from small_server import Small, serving

from lab import evals
from lab.errors import EvalError, UsageError
from lab.evals import judging
from lab.evals.judging import JudgePlan
from lab.lab import Lab
from lab.settings import Settings
from lab.ui.page import Page, Selection
from lab.ui.tabs.board_judge import JudgeSection
from lab.ui.tabs.board_section import shown


@pytest.fixture(scope="module")
def camp(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("camp")
    lab = Lab(Settings(home=folder / "workspace"))
    evaluated(lab, folder)
    return lab


def _section(lab: Lab, language: str = "en") -> JudgeSection:
    with gr.Blocks():
        section = JudgeSection(Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs()))
        section.build()
    return section


def _begin(section: JudgeSection, server: Small | str, send: bool = False) -> dict[Any, Any]:
    address = server if isinstance(server, str) else server.url
    plan = [getattr(JudgePlan(), name) for name in section.form.knobs]
    return section.begin(Selection(data="camp"), "base", "", None, "url", address, "small-model", "", send, *plan)


def test_a_judge_is_started_watched_and_shown_in_both_languages(camp: Lab, tmp_path: Path) -> None:
    section = _section(camp)
    with serving(careful) as server:
        started = _begin(section, server)
        assert started[section.stop].visible is True and 'class="meter"' in started[section.progress]
        (job,) = camp.jobs.all(judging.KIND)
        assert camp.jobs.wait(job.id).state == "done"
    shown_ = shown(section.page, Selection(data="camp"))
    assert shown_ is not None and "none yet" in section.draw(shown_)[section.people]
    for language, words in (
        ("en", ("The judge prefers tuned.jsonl", "passed")),
        ("zh", ("评审更认可 tuned.jsonl", "通过")),
    ):
        one = _section(camp, language)
        drawn = one.draw(shown(one.page, Selection(data="camp")))
        assert drawn[one.section].visible is True and drawn[one.stop].visible is False
        assert all(word in drawn[one.result] for word in words) and "WINNER" in drawn[one.result]

    base = shown_.evaluation.base.name
    record = next(one for one in evals.read_items(shown_.folder) if one.contestant != base)
    people = tmp_path / "people.jsonl"
    vote = {"item": record.item, "a": base, "b": record.contestant, "winner": "b"}
    people.write_text(json.dumps(vote) + "\n", encoding="utf-8")
    beside = section.compare(Selection(data="camp"), str(people))[section.result]
    assert "Beside people" in beside and "1 vote" in beside
    people.write_text("no vote\n", encoding="utf-8")
    with pytest.raises(EvalError):
        section.compare(Selection(data="camp"), str(people))

    with serving(first_side) as server:
        _begin(section, server)
        newest, *_ = camp.jobs.all(judging.KIND)
        camp.jobs.wait(newest.id)
    drawn = section.draw(shown(section.page, Selection(data="camp")))
    assert "withheld" in drawn[section.result] and "The judge prefers" not in drawn[section.result]


def test_what_a_judge_says_cannot_break_the_page(camp: Lab) -> None:
    section = _section(camp)
    with serving(lambda asked, turns: "<script>alert(1)</script>") as server:
        _begin(section, server)
        newest, *_ = camp.jobs.all(judging.KIND)
        camp.jobs.wait(newest.id)
    drawn = section.draw(shown(section.page, Selection(data="camp")))[section.result]
    assert "<script>" not in drawn and "&lt;script&gt;" in drawn
    assert "ended after" in drawn, "an exam that cannot be passed is not asked to its end"


def test_text_leaves_only_with_a_yes_and_nothing_is_judged_without_an_evaluation(camp: Lab, tmp_path: Path) -> None:
    section = _section(camp)
    before = len(camp.jobs.all(judging.KIND))
    with pytest.raises(UsageError) as refused:
        _begin(section, "https://models.example.com/v1")
    assert refused.value.key == "judge.leaves_machine" and len(camp.jobs.all(judging.KIND)) == before
    empty = _section(Lab(Settings(home=tmp_path / "empty")))
    assert empty.draw(None)[empty.section].visible is False
    with pytest.raises(EvalError):
        _begin(empty, "http://127.0.0.1:9/v1")
