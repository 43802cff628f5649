"""``lab sessions``: who is signed in at the lab that is being served here, and ending it.

Knows: its options. Must not know how anybody signs in.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from lab import words
from lab.cli.output import document, lab, language, say

EVERYBODY = "all"
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add this area's command to ``app``."""
    app.command("sessions")(sessions)


def sessions(
    end: Annotated[str, typer.Option("--end", metavar="ID|all", help="End this session, or all.")] = "",
    as_document: JsonOption = False,
) -> None:
    """Who is signed in at the lab served from this workspace; --end signs somebody out."""
    open_ones = lab().access.sessions
    ended = []
    if end:
        wanted = [one.id for one in open_ones.all()] if end == EVERYBODY else [end]
        ended = [open_ones.end(one) for one in wanted]
    found = open_ones.all()
    if as_document:
        document({"sessions": [asdict(one) for one in found], "ended": [one.id for one in ended]})
        return
    for one in ended:
        say("access.session_ended", id=one.id, name=one.name)
    if not found:
        say("access.nobody_signed_in")
    for one in found:
        role = words.say("access.you_host" if one.host else "access.you_visitor", language())
        since = datetime.fromtimestamp(one.since, UTC).isoformat(" ", "minutes")
        typer.echo(f"{one.id}  {since}  {role}  {one.name}".rstrip())
