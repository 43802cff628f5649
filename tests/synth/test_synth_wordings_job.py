"""Rewording with a model as a job: it can be stopped, goes on without asking twice, and what there is can be saved."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from small_server import serving

from lab.errors import UsageError
from lab.jobs import JobView
from lab.lab import Lab
from lab.settings import Settings
from lab.synth import provider_spec, reworded_so_far, start_rewording
from lab.synth.wording.rewording_job import REPLIES
from lab.workspace import read_jsonl

ROWS = [
    ("Where does Mara live?", "Mara lives in Oslo."),
    ("How old is Nora?", "Nora is 12."),
    ("What does Ivo eat?", "Ivo eats fish."),
    ("Who is the cook?", "The cook is Alma."),
]


def _lab(folder: Path) -> Lab:
    lab = Lab(Settings(home=folder / "home"))
    path = folder / "facts.jsonl"
    path.write_text("".join(json.dumps({"prompt": q, "completion": a}) + "\n" for q, a in ROWS))
    lab.save_draft(lab.draft([path], mode="remember"), "facts")
    return lab


def _say(asked: str, turns: list[dict[str, str]]) -> str:
    question = next((q for q, _ in ROWS if q in asked), "")
    return f"By the way, {question[0].lower()}{question[1:]}" if question else ""


def _slow(asked: str, turns: list[dict[str, str]]) -> str:
    """One reply comes at once, the others while somebody has time to stop."""
    time.sleep(0 if "Mara" in asked else 2)
    return _say(asked, turns)


def _start(lab: Lab, url: str, **more: Any) -> JobView:
    return start_rewording(lab.jobs, lab.datasets, "facts", "more", provider_spec(url), 2, models=lab.models, **more)


def test_a_rewording_is_a_job_whose_replies_are_kept(tmp_path: Path) -> None:
    lab = _lab(tmp_path)
    with serving(_say) as server:
        job = lab.jobs.wait(_start(lab, server.url).id)
        assert job.state == "done", job.status.error
        asked = len(server.asked)
    result = job.status.result
    rows = list(lab.datasets.rows(lab.datasets.get("more")))
    worded = [row for row in rows if "wording:model" in row.tags]
    assert result["by_model"] == len(worded) == 4 and result["version"] == lab.datasets.get("more").version
    assert len(list(read_jsonl(job.folder / REPLIES))) == asked == 4
    assert reworded_so_far(lab.datasets, job).version.version == result["version"], "saving again changes nothing"


def test_a_stopped_rewording_can_be_saved_and_goes_on_without_asking_twice(tmp_path: Path) -> None:
    lab = _lab(tmp_path)
    with serving(_slow) as server:
        job = _start(lab, server.url)
        with pytest.raises(UsageError) as refused:
            reworded_so_far(lab.datasets, job)
        assert refused.value.key == "reword.not_ended"
        while not list(read_jsonl(job.folder / REPLIES)):
            time.sleep(0.05)
        lab.jobs.stop(job.id)
        stopped = lab.jobs.wait(job.id)
        kept = len(list(read_jsonl(job.folder / REPLIES)))
        assert stopped.state == "stopped" and 0 < kept < 4
        part = reworded_so_far(lab.datasets, stopped)
        assert part.by_model == kept and part.pairs > kept and "not_parsed" not in part.rejected
        again = _start(lab, server.url)
        assert again.id == job.id and lab.jobs.wait(job.id).status.result["by_model"] == 4
        asked = list(server.asked)
        assert len(set(asked[:4])) == 4, "one was answered, and all four had been asked"
        assert len(set(asked)) == 4 and len(asked) == 4 + (4 - kept), "only what was in work is asked again"


def test_answers_vary_only_with_a_model_and_a_remote_one_needs_a_yes(tmp_path: Path) -> None:
    lab = _lab(tmp_path)
    with pytest.raises(UsageError) as refused:
        _start(lab, "https://models.example.com/v1")
    assert refused.value.key == "synth_model.leaves_machine" and lab.jobs.all("reword") == []
