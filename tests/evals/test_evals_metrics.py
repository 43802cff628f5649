"""Metrics agree with a reference library or a value computed by hand, in Chinese too."""

from __future__ import annotations

import random

import numpy as np
import pytest
import sacrebleu
from numpy.typing import NDArray

from lab.evals.metrics import contains, exact_match, f1, meteor, metric, rouge_l, rouge_n

LIMIT = "每个虚拟私有云创建的子网个数上限为10个。"
REWORDED = "每个虚拟私有云最多可以创建10个子网。"


def _figure(name: str, pairs: list[tuple[str, str]]) -> float:
    one = metric(name, [reference for _, reference in pairs])
    vectors = [one.vector(prediction, reference) for prediction, reference in pairs]
    total: NDArray[np.float64] = np.sum([vector for vector in vectors if vector is not None], axis=0)
    return one.value(total)


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [("北京。", "北京", 1), ("ＡＢＣ１２３", "abc123", 1), ("-5", "5", 0), ("1,000 元", "1000元", 1), ("3.5", "35", 0)],
)
def test_exact_match(prediction: str, reference: str, expected: float) -> None:
    assert exact_match(prediction, reference) == expected


@pytest.mark.parametrize(
    ("prediction", "reference", "expected"),
    [
        ("北京", "北京。", 1.0),
        ("在北京", "北京", 0.8),
        ("the cat sat", "the cat", 0.8),
        ("-5", "5", 0.0),
        ("", "北京", 0.0),
        ("！", "！", 1.0),
    ],
)
def test_f1_counts_chinese_characters(prediction: str, reference: str, expected: float) -> None:
    assert f1(prediction, reference) == pytest.approx(expected)


def test_contains_respects_boundaries() -> None:
    assert contains("It is 10.", "1") == 0 and contains("答案是北京。", "北京") == 1


def test_rouge_on_chinese_is_by_character() -> None:
    assert rouge_n(LIMIT, REWORDED, 1) == pytest.approx(0.722, abs=0.0005)
    assert rouge_l(LIMIT, REWORDED) == pytest.approx(0.611, abs=0.0005)
    unrelated = rouge_n("子网上限为10个", "今天买了10个苹果", 1)
    assert unrelated is not None and unrelated < 0.5
    assert rouge_n(LIMIT, LIMIT, 2) == 1 and rouge_n("10", "10", 2) is None


def test_chrf_and_bleu_are_those_of_sacrebleu() -> None:
    assert _figure("chrf", [(REWORDED, LIMIT)]) == pytest.approx(34.95, abs=0.005)
    assert _figure("bleu", [(REWORDED, LIMIT)]) == pytest.approx(38.51, abs=0.005)
    generator = random.Random(1)
    words = LIMIT + REWORDED
    pairs = [("".join(generator.choices(words, k=30)), "".join(generator.choices(words, k=30))) for _ in range(120)]
    said, wanted = [one for one, _ in pairs], [[other for _, other in pairs]]
    assert _figure("chrf", pairs) == pytest.approx(sacrebleu.corpus_chrf(said, wanted).score)
    assert _figure("bleu", pairs) == pytest.approx(sacrebleu.corpus_bleu(said, wanted, tokenize="zh").score)


def test_bleu_of_short_chinese_answers_is_not_zero() -> None:
    assert _figure("bleu", [(LIMIT, LIMIT)]) == pytest.approx(100)
    assert _figure("bleu", [("10个", "10个")]) == pytest.approx(100)
    one = metric("bleu", ["10个"])
    assert one.note == "evals.note_bleu_sentence" and "tok:zh" in one.identity and "sentence-mean" in one.identity
    assert "tok:13a" in metric("bleu", ["ten of them"]).identity


def test_meteor_has_its_penalty_and_no_value_for_chinese() -> None:
    assert meteor("the cat sat", "the cat sat") == pytest.approx(0.98, abs=0.002)
    assert meteor("sat cat the", "the cat sat") == pytest.approx(0.5)
    assert meteor("北京", "北京") is None
