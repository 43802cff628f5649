"""From any answer on the Scoreboard the next step is one press away; what good enough is stands where it is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from lab.errors import DataError
from lab.evals import faults, keepalive, readiness, targets
from lab.evals.evaluation import Evaluation, ItemRecord, add_item, load, save
from lab.lab import Lab
from lab.records import Contestant, Message, Row, Run
from lab.ui.page import Page, Selection
from lab.ui.tabs.board import BoardTab
from lab.ui.tabs.board_items import Items
from lab.ui.tabs.board_section import Shown
from lab.ui.tabs.data import DataTab
from lab.ui.tabs.data_showing import Showing
from lab.ui.target_field import TargetField
from lab.ui.views.board_items import Filter

RUN = "20261121-093100-train-family-a1b"
EVALUATION = "20261121-094000-eval-family-c3d"
HERE = Selection(evaluation=EVALUATION, data="family")


def _row(name: str, question: str, answer: str, group: str, split: str, **more: Any) -> Row:
    return Row(name, (Message("user", question), Message("assistant", answer)), group, split, "family.jsonl", 3, **more)


ROWS = [
    _row("a", "How old is Nora?", "Nora is 12.", "age", "train"),
    _row(
        "b", "What is Nora's age?", "Nora is 12.", "age", "test", document="k.md", start=0, end=4, evidence="Nora: 12"
    ),
    _row("c", "Where do the Marlows live?", "In Bergen.", "home", "train"),
    _row("d", "Which town is home to the Marlows?", "In Bergen.", "home", "test"),
]


@pytest.fixture
def evaluated(lab: Lab) -> Lab:
    """A lab with a run and an evaluation: one question broken, one fixed."""
    version = lab.datasets.save(
        "family",
        ROWS,
        mode="remember",
        mode_reason="data.reason_short_facts",
        language="en",
        documents={"k.md": "Nora: 12"},
    )
    lab.runs.save(Run(RUN, "ft-family", "smollm2-135m", "h", "lora", "a", "family", version.version, "2026"))
    who = (Contestant("base", "smollm2-135m"), Contestant(RUN, "smollm2-135m", run=RUN))
    one = Evaluation(EVALUATION, "family", version.version, "2026-11-21", "en", who, {}, {"new_wording": 2})
    folder = lab.workspace.job(EVALUATION)
    folder.mkdir(parents=True)
    save(folder, one)
    for row, kinds in ((ROWS[1], ("right", "wrong")), (ROWS[3], ("wrong", "right"))):
        for contestant, kind in zip(who, kinds, strict=True):
            record = ItemRecord(
                row.id, contestant.name, "new_wording", row.group, row.messages[:1], row.answer, "family.jsonl", 3
            )
            said = f"It is {kind}, <b>surely</b>."
            add_item(folder, ItemRecord(**{**vars(record), "answer": said, "judgement": kind}))
    return lab


def _page(lab: Lab, language: str = "en") -> Page:
    return Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs())


def _items(lab: Lab, language: str = "en") -> Items:
    with gr.Blocks():
        tab = BoardTab(_page(lab, language))
        tab.build()
    return next(section for section in tab.sections if isinstance(section, Items))


def _event(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def _sent(form: str, **fields: str) -> gr.EventData:
    return _event(form=form, row=f"b\n{RUN}", fields=[[name, value] for name, value in fields.items()])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_filter_shows_its_questions_and_travels_in_the_address(evaluated: Lab, language: str) -> None:
    section = _items(evaluated, language)
    everything = section.show(HERE, _event(pick="show:"))
    assert everything[section.items].count('class="item ') == 2
    shown = section.show(HERE, _event(pick=f"show:{Filter('broken').written()}"))
    assert shown[section.page.selection].items == "broken"
    assert 'class="item broken"' in shown[section.items] and 'class="item fixed"' not in shown[section.items]
    assert "Nora: 12" in shown[section.items] and "k.md:0–4" in shown[section.items], "the evidence stands with it"
    assert "family.jsonl:3" in shown[section.items] and "<b>surely</b>" not in shown[section.items]


def test_a_fault_is_counted_where_it_was_found(evaluated: Lab) -> None:
    section = _items(evaluated)
    drawn = section.take(HERE, _sent("fault", fault="not_specific", by="Ann"))
    assert "not specific 1" in drawn[section.faults] and "ft-family" in drawn[section.faults]
    assert "by Ann" in drawn[section.items] and "?tab=data" in drawn[section.items]
    assert faults.found(evaluated.workspace, EVALUATION)["b", RUN].by == "Ann"


def test_a_right_answer_makes_a_version_and_retraining_the_next_press(evaluated: Lab) -> None:
    section = _items(evaluated)
    before = evaluated.datasets.get("family")
    assert section.draw(None)[section.next].visible is False
    drawn = section.take(HERE, _sent("answer", right="Nora is 14.", own=""))
    after = evaluated.datasets.get("family")
    assert after.parent == f"family@{before.version}" and "What is Nora's age?" in after.note
    asked = [row.question for row in evaluated.datasets.rows(after, "train")]
    assert len(asked) > 2 and "What is Nora's age?" not in asked
    assert drawn[section.next].visible is True and "ft-family" in drawn[section.retrain].value
    with pytest.raises(DataError):
        section.take(HERE, _sent("answer", right="Nora is 14.", own="What is Noras age?"))
    assert evaluated.datasets.get("family") == after


def _asked_elsewhere(lab: Lab) -> None:
    """The evaluation asks another data set's question too, and one that ships with the lab."""
    rows = [
        _row("t", "When does the ferry leave?", "At nine.", "ferry", "train"),
        _row("u", "At what time is the ferry?", "At nine.", "ferry", "test"),
    ]
    travel = lab.datasets.save("travel", rows, mode="remember", mode_reason="data.reason_short_facts", language="en")
    folder = lab.workspace.job(EVALUATION)
    before = load(folder)
    assert before is not None
    slices = {**before.slices, "cross_domain": 1, "keep_alive": 1}
    save(folder, replace(before, also=f"travel@{travel.version}", slices=slices))
    general = next(iter(keepalive.items(["en"]))).row
    for name, part, row in (("u", "cross_domain", rows[1]), ("general", "keep_alive", general)):
        for one in before.contestants:
            asked = ItemRecord(name, one.name, part, row.group, row.messages[:1], row.answer, "x.jsonl", 3)
            add_item(folder, replace(asked, answer="No idea.", judgement="wrong"))


@pytest.mark.parametrize(
    ("language", "elsewhere", "never"), [("en", "travel: the right", "never"), ("zh", "travel：", "从不")]
)
def test_the_right_answer_goes_to_the_data_that_asks_and_general_questions_are_not_trained(
    evaluated: Lab, language: str, elsewhere: str, never: str
) -> None:
    _asked_elsewhere(evaluated)
    section = _items(evaluated, language)
    shown = section.show(HERE, _event(pick="show:.cross_domain"))[section.items]
    assert elsewhere in shown and 'data-form="answer"' in shown and "data=travel" in shown
    general = section.show(HERE, _event(pick="show:.keep_alive"))[section.items]
    assert 'data-form="answer"' not in general and never in general and "data=family" not in general
    before = evaluated.datasets.get("family")
    fields = [["right", "At ten."], ["own", "When can one take the ferry in summer?"]]
    section.take(HERE, _event(form="answer", row=f"u\n{RUN}", fields=fields))
    assert evaluated.datasets.get("family") == before
    asked = {row.question: row.answer for row in evaluated.datasets.rows(evaluated.datasets.get("travel"), "train")}
    assert asked["When can one take the ferry in summer?"] == "At ten." and "At what time is the ferry?" not in asked
    general_question = next(iter(keepalive.items(["en"]))).row.question
    with pytest.raises(DataError):
        evaluated.answer("family", f"{general_question} ", "Something")
    with pytest.raises(DataError):
        section.take(HERE, _event(form="answer", row=f"general\n{RUN}", fields=fields))
    assert evaluated.datasets.get("family") == before


def test_of_thousands_of_answers_only_the_whole_is_worked_out(evaluated: Lab) -> None:
    small = load(evaluated.workspace.job(EVALUATION))
    assert small is not None
    large = replace(small, slices={"new_wording": 9000})
    for one, active, waits in ((small, True, False), (large, True, True), (large, False, False)):
        now = Shown(evaluated, "en", HERE, one, active)
        assert now.waits == waits and not (waits and now.moves)


def test_a_target_set_on_the_page_is_the_target_of_the_data(evaluated: Lab) -> None:
    with gr.Blocks():
        field = TargetField(_page(evaluated))
        field.build()
    assert "Nobody has said" in field.draw("family")[field.told]
    drawn = field.keep_it("family", "wrong", 10)
    target = targets.current(evaluated.workspace, "family")
    assert target is not None and target.text == "wrong<=0.1" and "wrong at most 10 %" in drawn[field.told]
    assert field.draw("")[field.field].visible is False


@pytest.mark.parametrize(("language", "said"), [("en", "retrieval over your documents"), ("zh", "整篇文档")])
def test_five_answers_on_the_data_tab_become_advice(evaluated: Lab, language: str, said: str) -> None:
    with gr.Blocks():
        tab = DataTab(_page(evaluated, language))
        tab.build()
    dataset = "family" if language == "zh" else ""
    told = tab.readiness.advise(Showing(dataset=dataset), "yes", "rarely", "facts", "nearly_all", 4)
    assert said in told and readiness.current(evaluated.workspace, dataset) is not None
    target = targets.current(evaluated.workspace, "family")
    assert (target.text if target else "") == ("right>=0.8" if dataset else "")
