"""Commands of ``data``: check, add, list, show, export, samples.

Must not know how files are read or split.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from lab import ingest, words
from lab.cli import output
from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.ingest.splits import SPLITS
from lab.records import Check, Problem, Row, Version, to_json
from lab.workspace import slug

SAMPLE = "sample:"
ROWS_SHOWN = 20

Files = Annotated[list[str], typer.Argument(metavar="FILE…", show_default=False)]
Json = Annotated[bool, typer.Option("--json")]
Name = Annotated[str, typer.Argument(metavar="N")]
Mapping = Annotated[str, typer.Option("--map", metavar="question=COL,answer=COL")]
Fixes = Annotated[list[str] | None, typer.Option("--fix", metavar="CODE")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    data = typer.Typer(no_args_is_help=True)
    for name, command in COMMANDS.items():
        data.command(name)(command)
    app.add_typer(data, name="data")


def check(files: Files, mapping: Mapping = "", fix: Fixes = None, json: Json = False) -> None:
    """Problems of files with line numbers; exit 1 if there is no row to train on."""
    paths, _ = _paths(files)
    reading = ingest.fixed(ingest.read(paths, _mapping(mapping), fixes=tuple(fix or ())), tuple(fix or ()))
    trainable = any(row.split in {"", "train"} for row in reading.rows)
    if json:
        output.document(
            {
                "format": reading.format,
                "rows_read": reading.records,
                "rows_ok": len(reading.rows),
                "trainable": trainable,
                "language": reading.language,
                "documents": list(reading.documents),
                "files": [_file(file) for file in reading.files],
                "problems": _problems(reading.problems),
            }
        )
    else:
        _print_files(reading)
        _print_problems(reading.problems)
    if not trainable:
        names = ", ".join(path.name for path in paths)
        if reading.documents and not reading.records:
            raise DataError("data.only_documents", files=names)
        raise DataError("data.not_trainable", files=names, ok=len(reading.rows), read=reading.records)
    if not json:
        output.say("data.trainable", ok=len(reading.rows))


def add(
    files: Files,
    name: Annotated[str, typer.Option("--name", metavar="N")],
    mapping: Mapping = "",
    split: Annotated[str, typer.Option("--split", metavar="auto|remember|generalise")] = "auto",
    shares: Annotated[str, typer.Option("--shares", metavar="80/10/10")] = "80/10/10",
    seed: Annotated[int, typer.Option("--seed")] = 0,
    check: Annotated[list[str] | None, typer.Option("--check", metavar="KIND=VALUE,…")] = None,
    fix: Fixes = None,
    note: Annotated[str, typer.Option("--note")] = "",
    json: Json = False,
) -> None:
    """Read files, or sample:NAME, split them and freeze them as data set N."""
    if not name.strip():
        raise DataError("data.bad_name", name=name)
    paths, checks = _paths(files)
    lab = output.lab()
    version, problems = ingest.add(
        lab.datasets,
        paths,
        name,
        mode=split,
        shares=_shares(shares),
        seed=seed,
        mapping=_mapping(mapping),
        checks=(*checks, *(ingest.parse_check(text) for text in check or ())),
        fixes=tuple(fix or ()),
        note=note,
    )
    exercised = {each.name: ingest.exercised(each, list(lab.datasets.rows(version))) for each in version.checks}
    if json:
        counts = [{**to_json(each), "exercised": exercised[each.name]} for each in version.checks]
        output.document({**_summary(version), "checks": counts, "problems": _problems(problems)})
        return
    _print_problems(problems)
    _print_version(version, "data.added")
    output.say(version.mode_reason)
    for each, by_split in exercised.items():
        output.say("data.check_exercised", check=each, **by_split)


def list_all(json: Json = False) -> None:
    """The data sets of the workspace, newest first."""
    versions = output.lab().datasets.current()
    if json:
        output.document([to_json(version) for version in versions])
        return
    for version in versions:
        _print_version(version, "data.listed")
    if not versions:
        output.say("data.none_yet")


def show(name: Name, version: Annotated[str, typer.Option("--version")] = "", json: Json = False) -> None:
    """One data set: its split, rows and problems."""
    datasets = output.lab().datasets
    found = _version(datasets, name, version)
    rows, problems = list(datasets.rows(found)), datasets.problems(found)
    if json:
        output.document({**to_json(found), "records": to_json(rows), "problems": _problems(problems)})
        return
    _print_version(found, "data.added")
    if words.has(found.mode_reason):
        output.say(found.mode_reason)
    for row in rows[:ROWS_SHOWN]:
        output.say("data.shown_row", split=row.split, place=_place(row), question=row.question, answer=row.answer)
    if len(rows) > ROWS_SHOWN:
        output.say("data.more_rows", count=len(rows) - ROWS_SHOWN)
    _print_problems(problems)


def export(
    name: Name,
    out: Annotated[Path, typer.Argument(metavar="OUT")],
    format: Annotated[str, typer.Option("--format", metavar="|".join(ingest.FORMATS))] = "chat",
    split: Annotated[list[str] | None, typer.Option("--split", metavar="train|validation|test")] = None,
    version: Annotated[str, typer.Option("--version")] = "",
    json: Json = False,
) -> None:
    """Write a data set's rows in a shape other tools read."""
    datasets = output.lab().datasets
    found = _version(datasets, name, version)
    unknown = set(split or ()) - set(SPLITS)
    if unknown:
        raise UsageError("data.bad_mode", value=", ".join(sorted(unknown)), allowed=", ".join(SPLITS))
    count = ingest.export(datasets, found, format, out, *(split or ())).rows
    if json:
        output.document({"dataset": found.dataset, "version": found.version, "rows": count, "file": str(out)})
    else:
        output.say("data.exported", count=count, file=out)


def samples(json: Json = False) -> None:
    """The data sets shipped with the lab."""
    listed = [
        {
            **to_json(sample),
            "title": words.say(sample.key, output.language()),
            "about": words.say(f"{sample.key}_about", output.language()),
        }
        for sample in ingest.samples()
    ]
    if json:
        output.document(listed)
        return
    for sample in listed:
        output.say("data.sample_listed", name=sample["name"], title=sample["title"], about=sample["about"])


COMMANDS: dict[str, Any] = {
    "check": check,
    "add": add,
    "list": list_all,
    "show": show,
    "export": export,
    "samples": samples,
}


def _paths(files: list[str]) -> tuple[list[Path], tuple[Check, ...]]:
    """The files named, samples among them, and the checks those samples carry."""
    paths: list[Path] = []
    checks: tuple[Check, ...] = ()
    for name in files:
        if name.startswith(SAMPLE):
            sample = ingest.sample(name.removeprefix(SAMPLE))
            paths += sample.paths
            checks += sample.checks
        else:
            paths.append(Path(name))
    return paths, checks


def _mapping(text: str) -> dict[str, str] | None:
    """``question=a,answer=b`` as a dict; ``None`` when empty."""
    if not text.strip():
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if any(not name.strip() or not column.strip() for name, _, column in pairs):
        raise UsageError("data.map_unreadable", value=text)
    return {name.strip(): column.strip() for name, _, column in pairs}


def _shares(text: str) -> tuple[int, ...]:
    parts = re.split(r"[/,: ]+", text.strip())
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise UsageError("data.bad_shares", value=text)
    return tuple(int(part) for part in parts)


def _version(datasets: Datasets, name: str, version: str) -> Version:
    """The named version, or the current one; says whether it is the data set or the version that is not there."""
    current = datasets.get(name)
    if version and not (datasets.workspace.dataset(name) / slug(version) / "version.json").is_file():
        raise DataError("data.no_such_version", name=name, version=version, current=current.version)
    return datasets.get(name, version or None)


def _summary(version: Version) -> dict[str, Any]:
    return {
        "dataset": version.dataset,
        "version": version.version,
        "rows": version.rows,
        "groups": version.groups,
        "mode": version.mode,
        "mode_reason": words.say(version.mode_reason, output.language()),
        "language": version.language,
        "splits": version.splits,
    }


def _problems(problems: list[Problem]) -> list[dict[str, Any]]:
    return [ingest.as_json(problem, output.language()) for problem in problems]


def _evidence(file: ingest.FileReading) -> str:
    """Why the file was read in its encoding, as a sentence."""
    evidence = dict(file.evidence)
    return words.say(evidence.pop("key"), output.language(), **evidence) if evidence else ""


def _file(file: ingest.FileReading) -> dict[str, Any]:
    return {
        "file": file.file,
        "format": file.format,
        "encoding": file.encoding,
        "evidence": _evidence(file),
        "rows_read": file.records,
        "rows_ok": len(file.rows),
    }


def _print_files(reading: ingest.Reading) -> None:
    for file in reading.files:
        if file.documents:
            characters = sum(len(reading.documents[name]) for name in file.documents)
            output.say("data.document_read", file=file.file, encoding=file.encoding, characters=characters)
        else:
            values = {"format": file.format, "encoding": file.encoding or "—", "read": file.records}
            output.say("data.file_read", file=file.file, ok=len(file.rows), **values)
        if file.encoding not in {"", "utf-8"}:
            output.say("data.evidence", evidence=_evidence(file))


def _print_problems(problems: list[Problem]) -> None:
    for problem in problems:
        output.say(
            "data.problem_line",
            place=f"{problem.file}:{problem.line}" if problem.line else problem.file or "—",
            severity=words.say(f"data.severity_{problem.severity}", output.language()),
            code=problem.code,
            message=ingest.describe(problem, output.language()),
        )


def _print_version(version: Version, key: str) -> None:
    output.say(
        key,
        dataset=version.dataset,
        version=version.version,
        rows=version.rows,
        groups=version.groups,
        written=version.language,
        mode=version.mode,
        created=version.created,
        **version.splits,
    )


def _place(row: Row) -> str:
    return f"{row.file}:{row.line}" if row.line else row.file or "—"
