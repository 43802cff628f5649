"""How often 95 % intervals hold the truth, and how often the same model twice looks better.

``python -m bench.intervals [TRIALS [GROUPSxITEMS …]]`` simulates populations whose figure is known.
*Holds* should be 93 to 97 %, and more where nearly all or none turn:
there are so few possible outcomes that an interval either holds too much or too little. Of the null test at most 5 %
should come out clear. Wilson's interval of few items jumps with the share, so shares are drawn anew for each trial.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lab.evals.metrics import f1, metric
from lab.evals.statistics import Interval, Value, direction, level, mean, paired

Rows = list[tuple[float, ...]]
Sizes = Sequence[tuple[int, int]]
SIZES = ((20, 1), (50, 1), (200, 1), (5, 4), (8, 3), (20, 3), (40, 3))
"""Groups and the items of each."""
ALIKE = 0.3
"""Correlation of two answers of one group."""
SHARES = (0.02, 0.98)
SENTENCES = (
    "The clinic opens at nine and closes at six on weekdays.",
    "每个虚拟私有云创建的子网个数上限为10个。",
    "Refunds reach the same card within five working days.",
    "年假需要提前三天提出申请，由直属主管批准。",
    "Helmets are worn in both halls, visitors included.",
)


def main(trials: int, sizes: Sizes = SIZES) -> None:
    """Print the three tables."""
    print(f"{trials} trials each; groups x items of a group\n")
    _table("Levels", "holds", trials, sizes, _levels)
    _table("Differences of pairs", "holds", trials, sizes, _differences)
    _table("The same model twice", "clear", trials, sizes, _null)


def _table(
    title: str, what: str, trials: int, sizes: Sizes, scenarios: Callable[[], Iterator[tuple[str, Callable[..., bool]]]]
) -> None:
    print(f"{title} ({what}, %)")
    print(f"  {'':30}" + "".join(f"{f'{groups}x{items}':>8}" for groups, items in sizes))
    for name, trial in scenarios():
        cells = []
        for groups, items in sizes:
            generator = np.random.default_rng(groups * 100 + items)
            cells.append(f"{100 * sum(trial(generator, groups, items) for _ in range(trials)) / trials:8.1f}")
        print(f"  {name:30}" + "".join(cells), flush=True)
    print()


def _names(groups: int, items: int) -> list[str]:
    return [str(place // items) for place in range(groups * items)]


def _chances(generator: np.random.Generator, share: float, groups: int, items: int) -> NDArray[np.float64]:
    """The chance of each item to be right: groups differ, so that answers of one are alike."""
    if items == 1:
        return np.full(groups, share)
    size = 1 / ALIKE - 1
    return generator.beta(share * size, (1 - share) * size, size=groups).repeat(items)


def _share(generator: np.random.Generator) -> float:
    return float(generator.uniform(*SHARES))


def _outcomes(generator: np.random.Generator, chances: NDArray[np.float64]) -> Rows:
    return [(float(right), 1.0) for right in generator.random(len(chances)) < chances]


def _levels() -> Iterator[tuple[str, Callable[..., bool]]]:
    for name, low, high in (("share, any", *SHARES), ("share, nearly all right", 0.9, 0.99)):

        def share(g: np.random.Generator, groups: int, items: int, ends: tuple[float, float] = (low, high)) -> bool:
            truth = float(g.uniform(*ends))
            rows = _outcomes(g, _chances(g, truth, groups, items))
            return _holds(level(rows, _names(groups, items), mean, is_share=True, top=1.0), truth)

        yield name, share
    for name, (pool, value, top) in _pools().items():
        truth = value(np.sum(pool, axis=0))

        def figure(g: np.random.Generator, groups: int, items: int, p=pool, v=value, t=truth, top=top) -> bool:  # type: ignore[no-untyped-def]
            return _holds(level(_drawn(g, p, groups, items), _names(groups, items), v, is_share=False, top=top), t)

        yield name, figure


def _differences() -> Iterator[tuple[str, Callable[..., bool]]]:
    for name, (won, lost) in {
        "share, few turn": (0.15, 0.05),
        "share, half turn": (0.4, 0.1),
        "share, all won": (0.97, 0),
    }.items():

        def share(g: np.random.Generator, groups: int, items: int, won: float = won, lost: float = lost) -> bool:
            before, after = _turned(g, won, lost, groups, items)
            return _holds(paired(before, after, _names(groups, items), mean), won - lost)

        yield name, share
    for name, (pool, value, _) in _pools().items():
        weak, strong = pool[: len(pool) // 2], pool[len(pool) // 2 :]
        truth = value(np.sum(strong, axis=0)) - value(np.sum(weak, axis=0))

        def figure(g: np.random.Generator, groups: int, items: int, w=weak, s=strong, v=value, t=truth) -> bool:  # type: ignore[no-untyped-def]
            state = g.bit_generator.state
            before = _drawn(g, w, groups, items)
            g.bit_generator.state = state
            return _holds(paired(before, _drawn(g, s, groups, items), _names(groups, items), v), t)

        yield name, figure


def _null() -> Iterator[tuple[str, Callable[..., bool]]]:
    def share(g: np.random.Generator, groups: int, items: int) -> bool:
        chances = g.uniform(0.1, 0.9, size=groups).repeat(items)
        found = paired(_outcomes(g, chances), _outcomes(g, chances), _names(groups, items), mean)
        return direction(found) in {"up", "down"}

    yield "share", share
    for name, (pool, value, _) in _pools().items():

        def figure(g: np.random.Generator, groups: int, items: int, p=pool, v=value) -> bool:  # type: ignore[no-untyped-def]
            found = paired(_drawn(g, p, groups, items), _drawn(g, p, groups, items), _names(groups, items), v)
            return direction(found) in {"up", "down"}

        yield name, figure


def _turned(g: np.random.Generator, won: float, lost: float, groups: int, items: int) -> tuple[Rows, Rows]:
    """Pairs where ``won`` of the items turn right and ``lost`` turn wrong; within a group some turn together."""
    place = g.random(groups * items)
    if items > 1:
        together = g.random(groups * items) < ALIKE**0.5
        place = np.where(together, g.random(groups).repeat(items), place)
    before = np.where(place < won, 0, np.where(place < won + lost, 1, g.random(len(place)) < 0.6))
    after = np.where(place < won, 1, np.where(place < won + lost, 0, before))
    return [(float(x), 1.0) for x in before], [(float(x), 1.0) for x in after]


def _pools() -> dict[str, tuple[Rows, Value, float]]:
    """Vectors of answers to real sentences, the second half from better answers, for figures that are no shares."""
    chance = random.Random(1)
    weak, strong = ([_answered(chance, quality) for _ in range(3000)] for quality in (0.5, 0.8))
    chrf = metric("chrf")
    made: dict[str, tuple[Rows, Value, float]] = {"token F1": ([(f1(*pair), 1.0) for pair in weak + strong], mean, 1.0)}
    made["chrF"] = ([chrf.vector(*pair) or () for pair in weak + strong], chrf.value, 100.0)
    return made


def _answered(chance: random.Random, quality: float) -> tuple[str, str]:
    """An answer and its reference: all right, or with stretches of another sentence in it."""
    wanted, other = chance.choice(SENTENCES), chance.choice(SENTENCES)
    if chance.random() < quality / 2:
        return wanted, wanted
    kept = "".join(c if chance.random() < quality else other[place % len(other)] for place, c in enumerate(wanted))
    return kept, wanted


def _drawn(g: np.random.Generator, pool: Rows, groups: int, items: int) -> Rows:
    """Items of the pool, those of one group partly the same."""
    first = g.integers(len(pool), size=groups).repeat(items)
    own = g.integers(len(pool), size=groups * items)
    chosen = np.where(g.random(groups * items) < (ALIKE if items > 1 else 0), first, own)
    return [pool[place] for place in chosen]


def _holds(found: Interval, truth: float) -> bool:
    return found.low is None or found.high is None or found.low - 1e-9 <= truth <= found.high + 1e-9


if __name__ == "__main__":
    told = [tuple(map(int, one.split("x"))) for one in sys.argv[2:]]
    main(int(sys.argv[1]) if sys.argv[1:] else 2000, [(groups, items) for groups, items in told] or SIZES)
