"""Full scoreboards of the shipped samples, three trainings each: ``python -m bench.stories [STORY-LANGUAGE …]``.

``[--seeds 3] [--steps 40] [--repeats 3] [--out FOLDER]``. The stories are family, travel and handbook, as in
``family-en``; all six take about an hour and a half on two cores. Each is trained once a seed with nothing else
changed, then all its runs are asked the same questions beside the base, the base with examples and, where there are
documents, the base that reads them. Prints the verdict, the headline by contestant and slice, what was not scored and
why, and what explains it. With ``--out`` workspace and results stay: the board of each story also as CSV and HTML, and
what is there already is not made again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import PRESET, finished, trained
from lab import evals, ingest, synth
from lab.evals import report
from lab.evals.board import Board
from lab.evals.report import table_file
from lab.evals.report_page import html
from lab.lab import Lab
from lab.records import Version
from lab.settings import Settings
from lab.words import say
from lab.workspace import write_text


@dataclass(frozen=True)
class Story:
    """What is taught, and who answers beside the runs."""

    sample: str
    beside: tuple[str, ...]
    """Contestants; ``{data}`` is the data set, ``{run}`` the first run."""
    target: str = ""
    is_reworded: bool = False


STORIES = {
    "family": Story("family-{language}", ("base", "base+few:3"), "right>=0.8", is_reworded=True),
    "travel": Story("travel-{language}", ("base", "base+few:3")),
    "handbook": Story(
        "handbook-{language}-questions",
        ("base", "base+few:3", "base+docs:{data}", "base+whole:{data}", "{run}+docs:{data}"),
        "right>=0.8",
    ),
}


class Telling:
    """One story in one language."""

    def __init__(self, lab: Lab, name: str, steps: int, seeds: int, repeats: int) -> None:
        self.lab, self.name, self.steps, self.seeds, self.repeats = lab, name, steps, seeds, repeats
        kind, _, self.language = name.partition("-")
        self.story = STORIES[kind]

    def board(self) -> Board:
        """Train, ask, count."""
        version = self._data()
        views = [trained(self.lab, version, f"{self.name}-{seed}", self.steps, seed) for seed in range(self.seeds)]
        runs = [self.lab.runs.get(view.id).name for view in views]
        beside = [one.format(data=version.dataset, run=runs[0]) for one in self.story.beside]
        view = finished(
            self.lab.jobs,
            lambda: evals.start(
                self.lab.jobs,
                self.lab.datasets,
                self.lab.runs,
                dataset=version.dataset,
                version=version.version,
                models=[*beside, *runs],
                models_folder=self.lab.models,
                require=self.story.target,
                repeats=self.repeats,
                request=f"{version.version}-{self.steps}-{self.seeds}-{self.repeats}",
            ),
        )
        stored = next(one for one in evals.evaluations(self.lab.workspace, version.dataset) if one.id == view.id)
        return evals.board(self.lab.workspace, stored)

    def _data(self) -> Version:
        datasets, sample = self.lab.datasets, ingest.sample(self.story.sample.format(language=self.language))
        known = {version.dataset: version for version in datasets.current()}
        if self.name in known:
            return known[self.name]
        if not self.story.is_reworded:
            return ingest.add(datasets, sample.paths, self.name, checks=sample.checks)[0]
        shipped, _ = ingest.add(datasets, sample.paths, f"{self.name}-as-shipped", checks=sample.checks)
        return synth.reword_dataset(datasets, shipped.dataset, self.name).version


def figures(board: Board) -> str:
    """Every figure of the slice the verdict is about, by contestant, as a Markdown table."""
    part, names = board.evaluation.headline, [one.name for one in board.evaluation.contestants]
    lines = ["| figure | " + " | ".join(names) + " | n |", "|---|" + "---|" * (len(names) + 1)]
    for metric in dict.fromkeys(row.metric for row in board.rows if row.slice == part):
        rows = [board.row(name, part, metric) for name in names]
        cells = ["–" if row is None or row.value is None else report.number_of(row, row.value) for row in rows]
        counts = sorted({row.n for row in rows if row})
        lines.append(f"| {metric} | " + " | ".join(cells) + f" | {'–'.join(map(str, counts))} |")
    return "\n".join(lines)


def unscored(board: Board) -> list[str]:
    """What has no value somewhere, and why, a line each."""
    reasons = {one.name: say(one.none, "en", **dict(one.none_values)) for one in board.figures}
    shown = {row.metric for row in board.rows}
    empty: dict[str, dict[str, None]] = {name: {"any slice": None} for name in reasons if name not in shown}
    for row in board.rows:
        if not row.n:
            empty.setdefault(row.metric, {})[say(f"evals.slice_{row.slice}", "en")] = None
    return [f"  {name}, {', '.join(slices)}: {reasons[name]}" for name, slices in empty.items()]


def scoreboard(board: Board) -> str:
    """The headline by contestant and slice as a Markdown table: value, interval, n and how many were not scored."""
    slices = list(dict.fromkeys(row.slice for row in board.rows))
    lines = ["| contestant | " + " | ".join(say(f"evals.slice_{one}", "en") for one in slices) + " |"]
    lines.append("|---|" + "---|" * len(slices))
    for one in board.evaluation.contestants:
        cells = []
        for part in slices:
            row = board.row(one.name, part, board.headline)
            if row is None or row.value is None or row.low is None or row.high is None:
                cells.append("–" if row is None else f"– (0 scored, {row.not_scored} not)")
            else:
                left = f", {row.not_scored} not scored" if row.not_scored else ""
                cells.append(f"{row.value:.2f} [{row.low:.2f}, {row.high:.2f}] n={row.n}{left}")
        lines.append(f"| {one.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def told(lab: Lab, board: Board) -> str:
    """Everything that is printed of one story."""
    counts = [
        f"  {name}: " + ", ".join(f"{count} {kind}" for kind, count in found.items())
        for name, found in board.counts.items()
    ]
    noise = board.noise
    lines = [
        evals.verdict(board).text("en"),
        f"\n{board.headline}, with 95 % intervals\n\n{scoreboard(board)}\n",
        f"{figures(board)}\n",
        f"judgements on {board.evaluation.headline}:",
        *counts,
        "not scored, and why:",
        *(unscored(board) or ["  nothing: every figure has a value on every slice"]),
        f"seeds: {noise.low:.3f} to {noise.high:.3f}, deviation {noise.deviation:.3f}" if noise else "seeds: –",
    ]
    for one in evals.diagnostics(lab.workspace, board.evaluation).stability:
        flips = f"{one.flips.value:.2f} [{one.flips.low:.2f}, {one.flips.high:.2f}]" if one.flips else "–"
        lines.append(f"  over {one.over}, {one.model}: right and not right in {flips} of the questions")
    return "\n".join(lines)


def keep(lab: Lab, board: Board, folder: Path) -> None:
    """The whole board as CSV, and the report as HTML."""
    one = board.evaluation
    write_text(folder / f"{one.dataset}.csv", table_file(board, "en"))
    names = {run.id: run.name for run in lab.runs.all()}
    asked, advised = evals.questions(lab.workspace, one), evals.advice(lab.workspace, board)
    write_text(folder / f"{one.dataset}.html", html([report.gather(lab.workspace, board, asked, advised, names)], "en"))


def main(words: Sequence[str]) -> None:
    """Read the options, measure, print."""
    every = [f"{story}-{language}" for story in STORIES for language in ("en", "zh")]
    parser = argparse.ArgumentParser(prog="python -m bench.stories")
    parser.add_argument("stories", nargs="*", choices=[*every, []], metavar="STORY-LANGUAGE")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, help="where workspace and results are kept; default: nowhere")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        home = (asked.out or Path(folder)).absolute()
        settings = Settings.read()
        lab = Lab(replace(settings, home=home / "workspace", models=settings.models_folder))
        try:
            for name in asked.stories or every:
                board = Telling(lab, name, asked.steps, asked.seeds, asked.repeats).board()
                print(f"\n## {name}: {PRESET} preset, LoRA, {asked.steps} steps\n\n{told(lab, board)}", flush=True)
                keep(lab, board, home)
        finally:
            lab.engine.stop()


if __name__ == "__main__":
    main(sys.argv[1:] if sys.argv[0].endswith("stories.py") else ())
