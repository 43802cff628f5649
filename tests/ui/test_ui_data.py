"""The Data tab, its handlers called as methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from lab.errors import DataError
from lab.lab import Lab
from lab.records import Message, Row, Version, to_json
from lab.ui.page import Page, Selection
from lab.ui.tabs.data import DataTab
from lab.ui.tabs.data_showing import Showing, drafted
from lab.words import say
from lab.workspace import write_json

DOCUMENT = (
    "# Marlow Lake\n\nMarlow Lake is a quiet campsite in the north.\n\n## When does it open?\n\nIt opens in May.\n"
)


def _tab(lab: Lab, language: str = "en") -> DataTab:
    with gr.Blocks():
        page = Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs())
        tab = DataTab(page)
        tab.build()
    return tab


def _rows(tmp_path: Path, n: int = 12) -> Path:
    path = tmp_path / "rows.jsonl.txt"
    lines = [f'{{"question": "Question {i}?", "answer": "Answer <b>{i}</b>."}}' for i in range(n)]
    path.write_text("\n".join([*lines, "{broken"]), "utf-8")
    return path


def _click(value: str) -> Any:
    return gr.EventData(None, {"pick": value})


def test_dropped_rows_are_shown_as_chats_with_their_problems(lab: Lab, tmp_path: Path) -> None:
    tab = _tab(lab)
    drawn = tab.intake.take_files([str(_rows(tmp_path))])
    assert "Question 0?" in drawn[tab.rows.rows] and "Answer &lt;b&gt;0&lt;/b&gt;." in drawn[tab.rows.rows]
    assert "rows.jsonl.txt:13" in drawn[tab.problems.list]
    assert drawn[tab.sheet].visible is True or drawn[tab.sheet]["visible"] is True
    assert drawn[tab.split.name] == "rows.jsonl"


def test_a_file_without_a_usable_row_cannot_be_saved_and_says_why(lab: Lab, tmp_path: Path) -> None:
    tab = _tab(lab)
    path = tmp_path / "prompts.jsonl"
    path.write_text('{"messages": [{"role": "user", "content": "And?"}]}\n', "utf-8")
    drawn = tab.intake.take_files([str(path)])
    assert drawn[tab.split.save].interactive is False and "prompts.jsonl:1" in drawn[tab.problems.list]


def test_pages_of_rows_turn_and_stop_at_the_ends(lab: Lab, tmp_path: Path) -> None:
    tab = _tab(lab)
    showing = tab.intake.take_files([str(_rows(tmp_path))])[tab.showing]
    second = tab.rows.turn_on(showing)[tab.showing]
    assert second.page == 1 and tab.rows.turn_on(second)[tab.showing].page == 1
    assert tab.rows.turn_back(tab.rows.turn_back(second)[tab.showing])[tab.showing].page == 0


def test_saving_freezes_a_version_and_chooses_it(lab: Lab, tmp_path: Path) -> None:
    tab = _tab(lab, "zh")
    showing = tab.intake.take_files([str(_rows(tmp_path))])[tab.showing]
    version = lab.save_draft(drafted(lab, showing.order), "mine")
    assert lab.datasets.names() == ["mine"] and version.problems
    chosen = tab.intake.choose(Selection(), _click("mine"))
    assert chosen[tab.page.selection].data == "mine"
    assert "mine" in chosen[tab.intake.saved]


def test_a_data_set_without_a_name_is_not_saved(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        lab.save_draft(lab.draft([_rows(tmp_path)]), "  ")


def test_the_person_may_choose_the_split(lab: Lab, tmp_path: Path) -> None:
    tab = _tab(lab)
    showing = tab.intake.take_files([str(_rows(tmp_path))])[tab.showing]
    assert "Learn a skill." in tab.split.split_anew(showing, "generalise")[tab.split.split]
    assert "Remember facts." in tab.split.split_anew(showing, "remember")[tab.split.split]


def test_documents_go_to_the_review_and_rows_to_their_list(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "lake.md"
    path.write_text(DOCUMENT, "utf-8")
    tab = _tab(lab)
    drawn = tab.intake.take_files([str(path)])
    assert drafted(lab, drawn[tab.showing].order).problems == [], "nothing is said of a split of no rows"
    assert drawn[tab.of_rows].visible is False and drawn[tab.review.making.how].visible is True
    both = tab.intake.take_files([str(path), str(_rows(tmp_path))])
    assert both[tab.of_rows].visible is True and both[tab.review.making.how].visible is True
    kept = drafted(lab, both[tab.showing].order)
    assert all(row.document is None for row in kept.plan.rows), "of a document rows are made by a synthesis only"


def test_an_empty_lab_shows_one_thing_to_do(lab: Lab) -> None:
    tab = _tab(lab)
    drawn = tab.refresh(Selection())
    assert drawn[tab.showing] == Showing()
    assert "No data set yet" in drawn[tab.intake.saved]


def test_a_language_the_base_hardly_reads_is_said(lab: Lab) -> None:
    told = Version("n", "v", 1, "remember", "data.reason_short_facts", {}, 1, "zh", "2026-11-21T00:00:00Z")
    assert "smollm2-135m" in _tab(lab).reading_note(told)


def test_a_run_shipped_with_the_lab_is_pointed_at_and_marked(lab: Lab) -> None:
    assert "ready-made" not in _tab(lab).intake.greeting()
    row = Row("r", (Message("user", "q?"), Message("assistant", "a")), "g", "train")
    saved = lab.datasets.save("shown", [row], mode="remember", mode_reason="", language="en")
    write_json(lab.datasets.folder(saved) / "version.json", {**to_json(saved), "recorded": True})
    tab = _tab(lab)
    assert 'href="/?tab=board"' in tab.intake.greeting()
    drawn = tab.draw(Showing())
    assert say("ui_data.recorded", "en") in drawn[tab.intake.saved] and drawn[tab.intake.hero].visible
