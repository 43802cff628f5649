"""Commands ``data check``, ``add``, ``samples`` and ``rules``: what comes in.

Must not know how files are read or split.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from lab import ingest, words
from lab.cli import output
from lab.cli.data import naming, showing
from lab.cli.data.naming import MOST_MB, Files, Fixes, Json, Mapping, Most, Own
from lab.cli.jobs import finish, follow
from lab.errors import DataError
from lab.ingest.rules import catalogue, fixes
from lab.ingest.writing.export import write
from lab.ingest.writing.sieve import Sieve
from lab.jobs import JobView
from lab.records import Check, Row, Version, to_json

Out = Annotated[Path | None, typer.Option(metavar="OUT")]


def check(
    files: Files,
    mapping: Mapping = "",
    fix: Fixes = None,
    validation: Own = None,
    test: Own = None,
    good: Out = None,
    bad: Out = None,
    problems: Out = None,
    most: Most = MOST_MB,
    json: Json = False,
) -> None:
    """Problems of files with line numbers; exit 1 if there is no row to train on."""
    named = naming.files(files, validation, test, most)
    with Sieve(bad, problems, output.language()) as sieve:
        intake = ingest.Intake(
            named.paths,
            validation=named.validation,
            test=named.test,
            mapping=naming.mapping(mapping),
            fixes=tuple(fix or ()),
            listener=sieve,
        )
        counted = _Counted(intake.finished(intake))
        if good:
            write(lambda: iter(counted), "chat", good, may_be_empty=True)
        else:
            for _ in counted:
                pass
    if json:
        output.document(_checked(intake, counted))
    else:
        for read in intake.files:
            showing.print_file(read, intake.documents)
        showing.print_problems(intake.problems)
        _print_outs({"good": good, "bad": bad, "problems": problems}, counted.rows, sieve)
    _refuse_untrainable(intake, counted, named.names)
    if not json:
        output.say("data.trainable", ok=counted.rows)


class _Counted:
    """Rows counted as they pass."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.rows = 0
        self.trainable = False

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.rows += 1
            self.trainable = self.trainable or row.split in {"", "train"}
            yield row


def _checked(intake: ingest.Intake, counted: _Counted) -> dict[str, Any]:
    return {
        "format": intake.format,
        "rows_read": sum(read.records for read in intake.files),
        "rows_ok": counted.rows,
        "trainable": counted.trainable,
        "language": intake.language,
        "documents": list(intake.documents),
        "files": [showing.file(read) for read in intake.files],
        "problems": showing.problems(intake.problems),
    }


def _print_outs(outs: dict[str, Path | None], rows: int, sieve: Sieve) -> None:
    counts = {"good": rows, "bad": sieve.bad_rows, "problems": sieve.problems}
    for name, path in outs.items():
        if path:
            output.say(f"data_cli.wrote_{name}", count=counts[name], file=path)


def _refuse_untrainable(intake: ingest.Intake, counted: _Counted, names: str) -> None:
    if counted.trainable:
        return
    read = sum(each.records for each in intake.files)
    if intake.documents and not read:
        raise DataError("data.only_documents", files=names)
    raise DataError("data.not_trainable", files=names, ok=counted.rows, read=read)


def add(
    files: Files,
    name: Annotated[str, typer.Option("--name", metavar="N")],
    mapping: Mapping = "",
    split: Annotated[str, typer.Option("--split", metavar="auto|remember|generalise")] = "auto",
    shares: Annotated[str, typer.Option("--shares", metavar="80/10/10")] = "80/10/10",
    seed: Annotated[int, typer.Option("--seed")] = 0,
    validation: Own = None,
    test: Own = None,
    check: Annotated[list[str] | None, typer.Option("--check", metavar="KIND=VALUE,…")] = None,
    fix: Fixes = None,
    note: Annotated[str, typer.Option("--note")] = "",
    detach: Annotated[bool, typer.Option("--detach")] = False,
    most: Most = MOST_MB,
    json: Json = False,
) -> None:
    """Read files, sample:NAME or hub:OWNER/NAME, split them and freeze them as data set N."""
    if not name.strip():
        raise DataError("data.bad_name", name=name)
    named = naming.files(files, validation, test, most)
    options: dict[str, Any] = {
        "mode": split,
        "shares": naming.shares(shares),
        "seed": seed,
        "mapping": naming.mapping(mapping),
        "checks": (*named.checks, *(ingest.parse_check(text) for text in check or ())),
        "fixes": tuple(fix or ()),
        "note": note or named.note,
        "validation": named.validation,
        "test": named.test,
    }
    lab = output.lab()
    if not detach and not lab.is_large([*named.paths, *named.validation, *named.test]):
        version, _ = ingest.add(lab.datasets, named.paths, name, **options)
        _added(version, json)
        return
    view = lab.add_large(named.paths, name, **options)
    if detach:
        output.document({"job": view.id, "state": view.state}) if json else output.say("jobs.submitted", job=view.id)
        return
    output.note("jobs.submitted", job=view.id)
    view = follow(lab.jobs, view.id)
    finish(view)
    _added(_of(view), json)


def _of(view: JobView) -> Version:
    """The version a job made; a stopped one made none."""
    made = view.status.result
    if not made:
        raise DataError("data_cli.stopped", job=view.id)
    return output.lab().datasets.get(made["dataset"], made["version"])


def _added(version: Version, json: bool) -> None:
    datasets = output.lab().datasets
    exercised = {each.name: ingest.exercised(each, datasets.rows(version)) for each in version.checks}
    problems = datasets.problems(version)
    if json:
        counts = [{**to_json(each), "exercised": exercised[each.name]} for each in version.checks]
        output.document({**showing.kept(version), "checks": counts, "problems": showing.problems(problems)})
        return
    showing.print_problems(problems)
    showing.print_version(version, "data.added")
    output.say("data_cli.reason", reason=showing.reason(version))
    for each in version.checks:
        output.say("data.check_exercised", check=_named(each), **exercised[each.name])


def _named(check: Check) -> str:
    return check.name


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


def rules(json: Json = False) -> None:
    """Every rule a row is held to, with what other services do, and the repairs there are."""
    found, repairs = catalogue.table(output.language()), fixes.table(output.language())
    if json:
        output.document({"rules": found, "fixes": repairs})
        return
    for rule in found:
        print(catalogue.line(rule, output.language()))
    output.say("data_cli.fixes")
    for fix in repairs:
        output.say("data_cli.fix", code=fix["code"], about=fix["about"])


COMMANDS: dict[str, Any] = {"check": check, "add": add, "samples": samples, "rules": rules}
