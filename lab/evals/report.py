"""The scoreboard as one HTML file that opens without a network.

Knows: how boards become tables. Must not compute figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lab import words
from lab.evals.board import Board, BoardRow
from lab.evals.verdict import metric_key, verdict

_STYLE = """
body{font:16px/1.6 "PingFang SC","Noto Sans SC","Microsoft YaHei",system-ui,sans-serif;margin:2rem auto;max-width:60rem;
padding:0 1rem;color:#222;background:#fbfaf7}table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd8cc}
td.n{font-family:ui-monospace,monospace;text-align:right}p.v{border-left:3px solid #7a5c2e;padding-left:1rem}
"""


def html(boards: Sequence[Board], language: str) -> str:
    """All boards in one page, in ``language``."""
    title = words.say("evals.board_title", language)
    body = "".join(_section(board, language) for board in boards)
    tongue = "zh-Hans" if language == "zh" else "en"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!doctype html>\n<html lang="{tongue}"><head>{head}<style>{_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )


def table(board: Board, language: str) -> list[list[str]]:
    """The board as cells, its heading row first."""
    names = ("slice", "model", "metric", "value", "interval", "n", "not_scored")
    return [[words.say(f"evals.column_{name}", language) for name in names]] + [
        [
            words.say(f"evals.slice_{row.slice}", language),
            row.model,
            metric_name(row.metric, language),
            _number(row, row.value),
            "—" if row.low is None else f"{_number(row, row.low)} … {_number(row, row.high)}",
            str(row.n),
            str(row.not_scored),
        ]
        for row in board.rows
    ]


def metric_name(metric: str, language: str) -> str:
    """How a metric is called."""
    key = metric_key(metric)
    return words.say(key, language) if words.has(key) else metric


def _number(row: BoardRow, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.1f}" if row.metric in {"chrf", "perplexity"} else f"{value:.3f}"


def _section(board: Board, language: str) -> str:
    heading, *rows = table(board, language)
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heading)
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{"n" if place > 2 else ""}">{escape(cell)}</td>' for place, cell in enumerate(row))
        for row in rows
    )
    one = board.evaluation
    return (
        f"<section><h2>{escape(one.dataset)} · {escape(one.version)}</h2>"
        f"<p>{escape(one.id)} · {escape(one.created)}</p>"
        f'<p class="v">{escape(verdict(board).text(language))}</p>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></section>"
    )
