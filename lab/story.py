"""One run as one HTML file to leave behind: verdict, curve, answers before and after, and what they rest on.

Knows: what is told and in which order, in both languages, and that the file needs nothing beside itself: no script, no
address, no place of this machine. Figures come ready from ``lab.evals``. Must not know the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from lab import catalog, words
from lab.evals import Board, ItemRecord, report, verdict
from lab.evals.board import BoardRow
from lab.records import Run
from lab.ship.space import without_places

WIDTH, HEIGHT, EDGE = 720, 230, 44
ANSWERS = 200
"""Questions listed at most; how many are left out is said."""
LANGUAGES = {"en": ("en", "English"), "zh": ("zh-Hans", "中文")}
_GROUPS = ("gained", "lost", "still_wrong", "still_right", "unjudged")

_STYLE = """
:root{--text:#26231e;--quiet:#665f53;--line:#e4ddcf;--base:#69665f;--tuned:#0d6b5e;--ochre:#8f5f00;--wrong:#a33324}
*{box-sizing:border-box}body{font:16px/1.65 "PingFang SC","Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",system-ui,
sans-serif;margin:0 auto;max-width:56rem;padding:2.2rem 1.2rem 4rem;color:var(--text);background:#f8f5ee}
h1{font:600 1.9rem/1.2 "Iowan Old Style",Palatino,Georgia,"Songti SC","Noto Serif CJK SC",serif;margin:.2rem 0 .6rem}
h2{font-size:1.15rem;margin:2.2rem 0 .5rem}h3{font-size:1rem;margin:1.4rem 0 .3rem}p{margin:.4rem 0}
.quiet,small,figcaption{color:var(--quiet)}.verdict{border-left:4px solid var(--tuned);background:#e2f0ec;margin:1rem 0;
padding:.8rem 1.1rem;border-radius:0 8px 8px 0;font-size:1.05rem}.warn{border-color:var(--ochre);background:#f8eed8}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:.3rem .55rem;
border-bottom:1px solid var(--line);overflow-wrap:anywhere}td.n,th.n{text-align:right;white-space:nowrap;
font-variant-numeric:tabular-nums}tr.slice th{background:#f1ece1;padding-top:.5rem}
dl{display:grid;grid-template-columns:minmax(7rem,11rem) 1fr;gap:.15rem 1rem;margin:.4rem 0}dt{color:var(--quiet)}
dd{margin:0;overflow-wrap:anywhere}article{background:#fffdf8;border:1px solid var(--line);border-radius:8px;
padding:.7rem .9rem;margin:.6rem 0;break-inside:avoid}.two{display:grid;grid-template-columns:1fr 1fr;gap:.2rem 1.2rem;
margin-top:.4rem}.two>div{border-top:3px solid var(--base);padding-top:.25rem;overflow-wrap:anywhere;
white-space:pre-wrap}.two>div.tuned{border-color:var(--tuned)}.said{display:block}
.right{color:var(--tuned)}.wrong{color:var(--wrong)}.mark{font-size:.85rem;display:block}
svg{width:100%;height:auto;background:#fffdf8;border:1px solid var(--line);border-radius:8px}figure{margin:.6rem 0}
svg text{font-size:12px;fill:var(--quiet)}.tongue{position:absolute;opacity:0}nav{display:flex;gap:.3rem;float:right}
nav label{cursor:pointer;padding:.1rem .6rem;border-radius:6px;color:var(--quiet)}
#show-en:checked~nav [for=show-en],#show-zh:checked~nav [for=show-zh]{font-weight:600;color:var(--text)}
#show-en:focus-visible~nav [for=show-en],#show-zh:focus-visible~nav [for=show-zh]{outline:2px solid var(--tuned)}
#show-en:checked~.zh,#show-zh:checked~.en{display:none}.scroll{overflow-x:auto}
@media(max-width:40rem){.two,dl{grid-template-columns:1fr}nav{float:none;justify-content:flex-end}
svg text{font-size:21px}}
@media print{body{background:#fff;padding:0;max-width:none;font-size:10.5pt}nav{display:none}h2{break-after:avoid}
table{font-size:8.5pt}
thead{display:table-header-group}tr.slice{break-after:avoid}tr{break-inside:avoid}
article,figure,.verdict{break-inside:avoid;background:#fff}@page{margin:16mm 15mm}}
"""


@dataclass(frozen=True)
class Asked:
    """A fixed question of a lesson, answered before its first step and after its last."""

    question: str
    told: bool
    """Whether the fact answers it; else declining is right."""
    base: str
    base_mark: str
    now: str
    now_mark: str
    """As of ``lab.evals.keys``."""


@dataclass(frozen=True)
class Story:
    """Everything one file tells."""

    run: Run
    steps: Sequence[dict[str, Any]]
    """Step events of the run, in order; empty where none were recorded."""
    board: Board | None
    """Of its newest finished evaluation; ``None`` where there is none."""
    records: Sequence[ItemRecord]
    """Every answer of that evaluation."""
    lesson: Sequence[Asked] = ()
    """What a taught fact's run was asked while it was taught."""

    def texts(self) -> list[tuple[str, str]]:
        """(place, text) of everything people and models said in it."""
        answered = [(one.file, f"{one.question}\n{one.reference}\n{one.answer or ''}") for one in self.records]
        return answered + [(self.run.dataset, f"{one.question}\n{one.base}\n{one.now}") for one in self.lesson]


def html(story: Story, first: str = "en") -> str:
    """The file: both languages in it, ``first`` shown until the other is chosen."""
    order = [first, *(one for one in LANGUAGES if one != first)]
    choices = "".join(
        f'<input class="tongue" type="radio" name="tongue" id="show-{one}"{" checked" if one == first else ""}'
        f' aria-label="{LANGUAGES[one][1]}">'
        for one in order
    )
    links = "".join(f'<label for="show-{one}">{LANGUAGES[one][1]}</label>' for one in order)
    bodies = "".join(f'<main class="{one}" lang="{LANGUAGES[one][0]}">{_told(story, one)}</main>' for one in order)
    title = escape(words.say("story.title", first, name=story.run.name))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{LANGUAGES[first][0]}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body>{choices}<nav>{links}</nav>{bodies}</body></html>\n"
    )


def _told(story: Story, language: str) -> str:
    say = _sayer(language)
    run, board = story.run, story.board
    parts = [f"<h1>{escape(say('title', name=run.name))}</h1>"]
    base = escape(run.base.removeprefix("hub:")) if catalog_name(run) else escape(without_places(run.base))
    gap = "" if language == "zh" else " "
    parts.append(
        f'<p class="quiet">{escape(say("about", data=run.dataset or "—", created=run.created[:10]))}{gap}{base}</p>'
    )
    parts.append(_verdict(story, language))
    parts += [f"<h2>{escape(say('curve'))}</h2>", curve(story.steps, language)]
    if story.lesson:
        parts += [f"<h2>{escape(say('lesson'))}</h2>", _lesson(story, language)]
    if board:
        parts += [f"<h2>{escape(say('answers'))}</h2>", _answers(story, board, language)]
        parts += [f"<h2>{escape(say('evidence'))}</h2>", _evidence(board, language)]
    parts += [f"<h2>{escape(say('made_of'))}</h2>", _made_of(run, language), f"<p><small>{escape(say('foot'))}</small>"]
    return "".join(parts)


def catalog_name(run: Run) -> bool:
    """Whether the base has a name others know, not a folder of this machine."""
    return run.base in catalog.CATALOG or run.base.startswith("hub:")


def _verdict(story: Story, language: str) -> str:
    board = story.board
    if board is None and story.lesson:
        told, untold = ([one for one in story.lesson if one.told is kind] for kind in (True, False))
        counts = {"told": len(told), "untold": len(untold)}
        counts["learned"] = sum(one.now_mark == "right" for one in told)
        counts["made_up"] = sum(one.now_mark != "right" for one in untold)
        style = "" if counts["learned"] == counts["told"] and not counts["made_up"] else " warn"
        said = words.say("story.lesson_verdict", language, **counts)
        return f'<div class="verdict{style}">{escape(said)}</div>'
    if board is None:
        return f'<div class="verdict warn">{escape(words.say("story.no_verdict", language))}</div>'
    found = verdict(board)
    style = "" if found.state == "improved" else " warn"
    first, *rest = (escape(without_places(one)) for one in found.told(language))
    more = ("" if language == "zh" else " ").join(rest)
    return f'<div class="verdict{style}"><p><b>{first}</b></p>{f"<p>{more}</p>" if more else ""}</div>'


def curve(steps: Sequence[dict[str, Any]], language: str) -> str:
    """The loss of each step as a picture, validation as dots; a sentence where nothing was recorded."""
    say = _sayer(language)
    train = [(int(one["step"]), float(one["loss"])) for one in steps if one.get("loss") is not None]
    seen = [(int(one["step"]), float(one["eval_loss"])) for one in steps if one.get("eval_loss") is not None]
    if len(train) < 2:
        return f"<p>{escape(say('no_curve'))}</p>"
    first = train[0][0]
    last, top = max(step for step, _ in train + seen), max(loss for _, loss in train + seen) * 1.05 or 1.0

    def at(point: tuple[int, float]) -> str:
        x = EDGE + (WIDTH - EDGE - 16) * (point[0] - first) / (last - first)
        return f"{x:.1f},{12 + (HEIGHT - EDGE - 12) * (1 - point[1] / top):.1f}"

    marks = "".join(_mark(value, top) for value in (0.0, top / 2, top))
    line = f'<polyline fill="none" stroke="#0d6b5e" stroke-width="2" points="{" ".join(map(at, train))}"/>'
    dots = "".join('<circle r="4" fill="#8f5f00" cx="{}" cy="{}"/>'.format(*at(point).split(",")) for point in seen)
    ends = f'<text x="{EDGE}" y="{HEIGHT - 24}">{first}</text>'
    ends += f'<text x="{WIDTH - 16}" y="{HEIGHT - 24}" text-anchor="end">{last}</text>'
    ends += f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(say("step"))}</text>'
    label = say("curve_label", first=f"{train[0][1]:.2f}", last=f"{train[-1][1]:.3f}", steps=last)
    note = say("curve_dots") if seen else ""
    return (
        f'<figure><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{marks}{line}{dots}{ends}'
        f"</svg><figcaption>{escape(label)} {escape(note)}</figcaption></figure>"
    )


def _mark(value: float, top: float) -> str:
    y = 12 + (HEIGHT - EDGE - 12) * (1 - value / top)
    return (
        f'<line x1="{EDGE}" x2="{WIDTH - 16}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e4ddcf"/>'
        f'<text x="{EDGE - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.2g}</text>'
    )


def _answers(story: Story, board: Board, language: str) -> str:
    """Base and run side by side on every question that was not trained in these words, what changed first."""
    say = _sayer(language)
    pairs: dict[str, dict[str, ItemRecord]] = {}
    for record in story.records:
        if record.slice != "trained":
            pairs.setdefault(record.item, {})[record.contestant] = record
    base, run = board.evaluation.base.name, board.subject
    both = [(one[base], one[run]) for one in pairs.values() if base in one and run in one]
    groups: dict[str, list[tuple[ItemRecord, ItemRecord]]] = {name: [] for name in _GROUPS}
    for before, after in both:
        groups[_group(before, after)].append((before, after))
    left, made = ANSWERS, []
    for name, found in groups.items():
        if found:
            made.append(f"<h3>{escape(say(f'group_{name}', n=len(found)))}</h3>")
            made += [_pair(before, after, language) for before, after in found[: max(left, 0)]]
            left -= len(found)
    trained = sum(one.slice == "trained" for one in story.records if one.contestant == run)
    note = say("answers_note", shown=min(ANSWERS, len(both)), total=len(both), trained=trained)
    return f"<p>{escape(note)}</p>" + "".join(made)


def _group(before: ItemRecord, after: ItemRecord) -> str:
    if before.judgement is None or after.judgement is None:
        return "unjudged"
    was, now = before.judgement == "right", after.judgement == "right"
    return {(False, True): "gained", (True, False): "lost", (True, True): "still_right"}.get((was, now), "still_wrong")


def _pair(before: ItemRecord, after: ItemRecord, language: str) -> str:
    say = _sayer(language)
    sides = "".join(
        f'<div class="{style}"><small>{escape(say(style))}</small>'
        f'<span class="said">{_said(record, language)}</span></div>'
        for style, record in (("base", before), ("tuned", after))
    )
    known = f"<small>{escape(say('reference'))} {escape(after.reference)}</small>"
    return f'<article><b>{escape(after.question)}</b><br>{known}<div class="two">{sides}</div></article>'


def _said(record: ItemRecord, language: str) -> str:
    if record.answer is None:
        return escape(words.say("evals.no_answer", language))
    judged = words.say(f"evals.metric_{record.judgement}", language) if record.judgement else ""
    style = "right" if record.judgement == "right" else "wrong"
    mark = f'<span class="mark {style}">{escape(judged)}</span>' if judged else ""
    return escape(record.answer) + mark


def _evidence(board: Board, language: str) -> str:
    """A figure a line, its contestants side by side, below the kind of questions it is of."""
    found: dict[str, dict[str, list[BoardRow]]] = {}
    for row in board.rows:
        found.setdefault(row.slice, {}).setdefault(row.metric, []).append(row)
    who = list(dict.fromkeys(row.model for row in board.rows))
    columns = [words.say(f"evals.column_{name}", language) for name in ("metric", "n", "not_scored")]
    lines = ""
    for slice_, metrics in found.items():
        told = escape(words.say(f"evals.slice_{slice_}", language))
        lines += f'<tr class="slice"><th colspan="{len(who) + 3}">{told}</th></tr>'
        for metric, rows in metrics.items():
            by = {row.model: row for row in rows}
            figures = [_figure(by[name]) if name in by else "—" for name in who]
            counts = ["/".join(dict.fromkeys(str(getattr(row, of)) for row in rows)) for of in ("n", "not_scored")]
            lines += _row([report.metric_name(metric, language), *figures, *counts], "td")
    return (
        f"<p>{escape(_sayer(language)('evidence_note', id=board.evaluation.id))}</p>"
        f'<div class="scroll"><table><thead>{_row([columns[0], *who, *columns[1:]], "th")}</thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _figure(row: BoardRow) -> str:
    value = report.number_of(row, row.value)
    ends = "" if row.low is None else f" [{report.number_of(row, row.low)} … {report.number_of(row, row.high)}]"
    return value + ends


def _row(cells: Iterable[str], kind: str) -> str:
    made = ""
    for place, cell in enumerate(cells):
        style = ' class="n"' if place else ""
        made += f"<{kind}{style}>{escape(without_places(cell))}</{kind}>"
    return f"<tr>{made}</tr>"


def _lesson(story: Story, language: str) -> str:
    """What a lesson's fixed questions were answered before and after."""
    say = _sayer(language)
    made = f"<p>{escape(say('lesson_note'))}</p>"
    for told in (True, False):
        asked = [one for one in story.lesson if one.told is told]
        if asked:
            made += f"<h3>{escape(say('lesson_told' if told else 'lesson_untold', n=len(asked)))}</h3>"
            made += "".join(_asked(one, language) for one in asked)
    return made


def _asked(one: Asked, language: str) -> str:
    say, sides = _sayer(language), ""
    for style, said, mark in (("base", one.base, one.base_mark), ("tuned", one.now, one.now_mark)):
        fine = "right" if mark == "right" else "wrong"
        judged = say(f"lesson_mark_{'' if one.told else 'untold_'}{fine}")
        badge = f'<span class="mark {fine}">{escape(judged)}</span>'
        sides += f'<div class="{style}"><small>{escape(say(style))}</small><span class="said">{escape(said)}</span>'
        sides += f"{badge}</div>"
    return f'<article><b>{escape(one.question)}</b><div class="two">{sides}</div></article>'


def _made_of(run: Run, language: str) -> str:
    say = _sayer(language)
    known = {
        "base": f"{without_places(run.base) if not catalog_name(run) else run.base} · {run.base_hash}",
        "data": f"{run.dataset or '—'} · {run.version or '—'}",
        "weights": run.adapter_hash,
        "method": run.method,
        "trained": say("trained_value", steps=run.steps, tokens=f"{run.tokens:,}", seconds=f"{run.train_seconds:,.0f}"),
    }
    return (
        "<dl>"
        + "".join(f"<dt>{escape(say(key))}</dt><dd>{escape(value)}</dd>" for key, value in known.items())
        + "</dl>"
    )


def _sayer(language: str) -> Callable[..., str]:
    def say(key: str, /, **values: Any) -> str:
        return words.say(f"story.{key}", language, **values)

    return say
