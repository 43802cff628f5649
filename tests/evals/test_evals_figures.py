"""Every figure of a board says how it is computed, and one that means nothing says so instead of a number."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from lab import words
from lab.evals import ranking
from lab.evals.board import compute
from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.figures import figures_for
from lab.evals.metrics import figure_of
from lab.evals.tasks import MOST_LIKELIHOODS, classification, detect, vectors
from lab.records import Check, Contestant, Message, Row

BASE, TUNED = Contestant("base", "m"), Contestant("ft-x", "m", run="r")
OTHER = Contestant("url", "gpt", url="http://127.0.0.1:9/v1")
LABELS = ("no", "yes")


def _asked(task: str, **changes: object) -> Evaluation:
    made = Evaluation("e", "d", "v", "2026", "en", (BASE, TUNED), {}, {"unseen": 24}, task=task)
    labels = LABELS if task == "classification" else ()
    return replace(made, **{"labels": labels, "written": labels, **changes})  # type: ignore[arg-type]


def _record(place: int, who: str, answer: str, reference: str, task: str, chance: float | None = None) -> ItemRecord:
    logprobs = () if chance is None else (("no", math.log(1 - chance)), ("yes", math.log(chance)))
    found = vectors(task, LABELS, answer, reference)
    turns = (Message("user", "?"),)
    made = ItemRecord(str(place), who, "unseen", str(place), turns, reference, answer=answer, vectors=found)
    return replace(made, label_logprobs=logprobs, logprob=-2.0, reference_tokens=2, reference_bytes=3)


def test_the_area_is_scikit_learns() -> None:
    """``roc_auc_score(…, multi_class="ovr", average="macro")`` of scikit-learn 1.9.1; ties count half."""
    labels = ("dog", "cat", "bird")
    chances = ((0.2, 0.7, 0.1), (0.5, 0.3, 0.2), (0.6, 0.3, 0.1), (0.3, 0.3, 0.4), (0.1, 0.2, 0.7), (0.25, 0.35, 0.4))
    wanted = ("cat", "cat", "dog", "bird", "bird", "dog")
    rows = [
        ranking.vector(labels, one, {label: math.log(p) for label, p in zip(labels, shares, strict=True)})
        for one, shares in zip(wanted, chances, strict=True)
    ]
    items = np.array([row for row in rows if row])
    assert ranking.AUC.of(items, np.ones((1, 6)))[0] == pytest.approx(0.8125)
    doubled = np.repeat(items, [2, 1, 1, 1, 1, 1], axis=0)
    twice = np.array([[2.0, 1, 1, 1, 1, 1]])
    assert ranking.AUC.of(items, twice)[0] == pytest.approx(ranking.AUC.of(doubled, np.ones((1, 7)))[0])
    assert ranking.vector(labels, "cat", {"cat": -1.0}) is None


def test_likelihoods_rank_where_words_do_not() -> None:
    """Answers that are all the same word still rank the questions, and another server's are counted as not scored."""
    records = []
    for place in range(24):
        wanted = LABELS[place % 2]
        likely = (0.4, 0.6)[place % 2] if place > 3 else 0.5
        records.append(_record(place, "base", "yes", wanted, "classification", likely))
        records.append(_record(place, "url", "yes", wanted, "classification"))
    board = compute(_asked("classification", contestants=(BASE, OTHER)), records)
    found, foreign = board.row("base", "unseen", "auc"), board.row("url", "unseen", "auc")
    assert found and foreign and found.value is not None and found.value > 0.95 and found.n == 24
    assert (foreign.value, foreign.n, foreign.not_scored) == (None, 0, 24)
    accuracy = board.row("base", "unseen", "accuracy")
    assert accuracy and accuracy.value == 0.5 and accuracy.low == pytest.approx(0.314, abs=0.001), "Wilson's"


@pytest.mark.parametrize(
    ("task", "answer", "reference", "name", "reason"),
    [
        ("classification", "yes", "yes", "auc", "metrics.none_auc"),
        ("classification", "yes", "yes", "mcc", "metrics.none_one_label"),
        ("number", "4", "5", "r2", "metrics.none_r2"),
        ("query", "SELECT 1", "SELECT 2", "same_result", "metrics.none_schema"),
        ("short", "Bo", "Ada", "bleu", "metrics.none_bleu"),
        ("short", "Bo", "Ada", "rouge2", "metrics.none_rouge2"),
        ("short", "北京", "北京", "meteor", "evals.note_meteor"),
        ("voice", "a", "b", "voice", "metrics.none_voice_too_few_taught"),
    ],
)
def test_what_means_nothing_has_a_reason_and_no_number(
    task: str, answer: str, reference: str, name: str, reason: str
) -> None:
    records = [_record(p, who, answer, reference, task, 0.5) for p in range(24) for who in ("base", "ft-x")]
    board = compute(_asked(task), records)
    one = next(figure for figure in board.figures if figure.name == name)
    assert all(row.value is None for row in board.rows if row.metric == name)
    assert one.none == reason and words.say(one.none, "zh", **dict(one.none_values))


def test_too_many_labels_and_different_bases_are_said_with_their_numbers() -> None:
    many = tuple(f"label{n}" for n in range(MOST_LIKELIHOODS + 1))
    bases = (BASE, Contestant("big", "other-base"))
    found = {one.name: one for one in figures_for(_asked("classification", labels=many, contestants=bases), [])}
    assert str(MOST_LIKELIHOODS) in words.say(found["auc"].none, "en", **dict(found["auc"].none_values))
    assert found["perplexity"].none == found["loss"].none == "metrics.none_tokenizers"
    assert "other-base" in words.say(found["loss"].none, "zh", **dict(found["loss"].none_values))
    assert found["bits_per_byte"].none == "metrics.none_logprobs", "bytes are the same for everybody"


def test_every_figure_says_how_it_is_computed() -> None:
    checks = (Check("short", "max_words", ("5",)),)
    for task in ("free", "classification", "number", "fields", "query", "voice", "checks"):
        for one in figures_for(_asked(task, checks=checks), []):
            assert one.identity and words.has(one.none), one.name


def test_pairs_that_do_not_pair_up_are_refused() -> None:
    nested: list[object] = [["a", "b", "c"]]
    with pytest.raises(ValueError, match="not pairs"):
        figure_of("bleu", ["a", "b", "c"], nested)  # type: ignore[arg-type]


def _rows(*answers: str, system: str = "", groups: int = 0) -> list[Row]:
    first = (Message("system", system),) if system else ()
    return [
        Row(str(n), (*first, Message("user", f"{n}?"), Message("assistant", one)), str(n % groups if groups else n))
        for n, one in enumerate(answers)
    ]


LONG = [
    f"Answer {n} is long and free, with many words that no key could ever hold against anything else."
    for n in range(12)
]


def test_what_is_said_of_free_answers_decides_their_kind() -> None:
    assert detect(_rows(*LONG)).kind == "free"
    assert detect(_rows(*LONG), (Check("short", "max_words", ("5",)),)).kind == "checks"
    assert detect(_rows(*LONG, system="You are Juno, a playful companion.")).kind == "voice"
    assert detect(_rows(*["SELECT a FROM b"] * 12)).kind == "query"


def test_an_answer_of_several_wordings_of_one_fact_is_no_label() -> None:
    answers = ["Ada", "Bo", "Cy"] * 6
    assert detect(_rows(*answers, groups=3)).kind == "short"
    found = detect(_rows(*answers))
    assert (found.kind, found.labels, found.written) == ("classification", ("ada", "bo", "cy"), ("Ada", "Bo", "Cy"))
    assert classification(_rows(*answers, groups=3)).written == ("Ada", "Bo", "Cy"), "a person may say that it is"


def test_what_suits_the_data_is_told_from_its_own_questions_not_from_the_general_ones() -> None:
    told = [_record(p, "base", LONG[0], LONG[0], "free") for p in range(24)]
    general = [
        replace(_record(p, "base", "Paris", "Paris", "free"), item=f"g{p}", slice="keep_alive") for p in range(30)
    ]
    found = {one.name: one for one in figures_for(_asked("free"), [*told, *general])}
    assert found["bleu"].none != "metrics.none_bleu" and "sentence-mean" in found["bleu"].identity
