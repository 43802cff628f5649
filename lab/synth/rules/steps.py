"""The rules for numbered lists: what follows each step of a way to do something, and what each point says.

Knows how such lists are headed and announced, and what only looks like one (a bibliography, a list of rules).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.synth.pairs import Pair
from lab.synth.rules.asking import Place
from lab.synth.rules.faq import QUESTION_MARK, asks, ended
from lab.synth.sections import Unit, item_start
from lab.synth.texts import language_of, plain, sentences, trim

LEAST = 3
LONGEST = 260
"""Characters of a step."""
SHORT = {"zh": 24, "en": 60}
"""Characters up to which a step is named in the question instead of its number."""

_NUMBERED = re.compile(r"\s*(?:(\d{1,3})[.)、]|[（(](\d{1,3})[)）])")
_HOW_TITLE = re.compile(
    r"如何|怎么|怎样|步骤|流程|办理|指南|使用说明|"
    r"\bhow\b|\bsteps?\b|\bprocedure\b|\bprocess\b|\bguide\b|\binstructions?\b|"
    r"\binstall|\bsetting up\b|\bsetup\b|\bwhat to do\b",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"步骤|流程|如下操作|按以下|依次|\bsteps?\b|\bas follows\b|\bfollow\b|\bprocedure\b", re.IGNORECASE
)
_NAMES_ZH = re.compile(r"(?P<x>[^，。；：:]{2,24}?(?:步骤|流程|方法|手续))(?:如下|为|是|包括|有)?[：:]$")
_NAMES_NOTHING_ZH = re.compile(
    r"(?:请(?!假).*|[按依].*|如下.*|(?:以下|下面|具体|详细|主要|操作|基本|处理|解决|实现|的)*(?:步骤|流程|方法|手续))"
)
_NAMES_EN = re.compile(
    r"(?:To (?P<do>[a-z][^,.:]{2,60}), (?:please |just |simply )?(?:follow|do|take|complete|proceed|use)\b[^.]*|"
    r"(?P<x>(?:The )?(?:[Ss]teps (?:to|for)|[Pp]rocedure for) [^.:,]{3,60}?)(?: are| is)?(?: as follows)?):$"
)
"""Announcements that name what the steps are for."""
_SOURCE = re.compile(r"https?://|\(\d{4}\)|\bdoi\b|《", re.IGNORECASE)


def steps(place: Place) -> Iterator[Pair | None]:
    """Pairs from each numbered list that a how-to heading or an announcement makes a list of steps."""
    body = [unit for unit in place.section.body if unit.kind != "blank"]
    place_of = 0
    while place_of < len(body):
        run = _run(place, body[place_of:])
        if len(run) >= LEAST and _is_how(place, body, place_of, run):
            yield from _asked(place, run, _announced(place, body, place_of))
        place_of += max(1, len(run))


def points(place: Place) -> Iterator[Pair | None]:
    """Each point of a section that numbers what it says, by its number: "the third rule of …"."""
    items = [unit for unit in place.section.body if unit.kind == "item" and _NUMBERED.match(place.of(unit))]
    numbers = [int(mark.group(1) or 0) for unit in items if (mark := _NUMBERED.match(place.of(unit)))]
    first = [number for number, told in enumerate(numbers) if told == 1]
    title = place.context().rstrip("？?")
    in_order = [unit for unit, told in zip(items, numbers, strict=True) if told]
    told = [number for number in numbers if number]
    sources = sum(bool(_SOURCE.search(place.of(unit))) for unit in items)
    if len(told) < LEAST or len(first) != 1 or told != list(range(1, len(told) + 1)) or place.is_generic() or not title:
        return
    if _HOW_TITLE.search(place.section.title) or asks(title, place.language) or sources > len(items) / 3:
        return
    for number, unit in enumerate(in_order, 1):
        span = trim(place.text, item_start(place.text, unit), unit.end)
        if 8 <= span[1] - span[0] <= 2 * LONGEST and not place.text[slice(*span)].endswith((":", "：")):
            yield place.pair("list", _point_question(place, title, number), unit.start, unit.end, span)


def _point_question(place: Place, title: str, number: int) -> str:
    """Names the document, or the chapter, too: other documents have a third rule of their own."""
    above = place.above()
    if place.language == "zh":
        lead = f"《{above}》中" if above and above == place.title() else f"“{above}”中" if above else ""
        return f"{lead}“{title}”的第{number}条是什么？"
    return f"What is point {number} of “{title}”{f' in “{above}”' if above else ''}?"


def _run(place: Place, units: list[Unit]) -> list[Unit]:
    """The units from the first on that are numbered 1, 2, 3 …"""
    run: list[Unit] = []
    for unit in units:
        mark = _NUMBERED.match(place.of(unit)) if unit.kind == "item" else None
        if not mark or int(mark.group(1) or mark.group(2)) != len(run) + 1:
            break
        run.append(unit)
    return run


def _is_how(place: Place, body: list[Unit], first: int, run: list[Unit]) -> bool:
    texts = [place.of(unit) for unit in run]
    if any(len(text) > LONGEST for text in texts) or sum(bool(_SOURCE.search(text)) for text in texts) > len(run) / 3:
        return False
    before = place.of(body[first - 1]) if first else ""
    announced = before.rstrip().endswith((":", "：")) and _ANNOUNCES.search(before)
    named = bool(place.context() or _announced(place, body, first))
    return named and bool(announced or _HOW_TITLE.search(place.section.title))


def _announced(place: Place, body: list[Unit], first: int) -> str:
    """What the line before a list says that its steps are for ("请假步骤：", "To leave, do this:"); may be empty."""
    lines = plain(place.of(body[first - 1]).rstrip().rpartition("\n")[2]) if first else ""
    said = list(sentences(lines))
    told = lines[slice(*said[-1])] if said else ""
    if place.language == "zh":
        match = _NAMES_ZH.match(told)
        return match["x"] if match and not _NAMES_NOTHING_ZH.fullmatch(match["x"]) else ""
    match = _NAMES_EN.match(told)
    if not match:
        return ""
    return f"How do you {match['do']}?" if match["do"] else match["x"]


def _whole_question(title: str, language: str) -> str:
    if language == "zh":
        return f"{title.removesuffix('步骤')}有哪些步骤？"
    of = re.fullmatch(r"(?:the )?steps ((?:to|for) .+)", title, re.IGNORECASE)
    return f"What are the steps {of.group(1)}?" if of else f"What are the steps of “{title}”?"


def _asked(place: Place, run: list[Unit], announced: str) -> Iterator[Pair | None]:
    marked = None if announced else QUESTION_MARK.match(place.section.title)
    title = announced or (place.section.title[marked.end() :] if marked else place.context())
    is_question = bool(marked) or asks(announced or place.section.title, place.language)
    title = title.rstrip("？? ")
    spans = [trim(place.text, item_start(place.text, unit), unit.end) for unit in run]
    if not is_question:
        question = _whole_question(title, place.language)
        yield place.pair("step", question, run[0].start, run[-1].end, (run[0].start, run[-1].end))
    lead = f"“{title}”：" if place.language == "zh" else f"“{title}”:"
    if is_question and (place.language == "zh" or ended(title, "en").endswith("?")):
        lead = f"{title}？" if place.language == "zh" else ended(title, "en")
    if place.language == "zh":
        yield place.pair("step", f"{lead}第一步做什么？", run[0].start, run[0].end, spans[0])
    else:
        yield place.pair("step", f"{lead} What is the first step?", run[0].start, run[0].end, spans[0])
    for number in range(1, len(run)):
        question = _after(place, lead, spans[number - 1], number)
        yield place.pair("step", question, run[number - 1].start, run[number].end, spans[number])


def _after(place: Place, lead: str, before: tuple[int, int], number: int) -> str:
    step = plain(place.text[slice(*before)]).rstrip("。.；; ")
    short = len(step) <= SHORT[place.language] and not re.search(r"[，,。；;“”\"]", step)
    short = short and language_of(step, place.language) == place.language
    if place.language == "zh":
        return f"{lead}“{step}”之后做什么？" if short else f"{lead}第{number}步之后做什么？"
    return f"{lead} What comes after “{step}”?" if short else f"{lead} What comes after step {number}?"
