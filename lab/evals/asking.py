"""One question put to one contestant, and everything its figures need, as one record.

Knows: how an answer and the log-probability of the reference are had from the engine, and when an earlier answer is
taken instead. An answer that fails is a record with its reason. Must not know which questions there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from lab.checks import holds, row_untold
from lab.engine.client import Engine
from lab.errors import EngineError, EvalError, LabError
from lab.evals import evaluation as store
from lab.evals import keepalive, predictions, tasks
from lab.evals.choosing import WITH_PASSAGE, Item
from lab.evals.earlier import Earlier
from lab.evals.evaluation import CROSS_DOMAIN, KEEP_ALIVE, Evaluation, ItemRecord
from lab.evals.keys import KeyBook
from lab.evals.metrics import Metric
from lab.evals.overfitting import Trained
from lab.records import Contestant, Decoding
from lab.workspace import now


@dataclass(frozen=True)
class Question:
    """One item, put to one contestant."""

    item: Item
    contestant: Contestant
    repeat: int = 0
    """1, 2, … where the answer is drawn again; 0 for the one that every figure is about."""

    @property
    def place(self) -> tuple[str, str, int]:
        """What its record is known by."""
        return self.item.row.id, self.contestant.name, self.repeat

    @property
    def asked(self) -> Contestant:
        """The contestant as this question is put to it."""
        one = self.item.by(self.contestant)
        if self.item.slice != KEEP_ALIVE:
            return one
        return replace(one, decoding=replace(one.decoding, max_tokens=keepalive.LONGEST))


@dataclass(frozen=True)
class Desk:
    """What every question needs."""

    evaluation: Evaluation
    engine: Engine
    books: Mapping[str, KeyBook]
    """Slice → what makes answers right there; ``""`` for all others."""
    earlier: Earlier
    metrics: tuple[Metric, ...]
    """Those whose vectors are kept with each item."""
    brought: Mapping[str, dict[str, str]]
    """Contestant → the answers brought as a file."""
    trained: Mapping[str, Trained]
    """Contestant → what its run was trained to say."""
    silent: set[str] = field(default_factory=set)
    """Addresses where nobody answered: where an earlier evaluation has the answer, they are not tried again."""


def ask(desk: Desk, question: Question) -> ItemRecord:
    """One answer with everything its figures need; a failure becomes the record's reason."""
    item, contestant = question.item, question.asked
    row = item.row
    asked = store.asked_hash(contestant, desk.evaluation.weights[contestant.name], item.asked)
    record = ItemRecord(
        item=row.id,
        contestant=contestant.name,
        slice=item.slice,
        group=row.group,
        messages=item.context,
        reference=row.answer,
        file=row.file,
        line=row.line,
        asked=asked,
        time=now(),
        passages=item.given,
        repeat=question.repeat,
        seed=contestant.decoding.seed,
        temperature=contestant.decoding.temperature,
    )
    try:
        if contestant.name in desk.brought:
            record = _brought(record, desk.brought[contestant.name])
        else:
            record = _had(record, desk, question)
    except LabError as error:
        return replace(record, error=error.key, error_values={k: str(v) for k, v in error.values.items()})
    except Exception as error:  # one question must not end the others: the reason is kept with it
        return replace(record, error="evals.unexpected", error_values={"reason": f"{type(error).__name__}: {error}"})
    if not question.repeat and item.slice != KEEP_ALIVE:
        record = _scored(record, desk.engine, contestant, item)
        if item.slice != CROSS_DOMAIN:
            record = label_scores(record, desk, contestant, item)
    return _judged(record, desk, item)


def warm_up(desk: Desk, questions: Iterable[Question]) -> None:
    """Have every model that will be asked in memory, so that no answer's time is that of loading it."""
    warmed: set[str] = set()
    for question in questions:
        one = question.asked
        if one.name in warmed or one.url or _known(desk, question):
            continue
        warmed.add(one.name)
        # What is wrong with a contestant is told by its first record.
        with suppress(LabError):
            desk.engine.answer(replace(one, decoding=Decoding(max_tokens=1)), question.item.asked)
        if len(warmed) == len(desk.evaluation.contestants):
            return


def _had(record: ItemRecord, desk: Desk, question: Question) -> ItemRecord:
    """The record with its answer: the one known already, else a new one.

    A server may hold another model by now, so it is asked anew; where it cannot be had, its answer of then stands.
    """
    before, one = _known(desk, question), question.asked
    kept = desk.earlier.find(record.asked) if one.url else None
    if before or (kept and one.url in desk.silent):
        return _reused(record, before or kept or record)
    try:
        return _answered(record, desk.engine, one, question.item)
    except EngineError as error:
        if kept is None:
            raise
        if one.url and error.key == "engine.url_unreachable":
            desk.silent.add(one.url)
        return _reused(record, kept)


def _known(desk: Desk, question: Question) -> ItemRecord | None:
    """The answer that an earlier evaluation was given to this very question."""
    if question.repeat or question.contestant.url:
        return None
    weights = desk.evaluation.weights[question.contestant.name]
    return desk.earlier.find(store.asked_hash(question.asked, weights, question.item.asked))


def _reused(record: ItemRecord, before: ItemRecord) -> ItemRecord:
    """The record with the answer given earlier, and its log-probability where the reference is the same."""
    kept = replace(
        record,
        answer=before.answer,
        passages=before.passages,
        fingerprint=before.fingerprint,
        tokens=before.tokens,
        prompt_tokens=before.prompt_tokens,
        seconds=before.seconds,
        first_token_seconds=before.first_token_seconds,
        finish_reason=before.finish_reason,
        reused=before.reused,
        label_logprobs=before.label_logprobs,
    )
    if before.reference != record.reference:
        return kept
    tokens, size = before.reference_tokens, before.reference_bytes
    return replace(kept, logprob=before.logprob, reference_tokens=tokens, reference_bytes=size)


def _brought(record: ItemRecord, answers: dict[str, str]) -> ItemRecord:
    """The record with the answer its file gives."""
    answer = predictions.find(answers, record.item.removesuffix(WITH_PASSAGE), record.question)
    if answer is None:
        raise EvalError("evals.no_prediction")
    return replace(record, answer=answer, finish_reason="stop")


def _answered(record: ItemRecord, engine: Engine, contestant: Contestant, item: Item) -> ItemRecord:
    answer = engine.answer(contestant, item.asked)
    return replace(
        record,
        answer=answer.text,
        passages=item.given or answer.passages,
        fingerprint=answer.fingerprint,
        tokens=answer.tokens,
        prompt_tokens=answer.prompt_tokens,
        seconds=answer.seconds,
        first_token_seconds=answer.first_token_seconds,
        finish_reason=answer.finish_reason,
    )


def _scored(record: ItemRecord, engine: Engine, contestant: Contestant, item: Item) -> ItemRecord:
    """With the log-probability of the reference; an address that cannot say it leaves it not scored."""
    if record.logprob is not None:
        return record
    if contestant.url:
        return replace(record, score_error="evals.no_logprobs")
    try:
        scored = engine.score(contestant, item.asked, [record.reference])[0]
    except LabError as error:
        return replace(record, score_error=error.key)
    return replace(record, logprob=scored.logprob, reference_tokens=scored.tokens, reference_bytes=scored.bytes)


def label_scores(record: ItemRecord, desk: Desk, contestant: Contestant, item: Item) -> ItemRecord:
    """With the likelihood of each label, where answers are labels, few enough, and the contestant can say it."""
    labels, written = desk.evaluation.labels, desk.evaluation.written
    known = {label for label, _ in record.label_logprobs}
    if not 2 <= len(written) <= tasks.MOST_LIKELIHOODS or known == set(labels):
        return record
    if contestant.url:
        return replace(record, label_error="metrics.none_auc")
    try:
        scored = desk.engine.score(contestant, item.asked, list(written))
    except LabError as error:
        return replace(record, label_error=error.key)
    found = tuple((label, one.logprob) for label, one in zip(labels, scored, strict=True))
    return replace(record, label_logprobs=found)


def _judged(record: ItemRecord, desk: Desk, item: Item) -> ItemRecord:
    answer = record.answer or ""
    if item.slice == KEEP_ALIVE:
        general = keepalive.judge(item.row, answer)
        return replace(record, keys=item.row.keys, judgement=general.kind, found=general.found)
    book = desk.books.get(item.slice) or desk.books[""]
    keys, judged = book.keys(item.row), book.judge(item.row, answer)
    vectors = {one.name: one.vector(answer, record.reference) for one in desk.metrics}
    own = item.slice != CROSS_DOMAIN
    if own:
        one = desk.evaluation
        vectors |= tasks.vectors(one.task, one.labels, answer, record.reference, record.messages)
    trained = desk.trained.get(record.contestant)
    return replace(
        record,
        keys=tuple(one.text for one in keys.keys) if keys else (),
        judgement=judged.kind if judged else None,
        found=judged.found if judged else (),
        false=judged.false if judged else (),
        checks={
            check.name: holds(check, answer, item.row.question, untold=row_untold(item.row))
            for check in (desk.evaluation.checks if own else ())
        },
        vectors={name: vector for name, vector in vectors.items() if vector is not None},
        copied=trained.copied(answer) if trained and record.slice != "trained" else (),
    )
