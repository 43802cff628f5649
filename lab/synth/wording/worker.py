"""The job kind ``reword``: new wordings of a data set's questions, in which a model has a say.

Knows: how far it is, that several questions are asked at once and each reply is kept the moment it comes, and when the
job is asked to stop. Must not import torch: it speaks to the engine or a server.
"""

from __future__ import annotations

import time
from typing import Any

from lab.datasets import Datasets
from lab.engine.provider import Provider, ProviderSpec, Reply, connect
from lab.jobs.context import JobContext
from lab.records import from_json
from lab.synth.together import Together
from lab.synth.wording.rewording_job import REPLIES, Recorded, Request, saved, still_asked
from lab.synth.wording.wordings import asks

AT_ONCE = 4
"""The engine answers so many in little more time than one; a server elsewhere is not overrun."""


def run(job: JobContext) -> dict[str, Any]:
    """Do the rewording, or the rest of it, and save the version; tells what came of it."""
    options, datasets = job.spec.options, Datasets(job.workspace)
    version = datasets.get(options["dataset"], options["version"])
    total = asks(list(datasets.rows(version)), options["per_row"], options["answers"])
    provider = connect(from_json(ProviderSpec, options["provider"]), job.workspace, job.models)
    recorded = Recorded(job.folder / REPLIES)
    job.progress("reword.phase", recorded.count, total)
    for answers in (False, options["answers"] != "exact"):
        if not job.stop_asked():
            _ask_all(job, provider, recorded, still_asked(datasets, options, recorded, answers=answers), total)
    if job.stop_asked():
        if job.heard == "discard":
            (job.folder / REPLIES).unlink(missing_ok=True)
        return {}
    made = saved(datasets, options, recorded)
    return {
        "dataset": made.version.dataset,
        "version": made.version.version,
        "pairs": made.pairs,
        "rejected": made.rejected,
        "by_model": made.by_model,
    }


def _ask_all(job: JobContext, provider: Provider, recorded: Recorded, requests: list[Request], total: int) -> None:
    """Keep a reply to each request; ends early when the job is asked to stop."""
    together = Together(provider, AT_ONCE)

    def ask(request: Request) -> Reply:
        return together.ask(*request)

    began = time.monotonic()
    for number, (request, reply) in enumerate(together.each(ask, requests, job.stop_asked), start=1):
        recorded.keep(request, reply)
        rate = number / max(time.monotonic() - began, 1e-6)
        job.progress("reword.phase", min(recorded.count, total), total, rate)
