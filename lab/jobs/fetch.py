"""The job kind ``fetch``: a base model is made whole in the models folder.

Options: ``base`` (catalogue name, ``hub:`` id or folder) and ``models``.
"""

from __future__ import annotations

from typing import Any

from lab import catalog
from lab.jobs.context import JobContext


def run(job: JobContext) -> dict[str, Any]:
    """Have the base model fetched and converted once, whoever asks; tells its folder."""

    def report(step_key: str, share: float) -> None:
        job.progress(step_key, round(share * 100), 100)

    folder = catalog.ensure(str(job.spec.options["base"]), job.models, report)
    return {"folder": str(folder), "hash": catalog.content_hash(folder)}
