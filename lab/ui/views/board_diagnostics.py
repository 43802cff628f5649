"""What explains a board, as HTML: what was learned and lost, how steady answers are, what they cost, what chance moves.

Knows: diagnostics as cards. Figures come ready from ``lab.evals``. Must not know gradio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab import words
from lab.evals import Board, Diagnostics
from lab.evals.cost import Cost
from lab.evals.overfitting import Card, Copies, Losses, Wording
from lab.evals.report import metric_name
from lab.evals.stability import Stability
from lab.evals.statistics import Interval
from lab.evals.verdict import Level, points
from lab.ui.present import badge, facts, number, table, tag, text
from lab.ui.views.compare import side

Say = Callable[..., str]
STYLES = {
    "by_heart": "bad",
    "carries_over": "good",
    "not_learned": "warn",
    "misplaced": "bad",
    "none": "good",
    "worse": "bad",
    "improved": "good",
    "rising": "bad",
    "worse_than_base": "bad",
    "better_than_base": "good",
}


def diagnostics(board: Board, found: Diagnostics, names: dict[str, str], language: str) -> str:
    """All cards of an evaluation."""

    def say(key: str, **values: object) -> str:
        return words.say(f"board_diagnostics.{key}", language, **values)

    head = tag("h2", text(say("title"))) + tag("p", text(say("lead")), class_="lead")
    cards = [_learned(card, names, language, say) for card in found.overfitting]
    cards += [
        _steady(board, found, names, language, say),
        _cost(board, found, names, language, say),
        _noise(board, language, say),
    ]
    return tag("section", head + "".join(card for card in cards if card), class_="diagnostics")


def _card(title: str, body: str) -> str:
    return tag("section", tag("h3", title) + body, class_="diagnostic")


# --- what was learned


def _learned(card: Card, names: dict[str, str], language: str, say: Say) -> str:
    made = [
        _wording(card.wording, language, say),
        _copies(card.copies, say),
        _forgotten(card, say),
        _loss(card.losses, say),
    ]
    title = text(say("learned_title")) + " " + badge(names.get(card.model, card.model), "tuned")
    return _card(title, tag("ul", "".join(made), class_="findings"))


def _finding(label: str, figure: str, sentence: str, style: str = "") -> str:
    value = tag("span", text(figure), class_="finding-value")
    inside = tag("span", text(label), class_="tile-label") + value + tag("p", text(sentence))
    return tag("li", inside, class_=f"finding {style}".strip())


def _wording(found: Wording | None, language: str, say: Say) -> str:
    if found is None:
        return _finding(say("wording"), "–", say("wording_none"))
    trained, new = _count(found.trained), _count(found.new)
    part = words.say(f"evals.slice_{found.slice}", language)
    told = say(f"wording_{found.state}", trained=trained, new=new, slice=part)
    return _finding(say("wording"), f"{trained} → {new}", told, STYLES.get(found.state, ""))


def _copies(found: Copies | None, say: Say) -> str:
    if found is None:
        return _finding(say("copies"), "–", say("copies_unknown"))
    state = "misplaced" if found.misplaced else "own" if found.copied else "none"
    told = say(f"copies_{state}", n=found.n, copied=found.copied, misplaced=found.misplaced)
    return _finding(say("copies"), f"{found.copied}/{found.n}", told, STYLES.get(state, ""))


def _forgotten(card: Card, say: Say) -> str:
    one = card.forgetting
    if one is None:
        return _finding(say("forgotten"), "–", say("forgotten_none"))
    n = one.interval.n
    before, after = (f"{round(value * n)}/{n}" for value in (one.before, one.after))
    low, high = (points(end or 0.0, 1) for end in (one.interval.low, one.interval.high))
    told = say(f"forgotten_{one.state}", n=n, before=before, after=after, low=low, high=high)
    return _finding(say("forgotten"), f"{before} → {after}", told, STYLES.get(one.state, ""))


def _loss(found: Losses, say: Say) -> str:
    values = {
        name: number(getattr(found, name))
        for name in ("trained", "held_out", "lowest", "token_trained", "token_new", "token_new_base")
    }
    told = say(f"loss_{found.state}", lowest_step=found.lowest_step, **values)
    shown = [values["lowest"], values["held_out"]] if found.state == "rising" else []
    shown = shown or [values["token_new_base"], values["token_new"]]
    figure = values["trained"] if found.state == "unknown" else " → ".join(shown)
    return _finding(say("loss"), figure, told, STYLES.get(found.state, ""))


# --- how steady


def _steady(board: Board, found: Diagnostics, names: dict[str, str], language: str, say: Say) -> str:
    made = ""
    for over in ("repeats", "wordings"):
        rows = [one for one in found.stability if one.over == over]
        if rows:
            made += _steady_table(board, over, rows, names, language, say)
    if not any(one.over == "repeats" for one in found.stability):
        made += tag("p", text(say("steady_none")), class_="fine")
    return _card(text(say("steady_title")), made)


def _steady_table(
    board: Board, over: str, rows: list[Stability], names: dict[str, str], language: str, say: Say
) -> str:
    n = max((one.n for row in rows for one in (row.flips, row.worst) if one), default=0)
    evaluation = board.evaluation
    lead = say(f"steady_{over}", n=n, k=evaluation.repeats, temperature=number(evaluation.temperature))
    shown = [
        name for name in ("flips", "all_right", "any_right", "worst", "same") if any(getattr(r, name) for r in rows)
    ]
    body = [[text(say(name)), *(_interval(getattr(row, name), language) for row in rows)] for name in shown]
    left_out = [row.not_scored for row in rows]
    note = tag("p", text(say("left_out", n=sum(left_out))), class_="fine") if any(left_out) else ""
    heads = ["", *(_name(board, row.model, names) for row in rows)]
    return tag("p", text(lead), class_="fine") + table(heads, body, class_="plain figured") + note


def _interval(found: Interval | None, language: str) -> str:
    """A share or a mean with its interval below."""
    if found is None:
        return "–"
    percent = words.say("target.percent", language)
    value = f"{100 * found.value:.0f}{percent}"
    if found.low is None or found.high is None:
        return text(value)
    return text(value) + tag(
        "span", text(f"{100 * found.low:.0f}–{100 * found.high:.0f}{percent} · n={found.n}"), class_="place"
    )


# --- what it costs


def _cost(board: Board, found: Diagnostics, names: dict[str, str], language: str, say: Say) -> str:
    told = [one for one in found.costs if one.n]
    if not told:
        return _card(text(say("cost_title")), tag("p", text(say("cost_none")), class_="fine"))
    heads = ["", *(_name(board, one.model, names) for one in told)]
    body = [
        [text(say(name)), *cells] for name, cells in _cost_rows(told, language) if any(cell != "–" for cell in cells)
    ]
    memory = facts([(say("memory"), text(_size(found.used.megabytes * 2**20)))]) if found.used.megabytes else ""
    note = tag("p", text(say("cost_note", at_once=found.used.at_once)), class_="fine") if found.used.at_once else ""
    return _card(text(say("cost_title")), table(heads, body, class_="plain figured") + memory + note)


def _cost_rows(told: list[Cost], language: str) -> Iterator[tuple[str, list[str]]]:
    yield "prompt_tokens", [number(one.prompt_tokens, 0) for one in told]
    yield "tokens", [number(one.tokens, 0) for one in told]
    yield "timed", [f"{one.timed}/{one.n}" for one in told]
    for name in ("first_token", "p50", "p95"):
        yield name, [_seconds(getattr(one, name), language) for one in told]
    yield "tokens_per_second", [number(one.tokens_per_second, 1) for one in told]
    for name in ("base_bytes", "own_bytes"):
        yield name, [_size(getattr(one, name)) for one in told]


def _seconds(value: float | None, language: str) -> str:
    return "–" if value is None else words.say("ui.seconds", language, seconds=f"{value:.2f}")


def _size(count: int) -> str:
    if not count:
        return "–"
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.1f} MB"


# --- what chance moves


def _noise(board: Board, language: str, say: Say) -> str:
    title, found = text(say("noise_title")), board.noise
    if found is None:
        trained = any(one.run for one in board.evaluation.contestants)
        return _card(title, tag("p", text(say("noise_one")), class_="fine")) if trained else ""
    difference = board.difference(board.subject)
    told = Level(found.low, found.scale).text(language), Level(found.high, found.scale).text(language)
    values: dict[str, object] = {"count": len(found.runs), "low": told[0], "high": told[1]}
    values["metric"] = metric_name(found.metric, language)
    if difference is None:
        mean, deviation = (
            Level(found.mean, found.scale).text(language),
            Level(found.deviation, found.scale).text(language),
        )
        sentence = say("noise_alone", mean=mean, deviation=deviation, **values)
    else:
        moved = difference.interval.value
        state = "within" if found.hides(moved) else "beyond"
        sentence = say(f"noise_{state}", difference=points(moved, found.scale), **values)
    rows = [
        (f"{one.name} · {say('seed', seed=one.seed)}", text(Level(one.value, found.scale).text(language)))
        for one in found.runs
    ]
    return _card(title, tag("p", text(sentence)) + facts(rows))


def _count(found: Interval) -> str:
    return f"{round(found.value * found.n)}/{found.n}"


def _name(board: Board, model: str, names: dict[str, str]) -> str:
    one = next(one for one in board.evaluation.contestants if one.name == model)
    return badge(names.get(model, model), side(one))
