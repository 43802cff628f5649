"""Commands ``data health`` and ``render``: what rows are worth, and what the model sees of them.

Must not know how either is found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from lab import catalog, ingest, rendering
from lab.cli import output
from lab.cli.data import naming, showing
from lab.cli.data.naming import MOST_MB, Json, Mapping
from lab.cli.jobs import finish, follow
from lab.errors import DataError
from lab.ingest.health import Health, asking, stored, telling
from lab.ingest.health import health as measured
from lab.ingest.problems import describe
from lab.ingest.rules.services import file_notes
from lab.records import Problem, Row, to_json
from lab.runs import DEFAULT_BASE

Subject = Annotated[str, typer.Argument(metavar="N[@VERSION]|FILE")]
Base = Annotated[str, typer.Option("--base", metavar="MODEL")]
_TRAINED, _PLAIN = "\x1b[32m", "\x1b[0m"


def health(
    name: Subject,
    base: Base = "",
    limit: Annotated[int | None, typer.Option("--limit", metavar="TOKENS", min=1, show_default=False)] = None,
    mapping: Mapping = "",
    json: Json = False,
) -> None:
    """How healthy rows are: lengths, copies, leaks, balance, personal data, secrets, and a score made of parts."""
    notes: list[Problem] = []
    found = _health(name, base, limit, mapping, notes)
    if json:
        output.document(to_json(found))
        return
    for line in telling.lines(found, output.language()):
        print(line)
    for note in notes:
        output.say("data_health.finding", text=describe(note, output.language()))


def _health(name: str, base: str, limit: int | None, mapping: str, notes: list[Problem]) -> Health:
    lab = output.lab()
    if not _is_dataset(name):
        folder = catalog.find(base, lab.models) if base else None
        rows = _rows_of_file(name, mapping, notes)
        return measured(rows, rendering.renderer(folder) if folder else None, limit, base=base if folder else "")
    version = naming.version(lab.datasets, name)
    found = asking.ask(lab.jobs, lab.datasets, version, lab.models, base, limit)
    if isinstance(found, Health):
        return found
    output.note("jobs.submitted", job=found.id)
    finish(follow(lab.jobs, found.id))
    made = stored.stored(lab.datasets, version, base, limit)
    if made is None:
        raise DataError("data_cli.stopped", job=found.id)
    return made


def _is_dataset(name: str) -> bool:
    return naming.split_names(name)[0] in output.lab().datasets.names()


def _rows_of_file(name: str, mapping: str, notes: list[Problem] | None = None) -> list[Row]:
    """The rows; to ``notes`` comes what other services would say to the file itself."""
    named = naming.files([name], most=MOST_MB)
    intake = ingest.Intake(named.paths, mapping=naming.mapping(mapping))
    rows = list(intake)
    if not rows:
        raise DataError("data.nothing_usable", files=named.names)
    if notes is not None:
        size = sum(path.stat().st_size for path in named.paths)
        notes += [note for file in intake.files for note in file_notes(file.file, file.encoding, size)]
    return rows


def render(
    name: Subject,
    row: Annotated[int, typer.Option("--row", metavar="NUMBER", min=1)] = 1,
    base: Base = DEFAULT_BASE,
    mapping: Mapping = "",
    json: Json = False,
) -> None:
    """What the model sees of a row: its tokens, those that carry loss in ⟦brackets⟧ (and green on a terminal)."""
    lab = output.lab()
    folder = catalog.find(base, lab.models)
    if folder is None:
        raise DataError("data_cli.no_such_model_here", base=base)
    found, total = _row(name, row, mapping)
    if found is None:
        raise DataError("data_cli.no_such_number", row=row, total=total)
    sequences = rendering.renderer(folder).render(found.messages, found.tools)
    if json:
        listed = [
            {"text": one.text, "ids": one.ids, "labels": one.labels, "tokens": to_json(rendering.pieces(one))}
            for one in sequences
        ]
        output.document({"row": to_json(found), "base": base, "sequences": listed})
        return
    for one in sequences:
        print("".join(_marked(rendering.pieces(one), sys.stdout.isatty())))
        trained = sum(label != rendering.IGNORED for label in one.labels)
        output.say("data_cli.rendered", base=base, tokens=len(one.ids), trained=trained, place=showing.place(found))


def _row(name: str, number: int, mapping: str) -> tuple[Row | None, int]:
    """The row with that number, from 1, and how many there are."""
    datasets = output.lab().datasets
    if _is_dataset(name):
        page = datasets.page(naming.version(datasets, name), number - 1, 1)
        return (page.rows[0] if page.rows else None), page.total
    rows = _rows_of_file(name, mapping)
    return (rows[number - 1] if number <= len(rows) else None), len(rows)


def _marked(pieces: list[rendering.Piece], colour: bool) -> Iterator[str]:
    """The text with what carries loss between marks; tokens are parted by a thin bar there."""
    inside = False
    for piece in pieces:
        if piece.trained != inside:
            inside = piece.trained
            yield (_TRAINED if colour else "") + "⟦" if inside else "⟧" + (_PLAIN if colour else "")
        elif inside and piece.text:
            yield "│"
        yield piece.text
    if inside:
        yield "⟧" + (_PLAIN if colour else "")


COMMANDS: dict[str, Any] = {"health": health, "render": render}
