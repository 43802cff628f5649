"""What is wrong with the files: each problem with its place and reason, and what a repair would change.

Knows: problems, repairs and changes as HTML; a button reports which repair is looked at, a form which one is wanted.
Must not know gradio or how a repair is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab import words
from lab.ingest import describe, places
from lab.ingest.rules.fixes import FIXES, Fix
from lab.records import Problem, Row
from lab.ui.present import badge, tag, text
from lab.ui.views.data_rows import marks, turn

SHOWN = 40
SEVERITIES = {"error": "bad", "warning": "warn", "info": ""}


@dataclass(frozen=True)
class Trial:
    """A repair that is looked at before it is made."""

    code: str
    """Of the problem."""
    fix: Fix
    changes: Sequence[tuple[Row | None, Row | None]]
    """Rows before and after; no row before: it is new; no row after: it is left out."""
    texts: Sequence[str] = ()
    """Texts that become documents."""
    asks: Sequence[tuple[str, int]] = ()
    """Placeholders to be filled, with the rows they stand in."""
    given: str = ""
    """What was filled in, as the repair wants it; its changes are shown before it is made."""


def heading(problems: Sequence[Problem], language: str) -> str:
    """How many problems there are of each severity, as the heading of their list."""
    counts: Counter[str] = Counter()
    for problem in problems:
        counts[problem.severity] += places(problem)
    told = [words.say(f"ui_data.severity_{name}_n", language, n=counts[name]) for name in SEVERITIES if counts[name]]
    if not told:
        return words.say("ui_data.no_problems", language)
    return words.say("ui_data_problems.title", language, counts=" · ".join(told))


def listed(problems: Sequence[Problem], language: str, *, fixable: bool = False, trial: Trial | None = None) -> str:
    """Every problem with its file, line and reason, errors first; with a Fix button where ``fixable``.

    The repair that is looked at is drawn below the first problem it is for.
    """
    if not problems:
        return ""
    order = list(SEVERITIES)
    ranked = sorted(
        problems, key=lambda p: (order.index(p.severity) if p.severity in order else 9, p.file, p.line or 0)
    )
    items, asked = "", set()
    for problem in ranked[:SHOWN]:
        first = problem.code not in asked
        asked.add(problem.code)
        tried = trial if trial and first and trial.code == problem.code else None
        items += _problem(problem, language, fixable and first, tried)
    rest = len(problems) - SHOWN
    if rest > 0:
        items += tag("li", text(words.say("ui_data.more_problems", language, n=rest)))
    return tag("ul", items, class_="problems")


def repairs_made(fixes: Sequence[str], language: str) -> str:
    """The repairs made so far, each with a button that takes it back."""
    if not fixes:
        return ""
    items = ""
    for number, fix in enumerate(fixes):
        code = fix.partition("=")[0]
        undo = tag(
            "button",
            text(words.say("ui_data_problems.undo", language)),
            type="button",
            class_="quiet",
            data_pick=f"undo:{number}",
        )
        items += tag(
            "li", badge(words.say("ui_data_problems.repaired", language), "good") + " " + _about(code, language) + undo
        )
    return tag("ul", items, class_="repairs")


def solving(code: str) -> list[Fix]:
    """The repairs there are for a problem."""
    return [fix for fix in FIXES.values() if code in fix.solves]


def _problem(problem: Problem, language: str, fixable: bool, trial: Trial | None) -> str:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    mark = badge(words.say(f"ui_data.severity_{problem.severity}", language), SEVERITIES.get(problem.severity, ""))
    fix = ""
    if fixable and solving(problem.code):
        said = words.say("ui_data_problems.fix", language)
        fix = tag(
            "button",
            text(said),
            type="button",
            class_="quiet",
            data_pick="leave:" if trial else f"try:{problem.code}:{solving(problem.code)[0].code}",
            aria_label=f"{said} {place}",
            aria_expanded="true" if trial else "false",
        )
    told = tag("span", text(_reason(problem, language)), class_="reason")
    below = _trial(trial, language) if trial else ""
    return tag("li", mark + tag("span", text(place), class_="place") + told + fix + below)


def _reason(problem: Problem, language: str) -> str:
    """The sentence of the problem, in the page's own words where the usual ones speak of the command line."""
    own = f"ui_data_problems.say_{problem.code}"
    return describe(replace(problem, code=own) if words.has(own) else problem, language)


def _trial(trial: Trial, language: str) -> str:
    """The repairs to choose from, what the chosen one would change, and the button that makes it."""
    options = ""
    for fix in solving(trial.code):
        options += tag(
            "button",
            _about(fix.code, language),
            type="button",
            class_="option",
            data_pick=f"try:{trial.code}:{fix.code}",
            aria_pressed="true" if fix.code == trial.fix.code else "false",
        )
    fields = "".join(_ask(name, rows, language) for name, rows in trial.asks)
    is_ready = not trial.asks or bool(trial.given)
    wanted = words.say("ui_data_problems.make" if is_ready else "ui_data_problems.look", language)
    buttons = tag("button", text(wanted), type="submit", class_="act")
    leave = words.say("ui_data_problems.leave", language)
    buttons += tag("button", text(leave), type="button", data_pick="leave:", data_cancel=True)
    inside = tag("div", options, class_="options") + _changes(trial, language)
    inside += tag("div", fields, class_="field-row") if fields and not trial.given else ""
    inside += tag("div", buttons, class_="form-buttons")
    wanted = f"{trial.fix.code}={trial.given}" if trial.given else trial.fix.code
    return tag("form", inside, data_form="fix" if is_ready else f"look:{trial.code}", data_row=wanted, class_="trial")


def _ask(name: str, rows: int, language: str) -> str:
    label = words.say("ui_data_problems.fill", language, name=name, n=rows)
    return tag("label", tag("span", text(label)) + f'<input name="{text(name)}">', class_="field")


def _changes(trial: Trial, language: str) -> str:
    drawn = "".join(_change(before, after, language) for before, after in trial.changes)
    for content in trial.texts:
        title = tag("h3", text(words.say("ui_data_problems.becomes_document", language)))
        drawn += tag("div", title + tag("p", text(content), class_="document"), class_="change")
    if not drawn:
        key = "ui_data_problems.fill_first" if trial.asks and not trial.given else "ui_data_problems.nothing_changes"
        return tag("p", text(words.say(key, language)), class_="fine")
    return tag("p", text(words.say("ui_data_problems.first_changes", language)), class_="count") + drawn


def _change(before: Row | None, after: Row | None, language: str) -> str:
    """A row before and after, side by side; only the turns that differ are drawn where both are there."""
    row = after or before
    head = tag("header", marks(row, language)) if row else ""
    left, right = _turns(before, after, language), _turns(after, before, language)
    sides = _side("before", left if before else _note("was_none", language), language)
    sides += _side("after", right if after else _note("left_out", language), language)
    return tag("div", head + tag("div", sides, class_="sides"), class_="change")


def _turns(row: Row | None, other: Row | None, language: str) -> str:
    if row is None:
        return ""
    known = set(other.messages) if other else set()
    return "".join(turn(message, language) for message in row.messages if message not in known)


def _side(name: str, inside: str, language: str) -> str:
    title = tag("h3", text(words.say(f"ui_data_problems.{name}", language)))
    return tag("section", title + (inside or _note("same", language)), class_=name)


def _note(name: str, language: str) -> str:
    return tag("p", text(words.say(f"ui_data_problems.{name}", language)), class_="fine")


def _about(code: str, language: str) -> str:
    return text(words.say(FIXES[code].about, language)) if code in FIXES else text(code)
