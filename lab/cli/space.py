"""Commands ``space``, ``keep`` and ``story``.

Must not know what a Space is made of or how the hub is asked.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from lab.cli import output
from lab.errors import UsageError
from lab.settings import HubAccess, secret
from lab.ship.deploy import Deployed, Order, check, deploy
from lab.ship.keeping import Keeper
from lab.ship.space import Contents, described, write
from lab.story import LANGUAGES, html
from lab.workspace import write_text

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("space")(space)
    app.command("keep")(keep)
    app.command("story")(story)


def space(
    run: Annotated[str, typer.Argument(metavar="RUN")],
    out: Annotated[str, typer.Option("--out", metavar="DIR")] = "",
    to: Annotated[str, typer.Option("--to", metavar="OWNER/NAME")] = "",
    private: Annotated[bool, typer.Option("--private")] = False,
    hardware: Annotated[str, typer.Option("--hardware", metavar="NAME")] = "",
    storage: Annotated[str, typer.Option("--storage", metavar="OWNER/NAME")] = "",
    keep: Annotated[str, typer.Option("--keep", metavar="OWNER/NAME")] = "",
    all_rows: Annotated[bool, typer.Option("--all-rows")] = False,
    secrets: Annotated[bool, typer.Option("--with-secrets")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    yes: Annotated[bool, typer.Option("--yes")] = False,
    json: Json = False,
) -> None:
    """A Space of a run: written as a folder, or put on the hub. What would be uploaded is listed first."""
    lab = output.lab()
    contents = lab.space(lab.runs.get(run), all_rows=all_rows, secrets=secrets, language=output.language())
    order = _order(to, hardware, private=private, storage=storage, keep=keep) if to else None
    if not (out or to or dry_run):
        raise UsageError("space.no_place")
    if order:
        check(order)
    if not json:
        _list(contents, order)
    deployed = None
    if not dry_run:
        if order and not yes:
            _ask(json)
        if out:
            write(contents, Path(out).expanduser().absolute())
        deployed = _deploy(contents, out, order) if order else None
    if json:
        output.document(_document(contents, order, out, deployed, dry_run=dry_run))
    elif not dry_run:
        _told(contents, out, deployed)


def keep(
    to: Annotated[str, typer.Option("--to", metavar="OWNER/NAME")] = "",
    restore: Annotated[bool, typer.Option("--restore")] = False,
    json: Json = False,
) -> None:
    """Keep finished runs in a private repository of the hub, or bring them back from it onto an empty disk."""
    lab = output.lab()
    repository = to or lab.settings.keep
    if not repository:
        raise UsageError("space.no_keep")
    keeper = Keeper(lab.workspace, repository, HubAccess.read())
    told: dict[str, Any] = {"repository": repository}
    if restore:
        told["restored"] = keeper.restore()
        done = ("space.restored", {"count": told["restored"]})
    else:
        kept = keeper.keep()
        told |= {"sent": kept.sent, "deleted": kept.gone, "total": kept.total}
        done = ("space.kept", {"sent": kept.sent, "gone": kept.gone, "total": kept.total})
    if json:
        output.document(told)
    else:
        output.say(done[0], repository=repository, **done[1])


def story(
    run: Annotated[str, typer.Argument(metavar="RUN")],
    out: Annotated[str, typer.Argument(metavar="OUT")],
    lang: Annotated[str, typer.Option("--lang", metavar="zh|en")] = "",
    secrets: Annotated[bool, typer.Option("--with-secrets")] = False,
    json: Json = False,
) -> None:
    """One HTML file about a run: verdict, curve, answers before and after, evidence. In both languages."""
    lab = output.lab()
    first = lang or output.language()
    if first not in LANGUAGES:
        raise UsageError("story.bad_language", value=first, allowed=", ".join(LANGUAGES))
    made = lab.story(lab.runs.get(run), secrets=secrets, language=output.language())
    place = Path(out).expanduser().absolute()
    if not place.parent.is_dir():
        raise UsageError("ship.not_writable", folder=str(place.parent))
    write_text(place, html(made, first))
    told = {"file": str(place), "answers": len(made.records) + 2 * len(made.lesson)}
    if json:
        evaluation = made.board.evaluation.id if made.board else None
        output.document({"run": made.run.id, **told, "bytes": place.stat().st_size, "evaluation": evaluation})
    else:
        output.say("story.written", name=made.run.name, kilobytes=place.stat().st_size // 1000, **told)


def _order(to: str, hardware: str, *, private: bool, storage: str, keep: str) -> Order:
    """What ``spaces.yaml`` and the options ask of the hub; values of secrets come from the environment."""
    about = described()
    names = [*about.get("secrets", []), *(["HF_TOKEN"] if keep else [])]
    values = {name: secret(name) for name in dict.fromkeys(names)}
    return Order(
        repository=to,
        hardware=hardware or about["suggested_hardware"],
        hardware_if_new=not hardware,
        private=private,
        storage=storage,
        keep=keep,
        variables={**about.get("variables", {}), **({"LAB_KEEP": keep} if keep else {})},
        secrets={name: value for name, value in values.items() if value},
    )


def _missing(order: Order) -> list[str]:
    return [name for name in described().get("secrets", []) if name not in order.secrets]


def _list(contents: Contents, order: Order | None) -> None:
    """What would be written and uploaded, before anything is."""
    sizes = {"files": len(contents.parts), "megabytes": _megabytes(contents.size)}
    output.say("space.listing", name=contents.run.name, **sizes)
    for kind, (files, size) in contents.by_kind().items():
        output.say("space.listed", what=output.word(f"space.kind_{kind}"), files=files, megabytes=_megabytes(size))
    output.say("space.rows_left", rows=len(contents.rows), left=contents.rows_left)
    if contents.answers:
        output.say("space.answers_along", answers=contents.answers)
    if order:
        seen = output.word("space.private" if order.private else "space.public")
        if_new = output.word("space.hardware_if_new", hardware=order.hardware)
        asked = if_new if order.hardware_if_new else order.hardware
        output.say("space.asks", repository=order.repository, visibility=seen, hardware=asked)
        output.say("space.storage_mounted" if order.storage else "space.storage_none", bucket=order.storage)
        if order.keep:
            output.say("space.keeps", repository=order.keep)
        output.say("space.variables_set", names=", ".join(order.variables))
        if order.secrets:
            output.say("space.secrets_set", names=", ".join(order.secrets))
        if _missing(order):
            output.say("space.secrets_missing", names=", ".join(_missing(order)))


def _ask(json: bool) -> None:
    """Leave unless a person says yes."""
    if json:
        raise UsageError("space.needs_yes")
    if not typer.confirm(output.word("space.confirm")):
        output.note("space.not_uploaded")
        raise typer.Exit(1)


def _deploy(contents: Contents, out: str, order: Order) -> Deployed:
    if out:
        return deploy(Path(out).expanduser().absolute(), order, HubAccess.read())
    with tempfile.TemporaryDirectory() as beside:
        folder = Path(beside) / contents.run.name
        write(contents, folder)
        return deploy(folder, order, HubAccess.read())


def _told(contents: Contents, out: str, deployed: Deployed | None) -> None:
    if out:
        output.say("space.written", folder=out, files=len(contents.parts), megabytes=_megabytes(contents.size))
    if deployed:
        output.say("space.deployed", address=deployed.address)


def _document(
    contents: Contents, order: Order | None, out: str, deployed: Deployed | None, *, dry_run: bool
) -> dict[str, Any]:
    """What ``space --json`` prints: names of secrets, never their values."""
    asked = order and {
        "repository": order.repository,
        "hardware": order.hardware,
        "private": order.private,
        "storage": order.storage or None,
        "keep": order.keep or None,
        "variables": order.variables,
        "secrets": sorted(order.secrets),
        "secrets_missing": _missing(order),
    }
    return {
        "run": contents.run.id,
        "folder": str(Path(out).expanduser().absolute()) if out and not dry_run else None,
        "files": [{"path": part.path, "bytes": part.size, "kind": part.kind} for part in contents.parts],
        "bytes": contents.size,
        "rows": len(contents.rows),
        "rows_left": contents.rows_left,
        "answers": contents.answers,
        "evaluation": contents.evaluation or None,
        "asked": asked,
        "address": deployed.address if deployed else None,
        "made": deployed.made if deployed else None,
        "private": deployed.private if deployed else None,
        "dry_run": dry_run,
    }


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"
