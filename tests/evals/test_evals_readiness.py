"""Five answers, one recommendation; and the evaluation says whether it was right."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.errors import EvalError
from lab.evals import readiness, targets
from lab.evals.board import compute
from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.readiness import Advice, Situation, advise
from lab.lab import Lab
from lab.records import Contestant, Message, Row

PLAIN = Situation("no", "rarely", "facts", 60, "nearly_all")
BASE = Contestant("base", "m")
TUNED = Contestant("ft", "m", run="r")
DOCS = Contestant("base+docs:d", "m", documents="d@v")
FEW = Contestant("base+few:3", "m", few=(Message("user", "a"), Message("assistant", "b")))
BOTH = Contestant("ft+docs:d", "m", run="r", documents="d@v")


@pytest.mark.parametrize(
    ("changes", "ways", "reason"),
    [
        ({}, ("tune",), "stable_facts"),
        ({"traceable": "yes"}, ("docs",), "traceable"),
        ({"traceable": "yes", "characters": 3000}, ("whole",), "traceable"),
        ({"changes": "often", "characters": 90_000}, ("docs",), "changes"),
        ({"examples": 900}, ("docs",), "many_facts"),
        ({"good_enough": "always"}, ("tune", "docs"), "high_bar"),
        ({"good_enough": "unsaid"}, ("tune",), "say_first"),
        ({"teaches": "form"}, ("tune",), "form"),
        ({"teaches": "form", "examples": 5}, ("prompt",), "few_examples"),
        ({"teaches": "both", "traceable": "yes"}, ("tune", "docs"), "form"),
        ({"teaches": "both", "traceable": "yes", "examples": 5}, ("docs", "prompt"), "few_examples"),
    ],
)
def test_each_answer_tells_in_the_recommendation(
    changes: dict[str, object], ways: tuple[str, ...], reason: str
) -> None:
    found = advise(replace(PLAIN, **changes))  # type: ignore[arg-type]  # a table of cases
    assert found.ways == ways and f"readiness.why_{reason}" in found.reasons
    for language in ("en", "zh"):
        said = found.sentences(language)
        assert len(said) == 1 + len(found.reasons) and all(said)


@pytest.mark.parametrize("changes", [{"traceable": "perhaps"}, {"teaches": ""}, {"examples": -1}])
def test_an_answer_that_is_none_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(EvalError):
        advise(replace(PLAIN, **changes))  # type: ignore[arg-type]  # as above


def test_advice_is_kept_with_the_data_and_says_what_is_good_enough(lab: Lab) -> None:
    row = Row("r", (Message("user", "q?"), Message("assistant", "a")), "g", "train")
    before = readiness.keep(lab.datasets, advise(replace(PLAIN, traceable="yes")))
    version = lab.datasets.save("d", [row], mode="remember", mode_reason="data.reason_short_facts", language="en")
    assert readiness.current(lab.workspace, "d") == before, "answered before there was data"
    made = readiness.keep(lab.datasets, advise(PLAIN), "d")
    assert readiness.current(lab.workspace, "d") == made and made.time
    target = targets.current(lab.workspace, "d")
    assert target is not None and target.text == "right>=0.8"
    readiness.keep(lab.datasets, advise(replace(PLAIN, good_enough="most")), "d")
    assert targets.current(lab.workspace, "d") == target, "what was said stands"
    assert readiness.measured(lab.datasets, version) == {"examples": 1, "characters": 0}


def _checked(right: dict[str, int], who: tuple[Contestant, ...], advice: Advice) -> str:
    records = [
        ItemRecord(
            f"i{n}",
            one.name,
            "new_wording",
            f"g{n // 3}",
            (Message("user", "?"),),
            "a",
            answer="a",
            judgement="right" if n < right.get(one.name, 0) else "wrong",
        )
        for one in who
        for n in range(30)
    ]
    evaluation = Evaluation("e", "d", "v", "2026", "en", who, {}, {"new_wording": 30})
    found = readiness.checked(compute(evaluation, records), records, advice)
    assert found.text("zh") and found.text("en")
    return found.key.partition(".")[2] + (f" {found.values['missing']}" if "missing" in found.values else "")


TUNE, RETRIEVE = advise(PLAIN), advise(replace(PLAIN, traceable="yes"))


@pytest.mark.parametrize(
    ("right", "who", "advice", "state"),
    [
        ({"ft": 27, "base+few:3": 3}, (BASE, TUNED, FEW), TUNE, "confirmed"),
        ({"ft": 3, "base+docs:d": 27}, (BASE, TUNED, DOCS), TUNE, "contradicted"),
        ({"ft": 3, "base+docs:d": 27}, (BASE, TUNED, DOCS), RETRIEVE, "confirmed"),
        ({"ft": 15, "base+few:3": 14}, (BASE, TUNED, FEW), TUNE, "undecided"),
        ({"ft": 27}, (BASE, TUNED), TUNE, "no_rival base+few:3"),
        ({"ft": 27}, (BASE, TUNED), RETRIEVE, "lacks base+docs:d"),
        ({"base+few:3": 9}, (BASE, FEW), TUNE, "lacks RUN"),
        ({"ft": 9, "ft+docs:d": 28}, (BASE, TUNED, BOTH), advise(replace(PLAIN, good_enough="always")), "confirmed"),
    ],
)
def test_the_evaluation_confirms_contradicts_or_names_who_is_missing(
    right: dict[str, int], who: tuple[Contestant, ...], advice: Advice, state: str
) -> None:
    assert _checked(right, who, advice) == state
