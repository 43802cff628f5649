"""The scoreboard of one evaluation, derived from its records alone.

Knows: figures by contestant and slice with intervals, counts, paired differences from the base, and whether the
requirement is met. Must not know how answers were obtained or in which words the verdict is said
(``lab.evals.verdict``).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lab.evals import figures as known
from lab.evals.choosing import is_asked
from lab.evals.evaluation import SLICES, Evaluation, ItemRecord
from lab.evals.figures import Figure
from lab.evals.keys import JUDGEMENTS
from lab.evals.learned import Wording, wording
from lab.evals.noise import Noise
from lab.evals.requirement import Requirement, parse
from lab.evals.statistics import Interval, clustered, direction, holm, level, paired
from lab.evals.targets import Aim
from lab.runs import parts

CHANCE = 0.05
"""From this p-value on a secondary difference counts as chance."""


@dataclass(frozen=True)
class BoardRow:
    """One figure of one contestant on one slice."""

    model: str
    slice: str
    metric: str
    value: float | None
    """``None`` where nothing was scored."""
    low: float | None
    high: float | None
    n: int
    not_scored: int
    groups: int = 0


@dataclass(frozen=True)
class Difference:
    """One figure of a contestant less that of the base, over the items both were scored on."""

    model: str
    base: str
    slice: str
    metric: str
    before: float
    after: float
    interval: Interval
    better: str
    """``up`` or ``down``: which way is better."""
    is_share: bool
    scale: float
    adjusted: float | None = None
    """p-value among all secondary figures of this contestant and slice (Holm); ``None`` for the headline."""

    @property
    def state(self) -> str:
        """``improved``, ``worse``, ``unclear`` (the interval holds 0, or one of many may be chance) or ``too_few``."""
        found = direction(self.interval)
        if self.adjusted is not None and self.adjusted >= CHANCE and found in {"up", "down"}:
            return "unclear"
        if found in {"too_few", "no_clear_change"}:
            return "too_few" if found == "too_few" else "unclear"
        return "improved" if found == self.better else "worse"


@dataclass(frozen=True)
class Board:
    """Everything the scoreboard shows of one evaluation."""

    evaluation: Evaluation
    rows: tuple[BoardRow, ...]
    counts: dict[str, dict[str, int]]
    """Contestant → judgement → number, on the slice the verdict is about."""
    differences: tuple[Difference, ...]
    headline: str
    """The metric the verdict is about."""
    errors: int
    """Answers that could not be had."""
    figures: tuple[Figure, ...] = ()
    """Every figure there could be, those that mean nothing for this data with the reason."""
    requirement: Requirement | None = None
    required: str = ""
    """``met``, ``missed`` or ``cannot_tell`` by the whole interval; empty without a requirement."""
    required_row: BoardRow | None = None
    """The row that the requirement is about."""
    aim: Aim | None = None
    """Where the requirement comes from, and whether it was said before the answers were seen."""

    kept: dict[str, int] = field(default_factory=dict)
    """Contestant of another server → answers that it gave to an earlier evaluation and could not give now."""
    wordings: dict[str, Wording] = field(default_factory=dict)
    """Run → whether it learned facts or their trained words."""
    noise: Noise | None = None
    """How far the headline moves between runs that differ only in their seed, where there are several."""

    @property
    def is_reached(self) -> bool:
        """Whether the figure alone, however uncertain, is what is required."""
        row = self.required_row
        return self.requirement is not None and row is not None and self.requirement.is_reached(row.value)

    def row(self, model: str, slice_name: str, metric: str) -> BoardRow | None:
        """One row, if there is one."""
        wanted = (model, slice_name, metric)
        return next((row for row in self.rows if (row.model, row.slice, row.metric) == wanted), None)

    def difference(self, model: str, slice_name: str = "", metric: str = "") -> Difference | None:
        """The difference of ``model`` from the base (default: what the verdict is about), if both were scored."""
        wanted = (model, slice_name or self.evaluation.headline, metric or self.headline)
        return next((one for one in self.differences if (one.model, one.slice, one.metric) == wanted), None)

    @property
    def subject(self) -> str:
        """The contestant the verdict is about: the last run by itself, else the best that is not the base."""
        others = [one for one in self.evaluation.contestants if one.name != self.evaluation.base.name]
        runs = [one for one in others if one.run]
        alone = [one for one in runs if one.name in {one.run, parts(one.name)[0]}]
        if runs:
            return (alone or runs)[-1].name
        ranked = sorted(others, key=lambda one: self._headline_value(one.name))
        return (ranked or [self.evaluation.base])[-1].name

    def _headline_value(self, model: str) -> float:
        row = self.row(model, self.evaluation.headline, self.headline)
        return row.value if row and row.value is not None else -1.0


def compute(evaluation: Evaluation, records: Sequence[ItemRecord], aim: Aim | None = None) -> Board:
    """The board of these records, held against ``aim`` (default: what the evaluation itself requires)."""
    all_figures = known.figures_for(evaluation, records)
    names = [one.name for one in evaluation.contestants]
    slices = [name for name in SLICES if evaluation.slices.get(name)]
    parts = {(m, s): [r for r in records if r.contestant == m and r.slice == s] for m in names for s in slices}
    asked = {(one.name, s) for one in evaluation.contestants for s in slices if is_asked(one, s)}
    rows = [
        _row(f, m, s, parts[m, s], evaluation.slices[s])
        for s in slices
        for m in names
        if (m, s) in asked
        for f in all_figures
    ]
    headline = known.headline(evaluation, all_figures, [r for r in records if r.slice == evaluation.headline])
    told = {(row.slice, row.metric) for row in rows if row.n or row.metric == headline}
    shown = [row for row in rows if (row.slice, row.metric) in told]
    base = evaluation.base.name
    differences = [
        made
        for s in slices
        for m in names
        if m != base
        for f in all_figures
        if (made := _difference(f, base, m, s, parts[base, s], parts[m, s]))
    ]
    counts = {
        m: {kind: sum(r.judgement == kind for r in parts.get((m, evaluation.headline), [])) for kind in JUDGEMENTS}
        for m in names
    }
    errors = sum(1 for record in records if record.error)
    board = Board(
        evaluation, tuple(shown), counts, _adjusted(differences, headline), headline, errors, tuple(all_figures)
    )
    elsewhere = Counter(record.contestant for record in records if record.reused)
    kept = {one.name: elsewhere[one.name] for one in evaluation.contestants if one.url and elsewhere[one.name]}
    return against(replace(board, kept=kept, wordings=_wordings(evaluation, records)), aim)


def against(board: Board, aim: Aim | None) -> Board:
    """The board held against ``aim`` (default: what the evaluation itself requires)."""
    evaluation = board.evaluation
    wanted = aim or (Aim(evaluation.require, evaluation.said or evaluation.created) if evaluation.require else None)
    return _with_requirement(board, wanted) if wanted else board


def identity(board: Board, row: BoardRow) -> str:
    """What the figure is exactly: how it is counted, over what, and how much was left out."""
    told = next((one.identity for one in board.figures if one.name == row.metric), "")
    told = told if told.casefold().startswith(row.metric) else f"{row.metric}|{told}"
    return f"{told}|n={row.n}|skipped={row.not_scored}"


def document(board: Board, verdict: dict[str, str]) -> dict[str, Any]:
    """The one JSON document of ``eval --json``."""
    names = ("model", "slice", "metric", "value", "low", "high", "n", "not_scored")
    made: dict[str, Any] = {
        "eval": board.evaluation.id,
        "dataset": board.evaluation.dataset,
        "version": board.evaluation.version,
        "rows": [
            {**{name: getattr(row, name) for name in names}, "identity": identity(board, row)} for row in board.rows
        ],
        "counts": board.counts,
        "differences": [
            {
                "model": one.model,
                "base": one.base,
                "slice": one.slice,
                "metric": one.metric,
                "value": one.interval.value,
                "low": one.interval.low,
                "high": one.interval.high,
                "n": one.interval.n,
                "groups": one.interval.groups,
                "p": one.interval.p,
                "p_adjusted": one.adjusted,
                "state": one.state,
            }
            for one in board.differences
        ],
        "verdict": verdict,
    }
    if board.requirement and board.aim:
        row = board.required_row
        made["requirement"] = {
            "text": board.requirement.text,
            "state": board.required,
            "reached": board.is_reached,
            **{name: getattr(row, name) if row else None for name in ("value", "low", "high", "n")},
            "said": board.aim.said,
            "when": board.aim.when,
        }
    return made


def _row(figure: Figure, model: str, slice_name: str, records: list[ItemRecord], items: int) -> BoardRow:
    scored = [(vector, record.group) for record in records if (vector := figure.vector(record)) is not None]
    if not scored:
        return BoardRow(model, slice_name, figure.name, None, None, None, 0, items)
    vectors, groups = [vector for vector, _ in scored], [group for _, group in scored]
    found = level(
        vectors, groups, figure.value, is_share=figure.is_share, top=figure.scale or math.inf, floor=figure.floor
    )
    left_out = items - found.n
    if not math.isfinite(found.value):
        return BoardRow(model, slice_name, figure.name, None, None, None, 0, items)
    return BoardRow(model, slice_name, figure.name, found.value, found.low, found.high, found.n, left_out, found.groups)


def _difference(
    figure: Figure, base: str, model: str, slice_name: str, before: list[ItemRecord], after: list[ItemRecord]
) -> Difference | None:
    firsts = {record.item: figure.vector(record) for record in before}
    pairs = [
        (first, second, record.group)
        for record in after
        if (first := firsts.get(record.item)) is not None and (second := figure.vector(record)) is not None
    ]
    if not pairs or not figure.better:
        return None
    old, new, groups = [p[0] for p in pairs], [p[1] for p in pairs], [p[2] for p in pairs]
    both = [clustered(vectors, groups, figure.value).value for vectors in (old, new)]
    interval = paired(old, new, groups, figure.value)
    if not all(math.isfinite(value) for value in both):
        return None
    return Difference(
        model, base, slice_name, figure.name, both[0], both[1], interval, figure.better, figure.is_share, figure.scale
    )


def _wordings(evaluation: Evaluation, records: Sequence[ItemRecord]) -> dict[str, Wording]:
    runs = [one.name for one in evaluation.contestants if one.run]
    told = {name: wording([r for r in records if r.contestant == name and not r.error]) for name in runs}
    return {name: found for name, found in told.items() if found}


def _adjusted(differences: Sequence[Difference], headline: str) -> tuple[Difference, ...]:
    """The differences with the p-values of all but the headline's corrected for their number."""
    families: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(differences):
        if one.metric != headline and one.interval.p is not None:
            families.setdefault((one.model, one.slice), []).append(place)
    made = list(differences)
    for places in families.values():
        values = holm([differences[place].interval.p or 0.0 for place in places])
        for place, value in zip(places, values, strict=True):
            made[place] = replace(differences[place], adjusted=value)
    return tuple(made)


def _with_requirement(board: Board, aim: Aim) -> Board:
    wanted = parse(aim.text, known.names(board.evaluation.checks), SLICES)
    row = board.row(board.subject, wanted.slice or board.evaluation.headline, wanted.metric)
    state = wanted.state(row.low if row else None, row.high if row else None)
    return replace(board, requirement=wanted, required=state, required_row=row, aim=aim)
