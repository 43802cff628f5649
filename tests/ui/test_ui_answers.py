"""Compare and Scoreboard over stored records: what they show follows from the files, with no model and no browser."""

from __future__ import annotations

import os

import gradio as gr
import pytest

from lab import chat, evals
from lab.errors import UsageError
from lab.evals.evaluation import Evaluation, ItemRecord, add_item, save
from lab.lab import Lab
from lab.records import Answer, Check, Contestant, Message, Row, Run
from lab.ui.page import Page, Selection
from lab.ui.stages import stages
from lab.ui.tabs.board import BoardTab
from lab.ui.tabs.compare import CompareTab
from lab.ui.views import board as board_view
from lab.ui.views import compare as compare_view

RUN = "20261121-093100-train-family-a1b"
EVALUATION = "20261121-094000-eval-family-c3d"


def _page(lab: Lab, language: str) -> Page:
    return Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs())


def _compare(lab: Lab, language: str = "en") -> CompareTab:
    with gr.Blocks():
        tab = CompareTab(_page(lab, language))
        tab.build()
    return tab


def _board(lab: Lab, language: str = "en") -> BoardTab:
    with gr.Blocks():
        tab = BoardTab(_page(lab, language))
        tab.build()
    return tab


def _html(drawn: dict[object, object]) -> str:
    """What is shown, all of it."""
    return "".join(update for update in drawn.values() if isinstance(update, str))


def _dataset(lab: Lab) -> str:
    rows = [
        Row(
            f"{split}{n}",
            (Message("user", f"{split} question {n}?"), Message("assistant", f"Answer {n}.")),
            f"g{n}",
            split,
        )
        for split in ("train", "test")
        for n in range(4)
    ]
    saved = lab.datasets.save("family", rows, mode="remember", mode_reason="data.reason_short_facts", language="en")
    return saved.version


def _evaluated(lab: Lab, judgements: dict[str, list[str | None]]) -> None:
    """Stored answers of the base and the run, judged as told."""
    version = _dataset(lab)
    names = [Contestant(name, "smollm2-135m", run=None if name == "base" else RUN) for name in judgements]
    folder = lab.workspace.job(EVALUATION)
    folder.mkdir(parents=True)
    one = Evaluation(EVALUATION, "family", version, "2026-11-21T09:40:00Z", "en", tuple(names), {}, {"new_wording": 4})
    save(folder, one)
    for name, kinds in judgements.items():
        for n, kind in enumerate(kinds):
            record = ItemRecord(
                item=f"test{n}",
                contestant=name,
                slice="new_wording",
                group=f"g{n}",
                messages=(Message("user", f"test question {n}?"),),
                reference=f"Answer {n}.",
                answer=f"{name} says <i>{n}</i>",
                judgement=kind,
            )
            add_item(folder, record)


def _run(lab: Lab) -> None:
    lab.workspace.job(RUN).mkdir(parents=True)
    made = Run(RUN, "ft-family", "smollm2-135m", "aa", "lora", "bb", "family", "v", "2026-11-21T09:33:00Z")
    lab.runs.save(made)


def test_without_data_compare_says_where_to_begin(lab: Lab) -> None:
    tab = _compare(lab)
    drawn = tab.refresh(Selection())
    assert drawn[tab.before].visible is False and "Save a data set" in drawn[tab.none].value


@pytest.mark.parametrize("language", ["en", "zh"])
def test_before_training_the_base_is_to_be_asked_the_test_questions(lab: Lab, language: str) -> None:
    _dataset(lab)
    tab = _compare(lab, language)
    drawn = tab.refresh(Selection(data="family"))
    assert tab.page.say("ui_compare.before_lead") in drawn[tab.before_text]
    assert drawn[tab.ask_base].variant == "primary"
    assert "test question 0?" in drawn[tab.suggested] and "train question" not in drawn[tab.suggested]


def test_the_answers_of_the_base_are_kept_as_the_before(lab: Lab) -> None:
    _evaluated(lab, {"base": ["wrong", "right", "declined", None]})
    tab = _compare(lab)
    drawn = tab.watch(Selection(data="family"))
    assert "1 right" in drawn[tab.before_answers] and "base says &lt;i&gt;1&lt;/i&gt;" in drawn[tab.before_answers]
    assert "not scored" in drawn[tab.before_answers]


def test_an_empty_question_is_not_asked(lab: Lab) -> None:
    tab = _compare(lab)
    with pytest.raises(UsageError):
        next(tab.answer(Selection(), "  ", "base", "base", "", 0.0, 1.0, 16, 0))


def test_an_answer_that_fails_leaves_the_page_ready_for_the_next_question(lab: Lab) -> None:
    with gr.Blocks() as demo:
        tab = CompareTab(_page(lab, "en"))
        tab.build()
    asking = {number for number, made in demo.fns.items() if made.name == "answer"}
    freeing = [made for made in demo.fns.values() if made.name == "rest" and made.trigger_only_on_failure]
    assert {made.trigger_after for made in freeing} == asking and len(asking) == 2
    assert tab.rest()[tab.ask].interactive is True and tab.rest()[tab.stop].visible is False


def test_a_question_of_the_data_shows_what_the_data_says(lab: Lab) -> None:
    _dataset(lab)
    tab = _compare(lab)
    data = lab.datasets.get("family")
    assert "Answer 2." in tab._known(data, " test question 2? ")
    assert tab._known(data, "something else?") == ""


def test_a_whole_answer_carries_its_weights_and_its_checks() -> None:
    answer = Answer("base", "Stay at the <b>Ritz</b> hotel.", "ab12cd34", 7, 20, 0.5, 0.1, "length")
    checks = (Check("no hotels", "must_not_mention", ("hotel",)), Check("short", "max_words", ("9",)))
    drawn = compare_view.pane("base", "base", answer.text, answer, checks, "en")
    assert "ab12cd34" in drawn and "&lt;b&gt;Ritz" in drawn
    assert "breaks “no hotels”" in drawn and "keeps “short”" in drawn and "cut at the length limit" in drawn


def test_duels_are_listed_with_both_answers(lab: Lab) -> None:
    sides = [Contestant("base", "smollm2-135m"), Contestant(RUN, "smollm2-135m", run=RUN)]
    answers = [Answer(one.name, f"said by {n}", "f", 3, 9, 0.1, None) for n, one in enumerate(sides)]
    chat.record_duel(lab.workspace, "Who?", sides, answers)
    drawn = _compare(lab)._duels()
    assert "Who?" in drawn and "said by 0" in drawn and "said by 1" in drawn


def test_the_board_puts_what_tuning_changed_first(lab: Lab) -> None:
    _run(lab)
    _evaluated(lab, {"base": ["wrong", "right", "wrong", "right"], RUN: ["right", "wrong", "wrong", None]})
    tab = _board(lab)
    drawn = tab.refresh(Selection(evaluation=EVALUATION))
    found = _html(drawn)
    order = [found.index(f'class="item {change}"') for change in ("fixed", "broken", "both_wrong", "not_scored")]
    assert order == sorted(order)
    assert "ft-family" in found and "base says &lt;i&gt;0&lt;/i&gt;" in found


@pytest.mark.parametrize("language, share", [("en", "75 %"), ("zh", "75%")])
def test_a_dot_says_its_figure_interval_and_n_in_words(lab: Lab, language: str, share: str) -> None:
    _run(lab)
    _evaluated(lab, {"base": ["wrong"] * 4, RUN: ["right", "right", "right", "wrong"]})
    board = evals.board(lab.workspace, evals.evaluations(lab.workspace)[0])
    drawn = board_view.dots(board, {RUN: "ft-family"}, language)
    assert share in drawn and "3/4" in drawn and "ft-family" in drawn and 'role="img"' in drawn


def test_a_share_out_of_nothing_draws_nothing(lab: Lab) -> None:
    _evaluated(lab, {"base": [None] * 4})
    board = evals.board(lab.workspace, evals.evaluations(lab.workspace)[0])
    assert board_view.dots(board, {}, "en") == "" and board_view.counts(board, {}, "en") == ""


def test_without_a_score_the_board_says_what_to_do(lab: Lab) -> None:
    tab = _board(lab)
    assert "No score yet" in _html(tab.refresh(Selection()))


def test_the_loop_bar_tells_the_before_from_the_score(lab: Lab) -> None:
    _evaluated(lab, {"base": ["wrong", "right", "wrong", "wrong"]})
    found = {stage.name: stage.chosen for stage in stages(lab, Selection(data="family"), "en")}
    assert found["data"] == "family" and found["baseline"] == "25 % right" and found["score"] == ""


def test_the_loop_bar_is_about_the_chosen_data_set_only(lab: Lab) -> None:
    _run(lab)
    _evaluated(lab, {"base": ["wrong"] * 4, RUN: ["right"] * 4})
    sides = [Contestant("base", "smollm2-135m"), Contestant("ft-family", "smollm2-135m", run=RUN)]
    answers = [Answer(one.name, "said", "f", 3, 9, 0.1, None) for one in sides]
    chat.record_duel(lab.workspace, "Who?", sides, answers)
    row = Row("r", (Message("user", "q?"), Message("assistant", "a")), "g", "train")
    lab.datasets.save("other", [row], mode="remember", mode_reason="data.reason_short_facts", language="en")
    reached = {stage.name for stage in stages(lab, Selection(data="family"), "en") if stage.chosen}
    assert reached == {"data", "baseline", "train", "compare", "score"}
    assert {stage.name for stage in stages(lab, Selection(data="other"), "en") if stage.chosen} == {"data"}


def test_once_there_is_a_run_asking_both_comes_before_the_before(lab: Lab) -> None:
    _dataset(lab)
    tab = _compare(lab)
    assert "before-last" not in tab.refresh(Selection(data="family"))[tab.order].elem_classes
    _run(lab)
    _evaluated(lab, {"base": ["wrong"] * 4})
    drawn = tab.refresh(Selection(data="family"))
    assert "before-last" in drawn[tab.order].elem_classes and "<details" in drawn[tab.before_answers]
    assert " open" not in drawn[tab.before_answers] and drawn[tab.right].value == "ft-family"


def test_the_tuned_side_is_a_run_of_the_chosen_data(lab: Lab) -> None:
    _dataset(lab)
    _run(lab)
    later = Run(RUN.replace("0931", "0999"), "ft-other", "smollm2-135m", "aa", "lora", "bb", "other", "v", "2026-11-22")
    lab.workspace.job(later.id).mkdir(parents=True)
    lab.runs.save(later)
    tab = _compare(lab)
    assert tab.refresh(Selection(data="family"))[tab.right].value == "ft-family"


def test_a_board_that_does_not_move_is_left_alone_at_a_tick_and_drawn_when_its_job_has_just_ended(lab: Lab) -> None:
    _run(lab)
    _evaluated(lab, {"base": ["wrong"], RUN: ["right"]})
    tab, status = _board(lab), lab.workspace.job(EVALUATION) / "status.json"
    status.write_text('{"state": "done"}', "utf-8")
    assert "test question 0?" in _html(tab.watch(Selection(evaluation=EVALUATION)))
    os.utime(status, (0, 0))
    assert "test question 0?" not in _html(tab.watch(Selection(evaluation=EVALUATION)))
    assert "test question 0?" in _html(tab.refresh(Selection(evaluation=EVALUATION)))
