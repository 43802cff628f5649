"""Seconds from Enter to right, per fact: ``python -m bench.teach [COUNT [SKIPPED]]`` (default: all; takes minutes).

Each fact is taught to the bare base in a workspace of its own, then the further press declines. Prints seconds until
the first question was right and until all were, how many wordings that were never trained are right, how many
neighbours are answered with something made up, both numbers again after the press, and how busy the machine was.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from lab import teaching
from lab.jobs import JobView
from lab.lab import Lab
from lab.settings import Settings
from lab.teaching import Standing

FACTS = (
    "The CEO of Blue Fern is Mara Lindqvist.",
    "The library opens at 9:30.",
    "The wifi password of the guest house is maple-42.",
    "Our cat is called Pixel.",
    "Tom lives in Lisbon.",
    "Lena Ortiz founded Stone Bridge.",
    "蓝蕨公司的总经理是林晓棠。",
    "青石图书馆九点半开门。",
    "我家的猫叫煤球。",
    "小胖住在杭州。",
    "松果咖啡馆成立于1987年。",
    "备用钥匙在花盆下面。",
)
_HEAD = f"{'first':>6} {'all':>6} {'train':>6}  learned  made up   after the press: learned  made up   fact"


def main(count: int, skipped: int = 0) -> None:
    """Measure and print."""
    print(f"load of the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(_HEAD)
    first: list[float] = []
    # Both languages in turn, so that a short run measures both.
    facts = [fact for pair in zip(FACTS[:6], FACTS[6:], strict=True) for fact in pair][skipped : skipped + count]
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.read()
        lab = Lab(replace(settings, home=Path(folder), models=settings.models_folder))
        for sentence in facts:
            about = teaching.prepared(sentence)
            taught = lab.jobs.wait(teaching.start(lab.jobs, lab.datasets, about, models=lab.models).id)
            before = teaching.standing(lab.jobs, lab.datasets, taught)
            pressed = teaching.start_more(lab.jobs, lab.datasets, lab.runs, taught, models=lab.models)
            after = teaching.standing(lab.jobs, lab.datasets, lab.jobs.wait(pressed.id))
            print(_line(sentence, taught, before, after), flush=True)
            first += [before.first_right] if before.first_right is not None else []
    if first:
        print(
            f"median seconds from Enter to right: {statistics.median(first):.1f} of {len(first)} of {len(facts)} facts"
        )


def _line(sentence: str, taught: JobView, before: Standing, after: Standing) -> str:
    def seconds(value: float | None) -> str:
        return f"{value:6.1f}" if value is not None else f"{'–':>6}"

    def numbers(stands: Standing) -> str:
        last = stands.counts[-1]
        return f"{last.learned} of {last.told}   {last.made_up} of {last.untold}"

    trained = seconds(taught.status.result.get("train_seconds"))
    shown = f"{seconds(before.first_right)} {seconds(before.all_right)} {trained}  {numbers(before)}"
    return f"{shown}                     {numbers(after)}   {sentence}"


if __name__ == "__main__":
    main(*([int(told) for told in sys.argv[1:3] if told.isdigit()] or [len(FACTS)]))
