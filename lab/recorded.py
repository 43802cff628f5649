"""The runs shipped with the lab, so that Compare and Scoreboard are alive before anything is trained.

Knows: that ``data/recorded`` holds part of a workspace (data sets, runs with their adapters, evaluations) and how each
part is copied in once; and the selection a lab that was made for one run opens with. What is copied is like anything
else in the workspace, marked as recorded; deleted, it stays deleted. Must not know how it was made
(``data/recorded/make.py``, ``lab.ship.space``).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.settings import PROJECT
from lab.workspace import Workspace, locked, read_json, write_json

RECORDED = PROJECT / "data" / "recorded"
OPENING = "opening.json"


def bring_in(workspace: Workspace, recorded: Path = RECORDED) -> None:
    """Copy the shipped data sets and jobs into the workspace, each only once."""
    with locked(workspace.root / ".recorded.lock"):
        before = read_json(workspace.recorded(), [])
        brought = list(before)
        for kind, home in (("datasets", workspace.datasets()), ("jobs", workspace.jobs())):
            for folder in sorted((recorded / kind).glob("*/")):
                name = f"{kind}/{folder.name}"
                if name not in before:
                    _copy(folder, home / folder.name, workspace.root / ".recorded.new")
                    brought.append(name)
        if brought != before or not workspace.recorded().exists():
            write_json(workspace.recorded(), brought)


def opening(recorded: Path = RECORDED) -> dict[str, str]:
    """What the page shows when its address says nothing: empty, but for a lab made to show one run."""
    return read_json(recorded / OPENING, {})  # type: ignore[no-any-return]


def _copy(folder: Path, place: Path, beside: Path) -> None:
    """The folder at ``place``, whole or not at all; what is there already stays.

    ``beside`` lies outside the folder of jobs, where a half-copied job would be listed as one.
    """
    if place.exists():
        return
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(folder, beside)
    beside.replace(place)
