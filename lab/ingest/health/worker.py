"""The job kind ``health``: the health of a large version, with progress, to be stopped at any row.

Knows: how a walk is shown and heard. Nothing is kept of a walk that was stopped. Must not import torch.
"""

from __future__ import annotations

from typing import Any

from lab.datasets import Datasets
from lab.ingest.health.stored import measure
from lab.jobs.context import JobContext


class _Stopped(Exception):
    """Ends a walk that nobody waits for any more."""


def run(job: JobContext) -> dict[str, Any]:
    """Measure the version named in the job's options; tells its score."""
    options = job.spec.options
    datasets = Datasets(job.workspace)
    version = datasets.get(options["dataset"], options["version"])

    def seen(rows: int) -> None:
        job.progress("data_health.phase_measuring", min(rows, 2 * version.rows), 2 * version.rows)
        if job.stop_asked():
            raise _Stopped

    try:
        made = measure(datasets, version, job.models, options["base"], options["limit"], seen)
    except _Stopped:
        return {}
    return {"score": made.score, "rows": made.rows, "seconds": made.seconds}
