"""The job kind ``data``: large files → a frozen version.

Imported in the job's own process. Knows: the files lie in the job's folder, rows are put beside them on the disk, and
a job that was killed starts again from the files. Must not know who watches.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from lab.datasets import Datasets
from lab.errors import DataError
from lab.ingest.adding import add
from lab.ingest.files.sources import Cancelled
from lab.ingest.problems import places
from lab.jobs.context import JobContext
from lab.records import Check, from_json

FILES, SPOOL = "files", "spool"
"""Folders of the job: what was handed over, and rows on their way."""


def run(job: JobContext) -> dict[str, Any]:
    """Read, split and save; nothing is left of a version that was not finished."""
    options = job.spec.options
    shutil.rmtree(job.folder / SPOOL, ignore_errors=True)
    try:
        version, problems = add(
            Datasets(job.workspace),
            _paths(job, ""),
            options["name"],
            validation=_paths(job, "validation"),
            test=_paths(job, "test"),
            mode=options["mode"],
            shares=tuple(options["shares"]),
            seed=options["seed"],
            mapping=options["mapping"],
            checks=tuple(from_json(Check, check) for check in options["checks"]),
            fixes=tuple(options["fixes"]),
            note=options["note"],
            spool=job.folder / SPOOL / "rows.jsonl",
            tell=lambda phase, done, total: _told(job, phase, done, total),
        )
    except Cancelled:
        if job.heard == "discard":
            shutil.rmtree(job.folder / FILES, ignore_errors=True)
        return {}
    finally:
        shutil.rmtree(job.folder / SPOOL, ignore_errors=True)
    shutil.rmtree(job.folder / FILES, ignore_errors=True)
    return {
        "dataset": version.dataset,
        "version": version.version,
        "rows": version.rows,
        "mode": version.mode,
        "splits": version.splits,
        "problems": sum(places(problem) for problem in problems),
    }


def _told(job: JobContext, phase: str, done: int, total: int) -> bool:
    """Report how far it is; ``False`` once somebody asked to stop."""
    job.progress(f"versions.phase_{phase}", done, total)
    return job.stop_asked() is None


def _paths(job: JobContext, split: str) -> list[Path]:
    """The files handed over for one split, as they lie in the job's folder."""
    found = [job.folder / FILES / place for place, own in job.spec.options["files"] if own == split]
    missing = [path.name for path in found if not path.is_file()]
    if missing:
        raise DataError("versions.files_gone", files=", ".join(missing))
    return found
