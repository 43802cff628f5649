"""Where a lab and a visitor stand on the loop: the facts behind the loop bar.

Knows: which records on disk answer for which stage. Must not know gradio.
"""

from __future__ import annotations

from lab.lab import Lab
from lab.ui.loop import Stage, with_next
from lab.ui.page import Selection


def busy(lab: Lab) -> bool:
    """Whether any job waits or runs."""
    return False


def stages(lab: Lab, selection: Selection, language: str) -> list[Stage]:
    """The six stages as things stand for this selection."""
    data = selection.data or next(iter(lab.datasets.names()), "")
    return with_next(
        [Stage("data", data), Stage("baseline"), Stage("train"), Stage("compare"), Stage("score"), Stage("ship")]
    )
