"""Asking for the health of a version: at once where it is small or known, as a job where it is large.

Knows: when a job is worth it. Must not know the page or the command line.
"""

from __future__ import annotations

from pathlib import Path

from lab.datasets import Datasets
from lab.ingest.health import Health
from lab.ingest.health.stored import AT_ONCE, measure, stored
from lab.jobs import Jobs, JobView
from lab.records import Version

LANE = "health"
"""Its own: no training waits for a measurement, nor the other way round."""


def ask(
    jobs: Jobs,
    datasets: Datasets,
    version: Version,
    models: Path,
    base: str = "",
    limit: int | None = None,
    *,
    at_once: int = AT_ONCE,
) -> Health | JobView:
    """The health itself, or the job that measures it; asking again while it runs gives the same job.

    Up to ``at_once`` rows are measured while the caller waits.
    """
    found = stored(datasets, version, base, limit)
    if found:
        return found
    if version.rows <= at_once:
        return measure(datasets, version, models, base, limit)
    options = {
        "dataset": version.dataset,
        "version": version.version,
        "base": base,
        "limit": limit,
        "models": str(models.absolute()),
    }
    running = [job for job in jobs.all("health") if job.spec.options == options and not job.is_final]
    return running[0] if running else jobs.submit("health", version.dataset, options, lane=LANE)
