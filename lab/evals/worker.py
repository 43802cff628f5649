"""Asks every contestant every item, and appends a record for each answer as it comes.

Knows: how answers and log-probabilities are had from the engine, several at a time, and how a stopped evaluation
goes on where it was. An answer that fails is a record with its reason. Must not import torch: it speaks HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

from lab import catalog
from lab.checks import holds, row_untold
from lab.datasets import Datasets
from lab.engine.client import Engine, is_file
from lab.errors import EngineError, EvalError, LabError
from lab.evals import evaluation as store
from lab.evals import predictions, tasks
from lab.evals.evaluation import Evaluation, Item, ItemRecord
from lab.evals.figures import stored_metrics
from lab.evals.keys import KeyBook
from lab.evals.metrics import Metric
from lab.jobs.context import JobContext
from lab.records import Contestant, Version, from_json
from lab.runs import Runs
from lab.workspace import now, read_json

AT_ONCE = 8
"""Questions in flight, so that the engine can batch them."""
HOPELESS = 6
"""So many failures from the start, and no answer: the evaluation fails with the first reason."""


@dataclass(frozen=True)
class _Desk:
    """What every question needs."""

    evaluation: Evaluation
    engine: Engine
    book: KeyBook
    earlier: dict[str, ItemRecord]
    """Answers of earlier evaluations, by what decided them."""
    metrics: tuple[Metric, ...]
    """Those whose vectors are kept with each item."""
    brought: dict[str, dict[str, str]]
    """Contestant → the answers brought as a file."""


def run(job: JobContext) -> dict[str, Any]:
    """Do the evaluation of ``job``, or the rest of it; returns its counts."""
    datasets, runs = Datasets(job.workspace), Runs(job.workspace)
    options = job.spec.options
    version = datasets.get(options["dataset"], options["version"])
    contestants = tuple(from_json(Contestant, one) for one in options["contestants"])
    trained = [runs.get(one.run) for one in contestants if one.run]
    items = store.choose(datasets, version, trained, options.get("max_items") or 0)
    if not items:
        raise EvalError("evals.no_items", dataset=version.dataset)
    evaluation = _frozen(job, version, contestants, items, runs)
    engine = Engine(job.workspace, job.models, runs)
    rows = [row for row in datasets.rows(version) if row.answer]
    metrics = stored_metrics(version.language)
    brought = {
        one.name: read_json(job.folder / f"answers-{place}.json")
        for place, one in enumerate(contestants)
        if is_file(one)
    }
    desk = _Desk(evaluation, engine, KeyBook(rows), _earlier(job, version.dataset), metrics, brought)
    _ask_all(job, desk, items)
    records = list(store.read_items(job.folder))
    errors = sum(1 for record in records if record.error)
    return {"eval": evaluation.id, "items": len(items), "answers": len(records) - errors, "not_scored": errors}


def _frozen(
    job: JobContext, version: Version, contestants: tuple[Contestant, ...], items: list[Item], runs: Runs
) -> Evaluation:
    """The evaluation as it was frozen, or frozen now; raises ``EvalError`` if the weights are others by now."""
    weights = {one.name: _weights(job, one, runs) for one in contestants}
    before = store.load(job.folder)
    if before:
        changed = [name for name, known in before.weights.items() if weights.get(name) != known]
        if changed:
            raise EvalError("evals.weights_changed", models=", ".join(changed))
        return before
    asked = [one for one in contestants if not one.url]
    task = _task(job, version)
    frozen = Evaluation(
        id=job.spec.id,
        dataset=version.dataset,
        version=version.version,
        created=job.spec.created,
        language=version.language,
        contestants=contestants,
        weights=weights,
        slices={name: sum(item.slice == name for item in items) for name in store.SLICES},
        checks=version.checks,
        require=job.spec.options.get("require") or "",
        said=job.spec.options.get("said") or "",
        max_items=job.spec.options.get("max_items") or 0,
        reads={one.name: _reads(one.base, version.language) for one in asked},
        task=task.kind,
        labels=task.labels,
        written=task.written,
        foreign=tuple(one.name for one in asked if one.run and runs.get(one.run).dataset != version.dataset),
    )
    store.save(job.folder, frozen)
    return frozen


def _task(job: JobContext, version: Version) -> tasks.Task:
    """What the person says answers are, else what the data's answers tell."""
    found = tasks.detect((row for row in Datasets(job.workspace).rows(version) if row.answer), version.checks)
    wanted = job.spec.options.get("task") or found.kind
    if wanted == "classification" != found.kind:
        return tasks.classification(row for row in Datasets(job.workspace).rows(version) if row.answer)
    return found if wanted == found.kind else tasks.Task(wanted)


def _weights(job: JobContext, contestant: Contestant, runs: Runs) -> str:
    """Hash of what answers: base, and adapter if any. Fetches the base where it is missing."""
    if contestant.url:
        return ""

    def tell(step: str, share: float) -> None:
        job.progress(step, int(share * 100), 100)

    base = catalog.content_hash(catalog.ensure(contestant.base, job.models, tell))
    own = runs.get(contestant.run).adapter_hash if contestant.run else ""
    step = f"@{contestant.checkpoint}" if contestant.checkpoint is not None else ""
    return f"{base}+{own}{step}" if own or step else base


def _reads(base: str, language: str) -> bool | None:
    known = [catalog.reads(base, one) for one in (("zh", "en") if language == "mixed" else (language,))]
    return None if None in known else all(known)


def _earlier(job: JobContext, dataset: str) -> dict[str, ItemRecord]:
    """Answers already given to the same messages by the same weights, drawn the same way."""
    found: dict[str, ItemRecord] = {}
    for one in reversed(store.evaluations(job.workspace, dataset)):
        if one.id != job.spec.id:
            for record in store.read_items(job.workspace.job(one.id)):
                if record.asked and not record.error:
                    found[record.asked] = replace(record, reused=record.reused or one.id)
    return found


def _ask_all(job: JobContext, desk: _Desk, items: list[Item]) -> None:
    """Ask what is not answered yet, ``AT_ONCE`` at a time, until all is asked or a stop is heard."""
    done = {(record.item, record.contestant) for record in store.read_items(job.folder) if not record.error}
    pairs = [(item, one) for item in items for one in desk.evaluation.contestants]
    left = iter([pair for pair in pairs if (pair[0].row.id, pair[1].name) not in done])
    finished, total, started, fresh = len(done), len(pairs), time.monotonic(), 0
    failures: list[ItemRecord] = []
    job.progress("evals.phase_answering", finished, total)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running: set[Future[ItemRecord]] = set()
        while True:
            stopping = bool(job.stop_asked())
            running |= set() if stopping else set(_submit(pool, desk, left, AT_ONCE - len(running)))
            if not running:
                return
            ready, running = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
            for record in (future.result() for future in ready):
                store.add_item(job.folder, record)
                failures += [record] if record.error else []
                finished, fresh = finished + 1, fresh + 1
            if len(failures) == fresh >= HOPELESS or (failures and len(failures) == total):
                pool.shutdown(wait=False, cancel_futures=True)
                raise EngineError(failures[0].error, **failures[0].error_values)
            if ready:
                job.progress("evals.phase_answering", finished, total, fresh / (time.monotonic() - started))


def _submit(
    pool: ThreadPoolExecutor, desk: _Desk, left: Iterator[tuple[Item, Contestant]], room: int
) -> Iterator[Future[ItemRecord]]:
    for _ in range(room):
        pair = next(left, None)
        if pair is None:
            return
        yield pool.submit(_ask, desk, *pair)


def _ask(desk: _Desk, item: Item, contestant: Contestant) -> ItemRecord:
    """One answer with everything its figures need; a failure becomes the record's reason."""
    row = item.row
    asked = store.asked_hash(contestant, desk.evaluation.weights[contestant.name], item.context)
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
    )
    before = desk.earlier.get(asked) if asked else None
    try:
        if contestant.name in desk.brought:
            record = _brought(record, desk.brought[contestant.name])
        else:
            record = _reused(record, before) if before else _answered(record, desk.engine, contestant)
    except LabError as error:
        return replace(record, error=error.key, error_values={k: str(v) for k, v in error.values.items()})
    except Exception as error:  # one question must not end the others: the reason is kept with it
        return replace(record, error="evals.unexpected", error_values={"reason": f"{type(error).__name__}: {error}"})
    scored = label_scores(_scored(record, desk.engine, contestant), desk, contestant)
    return _judged(scored, desk, item)


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
    answer = predictions.find(answers, record.item, record.question)
    if answer is None:
        raise EvalError("evals.no_prediction")
    return replace(record, answer=answer, finish_reason="stop")


def _answered(record: ItemRecord, engine: Engine, contestant: Contestant) -> ItemRecord:
    answer = engine.answer(contestant, record.messages)
    return replace(
        record,
        answer=answer.text,
        passages=answer.passages,
        fingerprint=answer.fingerprint,
        tokens=answer.tokens,
        prompt_tokens=answer.prompt_tokens,
        seconds=answer.seconds,
        first_token_seconds=answer.first_token_seconds,
        finish_reason=answer.finish_reason,
    )


def _scored(record: ItemRecord, engine: Engine, contestant: Contestant) -> ItemRecord:
    """With the log-probability of the reference; an address that cannot say it leaves it not scored."""
    if record.logprob is not None:
        return record
    if contestant.url:
        return replace(record, score_error="evals.no_logprobs")
    try:
        scored = engine.score(contestant, record.messages, [record.reference])[0]
    except LabError as error:
        return replace(record, score_error=error.key)
    return replace(record, logprob=scored.logprob, reference_tokens=scored.tokens, reference_bytes=scored.bytes)


def label_scores(record: ItemRecord, desk: _Desk, contestant: Contestant) -> ItemRecord:
    """With the likelihood of each label, where answers are labels, few enough, and the contestant can say it."""
    labels, written = desk.evaluation.labels, desk.evaluation.written
    known = {label for label, _ in record.label_logprobs}
    if not 2 <= len(written) <= tasks.MOST_LIKELIHOODS or known == set(labels):
        return record
    if contestant.url:
        return replace(record, label_error="metrics.none_auc")
    try:
        scored = desk.engine.score(contestant, record.messages, list(written))
    except LabError as error:
        return replace(record, label_error=error.key)
    found = tuple((label, one.logprob) for label, one in zip(labels, scored, strict=True))
    return replace(record, label_logprobs=found)


def _judged(record: ItemRecord, desk: _Desk, item: Item) -> ItemRecord:
    answer = record.answer or ""
    keys, judged = desk.book.keys(item.row), desk.book.judge(item.row, answer)
    vectors = {one.name: one.vector(answer, record.reference) for one in desk.metrics}
    vectors |= tasks.vectors(desk.evaluation.task, desk.evaluation.labels, answer, record.reference, record.messages)
    return replace(
        record,
        keys=tuple(one.text for one in keys.keys) if keys else (),
        judgement=judged.kind if judged else None,
        found=judged.found if judged else (),
        false=judged.false if judged else (),
        checks={
            check.name: holds(check, answer, item.row.question, untold=row_untold(item.row))
            for check in desk.evaluation.checks
        },
        vectors={name: vector for name, vector in vectors.items() if vector is not None},
    )
