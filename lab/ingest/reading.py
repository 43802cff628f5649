"""Files to rows and documents as a stream, with every problem and its place.

Knows: the way of one file: bytes, records or document, row; and how several files are one stream of rows in bounded
memory. Never raises for what a file holds; every record it does not use is among the problems. Must not know how a
format is read, splits, or where data sets are kept.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab import likeness
from lab.errors import DataError
from lab.ingest.files.sources import Listener, Progress, Source, Watcher, watched
from lab.ingest.part import FileReading, Part
from lab.ingest.problems import Problems
from lab.ingest.rules import watch
from lab.ingest.shaping.llamafactory import described
from lab.ingest.shaping.mapping import MAPPED, missing
from lab.ingest.writing.provenance import documents_beside
from lab.records import Problem, Row
from lab.workspace import slug

__all__ = ["FileReading", "Reading", "RowStream", "language_of", "read", "stream"]

_LANGUAGE_SAMPLE = 500
"""Rows from the beginning that the language is told by; of later ones every hundredth."""


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
        fixes: Collection[str] = (),
    ) -> None:
        self._waiting = deque((source, 0) for source in sources)
        self._described = described(sources)
        self._beside = {_last(source.name) for source in sources}
        self._fixes = fixes
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
            part = self._part(source)
            for row in part.rows(depth):
                self._see(row)
                yield row
            self._progress.check()
            if self._listener:
                self._listener.source_read(source)
            if part.document is not None:
                self.documents[source.name] = part.document
            self._described |= described(part.inner)
            self._beside |= {_last(inner.name) for inner in part.inner}
            self._waiting.extendleft((inner, depth + 1) for inner in reversed(part.inner))
            if not part.inner or part.problems.any():
                self.files.append(part.told())
        for problem in self._rules.end():
            self._cross(problem)
        self._progress.end()

    def _part(self, source: Source) -> Part:
        mapping = self._mapping or self._described.get(_last(source.name)) or None
        is_used = not self._described.keys().isdisjoint(self._beside)
        return Part(source, mapping, self._limit, self._listener, self._fixes, is_used)

    def _cross(self, problem: Problem) -> None:
        self._crossing.add(problem)
        if self._listener:
            self._listener.problem_found(problem)

    def _see(self, row: Row) -> None:
        for problem in self._rules.see(row):
            self._cross(problem)
        self._seen += 1
        if self._seen <= _LANGUAGE_SAMPLE or self._seen % 100 == 0:
            self._languages[likeness.language(f"{row.question[:1000]} {row.answer[:1000]}")] += 1

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


def stream(
    paths: list[Path],
    mapping: dict[str, str] | None = None,
    *,
    watch: Watcher | None = None,
    limit: int | None = None,
    listener: Listener | None = None,
    fixes: Collection[str] = (),
) -> RowStream:
    """The rows of ``paths``, read as they are asked for, in bounded memory whatever their size.

    ``watch`` gets the bytes read and the bytes there are after every block; when it returns ``False``, ``Cancelled``
    is raised. ``limit``: at most so many records of each file. ``listener`` hears of every problem by itself.
    ``fixes``: codes of repairs that are made while a record is read (``use_chosen``). Raises ``DataError`` for a path
    that cannot be opened or a mapping that says too little.
    """
    _check_mapping(mapping)
    progress = Progress(watch)
    sources = [watched(path, name, progress) for path, name in zip(paths, _names(paths), strict=True)]
    made = RowStream(sources, mapping, progress, limit, listener, fixes)
    for path in paths:
        made.documents |= documents_beside(path)
    return made


def read(
    paths: list[Path],
    mapping: dict[str, str] | None = None,
    *,
    limit: int | None = None,
    watch: Watcher | None = None,
    fixes: Collection[str] = (),
) -> Reading:
    """Everything ``paths`` hold, in memory: for small files and, with ``limit``, for a look at large ones."""
    rows_read = stream(paths, mapping, watch=watch, limit=limit, fixes=fixes)
    rows = list(rows_read)
    return Reading(tuple(rows_read.files), rows, rows_read.documents, rows_read.problems)


def language_of(rows: list[Row]) -> str:
    """``zh`` or ``en`` if nine of ten rows are, else ``mixed``."""
    return _ninety(Counter(likeness.language(f"{row.question} {row.answer}") for row in rows))


def _ninety(counts: Counter[str]) -> str:
    language, most = counts.most_common(1)[0] if counts else ("en", 0)
    return language if most >= 0.9 * counts.total() else "mixed"


def _formats(files: tuple[FileReading, ...] | list[FileReading]) -> str:
    return "+".join(dict.fromkeys(file.format for file in files))


def _last(name: str) -> str:
    return name.rsplit("/", 1)[-1]


def _names(paths: list[Path]) -> list[str]:
    """A name for each file that is its own also as a stored document: ``a.md``, then ``2-a.md``."""
    names: dict[str, str] = {}
    for path in paths:
        name, number = path.name, 2
        while slug(name) in names:
            name, number = f"{number}-{path.name}", number + 1
        names[slug(name)] = name
    return list(names.values())


def _check_mapping(mapping: dict[str, str] | None) -> None:
    for name in mapping or {}:
        if name not in MAPPED:
            raise DataError("data.bad_map", name=name, allowed=", ".join(MAPPED))
    if mapping and missing(mapping):
        raise DataError("data.map_needs_both", given=", ".join(mapping))
