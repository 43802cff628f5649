"""The job kind ``reword``: new wordings of a data set's questions, in which a model has a say.

Knows: how far it is and when it is asked to stop. Must not import torch: it speaks to the engine or a server.
"""

from __future__ import annotations

import time
from typing import Any

from lab.datasets import Datasets
from lab.engine.provider import ProviderSpec, Reply, connect
from lab.jobs.context import JobContext
from lab.records import Decoding, Message, from_json
from lab.synth.wording.rewording_job import REPLIES, Recorded, saved
from lab.synth.wording.wordings import asks

_LOOK_EVERY = 0.2


class _Stopped(Exception):
    """Somebody asked the job to stop."""


def run(job: JobContext) -> dict[str, Any]:
    """Do the rewording, or the rest of it, and save the version; tells what came of it."""
    options, datasets = job.spec.options, Datasets(job.workspace)
    version = datasets.get(options["dataset"], options["version"])
    total = asks(list(datasets.rows(version)), options["per_row"], options["answers"])
    provider = connect(from_json(ProviderSpec, options["provider"]), job.workspace, job.models)

    def pause(seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if job.stop_asked():
                raise _Stopped
            time.sleep(_LOOK_EVERY)

    def ask(messages: tuple[Message, ...], decoding: Decoding) -> Reply:
        if job.stop_asked():
            raise _Stopped
        return provider.ask(messages, decoding, pause)

    began = time.monotonic()
    recorded = Recorded(job.folder / REPLIES, ask)
    recorded.heard = _Progress(job, total, recorded.known, began)
    job.progress("reword.phase", 0, total)
    try:
        made = saved(datasets, options, recorded)
    except _Stopped:
        if job.heard == "discard":
            (job.folder / REPLIES).unlink(missing_ok=True)
        return {}
    return {
        "dataset": made.version.dataset,
        "version": made.version.version,
        "pairs": made.pairs,
        "rejected": made.rejected,
        "by_model": made.by_model,
    }


class _Progress:
    """Says how far it is: replies kept from before count, but not for the speed."""

    def __init__(self, job: JobContext, total: int, before: int, began: float) -> None:
        self._job, self._total, self._before, self._began = job, total, before, began

    def __call__(self, count: int) -> None:
        now = max(0, count - self._before) / max(time.monotonic() - self._began, 1e-6)
        self._job.progress("reword.phase", min(count, self._total), self._total, now or None)
