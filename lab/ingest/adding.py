"""Files to a frozen version of a data set.

Knows: reading, the repairs a person can ask for, splitting and saving, in that order. Must not know the command
line or the page.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lab.checks import problems as check_problems
from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.ingest.problems import grouped
from lab.ingest.reading import Reading, read
from lab.ingest.splits import plan
from lab.records import Check, Message, Problem, Row, Version
from lab.workspace import slug

FIXES = ("system_as_prompt", "system_as_document")
"""Repairs by code: what to do with rows that hold only a system message."""


def add(
    datasets: Datasets,
    paths: list[Path],
    name: str,
    *,
    mode: str = "auto",
    shares: tuple[int, ...] = (80, 10, 10),
    seed: int = 0,
    mapping: dict[str, str] | None = None,
    checks: tuple[Check, ...] = (),
    fixes: tuple[str, ...] = (),
    note: str = "",
) -> tuple[Version, list[Problem]]:
    """Read, split and save ``paths`` as data set ``name``; everything not used is in the problems.

    Raises ``DataError`` when no row can be used: documents alone go through synthesis first.
    """
    reading = fixed(read(paths, mapping), fixes)
    if not reading.rows and reading.documents:
        raise DataError("data.only_documents", files=", ".join(reading.documents))
    if not reading.rows:
        raise _refusal(reading)
    split = plan(reading.rows, mode=mode, shares=shares, seed=seed)
    problems = [*reading.problems, *grouped([*split.notes, *check_problems(checks, split.rows)])]
    version = datasets.save(
        slug(name),
        split.rows,
        mode=split.mode,
        mode_reason=split.reason,
        language=reading.language,
        problems=problems,
        documents=reading.documents,
        checks=checks,
        format=reading.format,
        note=note,
    )
    return version, problems


def _refusal(reading: Reading) -> DataError:
    """Why nothing can be trained: the one reason there is, else where to read the reasons."""
    errors = {problem.code: problem for problem in reading.problems if problem.severity == "error"}
    if len(errors) == 1:
        code, problem = errors.popitem()
        return DataError(f"data.{code}", **problem.values)
    return DataError("data.nothing_usable", files=", ".join(file.file for file in reading.files))


def fixed(reading: Reading, fixes: tuple[str, ...]) -> Reading:
    """``reading`` with the named repairs made; the problems they solve become information."""
    for fix in fixes:
        if fix not in FIXES:
            raise UsageError("data.bad_fix", value=fix, allowed=", ".join(FIXES))
    systems = [(file.file, line, text) for file in reading.files for line, text in file.systems]
    if not systems or not fixes:
        return reading
    solved = "became_prompt" if "system_as_prompt" in fixes else "became_document"
    problems = [
        replace(problem, code=solved, severity="info", fix=None) if problem.code == "system_only" else problem
        for problem in reading.problems
    ]
    rows, documents = reading.rows, dict(reading.documents)
    if "system_as_prompt" in fixes:
        prompts = {file: text for file, _, text in systems}
        rows = [_prompted(row, prompts.get(row.file, "")) for row in rows]
    if "system_as_document" in fixes:
        documents |= {f"{file}-line-{line}.txt": text for file, line, text in systems}
    return replace(reading, rows=rows, documents=documents, problems=problems)


def _prompted(row: Row, prompt: str) -> Row:
    if not prompt or row.messages[0].role == "system":
        return row
    return replace(row, messages=(Message("system", prompt), *row.messages), status="edited")
