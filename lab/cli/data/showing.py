"""Problems, files, versions and rows as lines for a person and as JSON.

Must not know which command shows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lab import ingest, words
from lab.cli import output
from lab.ingest.rules.fixes import FIXES
from lab.records import Problem, Row, Version


def kept(version: Version) -> dict[str, Any]:
    """What ``--json`` says of a version that was saved."""
    return {
        "dataset": version.dataset,
        "version": version.version,
        "rows": version.rows,
        "groups": version.groups,
        "mode": version.mode,
        "mode_reason": reason(version),
        "language": version.language,
        "splits": version.splits,
    }


def reason(version: Version) -> str:
    """Why the version is split as it is."""
    return words.say(version.mode_reason, output.language()) if words.has(version.mode_reason) else version.mode_reason


def problems(found: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as JSON."""
    return [ingest.as_json(problem, output.language()) for problem in found]


def file(read: ingest.FileReading) -> dict[str, Any]:
    """How a file was read, as JSON."""
    return {
        "file": read.file,
        "format": read.format,
        "kind": read.kind,
        "encoding": read.encoding,
        "evidence": evidence(read),
        "rows_read": read.records,
        "rows_ok": read.ok,
    }


def evidence(read: ingest.FileReading) -> str:
    """Why the file was read in its encoding, as a sentence."""
    known = dict(read.evidence)
    return words.say(known.pop("key"), output.language(), **known) if known else ""


def print_file(read: ingest.FileReading, documents: dict[str, str]) -> None:
    """How a file was read."""
    if read.documents:
        characters = sum(len(documents.get(name, "")) for name in read.documents)
        output.say("data.document_read", file=read.file, encoding=read.encoding or read.kind, characters=characters)
    else:
        shapes = " + ".join(word(f"data_cli.format_{name}", name) for name in read.format.split("+"))
        shape = shapes if read.ok else output.word("data_cli.format_none")
        values = {"format": shape, "encoding": read.encoding or read.kind or "—", "read": read.records}
        output.say("data.file_read", file=read.file, ok=read.ok, **values)
    if read.encoding not in {"", "utf-8"}:
        output.say("data.evidence", evidence=evidence(read))


def print_problems(found: Iterable[Problem]) -> None:
    """One line a problem with its place, and the repair there is."""
    for problem in found:
        output.say(
            "data_cli.problem",
            place=f"{problem.file}:{problem.line}" if problem.line else problem.file or "—",
            severity=words.say(f"data.severity_{problem.severity}", output.language()),
            message=ingest.describe(problem, output.language()),
        )
        if problem.fix in FIXES:
            about = words.say(FIXES[problem.fix].about, output.language())
            output.say("data_cli.problem_fix", fix=problem.fix, about=about)


def print_version(version: Version, key: str) -> None:
    """A version in one line."""
    output.say(
        key,
        dataset=version.dataset,
        version=version.version,
        rows=version.rows,
        groups=version.groups,
        written=word(f"data_cli.written_{version.language}", version.language),
        mode=word(f"data_cli.mode_{version.mode}", version.mode),
        created=version.created,
        **version.splits,
    )


def print_row(row: Row, number: int | None = None) -> None:
    """A row in one line; a conversation by its last turns."""
    output.say(
        "data_cli.row",
        number=f"{number + 1}." if number is not None else row.id,
        split=word(f"data_cli.split_{row.split}", row.split),
        place=place(row),
        question=row.question,
        answer=row.answer,
        tags=" ".join(f"#{words.tag_name(tag, output.language())}" for tag in row.tags),
    )


def place(row: Row) -> str:
    """Where a row came from."""
    return f"{row.file}:{row.line}" if row.line else row.file or "—"


def word(key: str, otherwise: str) -> str:
    """The word for a code; the code itself where it has none."""
    return words.say(key, output.language()) if words.has(key) else otherwise
