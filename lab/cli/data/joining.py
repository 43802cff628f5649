"""Command ``data merge``: several data sets as one, with what they disagree about.

Must not know how a conflict is found or settled.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lab import ingest
from lab.cli import output
from lab.cli.data import showing
from lab.cli.data.naming import Json
from lab.errors import DataError
from lab.records import to_json

_SHOWN = 10


def merge(
    names: Annotated[list[str], typer.Argument(metavar="N M …", show_default=False)],
    name: Annotated[str, typer.Option("--name", metavar="NEW", show_default=False)] = "",
    policy: Annotated[str, typer.Option("--policy", metavar="|".join(ingest.POLICIES))] = "first",
    note: Annotated[str, typer.Option("--note")] = "",
    json: Json = False,
) -> None:
    """Put several data sets together as a new one; without --name, only show what they disagree about."""
    datasets = output.lab().datasets
    if len(set(names)) < 2:
        raise DataError("versions.merge_needs_two", given=", ".join(names))
    if not name.strip():
        found = ingest.conflicts(datasets, names)
        output.document(_document(found)) if json else _print(found)
        return
    spool = Path(output.lab().workspace.root) / "merging.jsonl"
    try:
        made = ingest.merge(datasets, names, name, policy, note=note, spool=spool)
    finally:
        spool.unlink(missing_ok=True)
    if json:
        notes = showing.problems(made.notes)
        output.document({**showing.kept(made.version), "conflicts": _document(made.conflicts), "notes": notes})
        return
    _print(made.conflicts)
    showing.print_problems(made.notes)
    showing.print_version(made.version, "data.added")


def _document(found: ingest.Conflicts) -> dict[str, Any]:
    shown = [
        {"kind": one.kind, "rows": [{"dataset": dataset, **to_json(row)} for dataset, row in one.rows]}
        for one in found.shown
    ]
    return {"counts": found.counts, "shown": shown}


def _print(found: ingest.Conflicts) -> None:
    output.say("data_cli.conflicts", **found.counts)
    for one in found.shown[:_SHOWN]:
        output.say(f"data_cli.conflict_{one.kind}", question=one.rows[0][1].question)
        for dataset, row in one.rows:
            split = showing.word(f"data_cli.split_{row.split}", row.split)
            output.say(
                "data_cli.conflict_row", dataset=dataset, split=split, place=showing.place(row), answer=row.answer
            )


COMMANDS: dict[str, Any] = {"merge": merge}
