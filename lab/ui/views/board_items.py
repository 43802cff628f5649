"""The questions of an evaluation, one by one: both answers with what differs, the evidence, the checks, and two forms.

Knows: questions and their answers as HTML; forms report under the names ``fault`` and ``answer``. Must not know gradio,
nor how an answer is judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from lab import words
from lab.evals import Board, Evaluation, ItemRecord
from lab.evals.changes import CHANGES, Asked, Question, is_alike, pieces
from lab.evals.faults import FAULTS, REMEDIES, Fault
from lab.records import Row
from lab.ui.contestants import passages
from lab.ui.present import badge, tag, text, whole
from lab.ui.views.compare import judgement, side

A_PAGE = 20
"""Questions shown at once."""
CHANGE_STYLES = {"fixed": "good", "broken": "bad", "both_wrong": "warn"}
TAGGED = "tagged"


@dataclass(frozen=True)
class Filter:
    """Which questions are shown; travels in the address as ``change.slice.page``."""

    change: str = ""
    """One of ``CHANGES``, or ``tagged``; empty: all."""
    slice: str = ""
    """Empty: the slice the verdict is about; ``*``: all."""
    page: int = 0

    @classmethod
    def read(cls, told: str) -> Filter:
        """The filter an address carries; what it does not know is left out."""
        change, slice_name, page = [*told.split("."), "", "", ""][:3]
        known = change if change in {*CHANGES, TAGGED} else ""
        return cls(known, slice_name, int(page) if page.isdigit() else 0)

    def written(self) -> str:
        """As it travels."""
        return f"{self.change}.{self.slice}.{self.page or ''}".rstrip(".")


@dataclass(frozen=True)
class Known:
    """What is known beside the answers."""

    rows: dict[str, Row]
    """The rows of the questions shown, by id."""
    faults: dict[tuple[str, str], Fault]
    names: dict[str, str]
    language: str
    may_write: bool
    signs: str = ""
    """The name of whoever looks, where they signed in: nobody types theirs then."""

    @cached_property
    def tagged(self) -> frozenset[str]:
        """The questions with an answer that somebody found wrong."""
        return frozenset(item for item, _ in self.faults)


def chosen(questions: Sequence[Question], where: Filter, board: Board, known: Known) -> list[Question]:
    """The questions the filter lets through."""
    return [one for one in _of_slice(questions, where, board) if _fits(one, where.change, known)]


def finder(questions: Sequence[Question], where: Filter, board: Board, known: Known) -> str:
    """The filters with their counts; a click on one reports the filter."""
    language, here = known.language, _of_slice(questions, where, board)
    alone = board.subject == board.evaluation.base.name
    counts = Counter(one.change for one in here)
    tagged = sum(_fits(one, TAGGED, known) for one in here)
    kinds = [("", words.say("ui_board.all", language), len(here))]
    kinds += [(kind, words.say(heading(kind, alone), language), counts[kind]) for kind in CHANGES if counts[kind]]
    kinds += [(TAGGED, words.say("ui_board.tagged", language), tagged)] if tagged else []
    chips = "".join(_chip(Filter(kind, where.slice), label, n, kind == where.change) for kind, label, n in kinds)
    slices = Counter(one.slice for one in questions)
    parts = [(part, words.say(f"evals.slice_{part}", language), n) for part, n in slices.items()]
    shown = where.slice or board.evaluation.headline
    parts += [("*", words.say("ui_board.all_slices", language), len(questions))] if len(parts) > 1 else []
    more = "".join(_chip(Filter("", part), label, n, part == shown) for part, label, n in parts)
    title = tag("h2", text(words.say("ui_board.items", language)))
    rows = tag("div", more, class_="chips slices") if len(parts) > 1 else ""
    return title + rows + tag("div", chips, class_="chips")


def listed(page: Sequence[Asked], total: int, where: Filter, board: Board, known: Known) -> str:
    """One page of the questions, and the way to the others, ``total`` in all."""
    if not page:
        return tag("p", text(words.say("ui_board.none_such", known.language)), class_="fine")
    made = "".join(_item(one, board, known) for one in page)
    return tag("ul", made, class_="items") + _pages(total, where, known.language)


def on_page(questions: Sequence[Question], where: Filter) -> Sequence[Question]:
    """The questions of the page that is shown."""
    return questions[where.page * A_PAGE : (where.page + 1) * A_PAGE]


def heading(change: str, alone: bool) -> str:
    """Words key of a group of questions; with one contestant there is nothing to compare."""
    if alone and change.startswith("both_"):
        return change.replace("both_", "ui_board.alone_")
    return f"ui_board.change_{change}"


def _of_slice(questions: Sequence[Question], where: Filter, board: Board) -> list[Question]:
    wanted = where.slice or board.evaluation.headline
    return [one for one in questions if wanted in {"*", one.slice}]


def _fits(one: Question, change: str, known: Known) -> bool:
    if change == TAGGED:
        return one.item in known.tagged
    return not change or one.change == change


def _chip(where: Filter, label: str, n: int, is_chosen: bool) -> str:
    inside = text(label) + " " + tag("b", str(n), class_="num")
    pressed = "true" if is_chosen else "false"
    return tag(
        "button", inside, type="button", class_="chip", data_pick=f"show:{where.written()}", aria_pressed=pressed
    )


def _pages(total: int, where: Filter, language: str) -> str:
    last = (total - 1) // A_PAGE
    if not last:
        return ""
    told = words.say("ui_board.page", language, page=where.page + 1, pages=last + 1)
    turns = ""
    for key, page in (("earlier", where.page - 1), ("further", where.page + 1)):
        pick = f"show:{Filter(where.change, where.slice, page).written()}"
        label = text(words.say(f"ui_board.{key}", language))
        turns += tag("button", label, type="button", class_="act", data_pick=pick) if 0 <= page <= last else ""
    return tag("div", tag("span", text(told), class_="num fine") + turns, class_="pages")


def _item(one: Asked, board: Board, known: Known) -> str:
    language, first = known.language, one.first
    alone = board.subject == board.evaluation.base.name
    mark = badge(words.say(heading(one.change, alone), language), CHANGE_STYLES.get(one.change, ""))
    head = tag("div", tag("b", text(first.question)) + mark, class_="item-head")
    kinds = {contestant.name: side(contestant) for contestant in board.evaluation.contestants}
    mains = [name for name in dict.fromkeys((board.evaluation.base.name, board.subject)) if name in one.answers]
    lines = _reference(one, known) + "".join(_answer(one.answers[name], kinds[name], known) for name in mains)
    lines += _difference([one.answers[name] for name in mains], language)
    others = [record for name, record in one.answers.items() if name not in mains]
    if others:
        label = words.say("ui_board.others", language, n=len(others))
        told = "".join(_answer(record, kinds[record.contestant], known) for record in others)
        lines += tag("details", tag("summary", text(label)) + told, class_="more")
    model = mains[-1] if mains else next(iter(one.answers))
    tools = _tools(one, model, board.evaluation, known) if known.may_write else ""
    return tag("li", head + _evidence(one, board, known) + lines + tools, class_=f"item {one.change}")


def _reference(one: Asked, known: Known) -> str:
    label = badge(words.say("ui_board.reference", known.language), "warn")
    return tag("div", label + tag("p", text(one.first.reference)), class_="short")


def _evidence(one: Asked, board: Board, known: Known) -> str:
    """Where the question comes from: file and line, and the passage of the document it was made of."""
    first, row = one.first, known.rows.get(one.item)
    place, data = f"{first.file}:{first.line}" if first.line else first.file, board.evaluation.data_of(one.slice)
    link = "?" + urlencode({"tab": "data", "data": data})
    told = tag("a", text(place), href=link, class_="place") if place and data else ""
    told += tag("span", text(words.say(f"evals.slice_{one.slice}", known.language)), class_="place")
    passage = ""
    if row and row.evidence:
        where = f"{row.document}:{row.start}–{row.end}" if row.document else ""
        label = tag(
            "summary",
            f"{text(words.say('ui_board.evidence', known.language))} {tag('code', text(where)) if where else ''}",
        )
        passage = tag("details", label + tag("blockquote", text(row.evidence)), class_="more", open=True)
    return tag("div", told, class_="item-places") + passage


def _answer(record: ItemRecord, style: str, known: Known) -> str:
    language = known.language
    name = badge(known.names.get(record.contestant, record.contestant), style)
    if record.answer is None:
        why = words.say(record.error, language, **record.error_values) if words.has(record.error) else ""
        said = tag(
            "i", text(words.say("ui_board.no_answer", language) + (f"：{why}" if language == "zh" else f": {why}"))
        )
    else:
        said = _marked(record)
    marks = judgement(record.judgement, language)
    for check, kept in record.checks.items():
        key, kind = ("ui_compare.check_kept", "good") if kept else ("ui_compare.check_broken", "bad")
        marks += badge(words.say(key, language, name=check), kind)
    fault = known.faults.get((record.item, record.contestant))
    told = _fault(fault, language) if fault else ""
    return tag("div", name + tag("div", tag("p", said + " " + marks) + told), class_="short") + passages(
        record.passages, language
    )


def _marked(record: ItemRecord) -> str:
    """The answer with what was found in it: the key, and values that belong to another fact."""
    kinds = {one.casefold(): "alien" for one in record.false if one} | {
        one.casefold(): "key" for one in record.found if one
    }
    answer = whole(record.answer or "")
    if not kinds:
        return text(answer)
    pattern = re.compile("|".join(re.escape(one) for one in sorted(kinds, key=len, reverse=True)), re.IGNORECASE)
    made, last = "", 0
    for hit in pattern.finditer(answer):
        made += text(answer[last : hit.start()]) + tag("mark", text(hit[0]), class_=kinds.get(hit[0].casefold(), "key"))
        last = hit.end()
    return made + text(answer[last:])


def _difference(records: Sequence[ItemRecord], language: str) -> str:
    """What of the base's answer is gone and what is new, where the two are alike enough to read it; else folded."""
    answers = [whole(record.answer) for record in records if record.answer]
    if len(answers) < 2 or answers[0] == answers[1]:
        return ""
    names = {"same": "span", "gone": "del", "new": "ins"}
    drawn = "".join(tag(names[piece.kind], text(piece.text)) for piece in pieces(answers[0][:4000], answers[1][:4000]))
    label = tag("summary", text(words.say("ui_board.difference", language)))
    return tag("details", label + tag("p", drawn, class_="diff"), class_="more", open=is_alike(*answers[:2]))


def _fault(fault: Fault, language: str) -> str:
    by = " " + words.say("fault.by", language, name=fault.by) if fault.by else ""
    head = tag("b", text(words.say(f"fault.{fault.fault}", language))) + tag("span", text(by), class_="place")
    sentences = [words.say(f"fault.{part}_{fault.fault}", language) for part in ("cause", "remedy")]
    where = REMEDIES[fault.fault]
    link = tag("a", text(words.say(f"fault.where_{where}", language)), href=f"?tab={where}")
    told = ("" if language == "zh" else " ").join(sentences)
    return tag("p", head + " " + text(told) + " " + link, class_="caution")


def _tools(one: Asked, model: str, evaluation: Evaluation, known: Known) -> str:
    """Two folded forms: what is wrong with the answer, and the right answer, where there is data to hold it."""
    language = known.language
    about = f"{one.item}\n{model}"
    has_answer = one.answers[model].answer is not None
    faults = _fault_form(about, known.faults.get((one.item, model)), known) if has_answer else ""
    if not evaluation.data_of(one.slice):
        general = tag("p", text(words.say("answer.lead_general", language)), class_="fine")
        return tag("div", faults + general, class_="item-tools")
    return tag("div", _answer_form(one, about, evaluation, language) + faults, class_="item-tools")


def _fault_form(about: str, now: Fault | None, known: Known) -> str:
    language = known.language
    options = tag("option", text(words.say("fault.nothing", language)), value="")
    for name in FAULTS:
        label = text(words.say(f"fault.{name}", language))
        options += tag("option", label, value=name, selected=bool(now and now.fault == name))
    label = words.say("fault.ask", language)
    field = tag("select", options, name="fault", aria_label=label)
    name_label = words.say("ui_board.your_name", language)
    by = "" if known.signs else tag("input", name="by", placeholder=name_label, aria_label=name_label, maxlength=80)
    button = tag("button", text(words.say("fault.keep", language)), type="submit")
    form = tag("form", field + by + tag("div", button, class_="form-buttons"), data_form="fault", data_row=about)
    return tag("details", tag("summary", text(label)) + form, class_="more")


def _answer_form(one: Asked, about: str, evaluation: Evaluation, language: str) -> str:
    def area(name: str, value: str, label: str, rows: int) -> str:
        field = tag("textarea", text(value), name=name, rows=rows)
        return tag("label", tag("span", text(words.say(label, language))) + field, class_="field")

    data = evaluation.data_of(one.slice)
    lead = words.say("answer.lead_trained" if one.slice == "trained" else "answer.lead_tested", language)
    if data != evaluation.dataset:
        gap = "" if language == "zh" else " "
        lead = words.say("answer.lead_elsewhere", language, dataset=data, own=evaluation.dataset) + gap + lead
    button = tag("button", text(words.say("answer.train_others", language)), type="submit", class_="act")
    inside = tag("p", text(lead), class_="fine")
    inside += area("right", one.first.reference, "answer.right", 2) + area("own", "", "answer.own", 2)
    form = tag("form", inside + tag("div", button, class_="form-buttons"), data_form="answer", data_row=about)
    return tag("details", tag("summary", text(words.say("answer.write", language))) + form, class_="more")
