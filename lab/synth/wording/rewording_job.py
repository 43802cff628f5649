"""Rewording with a model as a job: how it is started, what was replied so far, and saving what there is.

    jobs/<id>/replies.jsonl     one line a reply, written the moment it comes

Knows: that a question put before is answered from there, so that a rewording which broke off goes on without asking
twice, and that what was replied so far can be saved at any time. Must not know how wordings are judged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
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
from lab.synth.wording.wordings import Reworded, check_answers, reword_dataset
from lab.workspace import append_jsonl, read_jsonl

KIND = "reword"
REPLIES = "replies.jsonl"


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
    rejected = {**made.rejected, "not_parsed": made.rejected.get("not_parsed", 0) - recorded.unasked}
    return replace(made, rejected={code: count for code, count in rejected.items() if count > 0})


def saved(datasets: Datasets, options: dict[str, Any], ask: Ask) -> Reworded:
    """The next version, as the options of a rewording want it."""
    return reword_dataset(
        datasets,
        options["dataset"],
        options["name"],
        options["per_row"],
        version=options["version"],
        test_wordings=options["test_wordings"],
        ask=ask,
        answers=options["answers"],
    )


class Recorded:
    """Asks once: a reply is kept in the job's folder and read from there the next time."""

    def __init__(self, path: Path, ask: Ask | None = None) -> None:
        self._path, self._ask = path, ask
        self._known = {line["asked"]: line for line in read_jsonl(path)}
        self.known = len(self._known)
        """Replies kept from before."""
        self.heard: Callable[[int], None] | None = None
        """Told of each reply with their number."""
        self.count = 0
        """Questions answered so far, now or before."""
        self.unasked = 0
        """Questions nobody has answered, where nobody is asked."""

    def __call__(self, messages: tuple[Message, ...], decoding: Decoding) -> Reply:
        """The reply; without anybody to ask and nothing kept, an empty one."""
        asked = hashlib.sha256(json.dumps([to_json(messages), to_json(decoding)]).encode()).hexdigest()[:16]
        line = self._known.get(asked)
        if line is None and self._ask is None:
            self.unasked += 1
            return Reply("", 0.0, 0)
        if line is None and self._ask is not None:
            reply = self._ask(messages, decoding)
            line = {"asked": asked, "text": reply.text, "seconds": round(reply.seconds, 3), "tokens": reply.tokens}
            append_jsonl(self._path, line)
            self._known[asked] = line
        self.count += 1
        if self.heard:
            self.heard(self.count)
        return Reply(str(line["text"]), float(line["seconds"]), int(line["tokens"])) if line else Reply("", 0.0, 0)


def first_reply(job: JobView) -> str:
    """What the model wrote first; empty before it wrote anything."""
    return next((str(line["text"]).strip() for line in read_jsonl(job.folder / REPLIES)), "")
