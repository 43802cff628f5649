"""A file of predictions is scored line by line; what cannot be scored is counted with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.errors import EvalError
from lab.evals import score_file

NAMES = ["exact_match", "f1", "contains", "chrf", "bleu", "rouge1", "rouge2", "rougeL", "meteor"]


def _file(tmp_path: Path, *lines: object) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), "utf-8")
    return path


def _pair(prediction: object, reference: object) -> dict[str, object]:
    return {"prediction": prediction, "reference": reference}


def test_every_metric_is_there_with_its_identity(tmp_path: Path) -> None:
    found = score_file(_file(tmp_path, _pair("the cat sat", "the cat sat"), _pair("a dog", "the cat")), str)
    assert found["n"] == 2 and list(found["metrics"]) == NAMES
    for one in found["metrics"].values():
        assert set(one) == {"value", "low", "high", "n", "not_scored", "identity", "note"}
        assert one["n"] + one["not_scored"] == 2 and f"n={one['n']}" in one["identity"]
    assert found["metrics"]["exact_match"]["value"] == 0.5


def test_lines_that_cannot_be_scored_are_counted_with_their_number(tmp_path: Path) -> None:
    good = _pair("北京。", "北京")
    bad = ["{", "[1]", _pair("a", ""), _pair(None, "a"), _pair("a", ["a"]), {"prediction": "a"}]
    found = score_file(_file(tmp_path, good, "", *bad), str)
    assert found["n"] == 1 and [one["line"] for one in found["problems"]] == [3, 4, 5, 6, 7, 8]
    assert found["metrics"]["exact_match"] == {
        "value": 1.0,
        "low": pytest.approx(0.2065, abs=0.001),
        "high": 1.0,
        "n": 1,
        "not_scored": 6,
        "identity": found["metrics"]["exact_match"]["identity"],
        "note": "",
    }


def test_what_means_nothing_has_no_value_and_a_note(tmp_path: Path) -> None:
    found = score_file(_file(tmp_path, _pair("我住在北京", "我住在北京")), lambda key: f"<{key}>")
    meteor = found["metrics"]["meteor"]
    assert (meteor["value"], meteor["n"], meteor["not_scored"]) == (None, 0, 1)
    assert meteor["note"] == "<evals.note_meteor>"
    assert found["metrics"]["bleu"]["value"] == pytest.approx(100)


def test_numbers_are_text_and_keep_their_sign(tmp_path: Path) -> None:
    found = score_file(_file(tmp_path, _pair(5, "-5"), _pair(1000, "1,000")), str)
    assert found["metrics"]["exact_match"]["value"] == 0.5


def test_a_file_with_nothing_to_score_is_refused(tmp_path: Path) -> None:
    for path in (_file(tmp_path, "{"), tmp_path / "none.jsonl"):
        with pytest.raises(EvalError):
            score_file(path, str)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (json.dumps(_pair("a" * 20_001, "a")), "too_long"),
        ("[" * 100_000, "not_json"),
        ('{"prediction": "a", "reference": ' + "9" * 5000 + "}", "not_json"),
        ('{"prediction": NaN, "reference": "a"}', "no_prediction"),
        ('{"prediction": "a", "reference": [["a", "b"]]}', "no_reference"),
        ("\x00\x01", "not_json"),
    ],
)
def test_a_hostile_line_is_counted_and_the_others_are_scored(line: str, code: str, tmp_path: Path) -> None:
    found = score_file(_file(tmp_path, _pair("cut \ud800 here", "cut \ud800 here"), line), str)
    assert [problem["code"] for problem in found["problems"]] == [code] and found["n"] == 1
    assert found["metrics"]["exact_match"]["value"] == 1.0 and json.dumps(found)


def test_long_answers_are_scored_in_reasonable_time_and_one_word_has_no_bleu(tmp_path: Path) -> None:
    long = "a b c d " * 2400
    assert score_file(_file(tmp_path, _pair(long, long)), str)["metrics"]["rougeL"]["value"] == 1.0
    word = score_file(_file(tmp_path, _pair("北", "北")), str)["metrics"]
    assert (word["bleu"]["value"], word["bleu"]["note"]) == (None, "metrics.none_bleu")
    assert (word["rouge2"]["value"], word["rouge2"]["note"]) == (None, "metrics.none_rouge2")
