"""What the page shows about the metrics themselves: those that mean nothing for some data, and the self-test.

Knows: figures and vectors as HTML. Must not know gradio, nor how a metric is computed.
"""

from __future__ import annotations

from lab import words
from lab.evals import Board
from lab.evals.report import metric_name
from lab.ui.present import facts, tag, text


def refused(board: Board, language: str) -> str:
    """The figures that this board cannot show, each with its reason; empty where there is none."""
    shown = {row.metric for row in board.rows if row.n}
    told = [
        (text(metric_name(one.name, language)), text(words.say(one.none, language, **dict(one.none_values))))
        for one in board.figures
        if one.name not in shown
    ]
    return tag("h4", text(words.say("metrics.not_shown", language))) + facts(told) if told else ""
