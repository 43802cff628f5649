"""``lab votes``: what people chose blind.

Knows: its options. Must not know how votes are kept.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lab.chat import telling
from lab.chat.votes import Result, Votes
from lab.cli.output import document, lab, note, say
from lab.records import to_json

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add this area's command to ``app``."""
    app.command("votes")(votes)


def votes(
    start: Annotated[
        str, typer.Option("--open", metavar="EVALUATION|duels", help="Open a vote on these answers.")
    ] = "",
    ask: Annotated[list[str] | None, typer.Option(help="Open a vote on this new question; may be repeated.")] = None,
    between: Annotated[str, typer.Option(metavar="CONTESTANT,CONTESTANT", help="Who answers --ask.")] = "",
    data: Annotated[str, typer.Option(help="Data set whose system prompt new questions get.")] = "",
    as_document: JsonOption = False,
) -> None:
    """Blind votes: the result of the newest, and with --json every vote; --open starts one on answers given before."""
    room = lab()
    if start:
        room.open_poll("" if start == "duels" else start)
    elif ask:
        a, _, b = between.partition(",")
        for done in room.ask_for_poll(a or "base", b or a, ask, data):
            if isinstance(done, int):
                note("votes.new_answered", n=done)
    kept = Votes(room.workspace)
    polls = kept.polls()
    if as_document:
        told = [{**_summary(kept.result(poll)), **to_json(poll)} for poll in polls]
        document({"polls": told, "votes": [to_json(vote) for vote in kept.votes()]})
        return
    if not polls:
        say("votes.none_title")
        return
    whole = kept.result(polls[0])
    say("votes.opened", n=len(polls[0].ballots), a=polls[0].a, b=polls[0].b)
    for key, values in [telling.result(whole, whole.b), *telling.notes(whole)]:
        say(key, **values)


def _summary(whole: Result) -> dict[str, Any]:
    def share(name: str) -> dict[str, Any]:
        one = getattr(whole, name)
        low, high = one.interval or (None, None)
        return {"k": one.k, "n": one.n, "value": one.value, "low": low, "high": high}

    return {
        "counts": whole.counts,
        "voters": whole.voters,
        "preferred": share("preferred"),
        "left": share("left"),
        "left_is_suspicious": whole.is_lopsided,
    }
