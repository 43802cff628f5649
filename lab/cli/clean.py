"""Command ``clean``: what is on the disk, put into the trash and brought back.

Must not know where anything lies.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lab.cli import output
from lab.disk import Disk, Moved, Thing, date
from lab.errors import UsageError
from lab.records import to_json

_NAMED = 5
"""Users of a thing that are named; ``--json`` names all."""


def register(app: typer.Typer) -> None:
    """Add this area's command to ``app``."""
    app.command("clean")(clean)


def clean(
    things: Annotated[list[str] | None, typer.Argument(metavar="[KIND:ID…]", show_default=False)] = None,
    older: Annotated[int | None, typer.Option("--older", metavar="DAYS", min=0)] = None,
    restore: Annotated[str, typer.Option("--restore", metavar="ID")] = "",
    empty: Annotated[bool, typer.Option("--empty")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """What is on the disk, by size and age, and what uses it; into the trash, brought back, or gone for good."""
    lab = output.lab()
    disk = Disk(lab.workspace, lab.models)
    if restore:
        back = disk.restore(restore)
        output.document({"restored": to_json(back)}) if json else output.say("disk.restored", name=back.name)
    elif empty:
        _empty(disk, yes, json)
    elif things or older is not None:
        _delete(disk, [disk.find(key) for key in things or ()] + _old(disk, older), older, yes, json)
    else:
        _list(disk, json)


def _old(disk: Disk, older: int | None) -> list[Thing]:
    """What nothing uses and nobody wrote to for so many days."""
    if older is None:
        return []
    return [one for one in disk.things() if one.days >= older and not one.live and not one.dependents]


def _delete(disk: Disk, wanted: list[Thing], older: int | None, yes: bool, json: bool) -> None:
    if not json:
        for one in wanted:
            _line(one)
        if not wanted:
            output.say("disk.nothing_older", days=older)
    if wanted and not yes:
        _sure(json, "disk.sure")
    inside = {one.id for one in wanted if one.kind == "run"}
    moved = [disk.delete(one.key) for one in wanted if one.kind != "checkpoints" or one.id not in inside]
    if json:
        output.document({"deleted": to_json(moved)})
        return
    for gone in moved:
        output.say("disk.deleted", name=gone.name, id=gone.id)


def _empty(disk: Disk, yes: bool, json: bool) -> None:
    size = sum(one.size for one in disk.trashed())
    if size and not yes:
        _sure(json, "disk.sure_empty", megabytes=megabytes(size))
    freed = disk.empty()
    if json:
        output.document({"freed": freed})
    else:
        output.say("disk.emptied", megabytes=megabytes(freed))


def _sure(json: bool, key: str, **values: Any) -> None:
    if json:
        raise UsageError("disk.needs_yes")
    if not typer.confirm(output.word(key, **values)):
        raise typer.Exit(1)


def _list(disk: Disk, json: bool) -> None:
    found, gone = disk.things(), disk.trashed()
    if json:
        output.document({"things": [_document(one) for one in found], "trash": to_json(gone)})
        return
    total, waste = sum(one.size for one in found if one.kind != "checkpoints"), sum(one.size for one in gone)
    output.say("disk.total", count=len(found), megabytes=megabytes(total), trash=megabytes(waste))
    for one in found:
        _line(one)
    if any(one.kind == "broken" for one in found):
        output.say("disk.unreadable")
    for moved in gone:
        _trash_line(moved)


def _line(one: Thing) -> None:
    output.say("disk.line", size=megabytes(one.size).rjust(9), date=date(one), key=one.key, name=one.name)
    if one.dependents:
        called = list(dict.fromkeys(used.name for used in one.dependents))
        names = ", ".join(called[:_NAMED])
        if len(called) > _NAMED:
            names = output.word("disk.more", names=names, count=len(called) - _NAMED)
        print(" " * 13 + output.word("disk.used_by", names=names))


def _trash_line(moved: Moved) -> None:
    told = {"kind": output.word(f"disk.kind_{moved.kind}"), "deleted": moved.deleted[:10]}
    output.say("disk.trash_line", id=moved.id, name=moved.name, size=megabytes(moved.size), **told)


def _document(one: Thing) -> dict[str, Any]:
    told = {"key": one.key, "kind": one.kind, "id": one.id, "name": one.name, "bytes": one.size, "written": date(one)}
    return {**told, "days": one.days, "live": one.live, "used_by": to_json(one.dependents)}


def megabytes(size: int) -> str:
    """Bytes as megabytes with one digit."""
    return f"{size / 1e6:,.1f}"
