"""What a section of the Scoreboard is: a part of the tab that draws one evaluation and wires its own events.

To add one, write a class with these three and put it into ``SECTIONS`` or ``DIAGNOSTICS`` of ``lab.ui.tabs.board``:

    def __init__(self, page: Page) -> None
    def build(self) -> None                                   lays itself out; afterwards ``outputs`` holds its parts
    def draw(self, shown: Shown | None) -> dict[Any, Any]     updates of its ``outputs``; ``None``: nothing to show

Knows: what sections are given. Must not know any of them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from lab import evals
from lab.evals import Board, Evaluation
from lab.evals.changes import Stored
from lab.lab import Lab
from lab.ui import contestants
from lab.ui.page import SECONDS_BETWEEN_TICKS, Page, Selection

SECONDS_BETWEEN_BOARDS = 10.0


@dataclass(frozen=True)
class Shown:
    """The evaluation that the tab shows, and what is derived from it, each worked out when first asked for."""

    lab: Lab
    language: str
    selection: Selection
    evaluation: Evaluation
    active: bool
    """Whether questions are still being answered."""

    @property
    def folder(self) -> Path:
        """The job folder of the evaluation."""
        return self.lab.workspace.job(self.evaluation.id)

    @property
    def waits(self) -> bool:
        """Whether only the whole is worked out: so many answers are still coming in that each look would take long."""
        return self.active and evals.is_large(self.evaluation)

    @property
    def moves(self) -> bool:
        """Whether it is time to draw it anew: now and then while answers come in, and when they have just ended.

        A board is long: drawn at every tick it took the browser most of a processor from whatever was running.
        """
        if self.active:
            return not self.waits and time.time() % SECONDS_BETWEEN_BOARDS < SECONDS_BETWEEN_TICKS
        status = self.folder / "status.json"
        return status.is_file() and time.time() - status.stat().st_mtime < 3 * SECONDS_BETWEEN_TICKS

    @cached_property
    def board(self) -> Board:
        """The board as far as it has come."""
        return evals.board(self.lab.workspace, self.evaluation)

    @cached_property
    def questions(self) -> Stored:
        """Every question; the answers stay on the disk until they are looked at."""
        return evals.questions(self.lab.workspace, self.evaluation)

    @cached_property
    def names(self) -> dict[str, str]:
        """What contestants are called on the page."""
        return contestants.names(self.lab, self.language, [one.name for one in self.evaluation.contestants])


def shown(page: Page, selection: Selection) -> Shown | None:
    """The chosen evaluation, once its worker has begun; the newest of the data set, where none is chosen."""
    data = page.data(selection)
    found = evals.evaluations(page.lab.workspace, None if selection.evaluation or not data else data.dataset)
    one = next((one for one in found if one.id == selection.evaluation or not selection.evaluation), None)
    if one is None:
        return None
    job = next((job for job in page.lab.jobs.all("eval") if job.id == one.id), None)
    return Shown(page.lab, page.language, selection, one, job is not None and not job.is_final)


class Section(Protocol):
    """A part of the Scoreboard that draws one evaluation."""

    outputs: list[Any]

    def build(self) -> None:
        """Lay out and wire the section in the current context."""

    def draw(self, shown: Shown | None) -> dict[Any, Any]:
        """Updates of ``outputs``; ``None``: there is no evaluation to show."""
