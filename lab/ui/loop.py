"""The loop bar: the six stages, what is chosen at each, what runs, and the next sensible step.

Knows: how a lab and a visitor's selection become six stages and how these are drawn. Must not know gradio.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lab import words
from lab.ui.present import meter, percent, tag, text

STAGES = ("data", "baseline", "train", "compare", "score", "ship")
TAB_OF = {
    "data": "data",
    "baseline": "compare",
    "train": "train",
    "compare": "compare",
    "score": "board",
    "ship": "train",
}


@dataclass(frozen=True)
class Stage:
    """One station of the loop."""

    name: str
    """One of ``STAGES``."""
    chosen: str = ""
    """What is chosen or reached here; empty when nothing is."""
    share: float | None = None
    """How much of what runs here is done; ``None`` when nothing runs."""
    next: bool = False
    """The next sensible step."""


def with_next(stages: list[Stage]) -> list[Stage]:
    """The same stages, the one after the last that is reached or runs marked as the next step."""
    last = max((index for index, stage in enumerate(stages) if stage.chosen or stage.share is not None), default=-1)
    return [replace(stage, next=index == last + 1) for index, stage in enumerate(stages)]


def bar(stages: list[Stage], language: str) -> str:
    """The loop bar as HTML; a click on a stage reports its tab."""
    items = "".join(_station(stage, language) for stage in stages)
    return tag("nav", tag("ol", items), class_="loop", aria_label=words.say("ui.loop_label", language))


def _station(stage: Stage, language: str) -> str:
    name = words.say(f"ui.stage_{stage.name}", language)
    state = "running" if stage.share is not None else "next" if stage.next else "reached" if stage.chosen else "ahead"
    note = stage.chosen or words.say("ui.stage_next" if stage.next else "ui.stage_ahead", language)
    if stage.share is not None:
        done = percent(stage.share, language)
        note = f"{stage.chosen} · {done}" if stage.chosen else done
    inside = tag("span", text(name), class_="stage-name") + tag("span", text(note), class_="stage-note", title=note)
    if stage.share is not None:
        inside += meter(stage.share, name)
    button = tag(
        "button",
        inside,
        type="button",
        data_pick=TAB_OF[stage.name],
        title=words.say(f"ui.stage_{stage.name}_help", language),
    )
    return tag("li", button, class_=f"stage {state}")
