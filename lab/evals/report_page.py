"""The report: one HTML page in one language that opens without a network and prints well.

Knows: what the page holds and how it looks. Whatever comes from data or a model is escaped; nothing is fetched and
nothing runs. Must not know how figures are computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from lab import words
from lab.evals import changes, explaining
from lab.evals.board import BoardRow, identity
from lab.evals.changes import CHANGES, Asked
from lab.evals.evaluation import SLICES, ItemRecord
from lab.evals.report import Told, metric_name, number_of, plain
from lab.evals.verdict import verdict
from lab.records import Contestant
from lab.workspace import now

_STYLE = """
:root{--ink:#26231e;--quiet:#665f53;--line:#e4ddcf;--tuned:#0d6b5e;--base:#69665f;--bad:#a33324;--warn:#8f5f00}
*{box-sizing:border-box}body{font:15px/1.6 system-ui,"PingFang SC","Noto Sans SC","Microsoft YaHei",sans-serif;
margin:2rem auto;max-width:62rem;padding:0 1.2rem;color:var(--ink);background:#fffdf8;overflow-wrap:anywhere}
h1,h2{font-family:"Iowan Old Style",Palatino,Georgia,"Songti SC","Noto Serif SC",serif;line-height:1.3}
h1{font-size:1.5rem}h2{font-size:1.3rem;margin:2rem 0 .4rem}h3{font-size:1rem;margin:1.4rem 0 .3rem}
small,.q{color:var(--quiet)}.v{border-left:4px solid var(--side);padding:.2rem 0 .2rem 1.1rem;margin:1rem 0}
.good{--side:var(--tuned)}.bad{--side:var(--bad)}.warn{--side:var(--warn)}.v p{margin:.4rem 0}
.v p:first-child{font:600 1.35rem/1.4 Georgia,"Songti SC","Noto Serif SC",serif}
.dot{display:grid;grid-template-columns:14rem 1fr 9rem;gap:1rem;align-items:center;color:var(--c);break-inside:avoid}
.tuned{--c:var(--tuned)}.base{--c:var(--base)}.dot svg{width:100%;height:24px;overflow:visible;
background:linear-gradient(to right,var(--line) 1px,transparent 1px) 0 0/25% 100%;border-right:1px solid var(--line)}
.dot line{stroke:var(--c);stroke-width:3;opacity:.5}.dot circle{fill:var(--c)}
.dot span:last-child{text-align:right;font:13px ui-monospace,monospace}
table{border-collapse:collapse;width:100%;margin:.4rem 0 1rem;font-size:13px}caption{text-align:left;font-weight:600}
th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:baseline}
td{font-family:ui-monospace,monospace;text-align:right}thead th+th{text-align:right;font-weight:400}
tr.m th{border:0;padding-top:.7rem}tr.m code{display:block;color:var(--quiet);font-weight:400;font-size:11px}
tbody th[scope=row]{font-weight:400;padding-left:.8rem}table.e td{text-align:left;font-family:inherit}
article{border-left:4px solid var(--side,var(--line));padding:.2rem 0 .2rem .9rem;margin:1rem 0;break-inside:avoid}
dl{display:grid;grid-template-columns:minmax(6rem,11rem) 1fr;gap:.2rem .9rem;margin:.3rem 0}dt{color:var(--quiet)}
dd{margin:0;white-space:pre-wrap}blockquote{margin:0;padding-left:.8rem;border-left:2px solid var(--line)}
del{color:var(--bad)}ins{color:var(--tuned)}
@media print{body{margin:0;max-width:none;background:#fff;font-size:11pt}details{display:block}}
@media(max-width:44rem){dl{grid-template-columns:1fr}.dot{grid-template-columns:1fr auto;gap:0 .6rem}
.dot svg{grid-column:1/-1;grid-row:2}table{font-size:11px}}
"""
_SIDES = {"met": "good", "missed": "bad", "improved": "good", "worse": "bad"}
_EDGES = {"fixed": "good", "broken": "bad", "both_wrong": "warn"}


def html(told: Sequence[Told], language: str) -> str:
    """All evaluations in one page, in ``language``."""
    datasets = ("、" if language == "zh" else ", ").join(dict.fromkeys(one.board.evaluation.dataset for one in told))
    title = escape(words.say("report.title", language, datasets=datasets))
    made = escape(words.say("report.made", language, when=now()[:16].replace("T", " ")))
    body = "".join(_section(one, language) for one in told)
    tongue = "zh-Hans" if language == "zh" else "en"
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return (
        f'<!doctype html>\n<html lang="{tongue}"><head>{head}<style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1>{body}<p><small>{made}</small></p></body></html>\n"
    )


def _section(told: Told, language: str) -> str:
    one = told.board.evaluation
    about = words.say(
        "report.about",
        language,
        dataset=one.dataset,
        version=one.version,
        when=one.created[:16].replace("T", " "),
        eval=one.id,
    )
    judge = f"<h2>{escape(words.say('report.judge', language))}</h2>{told.judge}" if told.judge else ""
    parts = (_verdict(told, language), _who(told, language), _dots(told, language), _faults(told, language))
    judge = _explained(told, language) + judge
    return (
        f"<section>{''.join(parts)}{_figures(told, language)}{_questions(told, language)}{judge}"
        f"<p><small>{escape(about)}</small></p></section>"
    )


def _verdict(told: Told, language: str) -> str:
    found = verdict(told.board)
    said = [one.text(language, told.names) for one in found.sentences]
    said += [told.advice.text(language, told.names)] if told.advice else []
    side = _SIDES.get(found.target or found.state, "warn")
    return f'<div class="v {side}">{"".join(f"<p>{escape(plain(one))}</p>" for one in said)}</div>'


def _who(told: Told, language: str) -> str:
    lines = ""
    for one in told.board.evaluation.contestants:
        weights = told.board.evaluation.weights.get(one.name, "")
        base = plain(one.base)
        lines += f"<li>{_name(told, one.name)} <small>{escape(base)} {escape(weights[:25])}</small></li>"
    return f"<h3>{escape(words.say('report.who', language))}</h3><ul>{lines}</ul>"


def _dots(told: Told, language: str) -> str:
    made = ""
    for part in SLICES:
        rows = [(one, told.board.row(one.name, part, "right")) for one in told.board.evaluation.contestants]
        lines = "".join(_dot(told, one, row) for one, row in rows if row and row.value is not None)
        if lines:
            made += f"<h3>{escape(words.say(f'evals.slice_{part}', language))}</h3>{lines}"
    return f"<h2>{escape(words.say('report.slices', language))}</h2>{made}" if made else ""


def _dot(told: Told, one: Contestant, row: BoardRow) -> str:
    value, interval, line = row.value or 0.0, "", ""
    if row.low is not None and row.high is not None:
        interval = f" {100 * row.low:.0f}–{100 * row.high:.0f} %"
        line = f'<line x1="{100 * row.low:.1f}%" x2="{100 * row.high:.1f}%" y1="50%" y2="50%"/>'
    drawing = f'<svg aria-hidden="true">{line}<circle cx="{100 * value:.1f}%" cy="50%" r="6"/></svg>'
    figure = f"{round(value * row.n)}/{row.n}{interval}"
    side = "tuned" if one.run else "base"
    return f'<div class="dot {side}"><span>{_name(told, one.name)}</span>{drawing}<span>{figure}</span></div>'


def _figures(told: Told, language: str) -> str:
    columns = ("model", "value", "interval", "n", "not_scored")
    head = "".join(f'<th scope="col">{escape(words.say(f"evals.column_{name}", language))}</th>' for name in columns)
    made = ""
    for part in SLICES:
        rows = [row for row in told.board.rows if row.slice == part]
        body = ""
        for metric in dict.fromkeys(row.metric for row in rows):
            same = [row for row in rows if row.metric == metric]
            told_by = escape(identity(told.board, same[0]))
            name = escape(metric_name(metric, language))
            body += f'<tr class="m"><th colspan="5">{name}<code>{told_by}</code></th></tr>'
            body += "".join(_figure(told, row) for row in same)
        if body:
            caption = escape(words.say(f"evals.slice_{part}", language))
            made += f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f"<h2>{escape(words.say('report.figures', language))}</h2>{made}"


def _figure(told: Told, row: BoardRow) -> str:
    interval = "–" if row.low is None else f"{number_of(row, row.low)} … {number_of(row, row.high)}"
    cells = (number_of(row, row.value), interval, str(row.n), str(row.not_scored))
    name = f'<th scope="row">{_name(told, row.model)}</th>'
    return f"<tr>{name}{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _explained(told: Told, language: str) -> str:
    if told.diagnostics is None:
        return ""
    made = f"<h2>{escape(explaining.say('title', language))}</h2>"
    for part in explaining.paragraphs(told.board, told.diagnostics, language, told.names):
        if isinstance(part, str):
            mark = "h3" if isinstance(part, explaining.Heading) else "p"
            made += f"<{mark}>{escape(plain(part))}</{mark}>"
        else:
            rows = ("".join(f"<td>{escape(plain(cell))}</td>" for cell in cells) for _, *cells in part)
            heads = (f'<th scope="row">{escape(cells[0])}</th>' for cells in part)
            body = "".join(f"<tr>{head}{row}</tr>" for head, row in zip(heads, rows, strict=True))
            made += f'<table class="e">{body}</table>'
    return made


def _faults(told: Told, language: str) -> str:
    tally = Counter((one.contestant, one.fault) for one in told.faults.values())
    lines = "".join(
        f"<li>{_name(told, model)}: {escape(words.say(f'fault.{fault}', language))} {n}</li>"
        for (model, fault), n in tally.items()
    )
    return f"<h3>{escape(words.say('fault.counts', language))}</h3><ul>{lines}</ul>" if lines else ""


def _questions(told: Told, language: str) -> str:
    alone = told.board.subject == told.board.evaluation.base.name
    tally: Counter[str] = Counter()
    made = []
    for one in told.questions:
        tally[one.change] += 1
        made.append(_question(told, one, alone, language))
    if not made:
        return ""
    counts = " · ".join(
        words.say("report.counts", language, change=_change(kind, alone, language), n=tally[kind])
        for kind in CHANGES
        if tally[kind]
    )
    return f"<h2>{escape(words.say('report.questions', language))}</h2><p>{escape(counts)}</p>{''.join(made)}"


def _change(kind: str, alone: bool, language: str) -> str:
    key = kind.replace("both_", "alone_") if alone and kind.startswith("both_") else f"change_{kind}"
    return words.say(f"ui_board.{key}", language)


def _question(told: Told, one: Asked, alone: bool, language: str) -> str:
    first, row = one.first, told.rows.get(one.item)
    place = f"{first.file}:{first.line}" if first.line else first.file
    facts = (_change(one.change, alone, language), place, words.say(f"evals.slice_{one.slice}", language))
    head = f"<b>{escape(first.question)}</b> <small>{escape(' · '.join(fact for fact in facts if fact))}</small>"
    listed = _pair(words.say("evals.column_reference", language), escape(first.reference))
    listed += "".join(_answer(told, record, language) for record in one.answers.values())
    pair = [one.answers.get(name) for name in (told.board.evaluation.base.name, told.board.subject)]
    said = [record.answer for record in pair if record and record.answer]
    if len(said) == 2 and said[0] != said[1] and changes.is_alike(said[0], said[1]):
        names = {"same": "span", "gone": "del", "new": "ins"}
        drawn = (f"<{names[p.kind]}>{escape(p.text)}</{names[p.kind]}>" for p in changes.pieces(said[0], said[1]))
        listed += _pair(words.say("report.difference", language), "".join(drawn))
    if row and row.evidence:
        where = escape(f"{row.document}:{row.start}–{row.end}") if row.document else ""
        quote = f"<blockquote>{escape(row.evidence)} <small>{where}</small></blockquote>"
        listed += _pair(words.say("report.evidence", language), quote)
    return f'<article class="{_EDGES.get(one.change, "")}">{head}<dl>{listed}</dl></article>'


def _answer(told: Told, record: ItemRecord, language: str) -> str:
    notes = [words.say(f"evals.metric_{record.judgement}", language)] if record.judgement else []
    for name, kept in record.checks.items():
        notes.append(words.say("report.checks_kept" if kept else "report.checks_broken", language, name=name))
    fault = told.faults.get((record.item, record.contestant))
    if fault:
        kind, cause = (words.say(f"fault.{part}{fault.fault}", language) for part in ("", "cause_"))
        notes.append(words.say("report.fault", language, fault=kind, cause=cause))
    said = record.answer if record.answer is not None else words.say("evals.no_answer", language)
    who = plain(told.names.get(record.contestant, record.contestant))
    return _pair(who, f"{escape(said)} <small>{escape(' · '.join(notes))}</small>")


def _pair(label: str, content: str) -> str:
    return f"<dt>{escape(label)}</dt><dd>{content}</dd>"


def _name(told: Told, model: str) -> str:
    return escape(plain(told.names.get(model, model)))
