"""What is wrong with the files: each problem with its place and reason, and what a repair would change.

Knows: problems and changes as HTML; a Fix button reports the code of its repair. Must not know gradio or how a
repair is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lab import words
from lab.ingest import describe, places
from lab.records import Problem
from lab.ui.present import badge, tag, text

SHOWN = 40
SEVERITIES = {"error": "bad", "warning": "warn", "info": ""}


def heading(problems: Sequence[Problem], language: str) -> str:
    """How many problems there are of each severity, as the heading of their list."""
    counts: Counter[str] = Counter()
    for problem in problems:
        counts[problem.severity] += places(problem)
    told = [words.say(f"ui_data.severity_{name}_n", language, n=counts[name]) for name in SEVERITIES if counts[name]]
    return words.say("ui_data_problems.title", language, counts=" · ".join(told))


def listed(problems: Sequence[Problem], language: str, *, fixable: bool = False) -> str:
    """Every problem with its file, line and reason, errors first; with a Fix button where ``fixable``."""
    if not problems:
        return tag("p", text(words.say("ui_data.no_problems", language)), class_="fine")
    order = list(SEVERITIES)
    ranked = sorted(
        problems, key=lambda p: (order.index(p.severity) if p.severity in order else 9, p.file, p.line or 0)
    )
    items = "".join(_problem(problem, language, fixable) for problem in ranked[:SHOWN])
    rest = len(problems) - SHOWN
    if rest > 0:
        items += tag("li", text(words.say("ui_data.more_problems", language, n=rest)))
    return tag("ul", items, class_="problems")


def _problem(problem: Problem, language: str, fixable: bool) -> str:
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    mark = badge(words.say(f"ui_data.severity_{problem.severity}", language), SEVERITIES.get(problem.severity, ""))
    fix = ""
    if fixable and problem.fix:
        said = words.say("ui_data_problems.fix", language)
        label = f"{said}: {place}"
        fix = tag("button", text(said), type="button", class_="quiet", data_pick=problem.fix, aria_label=label)
    told = tag("span", text(describe(problem, language)), class_="reason")
    return tag("li", mark + tag("span", text(place), class_="place") + told + fix)
