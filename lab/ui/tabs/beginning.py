"""What a run begins with: a fresh start, the end of another run, or one of its checkpoints.

Knows: how these are named on the page. Must not know the form they are chosen in.
"""

from __future__ import annotations

from lab import words
from lab.lab import Lab
from lab.records import Run
from lab.train import checkpoints


def choices(lab: Lab, language: str) -> list[tuple[str, str]]:
    """(label, value) of each; the values are as ``train --from`` takes them."""
    found = [(words.say("ui_train.parent_none", language), "")]
    for run in lab.runs.all():
        name = lab.runs.called(run)
        found.append((words.say("ui_train.parent_end", language, name=name), name))
        for step in reversed(checkpoints.sealed(lab.runs.folder(run))):
            if step != run.steps:
                found.append((words.say("ui_train.parent_step", language, name=name, step=step), f"{name}@{step}"))
    return found


def said(lab: Lab, run: Run, language: str) -> str:
    """What ``run`` went on from; empty where it began anew."""
    if not run.parent:
        return ""
    here = {one.id: one.name for one in lab.runs.all()}
    name = here.get(run.parent) or words.say("disk.no_longer", language, name=run.parent)
    key = "ui_train.parent_step" if run.parent_step else "ui_train.parent_end"
    return words.say(key, language, name=name, step=run.parent_step)
