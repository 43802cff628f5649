"""Another server as a contestant: its answers stay comparable after it is switched off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from judged import THINGS, fee
from judged import save as save_camp
from small_server import serving

from lab import evals
from lab.errors import EvalError
from lab.evals import Evaluation, ItemRecord
from lab.jobs import JobView
from lab.lab import Lab
from lab.settings import Settings


@pytest.fixture
def camp(tmp_path: Path) -> Lab:
    lab = Lab(Settings(home=tmp_path / "workspace"))
    save_camp(lab)
    return lab


def _answers(folder: Path, name: str, right: int) -> str:
    lines = [
        json.dumps({"id": f"{thing}-{split}", "prediction": f"{fee(thing)} euros" if place < right else "No idea."})
        for place, thing in enumerate(THINGS)
        for split in ("train", "test")
    ]
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return f"file:{path}"


def _evaluated(lab: Lab, *models: str) -> tuple[JobView, Evaluation, dict[tuple[str, str], ItemRecord]]:
    told = {"models": list(models), "models_folder": lab.models, "max_items": 20, "keep_alive": False}
    started = evals.start(lab.jobs, lab.datasets, lab.runs, dataset="camp", **told)  # type: ignore[arg-type]
    job = lab.jobs.wait(started.id)
    assert job.state == "done", lab.jobs.log(job.id)
    records = {(one.contestant, one.item): one for one in evals.read_items(job.folder)}
    return job, next(one for one in evals.evaluations(lab.workspace) if one.id == job.id), records


def _priced(asked: str, turns: list[dict[str, str]]) -> str:
    thing = next(name for name in THINGS if name in asked)
    return f"That is {fee(thing)} euros." if THINGS.index(thing) % 2 else "Ask at the desk."


def test_answers_of_a_server_stay_comparable_after_it_is_switched_off(camp: Lab, tmp_path: Path) -> None:
    first_file, other_file = _answers(tmp_path, "first", 6), _answers(tmp_path, "other", 20)
    with serving(_priced) as server:
        away = f"url:{server.url}#small-model"
        first, _, before = _evaluated(camp, first_file, away)
        asked = len(server.requests)
        again, evaluation, anew = _evaluated(camp, first_file, away)
        assert len(server.requests) == 2 * asked, "a server that is there is asked: its model may be another by now"
        assert {one.reused for one in anew.values()} == {""} and evals.board(camp.workspace, evaluation).kept == {}

    other = f"url:{server.url}#another-model"
    second, evaluation, after = _evaluated(camp, other_file, away, other)
    assert {one.error for (who, _), one in after.items() if who == other} == {"engine.url_unreachable"}
    given = {item: one for (who, item), one in after.items() if who == away}
    assert len(given) == asked and {one.reused for one in given.values()} == {again.id} and first.id != again.id
    for item, one in given.items():
        then = before[away, item]
        assert (one.answer, one.judgement, one.vectors, one.error) == (then.answer, then.judgement, then.vectors, "")
    assert second.status.result["not_scored"] == asked, "what a server was never asked is not made up"
    board = evals.board(camp.workspace, evaluation)
    assert board.kept == {away: asked}
    difference = board.difference(away, metric="right")
    assert difference is not None and difference.base == other_file and difference.interval.n == 20
    for language, word in (("en", "earlier evaluation"), ("zh", "以前的评测记录")):
        assert word in evals.verdict(board).text(language)


def test_a_server_that_wants_a_key_gets_it_and_the_key_is_written_nowhere(
    camp: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMP_KEY", "sk-correct-horse")
    monkeypatch.setenv("OTHER_KEY", "sk-wrong-horse")
    with serving(_priced, key="sk-correct-horse") as server:
        away, wrong = (f"url:{server.url}#small-model+key:{name}" for name in ("CAMP_KEY", "OTHER_KEY"))
        job, _, records = _evaluated(camp, away, wrong)
    assert {one.error for (who, _), one in records.items() if who == away} == {""}
    assert {one.error for (who, _), one in records.items() if who == wrong} == {"engine.url_refused"}
    written = b"".join(path.read_bytes() for path in job.folder.rglob("*") if path.is_file())
    assert b"CAMP_KEY" in written and b"-horse" not in written


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("url:http://127.0.0.1:9/v1#m+key:NOT_SET_HERE", "evals.no_key"),
        ("url:http://127.0.0.1:9/v1#m+key:sk-secret", "evals.bad_key"),
        ("base+key:CAMP_KEY", "evals.bad_key"),
    ],
)
def test_a_key_that_is_none_is_refused_and_not_repeated(camp: Lab, name: str, problem: str) -> None:
    with pytest.raises(EvalError) as caught:
        evals.start(camp.jobs, camp.datasets, camp.runs, dataset="camp", models=[name], models_folder=camp.models)
    assert caught.value.key == problem and "sk-secret" not in str(caught.value.values)
