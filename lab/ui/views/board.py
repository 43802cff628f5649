"""What the Scoreboard tab shows: the verdict, dots with intervals, counts as bars, all figures, and every item.

Knows: a board and item records as HTML. Figures come ready from ``lab.evals``; nothing is computed here but
places on a line. Must not know gradio.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import words
from lab.evals import Board, Evaluation, ItemRecord, Verdict
from lab.evals.board import BoardRow
from lab.evals.evaluation import SLICES
from lab.evals.report import table as board_table
from lab.records import Contestant
from lab.ui.contestants import passages
from lab.ui.present import badge, number, table, tag, text, when
from lab.ui.views.compare import JUDGEMENT_STYLES, judgement, side

CHANGES = ("fixed", "broken", "both_wrong", "both_right", "not_scored")
ITEMS_SHOWN = 120
VERDICT_STYLES = {"improved": "good", "worse": "bad"}


def verdict_card(found: Verdict | None, evaluation: Evaluation, names: dict[str, str], language: str) -> str:
    """The verdict: its sentence, and what it is about; ``None`` while answers are still being given."""
    about = words.say(
        "ui_board.about",
        language,
        dataset=evaluation.dataset,
        version=evaluation.version,
        when=evaluation.created[:16].replace("T", " "),
    )
    about += " · " + words.say(f"evals.task_{evaluation.task}", language)
    if found is None:
        waiting = tag("p", text(words.say("ui_board.waiting", language)), class_="verdict-first")
        return tag("section", waiting + tag("p", text(about), class_="place"), class_="verdict warn")
    first, *rest = (sentence.text(language, names) for sentence in found.sentences)
    joined = ("" if language == "zh" else " ").join(rest)
    style = VERDICT_STYLES.get(found.state, "warn")
    body = tag("p", text(first), class_="verdict-first") + (tag("p", text(joined)) if joined else "")
    return tag("section", body + tag("p", text(about), class_="place"), class_=f"verdict {style}")


def dots(board: Board, names: dict[str, str], language: str) -> str:
    """The share answered right, one line a contestant and slice: a dot on its interval, on a scale from 0 to 1."""
    made = ""
    for part in SLICES:
        rows = [(one, board.row(one.name, part, "right")) for one in board.evaluation.contestants]
        lines = "".join(_dot(one, row, names, language) for one, row in rows if row and row.value is not None)
        if lines:
            made += tag("h3", text(words.say(f"evals.slice_{part}", language))) + tag("div", lines, class_="dots")
    if not made:
        return ""
    scale = tag("div", "".join(tag("span", f"{n} %") for n in (0, 25, 50, 75, 100)), class_="scale", aria_hidden="true")
    label = tag("p", text(words.say("ui_board.share_right", language)), class_="fine")
    return tag("section", label + made + scale, class_="dot-chart")


def _dot(one: Contestant, row: BoardRow, names: dict[str, str], language: str) -> str:
    value, low, high = row.value or 0.0, row.low, row.high
    shown = {
        "model": names.get(one.name, one.name),
        "value": _percent(value),
        "low": _percent(low),
        "high": _percent(high),
    }
    told = words.say("ui_board.dot", language, n=row.n, **shown)
    line = ""
    if low is not None and high is not None:
        line = f'<line x1="{100 * low:.1f}%" x2="{100 * high:.1f}%" y1="50%" y2="50%"/>'
    style = side(one)
    shape = f'<circle cx="{100 * value:.1f}%" cy="50%" r="6"/>'
    drawing = f'<svg role="img" aria-label="{text(told)}"><title>{text(told)}</title>{line}{shape}</svg>'
    left_out = words.say("ui_board.not_scored_n", language, n=row.not_scored) if row.not_scored else ""
    figure = f"{round(value * row.n)}/{row.n}"
    name = tag("span", text(shown["model"]), class_="dot-name")
    return tag(
        "div",
        name + tag("span", drawing, class_="track") + tag("span", text(figure), class_="num", title=left_out or None),
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
    """Every figure with its interval, n and what was left out, as a table."""
    head, *rows = board_table(board, language)
    cells = [[text(names.get(cell, cell) if place == 1 else cell) for place, cell in enumerate(row)] for row in rows]
    shown = table([text(cell) for cell in head], cells)
    return tag("details", tag("summary", text(words.say("ui_board.all_figures", language))) + shown, class_="more")


def items(board: Board, records: Sequence[ItemRecord], names: dict[str, str], language: str) -> str:
    """Every question with its reference and both answers, what tuning changed first."""
    grouped = _by_change(board, records)
    made, shown = "", 0
    for change in CHANGES:
        pairs = grouped[change]
        if not pairs:
            continue
        label = words.say(_heading(change, len(pairs[0]) == 1), language)
        kept = pairs[: max(0, ITEMS_SHOWN - shown)]
        listed = "".join(_item(pair, board, names, language) for pair in kept)
        if len(kept) < len(pairs):
            listed += tag("li", text(words.say("ui_board.more_items", language, n=len(pairs) - len(kept))))
        shown += len(kept)
        summary = tag("summary", tag("b", text(label)) + " " + tag("span", str(len(pairs)), class_="num"))
        made += tag("details", summary + tag("ul", listed, class_="duels"), class_="more", open=change in CHANGES[:2])
    return tag("h2", text(words.say("ui_board.items", language))) + made if made else ""


def evaluation_cards(found: Sequence[Evaluation], chosen: str, names: dict[str, str], language: str) -> str:
    """The evaluations there are; a click on one reports its id."""
    cards = []
    for one in found:
        who = ("、" if language == "zh" else ", ").join(names.get(c.name, c.name) for c in one.contestants)
        inside = (
            tag("strong", text(one.dataset)) + tag("span", text(who)) + tag("span", when(one.created), class_="place")
        )
        pressed = "true" if one.id == chosen else "false"
        cards.append(tag("button", inside, type="button", class_="card", data_pick=one.id, aria_pressed=pressed))
    return tag("div", "".join(cards), class_="cards")


def _by_change(board: Board, records: Sequence[ItemRecord]) -> dict[str, list[tuple[ItemRecord, ...]]]:
    """Items of the slice the verdict is about, (base's, subject's), by what changed between them."""
    base, subject = board.evaluation.base.name, board.subject
    wanted = [record for record in records if record.slice == board.evaluation.headline]
    before = {record.item: record for record in wanted if record.contestant == base}
    after = {record.item: record for record in wanted if record.contestant == subject}
    grouped: dict[str, list[tuple[ItemRecord, ...]]] = {change: [] for change in CHANGES}
    for item, record in before.items():
        other = after.get(item)
        pair = (record, other) if other and subject != base else (record,)
        grouped[_change(pair)].append(pair)
    return grouped


def _change(pair: tuple[ItemRecord, ...]) -> str:
    if any(record.judgement is None for record in pair):
        return "not_scored"
    was, now = pair[0].judgement == "right", pair[-1].judgement == "right"
    if was == now:
        return "both_right" if now else "both_wrong"
    return "fixed" if now else "broken"


def _heading(change: str, alone: bool) -> str:
    """Words key of a group of items; with one contestant there is nothing to compare."""
    if alone and change.startswith("both_"):
        return change.replace("both_", "ui_board.alone_")
    return f"ui_board.change_{change}"


def _item(pair: tuple[ItemRecord, ...], board: Board, names: dict[str, str], language: str) -> str:
    first = pair[0]
    place = f"{first.file}:{first.line}" if first.line else first.file
    head = tag("p", tag("b", text(first.question)) + " " + tag("span", text(place), class_="place"))
    label = badge(words.say("ui_board.reference", language), "warn")
    head += tag("div", label + tag("p", text(first.reference)), class_="short")
    kinds = {one.name: side(one) for one in board.evaluation.contestants}
    for record in pair:
        name = badge(names.get(record.contestant, record.contestant), kinds[record.contestant])
        said = text(record.answer) if record.answer is not None else text(words.say("ui_board.no_answer", language))
        broken = "".join(
            badge(words.say("ui_compare.check_broken", language, name=check), "bad")
            for check, kept in record.checks.items()
            if not kept
        )
        marks = judgement(record.judgement, language) + broken
        head += tag("div", name + tag("p", said + " " + marks), class_="short") + passages(record.passages, language)
    return tag("li", head)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{number(100 * value, 0)} %"
