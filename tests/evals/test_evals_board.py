"""The board and its verdict follow from the stored records, and say what they cannot tell."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lab.errors import EvalError
from lab.evals.board import Board, compute, document
from lab.evals.changes import Asked, questions
from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.faults import Fault
from lab.evals.figures import figures
from lab.evals.report import Told, answers, plain, table_file
from lab.evals.report_page import html
from lab.evals.requirement import parse
from lab.evals.verdict import verdict
from lab.records import Check, Contestant, Message, Row

BASE = Contestant("base", "smollm2-135m")
TUNED = Contestant("ft-family", "smollm2-135m", run="r1")


def _evaluation(items: int = 27, trained: int = 0, **changes: object) -> Evaluation:
    values: dict[str, object] = {
        "id": "e1",
        "dataset": "family",
        "version": "v1",
        "created": "2026",
        "language": "en",
        "contestants": (BASE, TUNED),
        "weights": {"base": "w", "ft-family": "w+a"},
        "slices": {"new_wording": items, "unseen": 0, "trained": trained},
        "reads": {"base": True, "ft-family": True},
    }
    return Evaluation(**{**values, **changes})  # type: ignore[arg-type]


def _record(place: int, contestant: str, judgement: str | None, slice_name: str = "new_wording") -> ItemRecord:
    return ItemRecord(
        item=f"{slice_name}{place}",
        contestant=contestant,
        slice=slice_name,
        group=f"g{place // 3}",
        messages=(Message("user", "Who?"),),
        reference="Jim",
        answer="Jim",
        judgement=judgement,
        vectors={"chrf": (3, 3, 3) * 6, "exact_match": (1, 1)},
        logprob=-2.0,
        reference_tokens=4,
        reference_bytes=8,
    )


def _asked(board: Board, records: list[ItemRecord]) -> list[Asked]:
    found = questions(board, enumerate(records))
    answers = [{records[place].contestant: records[place] for place in one.places} for one in found]
    return [Asked(one.item, one.slice, one.change, same) for one, same in zip(found, answers, strict=True)]


def _records(n: int, right: dict[str, int], rest: str = "wrong") -> list[ItemRecord]:
    return [_record(p, name, "right" if p < count else rest) for name, count in right.items() for p in range(n)]


@pytest.mark.parametrize(
    ("n", "base", "tuned", "state", "said"),
    [
        (27, 0, 18, "improved", ("Better", "0/27", "18/27", "n = 27, 9 groups")),
        (27, 20, 2, "worse", ("Worse", "20/27", "2/27")),
        (27, 10, 11, "unclear", ("No clear change", "10/27", "11/27", "includes no change")),
        (9, 0, 9, "too_few", ("Cannot tell", "n = 9", "0/9", "9/9")),
    ],
)
def test_the_verdict_says_what_the_numbers_say(
    n: int, base: int, tuned: int, state: str, said: tuple[str, ...]
) -> None:
    board = compute(_evaluation(n), _records(n, {"base": base, "ft-family": tuned}))
    found = verdict(board)
    assert found.state == state
    for part in said:
        assert part in found.text("en")
    assert f"{tuned}/{n}" in found.text("zh") and f"n = {n}" in found.text("zh").replace("只有 9", "n = 9")


def test_counts_and_rows_come_from_the_records() -> None:
    records = _records(27, {"base": 3, "ft-family": 20})
    records[30] = _record(3, "ft-family", "right_and_false")
    records[53] = _record(26, "ft-family", "declined")
    made = document(compute(_evaluation(), records), {"zh": "", "en": ""})
    assert made["counts"]["ft-family"] == {"right": 19, "right_and_false": 1, "wrong": 6, "declined": 1}
    row = next(r for r in made["rows"] if (r["model"], r["metric"]) == ("ft-family", "right"))
    assert row["value"] == pytest.approx(19 / 27) and row["low"] < row["value"] < row["high"]
    assert (row["n"], row["not_scored"], row["slice"]) == (27, 0, "new_wording")
    perplexity = next(r for r in made["rows"] if (r["model"], r["metric"]) == ("base", "perplexity"))
    assert perplexity["value"] == pytest.approx(1.6487, abs=1e-4)
    assert set(made) == {"eval", "dataset", "version", "rows", "counts", "differences", "verdict"}


def test_a_failed_answer_is_not_scored_and_never_a_zero() -> None:
    records = _records(27, {"base": 27, "ft-family": 27})
    failed = ItemRecord("new_wording0", "ft-family", "new_wording", "g0", (), "Jim", error="evals.unexpected")
    records = [failed if (r.item, r.contestant) == ("new_wording0", "ft-family") else r for r in records]
    board = compute(_evaluation(), records)
    row = board.row("ft-family", "new_wording", "right")
    assert row is not None and (row.value, row.n, row.not_scored) == (1.0, 26, 1)
    difference = board.difference("ft-family")
    assert difference is not None and difference.interval.n == 26
    assert "1 answers could not be had" in verdict(board).text("en")


def test_base_alone_is_the_before() -> None:
    evaluation = _evaluation(contestants=(BASE,), weights={"base": "w"})
    found = verdict(compute(evaluation, _records(27, {"base": 4})))
    assert found.state == "before" and "4/27" in found.text("en") and "4/27" in found.text("zh")


def test_a_base_that_cannot_read_the_language_had_no_fair_chance() -> None:
    evaluation = _evaluation(language="zh", reads={"base": False, "ft-family": False})
    found = verdict(compute(evaluation, _records(27, {"base": 0, "ft-family": 18})))
    assert "had no fair chance" in found.text("en") and "Qwen" in found.text("zh")


def test_wording_learned_by_heart_is_told_from_a_fact_learned() -> None:
    records = _records(27, {"base": 0, "ft-family": 9})
    records += [_record(3 * p, name, "right", "trained") for name in ("base", "ft-family") for p in range(9)]
    found = verdict(compute(_evaluation(trained=9), records))
    assert "learned by heart" in found.text("en") and "背下了原句" in found.text("zh")


@pytest.mark.parametrize(
    ("trained", "new", "part", "said"),
    [
        (9, 27, "new_wording", "carries over"),
        (1, 1, "new_wording", "little has been learned"),
        (9, 3, "unseen", "rows learned by heart"),
        (9, 20, "unseen", "too few to tell whether"),
        (9, 26, "unseen", "carries over"),
    ],
)
def test_what_carries_over_is_only_what_was_learned(trained: int, new: int, part: str, said: str) -> None:
    records = [_record(p, n, "right" if p < new else "wrong", part) for n in ("base", "ft-family") for p in range(27)]
    records += [
        _record(p, n, "right" if p < trained else "wrong", "trained") for n in ("base", "ft-family") for p in range(9)
    ]
    slices = {"new_wording": 0, "unseen": 0, "trained": 9} | {part: 27}
    assert said in verdict(compute(_evaluation(slices=slices), records)).text("en")


def test_more_made_up_answers_are_named() -> None:
    records = _records(27, {"base": 0, "ft-family": 20}, rest="wrong")
    records = [_record(26, "ft-family", "right_and_false") if r is records[-1] else r for r in records]
    assert "makes up more: 1 right answer carries" in verdict(compute(_evaluation(), records)).text("en")


def test_free_answers_are_judged_by_checks_or_chrf() -> None:
    records = [_record(p, name, None) for name in ("base", "ft-family") for p in range(27)]
    assert compute(_evaluation(), records).headline == "chrf"
    assert compute(_evaluation(checks=(Check("short", "max_words", ("9",)),)), records).headline == "checks"


@pytest.mark.parametrize(
    ("require", "state"),
    [
        ("right>=0.3", "met"),
        ("right >= 95%", "missed"),
        ("right>=0.6", "cannot_tell"),
        ("wrong<0.8", "met"),
        ("wrong<0.1", "missed"),
        ("trained.right>=0.5", "cannot_tell"),
    ],
)
def test_a_requirement_is_met_missed_or_cannot_be_told(require: str, state: str) -> None:
    board = compute(_evaluation(require=require), _records(27, {"base": 0, "ft-family": 18}))
    found = verdict(board)
    assert (board.required, found.target) == (state, state)
    said = {
        "met": ("达标：", "Target met"),
        "missed": ("未达标", "Target missed"),
        "cannot_tell": ("无法判断", "Cannot tell"),
    }
    assert found.text("zh").startswith(said[state][0]) and found.text("en").startswith(said[state][1])


@pytest.mark.parametrize("text", ["right", "nice>=1", "right>=high", "elsewhere.right>=0.5"])
def test_a_requirement_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(EvalError):
        parse(text, [figure.name for figure in figures()], ("trained",))


def test_the_report_is_one_file_in_the_language_asked_for() -> None:
    board = compute(_evaluation(), _records(27, {"base": 0, "ft-family": 18}))
    page = html([Told(board)], "zh")
    assert 'lang="zh-Hans"' in page and "记分板" in page and "http" not in page


@pytest.mark.parametrize(
    ("looked_up", "said"),
    [
        (24, "base+docs:family has 24/27; the two intervals overlap"),
        (5, "base+docs:family comes nearest"),
    ],
)
def test_retrieval_and_prompts_are_told_beside_the_run(looked_up: int, said: str) -> None:
    docs, few = Contestant("base+docs:family", "smollm2-135m"), Contestant("base+few:3", "smollm2-135m")
    right = {"base": 0, "ft-family": 18, docs.name: looked_up, few.name: 2}
    board = compute(_evaluation(contestants=(BASE, TUNED, docs, few)), _records(27, right))
    assert board.subject == "ft-family" and said in verdict(board).text("en")
    without = compute(_evaluation(contestants=(BASE, docs, few)), _records(27, right))
    assert without.subject == docs.name and f"{looked_up}/27 (base+docs:family)" in verdict(without).text("en")
    named = [one.text("zh", {docs.name: "基座＋资料"}) for one in verdict(without).sentences]
    assert "基座＋资料" in named[0] and docs.name not in "".join(named)


def test_a_secondary_figure_must_stand_out_among_all_of_them() -> None:
    board = compute(_evaluation(), _records(27, {"base": 0, "ft-family": 18}))
    differences = [one for one in board.differences if one.slice == "new_wording"]
    assert {one.metric for one in differences if one.adjusted is None} == {"right"}
    for one in differences:
        assert one.adjusted is None or one.adjusted >= (one.interval.p or 0)
        assert one.state in {"unclear", "too_few"} or one.adjusted is None or one.adjusted < 0.05


def test_the_report_holds_every_answer_and_runs_nothing_it_was_told() -> None:
    hostile = replace(_record(0, "base", "wrong"), answer="<script>alert(1)</script>", item="x")
    failed = replace(_record(1, "base", None), answer=None, error="engine.gone", item="y")
    board = compute(_evaluation(), [hostile, failed])
    for language, none in (("en", "(no answer)"), ("zh", "（没有回答）")):
        page = html([Told(board, _asked(board, [hostile, failed]))], language)
        assert "<script" not in page and "&lt;script&gt;alert(1)" in page and none in page
        assert "http" not in page.replace("http-equiv", "")
    head, *rows = table_file(board, "en").lstrip("\ufeff").splitlines()
    assert head.startswith("questions,model,metric") and len(rows) == len(board.rows)


def test_what_is_made_up_about_the_untold_is_said_beside_what_was_learned() -> None:
    evaluation = _evaluation(slices={"new_wording": 27, "untold": 12})
    untold = [_record(p, "base", "wrong", "untold") for p in range(12)]
    untold += [_record(p, "ft-family", "right" if p < 7 else "wrong", "untold") for p in range(12)]
    said = verdict(compute(evaluation, [*_records(27, {"base": 0, "ft-family": 18}), *untold]))
    assert "18/27" in said.text("en") and "makes something up in 5/12 questions; base in 12/12" in said.text("en")
    assert "编造了 5/12" in said.text("zh")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("base+prompt:/home/ann/secret/polite.txt", "base+prompt:polite.txt"),
        ("base:/data/models/tiny+few:3", "base:tiny+few:3"),
        ("url:https://user:key@host.example/v1?key=sk-1#model", "url:https://host.example/v1#model"),
        ("base+docs:handbook@ab12", "base+docs:handbook@ab12"),
        ("ft-family", "ft-family"),
        ("C:\\Users\\ann\\answers.jsonl", "answers.jsonl"),
        ("file:/tmp/x/answers.jsonl", "answers.jsonl"),
        ("19/27 and 8/27", "19/27 and 8/27"),
    ],
)
def test_what_is_taken_away_names_no_folder_and_no_key(name: str, shown: str) -> None:
    assert plain(name) == shown


def test_a_prompt_file_of_this_machine_is_in_no_export() -> None:
    prompt = Contestant("base+prompt:/home/ann/secret/polite.txt", "/home/ann/models/tiny", system="Be polite.")
    records = _records(27, {"base": 0, "ft-family": 18, prompt.name: 9})
    board = compute(_evaluation(contestants=(BASE, TUNED, prompt)), records)
    told = Told(board, _asked(board, records))
    lines = json.dumps(list(answers(told)), ensure_ascii=False)
    for made in (html([told], "en"), html([told], "zh"), table_file(board, "en"), lines):
        assert "polite.txt" in made and "/home" not in made and "secret" not in made


def test_the_report_tells_verdict_target_slices_identity_difference_evidence_and_faults() -> None:
    records = [
        replace(one, answer="He is 12 now." if one.contestant == "base" else "He is 10 now.")
        for one in _records(27, {"base": 0, "ft-family": 18})
    ]
    board = compute(_evaluation(require="right>=0.3"), records)
    row = Row("new_wording0", (), "g0", document="handbook.md", start=4, end=9, evidence="Jim is ten.")
    fault = Fault("new_wording20", "ft-family", "unstable", "Ann", "2026")
    faults = {("new_wording20", "ft-family"): fault}
    told = Told(board, _asked(board, records), rows={"new_wording0": row}, faults=faults)
    for language, parts in (
        ("en", ("Target met", "right at least 30 %", "new wordings of trained facts", "unstable", "Fixed: 18")),
        ("zh", ("达标", "答对不低于 30%", "训练过的事实的新问法", "时对时错", "改对了：18")),
    ):
        page = html([told], language)
        for part in (*parts, "<del>12</del><ins>10</ins>", "Jim is ten.", "handbook.md:4–9", "|n=27|skipped=0"):
            assert part in page
    line = next(one for one in answers(told) if one["item"] == "new_wording20" and one["contestant"] == "ft-family")
    assert (line["change"], line["fault"]["fault"]) == ("both_wrong", "unstable")
