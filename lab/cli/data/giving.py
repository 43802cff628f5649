"""Commands ``data export`` and ``push``: what goes out.

Must not know how rows are written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lab import ingest
from lab.cli import output
from lab.cli.data import naming
from lab.cli.data.keeping import Said, check_splits
from lab.cli.data.naming import Json, Name
from lab.ingest import hub
from lab.ingest.hub.pushing import ENDINGS
from lab.ingest.writing.export import Exported
from lab.settings import HubAccess


def export(
    name: Name,
    out: Annotated[str, typer.Argument(metavar="OUT")],
    format: Annotated[str, typer.Option("--format", metavar="|".join(ingest.FORMATS))] = "chat",
    split: Annotated[list[str] | None, typer.Option("--split", metavar="train|validation|test")] = None,
    version: Said = "",
    json: Json = False,
) -> None:
    """Write a data set's rows as a file, or as a folder (OUT/) with a file for each split."""
    datasets = output.lab().datasets
    found = naming.version(datasets, name, version)
    check_splits(*(split or ()))
    place = Path(out).expanduser()
    if out.endswith(("/", "\\")):
        place.mkdir(parents=True, exist_ok=True)
    made = ingest.export(datasets, found, format, place, *(split or ()))
    if json:
        about = {"dataset": found.dataset, "version": found.version, "file": str(place)}
        output.document({**about, **_written(made)})
        return
    output.say("data_cli.exported", count=made.rows, file=place)
    say_losses(made)


def _written(made: Exported) -> dict[str, Any]:
    return {
        "rows": made.rows,
        "format": made.format,
        "files": [str(path) for path in made.files],
        "left_out": made.left_out,
        "not_written": made.not_written,
        "lists": [str(path) for path in made.lists],
        "documents": str(made.documents) if made.documents else None,
    }


def say_losses(made: Exported) -> None:
    """What the format has no place for, and which rows it cannot hold."""
    for part, count in made.left_out.items():
        output.say(f"export.left_{part}", count=count, format=made.format)
    for code, count in made.not_written.items():
        output.say(f"export.{code}", count=count, format=made.format)
    for path in made.lists:
        output.say("export.listed_in", file=path)


def push(
    name: Name,
    to: Annotated[str, typer.Option("--to", metavar="OWNER/NAME")],
    private: Annotated[bool, typer.Option("--private")] = False,
    format: Annotated[str, typer.Option("--format", metavar="|".join(ENDINGS))] = "parquet",
    new_card: Annotated[bool, typer.Option("--new-card")] = False,
    secrets: Annotated[bool, typer.Option("--with-secrets")] = False,
    version: Said = "",
    json: Json = False,
) -> None:
    """Push a data set to the hub: a file for each split and a README. The token is HF_TOKEN of the environment."""
    datasets = output.lab().datasets
    found = naming.version(datasets, name, version)
    made = hub.push(
        datasets,
        found,
        to,
        HubAccess.read(),
        private=private,
        ending=format,
        new_card=new_card,
        secrets=secrets,
        language=output.language(),
    )
    if json:
        about = {"dataset": found.dataset, "version": found.version, "repository": made.repository}
        pushed = {"address": made.address, "private": made.private, "kept_card": made.kept_card}
        output.document({**about, **pushed, **_written(made.exported), "files": list(made.files)})
        return
    output.say("hub.pushed", rows=made.exported.rows, repository=made.repository, address=made.address)
    output.say("hub.pushed_private" if made.private else "hub.pushed_public")
    output.say("hub.card_kept" if made.kept_card else "hub.card_fill")
    say_losses(made.exported)


COMMANDS: dict[str, Any] = {"export": export, "push": push}
