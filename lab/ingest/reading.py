"""Files to rows and documents as a stream, with every problem and its place.

Knows: the way of one file: bytes, records or document, row; and how several files are one stream of rows in bounded
memory. Never raises for what a file holds; every record it does not use is among the problems. Must not know how a
format is read, splits, or where data sets are kept.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lab import likeness
from lab.errors import DataError
from lab.ingest import structure, watch
from lab.ingest.formats import Container, DocumentReader, reader_of
from lab.ingest.problems import Problems, shown
from lab.ingest.provenance import documents_beside
from lab.ingest.rows import row_of, system_text
from lab.ingest.shapes import Unusable, is_known_table, read_record
from lab.ingest.sources import Damaged, Listener, Progress, Source, Watcher, watched
from lab.records import Problem, Row
from lab.workspace import slug

MAPPED = ("question", "answer", "system", "group", "keys", "split")
"""What ``--map`` can name a column for."""
MOST_NESTED = 2
"""An archive in an archive is opened, one more inside is not."""
MOST_SYSTEMS = 1000
"""Texts of rows that hold a system message only, kept for their repair."""
MOST_FIELDS = 200
"""Names of fields that no turn is made of, kept to be told."""
_LANGUAGE_SAMPLE = 500
"""Rows from the beginning that the language is told by; of later ones every hundredth."""


@dataclass(frozen=True)
class FileReading:
    """What one file gave."""

    file: str
    format: str
    """Shape of its rows (``chat``, ``alpaca`` …), ``document``, or the reason nothing could be read."""
    encoding: str
    """As read; empty for a format that has none of its own."""
    rows: tuple[Row, ...] = ()
    """Only from ``read``; a stream keeps none. Count with ``ok``."""
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


@dataclass(frozen=True)
class Reading:
    """What several files gave together."""

    files: tuple[FileReading, ...]
    rows: list[Row]
    documents: dict[str, str]
    """Name → canonical text: decoding and newline folding only."""
    problems: list[Problem]

    @property
    def records(self) -> int:
        """Records seen in all files."""
        return sum(file.records for file in self.files)

    @property
    def format(self) -> str:
        """The formats met, joined with ``+``."""
        return _formats(self.files)

    @property
    def complete(self) -> bool:
        """Whether every file was read to its end."""
        return all(file.complete for file in self.files)

    @property
    def language(self) -> str:
        """``zh``, ``en`` or ``mixed``: what nine of ten rows, or the documents, are written in."""
        return language_of(self.rows) if self.rows else likeness.language("\n".join(self.documents.values()))


class RowStream:
    """The rows of several files, read as they are asked for; what else was found is there when they are through.

    Holds hashes of rows and drawn-together problems, never rows. Can be iterated once.
    """

    def __init__(
        self,
        sources: list[Source],
        mapping: dict[str, str] | None,
        progress: Progress,
        limit: int | None,
        listener: Listener | None = None,
    ) -> None:
        self._waiting = deque((source, 0) for source in sources)
        self._listener = listener
        self._mapping = mapping
        self._progress = progress
        self._limit = limit
        self._rules = watch.Watch()
        self._crossing = Problems()
        self._languages: Counter[str] = Counter()
        self._seen = 0
        self.files: list[FileReading] = []
        self.documents: dict[str, str] = {}
        """Name → canonical text: decoding and newline folding only."""

    def __iter__(self) -> Iterator[Row]:
        while self._waiting:
            source, depth = self._waiting.popleft()
            if not depth:
                self._progress.begin(source.size)
            part = _Part(source, self._mapping, self._limit, self._listener)
            for row in part.rows(depth):
                self._see(row)
                yield row
            self._progress.check()
            if self._listener:
                self._listener.source_read(source)
            if part.document is not None:
                self.documents[source.name] = part.document
            self._waiting.extendleft((inner, depth + 1) for inner in reversed(part.inner))
            if not part.inner or part.problems.any():
                self.files.append(part.told())
        for problem in self._rules.end():
            self._cross(problem)
        self._progress.end()

    def _cross(self, problem: Problem) -> None:
        self._crossing.add(problem)
        if self._listener:
            self._listener.problem_found(problem)

    def _see(self, row: Row) -> None:
        for problem in self._rules.see(row):
            self._cross(problem)
        self._seen += 1
        if self._seen <= _LANGUAGE_SAMPLE or self._seen % 100 == 0:
            self._languages[likeness.language(f"{row.question} {row.answer}")] += 1

    @property
    def problems(self) -> list[Problem]:
        """Everything found, by file and line, many places of one problem drawn together."""
        return Problems(
            [*(problem for file in self.files for problem in file.problems), *self._crossing.grouped()]
        ).grouped()

    @property
    def records(self) -> int:
        """Records seen in all files, the unusable ones among them."""
        return sum(file.records for file in self.files)

    @property
    def format(self) -> str:
        """The formats met, joined with ``+``."""
        return _formats(self.files)

    @property
    def language(self) -> str:
        """``zh``, ``en`` or ``mixed``: what nine of ten rows (of a sample), or the documents, are written in."""
        if not self._languages:
            return likeness.language("\n".join(text[:100_000] for text in self.documents.values()))
        return _ninety(self._languages)

    @property
    def complete(self) -> bool:
        """Whether every file was read to its end."""
        return not self._waiting and all(file.complete for file in self.files)


@dataclass
class _Part:
    """One source while it is read; takes the problems of its reader (``Report``)."""

    source: Source
    mapping: dict[str, str] | None
    limit: int | None
    listener: Listener | None = None
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

    def report(
        self, line: int | None, code: str, severity: str = "error", fix: str | None = None, **values: Any
    ) -> None:
        """Add a problem; an error with a line is a record that was seen and lost."""
        if severity == "error" and line is not None:
            self.records += 1
        self._add(line, code, severity, fix, values)

    def _add(
        self, line: int | None, code: str, severity: str, fix: str | None, values: dict[str, Any], *record: Any
    ) -> None:
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
        elif isinstance(reader, DocumentReader):
            self.kind = reader.name
            self.document = reader.text(self.source, self) or None
        elif reader:
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
            read_record(value, self.mapping)
        except (Unusable, RecursionError):
            return False
        return True

    def _made(self, records: Iterator[tuple[int, Any]]) -> Iterator[Row]:
        """A row for each usable record, and a problem for each other."""
        for line, record in records:
            if self.limit is not None and self.records >= self.limit:
                self.complete = False
                break
            self.records += 1
            try:
                shape, row, fields = row_of(record, self.source.name, line, self.mapping, self)
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
        if not self.records and not self.problems.any():
            self.report(None, "no_records")

    def _refuse(self, line: int, record: Any, problem: Unusable) -> None:
        fix = getattr(problem, "fix", None) or ("system_as_prompt" if problem.code == "system_only" else None)
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


def stream(
    paths: list[Path],
    mapping: dict[str, str] | None = None,
    *,
    watch: Watcher | None = None,
    limit: int | None = None,
    listener: Listener | None = None,
) -> RowStream:
    """The rows of ``paths``, read as they are asked for, in bounded memory whatever their size.

    ``watch`` gets the bytes read and the bytes there are after every block; when it returns ``False``, ``Cancelled``
    is raised. ``limit``: at most so many records of each file. ``listener`` hears of every problem by itself. Raises
    ``DataError`` for a path that cannot be opened or a mapping that says too little.
    """
    _check_mapping(mapping)
    progress = Progress(watch)
    sources = [watched(path, name, progress) for path, name in zip(paths, _names(paths), strict=True)]
    made = RowStream(sources, mapping, progress, limit, listener)
    for path in paths:
        made.documents |= documents_beside(path)
    return made


def read(
    paths: list[Path],
    mapping: dict[str, str] | None = None,
    *,
    limit: int | None = None,
    watch: Watcher | None = None,
) -> Reading:
    """Everything ``paths`` hold, in memory: for small files and, with ``limit``, for a look at large ones."""
    rows_read = stream(paths, mapping, watch=watch, limit=limit)
    rows = list(rows_read)
    of_file: dict[str, list[Row]] = {}
    for row in rows:
        of_file.setdefault(row.file, []).append(row)
    files = tuple(replace(file, rows=tuple(of_file.get(file.file, ()))) for file in rows_read.files)
    return Reading(files, rows, rows_read.documents, rows_read.problems)


def language_of(rows: list[Row]) -> str:
    """``zh`` or ``en`` if nine of ten rows are, else ``mixed``."""
    return _ninety(Counter(likeness.language(f"{row.question} {row.answer}") for row in rows))


def _ninety(counts: Counter[str]) -> str:
    language, most = counts.most_common(1)[0] if counts else ("en", 0)
    return language if most >= 0.9 * counts.total() else "mixed"


def _formats(files: tuple[FileReading, ...] | list[FileReading]) -> str:
    return "+".join(dict.fromkeys(file.format for file in files))


def _names(paths: list[Path]) -> list[str]:
    """A name for each file that is its own also as a stored document: ``a.md``, then ``2-a.md``."""
    names: dict[str, str] = {}
    for path in paths:
        name = _free_name(path.name, names)
        names[name] = ""
    return list(names)


def _free_name(wanted: str, taken: dict[str, str]) -> str:
    """``wanted``, numbered if its stored form is taken."""
    slugs = set(map(slug, taken))
    name, number = wanted, 2
    while slug(name) in slugs:
        name, number = f"{number}-{wanted}", number + 1
    return name


def _check_mapping(mapping: dict[str, str] | None) -> None:
    for name in mapping or {}:
        if name not in MAPPED:
            raise DataError("data.bad_map", name=name, allowed=", ".join(MAPPED))
    if mapping and not {"question", "answer"} <= set(mapping):
        raise DataError("data.map_needs_both", given=", ".join(mapping))
