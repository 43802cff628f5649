"""Rows of a data set → the token sequences that are trained, and those left out, each with its place.

Knows: ``lab.rendering`` and the one rule that test rows are never read here. Must not know torch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

from lab.datasets import Datasets
from lab.errors import JobError, ModelError
from lab.jobs.context import JobContext
from lab.records import Row
from lab.rendering import Renderer, agrees, renderer


@dataclass(frozen=True)
class Sequence:
    """One sequence as the trainer gets it."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class LeftOut:
    """A row (or one turn of it) that is not trained."""

    row: str
    file: str
    line: int | None
    split: str
    reason: str
    """``too_long``, ``no_loss``, ``template_refused`` or ``template_without_tools``: ``train.left_out_<reason>``."""
    tokens: int = 0


def read_rows(job: JobContext, folder: Path, max_length: int) -> tuple[list[Sequence], list[Sequence], list[LeftOut]]:
    """Training sequences, validation sequences and what is left out, of the job's data set; ``folder``: the base.

    Rows of the test split are never read here. Each row left out is an event of the first attempt; raises
    ``JobError`` when nothing is left to train.
    """
    datasets = Datasets(job.workspace)
    version = datasets.get(job.spec.options["dataset"], job.spec.options["version"])
    render = renderer_of(folder)
    training, left = sequences(datasets.rows(version, "train"), render, max_length)
    validation, also_left = sequences(datasets.rows(version, "validation"), render, max_length)
    left += also_left
    if job.attempt == 1:
        for one in left:
            job.event("left_out", **asdict(one))
    if not training:
        raise JobError("train.none_usable", dataset=version.dataset, left=len(left))
    return training, validation, left


def renderer_of(folder: Path) -> Renderer:
    """What renders for the base: this process has the base's own library where the lab's ids would differ."""
    if agrees(folder) is not False:
        return renderer(folder)
    found: Renderer = import_module("lab.engine.reference").renderer_for(folder)
    return found


def sequences(rows: Iterable[Row], renderer: Renderer, max_length: int) -> tuple[list[Sequence], list[LeftOut]]:
    """Everything of ``rows`` that can be trained within ``max_length`` tokens, and everything that cannot."""
    used: list[Sequence] = []
    left: list[LeftOut] = []
    for row in rows:
        try:
            rendered = renderer.render(row.messages, row.tools)
        except ModelError as refusal:
            left.append(_left(row, refusal.key.removeprefix("models.")))
            continue
        if not rendered:
            left.append(_left(row, "no_loss"))
        for one in rendered:
            if len(one.ids) > max_length:
                left.append(_left(row, "too_long", len(one.ids)))
            elif not any(label >= 0 for label in one.labels[1:]):
                left.append(_left(row, "no_loss", len(one.ids)))
            else:
                used.append(Sequence(one.ids, one.labels))
    return used, left


def _left(row: Row, reason: str, tokens: int = 0) -> LeftOut:
    return LeftOut(row.id, row.file, row.line, row.split, reason, tokens)
