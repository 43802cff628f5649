"""Good rows, bad rows and problems of files, each into a file of its own while the files are read.

Knows: bad rows stand as they were read, with file, line, code and reason beside; problems stand place by place, never
drawn together. Nothing is held in memory, whatever the number. Must not know how files are read or fixed.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from lab.ingest.files.formats import reader_of
from lab.ingest.files.sources import Source
from lab.ingest.files.text import TextReader, lines
from lab.ingest.problems import describe
from lab.ingest.writing import cells, row_files
from lab.records import Problem

COLUMNS = ("file", "line", "severity", "code", "message", "fix")
"""Of the list of problems."""


class Sieve:
    """Hears what is found (``Listener``) and writes it; a context manager around the reading.

    ``bad`` takes the rows that cannot be used, ``problems`` every problem: as CSV where its name says so, else as
    JSON lines.
    """

    def __init__(self, bad: Path | None = None, problems: Path | None = None, language: str = "en") -> None:
        self.bad_rows = 0
        self.problems = 0
        self._paths = (bad, problems)
        self._language = language
        self._open = ExitStack()
        self._put_bad: row_files.Put | None = None
        self._put_problem: row_files.Put | None = None
        self._is_table = False
        self._waiting: dict[str, IO[str]] = {}
        """File → the bad rows that no record was made of, until their lines are looked up."""

    def __enter__(self) -> Sieve:
        bad, problems = self._paths
        if bad:
            self._put_bad = self._open.enter_context(row_files.json_lines(bad))
        if problems:
            self._is_table = ".csv" in problems.suffixes[-2:]
            writer = row_files.table(problems, COLUMNS) if self._is_table else row_files.json_lines(problems)
            self._put_problem = self._open.enter_context(writer)
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def problem_found(self, problem: Problem, *record: Any) -> None:
        """A problem; with the record that cannot be used, as it was read, where there is one."""
        self.problems += 1
        if self._put_problem:
            self._put_problem(self._listed(problem))
        if problem.severity != "error" or problem.line is None:
            return
        self.bad_rows += 1
        if self._put_bad and record:
            self._put_bad({**self._place(problem), "record": record[0]})
        elif self._put_bad:
            json.dump(self._place(problem), self._spool(problem.file))
            self._spool(problem.file).write("\n")

    def source_read(self, source: Source) -> None:
        """Everything of ``source`` was heard: lines that no record came from are looked up in its text."""
        spool = self._waiting.pop(source.name, None)
        if spool is None or self._put_bad is None:
            return
        with spool:
            spool.seek(0)
            texts = _texts(source)
            number, text = 0, ""
            for place in map(json.loads, spool):
                while number < place["line"]:
                    number, text = next(texts, (place["line"], ""))
                self._put_bad({**place, "text": text if number == place["line"] and text else None})

    def _spool(self, file: str) -> IO[str]:
        if file not in self._waiting:
            spool = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - open until the source is through
            self._waiting[file] = self._open.enter_context(spool)
        return self._waiting[file]

    def _place(self, problem: Problem) -> dict[str, Any]:
        reason = describe(problem, self._language)
        return {"file": problem.file, "line": problem.line, "code": problem.code, "reason": reason}

    def _listed(self, problem: Problem) -> dict[str, Any]:
        made = {
            "file": problem.file,
            "line": problem.line,
            "severity": problem.severity,
            "code": problem.code,
            "message": describe(problem, self._language),
            "fix": problem.fix,
        }
        if not self._is_table:
            return made
        return {name: cells.guarded(value) if isinstance(value, str) else value for name, value in made.items()}


class _Silent:
    """Takes what is told a second time."""

    def report(
        self, line: int | None, code: str, /, severity: str = "error", fix: str | None = None, **values: Any
    ) -> None:
        pass


def _texts(source: Source) -> Iterator[tuple[int, str]]:
    """(number, text) of each line of a source of plain text; nothing of another."""
    if reader_of(source.head(), source.name) is not None:
        return
    for number, text in lines(iter(TextReader(source, _Silent()))):
        yield number, text or ""
