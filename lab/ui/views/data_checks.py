"""Rules every answer must keep, and how many rows show each at work.

Knows: counted checks as HTML; a button reports which one is to go. Must not know gradio or what a check means.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import words
from lab.checks import Count, asked_for
from lab.ingest import describe
from lab.records import Check
from lab.ui.present import badge, tag, text
from lab.ui.views.data_rows import SPLITS

PLAIN = ("max_words", "json_schema")
"""Kinds whose value is no list of words."""


def listed(counts: Sequence[Count], language: str) -> str:
    """Each check with the rows that show it at work, and what a person should know of it."""
    if not counts:
        return tag("p", text(words.say("ui_data_checks.none", language)), class_="fine")
    return tag("ul", "".join(_check(number, count, language) for number, count in enumerate(counts)), class_="checks")


def named(check: Check, language: str) -> str:
    """The rule as a sentence."""
    plain = check.values[0] if check.kind in PLAIN and check.values else asked_for(check) if check.values else ""
    return words.say(f"ui_data_checks.kind_{check.kind}", language) + (f" {plain}" if plain else "")


def _check(number: int, count: Count, language: str) -> str:
    problems = count.problems()
    mark = badge(
        words.say(f"ui_data_checks.{'look' if problems else 'fine'}", language), "warn" if problems else "good"
    )
    rows = {split: count.exercised.get(split, 0) for split in SPLITS}
    told = tag("span", text(words.say("ui_data_checks.exercised", language, **rows)), class_="num fine")
    label = words.say("ui_data_checks.remove", language)
    button = tag(
        "button",
        text(label),
        type="button",
        class_="quiet",
        data_pick=f"remove:{number}",
        aria_label=f"{label} {number + 1}",
    )
    why = "".join(tag("p", text(describe(problem, language)), class_="caution") for problem in problems)
    return tag("li", tag("div", f"{mark} {tag('b', text(named(count.check, language)))} {button}") + told + why)
