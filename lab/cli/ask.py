"""Commands ``ask`` and ``serve``."""

from __future__ import annotations

import json
import shlex
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Annotated, Any

import typer
import uvicorn
from starlette.applications import Starlette

from lab.api import routes
from lab.cli.output import document, lab, language, note, say
from lab.engine.client import conversation
from lab.engine.names import served, wanted
from lab.errors import EngineError, UsageError
from lab.records import Answer, Contestant, Decoding, Message
from lab.runs import contestant, contestants, with_decoding


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("ask")(ask)
    app.command("serve")(serve)


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
    if not question.strip():
        raise UsageError("engine.nothing_asked")
    if data:
        room.datasets.get(data)
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


def serve(
    model: Annotated[str, typer.Argument(metavar="CONTESTANT", help="Whom the curl line asks.")] = "base",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 7861,
) -> None:
    """Serve /v1 and /healthz on this machine, without the page, until Ctrl+C."""
    room = lab()
    room = type(room)(replace(room.settings, host="127.0.0.1"))
    one = contestant(model, room.runs, room.datasets)
    name = model.split("+")[0]
    wanted(name, room.runs)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            raise EngineError("engine.port_taken", port=port) from None
        room.engine.ensure()
        listener.listen()  # before the line is told: whoever pastes it at once waits instead of being refused
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        say("engine.serving", models=", ".join(served(room.runs)), address=address)
        question = room.example(room.runs.get(one.run)) if one.run else _question()
        print(curl_line(one, question, name, address), flush=True)
        config = uvicorn.Config(Starlette(routes=routes(room)), log_level="warning", lifespan="off")
        uvicorn.Server(config).run(sockets=[listener])


def _question() -> tuple[Message, ...]:
    """What a base is asked; a run is asked what its own data asks."""
    return (Message("user", "你好，你是谁？" if language() == "zh" else "What is the capital of France?"),)


def curl_line(one: Contestant, question: tuple[Message, ...], name: str, address: str) -> str:
    """One shell line that asks the contestant, with its system prompt and examples."""
    turns = conversation(one, question)
    body = {"model": name, "messages": [{"role": turn.role, "content": turn.content} for turn in turns]}
    said = shlex.quote(json.dumps(body, ensure_ascii=False))
    return f"curl -s {address}/v1/chat/completions -H 'Content-Type: application/json' -d {said}"
