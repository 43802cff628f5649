"""Files to a frozen version of a data set.

Knows: reading, the repairs a person can ask for, splitting and saving, in that order, for rows that are held in memory
or pass over the disk. Must not know the command line or the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from lab.checks import problems as check_problems
from lab.datasets import Datasets
from lab.errors import DataError
from lab.ingest.files.sources import Cancelled, Watcher
from lab.ingest.intake import Intake, fixed
from lab.ingest.problems import grouped
from lab.ingest.splitting.splits import check_split, plan_rows
from lab.records import Check, Problem, Row, Version
from lab.workspace import slug

__all__ = ["FIXES", "Tell", "add", "fixed"]

FIXES = ("system_as_prompt", "system_as_document")
"""Repairs by code: what to do with rows that hold only a system message."""
Tell = Callable[[str, int, int], "bool | None"]
"""Called with the phase (``reading``, ``splitting`` or ``saving``) and how far it is of how much; ``False`` cancels."""
_EVERY = 2000


def add(
    datasets: Datasets,
    paths: Sequence[Path],
    name: str,
    *,
    mode: str = "auto",
    shares: tuple[int, ...] = (80, 10, 10),
    seed: int = 0,
    mapping: dict[str, str] | None = None,
    checks: tuple[Check, ...] = (),
    fixes: tuple[str, ...] = (),
    note: str = "",
    validation: Sequence[Path] = (),
    test: Sequence[Path] = (),
    spool: Path | None = None,
    tell: Tell | None = None,
) -> tuple[Version, list[Problem]]:
    """Read, split and save ``paths`` as data set ``name``; everything not used is in the problems.

    Rows of ``validation`` and ``test`` are never trained. With a file ``spool`` to put rows into, memory does not grow
    with their number. Raises ``DataError`` when no row can be used: documents alone go through synthesis first.
    """
    check_split(mode, shares)
    told = _Telling(tell)
    intake = Intake(paths, validation=validation, test=test, mapping=mapping, fixes=fixes, watch=told.watch("reading"))
    made = plan_rows(intake, spool, mode=mode, shares=shares, seed=seed, tell=told.step("splitting"))
    if not sum(made.counts.values()):
        raise _refusal(intake)
    problems = [*intake.problems, *grouped([*made.notes, *check_problems(checks, made.rows() if checks else ())])]
    version = datasets.save(
        slug(name),
        intake.finished(told.passing(made.rows(), len(made.spooled))),
        mode=made.mode,
        mode_reason=made.reason,
        language=intake.language,
        problems=problems,
        documents=intake.documents,
        checks=checks,
        format=intake.format,
        note=note,
    )
    return version, problems


def _refusal(intake: Intake) -> DataError:
    """Why nothing can be trained: the one reason there is, else where to read the reasons."""
    if intake.documents:
        return DataError("data.only_documents", files=", ".join(intake.documents))
    errors = {problem.code: problem for problem in intake.problems if problem.severity == "error"}
    if len(errors) == 1:
        code, problem = errors.popitem()
        return DataError(code if "." in code else f"data.{code}", **problem.values)
    return DataError("data.nothing_usable", files=", ".join(file.file for file in intake.files))


class _Telling:
    """Tells whoever waits how far each phase is, and hears that it is to stop."""

    def __init__(self, tell: Tell | None) -> None:
        self._tell = tell

    def watch(self, phase: str) -> Watcher:
        """For what asks whether to go on."""
        return lambda done, total: self._tell(phase, done, total) if self._tell else None

    def step(self, phase: str) -> Callable[[int, int], None]:
        """For what only an exception stops; raises ``Cancelled``."""
        return lambda done, total: self._step(phase, done, total)

    def passing(self, rows: Iterable[Row], total: int) -> Iterator[Row]:
        """The rows, told of while they are saved."""
        for number, row in enumerate(rows):
            if number % _EVERY == 0:
                self._step("saving", number, total)
            yield row
        self._step("saving", total, total)

    def _step(self, phase: str, done: int, total: int) -> None:
        if self._tell and self._tell(phase, done, total) is False:
            raise Cancelled("data.reading_cancelled")
