"""The command line: ``python -m lab …``.

Knows: the commands of every area (one module each) and how an error becomes a sentence and an exit status:
0 done, 1 refused or failed with a sentence on stderr, 2 usage. With ``--json`` a command prints one JSON
document on stdout and nothing else there. Must not know how anything is done.
"""

from __future__ import annotations

import sys

import typer

from lab.cli import (
    ask,
    clean,
    data,
    declining,
    demo,
    evals,
    guide,
    jobs,
    judge,
    judging,
    sessions,
    ship,
    space,
    synth,
    teach,
    train,
    votes,
)
from lab.cli.output import language
from lab.errors import LabError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for area in (
    data,
    synth,
    declining,
    train,
    teach,
    jobs,
    ask,
    evals,
    judging,
    judge,
    votes,
    sessions,
    ship,
    space,
    clean,
    demo,
):
    area.register(app)
guide.speaking(app)


def main() -> int:
    """Run one command; returns the exit status."""
    try:
        status = app(standalone_mode=False)
    except LabError as error:
        sys.stderr.write(error.sentence(language()) + "\n")
        return 1
    except typer.TyperException as error:  # typer 0.29 carries its own copy of click: its errors are not click's
        sys.stderr.write(guide.error_lines(error).rstrip("\n") + "\n")
        return 2
    except (typer.Abort, KeyboardInterrupt):
        return 1
    return status if isinstance(status, int) else 0
