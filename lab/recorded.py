"""The runs shipped with the lab, so that Compare and Scoreboard are alive before anything is trained.

Knows: that ``data/recorded`` holds part of a workspace (a data set, a run with its adapter, an evaluation, in each
language) and how it is copied in once. What is copied is like anything else in the workspace, marked as recorded;
deleted, it stays deleted. Must not know how it was made (``data/recorded/make.py``).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.settings import PROJECT
from lab.workspace import Workspace, locked, write_json

RECORDED = PROJECT / "data" / "recorded"


def bring_in(workspace: Workspace, recorded: Path = RECORDED) -> None:
    """Copy the shipped data sets and jobs into the workspace, the first time only."""
    marker = workspace.root / "recorded.json"
    with locked(workspace.root / ".recorded.lock"):
        if marker.exists():
            return
        brought = []
        for kind, home in (("datasets", workspace.datasets()), ("jobs", workspace.jobs())):
            for folder in sorted((recorded / kind).glob("*/")):
                _copy(folder, home / folder.name, workspace.root / ".recorded.new")
                brought.append(f"{kind}/{folder.name}")
        write_json(marker, brought)


def _copy(folder: Path, place: Path, beside: Path) -> None:
    """The folder at ``place``, whole or not at all; what is there already stays.

    ``beside`` lies outside the folder of jobs, where a half-copied job would be listed as one.
    """
    if place.exists():
        return
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(folder, beside)
    beside.replace(place)
