"""What explains a board follows from the stored records: steadiness, overfitting, cost and training noise."""

from __future__ import annotations

import random
from dataclasses import replace
from html import escape

import pytest

from lab import evals, words
from lab.evals import cost, kept, noise, overfitting
from lab.evals.board import Board, compute
from lab.evals.cost import Used
from lab.evals.diagnostics import Diagnostics, diagnose
from lab.evals.evaluation import Evaluation, ItemRecord, add_item, save
from lab.evals.explaining import paragraphs
from lab.evals.overfitting import Losses
from lab.evals.report import Told
from lab.evals.report_page import html
from lab.evals.stability import Stability, stability
from lab.evals.statistics import BLOCKS, mean, paired
from lab.evals.verdict import verdict
from lab.lab import Lab
from lab.records import Contestant, Message, Row, Run, to_json
from lab.ui.views import board_diagnostics as view
from lab.workspace import append_jsonl, write_json

BASE = Contestant("base", "smollm2-135m")
TUNED = Contestant("ft-family", "smollm2-135m", run="r0")


def _evaluation(**changes: object) -> Evaluation:
    values: dict[str, object] = {
        "id": "e1",
        "dataset": "family",
        "version": "v1",
        "created": "2026",
        "language": "en",
        "contestants": (BASE, TUNED),
        "weights": {"base": "w", "ft-family": "w+a"},
        "slices": {"new_wording": 24, "trained": 24},
    }
    return Evaluation(**{**values, **changes})  # type: ignore[arg-type]


def _record(name: str, place: int, right: bool, part: str = "new_wording", **changes: object) -> ItemRecord:
    values: dict[str, object] = {
        "item": f"{part}{place}",
        "contestant": name,
        "slice": part,
        "group": f"g{place // 3}",
        "messages": (Message("user", "Who?"),),
        "reference": "Jim",
        "answer": "Jim" if right else "Tom",
        "judgement": "right" if right else "wrong",
        "vectors": {"f1": (float(right), 1.0)},
    }
    return ItemRecord(**{**values, **changes})  # type: ignore[arg-type]


def test_steadiness_over_repeats_counts_flips_worst_and_all_right() -> None:
    pattern = [(True, True, True), (True, False, True), (False, False, False), (True, True, False)]
    repeats = [
        _record("ft-family", place, right, repeat=k, item=f"i{place}", group=f"i{place}")
        for place, several in enumerate(pattern)
        for k, right in enumerate(several, 1)
    ]
    repeats.append(_record("ft-family", 9, True, repeat=1, error="engine.gone", item="i0", answer=None))
    found = next(one for one in stability(_evaluation(repeats=3), [], repeats) if one.over == "repeats")

    def value(name: str) -> float:
        share = getattr(found, name)
        assert share.n == 4 and share.low <= share.value <= share.high
        return float(share.value)

    assert (value("flips"), value("all_right"), value("any_right")) == (0.5, 0.25, 0.75)
    assert (value("worst"), value("same")) == (0.25, 0.5)
    assert (found.answers, found.not_scored) == (13, 1)


def test_steadiness_over_the_wordings_of_one_fact_needs_no_repeats() -> None:
    records = [_record("base", place, place % 3 == 0) for place in range(6)]
    records += [_record("base", place, True, "trained") for place in range(3)]
    found: list[Stability] = stability(_evaluation(), records, [])
    assert [(one.model, one.over) for one in found] == [("base", "wordings")]
    assert found[0].flips is not None and (found[0].flips.value, found[0].flips.n) == (1.0, 2)


@pytest.mark.parametrize(
    ("trained", "new", "state"),
    [(24, 3, "by_heart"), (24, 23, "carries_over"), (4, 2, "not_learned")],
)
def test_wording_learned_by_heart_is_told_from_a_fact_that_was_learned(
    lab: Lab, trained: int, new: int, state: str
) -> None:
    records = [_record("ft-family", place, place < trained, "trained") for place in range(24)]
    records += [_record("ft-family", place, place < new) for place in range(24)]
    card = overfitting.cards(lab.workspace, compute(_evaluation(), records), records, copies_known=True)[0]
    assert card.wording is not None and card.wording.state == state


def test_copies_are_counted_and_those_of_another_fact_apart(lab: Lab) -> None:
    def row(answer: str, group: str) -> Row:
        return Row(answer, (Message("user", "?"), Message("assistant", answer)), group, "train")

    told = overfitting.trained([row("Five people live in the Marlow home.", "g0"), row("Jim.", "g1")])
    assert told.copied("five people live in the Marlow home") == ("g0",) and told.copied("Jim.") == ()
    records = [_record("ft-family", place, True, copied=("g0",) if place in {0, 5} else ()) for place in range(6)]
    board = compute(_evaluation(), records)
    known, unknown = (overfitting.cards(lab.workspace, board, records, copies_known=k)[0].copies for k in (True, False))
    assert known is not None and (known.n, known.copied, known.misplaced) == (6, 2, 1)
    assert unknown is None


def test_the_loss_curve_of_the_run_and_the_references_tell_of_overfitting(lab: Lab) -> None:
    events = lab.workspace.job("r0") / "events.jsonl"
    events.parent.mkdir(parents=True)
    curve = [(1, 2.0, 2.0), (2, 1.0, 1.5), (3, 0.1, 1.9)]
    for step, loss, held_out in curve:
        append_jsonl(events, {"kind": "step", "step": step, "loss": loss, "eval_loss": held_out})
    told = {"logprob": -6.0, "reference_tokens": 3}
    records = [_record("ft-family", 0, True, **told), _record("base", 0, True, logprob=-3.0, reference_tokens=3)]
    board = compute(_evaluation(), records)
    found = overfitting.cards(lab.workspace, board, records, copies_known=True)[0].losses
    assert found == Losses(3, 0.1, 1.9, 1.5, 2, None, 2.0, 1.0) and found.state == "rising"
    assert replace(found, held_out=None).state == "worse_than_base"
    assert Losses(token_new=1.0, token_new_base=2.0).state == "better_than_base" and Losses().state == "unknown"


def test_costs_are_of_fresh_answers_only_and_say_how_many() -> None:
    timed = {"prompt_tokens": 20, "tokens": 11, "first_token_seconds": 1.0}
    records = [_record("base", place, True, seconds=2.0 + place, **timed) for place in range(20)]
    records += [_record("base", 20, True, seconds=999.0, reused="e0", **timed)]
    records += [_record("base", 21, True, "keep_alive", seconds=999.0, **timed)]
    found = cost.costs(_evaluation(contestants=(BASE,)), records, Used(base_bytes={"base": 7}))[0]
    assert (found.n, found.timed, found.p50, found.p95, found.base_bytes) == (21, 20, 11.0, 20.0, 7)
    assert (found.prompt_tokens, found.tokens, found.first_token) == (20, 11, 1.0)
    assert found.tokens_per_second == pytest.approx(200 / sum(1.0 + place for place in range(20)))


def _seeded(lab: Lab, seed: int, value: int, **recipe: object) -> Evaluation:
    """A run with that seed, and an evaluation in which it has ``value`` of 24 right and the base half of them."""
    run = Run(f"r{seed}", f"ft-{seed}", "smollm2-135m", "b", "lora", "a", "family", "v1", f"2026-{seed}", steps=5)
    lab.workspace.job(run.id).mkdir(parents=True, exist_ok=True)
    options = {"recipe": {"seed": seed, "epochs": 3, **recipe}}
    write_json(lab.workspace.job(run.id) / "spec.json", {"id": run.id, "kind": "train", "options": options})
    lab.runs.save(run)
    name = f"ft-{seed}"
    one = _evaluation(id=f"e{seed}", contestants=(BASE, Contestant(name, "smollm2-135m", run=run.id)))
    folder = lab.workspace.job(one.id)
    folder.mkdir(parents=True)
    save(folder, one)
    for place in range(24):
        add_item(folder, _record("base", place, place < 6))
        add_item(folder, _record(name, place, place < value))
    return one


def test_runs_that_differ_only_in_their_seed_say_how_much_chance_moves(lab: Lab) -> None:
    first = _seeded(lab, 0, 20)
    assert evals.board(lab.workspace, first).noise is None
    _seeded(lab, 1, 17)
    _seeded(lab, 2, 1, epochs=9)
    board = evals.board(lab.workspace, first)
    assert board.noise is not None
    assert [(one.seed, round(24 * one.value)) for one in board.noise.runs] == [(0, 20), (1, 17)]
    assert board.noise.spread == pytest.approx(3 / 24) and not board.noise.hides(14 / 24)
    assert verdict(board).state == "improved" and "seed" in verdict(board).text("en")
    _seeded(lab, 3, 2)
    told = verdict(evals.board(lab.workspace, first))
    assert told.state == "unclear" and told.text("en").startswith("Cannot tell")
    assert "种子" in told.text("zh")


def test_seeds_that_all_reach_the_same_are_not_said_to_lie_between_it_and_itself(lab: Lab) -> None:
    first = _seeded(lab, 0, 20)
    _seeded(lab, 1, 20)
    told = verdict(evals.board(lab.workspace, first))
    assert "all reach 83 %" in told.text("en") and "都达到 83%" in told.text("zh")


def test_another_seed_of_the_same_training_is_no_rival_but_a_prompt_is(lab: Lab) -> None:
    for seed, value in ((0, 23), (1, 24), (2, 22)):
        _seeded(lab, seed, value)
    runs = [Contestant(f"ft-{seed}", "smollm2-135m", run=f"r{seed}") for seed in (2, 1, 0)]
    few = Contestant("base+few:3", "smollm2-135m", few=((Message("user", "a"), Message("assistant", "b")),))
    one = _evaluation(id="all", contestants=(BASE, *runs, few))
    records = [_record("base", place, place < 6) for place in range(24)]
    for seed, value in ((0, 23), (1, 24), (2, 22)):
        records += [_record(f"ft-{seed}", place, place < value) for place in range(24)]
    records += [_record(few.name, place, place < 8) for place in range(24)]
    folder = lab.workspace.job(one.id)
    folder.mkdir(parents=True)
    save(folder, one)
    for record in records:
        add_item(folder, record)
    board = evals.board(lab.workspace, one)
    said = verdict(board).text("en")
    assert board.subject == "ft-0" and board.noise is not None and len(board.noise.runs) == 3
    assert "base+few:3 comes nearest" in said and "does better" not in said and "3 runs that differ only" in said
    shown = view.diagnostics(board, evals.diagnostics(lab.workspace, one), {}, "en")
    assert all(f"ft-{seed} · seed {seed}" in shown for seed in range(3))


@pytest.mark.parametrize(
    ("tuned", "rival", "words_said"), [(12, 8, "comes nearest"), (8, 10, "intervals overlap"), (2, 24, "does better")]
)
def test_a_rival_does_better_only_where_the_intervals_say_so(lab: Lab, tuned: int, rival: int, words_said: str) -> None:
    few = Contestant("base+few:3", "smollm2-135m", few=((Message("user", "a"), Message("assistant", "b")),))
    one = _evaluation(id="rivals", contestants=(BASE, few, Contestant("ft", "smollm2-135m", run="r")))
    folder = lab.workspace.job(one.id)
    folder.mkdir(parents=True)
    save(folder, one)
    for name, right in (("base", 0), (few.name, rival), ("ft", tuned)):
        for place in range(24):
            add_item(folder, _record(name, place, place < right))
    assert words_said in verdict(evals.board(lab.workspace, one)).text("en")


def test_noise_hides_a_difference_as_large_as_itself() -> None:
    runs = (noise.Seeded("a", "a", 0, 0.5), noise.Seeded("b", "b", 1, 0.75))
    found = noise.Noise("right", "new_wording", 1.0, runs)
    assert (found.hides(0.25), found.hides(-0.25), found.hides(0.26)) == (True, True, False)
    assert (found.mean, round(found.deviation, 4)) == (0.625, 0.1768)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_every_card_is_said_in_both_languages(lab: Lab, language: str) -> None:
    evaluation = _seeded(lab, 0, 20)
    _seeded(lab, 1, 17)
    board = evals.board(lab.workspace, evaluation)
    shown = view.diagnostics(board, evals.diagnostics(lab.workspace, evaluation), {}, language)
    for key in ("title", "steady_title", "cost_title", "noise_title", "forgotten"):
        assert words.say(f"board_diagnostics.{key}", language) in shown
    assert shown.count("<li") == 4 and "{" not in shown
    explained = evals.diagnostics(lab.workspace, evaluation)
    page = html([Told(board, diagnostics=explained)], language)
    lines = [one for one in paragraphs(board, explained, language, {}) if isinstance(one, str)]
    assert len(lines) >= 4 and all(escape(one) in page for one in lines), "the report says what the page says"
    document = evals.as_document(lab.workspace, board)["diagnostics"]
    assert isinstance(document, dict) and document["training_noise"]["spread"] == pytest.approx(3 / 24)


def test_a_kept_board_is_the_one_that_was_computed_and_is_gone_once_the_records_change(lab: Lab) -> None:
    records = [_record(name, place, place < 9) for name in ("base", "ft-family") for place in range(24)]
    board: Board = compute(_evaluation(), records)
    folder = lab.workspace.job("e1")
    folder.mkdir(parents=True)
    kept.keep(folder, ((1, 2),), board)
    again = kept.find(folder, ((1, 2),))
    assert again is not None and to_json(again.rows) == to_json(board.rows)
    assert again.differences == board.differences and verdict(again).both() == verdict(board).both()
    assert [(one.name, one.identity) for one in again.figures] == [(one.name, one.identity) for one in board.figures]
    assert kept.find(folder, ((1, 3),)) is None
    explained = diagnose(lab.workspace, board, records)
    kept.keep_one(folder, ((1, 2),), explained)
    assert kept.find_one(folder, Diagnostics, ((1, 2),)) == explained
    assert kept.find_one(folder, Diagnostics, ((1, 3),)) is None


def test_thousands_of_groups_are_resampled_in_blocks_with_the_same_interval() -> None:
    chance = random.Random(5)
    n = 4 * BLOCKS
    before = [(float(chance.random() < 0.4), 1.0) for _ in range(n)]
    after = [(float(chance.random() < 0.5), 1.0) for _ in range(n)]
    found = paired(before, after, [str(place) for place in range(n)], mean)
    variance = sum((b[0] - a[0] - found.value) ** 2 for a, b in zip(before, after, strict=True)) / n
    half = 1.96 * (variance / n) ** 0.5
    assert (found.n, found.groups) == (n, n) and found.low is not None and found.high is not None
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.12)
