"""What good enough is: kept with its time, taken by the evaluation, and honest about when it was said."""

from __future__ import annotations

import json

import pytest

from lab import evals
from lab.errors import EvalError
from lab.evals import targets
from lab.evals.evaluation import Evaluation, save
from lab.evals.verdict import target_text
from lab.lab import Lab
from lab.records import Contestant, Message, Row, to_json
from lab.workspace import append_jsonl, write_json

RUN = "20261121-100000-train-family-a1b"


def _data(lab: Lab) -> None:
    rows = [
        Row(f"{split}{n}", (Message("user", f"{split} {n}?"), Message("assistant", f"Answer {n}.")), f"g{n}", split)
        for split in ("train", "test")
        for n in range(4)
    ]
    lab.datasets.save("family", rows, mode="remember", mode_reason="data.reason_short_facts", language="en")


def _evaluation(lab: Lab, created: str, require: str = "", said: str = "", run: str | None = RUN) -> Evaluation:
    who = (Contestant("base", "smollm2-135m"), Contestant("ft", "smollm2-135m", run=run)) if run else ()
    one = Evaluation(
        f"e{created}", "family", "v", created, "en", who, {}, {"new_wording": 4}, require=require, said=said
    )
    lab.workspace.job(one.id).mkdir(parents=True)
    save(lab.workspace.job(one.id), one)
    return one


def test_a_target_is_kept_with_its_time_and_the_last_one_counts(lab: Lab) -> None:
    _data(lab)
    assert targets.current(lab.workspace, "family") is None
    first = targets.say(lab.datasets, "family", "right>=0.7")
    assert targets.say(lab.datasets, "family", " right>=0.7 ") == first, "said again, it keeps its time"
    second = targets.say(lab.datasets, "family", "right>=0.8")
    assert targets.current(lab.workspace, "family") == second and second.version
    targets.say(lab.datasets, "family", "")
    assert targets.current(lab.workspace, "family") is None
    assert [one.text for one in targets.said(lab.workspace, "family")] == ["right>=0.7", "right>=0.8", ""]


def test_a_target_that_cannot_be_read_is_refused_and_not_kept(lab: Lab) -> None:
    _data(lab)
    with pytest.raises(EvalError):
        targets.say(lab.datasets, "family", "nice>=1")
    assert targets.said(lab.workspace, "family") == []


def test_the_evaluation_takes_the_target_by_itself_unless_told_another(lab: Lab) -> None:
    _data(lab)
    kept = targets.say(lab.datasets, "family", "right>=0.7")
    for require, wanted in (("", ("right>=0.7", kept.time)), ("right>=0.9", ("right>=0.9", ""))):
        job = evals.start(
            lab.jobs,
            lab.datasets,
            lab.runs,
            dataset="family",
            models=["url:http://127.0.0.1:9/v1#none"],
            models_folder=lab.models,
            require=require,
        )
        assert (job.spec.options["require"], job.spec.options["said"]) == wanted
        lab.jobs.stop(job.id)
        lab.jobs.wait(job.id)


@pytest.mark.parametrize(
    ("said", "earlier", "when"),
    [
        ("2026-11-21T09:00:00Z", None, "before_training"),
        ("2026-11-21T10:30:00Z", None, "before_answers"),
        ("2026-11-21T10:30:00Z", "2026-11-21T10:20:00Z", "after_answers"),
        ("2026-11-21T12:00:00Z", None, "after_answers"),
    ],
)
def test_a_target_says_whether_answers_could_be_seen_before_it(
    lab: Lab, said: str, earlier: str | None, when: str
) -> None:
    _data(lab)
    lab.workspace.job(RUN).mkdir(parents=True)
    write_json(lab.workspace.job(RUN) / "spec.json", {"created": "2026-11-21T10:00:00Z"})
    if earlier:
        _evaluation(lab, earlier)
    is_late = said > "2026-11-21T11"
    shown = _evaluation(lab, "2026-11-21T11:00:00Z", *(("", "") if is_late else ("right>=0.7", said)))
    if is_late:
        append_jsonl(lab.workspace.targets("family"), to_json(targets.Target("right>=0.7", said)))
    found = targets.aim(lab.workspace, shown)
    assert found == targets.Aim("right>=0.7", said, when)


def test_before_a_run_the_base_alone_does_not_make_a_target_late(lab: Lab) -> None:
    _data(lab)
    lab.workspace.job(RUN).mkdir(parents=True)
    write_json(lab.workspace.job(RUN) / "spec.json", {"created": "2026-11-21T10:00:00Z"})
    base = Contestant("base", "smollm2-135m")
    before = Evaluation("e0", "family", "v", "2026-11-21T08:00:00Z", "en", (base,), {}, {"new_wording": 4})
    lab.workspace.job("e0").mkdir(parents=True)
    save(lab.workspace.job("e0"), before)
    shown = _evaluation(lab, "2026-11-21T11:00:00Z", "right>=0.7", "2026-11-21T09:00:00Z")
    found = targets.aim(lab.workspace, shown)
    assert found is not None and found.when == "before_training"


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("right>=0.8", "right at least 80 %", "答对不低于 80%"),
        ("chrf>=60", "chrF at least 60", "chrF不低于 60"),
        ("wrong<0.1", "wrong below 10 %", "答错低于 10%"),
        ("trained.right>=90%", "right at least 90 % on the trained wordings", "训练过的问法上答对不低于 90%"),
    ],
)
def test_a_target_is_said_in_words(text: str, en: str, zh: str) -> None:
    assert (target_text(text, (), "en"), target_text(text, (), "zh")) == (en, zh)


def test_a_board_made_of_a_late_target_is_one_document_that_says_so(lab: Lab) -> None:
    _data(lab)
    shown = _evaluation(lab, "2026-11-21T11:00:00Z")
    targets.say(lab.datasets, "family", "right>=0.7")
    made = json.loads(json.dumps(evals.as_document(lab.workspace, evals.board(lab.workspace, shown))))
    assert made["requirement"]["when"] == "after_answers" and made["requirement"]["state"] == "cannot_tell"
