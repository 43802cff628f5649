"""What can be set on the engine, and what it says of itself. Must not know how it works."""

from __future__ import annotations

from dataclasses import dataclass

from lab.fields import knob


@dataclass(frozen=True)
class EngineOptions:
    """Everything a person can set on the engine."""

    idle_minutes: float = knob(10.0, "engine.idle_minutes", low=0.01, high=10_000)
    """Without a question for that long the engine ends and its memory returns."""
    rows: int = knob(16, "engine.rows", low=1, high=256, advanced=True)
    """Answers written at the same time; further questions wait."""
    precision: str = knob("auto", "engine.precision", choices=("auto", "float32", "bfloat16"), advanced=True)
    """``auto``: float32 up to 600 million parameters, since only then an answer does not depend on which other
    questions share its batch (bfloat16 changed 3 of 10 greedy answers of the bundled model); else bfloat16."""
    own_groups: int = knob(2, "engine.own_groups", low=1, high=16, advanced=True)
    """Models kept in memory besides the first: other bases, full fine-tunes and adapters that cannot share a base."""


@dataclass(frozen=True)
class EngineStatus:
    """What a running engine says of itself."""

    pid: int
    port: int
    version: str
    device: str
    """``cpu`` or the name of the GPU; empty before the first question."""
    loaded: tuple[str, ...]
    """The models in memory, by the name they are asked by."""
    answering: int
    waiting: int
    megabytes: int
    """Memory the process holds."""
    idle_seconds: float
