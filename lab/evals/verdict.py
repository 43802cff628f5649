"""The verdict: what the board means, in one short paragraph in each language.

Knows: which sentences follow from a board. Must not compute figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from lab import catalog, words
from lab.evals.board import Board, BoardRow, Difference
from lab.evals.evaluation import KEEP_ALIVE
from lab.evals.noise import Noise
from lab.evals.requirement import Requirement
from lab.evals.statistics import FEW_GROUPS, FEW_ITEMS
from lab.evals.targets import figure, parse_known
from lab.records import Check, Contestant

_WHO = {"model", "base", "rival"}
"""Values of sentences that name a contestant."""


@runtime_checkable
class Said(Protocol):
    """A value of a sentence that is itself said in the sentence's language."""

    def text(self, language: str) -> str:
        """It in ``language``."""


@dataclass(frozen=True)
class Sentence:
    """A words key and its values; a value that is itself a key is said in the same language."""

    key: str
    values: dict[str, Any]

    def text(self, language: str, names: Mapping[str, str] | None = None) -> str:
        """The sentence in ``language``; contestants are called as ``names`` says."""
        said = {
            name: value.text(language)
            if isinstance(value, Said)
            else words.say(value, language)
            if isinstance(value, str) and words.has(value)
            else value
            for name, value in self.values.items()
        }
        for name, several in said.items():
            if isinstance(several, tuple):
                shown = [(names or {}).get(one, one) for one in several]
                said[name] = ("、" if language == "zh" else ", ").join(shown)
        for name in _WHO & set(said):
            said[name] = (names or {}).get(said[name], said[name])
        return words.say(self.key, language, **said)


@dataclass(frozen=True)
class Verdict:
    """What the evaluation says."""

    state: str
    """``improved``, ``worse``, ``unclear``, ``too_few``, ``before`` (only the base was asked) or ``nothing``."""
    sentences: tuple[Sentence, ...]
    """The answer first: whether the target is met, where there is one, then what changed, then what it cost."""
    target: str = ""
    """``met``, ``missed`` or ``cannot_tell``; empty where no target was said."""

    def text(self, language: str) -> str:
        """All of it, the answer first."""
        return ("" if language == "zh" else " ").join(self.told(language))

    def told(self, language: str) -> list[str]:
        """Its sentences, the answer first; the base is called as on the page."""
        names = {"base": words.say("ui_compare.base_of", language)}
        return [one.text(language, names) for one in self.sentences]

    def both(self) -> dict[str, str]:
        """``{"zh": …, "en": …}``."""
        return {language: self.text(language) for language in words.LANGUAGES}


def verdict(board: Board) -> Verdict:
    """The verdict on the board's subject against its base, on the slice that matters most."""
    model, part = board.subject, board.evaluation.headline
    difference = board.difference(model)
    row = board.row(model, part, board.headline)
    if row is None or row.value is None:
        return Verdict("nothing", (Sentence("evals.verdict_nothing", {"errors": board.errors}),))
    if difference is None:
        state, first = "before", _before(board, row)
    else:
        state, first = difference.state, _change(board, difference)
        if board.noise and board.noise.hides(difference.interval.value) and state in {"improved", "worse"}:
            state, first = "unclear", _luck(board, board.noise, difference)
    extra = [
        _beyond_luck(board, difference),
        _elsewhere(board),
        _trained_only(board),
        _rival(board),
        _made_up(board),
        _untold(board),
        _by_heart(board),
        _trained_once(board, difference),
        _as_text(board),
        _foreign(board),
        _fair_chance(board),
        *_kept(board),
        _not_scored(board),
    ]
    return Verdict(state, tuple(one for one in (_required(board), first, *extra) if one), board.required)


def figure_text(value: float, scale: float, is_share: bool, n: int) -> str:
    """A figure as it is read: ``18/27`` for shares, else two or three digits."""
    if is_share:
        return f"{round(value * n)}/{n}"
    return f"{value:.1f}" if scale == 100 else f"{value:.2f}"


def points(value: float, scale: float) -> str:
    """A difference as it is read: percentage points where the figure is a share."""
    return f"{value * 100:+.0f}" if scale == 1 else f"{value:+.1f}"


def _before(board: Board, row: BoardRow) -> Sentence:
    share = row.metric == "right"
    values = {
        "model": row.model,
        "metric": metric_key(row.metric),
        "value": figure_text(row.value or 0.0, 100 if row.metric == "chrf" else 1, share, row.n),
        "slice": f"evals.slice_{row.slice}",
        "n": row.n,
    }
    return Sentence("evals.verdict_before", values)


def _change(board: Board, one: Difference) -> Sentence:
    values: dict[str, Any] = {
        "model": one.model,
        "base": one.base,
        "metric": metric_key(one.metric),
        "slice": f"evals.slice_{one.slice}",
        "before": figure_text(one.before, one.scale, one.is_share, one.interval.n),
        "after": figure_text(one.after, one.scale, one.is_share, one.interval.n),
        "n": one.interval.n,
        "groups": one.interval.groups,
    }
    if one.state == "too_few":
        values |= {"need": FEW_ITEMS, "need_groups": FEW_GROUPS}
    else:
        values["difference"] = points(one.interval.value, one.scale)
        values["low"] = points(one.interval.low or 0.0, one.scale)
        values["high"] = points(one.interval.high or 0.0, one.scale)
        values["unit"] = "evals.unit_percent" if one.scale == 1 else "evals.unit_points"
    return Sentence(f"evals.verdict_{one.state}", values)


def _luck(board: Board, noise: Noise, one: Difference) -> Sentence:
    """That another seed alone moves the figure as far."""
    said = _change(board, one).values
    low, high = (Level(value, noise.scale) for value in (noise.low, noise.high))
    kept = {name: said[name] for name in ("model", "base", "metric", "slice", "before", "after", "n", "groups")}
    return Sentence("board_diagnostics.verdict_within", kept | {"count": len(noise.runs), "low": low, "high": high})


def _beyond_luck(board: Board, one: Difference | None) -> Sentence | None:
    """That other seeds were tried, and do not explain a difference that is there."""
    noise = board.noise
    if noise is None or one is None or one.state not in {"improved", "worse"} or noise.hides(one.interval.value):
        return None
    low, high = (Level(value, noise.scale) for value in (noise.low, noise.high))
    if noise.low == noise.high:
        return Sentence("board_diagnostics.verdict_same", {"count": len(noise.runs), "low": low})
    return Sentence("board_diagnostics.verdict_beyond", {"count": len(noise.runs), "low": low, "high": high})


def metric_key(metric: str) -> str:
    """The words key of a metric's name, or the metric itself where it has none (a check's)."""
    key = f"evals.metric_{metric.casefold()}"
    return key if words.has(key) else metric


def _trained_only(board: Board) -> Sentence | None:
    return Sentence("evals.verdict_trained_only", {}) if board.evaluation.headline == "trained" else None


def _rival(board: Board) -> Sentence | None:
    """The best of the others on the same questions: whether it needs no training, does as well, or clearly better.

    The same training with another seed is no rival: it says how much luck there is.
    """
    metric, part = board.headline, board.evaluation.headline
    twins = {one.run for one in board.noise.runs} if board.noise else set()
    known = {board.evaluation.base.name, board.subject}
    others = [one for one in board.evaluation.contestants if one.name not in known and not _is_twin(one, twins)]
    rows = [row for one in others if (row := board.row(one.name, part, metric)) and row.value is not None]
    ours = board.row(board.subject, part, metric)
    if not rows or ours is None or ours.value is None:
        return None
    best = max(rows, key=lambda row: row.value or 0.0)
    scale, share = (100 if metric == "chrf" else 1), metric == "right"
    values = {
        "rival": best.model,
        "value": figure_text(best.value or 0.0, scale, share, best.n),
        "model": board.subject,
    }
    if (best.value or 0) <= ours.value:
        return Sentence("evals.verdict_rival", values)
    is_clear = best.low is not None and ours.high is not None and best.low > ours.high
    return Sentence("evals.verdict_rival_ahead" if is_clear else "evals.verdict_rival_close", values)


def _is_twin(one: Contestant, twins: set[str]) -> bool:
    return one.run in twins and not (one.few or one.documents or one.system is not None)


def _made_up(board: Board) -> Sentence | None:
    """How many right answers also say something false, where there are more than before."""
    before = board.counts[board.evaluation.base.name]["right_and_false"]
    after = board.counts[board.subject]["right_and_false"]
    if after <= before or board.subject == board.evaluation.base.name:
        return None
    return Sentence("evals.verdict_made_up", {"after": after, "before": before})


def _untold(board: Board) -> Sentence | None:
    """What is made up about what was never told, before and after."""
    if board.evaluation.headline == "untold":
        return None
    before, after = (board.row(name, "untold", "wrong") for name in (board.evaluation.base.name, board.subject))
    if after is None or after.value is None:
        return None
    values: dict[str, Any] = {"model": board.subject, "after": figure_text(after.value, 1, True, after.n)}
    if before is None or before.value is None or before is after:
        return Sentence("evals.verdict_untold_alone", values)
    values |= {"base": board.evaluation.base.name, "before": figure_text(before.value, 1, True, before.n)}
    return Sentence("evals.verdict_untold", values)


def _by_heart(board: Board) -> Sentence | None:
    """Trained words against new ones: the wording (or rows) learned by heart, the fact, too little, or unclear."""
    found = board.wordings.get(board.subject)
    if found is None or found.slice != board.evaluation.headline:
        return None
    shares = {
        name: figure_text(one.value, 1, True, one.n) for name, one in (("trained", found.trained), ("new", found.new))
    }
    rows = "by_heart" if found.slice == "new_wording" else "overfitted"
    keys = {"by_heart": rows, "carries_over": "learned", "not_learned": "not_learned", "cannot_tell": "heart_unclear"}
    return Sentence(f"evals.verdict_{keys[found.state]}", shares)


def _required(board: Board) -> Sentence | None:
    """Whether the target is met, by the whole interval; and whether it was said before the answers were seen."""
    if not board.requirement or not board.aim:
        return None
    row = board.required_row
    told = Told(board.requirement, board.evaluation.checks)
    values: dict[str, Any] = {"model": board.subject, "target": told, "when": f"target.when_{board.aim.when}"}
    if row is None or row.value is None:
        return Sentence("target.nothing_scored", values)
    one = figure(row.metric, board.evaluation.checks)
    scale = one.scale if one else 0.0
    values["value"] = figure_text(row.value, scale, bool(one and one.is_share), row.n)
    if row.low is None or row.high is None:
        return Sentence("target.too_few", values)
    values |= {"low": Level(row.low, scale), "high": Level(row.high, scale)}
    return Sentence(f"target.{board.required}", values)


@dataclass(frozen=True)
class Told:
    """A requirement, to be said in whatever language its sentence is."""

    wanted: Requirement
    checks: tuple[Check, ...]

    def text(self, language: str) -> str:
        """The requirement in words."""
        wanted = self.wanted
        one = figure(wanted.metric, self.checks)
        key = metric_key(wanted.metric)
        metric = words.say(key, language) if words.has(key) else wanted.metric.removeprefix("check:")
        part = words.say(f"evals.slice_{wanted.slice}", language) if wanted.slice else ""
        return wanted.said(metric, part, one.scale if one else 0.0, language)


def target_text(text: str, checks: tuple[Check, ...], language: str) -> str:
    """A target as it was written (``right>=0.8``) in words; as it is, where it is about a check there is not."""
    wanted = parse_known(text, checks)
    return Told(wanted, checks).text(language) if wanted else text


@dataclass(frozen=True)
class Level:
    """A figure in the digits it is read in, shares in percent."""

    value: float
    scale: float

    def text(self, language: str) -> str:
        """It in ``language``."""
        if self.scale == 1:
            return f"{100 * self.value:.0f}" + words.say("target.percent", language)
        return f"{self.value:.1f}" if self.scale == 100 else f"{self.value:.2f}"


def _elsewhere(board: Board) -> Sentence | None:
    """What it cost on questions that have nothing to do with the data, where they were asked."""
    part = board.evaluation.slices.get(KEEP_ALIVE)
    if not part or board.subject == board.evaluation.base.name or board.evaluation.headline == KEEP_ALIVE:
        return None
    one = next((found for name in ("right", "contains", "chrf") if (found := cost(board, name))), None)
    if one is None:
        return None
    values: dict[str, Any] = {
        "model": one.model,
        "before": figure_text(one.before, one.scale, one.is_share, one.interval.n),
        "after": figure_text(one.after, one.scale, one.is_share, one.interval.n),
        "metric": metric_key(one.metric),
    }
    if one.interval.low is None or one.interval.high is None:
        return Sentence("target.cost_too_few", values)
    values |= {"difference": points(one.interval.value, one.scale)}
    values |= {"low": points(one.interval.low, one.scale), "high": points(one.interval.high, one.scale)}
    return Sentence(f"target.cost_{one.state}", values)


def cost(board: Board, metric: str = "right") -> Difference | None:
    """What the subject lost or gained against the base on the shipped general questions."""
    return board.difference(board.subject, KEEP_ALIVE, metric)


def _trained_once(board: Board, difference: Difference | None) -> Sentence | None:
    """That one training says nothing of its own luck, where no other seed was tried."""
    is_run = any(one.run for one in board.evaluation.contestants if one.name == board.subject)
    return Sentence("target.one_seed", {}) if difference and is_run and board.noise is None else None


def _as_text(board: Board) -> Sentence | None:
    """That nothing was run where the verdict is about queries or code compared as they are written."""
    return Sentence("metrics.as_text", {}) if board.headline == "same_query" else None


def _foreign(board: Board) -> Sentence | None:
    names = ", ".join(board.evaluation.foreign)
    return Sentence("evals.verdict_foreign", {"models": names}) if names else None


def _fair_chance(board: Board) -> Sentence | None:
    """Who is asked to read what its base hardly reads; that prompts and documents cannot win so."""
    evaluation = board.evaluation
    unread = [one for one in evaluation.contestants if evaluation.reads.get(one.name) is False]
    if not unread:
        return None
    wanted = ("zh", "en") if evaluation.language == "mixed" else (evaluation.language,)
    able = next((e.name for e in catalog.CATALOG.values() if all(one in e.reads for one in wanted)), "—")
    bases = ", ".join(dict.fromkeys(one.base for one in unread))
    values: dict[str, Any] = {"base": bases, "tongue": f"evals.language_{evaluation.language}", "other": able}
    rivals = tuple(one.name for one in unread if one.documents or one.few or one.system is not None)
    if not rivals:
        return Sentence("evals.verdict_fair_chance", values)
    return Sentence("evals.verdict_fair_chance_named", values | {"rivals": rivals})


def _kept(board: Board) -> list[Sentence]:
    """Which servers were off, so that what they answered before stands."""
    return [Sentence("evals_record.kept", {"model": name, "count": n}) for name, n in board.kept.items()]


def _not_scored(board: Board) -> Sentence | None:
    return Sentence("evals.verdict_errors", {"count": board.errors}) if board.errors else None
