"""What the Scoreboard tab shows above its items: the verdict, dots with intervals, counts as bars, every figure.

Knows: a board as HTML. Figures come ready from ``lab.evals``; nothing is computed here but places on a line. Must not
know gradio.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lab import words
from lab.evals import Board, Evaluation, Verdict
from lab.evals.board import BoardRow, identity
from lab.evals.evaluation import KEEP_ALIVE, SLICES
from lab.evals.report import metric_name, number_of
from lab.evals.verdict import Told, cost, figure_text, points
from lab.records import Contestant, JobSpec
from lab.ui.present import badge, percent, tag, text, when
from lab.ui.views.compare import JUDGEMENT_STYLES, side
from lab.ui.views.metrics import refused
from lab.ui.views.people import by

STYLES = {"improved": "good", "worse": "bad", "met": "good", "missed": "bad"}


def waiting_card(evaluation: Evaluation, language: str) -> str:
    """That the verdict follows."""
    waiting = tag("h2", text(words.say("ui_board.waiting", language)), class_="verdict-first")
    return tag("section", waiting + _about(evaluation, language), class_="verdict warn")


def _about(evaluation: Evaluation, language: str) -> str:
    created = evaluation.created[:16].replace("T", " ")
    about = words.say("ui_board.about", language, dataset=evaluation.dataset, version=evaluation.version, when=created)
    return tag("p", text(about + " · " + words.say(f"evals.task_{evaluation.task}", language)), class_="place")


def verdict_card(found: Verdict, board: Board, names: dict[str, str], language: str) -> str:
    """The verdict: its answer, the numbers it rests on, the rest of it, and what it is about."""
    said = [sentence.text(language, names) for sentence in found.sentences]
    leading = 2 if found.target else 1
    body = tag("h2", text(said[0]), class_="verdict-first")
    body += "".join(tag("p", text(one), class_="verdict-next") for one in said[1:leading])
    body += tiles(board, language)
    rest = ("" if language == "zh" else " ").join(said[leading:])
    body += tag("p", text(rest)) if rest else ""
    about = _about(board.evaluation, language)
    return tag("section", body + about, class_=f"verdict {STYLES.get(found.target or found.state, 'warn')}")


def tiles(board: Board, language: str) -> str:
    """The numbers behind the verdict: the target, what improved, how sure, what it cost, what is made up."""

    def say(key: str, **values: object) -> str:
        return words.say(f"ui_board.tile_{key}", language, **values)

    made = []
    if board.requirement:
        told = Told(board.requirement, board.evaluation.checks).text(language)
        made.append((say("target"), say(board.required), told, STYLES.get(board.required, "warn")))
    difference = board.difference(board.subject)
    if difference:
        n, found = difference.interval.n, difference.interval
        before, after = (
            figure_text(value, difference.scale, difference.is_share, n)
            for value in (difference.before, difference.after)
        )
        gain = say("gain", points=points(found.value, difference.scale), metric=metric_name(board.headline, language))
        made.append((say("change"), f"{before} → {after}", gain, STYLES.get(difference.state, "")))
        sure = say("too_few")
        if found.low is not None and found.high is not None:
            sure = f"{points(found.low, difference.scale)} … {points(found.high, difference.scale)}"
        made.append((say("sure"), sure, say("counted", n=n, groups=found.groups), ""))
    if board.subject != board.evaluation.base.name:
        made += [_elsewhere(board, say("elsewhere"), say), _made_up(board, say("made_up"), say)]
    cells = "".join(
        tag(
            "li",
            tag("span", text(label), class_="tile-label")
            + tag("b", text(value), class_="tile-value")
            + tag("span", text(note), class_="tile-note"),
            class_=f"tile {style}".strip(),
        )
        for label, value, note, style in made
    )
    return tag("ul", cells, class_="tiles") if cells else ""


def _elsewhere(board: Board, label: str, say: object) -> tuple[str, str, str, str]:
    assert callable(say)
    one = cost(board)
    if one is None or KEEP_ALIVE not in board.evaluation.slices:
        return label, "–", say("not_asked_general"), ""
    n = one.interval.n
    before, after = (figure_text(value, one.scale, one.is_share, n) for value in (one.before, one.after))
    return label, f"{before} → {after}", say(f"cost_{one.state}"), STYLES.get(one.state, "")


def _made_up(board: Board, label: str, say: object) -> tuple[str, str, str, str]:
    assert callable(say)
    before, after = (board.row(name, "untold", "wrong") for name in (board.evaluation.base.name, board.subject))
    if after is not None and after.value is not None:
        was = "" if before is None or before.value is None else figure_text(before.value, 1, True, before.n) + " → "
        return label, was + figure_text(after.value, 1, True, after.n), say("untold"), ""
    false = [board.counts[name]["right_and_false"] for name in (board.evaluation.base.name, board.subject)]
    return label, f"{false[0]} → {false[1]}", say("with_false"), "bad" if false[1] > false[0] else ""


def dots(board: Board, names: dict[str, str], language: str) -> str:
    """The share answered right, one line a contestant and slice: a dot on its interval, on a scale from 0 to 1."""
    made = ""
    for part in SLICES:
        rows = [(one, board.row(one.name, part, "right")) for one in board.evaluation.contestants]
        known = [(one, row) for one, row in rows if row and row.value is not None]
        lines = "".join(_dot(one, row, names, language) for one, row in known)
        if lines:
            n = tag("span", text(words.say("ui_board.n_questions", language, n=known[0][1].n)), class_="place")
            heading = tag("h3", text(words.say(f"evals.slice_{part}", language)) + " " + n)
            made += tag("div", heading + tag("div", lines, class_="dots"), class_="dot-slice")
    if not made:
        return ""
    marks = "".join(tag("span", percent(n / 4, language)) for n in range(5))
    scale = tag("div", marks, class_="scale", aria_hidden="true")
    head = tag("h2", text(words.say("ui_board.by_slice", language)))
    label = tag("p", text(words.say("ui_board.share_right", language)), class_="fine")
    return tag("section", head + label + made + scale, class_="dot-chart")


def _dot(one: Contestant, row: BoardRow, names: dict[str, str], language: str) -> str:
    value, low, high = row.value or 0.0, row.low, row.high
    shown = {
        "model": names.get(one.name, one.name),
        "value": percent(value, language),
        "low": percent(low, language),
        "high": percent(high, language),
    }
    told = words.say("ui_board.dot", language, n=row.n, **shown)
    line = ""
    if low is not None and high is not None:
        line = f'<line x1="{100 * low:.1f}%" x2="{100 * high:.1f}%" y1="50%" y2="50%"/>'
    style = side(one)
    shape = f'<circle cx="{100 * value:.1f}%" cy="50%" r="6"/>'
    drawing = f'<svg role="img" aria-label="{text(told)}"><title>{text(told)}</title>{line}{shape}</svg>'
    interval = "" if low is None or high is None else f"{100 * low:.0f}–{percent(high, language)}"
    figure = tag("b", text(f"{round(value * row.n)}/{row.n}")) + tag("span", text(interval), class_="place")
    if row.not_scored:
        left_out = words.say("ui_board.not_scored_n", language, n=row.not_scored)
        figure += tag("span", text(left_out), class_="place")
    name = tag("span", text(shown["model"]), class_="dot-name")
    return tag(
        "div",
        name + tag("span", drawing, class_="track") + tag("span", figure, class_="num dot-figure"),
        class_=f"dot {style}",
    )


def counts(board: Board, names: dict[str, str], language: str) -> str:
    """How the answers were, a labelled bar for each contestant."""
    bars = ""
    for model, found in board.counts.items():
        total = sum(found.values())
        if not total:
            continue
        parts = "".join(
            tag(
                "span",
                text(n),
                class_=f"part judged-{kind}",
                style=f"flex:{n}",
                title=words.say(f"evals.metric_{kind}", language),
            )
            for kind, n in found.items()
            if n
        )
        bars += tag(
            "div",
            tag("span", text(names.get(model, model)), class_="dot-name") + tag("div", parts, class_="stack"),
            class_="bar",
        )
    if not bars:
        return ""
    legend = "".join(
        tag("li", tag("i", "", class_=f"swatch judged-{kind}") + text(words.say(f"evals.metric_{kind}", language)))
        for kind in JUDGEMENT_STYLES
    )
    heading = tag("h3", text(words.say("ui_board.counts", language)))
    return tag("section", heading + bars + tag("ul", legend, class_="legend"), class_="count-chart")


def figures(board: Board, names: dict[str, str], language: str) -> str:
    """Every figure with its interval, n, what was left out and its identity: a table for each slice, folded."""
    tables = "".join(_slice_table(board, part, names, language) for part in SLICES)
    if not tables:
        return ""
    summary = tag("summary", tag("h3", text(words.say("ui_board.all_figures", language))))
    lead = tag("p", text(words.say("ui_board.figures_lead", language)), class_="fine")
    return tag("details", summary + lead + tables + refused(board, language), class_="more every-figure")


def _slice_table(board: Board, part: str, names: dict[str, str], language: str) -> str:
    rows = [row for row in board.rows if row.slice == part]
    if not rows:
        return ""
    columns = ("model", "value", "interval", "n", "not_scored")
    head = "".join(tag("th", text(words.say(f"evals.column_{name}", language)), scope="col") for name in columns)
    body = ""
    for metric in dict.fromkeys(row.metric for row in rows):
        same = [row for row in rows if row.metric == metric]
        title = tag("b", text(metric_name(metric, language))) + tag("code", text(identity(board, same[0])))
        body += tag("tr", tag("th", title, colspan=len(columns), scope="rowgroup"), class_="metric")
        body += "".join(_figure_row(row, names) for row in same)
    caption = tag("caption", text(words.say(f"evals.slice_{part}", language)))
    return tag("table", f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>", class_="figures")


def _figure_row(row: BoardRow, names: dict[str, str]) -> str:
    interval = "–" if row.low is None else f"{number_of(row, row.low)} … {number_of(row, row.high)}"
    cells = (number_of(row, row.value), interval, str(row.n), str(row.not_scored))
    name = tag("th", text(names.get(row.model, row.model)), scope="row")
    return tag("tr", name + "".join(tag("td", text(cell)) for cell in cells))


def evaluation_cards(
    found: Sequence[Evaluation],
    datasets: Collection[str],
    chosen: str,
    names: dict[str, str],
    makers: Mapping[str, JobSpec],
    language: str,
) -> str:
    """The evaluations there are, each with who asked for it; a click on one reports its id.

    Only ``datasets`` are still there.
    """
    cards = []
    for one in found:
        who = ("、" if language == "zh" else ", ").join(names.get(c.name, c.name) for c in one.contestants)
        data = one.dataset if one.dataset in datasets else words.say("disk.no_longer", language, name=one.dataset)
        made = when(one.created)
        if one.id in makers:
            made += " " + by(makers[one.id].by, makers[one.id].owner, language)
        inside = tag("strong", text(data)) + tag("span", text(who)) + tag("span", made, class_="place")
        pressed = "true" if one.id == chosen else "false"
        cards.append(tag("button", inside, type="button", class_="card", data_pick=one.id, aria_pressed=pressed))
    return tag("div", "".join(cards), class_="cards")


def fault_counts(counted: dict[str, dict[str, int]], names: dict[str, str], language: str) -> str:
    """How often each fault was found in whose answers; empty where none was."""
    lines = ""
    for model, faults in counted.items():
        marks = "".join(badge(f"{words.say(f'fault.{fault}', language)} {n}", "warn") for fault, n in faults.items())
        lines += tag("li", tag("b", text(names.get(model, model))) + " " + marks)
    return tag("h3", text(words.say("fault.counts", language))) + tag("ul", lines, class_="faults") if lines else ""
