"""A run → a folder somebody else can use: the adapter, or the merged model, with a README from the run's record.

Knows: which formats exist, what must hold before an export starts, and how it is submitted as a job. The work is
done in the child by ``lab.ship.worker``. Must not know torch, training or evaluation.
"""

from __future__ import annotations

from pathlib import Path

from lab import catalog
from lab.errors import ShipError, UsageError
from lab.jobs import Jobs, JobView
from lab.records import Run
from lab.ship.folder import check_free

__all__ = ["FORMATS", "LATER", "start"]

FORMATS = ("adapter", "merged")
LATER = ("gguf", "ollama")
"""Formats that are named but not there yet."""


def start(
    jobs: Jobs,
    run: Run,
    format: str,
    out: Path | str,
    *,
    models: Path,
    language: str = "en",
    lane: str = "local",
    request: str = "",
) -> JobView:
    """Submit the export of ``run`` as ``format`` into the folder ``out``, which must be empty or not yet there.

    ``language`` is that of the README. Raises ``ShipError``, ``ModelError`` or ``UsageError`` before anything
    starts.
    """
    if format in LATER:
        raise ShipError("ship.not_yet", format=format, formats=", ".join(FORMATS))
    if format not in FORMATS:
        raise UsageError("fields.not_a_choice", name="--format", value=format, allowed=", ".join((*FORMATS, *LATER)))
    if format == "adapter" and run.method == "full":
        raise ShipError("ship.no_adapter", name=run.name)
    catalog.describe(run.base)
    if not str(out).strip():
        raise ShipError("ship.no_folder")
    folder = Path(out).expanduser().absolute()
    check_free(folder)
    options = {
        "run": run.id,
        "format": format,
        "out": str(folder),
        "language": language,
        "models": str(Path(models).absolute()),
    }
    return jobs.submit("export", f"{run.name}-{format}", options, lane=lane, request=request)
