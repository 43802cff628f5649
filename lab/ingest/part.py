"""One source on its way to rows or a document, with all that is told of it.

Knows: which reader takes the source, and that every record becomes a row, a text or a problem. Never raises for what
a file holds. Must not know other sources.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from lab.errors import LabError
from lab.ingest.files import structure
from lab.ingest.files.formats import FACTS, Container, DocumentReader, Reader, reader_of
from lab.ingest.files.sources import Damaged, Listener, Source
from lab.ingest.problems import Problems, shown
from lab.ingest.shaping.mapping import as_text, guess
from lab.ingest.shaping.rows import row_of, system_text
from lab.ingest.shaping.shapes import Unusable, is_known_table, read_record
from lab.ingest.shaping.untrainable import PlainText
from lab.records import Problem, Row

MOST_NESTED = 2
"""An archive in an archive is opened, one more inside is not."""
MOST_SYSTEMS = 1000
"""Texts of rows that hold a system message only, kept for their repair."""
MOST_TEXTS = 32 << 20
"""Characters of records that hold text alone, kept to be one document."""
MOST_UNKNOWN = 20
"""Records that a proposal of columns is made from."""
MOST_FIELDS = 200
"""Names of fields that no turn is made of, kept to be told."""


@dataclass(frozen=True)
class FileReading:
    """What one file gave."""

    file: str
    format: str
    """Shape of its rows (``chat``, ``alpaca`` …), ``document``, or the reason nothing could be read."""
    encoding: str
    """As read; empty for a format that has none of its own."""
    documents: tuple[str, ...] = ()
    """Names of the documents it gave."""
    problems: tuple[Problem, ...] = ()
    records: int = 0
    """Records seen, the unusable ones among them."""
    evidence: tuple[tuple[str, Any], ...] = ()
    """Why that encoding: ``key`` of a sentence and its placeholders."""
    systems: tuple[tuple[int, str], ...] = ()
    """(line, text) of rows that hold a system message only, up to ``MOST_SYSTEMS``."""
    ok: int = 0
    """Records that became rows."""
    kind: str = ""
    """How the file is written: ``JSONL``, ``CSV``, ``XLSX`` …"""
    complete: bool = True
    """Whether it was read to its end; ``False`` when a limit cut it."""


@dataclass
class Part:
    """One source while it is read; takes the problems of its reader (``Report``)."""

    source: Source
    mapping: dict[str, str] | None
    limit: int | None
    listener: Listener | None = None
    fixes: Collection[str] = ()
    has_description: bool = False
    """Whether a description of data sets (``lab.ingest.shaping.llamafactory``) came with files that it describes."""
    problems: Problems = field(default_factory=Problems)
    text: structure.Text | None = None
    kind: str = ""
    document: str | None = None
    inner: list[Source] = field(default_factory=list)
    records: int = 0
    ok: int = 0
    first_code: str = ""
    """Of the first error, else of the first problem."""
    has_error: bool = False
    complete: bool = True
    shapes: Counter[str] = field(default_factory=Counter)
    unused: dict[str, None] = field(default_factory=dict)
    systems: list[tuple[int, str]] = field(default_factory=list)
    texts: list[tuple[int, str]] = field(default_factory=list)
    """(line, text) of records of text alone: a document, if the file has no row."""
    texts_size: int = 0
    unknown: list[dict[str, Any]] = field(default_factory=list)
    """A few records in which no question and answer are recognised."""

    def report(
        self, line: int | None, code: str, /, severity: str = "error", fix: str | None = None, **values: Any
    ) -> None:
        """Add a problem; an error with a line is a record that was seen and lost."""
        if severity == "error" and line is not None:
            self.records += 1
        self._add(line, code, severity, fix, values)

    def _add(
        self, line: int | None, code: str, severity: str, fix: str | None, values: dict[str, Any], *record: Any
    ) -> None:
        if not self.listener and self.problems.more(self.source.name, code, severity, line):
            return
        if not self.first_code or (severity == "error" and not self.has_error):
            self.first_code = code
        self.has_error = self.has_error or severity == "error"
        problem = Problem(line, code, severity, self.source.name, values, fix)
        self.problems.add(problem)
        if self.listener:
            self.listener.problem_found(problem, *record)

    def rows(self, depth: int) -> Iterator[Row]:
        """The rows; afterwards ``document``, ``inner`` and all else is known."""
        try:
            yield from self._read(depth)
        except Damaged as end:
            self.complete = False
            self._add(None, end.code, "error", None, end.values)
        except LabError:
            raise
        except Exception as error:  # a fault of a reader or its library costs this file; the others are read
            logging.getLogger(__name__).exception("%s could not be read", self.source.name)
            self.complete = False
            self._add(None, "reader_failed", "error", None, {"kind": self.kind or "?", "reason": type(error).__name__})
        self._tell_texts()
        self._propose()
        if self.unused:
            self._add(None, "fields_not_used", "info", None, {"fields": shown(", ".join(self.unused), 200)})

    def _read(self, depth: int) -> Iterator[Row]:
        reader = reader_of(self.source.head(), self.source.name)
        if isinstance(reader, Container):
            self.kind = reader.name
            if depth >= MOST_NESTED:
                self.report(None, "nested_archive", most=MOST_NESTED)
            else:
                self.inner = reader.expand(self.source, self)
        elif isinstance(reader, DocumentReader) and not (self.mapping and reader.name == FACTS):
            self.kind = reader.name
            read = reader.recognise if reader.recognise and "recognise_text" in self.fixes else reader.text
            self.document = read(self.source, self) or None
        elif isinstance(reader, Reader):
            self.kind = reader.name
            yield from self._made(reader.records(self.source, self))
        else:
            yield from self._plain()

    def _plain(self) -> Iterator[Row]:
        known = structure.Known(self._is_table, self._is_row)
        self.text = structure.find(self.source, self, known)
        self.kind = self.text.kind
        if self.text.records is not None:
            yield from self._made(self.text.records)
        elif self.text.whole is not None:
            self.document = self.text.whole

    def _is_table(self, columns: list[str]) -> bool:
        return bool(self.mapping) or is_known_table(columns)

    def _is_row(self, value: Any) -> bool:
        try:
            read_record(value, self.mapping, self.fixes)
        except (Unusable, RecursionError):
            return False
        return True

    def _made(self, records: Iterator[tuple[int, Any]]) -> Iterator[Row]:
        """A row for each usable record, and a problem for each other."""
        try:
            yield from self._each(records)
        finally:
            if isinstance(records, Generator):
                records.close()  # a reader that is not read to its end closes its file now, not some day
        if not self.records and not self.problems.any():
            self.report(None, "no_records")

    def _each(self, records: Iterator[tuple[int, Any]]) -> Iterator[Row]:
        for line, record in records:
            if self.limit is not None and self.records >= self.limit:
                self.complete = False
                break
            self.records += 1
            try:
                shape, row, fields = row_of(record, self.source.name, line, self.mapping, self, self.fixes)
            except PlainText as text:
                self._keep_text(line, text.text)
                continue
            except Unusable as problem:
                self._refuse(line, record, problem)
                continue
            except RecursionError:
                self._add(line, "too_deep", "error", None, {}, record)
                continue
            self.ok += 1
            self.shapes[shape] += 1
            if fields and len(self.unused) < MOST_FIELDS:
                self.unused.update(dict.fromkeys(fields))
            yield row

    def _keep_text(self, line: int, text: str) -> None:
        if self.texts_size > MOST_TEXTS:
            self._add(line, "texts_cut", "error", None, {"most": MOST_TEXTS >> 20})
            return
        self.texts.append((line, text))
        self.texts_size += len(text)

    def _tell_texts(self) -> None:
        """Texts alone are one document; beside rows they are records that cannot be used."""
        if self.texts and self.ok:
            for line, _ in self.texts:
                self._add(line, "text_only", "error", None, {})
        elif self.texts and self.document is None:
            self.records -= len(self.texts)
            self.document = "\n\n".join(text.strip() for _, text in self.texts) + "\n"
            self._add(None, "texts_as_document", "info", None, {"count": len(self.texts)})
        self.texts.clear()

    def _propose(self) -> None:
        """Which columns to name, where no record of the file is a row and some look like question and answer."""
        mapping = guess(list(self.unknown[0]), self.unknown) if self.unknown and not self.ok else None
        if mapping:
            self._add(None, "columns_guessed", "info", None, {"mapping": shown(as_text(mapping), 300)})

    def _refuse(self, line: int, record: Any, problem: Unusable) -> None:
        if problem.code == "dataset_info" and self.has_description:
            self.records -= 1
            self._add(line, "dataset_info_used", "info", None, {})
            return
        if problem.code in {"unknown_columns", "prompt_only"} and len(self.unknown) < MOST_UNKNOWN:
            self.unknown.append(record)
        fix = problem.fix or ("system_as_prompt" if problem.code == "system_only" else None)
        self._add(line, problem.code, "error", fix, problem.values, record)
        if problem.code == "system_only" and len(self.systems) < MOST_SYSTEMS:
            self.systems.append((line, system_text(record, self.mapping)))

    def told(self) -> FileReading:
        """What the source gave."""
        text = self.text
        documents = (self.source.name,) if self.document is not None else ()
        return FileReading(
            file=self.source.name,
            format="document" if documents else "+".join(self.shapes) or self.first_code or self.kind,
            encoding=text.encoding if text else "",
            documents=documents,
            problems=tuple(self.problems.grouped()),
            records=self.records,
            evidence=tuple(text.evidence.items()) if text else (),
            systems=tuple(self.systems),
            ok=self.ok,
            kind=self.kind,
            complete=self.complete,
        )
