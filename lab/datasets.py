"""Data sets on disk: frozen versions of rows, read by every part and written by ``ingest`` and ``synth``.

Knows: how a version is stored, found and never changed. Must not know: how rows were read or split.
A version's name is the hash of what it holds, so saving the same rows again is the same version.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lab.errors import DataError
from lab.records import Check, Problem, Row, Version, from_json, to_json
from lab.workspace import Workspace, now, read_json, read_jsonl, slug, write_json, write_jsonl, write_text


class Datasets:
    """The data sets of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def names(self) -> list[str]:
        """Names of all data sets, newest head first."""
        heads = self.workspace.datasets().glob("*/head.json")
        return [path.parent.name for path in sorted(heads, key=lambda path: path.stat().st_mtime, reverse=True)]

    def current(self) -> list[Version]:
        """The current version of each data set, newest first."""
        return [self.get(name) for name in self.names()]

    def get(self, name: str, version: str | None = None) -> Version:
        """The named version (default: the current one); raises ``DataError`` if there is none."""
        wanted = version or (read_json(self.workspace.dataset(name) / "head.json") or {}).get("version")
        stored = read_json(self.workspace.dataset(name) / wanted / "version.json") if wanted else None
        if stored is None:
            raise DataError("data.no_such_dataset", name=name, known=", ".join(self.names()) or "—")
        return from_json(Version, stored)

    def folder(self, version: Version) -> Path:
        """Where the version's files are."""
        return self.workspace.dataset(version.dataset) / version.version

    def rows(self, version: Version, *splits: str) -> Iterator[Row]:
        """The rows of a version in order; only those of ``splits`` if any are named."""
        for stored in read_jsonl(self.folder(version) / "rows.jsonl"):
            if not splits or stored["split"] in splits:
                yield from_json(Row, stored)

    def problems(self, version: Version) -> list[Problem]:
        """What was wrong with the files it came from: rows left out are here, with their place."""
        return [from_json(Problem, stored) for stored in read_jsonl(self.folder(version) / "problems.jsonl")]

    def document(self, version: Version, name: str) -> str:
        """The canonical text of one document of the version."""
        if name not in version.documents:
            raise DataError("data.no_such_document", name=name, known=", ".join(version.documents) or "—")
        with (self.folder(version) / "documents" / _document_file(name, version.documents)).open(
            encoding="utf-8", newline=""
        ) as file:
            return file.read()

    def save(
        self,
        name: str,
        rows: list[Row],
        *,
        mode: str,
        mode_reason: str,
        language: str,
        problems: list[Problem] | None = None,
        documents: dict[str, str] | None = None,
        checks: tuple[Check, ...] = (),
        format: str = "",
        note: str = "",
        parent: str | None = None,
    ) -> Version:
        """Freeze ``rows`` (each with its split) as the current version of data set ``name``."""
        if not rows:
            raise DataError("data.no_rows", name=name)
        documents = documents or {}
        systems = {next((m.content for m in row.messages if m.role == "system"), "") for row in rows}
        version = Version(
            dataset=slug(name),
            version=_hash(rows, documents, checks, mode),
            rows=len(rows),
            mode=mode,
            mode_reason=mode_reason,
            splits={split: 0 for split in ("train", "validation", "test")} | Counter(row.split for row in rows),
            groups=len({row.group for row in rows}),
            language=language,
            created=now(),
            format=format,
            parent=parent,
            note=note,
            checks=checks,
            system=systems.pop() if len(systems) == 1 else "",
            documents=tuple(documents),
            problems=len(problems or []),
        )
        folder = self.folder(version)
        stored = read_json(folder / "version.json")
        if stored is None:
            for document, text in documents.items():
                write_text(folder / "documents" / _document_file(document, version.documents), text)
            write_jsonl(folder / "rows.jsonl", [to_json(row) for row in rows])
            write_jsonl(folder / "problems.jsonl", [to_json(problem) for problem in problems or []])
            write_json(folder / "version.json", to_json(version))
        else:
            version = replace(from_json(Version, stored), dataset=version.dataset)
        write_json(self.workspace.dataset(version.dataset) / "head.json", {"version": version.version})
        return version


def _document_file(name: str, names: tuple[str, ...]) -> str:
    """File of one of the documents ``names``; equal slugs are numbered (no slug has ``~``)."""
    alike = [other for other in names if slug(other) == slug(name)]
    place = alike.index(name)
    return f"{slug(name)}{f'~{place + 1}' if place else ''}.txt"


def _hash(rows: list[Row], documents: dict[str, str], checks: tuple[Check, ...], mode: str) -> str:
    digest = hashlib.sha256(mode.encode())
    for part in [*(to_json(row) for row in rows), documents, to_json(checks)]:
        digest.update(json.dumps(part, ensure_ascii=False, sort_keys=True).encode("utf-8"))
    return digest.hexdigest()[:12]
