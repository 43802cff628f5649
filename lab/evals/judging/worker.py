"""The job kind ``judge``: the exam first, then, where the judge passed, the evaluation's stored answers.

Knows: how the judge is reached, what it has been asked already, and when the job is asked to stop. Contestants are
never asked again. Must not import torch: it speaks to the engine or a server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from lab import catalog
from lab.datasets import Datasets
from lab.engine.client import Engine
from lab.engine.provider import LocalEngine, Provider, ProviderSpec, Server, connect
from lab.errors import DataError, EngineError, EvalError, LabError
from lab.evals import evaluation as evaluations
from lab.evals.choosing import WITH_PASSAGE
from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.judging import comparing, exam
from lab.evals.judging import records as store
from lab.evals.judging.records import Ask, JudgePlan, Judging, Said
from lab.evals.judging.reliability import standing
from lab.jobs.context import JobContext
from lab.records import Contestant, Decoding, from_json
from lab.runs import Runs
from lab.workspace import now

HOPELESS = 6
"""So many failures from the start, and no reply: the job fails with the first reason."""
_LOOK_EVERY = 0.2

Enough = Callable[[Mapping[str, Said]], bool]
"""Whether the replies so far say all there is to say."""


class _Stopped(Exception):
    """Somebody asked the job to stop."""


def run(job: JobContext) -> dict[str, Any]:
    """Do the judging of ``job``, or the rest of it; tells what was asked and whether the judge passed its exam."""
    options = job.spec.options
    folder = job.workspace.job(options["evaluation"])
    evaluation = evaluations.load(folder)
    if evaluation is None:
        raise EvalError("judge.no_such_evaluation", name=options["evaluation"])
    records = list(evaluations.read_items(folder))
    evidence = _evidence(job, evaluation)
    provider = _provider(job)
    judging = _frozen(job, evaluation, records, evidence, provider)
    desk = _Desk(job, provider, judging)
    for part in judging.plan.wanted:
        asks = [ask for case in judging.cases if case.part == part for ask in exam.asks(case)]
        if not desk.ask(asks, "judge.phase_exam", partial(_has_failed, judging, part)):
            return _told(job, judging)
    passed = [part for part, state in _states(job, judging).items() if state == "passed"]
    rest = [ask for part in passed for ask in comparing.asks(records, judging, part, evidence)]
    desk.ask(rest, "judge.phase_judging")
    return _told(job, judging)


def _has_failed(judging: Judging, part: str, known: Mapping[str, Said]) -> bool:
    """Whether the exam is lost already."""
    return standing(part, exam.marks(judging.cases, part, known)).state == "withheld"


def _states(job: JobContext, judging: Judging) -> dict[str, str]:
    known = store.replies(job.folder)
    return {part: standing(part, exam.marks(judging.cases, part, known)).state for part in judging.plan.wanted}


def _told(job: JobContext, judging: Judging) -> dict[str, Any]:
    known = store.replies(job.folder)
    failed = sum(one.text is None for one in known.values())
    told = {"replies": len(known) - failed, "not_scored": failed}
    return {"evaluation": judging.evaluation, **told, "exam": _states(job, judging)}


def _provider(job: JobContext) -> Provider:
    """Whoever judges: a server, or a model of the engine here."""
    spec = from_json(ProviderSpec, job.spec.options["provider"])
    if spec.kind == "url":
        return connect(spec, job.workspace, job.models)
    judge = from_json(Contestant, job.spec.options["judge"])
    return LocalEngine(Engine(job.workspace, job.models, Runs(job.workspace)), judge)


def _frozen(
    job: JobContext,
    evaluation: Evaluation,
    records: Sequence[ItemRecord],
    evidence: Mapping[str, str],
    provider: Provider,
) -> Judging:
    """The judging as it was frozen, or frozen now; raises ``EvalError`` if judge or answers are others by now."""
    judge = from_json(Contestant, job.spec.options["judge"])
    fingerprint = _fingerprint(job, judge, provider)
    items = store.answers_hash(job.workspace.job(evaluation.id))
    before = store.load(job.folder)
    if before:
        if before.fingerprint != fingerprint:
            raise EvalError("judge.judge_changed", judge=judge.name)
        if before.items != items:
            raise EvalError("judge.answers_changed", evaluation=evaluation.id)
        return before
    plan = from_json(JudgePlan, job.spec.options["plan"])
    made = Judging(
        id=job.spec.id,
        evaluation=evaluation.id,
        items=items,
        dataset=evaluation.dataset,
        version=evaluation.version,
        language=evaluation.language,
        judge=judge,
        fingerprint=fingerprint,
        against=job.spec.options["against"],
        plan=plan,
        created=job.spec.created,
        cases=exam.cases(records, evidence, plan),
        itself=tuple(one.name for one in evaluation.contestants if _is_judge(one, judge, evaluation, fingerprint)),
    )
    store.save(job.folder, made)
    return made


def _fingerprint(job: JobContext, judge: Contestant, provider: Provider) -> str:
    """Hash of the judge's base and adapter; of a server's model its address and name. Fetches a missing base."""
    if isinstance(provider, Server):
        return f"{judge.url}#{provider.named()}"

    def tell(step: str, share: float) -> None:
        job.progress(step, int(share * 100), 100)

    base = catalog.content_hash(catalog.ensure(judge.base, job.models, tell))
    return f"{base}+{Runs(job.workspace).get(judge.run).adapter_hash}" if judge.run else base


def _is_judge(one: Contestant, judge: Contestant, evaluation: Evaluation, fingerprint: str) -> bool:
    """Whether a contestant answers with the judge's own weights."""
    if judge.url or one.url:
        return (one.url, one.base) == (judge.url, judge.base)
    return evaluation.weights.get(one.name) == fingerprint


def _evidence(job: JobContext, evaluation: Evaluation) -> dict[str, str]:
    """Item → its evidence, where the data has any; none where the data is gone by now."""
    datasets, found = Datasets(job.workspace), dict[str, str]()
    also, _, version = evaluation.also.partition("@")
    for name, wanted in ((evaluation.dataset, evaluation.version), (also, version)):
        with suppress(DataError):
            rows = datasets.rows(datasets.get(name, wanted)) if name else ()
            found |= {row.id: row.evidence for row in rows if row.evidence}
    return found | {item + WITH_PASSAGE: evidence for item, evidence in found.items()}


class _Desk:
    """Asks what has not been replied to, several at a time, and keeps every reply the moment it comes."""

    def __init__(self, job: JobContext, provider: Provider, judging: Judging) -> None:
        self._job, self._provider, self._plan = job, provider, judging.plan
        self._decoding = Decoding(max_tokens=judging.plan.max_tokens)

    def ask(self, asks: Sequence[Ask], phase: str, enough: Enough = lambda known: False) -> bool:
        """Ask them until ``enough``; whether nothing is left to ask. Raises ``EngineError`` if nobody replies."""
        known = store.replies(self._job.folder)
        left = [ask for ask in asks if not _is_known(known.get(ask.id), ask)]
        done, total, began, fresh, failures = len(asks) - len(left), len(asks), time.monotonic(), 0, 0
        self._job.progress(phase, done, total)
        if enough(known):
            return True
        for said in self._replies(left):
            store.add_reply(self._job.folder, said)
            known[said.ask] = said
            fresh, failures = fresh + 1, failures + (said.text is None)
            if failures == fresh and (fresh >= HOPELESS or fresh == total):
                raise EngineError(said.error, **said.error_values)
            self._job.progress(phase, done + fresh, total, fresh / max(time.monotonic() - began, 1e-6))
            if enough(known):
                return True
        return fresh == len(left)

    def _replies(self, asks: Sequence[Ask]) -> Iterator[Said]:
        """Each reply as it comes, until all are there or a stop is heard."""
        waiting = iter(asks)
        with ThreadPoolExecutor(self._plan.at_once) as pool:
            running: set[Future[Said | None]] = set()
            try:
                while True:
                    while len(running) < self._plan.at_once and not self._job.stop_asked():
                        ask = next(waiting, None)
                        if ask is None:
                            break
                        running.add(pool.submit(self._reply, ask))
                    if not running:
                        return
                    ready, running = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
                    yield from (said for future in ready if (said := future.result()) is not None)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def _reply(self, ask: Ask) -> Said | None:
        """One reply, or why there is none; nothing where the job was told to stop meanwhile."""
        made = Said(ask.id, ask.asked, time=now())
        try:
            reply = self._provider.ask(ask.messages, self._decoding, self._pause)
        except _Stopped:
            return None
        except LabError as error:
            return replace(made, error=error.key, error_values={k: str(v) for k, v in error.values.items()})
        return replace(made, text=reply.text, seconds=round(reply.seconds, 3), tokens=reply.tokens, cut=reply.cut)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._job.stop_asked():
                raise _Stopped
            time.sleep(_LOOK_EVERY)


def _is_known(said: Said | None, ask: Ask) -> bool:
    """Whether the judge has already replied to exactly this."""
    return said is not None and said.text is not None and said.asked == ask.asked
