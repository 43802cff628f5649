"""The scoreboard as files to take away: one HTML page that opens without a network, or a table.

Knows: how boards and answers become text. Must not compute figures.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from html import escape

from lab import words
from lab.evals.board import Board, BoardRow
from lab.evals.evaluation import ItemRecord
from lab.evals.verdict import metric_key, verdict

_STYLE = """
body{font:16px/1.6 "PingFang SC","Noto Sans SC","Microsoft YaHei",system-ui,sans-serif;margin:2rem auto;max-width:60rem;
padding:0 1rem;color:#222;background:#fbfaf7}table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #ddd8cc}
td.n{font-family:ui-monospace,monospace;text-align:right}p.v{border-left:3px solid #7a5c2e;padding-left:1rem}
article{border-bottom:1px solid #ddd8cc;padding:.6rem 0;break-inside:avoid}dl{display:grid;margin:.3rem 0;
grid-template-columns:minmax(7rem,12rem) 1fr;gap:.2rem .8rem}dt{color:#666;overflow-wrap:anywhere}dd{margin:0;
overflow-wrap:anywhere;white-space:pre-wrap}small{color:#666}
@media print{body{margin:0;background:#fff}}@media(max-width:40rem){dl{grid-template-columns:1fr}table{display:block;
overflow-x:auto}}
"""


def html(boards: Sequence[Board], language: str, answers: Mapping[str, Sequence[ItemRecord]] | None = None) -> str:
    """All boards in one page, in ``language``; with every answer of the evaluations that ``answers`` holds by id."""
    title = words.say("evals.board_title", language)
    body = "".join(_section(board, (answers or {}).get(board.evaluation.id, ()), language) for board in boards)
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
            number_of(row, row.value),
            "—" if row.low is None else f"{number_of(row, row.low)} … {number_of(row, row.high)}",
            str(row.n),
            str(row.not_scored),
        ]
        for row in board.rows
    ]


def metric_name(metric: str, language: str) -> str:
    """How a metric is called."""
    key = metric_key(metric)
    return words.say(key, language) if words.has(key) else metric


def number_of(row: BoardRow, value: float | None) -> str:
    """A figure in the digits its metric is read in."""
    if value is None:
        return "—"
    return f"{value:.1f}" if row.metric in {"chrf", "perplexity"} else f"{value:.3f}"


def table_file(board: Board, language: str) -> str:
    """The board as CSV; a cell that a spreadsheet would run as a formula gets an apostrophe."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in table(board, language):
        writer.writerow(["'" + cell if cell.startswith(("=", "+", "@")) else cell for cell in row])
    return "\ufeff" + out.getvalue()


def _section(board: Board, answers: Sequence[ItemRecord], language: str) -> str:
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
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{_answers(answers, language)}</section>"
    )


def _answers(records: Sequence[ItemRecord], language: str) -> str:
    """Every question with its reference and what each contestant said, in the order of the evaluation."""
    items: dict[str, list[ItemRecord]] = {}
    for record in records:
        items.setdefault(record.item, []).append(record)
    return "".join(_item(same, language) for same in items.values())


def _item(same: Sequence[ItemRecord], language: str) -> str:
    first = same[0]
    place = f"{first.file}:{first.line}" if first.line else first.file
    told = f"<dt>{escape(words.say('evals.column_reference', language))}</dt><dd>{escape(first.reference)}</dd>"
    for record in same:
        judged = words.say(f"evals.metric_{record.judgement}", language) if record.judgement else ""
        said = record.answer if record.answer is not None else words.say("evals.no_answer", language)
        told += f"<dt>{escape(record.contestant)}</dt><dd>{escape(said)} <small>{escape(judged)}</small></dd>"
    slice_name = words.say(f"evals.slice_{first.slice}", language)
    head = f"<b>{escape(first.question)}</b> <small>{escape(place)} · {escape(slice_name)}</small>"
    return f"<article>{head}<dl>{told}</dl></article>"
