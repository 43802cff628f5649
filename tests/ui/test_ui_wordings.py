"""New wordings on the Data tab: by rules at once; with a model by a job that is watched, paused and taken."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from lab.errors import UsageError
from lab.lab import Lab
from lab.ui.page import Page, Selection
from lab.ui.tabs.data import DataTab
from lab.ui.tabs.data_showing import Showing

ROWS = [("Where does Mara live?", "Mara lives in Oslo."), ("How old is Nora?", "Nora is 12.")]
NOBODY = "http://127.0.0.1:9/v1"


def _tab(lab: Lab, folder: Path, language: str = "en") -> DataTab:
    path = folder / "facts.jsonl"
    path.write_text("".join(json.dumps({"prompt": q, "completion": a}) + "\n" for q, a in ROWS))
    lab.save_draft(lab.draft([path], mode="remember"), "facts")
    with gr.Blocks():
        tab = DataTab(Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs()))
        tab.build()
    return tab


def _add(tab: DataTab, way: str, url: str = "", answers: str = "exact") -> dict[Any, Any]:
    who = ["url" if url else "local", url, "m", "", False]
    return tab.wordings.add_wordings(Showing(dataset="facts"), Selection(data="facts"), 2, way, answers, *who)


def test_rules_word_at_once(lab: Lab, tmp_path: Path) -> None:
    tab = _tab(lab, tmp_path)
    before = lab.datasets.get("facts").version
    drawn = _add(tab, "rules")
    assert lab.datasets.get("facts").version != before and lab.jobs.all("reword") == []
    assert drawn[tab.page.selection].data == "facts"


def test_a_model_that_is_not_there_leaves_a_job_that_says_so_and_rules_can_still_be_taken(
    lab: Lab, tmp_path: Path
) -> None:
    tab = _tab(lab, tmp_path)
    panel = tab.wordings
    assert panel.choose_way("model")[panel.model].visible is True
    started = _add(tab, "model", NOBODY, "reworded")
    assert started[panel.stop].visible is True
    (job,) = lab.jobs.all("reword")
    while not lab.jobs.get(job.id).is_final:
        time.sleep(0.05)
    drawn = tab.watch(Selection(data="facts"))
    assert NOBODY in drawn[panel.progress] and drawn[panel.go_on].visible is True
    taken = panel.take_ready(Showing(dataset="facts"), Selection(data="facts"))
    assert taken[tab.page.selection].data == "facts" and lab.datasets.get("facts").rows > len(ROWS)
    assert tab.draw(Showing(dataset="facts"))[panel.progress] == "", "a newer version leaves the job behind"


def test_a_server_elsewhere_wants_a_yes(lab: Lab, tmp_path: Path) -> None:
    tab = _tab(lab, tmp_path)
    with pytest.raises(UsageError) as refused:
        _add(tab, "model", "https://models.example.com/v1")
    assert refused.value.key == "synth_model.leaves_machine" and lab.jobs.all("reword") == []


def test_questions_to_decline_become_the_next_version_and_stand_in_the_test_too(lab: Lab, tmp_path: Path) -> None:
    tab = _tab(lab, tmp_path)
    before = lab.datasets.get("facts")
    drawn = tab.declining.add_questions(Showing(dataset="facts"), Selection(data="facts"), 70)
    after = lab.datasets.get("facts")
    added = [row for row in lab.datasets.rows(after) if "should_decline" in row.tags]
    assert drawn[tab.page.selection].data == "facts" and after.parent == f"facts@{before.version}"
    assert {row.split for row in added} == {"train", "test"} and len(added) == after.rows - before.rows
