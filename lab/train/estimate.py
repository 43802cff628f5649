"""How long a run would take, before it starts: from the recipe, the rows and how fast earlier runs went here.

Knows: how steps follow from epochs and a time budget, as the worker has it. A pace is taken from runs of this machine
only, never from recorded ones. Must not know torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from lab import words
from lab.records import Run, Version
from lab.runs import Runs
from lab.train.recipe import SftRecipe, read

ENOUGH = 4
"""Steps a run must have made before its pace is believed."""


@dataclass(frozen=True)
class Estimate:
    """What a run would come to."""

    rows: int
    steps: int
    """With a time budget whose pace is not known yet: at most."""
    passes: float
    seconds: float | None
    """``None`` where nothing like it ran here yet and no budget says it."""
    after: str
    """The run whose pace it is; empty where there is none."""

    def told(self, language: str) -> str:
        """The estimate as a sentence."""
        known = {"rows": self.rows, "steps": self.steps, "passes": f"{self.passes:.3g}", "run": self.after}
        if self.seconds is None:
            return words.say("train.estimate_unknown", language, **known)
        minutes = f"{max(0.1, self.seconds / 60):.1f}"
        key = "train.estimate" if self.after else "train.estimate_budget"
        return words.say(key, language, minutes=minutes, **known)


def estimate(runs: Runs, version: Version, base: str, recipe: SftRecipe) -> Estimate:
    """What a run by ``recipe`` on ``version`` would come to."""
    rows, batch = version.splits.get("train", 0), recipe.batch_size * recipe.accumulation
    each = max(1, math.ceil(rows / batch))
    steps = recipe.max_steps or max(1, math.ceil(each * recipe.epochs))
    alike = [run for run in runs.all() if _is_like(runs, run, base, recipe)]
    # As the worker has it: slower ones shared the machine.
    like = min(alike, key=_pace, default=None)
    pace = _pace(like) if like else None
    seconds = steps * pace if pace else None
    if recipe.time_budget and not recipe.max_steps:
        if pace:
            steps = max(1, min(steps, int(recipe.time_budget / pace)))
        seconds = steps * pace if pace else recipe.time_budget
    return Estimate(rows, steps, steps / each, seconds, like.name if like else "")


def _pace(run: Run) -> float:
    """Seconds of a step."""
    return run.train_seconds / run.steps


def _is_like(runs: Runs, run: Run, base: str, recipe: SftRecipe) -> bool:
    """Whether a step of the run was as much work as one of ``recipe``, and it had enough of them to tell."""
    path = runs.folder(run) / "recipe.yaml"
    if run.recorded or run.steps < ENOUGH or (run.base, run.method) != (base, recipe.method) or not path.is_file():
        return False
    used = read(path)
    return used.batch_size * used.accumulation == recipe.batch_size * recipe.accumulation
