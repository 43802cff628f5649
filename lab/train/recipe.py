"""Every knob of a training run, stated once.

``SftRecipe`` makes the form, the options of ``train --set`` and the ``recipe.yaml`` of a run. Knows: defaults,
bounds and the three presets. Must not know torch or how training is done.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import yaml

from lab.errors import UsageError
from lab.fields import check, knob, knobs, parse
from lab.workspace import write_text

PRESETS = ("demo", "balanced", "quality")
METHODS = ("lora", "full")


@dataclass(frozen=True)
class SftRecipe:
    """How a run is trained. The numbers a preset leaves open are measured or counted before step 0."""

    preset: str = knob("demo", "train.preset", choices=PRESETS)
    method: str = knob("lora", "train.method", choices=METHODS)
    time_budget: float = knob(100.0, "train.time_budget", low=0, high=86400)
    """Seconds of training steps the number of steps is chosen for; 0: by epochs alone."""
    epochs: float = knob(30.0, "train.epochs", low=0.01, high=1000)
    """Passes over the data; with a time budget, the most it may come to."""
    max_steps: int = knob(0, "train.max_steps", low=0, high=1_000_000, advanced=True)
    """Steps to train; 0: from budget and epochs. A run's own ``recipe.yaml`` holds the number it used."""
    learning_rate: float = knob(1e-3, "train.learning_rate", low=1e-7, high=1.0)
    batch_size: int = knob(8, "train.batch_size", low=1, high=512)
    accumulation: int = knob(1, "train.accumulation", low=1, high=512, advanced=True)
    max_length: int = knob(1024, "train.max_length", low=16, high=131072)
    scheduler: str = knob("linear", "train.scheduler", choices=("linear", "cosine", "constant"), advanced=True)
    warmup: float = knob(0.05, "train.warmup", low=0, high=0.9, advanced=True)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = knob(0.0, "train.weight_decay", low=0, high=1, advanced=True)
    max_grad_norm: float = knob(1.0, "train.max_grad_norm", low=0, high=1000, advanced=True)
    lora_r: int = knob(16, "train.lora_r", low=1, high=512)
    lora_alpha: int = knob(32, "train.lora_alpha", low=1, high=2048)
    lora_dropout: float = knob(0.0, "train.lora_dropout", low=0, high=0.9)
    lora_layers: str = knob("all-linear", "train.lora_layers", choices=("all-linear", "attention"), advanced=True)
    rslora: bool = knob(False, "train.rslora", advanced=True)
    precision: str = knob("auto", "train.precision", choices=("auto", "bfloat16", "float32"), advanced=True)
    gradient_checkpointing: bool = knob(False, "train.gradient_checkpointing", advanced=True)
    checkpoint_every: int = knob(0, "train.checkpoint_every", low=0, high=1_000_000, advanced=True)
    """Steps between checkpoints; 0: four in a run."""
    evaluations: int = knob(4, "train.evaluations", low=0, high=1000, advanced=True)
    """How often the loss on validation rows is computed."""
    seed: int = knob(0, "train.seed", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        check(self)


_PRESETS: dict[str, dict[str, Any]] = {
    "demo": {},
    "balanced": {"time_budget": 0.0, "epochs": 10.0, "learning_rate": 5e-4, "lora_dropout": 0.05},
    "quality": {
        "time_budget": 0.0,
        "epochs": 20.0,
        "learning_rate": 3e-4,
        "lora_r": 32,
        "lora_alpha": 64,
        "lora_dropout": 0.05,
        "scheduler": "cosine",
        "evaluations": 10,
    },
}
_FULL_LEARNING_RATE = {"demo": 1e-4, "balanced": 5e-5, "quality": 3e-5}


def recipe(preset: str = "demo", method: str = "lora", **changes: Any) -> SftRecipe:
    """The recipe of ``preset`` for ``method`` with ``changes`` on top; raises ``UsageError`` on a bad value."""
    values = {"preset": preset, "method": method, **_PRESETS.get(preset, {})}
    if method == "full" and preset in _FULL_LEARNING_RATE:
        values["learning_rate"] = _FULL_LEARNING_RATE[preset]
    return changed(SftRecipe(**values), **changes)


def changed(made: SftRecipe, **changes: Any) -> SftRecipe:
    """``made`` with ``changes``; raises ``UsageError`` naming a knob that does not exist."""
    known = knobs(SftRecipe)
    for name in changes:
        if name not in known:
            raise UsageError("fields.unknown", name=name, allowed=", ".join(known))
    return replace(made, **changes)


def settings(texts: list[str]) -> dict[str, Any]:
    """The changes written as ``key=value`` texts; raises ``UsageError``."""
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError("train.bad_set", text=text)
        found[name.strip()] = parse(SftRecipe, name.strip(), value)
    return found


def write(path: Path, made: SftRecipe) -> None:
    """Put the recipe at ``path`` as YAML."""
    write_text(path, yaml.safe_dump(asdict(made), sort_keys=False, allow_unicode=True))


def read(path: Path) -> SftRecipe:
    """The recipe a run wrote; knobs it does not know keep their default."""
    return from_dict(yaml.safe_load(path.read_text("utf-8")))


def from_dict(values: dict[str, Any]) -> SftRecipe:
    """The recipe of stored values; unknown names are passed over, as of a newer lab."""
    names = {f.name for f in fields(SftRecipe)}
    return SftRecipe(**{name: value for name, value in values.items() if name in names})
