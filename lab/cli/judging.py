"""Commands around an evaluation: ``target``, what good enough is.

Knows: their options. Must not know how answers are judged.
"""

from __future__ import annotations

from typing import Annotated

import typer

from lab.cli.output import document, lab, language, say
from lab.evals import targets
from lab.evals.verdict import target_text
from lab.records import to_json

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("target")(target)


def target(
    data: Annotated[str, typer.Argument(metavar="DATASET")],
    text: Annotated[str, typer.Argument(metavar="'right>=0.8'")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="From now on there is none.")] = False,
    as_document: JsonOption = False,
) -> None:
    """Say, before training, what good enough is; without a target, show it. Evaluations take it by themselves."""
    room = lab()
    if text or clear:
        targets.say(room.datasets, data, "" if clear else text)
    version = room.datasets.get(data)
    now = targets.current(room.workspace, version.dataset)
    if as_document:
        earlier = [to_json(one) for one in targets.said(room.workspace, version.dataset)]
        document({"dataset": version.dataset, "target": now and to_json(now), "said": earlier})
    elif now is None:
        say("target.said_nothing", dataset=version.dataset)
    else:
        told = target_text(now.text, version.checks, language())
        say("target.said", dataset=version.dataset, target=told, time=now.time[:16].replace("T", " "))
