"""The figures of a board: for each, what one stored record adds to it.

Knows: the list of figures, in the order they are shown, how each is computed (its identity), and why one means nothing
for some data. A new metric is one more entry here. Must not know storage.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.evals import ranking, voice
from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.keys import JUDGEMENTS
from lab.evals.metrics import Metric, Vector, bleu_corpus, metric, metrics_for, sentence_bleu
from lab.evals.ranking import AUC
from lab.evals.statistics import Value, mean
from lab.evals.tasks import MOST_LIKELIHOODS, TASKS, TaskFigure, figures_of
from lab.records import Check
from lab.text import normal

STORED = ("exact_match", "f1", "contains", "chrf", "bleu", "rouge1", "rouge2", "rougeL", "meteor")
"""Metrics whose vectors are kept with each item; of BLEU those of a corpus, which give each sentence's too."""
HELD_OUT = ("new_wording", "unseen")
"""Slices of the data whose words were not trained: on these a voice is heard."""


@dataclass(frozen=True)
class Figure:
    """One figure of the board."""

    name: str
    vector: Callable[[ItemRecord], Vector | None]
    """What one record adds; ``None``: not scored."""
    value: Value
    better: str
    """``up``, ``down``, or empty where neither is better."""
    is_share: bool = False
    """Every record is 0 or 1."""
    scale: float = 1.0
    """The largest value: 1 or 100; 0 for none."""
    floor: float = 0.0
    """The smallest value."""
    identity: str = "lib:own-1"
    """What computes it, and how: two values compare only where this is the same."""
    note: str = ""
    """Words key of a caution."""
    none: str = "metrics.none"
    """Words key: why there is no figure, where there is none."""
    none_values: tuple[tuple[str, Any], ...] = ()
    """What that sentence names."""


def figures(checks: tuple[Check, ...] = (), task: str = "free", labels: Sequence[str] = ()) -> list[Figure]:
    """All figures there may be over data with these checks and this kind of task."""
    directions = {"right": "up", "right_and_false": "down", "wrong": "down", "declined": ""}
    keyed = "by:keys|at:number+name-boundaries|lib:own-1"
    judged = [
        Figure(
            kind,
            _judged(kind),
            mean,
            directions[kind],
            is_share=True,
            identity=f"{kind}|{keyed}",
            none="metrics.none_key",
        )
        for kind in JUDGEMENTS
    ]
    kept = [
        Figure(f"check:{check.name}", _kept(check.name), mean, "up", is_share=True, identity=f"check:{check.kind}")
        for check in checks
    ]
    every = [Figure("checks", _all_kept, mean, "up", identity="checks:mean")] if checks else []
    return [*judged, *_own(task, labels), *map(_stored, STORED), *_likelihoods(), *kept, *every]


def figures_for(evaluation: Evaluation, records: Sequence[ItemRecord]) -> list[Figure]:
    """The figures of one board: identities by its language, and those that mean nothing for its data refused."""
    asked = [record for record in records if record.slice == evaluation.headline]
    references = list({record.item: record.reference for record in asked}.values())
    language = [_language(metric, evaluation.language != "en") for metric in metrics_for(references)]
    made = {one.name: one for one in figures(evaluation.checks, evaluation.task, evaluation.labels)}
    made |= {one.name: one for one in language}
    bases = list(dict.fromkeys(one.base for one in evaluation.contestants if not one.url))
    if len(bases) > 1:
        told = (("bases", ", ".join(bases)),)
        made |= {name: _refused(made[name], "metrics.none_tokenizers", told) for name in ("loss", "perplexity")}
    if len(evaluation.labels) > MOST_LIKELIHOODS and "auc" in made:
        counts = (("labels", len(evaluation.labels)), ("most", MOST_LIKELIHOODS))
        made["auc"] = _refused(made["auc"], "metrics.none_auc_labels", counts)
    if "voice" in made:
        made["voice"] = _voice(made["voice"], evaluation, records)
    return list(made.values())


def stored_metrics(language: str) -> tuple[Metric, ...]:
    """The metrics whose vectors are kept with each item of data in ``language``."""
    return tuple(bleu_corpus(language != "en") if name == "bleu" else metric(name) for name in STORED)


def headline(evaluation: Evaluation, made: Sequence[Figure], records: Sequence[ItemRecord]) -> str:
    """What the verdict is about, from the records of its slice.

    The first of the task's own figures that there is; without one ``right``, where a key judges half of the answers;
    the checks; chrF.
    """
    led = () if evaluation.task in {"free", "short", "checks"} else _own(evaluation.task, evaluation.labels)
    own = [one.name for one in led]
    answered = [record for record in records if not record.error]
    there = [one.name for one in made if one.name in own and any(one.vector(r) is not None for r in answered)]
    if there or (own and not answered):
        return (there or own)[0]
    keyed = sum(record.judgement is not None for record in answered)
    if evaluation.task != "checks" and 2 * keyed >= max(1, len(answered)):
        return "right"
    return "checks" if evaluation.checks else "chrf"


def names(checks: tuple[Check, ...] = ()) -> list[str]:
    """The names of all figures there can be, whatever the task."""
    return list(dict.fromkeys(figure.name for kind in TASKS for figure in figures(checks, kind)))


def _own(task: str, labels: Sequence[str]) -> list[Figure]:
    """The figures of a kind of task, the most telling first."""
    made = [_of_task(one) for one in figures_of(task, labels)]
    if task == "classification":
        identity = (
            f"one-vs-rest mean of {len(labels)} labels|P(label + end of turn), normalised over the labels|lib:own-1"
        )
        made.append(Figure("auc", _ranks(labels), AUC, "up", identity=identity, none="metrics.none_auc"))
    if task in {"free", "voice", "checks"}:
        made.append(Figure("voice", _nothing, mean, "up", is_share=True, none="metrics.none_voice"))
    return made


def _of_task(one: TaskFigure) -> Figure:
    def vector(record: ItemRecord) -> Vector | None:
        found = record.vectors.get(one.vector)
        return None if found is None else one.part(found)

    bounds = (one.is_share, one.scale, one.floor)
    return Figure(one.name, vector, one.value, one.better, *bounds, identity=one.identity, none=one.none)


def _ranks(labels: Sequence[str]) -> Callable[[ItemRecord], Vector | None]:
    return lambda record: ranking.vector(labels, normal(record.reference), dict(record.label_logprobs))


def _nothing(record: ItemRecord) -> Vector | None:
    return None


def _refused(one: Figure, reason: str, told: tuple[tuple[str, Any], ...] = ()) -> Figure:
    return replace(one, vector=_nothing, none=reason, none_values=told)


def _voice(one: Figure, evaluation: Evaluation, records: Sequence[ItemRecord]) -> Figure:
    """The figure with a classifier taught by the answers of the base on trained prompts, or refused with the reason."""
    base = evaluation.base
    if base.run or base.url:
        return _refused(one, "metrics.none_voice_base")
    pairs = [(r.slice, r.reference, r.answer) for r in records if r.contestant == base.name and r.answer]
    taught = [(example, said) for part, example, said in pairs if part == "trained"]
    tried = [(example, said) for part, example, said in pairs if part in HELD_OUT]
    found = voice.teach(taught, tried)
    if isinstance(found, str):
        told = {
            "taught": len(taught),
            "tried": len(tried),
            "least": voice.LEAST_TAUGHT,
            "least_tried": voice.LEAST_TRIED,
        }
        return _refused(one, f"metrics.none_voice_{found}", tuple(told.items()))

    def vector(record: ItemRecord) -> Vector | None:
        return (
            None if record.slice not in HELD_OUT or record.answer is None else (float(found.sounds(record.answer)), 1.0)
        )

    identity = f"naive-bayes|char 1-3 + word 1-2|taught:{len(taught)}+{len(taught)}|told apart:{found.told_apart:.2f}"
    return replace(one, vector=vector, identity=f"{identity}|lib:own-1")


def _judged(kind: str) -> Callable[[ItemRecord], Vector | None]:
    return lambda record: (float(record.judgement == kind), 1.0) if record.judgement else None


def _stored(name: str) -> Figure:
    one = metric(name)
    scale = 100.0 if name in {"chrf", "bleu"} else 1.0
    return Figure(name, lambda record: record.vectors.get(name), one.value, "up", one.is_share, scale)


def _language(one: Metric, chinese: bool) -> Figure:
    """The figure of a metric; what was stored before there was such a metric is worked out from the answer."""
    kept = bleu_corpus(chinese) if one.name == "bleu" else one
    by_sentence = one.name == "bleu" and one.note == "evals.note_bleu_sentence"
    value = kept.value if one.name == "bleu" and not by_sentence else one.value

    def vector(record: ItemRecord) -> Vector | None:
        if one.none == one.note == "metrics.none_bleu" or record.answer is None:
            return None
        found = record.vectors.get(one.name) or kept.vector(record.answer, record.reference)
        return (sentence_bleu(found), 1.0) if by_sentence and found else found

    scale = 100.0 if one.top == 100 else 1.0
    known: dict[str, Any] = {
        "is_share": one.is_share,
        "scale": scale,
        "identity": one.identity,
        "note": one.note,
        "none": one.none,
    }
    return Figure(one.name, vector, value, "up", **known)


def _likelihoods() -> list[Figure]:
    """How the reference itself surprises the model."""
    by_token = "reference + end of turn|natural log|mean over tokens|lib:own-1"
    none = "metrics.none_logprobs"
    return [
        Figure("loss", _surprise, lambda t: float(t[0] / t[1]), "down", scale=0, identity=by_token, none=none),
        Figure("perplexity", _surprise, _perplexity, "down", scale=0, floor=1, identity=f"exp({by_token})", none=none),
        Figure(
            "bits_per_byte",
            _bits,
            lambda t: float(t[0] / t[1]),
            "down",
            scale=0,
            identity="reference + end of turn|bits|per UTF-8 byte of the reference|lib:own-1",
            none=none,
        ),
    ]


def _perplexity(total: NDArray[np.float64]) -> float:
    return math.exp(min(700.0, total[0] / total[1]))


def _surprise(record: ItemRecord) -> Vector | None:
    if record.logprob is None or not record.reference_tokens:
        return None
    return -record.logprob, float(record.reference_tokens)


def _bits(record: ItemRecord) -> Vector | None:
    if record.logprob is None or not record.reference_bytes:
        return None
    return -record.logprob / math.log(2), float(record.reference_bytes)


def _kept(name: str) -> Callable[[ItemRecord], Vector | None]:
    return lambda record: (float(record.checks[name]), 1.0) if name in record.checks else None


def _all_kept(record: ItemRecord) -> Vector | None:
    return (float(sum(record.checks.values())), float(len(record.checks))) if record.checks else None
