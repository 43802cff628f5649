"""The runs shipped with the lab, so that Compare and Scoreboard are alive before anything is trained.

Knows: that ``data/recorded`` holds part of a workspace (data sets, runs with their adapters, evaluations) and how each
part is copied in once; the lessons, questions and votes below ``demo``, which have no weights and are there only as
long as the lab plays; and the selection a lab that was made for one run opens with. What is copied is like anything
else in the workspace, marked as recorded; deleted, it stays deleted. Must not know how it was made
(``data/recorded/make.py``, ``lab.ship.space``).
"""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Iterator
from pathlib import Path

from lab.settings import PROJECT
from lab.workspace import Workspace, locked, read_json, write_json

RECORDED = PROJECT / "data" / "recorded"
OPENING = "opening.json"
ANSWER_KEY = "answer-key"
"""The voter of recorded votes: nobody sat in the room, so what the data holds right was chosen."""
DEMO = "demo"
"""The folder of what only a lab that plays shows, and how its parts begin in the list of what was brought."""


def bring_in(workspace: Workspace, recorded: Path = RECORDED, *, demo: bool = False) -> None:
    """Copy the shipped data sets and jobs into the workspace, each only once.

    A lab that plays (``demo``) gets what only such a lab shows; any other gives it back, unchanged as it is.
    """
    with locked(workspace.root / ".recorded.lock"):
        before = read_json(workspace.recorded(), [])
        brought = list(before)
        parts = [*_parts(recorded, workspace), *(_parts(recorded / DEMO, workspace, f"{DEMO}/") if demo else ())]
        for name, part, place in parts:
            if name not in before and not (name.startswith(DEMO) and place.exists()):
                _copy(part, place, workspace.root / ".recorded.new")
                brought.append(name)
        if not demo:
            brought = [name for name in brought if not name.startswith(DEMO)]
            for name, part, place in _parts(recorded / DEMO, workspace, f"{DEMO}/"):
                if name in before:
                    _take_away(part, place)
        if brought != before or not workspace.recorded().exists():
            write_json(workspace.recorded(), brought)


def _parts(recorded: Path, workspace: Workspace, head: str = "") -> Iterator[tuple[str, Path, Path]]:
    """(name, folder or file, its place in the workspace) of all that is shipped there."""
    homes = (("datasets/*/", workspace.datasets()), ("jobs/*/", workspace.jobs()), ("chat/*.jsonl", workspace.chat()))
    for pattern, home in homes:
        for part in sorted(recorded.glob(pattern)):
            yield f"{head}{part.parent.name}/{part.name}", part, home / part.name


def opening(recorded: Path = RECORDED) -> dict[str, str]:
    """What the page shows when its address says nothing: empty, but for a lab made to show one run."""
    return read_json(recorded / OPENING, {})  # type: ignore[no-any-return]


def _copy(part: Path, place: Path, beside: Path) -> None:
    """The folder or file at ``place``, whole or not at all; what is there already stays.

    ``beside`` lies outside the folder of jobs, where a half-copied job would be listed as one.
    """
    if place.exists():
        return
    shutil.rmtree(beside, ignore_errors=True)
    beside.unlink(missing_ok=True)
    if part.is_dir():
        shutil.copytree(part, beside)
    else:
        shutil.copyfile(part, beside)
    beside.replace(place)


def _take_away(part: Path, place: Path) -> None:
    """Remove what was brought, unless something was added to it: a version of a data set, or a line."""
    told, there = (one / "head.json" if place.is_dir() else one for one in (part, place))
    if there.exists() and not filecmp.cmp(told, there, shallow=False):
        return
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
