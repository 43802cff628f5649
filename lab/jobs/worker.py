"""One job, run to its end: ``python -m lab.jobs.worker JOB_DIR``.

Takes the job's lock before anything else, shows a heartbeat, waits for its lane, then imports the module of
the job's kind and calls its ``run(job)``. A second worker on the same folder leaves at once. Its standard
output is the job's log.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

from lab.errors import JobError
from lab.jobs.context import JobContext, write_status
from lab.jobs.failures import explain
from lab.jobs.lanes import take
from lab.jobs.lock import hold, let_go

WORKERS = {
    "train": "lab.train.worker",
    "teach": "lab.teaching.worker",
    "eval": "lab.evals.worker",
    "judge": "lab.evals.judging.worker",
    "export": "lab.ship.worker",
    "synth": "lab.synth.worker",
    "reword": "lab.synth.wording.worker",
    "health": "lab.ingest.health.worker",
    "data": "lab.ingest.worker",
    "fetch": "lab.jobs.fetch",
}
"""Kind of job → the module whose ``run(job: JobContext) -> dict`` does it; imported only here, in the child."""

HEARTBEAT = 2.0
"""Seconds between two beats; a job is called responsive for a few of them."""


def main(folder: Path) -> int:
    """Do the job of ``folder``; returns the exit status (0 also when another worker has it already)."""
    own = hold(folder / "lock", patience=1.0)
    if own is None:
        return 0
    job = JobContext(folder)
    if job.status.state != "queued":
        return 0
    threading.Thread(target=_beat, args=(folder / "heartbeat",), daemon=True).start()
    job.status = write_status(folder, replace(job.status, phase="jobs.phase_waiting"))
    lane = take(job.workspace, folder)
    if lane is None:
        job.finish("stopped")
        return 0
    try:
        return _run(job)
    finally:
        let_go(lane)


def _run(job: JobContext) -> int:
    try:
        job.begin()
        if job.spec.kind not in WORKERS:
            raise JobError("jobs.unknown_kind", kind=job.spec.kind)
        result = importlib.import_module(WORKERS[job.spec.kind]).run(job)
        job.finish("stopped" if job.heard else "done", result=result)
    except Exception as error:  # whatever it is becomes the job's record
        job.finish("failed", **explain(error, job.folder))
        return 1
    return 0


def _beat(path: Path) -> None:
    """Touch ``path`` for ever. Setting a file's time needs no room on the disk."""
    path.touch()
    while True:
        time.sleep(HEARTBEAT)
        try:
            os.utime(path)
        except OSError:
            return


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
