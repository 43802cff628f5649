"""Commands of ``train``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from lab import adopting
from lab.cli.jobs import finish, follow
from lab.cli.output import document, lab, language, note, say
from lab.evals import targets
from lab.jobs import JobView
from lab.lab import Lab
from lab.runs import DEFAULT_BASE
from lab.train import parent_named, start
from lab.train.estimate import estimate
from lab.train.recipe import METHODS, PRESETS, recipe, settings


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("train")(train)
    app.command("adopt")(adopt)


def train(
    data: Annotated[str, typer.Option(help="Name of the data set.")],
    name: Annotated[str, typer.Option(help="What the run is called, as in ft-travel.")] = "",
    base: Annotated[str, typer.Option(help="Catalogue name, hub:OWNER/NAME or folder.")] = "",
    method: Annotated[str, typer.Option(help=" | ".join(METHODS))] = "lora",
    preset: Annotated[str, typer.Option(help=" | ".join(PRESETS))] = "demo",
    changes: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE")] = None,
    parent: Annotated[str, typer.Option("--from", metavar="RUN[@STEP]", help="Go on from this run's weights.")] = "",
    target: Annotated[str, typer.Option(help="What good enough is, as in right>=0.8; kept with the data set.")] = "",
    detach: Annotated[bool, typer.Option("--detach", help="Return at once.")] = False,
    as_document: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train a run on a data set. Ctrl-C leaves it running."""
    room = lab()
    if target:
        targets.say(room.datasets, data, target)
    before, step = parent_named(room.runs, parent) if parent else (None, 0)
    made, base = recipe(preset, method, **settings(changes or [])), base or (before.base if before else DEFAULT_BASE)
    sys.stderr.write(estimate(room.runs, room.datasets.get(data), base, made).told(language()) + "\n")
    view = start(
        room.jobs,
        room.datasets,
        dataset=data,
        name=name or data,
        base=base,
        recipe=made,
        parent=before,
        parent_step=step,
        models=room.models,
    )
    report_run(room, view, detach=detach, as_document=as_document)


def report_run(room: Lab, view: JobView, *, detach: bool, as_document: bool) -> None:
    """Follow a run to its end and tell what came of it; with ``detach`` only that it was submitted."""
    if detach:
        document({"run": view.id, "state": view.state}) if as_document else say("jobs.submitted", job=view.id)
        return
    note("jobs.submitted", job=view.id)
    view = follow(room.jobs, view.id)
    if as_document:
        document(as_json(room, view))
    elif view.status.result.get("run"):
        _tell(view)
    finish(view)


def adopt(
    source: Annotated[str, typer.Argument(metavar="DIR|hub:OWNER/NAME")],
    name: Annotated[str, typer.Option(help="What the run is called, as in ft-travel.")] = "",
    base: Annotated[str, typer.Option(help="Catalogue name, hub:OWNER/NAME or folder.")] = "",
    as_document: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Take in an adapter trained elsewhere (LLaMA-Factory, Unsloth, TRL): from then on it is a run like any other."""
    room = lab()
    run = adopting.adopt(source, room.runs, room.models, name=name, base=base)
    if as_document:
        document({"run": run.id, "name": run.name, "base": run.base, "adapter": run.adapter_hash})
    else:
        say("models.adopted", name=run.name, base=run.base)


def as_json(room: Lab, view: JobView) -> dict[str, Any]:
    """What ``train --json`` prints."""
    result = view.status.result
    weights = room.runs.weights(room.runs.get(view.id)) if result.get("run") else None
    return {
        "run": view.id,
        "name": result.get("name"),
        "state": view.state,
        "base": view.spec.options["base"],
        "adapter": str(weights) if weights else None,
        "steps": result.get("steps"),
        "left_out": result.get("left_out"),
        "train_seconds": result.get("train_seconds"),
        "tokens": result.get("tokens"),
        "tokens_per_second": result.get("tokens_per_second"),
        "final": result.get("final", {"train_loss": None, "eval_loss": None}),
    }


def _tell(view: JobView) -> None:
    result = view.status.result
    say(
        "train.finished",
        name=result["name"],
        steps=result["steps"],
        seconds=round(result["train_seconds"]),
        loss=f"{result['final']['train_loss']:.3f}",
    )
    if result["left_out"]:
        say("train.left_out", count=result["left_out"], job=view.id)
