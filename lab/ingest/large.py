"""Files too large to wait for, handed to a job.

Knows: what a ``data`` job is told and that its files are in its own folder before it starts. Must not know how it does
its work (``lab.ingest.worker``), nor who asks.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.errors import DataError
from lab.ingest.intake import size_of
from lab.ingest.rules import fixes as repairs
from lab.ingest.splitting.splits import check_split
from lab.jobs import Jobs, JobView
from lab.records import Check, to_json
from lab.workspace import slug


@dataclass(frozen=True)
class Options:
    """What a person chose; as the arguments of ``add``."""

    name: str
    mode: str = "auto"
    shares: tuple[int, ...] = (80, 10, 10)
    seed: int = 0
    mapping: dict[str, str] | None = None
    checks: tuple[Check, ...] = ()
    fixes: tuple[str, ...] = ()
    note: str = ""


def submit(
    jobs: Jobs,
    options: Options,
    paths: Sequence[Path],
    validation: Sequence[Path] = (),
    test: Sequence[Path] = (),
    request: str = "",
) -> JobView:
    """Start the job. Its files are linked into its folder first (copied, from another disk), so they may then go.

    Raises ``DataError`` or ``UsageError`` for what can be seen at once: a file that cannot be opened, a split that
    makes no sense.
    """
    check_split(options.mode, options.shares)
    for fix in options.fixes:
        repairs.parse(fix)
    handed = [(path, split) for split, own in (("", paths), ("validation", validation), ("test", test)) for path in own]
    with _staged(jobs.workspace.jobs() / f".staged-{secrets.token_hex(6)}", [path for path, _ in handed]) as folder:
        files = [[f"{number}/{path.name}", split] for number, (path, split) in enumerate(handed)]
        wanted = {**to_json(options), "dataset": slug(options.name), "files": files}
        return jobs.submit("data", options.name, wanted, lane="data", request=request, staged=folder)


@contextlib.contextmanager
def _staged(folder: Path, paths: list[Path]) -> Iterator[Path]:
    """A folder with every file in one of its own; what is not taken out of it in the block is removed."""
    try:
        for number, path in enumerate(paths):
            size_of(path)
            place = folder / str(number) / path.name
            place.parent.mkdir(parents=True)
            try:
                os.link(path.resolve(), place)
            except OSError:
                _copy(path, place)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(path: Path, place: Path) -> None:
    try:
        shutil.copyfile(path, place)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError("data.cannot_open", file=str(path), reason=reason) from None
