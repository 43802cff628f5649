"""Commands of ``data``, one module a kind of work.

taking     check, add, samples, rules
keeping    list, show, edit, diff, merge, delete, restore
looking    health, render
giving     export, push
naming     files, samples, hub names, versions as a person writes them
showing    problems, versions and rows as lines and as JSON
"""

from __future__ import annotations

import typer

from lab.cli.data import giving, joining, keeping, looking, taking


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    data = typer.Typer(no_args_is_help=True)
    for area in (taking, keeping, joining, looking, giving):
        for name, command in area.COMMANDS.items():
            data.command(name)(command)
    app.add_typer(data, name="data")
