"""What answers cost: tokens, seconds, memory and room on the disk, by contestant.

    jobs/<id>/cost.json     what the machine was seen to use while the questions were asked

Knows: this file, and how costs are read off the records. Must not know whether an answer was right.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from lab import catalog
from lab.engine.client import Engine
from lab.evals.evaluation import KEEP_ALIVE, Evaluation, ItemRecord
from lab.records import Contestant, from_json, to_json
from lab.runs import Runs
from lab.workspace import read_json, write_json

LOOK_EVERY = 2.0
"""Seconds between two looks at how much memory the engine holds."""


@dataclass(frozen=True)
class Used:
    """What the machine was seen to use."""

    megabytes: int = 0
    """The most memory the engine's process held; 0: it never answered."""
    device: str = ""
    at_once: int = 0
    """Questions in flight at a time."""
    base_bytes: dict[str, int] = field(default_factory=dict)
    """Contestant → size of its base on the disk."""
    own_bytes: dict[str, int] = field(default_factory=dict)
    """Contestant → size of its adapter, or of its own weights, on the disk."""


@dataclass(frozen=True)
class Cost:
    """What one contestant's answers cost. Times are those of answers given in this evaluation, never reused ones."""

    model: str
    n: int
    """Answers whose tokens are counted."""
    prompt_tokens: float | None
    """Mean of a question."""
    tokens: float | None
    """Mean of an answer."""
    timed: int
    """Answers given in this evaluation, whose times are counted."""
    first_token: float | None
    """Median seconds until the first token."""
    tokens_per_second: float | None
    """Tokens written, by the seconds spent writing them."""
    p50: float | None
    """Seconds of a whole answer, waiting included."""
    p95: float | None
    base_bytes: int = 0
    own_bytes: int = 0


@contextmanager
def watched(
    folder: Path, engine: Engine, evaluation: Evaluation, models: Path, runs: Runs, at_once: int
) -> Iterator[None]:
    """Keeps what the machine uses during the block, beside what an earlier attempt saw."""
    over = threading.Event()
    sizes = [(one.name, *_sizes(one, models, runs)) for one in evaluation.contestants if not one.url]
    used = replace(
        read(folder),
        at_once=at_once,
        base_bytes={name: base for name, base, _ in sizes},
        own_bytes={name: own for name, _, own in sizes if own},
    )
    seen = [used]

    def look() -> None:
        while not over.wait(LOOK_EVERY):
            seen[0] = _seen(seen[0], engine)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        write_json(folder / "cost.json", to_json(_seen(seen[0], engine)))


def read(folder: Path) -> Used:
    """What was seen; nothing, where nobody looked."""
    return from_json(Used, read_json(folder / "cost.json", {}))


def costs(evaluation: Evaluation, records: Sequence[ItemRecord], used: Used) -> list[Cost]:
    """What each contestant's answers cost, over the questions that all were asked."""
    return [_cost(one, [r for r in records if r.contestant == one.name], used) for one in evaluation.contestants]


def _cost(contestant: Contestant, records: list[ItemRecord], used: Used) -> Cost:
    told = [r for r in records if not r.error and r.slice != KEEP_ALIVE and r.prompt_tokens]
    fresh = [r for r in told if not r.reused and r.seconds]
    firsts = [r.first_token_seconds for r in fresh if r.first_token_seconds is not None]
    writing = [(r.tokens - 1, r.seconds - r.first_token_seconds) for r in fresh if r.first_token_seconds is not None]
    spent = sum(seconds for tokens, seconds in writing if tokens > 0)
    seconds = [r.seconds for r in fresh]
    return Cost(
        model=contestant.name,
        n=len(told),
        prompt_tokens=_mean([r.prompt_tokens for r in told]),
        tokens=_mean([r.tokens for r in told]),
        timed=len(fresh),
        first_token=quantile(firsts, 0.5),
        tokens_per_second=sum(max(0, tokens) for tokens, _ in writing) / spent if spent > 0 else None,
        p50=quantile(seconds, 0.5),
        p95=quantile(seconds, 0.95),
        base_bytes=used.base_bytes.get(contestant.name, 0),
        own_bytes=used.own_bytes.get(contestant.name, 0),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least ``share`` of the values do not exceed; ``None`` for no values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _seen(used: Used, engine: Engine) -> Used:
    status = engine.status()
    if status is None:
        return used
    return replace(used, megabytes=max(used.megabytes, status.megabytes), device=status.device or used.device)


def _sizes(contestant: Contestant, models: Path, runs: Runs) -> tuple[int, int]:
    """Bytes of the base and of what the run adds."""
    base = catalog.find(contestant.base, models)
    own = runs.weights(runs.get(contestant.run)) if contestant.run else None
    return _bytes(base), _bytes(own)


def _bytes(folder: Path | None) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder else 0
