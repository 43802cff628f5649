"""Everything a person hands over for one data set: files to train on, own files to validate and test with, repairs.

Knows: that rows of an own file carry its split, and how repairs are made to rows as they pass. What it gives is one
stream of rows; what was wrong is there when they are through. Must not know how rows are split or kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lab.errors import DataError
from lab.ingest.files.sources import Listener, Watcher
from lab.ingest.problems import Problems
from lab.ingest.reading import FileReading, Reading, stream
from lab.ingest.rules import fixes as repairs
from lab.ingest.rules.oddities import row_problems
from lab.records import Problem, Row

LARGE = 32 * 1024 * 1024
"""Bytes from which files are read by a job instead of while a person waits."""
_UNPACKED = {".gz": 6, ".zip": 6, ".xlsx": 6, ".parquet": 4}
"""How much more a packed file holds than it has bytes, roughly."""
_SYSTEM = {"system_as_prompt": "became_prompt", "system_as_document": "became_document"}


def is_large(paths: Sequence[Path]) -> bool:
    """Whether reading ``paths`` is a job; raises ``DataError`` for one that cannot be opened."""
    return sum(size_of(path) * _UNPACKED.get(path.suffix.lower(), 1) for path in paths) > LARGE


def size_of(path: Path) -> int:
    """Bytes of the file; raises ``DataError`` if it cannot be opened."""
    try:
        return path.stat().st_size
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DataError("data.cannot_open", file=str(path), reason=reason) from None


class Repairs:
    """The repairs a person asked for, made to rows as they pass. Raises ``UsageError`` for one that does not exist."""

    def __init__(self, fixes: Sequence[str]) -> None:
        chosen = [repairs.parse(fix) for fix in fixes]
        self._system = next((fix.code for fix in chosen if fix.code in _SYSTEM), "")
        self._documents = any(fix.code == "system_as_document" for fix in chosen)
        self._prompts = any(fix.code == "system_as_prompt" for fix in chosen)
        self.reading = tuple(fix.code for fix in chosen if repairs.FIXES[fix.code].while_reading)
        """Codes of those that are made while a record is read."""
        self._fixes = [fix for fix in chosen if fix.code not in (*_SYSTEM, *self.reading)]
        self._solved = {code for fix in self._fixes for code in repairs.FIXES[fix.code].solves}
        self._told = Problems()
        self.while_reading = [fix.code for fix in self._fixes if repairs.FIXES[fix.code].while_reading]
        """Codes of those that are made while a record is read."""

    def made(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows as repaired, but for the system prompts: those are known when all rows are through."""
        if not self._fixes:
            yield from rows
            return
        for row in repairs.apply(rows, self._fixes, self._told.add):
            for problem in row_problems(row):
                if problem.code in self._solved:
                    self._told.add(problem)
            yield row

    def prompted(self, rows: Iterable[Row], files: Iterable[FileReading]) -> Iterator[Row]:
        """The rows with the system prompt of their file, where they are to have one and have none."""
        prompts = {file.file: text for file in files for _, text in file.systems} if self._prompts else {}
        return repairs.apply(rows, [repairs.Chosen("system_as_prompt", prompts)]) if prompts else iter(rows)

    def documents(self, files: Iterable[FileReading]) -> dict[str, str]:
        """System messages that are kept as documents."""
        if not self._documents:
            return {}
        return {f"{file.file}-line-{line}.txt": text for file in files for line, text in file.systems}

    def problems(self, found: Iterable[Problem]) -> list[Problem]:
        """What is still wrong after the repairs, and what they did."""
        left = Problems()
        for problem in found:
            if problem.code == "system_only" and self._system:
                problem = replace(problem, code=_SYSTEM[self._system], severity="info", fix=None)
            if problem.code not in self._solved:
                left.add(problem)
        return [*left.grouped(), *self._told.grouped()]


def fixed(reading: Reading, fixes: tuple[str, ...]) -> Reading:
    """``reading`` with the named repairs made; the problems they solve become information."""
    if not fixes:
        return reading
    repairing = Repairs(fixes)
    rows = list(repairing.prompted(list(repairing.made(reading.rows)), reading.files))
    documents = {**reading.documents, **repairing.documents(reading.files)}
    return replace(reading, rows=rows, documents=documents, problems=repairing.problems(reading.problems))


class Intake:
    """The rows of all files, repaired, those of own files with their split. Can be iterated once."""

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        validation: Sequence[Path] = (),
        test: Sequence[Path] = (),
        mapping: dict[str, str] | None = None,
        fixes: Sequence[str] = (),
        watch: Watcher | None = None,
        limit: int | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._repairs = Repairs(fixes)
        parts = {"": list(paths), "validation": list(validation), "test": list(test)}
        sizes = {split: sum(map(size_of, own)) for split, own in parts.items()}
        self._streams = {}
        before, total = 0, sum(sizes.values())
        for split, own in parts.items():
            if own:
                part = _of_all(watch, before, total)
                self._streams[split] = stream(
                    own, mapping, watch=part, limit=limit, listener=listener, fixes=self._repairs.reading
                )
            before += sizes[split]
        self._roles: dict[str, str] = {}
        """Name of a file → its role, to tell files of one name apart."""

    def __iter__(self) -> Iterator[Row]:
        return self._repairs.made(self._rows())

    def _rows(self) -> Iterator[Row]:
        # Beside own files to test with, what is left is meant to be trained, whatever group it stands in.
        rest = "train" if len(self._streams) > 1 else ""
        for split, rows in self._streams.items():
            for row in rows:
                own, name = split or row.split or rest, self._named(row.file, split)
                yield replace(row, split=own, file=name) if (own, name) != (row.split, row.file) else row

    def _named(self, file: str, split: str) -> str:
        """The name of a file, with its role before it where a file of another role has the same."""
        return file if self._roles.setdefault(file, split) == split else f"{split}/{file}"

    def finished(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows with what only the whole tells: the system prompt of their file."""
        return self._repairs.prompted(rows, self.files)

    @property
    def files(self) -> tuple[FileReading, ...]:
        """What each file gave; no rows."""
        return tuple(
            replace(file, file=self._named(file.file, split), problems=tuple(self._placed(file.problems, split)))
            for split, rows in self._streams.items()
            for file in rows.files
        )

    @property
    def problems(self) -> list[Problem]:
        """What was wrong with the files, without what was repaired; and what the repairs did."""
        found = (each for split, rows in self._streams.items() for each in self._placed(rows.problems, split))
        return self._repairs.problems(found)

    @property
    def documents(self) -> dict[str, str]:
        """Name → canonical text: documents of the files, and system messages kept as documents."""
        streams = self._streams.items()
        texts = {self._named(name, split): text for split, rows in streams for name, text in rows.documents.items()}
        return {**texts, **self._repairs.documents(self.files)}

    @property
    def language(self) -> str:
        """``zh``, ``en`` or ``mixed``."""
        told = {rows.language for rows in self._streams.values() if rows.files}
        return told.pop() if len(told) == 1 else "mixed" if told else "en"

    @property
    def format(self) -> str:
        """The formats met, joined with ``+``."""
        return "+".join(dict.fromkeys(file.format for file in self.files))

    @property
    def complete(self) -> bool:
        """Whether every file was read to its end."""
        return all(rows.complete for rows in self._streams.values())

    def read(self) -> Reading:
        """Everything, in memory: for small files, or a look at large ones."""
        rows = list(self)
        return Reading(self.files, list(self.finished(rows)), self.documents, self.problems)

    def _placed(self, problems: Iterable[Problem], split: str) -> Iterator[Problem]:
        return (replace(problem, file=self._named(problem.file, split)) for problem in problems)


def _of_all(watch: Watcher | None, before: int, total: int) -> Watcher | None:
    """``watch`` told of one role's bytes as part of all bytes."""
    return watch and (lambda done, _: watch(before + done, total))
