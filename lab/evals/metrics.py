"""Metrics of a prediction against a reference, right for Chinese and English.

Knows: for each metric the vector of one item and how a sum of vectors becomes the figure, so that every figure,
interval and difference comes from the same stored items. Must not know models, contestants or storage.
Values are 0 to 1, except chrF and BLEU, 0 to 100, as sacrebleu counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sacrebleu.metrics import BLEU, CHRF

from lab.evals.keys import key, matches
from lab.evals.statistics import mean
from lab.text import is_chinese, normal, tokens

Vector = tuple[float, ...]
CORPUS_SEGMENTS = 100
CORPUS_TOKENS = 10


@dataclass(frozen=True)
class Metric:
    """One metric: items in, one figure out."""

    name: str
    identity: str
    """Tokenizer, normalisation and library: two values compare only where this is the same."""
    vector: Callable[[str, str], Vector | None]
    """``(prediction, reference)`` → the item's vector; ``None`` where the metric has no meaning for it."""
    value: Callable[[NDArray[np.float64]], float]
    """Sum of vectors → figure."""
    is_share: bool = False
    """Each item is 0 or 1: its interval is Wilson's when every group is one item."""
    top: float = 1.0
    """The largest value."""
    note: str = ""
    """Words key of a caution."""
    none: str = "metrics.none"
    """Words key: why there is no figure, where there is none."""


def exact_match(prediction: str, reference: str) -> float:
    """1 where both say the same after folding (``lab.text.normal``)."""
    return float(normal(prediction) == normal(reference))


def f1(prediction: str, reference: str) -> float:
    """Harmonic mean of token precision and recall; 1 for two texts without tokens that are equal."""
    return _f_measure(*_overlap(tokens(prediction), tokens(reference))) or exact_match(prediction, reference)


def contains(prediction: str, reference: str) -> float:
    """1 where the prediction holds the reference at number and name boundaries."""
    return float(matches(key(reference), prediction))


def rouge_n(prediction: str, reference: str, n: int) -> float | None:
    """ROUGE-N F-measure over tokens; ``None`` where the reference has fewer than ``n`` tokens."""
    said, wanted = tokens(prediction), tokens(reference)
    if len(wanted) < n:
        return None
    return _f_measure(*_overlap(_grams(said, n), _grams(wanted, n)))


def rouge_l(prediction: str, reference: str) -> float | None:
    """ROUGE-L F-measure (longest common subsequence of tokens); ``None`` where the reference has none."""
    said, wanted = tokens(prediction), tokens(reference)
    if not wanted:
        return None
    return _f_measure(_common(said, wanted), len(said), len(wanted))


def meteor(prediction: str, reference: str) -> float | None:
    """METEOR with exact matches only (Banerjee and Lavie 2005: F 10:1, penalty ½·(chunks/matches)³).

    No stems and no synonyms, so lower than with WordNet; ``None`` for Chinese, where those stages have no meaning.
    """
    said, wanted = tokens(prediction), tokens(reference)
    if is_chinese(reference) or not wanted:
        return None
    pairs = _alignment(said, wanted)
    if not pairs:
        return 0.0
    precision, recall = len(pairs) / len(said), len(pairs) / len(wanted)
    chunks = 1 + sum(b != (a[0] + 1, a[1] + 1) for a, b in pairwise(pairs))
    return 10 * precision * recall / (recall + 9 * precision) * (1 - 0.5 * (chunks / len(pairs)) ** 3)


def metrics_for(references: Sequence[str]) -> list[Metric]:
    """All metrics as they are to be counted for these references (Chinese or not, short or not)."""
    chinese = is_chinese("".join(references))
    own = "tok:char-cjk+ascii-run|norm:v1|lib:own-1"
    return [
        Metric("exact_match", "exact_match|norm:v1|lib:own-1", _one(exact_match), mean, is_share=True),
        Metric("f1", f"f1|{own}", _one(f1), mean),
        Metric("contains", "contains|boundaries:number+name|norm:v1|lib:own-1", _one(contains), mean, is_share=True),
        _chrf(),
        _bleu(references, chinese),
        Metric("rouge1", f"rouge1|{own}", _one(lambda p, r: rouge_n(p, r, 1)), mean, none="metrics.none_tokens"),
        Metric("rouge2", f"rouge2|{own}", _one(lambda p, r: rouge_n(p, r, 2)), mean, none="metrics.none_rouge2"),
        Metric("rougeL", f"rougeL|{own}", _one(rouge_l), mean, none="metrics.none_tokens"),
        Metric(
            "meteor", f"meteor|exact-only|{own}", _one(meteor), mean, note="evals.note_meteor", none="evals.note_meteor"
        ),
    ]


def metric(name: str, references: Sequence[str] = ()) -> Metric:
    """One metric by name; raises ``KeyError`` if there is none."""
    return {one.name: one for one in metrics_for(references)}[name]


def figure_of(name: str, predictions: Sequence[str], references: Sequence[str]) -> float | None:
    """One metric over pairs of texts; ``None`` where it has no meaning for any of them.

    Raises ``ValueError`` unless each prediction has exactly one reference that is a text: lists in the place of texts
    would be cut to the shorter one without a word.
    """
    if len(predictions) != len(references) or not all(isinstance(one, str) for one in (*predictions, *references)):
        raise ValueError(f"{len(predictions)} predictions and {len(references)} references are not pairs of texts")
    one = metric(name, references)
    made = [one.vector(*pair) for pair in zip(predictions, references, strict=True)]
    scored = [vector for vector in made if vector is not None]
    return one.value(np.sum(scored, axis=0)) if scored else None


def _one(score: Callable[[str, str], float | None]) -> Callable[[str, str], Vector | None]:
    def vector(prediction: str, reference: str) -> Vector | None:
        scored = score(prediction, reference)
        return None if scored is None else (scored, 1.0)

    return vector


def _chrf() -> Metric:
    chrf = CHRF()

    # sacrebleu publishes corpus scores only; the per-item statistics its own significance tests use carry a
    # leading underscore. The version is pinned, and a test holds our corpus figure to ``corpus_score``.
    def vector(prediction: str, reference: str) -> Vector | None:
        return tuple(chrf._extract_corpus_statistics([prediction], [[reference]])[0]) if reference else None

    def value(total: NDArray[np.float64]) -> float:
        return float(chrf._compute_f_score(total.tolist()))

    chrf.corpus_score(["a"], [["a"]])
    return Metric("chrf", f"chrF|{chrf.get_signature()}", vector, value, top=100)


def _bleu(references: Sequence[str], chinese: bool) -> Metric:
    """Corpus BLEU over enough long references; else the mean of sentence BLEU, and the note says so.

    Nothing where half of the references are one word: no two words, let alone four, follow each other there.
    """
    lengths = sorted(len(tokens(reference)) for reference in references)
    half = lengths[len(lengths) // 2] if lengths else CORPUS_TOKENS
    if half < 2:
        signature = _scorer(chinese, whole=False)[1]
        return Metric(
            "bleu",
            f"BLEU|{signature}",
            lambda *_: None,
            mean,
            top=100,
            note="metrics.none_bleu",
            none="metrics.none_bleu",
        )
    if len(lengths) >= CORPUS_SEGMENTS and half >= CORPUS_TOKENS:
        return bleu_corpus(chinese)
    bleu, signature = _scorer(chinese, whole=False)

    def vector(prediction: str, reference: str) -> Vector | None:
        return (bleu.sentence_score(prediction, [reference]).score, 1.0) if reference else None

    return Metric("bleu", f"BLEU|sentence-mean|{signature}", vector, mean, top=100, note="evals.note_bleu_sentence")


def bleu_corpus(chinese: bool) -> Metric:
    """Corpus BLEU whatever the references; its vectors also give the BLEU of one sentence (``sentence_bleu``)."""
    bleu, signature = _scorer(chinese, whole=True)

    def vector(prediction: str, reference: str) -> Vector | None:
        return tuple(bleu._extract_corpus_statistics([prediction], [[reference]])[0]) if reference else None

    def value(total: NDArray[np.float64]) -> float:
        return float(bleu._compute_score_from_stats(total.tolist()).score)

    return Metric("bleu", f"BLEU|corpus|{signature}", vector, value, top=100)


def sentence_bleu(vector: Vector) -> float:
    """BLEU of one sentence with effective order, from its vector of ``bleu_corpus``."""
    return float(_scorer(False, whole=False)[0]._compute_score_from_stats(list(vector)).score)


@cache
def _scorer(chinese: bool, *, whole: bool) -> tuple[BLEU, str]:
    """sacrebleu's scorer for that language, and its signature."""
    bleu = BLEU(tokenize="zh" if chinese else "13a", effective_order=not whole)
    bleu.corpus_score(["a"], [["a"]])
    return bleu, str(bleu.get_signature())


def _grams(words: list[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + n]) for place in range(len(words) - n + 1)]


def _common(said: Sequence[str], wanted: Sequence[str]) -> int:
    """Length of the longest common subsequence, a whole row at a time in the bits of one number (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, word in enumerate(wanted):
        places[word] = places.get(word, 0) | 1 << place
    full = (1 << len(wanted)) - 1
    row = full
    for word in said:
        kept = row & places.get(word, 0)
        row = (row + kept | row - kept) & full
    return len(wanted) - row.bit_count()


def _overlap(said: Sequence[object], wanted: Sequence[object]) -> tuple[int, int, int]:
    return sum((Counter(said) & Counter(wanted)).values()), len(said), len(wanted)


def _f_measure(shared: int, said: int, wanted: int) -> float:
    return 2 * shared / (said + wanted) if shared else 0.0


def _alignment(said: list[str], wanted: list[str]) -> list[tuple[int, int]]:
    """Pairs of equal tokens in order of ``said``; each goes on where the last left off if it can."""
    free: dict[str, list[int]] = {}
    for place, word in enumerate(wanted):
        free.setdefault(word, []).append(place)
    pairs: list[tuple[int, int]] = []
    for place, word in enumerate(said):
        places = free.get(word)
        if places:
            following = pairs[-1][1] + 1 if pairs else 0
            chosen = following if following in places else places[0]
            places.remove(chosen)
            pairs.append((place, chosen))
    return pairs
