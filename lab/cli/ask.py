"""Commands ``ask`` and ``serve``."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Annotated, Any

import typer

from lab.cli.output import document, lab, note, say
from lab.records import Answer, Contestant, Decoding, Message
from lab.runs import contestants, with_decoding


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("ask")(ask)


def ask(
    models: Annotated[str, typer.Argument(metavar="CONTESTANT[,CONTESTANT…]", help="base, ft-…, base+prompt:FILE …")],
    question: Annotated[str, typer.Argument(help="What to ask.")],
    system: Annotated[str, typer.Option(help="System prompt for all of them.")] = "",
    data: Annotated[str, typer.Option(help="Data set that +few: takes its examples from.")] = "",
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, in tokens.")] = 128,
    min_tokens: Annotated[int, typer.Option(min=0, help="Shortest answer, in tokens.")] = 0,
    temperature: Annotated[float, typer.Option(min=0, max=2, help="0 takes the likeliest token.")] = 0.0,
    top_p: Annotated[float, typer.Option(min=0, max=1, help="Draw only from the likeliest tokens.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Same seed, same answer.")] = 0,
    as_document: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Ask one question of one or several contestants at once."""
    room = lab()
    decoding = Decoding(temperature, top_p, max_tokens, min_tokens, seed)
    named = [
        with_decoding(one, decoding) for one in contestants(models.split(","), room.runs, room.datasets, data or None)
    ]
    asked = [one if one.system is not None or not system else replace(one, system=system) for one in named]
    if room.engine.status() is None and any(one.url is None for one in asked):
        note("engine.starting")
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda one: room.engine.answer(one, (Message("user", question),)), asked))
    if as_document:
        document([as_json(one, answer) for one, answer in zip(asked, answers, strict=True)])
        return
    for one, answer in zip(asked, answers, strict=True):
        _tell(one, answer)


def as_json(contestant: Contestant, answer: Answer) -> dict[str, Any]:
    """What ``ask --json`` prints of one answer."""
    return {
        "model": contestant.name,
        "fingerprint": answer.fingerprint,
        "answer": answer.text,
        "tokens": answer.tokens,
        "seconds": answer.seconds,
        "first_token_seconds": answer.first_token_seconds,
    }


def _tell(contestant: Contestant, answer: Answer) -> None:
    first = "—" if answer.first_token_seconds is None else f"{answer.first_token_seconds:.2f}"
    say(
        "engine.asked",
        model=contestant.name,
        fingerprint=answer.fingerprint,
        tokens=answer.tokens,
        seconds=f"{answer.seconds:.2f}",
        first=first,
    )
    print(answer.text.strip() + "\n")
