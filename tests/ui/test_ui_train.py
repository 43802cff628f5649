"""The Train tab, its handlers called as methods, over jobs that are only folders."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest

from lab.errors import JobError, UsageError
from lab.jobs.context import write_status
from lab.lab import Lab
from lab.recorded import bring_in
from lab.records import JobSpec, JobStatus, Message, Row, Run, to_json
from lab.train import parent_named
from lab.train.checkpoints import seal
from lab.train.recipe import SftRecipe, recipe, write
from lab.ui.contestants import names
from lab.ui.page import Page, Selection
from lab.ui.stages import stages
from lab.ui.tabs.disk import DiskPanel
from lab.ui.tabs.train import TrainTab
from lab.ui.views import train as view
from lab.workspace import append_jsonl, write_json

JOB = "20261121-093100-train-family-a1b"


def _tab(lab: Lab, language: str = "en") -> TrainTab:
    with gr.Blocks():
        page = Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs())
        tab = TrainTab(page)
        tab.build()
    return tab


def _dataset(lab: Lab) -> None:
    messages = (Message("user", "Who?"), Message("assistant", "Jim."))
    lab.datasets.save(
        "family",
        [Row("1", messages, "g", "train")],
        mode="remember",
        mode_reason="data.reason_short_facts",
        language="en",
    )


def _job(lab: Lab, **status: Any) -> None:
    folder = lab.workspace.job(JOB)
    folder.mkdir(parents=True)
    options = {"dataset": "family", "base": "smollm2-135m", "recipe": {"preset": "demo"}}
    write_json(folder / "spec.json", to_json(JobSpec(JOB, "train", "family", "2026-11-21T09:31:00Z", options=options)))
    write_status(folder, JobStatus(**status))
    for step in (1, 2, 3):
        append_jsonl(
            folder / "events.jsonl", {"kind": "step", "attempt": 1, "time": "", "step": step, "loss": 3.0 / step}
        )


def _finished(lab: Lab) -> None:
    _job(lab, state="done", step=3, total=3)
    lab.runs.save(
        Run(JOB, "ft-family", "smollm2-135m", "aaaa", "lora", "bbbb11112222", "family", "v1", "2026-11-21T09:33:00Z")
    )


def test_without_data_the_tab_says_where_to_get_some(lab: Lab) -> None:
    tab = _tab(lab)
    assert "Data tab" in tab.refresh(Selection())[tab.none].value


def test_a_run_that_goes_on_shows_step_rate_and_time_left(lab: Lab) -> None:
    _job(lab, state="queued", phase="jobs.phase_starting", step=3, total=10, rate=0.5)
    tab = _tab(lab)
    drawn = tab.watch(Selection(run=JOB))
    assert "3 of 10" in drawn[tab.live] and "0.5 steps/s" in drawn[tab.live] and "14 s" in drawn[tab.live]
    assert "You may close this page" in drawn[tab.live]


def test_what_was_shown_before_a_refresh_is_shown_after_it(lab: Lab) -> None:
    _job(lab, state="queued", step=3, total=10)
    first, second = _tab(lab), _tab(lab)
    assert first.watch(Selection(run=JOB))[first.live] == second.watch(Selection())[second.live]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_interrupted_run_can_be_resumed_and_says_so(lab: Lab, language: str) -> None:
    _job(lab, state="running", step=3, total=10)
    tab = _tab(lab, language)
    drawn = tab.watch(Selection(run=JOB))
    assert drawn[tab.resume].visible is True and drawn[tab.stops].visible is False
    assert tab.page.say("ui_train.interrupted") in drawn[tab.live]


def test_a_failed_run_shows_its_sentence_and_its_log(lab: Lab) -> None:
    values = {"name": "family", "known": "—"}
    _job(lab, state="failed", error="data.no_such_dataset", error_values=values)
    tab = _tab(lab)
    drawn = tab.watch(Selection(run=JOB))
    assert "There is no data set named family" in drawn[tab.live]
    assert "<summary>Log</summary>" in drawn[tab.log]


def test_a_finished_run_shows_its_card_and_can_be_shipped(lab: Lab) -> None:
    _finished(lab)
    tab = _tab(lab)
    drawn = tab.watch(Selection(run=JOB))
    assert "bbbb11112222" in drawn[tab.live] and "Learning rate" in drawn[tab.live]
    assert drawn[tab.ship].visible is True


def test_a_preset_fills_the_form(lab: Lab) -> None:
    tab = _tab(lab)
    filled = tab.fill("quality", "full")
    shown = [filled[component] for component in tab.form.components]
    assert tab.form.read(shown, recipe("quality", "full")) == recipe("quality", "full")


def test_a_setting_out_of_bounds_starts_nothing(lab: Lab) -> None:
    _dataset(lab)
    tab = _tab(lab)
    values = dict(zip(tab.form.knobs, tab.form.values(SftRecipe()), strict=True)) | {"batch_size": 0}
    with pytest.raises(UsageError):
        tab.start(Selection(), "family", "smollm2-135m", "demo", "lora", "", "x", *values.values())
    assert lab.jobs.all() == []


def test_the_curve_has_both_losses_and_only_where_they_were_measured() -> None:
    steps = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0, "eval_loss": 1.5}]
    assert view.points(steps) == [("train", 1, 2.0), ("train", 2, 1.0), ("eval", 2, 1.5)]


def test_the_line_that_asks_by_program_survives_a_shell() -> None:
    asked = (Message("user", "What's up?"),)
    line = view.curl("http://127.0.0.1:7860", "ft-family", asked)
    assert "What&#x27;\\&#x27;&#x27;s up?" in line and "Authorization" not in line
    assert "Bearer $LAB_PASSWORD" in view.curl("http://192.168.1.7:7860", "ft-family", asked, with_password=True)


def test_the_line_asks_exactly_this_run_with_the_prompt_it_was_trained_with(lab: Lab) -> None:
    messages = (Message("system", "Be brief."), Message("user", "Who?"), Message("assistant", "Jim."))
    rows = [Row("1", messages, "g", "train")]
    saved = lab.datasets.save("family", rows, mode="remember", mode_reason="", language="en")
    _finished(lab)
    older = lab.runs.get(JOB)
    lab.runs.save(replace(older, version=saved.version))
    newer = replace(older, id="20261122-093100-train-family-b2c")
    lab.workspace.job(newer.id).mkdir()
    lab.runs.save(newer)
    tab = _tab(lab)
    line = tab.watch(Selection(run=JOB))[tab.shipped]
    assert f"&quot;model&quot;: &quot;{JOB}&quot;" in line
    assert "Be brief." in line and "Who?" in line and "Jim." not in line


def test_a_deleted_run_is_named_nowhere_or_as_gone_and_undo_brings_it_back(lab: Lab) -> None:
    bring_in(lab.workspace)
    run = lab.runs.get("ft-family-en-recorded")
    chosen = Selection(tab="train", data=run.dataset, run=run.id)
    tab, before = _tab(lab), stages(lab, chosen, "en")
    panel = DiskPanel(tab.page)
    with gr.Blocks():
        panel.build()
    moved = panel.delete(chosen, gr.EventData(None, {"pick": f"run:{run.id}"}))
    left = moved[tab.page.selection]
    assert left == chosen.with_(run="") and moved[tab.page.clock].active
    drawn = tab.refresh(left)
    assert run.id not in drawn[tab.runs] and drawn[tab.ship].visible is drawn[tab.curve].visible is False
    assert [stage.name for stage in stages(lab, left, "en") if stage.next] == ["train"]
    assert names(lab, "en", [run.name])[run.name] == f"{run.name} (no longer here)"
    [gone] = panel.disk.trashed()
    panel.restore(left, gr.EventData(None, {"pick": gone.id}))
    assert run.id in tab.refresh(left)[tab.runs] and stages(lab, chosen, "en") == before
    panel.disk.delete(f"dataset:{run.dataset}")
    listed = tab.refresh(chosen)
    assert f"{run.dataset} (no longer here)" in listed[tab.runs] and "(no longer here)" in listed[tab.live]


def test_before_the_start_the_tab_tells_steps_and_the_time_that_earlier_runs_here_took(lab: Lab) -> None:
    messages = (Message("user", "Who?"), Message("assistant", "Jim."))
    rows = [Row(str(n), messages, f"g{n}", "train") for n in range(20)]
    lab.datasets.save("family", rows, mode="remember", mode_reason="", language="en")
    tab = _tab(lab)

    def told(**changes: float) -> str:
        values = dict(zip(tab.form.knobs, tab.form.values(recipe("balanced")), strict=True)) | changes
        return tab.tell_estimate("family", "smollm2-135m", "balanced", "lora", *values.values())

    assert "20 training rows: 30 steps, 10 passes" in told() and "not known yet" in told()
    assert "at most 30 steps" in told(time_budget=120.0) and "About 2.0 minutes" in told(time_budget=120.0)
    _finished(lab)
    run = replace(lab.runs.get(JOB), steps=10, train_seconds=40.0)
    lab.runs.save(run)
    write(lab.runs.folder(run) / "recipe.yaml", recipe())
    assert "About 2.0 minutes, at the pace of ft-family" in told()
    assert "15 steps" in told(time_budget=60.0) and "not known yet" in told(batch_size=4)
    assert told(batch_size=0) == ""
    lab.runs.save(replace(run, recorded=True))
    assert "not known yet" in told()


def test_a_run_may_begin_with_each_whole_checkpoint_of_another(lab: Lab) -> None:
    _dataset(lab)
    _finished(lab)
    for step in (2, 10):
        folder = lab.workspace.job(JOB) / "checkpoints" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / "adapter_model.safetensors").write_bytes(b"x")
        seal(folder)
    (lab.workspace.job(JOB) / "checkpoints" / "checkpoint-12").mkdir()
    tab = _tab(lab)
    offered = [value for _, value in tab.refresh(Selection())[tab.parent].choices]
    assert offered == ["", "ft-family", "ft-family@10", "ft-family@2"]
    assert parent_named(lab.runs, "ft-family@10") == (lab.runs.get(JOB), 10)
    (folder / "adapter_model.safetensors").write_bytes(b"y")
    for name in ("ft-family@10", "ft-family@12", "ft-family@x"):
        with pytest.raises(JobError, match="no whole checkpoint"):
            parent_named(lab.runs, name)
