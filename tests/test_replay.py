"""Recordings played again: at their own pace, without a model, and nothing else in a demo."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import chat, evals, replay
from lab.errors import LabError
from lab.lab import Lab
from lab.recorded import bring_in
from lab.records import Answer, Message
from lab.runs import contestants
from lab.settings import Settings

RUN = "ft-family-en-recorded"


@pytest.fixture
def demo(tmp_path: Path) -> Lab:
    made = Lab(Settings(home=tmp_path / "workspace", models=tmp_path / "none", demo=True))
    bring_in(made.workspace)
    return made


def test_both_recorded_answers_come_whole_piece_by_piece_and_no_faster_than_they_were(demo: Lab) -> None:
    sides = contestants(["base", RUN], demo.runs, demo.datasets)
    recordings = replay.Recordings(demo.workspace)
    questions = recordings.questions(sides)
    stored = list(evals.read_items(demo.workspace.job(evals.evaluations(demo.workspace, "family-en-recorded")[0].id)))
    assert set(questions) == {one.question for one in stored}
    quick = min(questions, key=lambda asked: max(one.seconds for one in stored if one.question == asked))
    begun, said, whole = time.monotonic(), ["", ""], dict[int, Answer]()
    for place, item in recordings.pair(sides, f" {quick.upper()} "):
        if isinstance(item, Answer):
            whole[place] = item
        else:
            said[place] += item
    assert time.monotonic() - begun >= max(one.seconds for one in whole.values()) - 0.05
    for place, name in enumerate(("base", RUN)):
        record = next(one for one in stored if one.question == quick and one.contestant == name)
        assert said[place] == whole[place].text == record.answer and whole[place].fingerprint == record.fingerprint


def test_what_was_not_recorded_is_answered_with_what_was(demo: Lab) -> None:
    recordings = replay.Recordings(demo.workspace)
    sides = contestants(["base", RUN], demo.runs, demo.datasets)
    with pytest.raises(LabError) as caught:
        list(recordings.pair(sides, "Who painted the ceiling of the town hall?"))
    assert recordings.questions(sides)[0] in str(caught.value)
    never_together = contestants([RUN, "url:http://127.0.0.1:9#elsewhere"], demo.runs, demo.datasets)
    with pytest.raises(LabError, match="elsewhere"):
        list(recordings.pair(never_together, "How old is Nora?"))


def test_a_duel_is_a_recording_too(demo: Lab) -> None:
    sides = contestants(["base", RUN], demo.runs, demo.datasets)
    answers = [Answer(one.name, f"{one.name} says", "f", 2, 5, 0.02, 0.01) for one in sides]
    chat.record_duel(demo.workspace, "Is it new?", sides, answers)
    found = [item for _, item in replay.Recordings(demo.workspace).pair(sides, "is it new") if isinstance(item, Answer)]
    assert sorted(one.text for one in found) == sorted(one.text for one in answers)


@pytest.mark.parametrize("speed", [1, 16])
def test_a_curve_is_played_step_after_step_in_its_own_time(demo: Lab, speed: int) -> None:
    run = demo.runs.get(RUN)
    events = demo.jobs.events(run.id, "step")
    waited: list[float] = []
    played = list(replay.steps(events, speed, waited.append, frame=1.0))
    counts = [len(steps) for steps, _ in played]
    assert counts == sorted(set(counts)) and played[-1][0] == events
    recorded = float(events[-1]["seconds"]) - float(events[0]["seconds"])
    assert recorded / speed <= sum(waited) <= recorded / speed * 1.2 + 10
    assert list(replay.steps([{"step": 1, "loss": 2.0}], speed, waited.append)) == []


@pytest.mark.parametrize(
    "act",
    [
        lambda lab: lab.engine.ensure(),
        lambda lab: lab.engine.address(),
        lambda lab: lab.engine.answer(
            contestants([RUN], lab.runs, lab.datasets)[0], (Message("user", "How old is Nora?"),)
        ),
    ],
)
def test_no_engine_starts_in_a_demo(demo: Lab, act: Callable[[Lab], object], models: Path) -> None:
    demo = Lab(Settings(home=demo.workspace.root, models=models, demo=True))
    with pytest.raises(LabError, match="recordings only"):
        act(demo)
    assert not (demo.workspace.root / "engine" / "engine.json").exists()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_run_s_own_questions_are_offered_first(demo: Lab, language: str) -> None:
    sides = contestants(["base", f"ft-family-{language}-recorded"], demo.runs, demo.datasets)
    offered = replay.Recordings(demo.workspace).questions(sides)
    version = demo.datasets.get(f"family-{language}-recorded")
    tested = {row.question for row in demo.datasets.rows(version, "test")}
    assert set(offered[: len(tested)]) == tested
