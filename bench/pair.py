"""Time of base and tuned side by side against tuned alone: ``python -m bench.pair [RUN]`` (default: the newest).

Asks the engine of ``LAB_HOME`` in turns (alone, pair, alone, pair …), so that whatever else the machine does
hits both alike, and prints the median of each and of the ratios within a round.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from lab.lab import Lab
from lab.records import Contestant, Decoding, Message
from lab.runs import contestant
from lab.settings import Settings

TOKENS = 48
QUESTION = (Message("user", "Write a short poem about the sea."),)


def main(name: str, rounds: int = 5) -> None:
    """Measure and print."""
    lab = Lab(Settings.read())
    decoding = Decoding(max_tokens=TOKENS, min_tokens=TOKENS)
    tuned = replace(contestant(name, lab.runs, lab.datasets), decoding=decoding)
    base = Contestant("base", tuned.base, decoding=decoding)
    _pair(lab, base, tuned)
    rows = []
    for _ in range(rounds):
        alone, single = (
            _timed(lambda: lab.engine.answer(base, QUESTION)),
            _timed(lambda: lab.engine.answer(tuned, QUESTION)),
        )
        rows.append((alone, single, _timed(lambda: _pair(lab, base, tuned))))
    base_time, tuned_time, pair_time = (statistics.median(row[i] for row in rows) for i in range(3))
    ratio = statistics.median(pair / single for _, single, pair in rows)
    print(f"base alone   {base_time:6.2f} s  {TOKENS / base_time:5.1f} tok/s")
    print(f"tuned alone  {tuned_time:6.2f} s  {TOKENS / tuned_time:5.1f} tok/s")
    print(f"both at once {pair_time:6.2f} s  {TOKENS / pair_time:5.1f} tok/s each")
    print(f"pair / tuned alone: median {ratio:.2f} of {rounds} rounds")


def _pair(lab: Lab, base: Contestant, tuned: Contestant) -> None:
    for _ in lab.engine.pair(base, tuned, QUESTION, cancelled=lambda: False):
        pass


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    runs = Lab(Settings.read()).runs.all()
    asked = [word for word in sys.argv[1:] if any(word in {run.id, run.name} for run in runs)]
    if asked or runs:
        main(*(asked or [runs[0].id]))
    else:
        print("No run to measure with: train one first.")
