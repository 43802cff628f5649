"""What explains a board, as HTML: what was learned and lost, how steady answers are, what they cost, what chance moves.

Knows: diagnostics as cards. Sentences and figures come ready from ``lab.evals``. Must not know gradio.
"""

from __future__ import annotations

from lab import words
from lab.evals import Board, Diagnostics
from lab.evals.explaining import OVER, Finding, Steady, costs, findings, luck, say, size, steady
from lab.evals.overfitting import Card
from lab.evals.statistics import Interval
from lab.ui.present import badge, facts, table, tag, text
from lab.ui.views.compare import side

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
    head = tag("h2", text(say("title", language))) + tag("p", text(say("lead", language)), class_="lead")
    cards = [_learned(card, names, language) for card in found.overfitting]
    cards += [
        _steady(board, found, names, language),
        _cost(board, found, names, language),
        _luck(board, language),
    ]
    return tag("section", head + "".join(card for card in cards if card), class_="diagnostics")


def _card(title: str, body: str) -> str:
    return tag("section", tag("h3", title) + body, class_="diagnostic")


def _learned(card: Card, names: dict[str, str], language: str) -> str:
    title = text(say("learned_title", language)) + " " + badge(names.get(card.model, card.model), "tuned")
    return _card(title, tag("ul", "".join(map(_finding, findings(card, language))), class_="findings"))


def _finding(one: Finding) -> str:
    value = tag("span", text(one.figure), class_="finding-value")
    inside = tag("span", text(one.label), class_="tile-label") + value + tag("p", text(one.sentence))
    return tag("li", inside, class_=f"finding {STYLES.get(one.state, '')}".strip())


def _steady(board: Board, found: Diagnostics, names: dict[str, str], language: str) -> str:
    told = {over: one for over in OVER if (one := steady(board, found.stability, over, language))}
    made = "".join(_steady_table(board, one, names, language) for one in told.values())
    if "repeats" not in told:
        made += tag("p", text(say("steady_none", language)), class_="fine")
    return _card(text(say("steady_title", language)), made)


def _steady_table(board: Board, told: Steady, names: dict[str, str], language: str) -> str:
    body = [[text(label), *(_interval(cell, language) for cell in cells)] for label, cells in told.rows]
    note = tag("p", text(say("left_out", language, n=told.left_out)), class_="fine") if told.left_out else ""
    heads = ["", *(_name(board, model, names) for model in told.models)]
    return tag("p", text(told.lead), class_="fine") + table(heads, body, class_="plain figured") + note


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


def _cost(board: Board, found: Diagnostics, names: dict[str, str], language: str) -> str:
    title, told = text(say("cost_title", language)), [one for one in found.costs if one.n]
    if not told:
        return _card(title, tag("p", text(say("cost_none", language)), class_="fine"))
    heads = ["", *(_name(board, one.model, names) for one in told)]
    body = [[text(label), *cells] for label, *cells in costs(told, language)]
    used = found.used
    memory = facts([(say("memory", language), text(size(used.megabytes * 2**20)))]) if used.megabytes else ""
    note = tag("p", text(say("cost_note", language, at_once=used.at_once)), class_="fine") if used.at_once else ""
    return _card(title, table(heads, body, class_="plain figured") + memory + note)


def _luck(board: Board, language: str) -> str:
    found = luck(board, language)
    if found is None:
        return ""
    told = tag("p", text(found.sentence), class_="" if found.runs else "fine")
    runs = facts([(name, text(value)) for name, value in found.runs]) if found.runs else ""
    return _card(text(say("noise_title", language)), told + runs)


def _name(board: Board, model: str, names: dict[str, str]) -> str:
    one = next(one for one in board.evaluation.contestants if one.name == model)
    return badge(names.get(model, model), side(one))
