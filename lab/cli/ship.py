"""Command ``ship``.

Must not know how a run is exported.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lab.cli import output
from lab.cli.jobs import finish, follow
from lab.jobs import JobView
from lab.ship import FORMATS, LATER, start

RunName = Annotated[str, typer.Argument(metavar="RUN")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("ship")(ship)


def ship(
    run: RunName,
    out: Annotated[str, typer.Argument(metavar="OUT")],
    format: Annotated[str, typer.Option("--format", metavar="|".join((*FORMATS, *LATER)))] = "adapter",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Write a run as a folder with a README: the adapter, or the merged model. Ctrl-C leaves the job at work."""
    lab = output.lab()
    language = output.language()
    view = start(lab.jobs, lab.runs.get(run), format, out, models=lab.models, language=language)
    output.note("jobs.submitted", job=view.id)
    view = follow(lab.jobs, view.id)
    if json:
        output.document(as_json(view))
    elif view.state == "done":
        _tell(view.status.result)
    finish(view)


def as_json(view: JobView) -> dict[str, Any]:
    """What ``ship --json`` prints."""
    result = view.status.result
    return {
        "job": view.id,
        "state": view.state,
        "run": view.spec.options["run"],
        "format": view.spec.options["format"],
        "folder": result.get("folder"),
        "files": result.get("files", []),
        "parity": result.get("parity"),
    }


def _tell(result: dict[str, Any]) -> None:
    output.say("ship.done", name=result["name"], folder=result["folder"], format=result["format"])
    parity = result.get("parity")
    if parity and parity["prompts"]:
        same, difference = parity["same_answers"], f"{parity['max_logit_difference']:.3g}"
        if same == parity["prompts"]:
            output.say("ship.parity_same", prompts=same, difference=difference)
        else:
            output.say("ship.parity_differs", same=same, prompts=parity["prompts"], difference=difference)
