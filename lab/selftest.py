"""The metrics held against values that other libraries, papers or a pencil gave: computed anew each time it is asked.

Knows: each vector, its reference and where that comes from. Must not know who shows it. Several well-known tools ship
a broken BLEU or a ROUGE that reads no Chinese; each vector stands for one way to be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lab import words
from lab.evals import ranking
from lab.evals.judging.parsing import score
from lab.evals.judging.records import Said
from lab.evals.metrics import contains, exact_match, f1, figure_of, meteor, metric, rouge_l, rouge_n
from lab.evals.queries import same_result
from lab.evals.statistics import clustered, holm, mcnemar, mean
from lab.evals.tasks import figures_of
from lab.evals.tasks import vectors as task_vectors
from lab.intervals import wilson
from lab.synth import Pair
from lab.synth.gates import reason
from lab.synth.sections import units

LIMIT = "每个虚拟私有云创建的子网个数上限为10个。"
REWORDED = "每个虚拟私有云最多可以创建10个子网。"
LABELS = ("dog", "cat", "bird")
WANTED = ("cat", "cat", "dog", "dog", "dog", "bird", "bird", "cat", "dog", "bird", "cat", "dog")
SAID = ("cat", "dog", "dog", "dog", "", "bird", "cat", "cat", "bird", "bird", "", "dog")
CHANCES = ((0.2, 0.7, 0.1), (0.5, 0.3, 0.2), (0.6, 0.3, 0.1), (0.3, 0.3, 0.4), (0.1, 0.2, 0.7), (0.25, 0.35, 0.4))
RANKED = ("cat", "cat", "dog", "bird", "bird", "dog")
NUMBERS = (("2.5", "3"), ("it is 0", "-0.5"), ("2", "2"), ("From 9 to 8", "7"), ("4", "4.2"), ("no idea", "5"))
SCHEMA = ("CREATE TABLE singer (id INTEGER PRIMARY KEY, name TEXT, age INT)",)
DOCUMENT = "The deposit is 14 days of rent. It is paid back within 30 days."


@dataclass(frozen=True)
class Vector:
    """One value that is known."""

    metric: str
    """Words key of what is computed."""
    case: str
    """What it is computed of; not translated, for it is the input."""
    ours: Callable[[], float]
    wanted: float
    source: str
    """Where the reference comes from: a library with its version, or a words key."""
    below: bool = False
    """``wanted`` is a bound that must not be reached."""
    tolerance: float = 5e-4


@dataclass(frozen=True)
class Compared:
    """A vector and what was computed."""

    vector: Vector
    value: float

    @property
    def passed(self) -> bool:
        """Whether the value is the reference."""
        one = self.vector
        return self.value < one.wanted if one.below else abs(self.value - one.wanted) <= one.tolerance


def self_test() -> list[Compared]:
    """Every vector with what is computed for it now."""
    return [Compared(one, float(one.ours())) for one in (*_texts(), *_tasks(), *_statistics(), *_elsewhere())]


def document(tested: Sequence[Compared]) -> dict[str, Any]:
    """The one JSON document of the self-test, names in both languages."""
    return {
        "passed": sum(one.passed for one in tested),
        "failed": sum(not one.passed for one in tested),
        "vectors": [
            {
                "metric": {language: words.say(one.vector.metric, language) for language in words.LANGUAGES},
                "case": one.vector.case,
                "value": one.value,
                "reference": one.vector.wanted,
                "relation": "<" if one.vector.below else "=",
                "source": {language: source(one.vector, language) for language in words.LANGUAGES},
                "passed": one.passed,
            }
            for one in tested
        ],
    }


def cells(one: Compared, language: str) -> list[str]:
    """A vector as it is read: what, of what, our value, the reference, whose it is, and whether they agree."""
    wanted = f"{one.vector.wanted:.4g}"
    return [
        words.say(one.vector.metric, language),
        one.vector.case,
        f"{one.value:.4g}",
        words.say("selftest.below", language, value=wanted) if one.vector.below else wanted,
        source(one.vector, language),
        words.say("selftest.passed" if one.passed else "selftest.failed", language),
    ]


def source(vector: Vector, language: str) -> str:
    """Where the reference comes from, in words."""
    return words.say(vector.source, language) if words.has(vector.source) else vector.source


def _same(one: str, other: str, wanted: float) -> Vector:
    name = "evals.metric_exact_match"
    return Vector(name, f"{one} / {other}", lambda: exact_match(one, other), wanted, "selftest.by_hand")


def _texts() -> Iterator[Vector]:
    bleu, chrf, library, hand = "evals.metric_bleu", "evals.metric_chrf", "sacrebleu 2.6.0", "selftest.by_hand"
    pair = f"{REWORDED} / {LIMIT}"
    yield Vector(bleu, f"{LIMIT} ×2", lambda: _figure("bleu", LIMIT, LIMIT), 100, library)
    yield Vector(bleu, "10个 / 10个", lambda: _figure("bleu", "10个", "10个"), 100, library)
    yield Vector(bleu, pair, lambda: _figure("bleu", REWORDED, LIMIT), 38.51, library, tolerance=0.005)
    yield Vector("selftest.bleu_one_word", "北 / 北", lambda: figure_of("bleu", ["北"], ["北"]) is None, 1, hand)
    yield Vector(chrf, pair, lambda: _figure("chrf", REWORDED, LIMIT), 34.95, library, tolerance=0.005)
    apples = ("子网上限为10个", "今天买了10个苹果")
    yield Vector("evals.metric_rouge1", " / ".join(apples), lambda: rouge_n(*apples, 1) or 0, 0.5, hand, below=True)
    yield Vector("evals.metric_rouge1", pair, lambda: rouge_n(REWORDED, LIMIT, 1) or 0, 0.722, hand)
    yield Vector("evals.metric_rougel", pair, lambda: rouge_l(REWORDED, LIMIT) or 0, 0.611, hand)
    yield Vector("evals.metric_rouge2", f"{LIMIT} ×2", lambda: rouge_n(LIMIT, LIMIT, 2) or 0, 1, hand)
    three = "the cat sat"
    yield Vector("evals.metric_meteor", f"{three} ×2", lambda: meteor(three, three) or 0, 0.9815, "nltk 3.10.4")
    yield Vector("evals.metric_meteor", f"sat cat the / {three}", lambda: meteor("sat cat the", three) or 0, 0.5, hand)
    yield _same("北京。", "北京", 1)
    yield _same("ＡＢＣ１２３", "abc123", 1)
    yield _same("3.5%", "3.5％", 1)
    yield _same("-5", "5", 0)
    yield _same("1,000 元", "1000元", 1)
    yield Vector("evals.metric_f1", "在北京 / 北京", lambda: f1("在北京", "北京"), 0.8, hand)
    yield Vector("evals.metric_f1", "the cat sat / the cat", lambda: f1("the cat sat", "the cat"), 0.8, hand)
    yield Vector("evals.metric_contains", "It is 10. / 1", lambda: contains("It is 10.", "1"), 0, hand)
    yield Vector("evals.metric_contains", "答案是北京。 / 北京", lambda: contains("答案是北京。", "北京"), 1, hand)


def _figure(name: str, prediction: str, reference: str) -> float:
    found = figure_of(name, [prediction], [reference])
    return float("nan") if found is None else found


def _tasks() -> Iterator[Vector]:
    library = "scikit-learn 1.9.1"
    labels = [task_vectors("classification", LABELS, *pair)["labels"] for pair in zip(SAID, WANTED, strict=True)]
    numbers = [found for pair in NUMBERS if (found := task_vectors("number", (), *pair).get("number"))]
    known = {
        "accuracy": 0.58333,
        "macro_precision": 0.69444,
        "macro_recall": 0.58889,
        "macro_f1": 0.63492,
        "mcc": 0.43078,
        "mae": 0.44,
        "mse": 0.308,
        "r2": 0.94966,
    }
    for kind, rows, case in (
        ("classification", labels, f"{len(WANTED)} × {len(LABELS)}"),
        ("number", numbers, "n = 5"),
    ):
        for one in figures_of(kind, LABELS):
            if one.name in known:
                total = np.sum([one.part(row) for row in rows], axis=0)
                yield Vector(f"evals.metric_{one.name}", case, partial(one.value, total), known[one.name], library)
    ranked = [
        ranking.vector(LABELS, wanted, {label: math.log(p) for label, p in zip(LABELS, chances, strict=True)})
        for wanted, chances in zip(RANKED, CHANCES, strict=True)
    ]
    area = np.array([one for one in ranked if one])
    yield Vector(
        "evals.metric_auc", "6 × 3", lambda: float(ranking.AUC.of(area, np.ones((1, len(area))))[0]), 0.8125, library
    )
    said, wanted = "select name from singer where age>30", "SELECT s.name FROM singer s WHERE NOT s.age <= 30"
    hand = "selftest.by_hand"
    same = "evals.metric_same_result"
    yield Vector(same, f"{said} / {wanted}", lambda: bool(same_result(said, wanted, SCHEMA)[0]), 1, hand)
    other = said.replace(">30", ">=30")
    yield Vector(same, f"{other} / {wanted}", lambda: bool(same_result(other, wanted, SCHEMA)[0]), 0, hand)


def _statistics() -> Iterator[Vector]:
    library, hand = "scipy 1.17.1", "selftest.by_hand"
    yield Vector("selftest.wilson_low", "10/10", lambda: wilson(10, 10)[0], 0.7225, library)
    yield Vector("selftest.wilson_high", "6/20", lambda: wilson(6, 20)[1], 0.5190, library)
    yield Vector("selftest.mcnemar_exact", "9 : 2", lambda: mcnemar(9, 2, exact=True), 0.0654, library)
    yield Vector("selftest.mcnemar", "9 : 2", lambda: mcnemar(9, 2), 0.0386, library)
    yield Vector("selftest.holm", "0.01 0.04 0.03 0.005", lambda: holm([0.01, 0.04, 0.03, 0.005])[0], 0.03, hand)
    yield Vector("selftest.bootstrap", "60/100", _spread, 0.049, hand, tolerance=0.004)


def _spread() -> float:
    """Half the width of the bootstrapped interval of 60 of 100, as a standard error."""
    found = clustered([(float(n < 60), 1.0) for n in range(100)], [str(n) for n in range(100)], mean)
    return ((found.high or 0) - (found.low or 0)) / (2 * 1.96)


def _elsewhere() -> Iterator[Vector]:
    hand = "selftest.by_hand"
    changed = "14 days of rent → 40 days of rent"
    yield Vector("selftest.gate", changed, lambda: reason(_changed(), DOCUMENT) != "", 1, hand)
    yield Vector("selftest.pairs", "3 : 1", _refuses_lists, 1, hand)
    text = "# Title\n\nFirst. Second。\n\nThe last has no end mark"
    yield Vector(
        "selftest.splitter", text, lambda: "".join(text[u.start : u.end] for u in units(text)) == text, 1, hand
    )
    reply = "I'd say 8/10, it has 3 errors"
    yield Vector("selftest.judge", reply, lambda: score(Said("a", "", reply))[0] is None, 1, hand)


def _changed() -> Pair:
    end = DOCUMENT.index(". ") + 1
    return Pair("How long?", "40 days of rent", DOCUMENT[:end], 0, end, "statement", "en", "", "d.md")


def _refuses_lists() -> bool:
    """Whether three predictions with one nested list of references are refused, not cut to the shorter."""
    nested: Any = [["one", "two", "three"]]
    try:
        figure_of("bleu", ["one", "two", "three"], nested)
    except ValueError:
        return True
    return metric("bleu") is None
