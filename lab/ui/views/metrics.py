"""What the page shows about the metrics themselves: those that mean nothing for some data, and the self-test.

Knows: figures and vectors as HTML. Must not know gradio, nor how a metric is computed.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import words
from lab.evals import Board
from lab.evals.report import metric_name
from lab.selftest import Compared, cells
from lab.ui.present import badge, facts, table, tag, text


def refused(board: Board, language: str) -> str:
    """The figures that this board cannot show, each with its reason; empty where there is none."""
    shown = {row.metric for row in board.rows if row.n}
    told = [
        (text(metric_name(one.name, language)), text(words.say(one.none, language, **dict(one.none_values))))
        for one in board.figures
        if one.name not in shown
    ]
    return tag("h4", text(words.say("metrics.not_shown", language))) + facts(told) if told else ""


def self_test(tested: Sequence[Compared], language: str) -> str:
    """Every known value beside what is computed here, folded; those that differ first."""
    passed = sum(one.passed for one in tested)
    names = ("metric", "value", "reference", "source", "passed")
    head = [text(words.say(f"selftest.column_{name}", language)) for name in names]
    rows = [_vector(one, language) for one in sorted(tested, key=lambda one: one.passed)]
    summary = words.say("selftest.summary", language, passed=passed, total=len(tested))
    mark = badge(summary, "good" if passed == len(tested) else "bad")
    heading = tag("summary", tag("h3", text(words.say("selftest.title", language))) + mark)
    lead = tag("p", text(words.say("selftest.lead", language)), class_="fine")
    return tag("details", heading + lead + table(head, rows), class_="more self-test")


def _vector(one: Compared, language: str) -> list[str]:
    metric, case, *said, result = cells(one, language)
    title = tag("b", text(metric)) + tag("code", text(case))
    return [title, *map(text, said), badge(result, "good" if one.passed else "bad")]
