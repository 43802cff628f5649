"""What explains a board, in words and cells: what was learned and lost, how steady answers are, their cost, chance.

Knows: which sentence says each diagnostic. Page and command line show the same ones. Must not know either, nor how
anything is computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lab import words
from lab.evals.board import Board
from lab.evals.cost import Cost
from lab.evals.diagnostics import Diagnostics
from lab.evals.learned import Wording
from lab.evals.overfitting import Card, Copies, Losses
from lab.evals.report import metric_name
from lab.evals.stability import Stability
from lab.evals.statistics import Interval
from lab.evals.verdict import Level, points

OVER = ("repeats", "wordings")
_SHARES = ("flips", "all_right", "any_right", "worst", "same")


@dataclass(frozen=True)
class Finding:
    """One of the things that a run learned or lost."""

    label: str
    figure: str
    sentence: str
    state: str = ""
    """What was found, as a word; empty where nothing was measured."""


@dataclass(frozen=True)
class Steady:
    """How steady answers are over repeats or wordings."""

    lead: str
    models: list[str]
    rows: list[tuple[str, list[Interval | None]]]
    """What is counted, and each model's share."""
    left_out: int


@dataclass(frozen=True)
class Luck:
    """What chance in training moves."""

    sentence: str
    runs: list[tuple[str, str]]
    """Each run with its seed, and what it reaches."""


def say(key: str, language: str, **values: object) -> str:
    """A sentence of the diagnostics."""
    return words.say(f"board_diagnostics.{key}", language, **values)


def findings(card: Card, language: str) -> list[Finding]:
    """The four of one run."""
    return [
        _wording(card.wording, language),
        _copies(card.copies, language),
        _forgotten(card, language),
        _loss(card.losses, language),
    ]


def _wording(found: Wording | None, language: str) -> Finding:
    label = say("wording", language)
    if found is None:
        return Finding(label, "–", say("wording_none", language))
    trained, new = _count(found.trained), _count(found.new)
    part = words.say(f"evals.slice_{found.slice}", language)
    told = say(f"wording_{found.state}", language, trained=trained, new=new, slice=part)
    return Finding(label, f"{trained} → {new}", told, found.state)


def _copies(found: Copies | None, language: str) -> Finding:
    label = say("copies", language)
    if found is None:
        return Finding(label, "–", say("copies_unknown", language))
    state = "misplaced" if found.misplaced else "own" if found.copied else "none"
    told = say(f"copies_{state}", language, n=found.n, copied=found.copied, misplaced=found.misplaced)
    return Finding(label, f"{found.copied}/{found.n}", told, state)


def _forgotten(card: Card, language: str) -> Finding:
    label, one = say("forgotten", language), card.forgetting
    if one is None:
        return Finding(label, "–", say("forgotten_none", language))
    n = one.interval.n
    before, after = (f"{round(value * n)}/{n}" for value in (one.before, one.after))
    low, high = (points(end or 0.0, 1) for end in (one.interval.low, one.interval.high))
    told = say(f"forgotten_{one.state}", language, n=n, before=before, after=after, low=low, high=high)
    return Finding(label, f"{before} → {after}", told, one.state)


def _loss(found: Losses, language: str) -> Finding:
    values = {
        name: number(getattr(found, name))
        for name in ("trained", "held_out", "lowest", "token_trained", "token_new", "token_new_base")
    }
    told = say(f"loss_{found.state}", language, lowest_step=found.lowest_step, **values)
    shown = [values["lowest"], values["held_out"]] if found.state == "rising" else []
    shown = shown or [values["token_new_base"], values["token_new"]]
    figure = values["trained"] if found.state == "unknown" else " → ".join(shown)
    return Finding(say("loss", language), figure, told, found.state)


def steady(board: Board, found: Sequence[Stability], over: str, language: str) -> Steady | None:
    """How steady answers are over ``repeats`` or ``wordings``; ``None`` where there are none."""
    told = [one for one in found if one.over == over]
    if not told:
        return None
    n = max((one.n for row in told for one in (row.flips, row.worst) if one), default=0)
    evaluation = board.evaluation
    lead = say(f"steady_{over}", language, n=n, k=evaluation.repeats, temperature=f"{evaluation.temperature:g}")
    rows = [
        (say(name, language), [getattr(row, name) for row in told])
        for name in _SHARES
        if any(getattr(row, name) for row in told)
    ]
    return Steady(lead, [row.model for row in told], rows, sum(row.not_scored for row in told))


def costs(told: Sequence[Cost], language: str) -> list[list[str]]:
    """A row for each cost that is known of any, its name first."""
    rows = ([say(name, language), *cells] for name, cells in _costs(told, language))
    return [row for row in rows if any(cell != "–" for cell in row[1:])]


def _costs(told: Sequence[Cost], language: str) -> Iterator[tuple[str, list[str]]]:
    yield "prompt_tokens", [_whole(one.prompt_tokens) for one in told]
    yield "tokens", [_whole(one.tokens) for one in told]
    yield "timed", [f"{one.timed}/{one.n}" for one in told]
    for name in ("first_token", "p50", "p95"):
        yield name, [_seconds(getattr(one, name), language) for one in told]
    yield "tokens_per_second", [number(one.tokens_per_second, 1) for one in told]
    for name in ("base_bytes", "own_bytes"):
        yield name, [size(getattr(one, name)) for one in told]


def luck(board: Board, language: str) -> Luck | None:
    """What other seeds make of the headline; ``None`` where nothing was trained."""
    found = board.noise
    if found is None:
        trained = any(one.run for one in board.evaluation.contestants)
        return Luck(say("noise_one", language), []) if trained else None
    difference = board.difference(board.subject)
    low, high = (Level(value, found.scale).text(language) for value in (found.low, found.high))
    values: dict[str, object] = {"count": len(found.runs), "low": low, "high": high}
    values["metric"] = metric_name(found.metric, language)
    mean, deviation = (Level(value, found.scale).text(language) for value in (found.mean, found.deviation))
    values |= {"mean": mean, "deviation": deviation}
    if difference is None:
        sentence = say("noise_alone", language, **values)
    else:
        moved = difference.interval.value
        state = "noise_within" if found.hides(moved) else "noise_beyond" if low != high else "verdict_same"
        sentence = say(state, language, difference=points(moved, found.scale), **values)
    runs = [
        (f"{one.name} · {say('seed', language, seed=one.seed)}", Level(one.value, found.scale).text(language))
        for one in found.runs
    ]
    return Luck(sentence, runs)


class Heading(str):
    """A line above others."""


def paragraphs(
    board: Board, found: Diagnostics, language: str, names: Mapping[str, str]
) -> Iterator[str | list[list[str]]]:
    """All of it in order: headings, sentences, and tables as cells."""
    for card in found.overfitting:
        yield Heading(f"{say('learned_title', language)} · {names.get(card.model, card.model)}")
        yield [[one.label, one.figure, one.sentence] for one in findings(card, language)]
    told = [one for over in OVER if (one := steady(board, found.stability, over, language))]
    if told:
        yield Heading(say("steady_title", language))
    for each in told:
        yield each.lead
        heads = ["", *(names.get(model, model) for model in each.models)]
        yield [heads, *([label, *(share(cell, language) for cell in cells)] for label, cells in each.rows)]
        if each.left_out:
            yield say("left_out", language, n=each.left_out)
    known = [one for one in found.costs if one.n]
    if known:
        yield Heading(say("cost_title", language))
        yield [["", *(names.get(one.model, one.model) for one in known)], *costs(known, language)]
    moved = luck(board, language)
    if moved:
        yield Heading(say("noise_title", language))
        yield moved.sentence
        if moved.runs:
            yield [[name, value] for name, value in moved.runs]


def share(found: Interval | None, language: str) -> str:
    """A share or a mean and its interval in a line."""
    if found is None:
        return "–"
    percent = words.say("target.percent", language)
    value = f"{100 * found.value:.0f}{percent}"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({100 * found.low:.0f}–{100 * found.high:.0f}{percent}, n={found.n})"


def number(value: float | None, digits: int = 3) -> str:
    """A figure in few digits; a dash for none."""
    if value is None:
        return "–"
    shown = f"{value:.{digits}f}"
    return shown.rstrip("0").rstrip(".") if abs(value) >= 10**-digits or not value else f"{value:.{digits}g}"


def size(count: int) -> str:
    """Bytes as a person reads them; a dash for none."""
    if not count:
        return "–"
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.1f} MB"


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _seconds(value: float | None, language: str) -> str:
    return "–" if value is None else words.say("ui.seconds", language, seconds=f"{value:.2f}")


def _count(found: Interval) -> str:
    return f"{round(found.value * found.n)}/{found.n}"
