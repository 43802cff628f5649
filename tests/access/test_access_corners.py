"""What one visitor made is theirs and the host's: others cannot see, use, stop or change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from corners import corner, row

from lab import access, chat
from lab.access import Access, Caller, Limits, Right
from lab.access.cookies import visitor_id
from lab.access.limits import Started, check_lessons
from lab.errors import AccessError, DataError, EvalError, JobError, LabError
from lab.jobs import Jobs
from lab.lab import Lab
from lab.records import Contestant, Run
from lab.runs import contestant
from lab.settings import Settings

LIMITS = Limits()
ONE, OTHER = (
    Caller(frozenset({Right.READ, Right.CHAT, Right.VOTE, Right.TEACH}), id=visitor_id(name), name=name, limits=LIMITS)
    for name in ("Bo", "Cy")
)
HOST = Caller(frozenset(Right), name="Ada", host=True, signed_in=True)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(Settings(home=tmp_path / "workspace", models=tmp_path / "models"))


def test_a_corner_is_seen_by_its_visitor_and_the_host_only(lab: Lab) -> None:
    run = corner(lab, ONE)

    def seen(caller: Caller) -> tuple[int, int, int]:
        with access.acting(caller):
            return len(lab.jobs.all()), len(lab.runs.all()), len(lab.datasets.names())

    assert [seen(one) for one in (ONE, HOST, OTHER, Caller())] == [(1, 1, 1), (1, 1, 1), (0, 0, 0), (0, 0, 0)]
    assert run.owner == ONE.id


@pytest.mark.parametrize(
    ("reach", "refused"),
    [
        (lambda lab, run: lab.jobs.get(run.id), JobError),
        (lambda lab, run: lab.jobs.log(run.id), JobError),
        (lambda lab, run: lab.jobs.events(run.id), JobError),
        (lambda lab, run: lab.jobs.stop(run.id), LabError),
        (lambda lab, run: lab.jobs.resume(run.id), LabError),
        (lambda lab, run: lab.jobs.move_first(run.id), LabError),
        (lambda lab, run: lab.runs.get(run.id), EvalError),
        (lambda lab, run: lab.runs.get(run.name), EvalError),
        (lambda lab, run: contestant(run.id, lab.runs, lab.datasets), EvalError),
        (lambda lab, run: lab.datasets.get(run.dataset), DataError),
        (lambda lab, run: lab.datasets.get(run.dataset, run.version), DataError),
        (lambda lab, run: contestant(f"base+docs:{run.dataset}", lab.runs, lab.datasets), DataError),
        (lambda lab, run: _corner_again(lab, run), AccessError),
    ],
)
def test_another_visitor_reaches_nothing_of_it(
    lab: Lab, reach: Callable[[Lab, Run], object], refused: type[LabError]
) -> None:
    run = corner(lab, ONE)
    with access.acting(OTHER), pytest.raises(refused):
        reach(lab, run)
    assert lab.jobs.get(run.id).state == "done" and not (lab.runs.folder(run) / "control.json").exists()


def _corner_again(lab: Lab, run: Run) -> None:
    """Write rows of one's own into the data set of somebody else."""
    lab.datasets.save(run.dataset, [row("Who?")], mode="remember", mode_reason="teach.mode_reason", language="en")


def test_what_was_asked_of_a_corner_is_shown_in_it_only(lab: Lab) -> None:
    own, shared = corner(lab, ONE), corner(lab, HOST)
    for run in (own, shared):
        with access.acting(ONE):
            chat.record_duel(lab.workspace, run.id, [Contestant("x", "b", run=run.id)], [])

    def asked(caller: Caller) -> set[str]:
        with access.acting(caller):
            return {duel.question for duel in chat.duels(lab.workspace)}

    assert asked(OTHER) == {shared.id} and asked(ONE) == asked(HOST) == {own.id, shared.id}


def test_the_host_s_things_are_not_a_visitor_s_to_change(lab: Lab) -> None:
    run = corner(lab, HOST)
    with access.acting(ONE):
        assert lab.datasets.get(run.dataset).owner == "" and lab.runs.get(run.id).owner == ""
        for reach in (lambda: lab.jobs.stop(run.id), lambda: _corner_again(lab, run)):
            with pytest.raises(AccessError):
                reach()


def test_a_visitor_known_by_the_hub_cannot_be_met_by_a_cookie() -> None:
    """A hub's name is public: a cookie that says it must not open the corner kept under it."""
    room = Access(Settings(host="0.0.0.0", visitors="teach"))
    name = "a-name-of-more-than-22-letters"
    token = room.sign_in_from_hub(name, owns=False)
    signed_in = room.caller({"host": "lab", "cookie": f"lab-session-7860={token}"}, "10.0.0.7")
    forged = room.caller({"host": "lab", "cookie": f"lab-visitor-7860={name}"}, "10.0.0.7")
    assert signed_in.id and forged.id and signed_in.id != forged.id
    assert signed_in.may(Right.TEACH) and signed_in.limits == LIMITS


def test_without_a_cookie_nobody_has_a_corner() -> None:
    room = Access(Settings(host="0.0.0.0", visitors="teach"))
    assert not room.caller({"host": "lab"}, "10.0.0.7").may(Right.TEACH)
    assert room.caller({"host": "lab", "cookie": f"lab-visitor-7860={'x' * 30}"}, "10.0.0.7").may(Right.TEACH)


@pytest.mark.parametrize(
    ("started", "said"),
    [
        ([], ""),
        ([Started("v-1", 9, True)], "lesson_waiting"),
        ([Started("v-2", 9, True)] * 4, "lessons_waiting_reached"),
        ([Started("v-1", 9, False)] * 6, "lessons_each_reached"),
        ([Started("v-1", 3601, False)] * 6, ""),
        ([Started("v-2", 9, False)] * 30, "lessons_all_reached"),
    ],
)
def test_lessons_of_visitors_have_limits(started: list[Started], said: str) -> None:
    try:
        check_lessons(LIMITS, "v-1", started)
        found = ""
    except AccessError as refused:
        found = refused.key.removeprefix("access.")
    assert found == said


def test_a_second_lesson_waits_for_the_first(lab: Lab) -> None:
    corner(lab, ONE, state="queued")
    jobs: Jobs = lab.jobs
    with access.acting(ONE), pytest.raises(AccessError) as refused:
        jobs.submit("teach", "another", {})
    assert refused.value.key == "access.lesson_waiting"
    assert len(jobs.all()) == 1
