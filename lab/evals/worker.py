"""Asks every contestant every item, and appends a record for each answer as it comes.

Knows: what an evaluation needs before its first question, how several are asked at a time, and how a stopped
evaluation goes on where it was. Must not import torch: it speaks HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from itertools import chain
from typing import Any

from lab import catalog, evals
from lab.datasets import Datasets
from lab.engine.client import Engine, is_file
from lab.errors import EngineError, EvalError
from lab.evals import choosing, cost, keepalive, overfitting, tasks
from lab.evals import evaluation as store
from lab.evals.asking import Desk, Question, ask, warm_up
from lab.evals.choosing import Item
from lab.evals.earlier import Earlier
from lab.evals.evaluation import CROSS_DOMAIN, Evaluation, ItemRecord
from lab.evals.figures import stored_metrics
from lab.evals.keys import KeyBook
from lab.jobs.context import JobContext
from lab.records import Contestant, Run, Version, from_json
from lab.runs import Runs
from lab.workspace import read_json

AT_ONCE = 8
"""Questions in flight, so that the engine can batch them."""
HOPELESS = 6
"""So many failures from the start, and no answer: the evaluation fails with the first reason."""
REPEATED = 30
"""Questions that are asked again where answers are drawn several times."""


def run(job: JobContext) -> dict[str, Any]:
    """Do the evaluation of ``job``, or the rest of it; returns its counts."""
    datasets, runs = Datasets(job.workspace), Runs(job.workspace)
    options = job.spec.options
    version = datasets.get(options["dataset"], options["version"])
    contestants = tuple(from_json(Contestant, one) for one in options["contestants"])
    items = _items(job, datasets, version, contestants, [runs.get(one.run) for one in contestants if one.run])
    evaluation = _frozen(job, version, contestants, items, runs)
    engine = Engine(job.workspace, job.models, runs)
    desk = Desk(
        evaluation,
        engine,
        _books(datasets, version, evaluation),
        Earlier(job.workspace, job.spec.id),
        stored_metrics(version.language),
        {
            one.name: read_json(job.folder / f"answers-{place}.json")
            for place, one in enumerate(contestants)
            if is_file(one)
        },
        _trained(datasets, evaluation, runs),
    )
    with cost.watched(job.folder, engine, evaluation, job.models, runs, AT_ONCE):
        _ask_all(job, desk, list(_questions(evaluation, items)))
    if not job.heard and evals.is_large(evaluation):
        # What a large one says is worked out here once, so that no page has to wait for it.
        evals.diagnostics(job.workspace, evaluation)
        evals.questions(job.workspace, evaluation)
    failed = [bool(record.error) for record in store.read_scored(job.folder)]
    return {"eval": evaluation.id, "items": len(items), "answers": failed.count(False), "not_scored": sum(failed)}


def _items(
    job: JobContext, datasets: Datasets, version: Version, contestants: tuple[Contestant, ...], trained: list[Run]
) -> list[Item]:
    """Everything that is asked; raises ``EvalError`` where the data set itself has nothing to ask."""
    options = job.spec.options
    most = options.get("max_items") or 0
    items = choosing.choose(datasets, version, trained, most)
    if not items:
        raise EvalError("evals.no_items", dataset=version.dataset)
    if options.get("also"):
        items += choosing.elsewhere(datasets, _other(datasets, options["also"]), trained, version, most)
    if options.get("keep_alive"):
        bases = {one.base for one in contestants if choosing.is_asked(one, store.KEEP_ALIVE)}
        read = [tongue for tongue in ("zh", "en") if any(catalog.reads(base, tongue) is not False for base in bases)]
        items += keepalive.items(read)
    return items


def _other(datasets: Datasets, named: str) -> Version:
    name, _, version = named.partition("@")
    return datasets.get(name, version)


def _questions(evaluation: Evaluation, items: list[Item]) -> Iterator[Question]:
    """Every question, contestants in turn, so that what slows the machine down slows all of them alike."""
    for item in items:
        for one in evaluation.contestants:
            if choosing.is_asked(one, item.slice):
                yield Question(item, one)
    drawn = choosing.sample_items([item for item in items if item.slice == evaluation.headline], REPEATED)
    for repeat in range(1, evaluation.repeats + 1):
        for item in drawn:
            for one in evaluation.contestants:
                if not is_file(one):
                    decoding = replace(one.decoding, temperature=evaluation.temperature, seed=repeat)
                    yield Question(item, replace(one, decoding=decoding), repeat)


def _books(datasets: Datasets, version: Version, evaluation: Evaluation) -> dict[str, KeyBook]:
    books = {"": KeyBook(row for row in datasets.rows(version) if row.answer)}
    if evaluation.also:
        other = _other(datasets, evaluation.also)
        books[CROSS_DOMAIN] = KeyBook(row for row in datasets.rows(other) if row.answer)
    return books


def _trained(datasets: Datasets, evaluation: Evaluation, runs: Runs) -> dict[str, overfitting.Trained]:
    """What each run was trained to say, where its data is still there and its answers are more than labels."""
    found: dict[str, overfitting.Trained] = {}
    for one in evaluation.contestants:
        made = runs.get(one.run) if one.run else None
        if made and (datasets.workspace.dataset(made.dataset) / made.version / "version.json").is_file():
            rows = datasets.rows(datasets.get(made.dataset, made.version), "train")
            found[one.name] = overfitting.trained(rows)
    return found


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
    options = job.spec.options
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
        require=options.get("require") or "",
        said=options.get("said") or "",
        max_items=options.get("max_items") or 0,
        reads={one.name: _reads(one.base, version.language) for one in asked},
        task=task.kind,
        labels=task.labels,
        written=task.written,
        foreign=tuple(one.name for one in asked if one.run and runs.get(one.run).dataset != version.dataset),
        also=options.get("also") or "",
        repeats=options.get("repeats") or 0,
        temperature=options.get("temperature") or 0.0,
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


def _ask_all(job: JobContext, desk: Desk, questions: list[Question]) -> None:
    """Ask what is not answered yet, ``AT_ONCE`` at a time, until all is asked or a stop is heard."""
    answered = chain(store.read_scored(job.folder), store.read_repeats(job.folder))
    done = {(record.item, record.contestant, record.repeat) for record in answered if not record.error}
    waiting = [question for question in questions if question.place not in done]
    left = iter(waiting)
    finished, total, started, fresh = len(done), len(questions), time.monotonic(), 0
    failures: list[ItemRecord] = []
    job.progress("evals.phase_answering", finished, total)
    warm_up(desk, waiting)
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


def _submit(pool: ThreadPoolExecutor, desk: Desk, left: Iterator[Question], room: int) -> Iterator[Future[ItemRecord]]:
    for _ in range(room):
        question = next(left, None)
        if question is None:
            return
        yield pool.submit(ask, desk, question)
