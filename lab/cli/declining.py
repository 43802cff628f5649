"""Command ``decline``.

Must not know how questions are found.
"""

from __future__ import annotations

from typing import Annotated

import typer

from lab import synth
from lab.cli import output


def register(app: typer.Typer) -> None:
    """Add this area's command to ``app``."""
    app.command("decline")(decline)


def decline(
    dataset: Annotated[str, typer.Argument(metavar="N")],
    name: Annotated[str, typer.Option("--name", metavar="M")],
    share: Annotated[int, typer.Option("--share", metavar="PERCENT")] = synth.DECLINING_SHARE,
    json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Add questions that nothing in a data set answers, with an answer that says so; some are kept for the test."""
    lab = output.lab()
    made = synth.decline_dataset(lab.datasets, dataset, name, share)
    version = made.version
    if made.train < made.wanted:
        output.note("declining.fewer", wanted=made.wanted)
    output.note("declining.steps")
    if json:
        output.document(
            {
                "dataset": version.dataset,
                "version": version.version,
                "train": made.train,
                "test": made.test,
                "share": made.share,
                "splits": version.splits,
            }
        )
        return
    told = {"dataset": version.dataset, "version": version.version, "share": made.share}
    output.say("declining.added", train=made.train, test=made.test, **told)
