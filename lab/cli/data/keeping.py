"""Commands ``data list``, ``show``, ``edit``, ``diff``, ``delete`` and ``restore``: what is kept.

Must not know how versions are stored.
"""

from __future__ import annotations

import json as json_library
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from lab import ingest
from lab.cli import output
from lab.cli.data import naming, showing
from lab.cli.data.naming import Json, Name
from lab.datasets import Datasets, Filter, trash
from lab.errors import DataError, UsageError
from lab.ingest import Edits
from lab.ingest.rules.conversation import messages_of
from lab.ingest.shaping.turns import Unusable, listed
from lab.ingest.splitting.splits import SPLITS
from lab.ingest.versions.comparing import Difference
from lab.records import Row, Version, to_json

ROWS_SHOWN = 20
Said = Annotated[str, typer.Option("--version")]


def list_all(json: Json = False) -> None:
    """The data sets of the workspace, newest first."""
    versions = output.lab().datasets.current()
    if json:
        output.document([to_json(version) for version in versions])
        return
    for version in versions:
        showing.print_version(version, "data.listed")
    if not versions:
        output.say("data.none_yet")


def show(
    name: Name,
    version: Said = "",
    first: Annotated[int, typer.Option("--first", min=1)] = 1,
    count: Annotated[int | None, typer.Option("--count", min=0, show_default=False)] = None,
    search: Annotated[str, typer.Option("--search", metavar="TEXT")] = "",
    split: Annotated[str, typer.Option("--split", metavar="train|validation|test")] = "",
    tag: Annotated[str, typer.Option("--tag")] = "",
    problem: Annotated[str, typer.Option("--problem", metavar="any|CODE")] = "",
    json: Json = False,
) -> None:
    """One data set: its split, rows and problems; of many rows a page."""
    datasets = output.lab().datasets
    found = naming.version(datasets, name, version)
    check_splits(split)
    where = Filter(text=search, split=split, tag=tag, problem=problem)
    wanted = count if count is not None else found.rows if json else ROWS_SHOWN
    page = datasets.page(found, first - 1, wanted, where)
    if json:
        rows = {"total": page.total, "first": first, "records": to_json(page.rows)}
        output.document({**to_json(found), **rows, "problems": showing.problems(datasets.problems(found))})
        return
    showing.print_version(found, "data.added")
    output.say("data_cli.reason", reason=showing.reason(found))
    for row, number in zip(page.rows, page.numbers, strict=True):
        showing.print_row(row, number)
    left = page.total - (first - 1) - len(page.rows)
    if left > 0:
        output.say("data_cli.more_rows", count=left, first=first + len(page.rows))
    elif not page.total:
        output.say("data_cli.no_row_found")
    showing.print_problems(datasets.problems(found))


def check_splits(*names: str) -> None:
    """Raise ``UsageError`` for a split there is none of."""
    unknown = set(filter(None, names)) - set(SPLITS)
    if unknown:
        raise UsageError("data.bad_mode", value=", ".join(sorted(unknown)), allowed=", ".join(SPLITS))


def edit(
    name: Name,
    edits: Annotated[Path, typer.Argument(metavar="EDITS.jsonl")],
    note: Annotated[str, typer.Option("--note")] = "",
    json: Json = False,
) -> None:
    """Change, add, tag and delete rows by a file of edits; saves the next version."""
    datasets = output.lab().datasets
    found = naming.version(datasets, name)
    made = ingest.edit(datasets, found, _edits(datasets, found, edits), note)
    if json:
        notes = showing.problems(made.notes)
        output.document({**showing.kept(made.version), "parent": made.version.parent, "notes": notes})
        return
    showing.print_problems(made.notes)
    showing.print_version(made.version, "data.added")


def _edits(datasets: Datasets, version: Version, path: Path) -> Edits:
    """The edits of a file: one object a line, with ``id`` of the row it is about, or without for a new one."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise DataError("data.cannot_open", file=str(path), reason=reason) from None
    index, edits = datasets.index(version), Edits()
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            wanted = _parsed(line, path, number)
            known = list(index.read(index.with_ids([wanted["id"]]))) if wanted.get("id") else []
            edits = _with(edits, wanted, known, path, number)
    return edits


def _parsed(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        wanted = json_library.loads(line)
    except ValueError:
        wanted = None
    texts = ("id", "question", "answer", "system", "group")
    if not isinstance(wanted, dict) or not all(isinstance(wanted.get(name) or "", str) for name in texts):
        raise UsageError("data_cli.bad_edit", file=path.name, line=number)
    return wanted


def _with(edits: Edits, wanted: dict[str, Any], known: list[Row], path: Path, number: int) -> Edits:
    """``edits`` and one more."""
    tags = wanted.get("tags")
    if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise UsageError("data_cli.bad_edit", file=path.name, line=number)
    texts = {name: wanted[name] for name in ("question", "answer", "system") if wanted.get(name) is not None}
    if not wanted.get("id"):
        if not {"question", "answer"} <= set(texts):
            raise UsageError("data_cli.bad_edit", file=path.name, line=number)
        system, group = texts.get("system", ""), wanted.get("group") or ""
        row = ingest.new_row(texts["question"], texts["answer"], system=system, group=group, tags=tuple(tags or ()))
        return edits.add(row)
    if wanted.get("delete"):
        return edits.delete(wanted["id"])
    if known and wanted.get("messages"):
        edits = edits.change(ingest.rewritten(known[0], _messages(wanted["messages"], path, number)))
    elif known and texts:
        edits = edits.change(ingest.reworded(known[0], **texts))
    elif not known:
        edits = replace(edits, tags={**edits.tags, wanted["id"]: ()})  # refused with the row's name when it is saved
    return edits.tag([wanted["id"]], tags) if tags is not None else edits


def _messages(messages: Any, path: Path, number: int) -> Any:
    try:
        return messages_of(listed(messages if isinstance(messages, list) else [messages]))[0]
    except Unusable:
        raise UsageError("data_cli.bad_edit", file=path.name, line=number) from None


def diff(before: Name, after: Name, json: Json = False) -> None:
    """What differs between two versions: rows added, removed, changed, moved and tagged."""
    datasets = output.lab().datasets
    made = ingest.diff(datasets, naming.version(datasets, before), naming.version(datasets, after))
    if json:
        output.document({**to_json(made), "before": showing.kept(made.before), "after": showing.kept(made.after)})
        return
    output.say("data_cli.diff", before=_at(made.before), after=_at(made.after), **made.counts)
    _print_difference(made)


def _at(version: Version) -> str:
    return f"{version.dataset}@{version.version}"


def _print_difference(made: Difference) -> None:
    for mark, rows in (("+", made.added), ("-", made.removed)):
        for row in rows[:ROWS_SHOWN]:
            output.say("data_cli.diff_row", mark=mark, place=showing.place(row), text=_short(row))
    for one, other in made.changed[:ROWS_SHOWN]:
        output.say("data_cli.diff_row", mark="-", place=showing.place(one), text=_short(one))
        output.say("data_cli.diff_row", mark="+", place=showing.place(other), text=_short(other))
    for one, other in made.moved[:ROWS_SHOWN]:
        splits = {"before": _split(one), "after": _split(other)}
        output.say("data_cli.diff_moved", place=showing.place(other), text=_short(other), **splits)
    if made.mode:
        modes = (showing.word(f"data_cli.mode_{mode}", mode) for mode in made.mode)
        output.say("data_cli.diff_mode", **dict(zip(("before", "after"), modes, strict=True)))


def _split(row: Row) -> str:
    return showing.word(f"data_cli.split_{row.split}", row.split)


def _short(row: Row) -> str:
    text = f"{row.question} → {row.answer}".replace("\n", " ")
    return text if len(text) <= 100 else text[:99] + "…"


def delete(name: Name, yes: Annotated[bool, typer.Option("--yes", "-y")] = False, json: Json = False) -> None:
    """Put a data set, or one version of it, into the trash; says first what depends on it."""
    datasets = output.lab().datasets
    dataset, version = naming.split_names(name)
    naming.version(datasets, name)
    dependents = trash.depends_on(datasets, dataset, version or None)
    if not yes:
        if json:
            raise UsageError("data_cli.delete_needs_yes", name=name)
        _print_dependents(name, dependents)
        if not typer.confirm(output.word("data_cli.delete_sure", name=name)):
            output.say("data_cli.not_deleted")
            raise typer.Exit(1)
    gone = trash.delete(datasets, dataset, version or None)
    if json:
        output.document({**to_json(gone), "depended": to_json(dependents)})
    else:
        output.say("data_cli.deleted", name=name, id=gone.id)


def _print_dependents(name: str, dependents: list[trash.Dependent]) -> None:
    output.say("data_cli.depends" if dependents else "data_cli.depends_nothing", name=name, count=len(dependents))
    for one in dependents:
        kind = showing.word(f"data_cli.dependent_{one.kind}", one.kind)
        output.say("data_cli.dependent", kind=kind, id=one.id, name=one.name)


def restore(
    trash_id: Annotated[str, typer.Argument(metavar="[ID]", show_default=False)] = "", json: Json = False
) -> None:
    """Bring back what was deleted; without an id, list what can come back."""
    datasets = output.lab().datasets
    if trash_id:
        version = trash.restore(datasets, trash_id)
        output.document(showing.kept(version)) if json else showing.print_version(version, "data_cli.restored")
        return
    found = trash.trashed(datasets)
    if json:
        output.document(to_json(found))
        return
    for one in found:
        at = f"{one.dataset}@{one.version}" if one.version else one.dataset
        output.say("data_cli.trashed", id=one.id, name=at, rows=one.rows, deleted=one.deleted)
    if not found:
        output.say("data_cli.trash_empty")


COMMANDS: dict[str, Any] = {
    "list": list_all,
    "show": show,
    "edit": edit,
    "diff": diff,
    "delete": delete,
    "restore": restore,
}
