"""Command ``demo``: the whole loop on shipped samples, without a browser.

Every step is the one its own command does: data add, reword, eval of the base, train, eval of both, board.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab import evals, ingest, synth
from lab.cli.evals import show_board
from lab.cli.jobs import finish, follow
from lab.cli.output import document, lab, language, note
from lab.evals.evaluation import load
from lab.jobs import JobView
from lab.lab import Lab
from lab.records import Version
from lab.runs import DEFAULT_BASE
from lab.train import start
from lab.train.recipe import recipe, settings

WORDINGS = 6
"""New wordings of each trained question."""


def register(app: typer.Typer) -> None:
    """Add this area's command to ``app``."""
    app.command("demo")(demo)


def demo(
    sample: Annotated[str, typer.Option(help="A shipped sample of rows; default: the family in your language.")] = "",
    changes: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="As of train.")] = None,
    as_document: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """The whole loop on a shipped sample: data, wordings, baseline, training, scoreboard. About five minutes."""
    room = lab()
    chosen = ingest.sample(sample or f"family-{language()}")
    wanted = recipe("demo", "lora", **settings(changes or []))
    version = _data(room, chosen)
    note("demo.data", dataset=version.dataset, **version.splits)
    note("demo.baseline")
    _done(room, _evaluate(room, version, ["base"]))
    note("demo.training")
    run = _done(
        room,
        start(
            room.jobs,
            room.datasets,
            dataset=version.dataset,
            name=version.dataset,
            base=DEFAULT_BASE,
            recipe=wanted,
            models=room.models,
        ),
    )
    note("demo.scoring")
    view = _done(room, _evaluate(room, version, ["base", run.id]))
    stored = load(view.folder)
    assert stored is not None, "a finished evaluation has a record"
    made = evals.board(room.workspace, stored)
    if as_document:
        document({"run": run.id, **evals.as_document(room.workspace, made)})
    else:
        show_board(room, made)


def _data(room: Lab, chosen: ingest.Sample) -> Version:
    """The sample as a data set, and more wordings of its facts where it teaches facts."""
    paths: list[Path] = list(chosen.paths)
    version, _ = ingest.add(room.datasets, paths, f"demo-{chosen.name}", checks=chosen.checks)
    if version.mode != "remember":
        return version
    return synth.reword_dataset(room.datasets, version.dataset, f"{version.dataset}-reworded", WORDINGS).version


def _evaluate(room: Lab, version: Version, models: list[str]) -> JobView:
    return evals.start(
        room.jobs, room.datasets, room.runs, dataset=version.dataset, models=models, models_folder=room.models
    )


def _done(room: Lab, view: JobView) -> JobView:
    ended = follow(room.jobs, view.id)
    finish(ended)
    return ended
