"""Data sets on disk: frozen versions of rows, read by every part and written by ``ingest`` and ``synth``.

Knows: how a version is stored, found, paged and never changed. Must not know: how rows were read or split.
A version's name is the hash of what it holds, so saving the same rows again is the same version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lab import access
from lab.datasets.index import Filter, Index, stored_rows
from lab.datasets.saving import VersionFolder, document_file
from lab.errors import DataError
from lab.records import Check, Problem, Row, Version, from_json, to_json
from lab.workspace import Workspace, now, passing_over, read_json, read_jsonl, slug, write_json

__all__ = ["Datasets", "Filter", "Page"]

_SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Page:
    """Some rows of the ones that were asked for."""

    rows: list[Row]
    total: int
    """Rows that the filter lets through."""
    numbers: list[int]
    """Where each row stands in the version, from 0."""


class Datasets:
    """The data sets of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def names(self) -> list[str]:
        """Names of all data sets that who acts may see, newest head first."""
        heads = self.workspace.datasets().glob("*/head.json")
        found = [path.parent.name for path in sorted(heads, key=lambda path: path.stat().st_mtime, reverse=True)]
        if access.current().host:
            return found
        versions = ((name, self._stored(name)) for name in found)
        return [name for name, version in versions if version is not None and access.sees(version.owner)]

    def current(self) -> list[Version]:
        """The current version of each data set, newest first."""
        found = []
        for name in self.names():
            with passing_over(self.workspace.dataset(name)):
                found.append(self.get(name))
        return found

    def versions(self, name: str) -> list[Version]:
        """All versions of a data set, newest first; raises ``DataError`` if there is no such data set."""
        self.get(name)
        paths = self.workspace.dataset(name).glob("[!.]*/version.json")
        found = [from_json(Version, read_json(path)) for path in paths]
        return sorted(found, key=lambda version: (version.created, version.version), reverse=True)

    def get(self, name: str, version: str | None = None) -> Version:
        """The named version (default: the current one); raises ``DataError`` if who acts may see none."""
        found = self._stored(name, version)
        if found is None or not access.sees(found.owner):
            raise DataError("data.no_such_dataset", name=name, known=", ".join(self.names()) or "—")
        return found

    def _stored(self, name: str, version: str | None = None) -> Version | None:
        wanted = version or (read_json(self.workspace.dataset(name) / "head.json") or {}).get("version")
        stored = read_json(self.workspace.dataset(name) / wanted / "version.json") if wanted else None
        return None if stored is None else from_json(Version, stored)

    def folder(self, version: Version) -> Path:
        """Where the version's files are."""
        return self.workspace.dataset(version.dataset) / version.version

    def rows(self, version: Version, *splits: str) -> Iterator[Row]:
        """The rows of a version in order, one at a time; only those of ``splits`` if any are named."""
        return stored_rows(self.folder(version) / "rows.jsonl", *splits)

    def page(self, version: Version, first: int = 0, count: int = 20, where: Filter | None = None) -> Page:
        """``count`` rows from the ``first`` of those the filter lets through; nothing else is loaded."""
        where = where or Filter()
        index = self.index(version)
        numbers = index.numbers(where, self.problems(version) if where.problem else ())
        shown = [int(number) for number in numbers[max(first, 0) : max(first, 0) + count]]
        return Page(list(index.read(shown)), len(numbers), shown)

    def index(self, version: Version) -> Index:
        """What the rows of the version can be found by."""
        folder = self.folder(version)
        return Index(folder / "rows.jsonl", folder / "index")

    def problems(self, version: Version) -> list[Problem]:
        """What was wrong with the files it came from: rows left out are here, with their place."""
        return [from_json(Problem, stored) for stored in read_jsonl(self.folder(version) / "problems.jsonl")]

    def document(self, version: Version, name: str) -> str:
        """The canonical text of one document of the version."""
        if name not in version.documents:
            raise DataError("data.no_such_document", name=name, known=", ".join(version.documents) or "—")
        path = self.folder(version) / "documents" / document_file(name, version.documents)
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()

    def documents(self, version: Version) -> dict[str, str]:
        """Name → canonical text of every document of the version."""
        return {name: self.document(version, name) for name in version.documents}

    def save(
        self,
        name: str,
        rows: Iterable[Row],
        *,
        mode: str,
        mode_reason: str,
        language: str,
        problems: Iterable[Problem] | None = None,
        documents: dict[str, str] | None = None,
        checks: tuple[Check, ...] = (),
        format: str = "",
        note: str = "",
        parent: str | None = None,
    ) -> Version:
        """Freeze ``rows`` (each with its split) as the current version of data set ``name``.

        The rows pass one at a time; ``problems`` are read after the last row. Nothing is left behind when it fails.
        A visitor's data sets are their own: raises ``AccessError`` where the name is another's.
        """
        documents = documents or {}
        dataset = slug(name)
        before = self._stored(dataset)
        if before:
            access.require_own(before.owner)
        with VersionFolder(self.workspace.dataset(dataset)) as beside:
            written = beside.write(rows, documents, checks, mode)
            if not written.rows:
                raise DataError("data.no_rows", name=name)
            found = list(problems or ())
            version = Version(
                dataset=dataset,
                version=written.name,
                rows=written.rows,
                mode=mode,
                mode_reason=mode_reason,
                splits={split: 0 for split in _SPLITS} | written.splits,
                groups=written.groups,
                language=language,
                created=now(),
                format=format,
                parent=parent,
                note=note,
                checks=checks,
                system=written.system,
                documents=tuple(documents),
                problems=len(found),
                owner=before.owner if before else access.current().owns,
            )
            folder = self.folder(version)
            stored = read_json(folder / "version.json")
            if stored is None:
                beside.place(folder, to_json(version), found)
            else:
                version = replace(from_json(Version, stored), dataset=version.dataset)
        write_json(self.workspace.dataset(version.dataset) / "head.json", {"version": version.version})
        return version

    def choose(self, version: Version) -> None:
        """Make a version the current one of its data set."""
        write_json(self.workspace.dataset(version.dataset) / "head.json", {"version": version.version})
