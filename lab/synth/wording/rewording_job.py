"""Rewording with a model as a job: how it is started, what was replied so far, and saving what there is.

    jobs/<id>/replies.jsonl     one line a reply, written the moment it comes

Knows: that a question put before is answered from there, so that a rewording which broke off goes on without asking
twice, and that what was replied so far can be saved at any time. Must not know how wordings are judged.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.datasets import Datasets
from lab.engine.provider import KEY_NAME, ProviderSpec, Reply
from lab.errors import UsageError
from lab.jobs import Jobs, JobView
from lab.records import Decoding, Message, to_json
from lab.synth.model.phrase import Ask
from lab.synth.plans import SynthPlan
from lab.synth.synthesis import may_ask
from lab.synth.wording.wordings import ANSWERS, Reworded, check_answers, reword_dataset, reworded_rows
from lab.workspace import append_jsonl, read_jsonl

KIND = "reword"
REPLIES = "replies.jsonl"
Request = tuple[tuple[Message, ...], Decoding]
"""What is put before a model."""


def start_rewording(
    jobs: Jobs,
    datasets: Datasets,
    dataset: str,
    name: str,
    provider: ProviderSpec,
    per_row: int | None = None,
    *,
    models: Path,
    test_wordings: int | None = None,
    answers: str = "exact",
    send: bool = False,
    key: str = "",
) -> JobView:
    """Submit a rewording in which a model has a say, or go on with the same one where it broke off.

    Raises ``UsageError``, ``DataError`` or ``JobError`` before anything starts.
    """
    spec = replace(provider, **({"key_env": KEY_NAME} if key else {}))
    may_ask(SynthPlan("phrase"), spec, send=send, key=key)
    check_answers(answers, spec)
    version = datasets.get(dataset)
    options: dict[str, Any] = {
        "dataset": dataset,
        "version": version.version,
        "name": name,
        "per_row": per_row,
        "test_wordings": test_wordings,
        "answers": answers,
        "provider": to_json(spec),
        "models": str(models),
    }
    private = {KEY_NAME: key} if key else {}
    for job in jobs.all(KIND):
        if job.spec.options == options and not job.is_final:
            return job
        if job.spec.options == options and job.state != "done":
            return jobs.resume(job.id, private)
    return jobs.submit(KIND, name, options, lane="teacher" if spec.kind == "url" else "local", private=private)


def reworded_so_far(datasets: Datasets, job: JobView) -> Reworded:
    """Save what the replies so far give; rules word the rest. Raises ``UsageError`` while the job is at work."""
    if job.spec.kind != KIND or not job.is_final:
        raise UsageError("reword.not_ended", job=job.id)
    recorded = Recorded(job.folder / REPLIES)
    made = saved(datasets, job.spec.options, recorded)
    rejected = {**made.rejected, "not_parsed": made.rejected.get("not_parsed", 0) - len(recorded.missing)}
    return replace(made, rejected={code: count for code, count in rejected.items() if count > 0})


def saved(datasets: Datasets, options: dict[str, Any], ask: Ask) -> Reworded:
    """The next version, as the options of a rewording want it."""
    return reword_dataset(datasets, options["dataset"], options["name"], **_wished(options), ask=ask)


def still_asked(datasets: Datasets, options: dict[str, Any], recorded: Recorded, *, answers: bool) -> list[Request]:
    """What has no reply yet: first the wordings of the questions, then, of those that passed, the answers."""
    recorded.missing.clear()
    wished = {**_wished(options), **({} if answers else {"answers": ANSWERS[0]})}
    reworded_rows(datasets, options["dataset"], **wished, ask=recorded)
    return list(dict.fromkeys(recorded.missing))


def _wished(options: dict[str, Any]) -> dict[str, Any]:
    return {name: options[name] for name in ("per_row", "version", "test_wordings", "answers")}


class Recorded:
    """The replies kept in a job's folder; what has none is noted, and answered with nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = {line["asked"]: line for line in read_jsonl(path)}
        self.missing: list[Request] = []
        """What was asked and has no reply."""

    @property
    def count(self) -> int:
        """Replies there are."""
        return len(self._known)

    def __call__(self, messages: tuple[Message, ...], decoding: Decoding) -> Reply:
        """The reply that is kept, or an empty one."""
        line = self._known.get(_asked(messages, decoding))
        if line is None:
            self.missing.append((messages, decoding))
            return Reply("", 0.0, 0)
        return Reply(str(line["text"]), float(line["seconds"]), int(line["tokens"]))

    def keep(self, request: Request, reply: Reply) -> None:
        """From now on that is the reply, here and on the disk."""
        asked = _asked(*request)
        line = {"asked": asked, "text": reply.text, "seconds": round(reply.seconds, 3), "tokens": reply.tokens}
        append_jsonl(self._path, line)
        self._known[asked] = line


def _asked(messages: tuple[Message, ...], decoding: Decoding) -> str:
    return hashlib.sha256(json.dumps([to_json(messages), to_json(decoding)]).encode()).hexdigest()[:16]


def first_reply(job: JobView) -> str:
    """What the model wrote first; empty before it wrote anything."""
    return next((str(line["text"]).strip() for line in read_jsonl(job.folder / REPLIES)), "")
