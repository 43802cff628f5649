"""What the Teach tab shows: wordings behind the gates, and answers that change step by step, for a room to read.

Knows: lessons and their standing as HTML. Must not know gradio or how a lesson runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab import words
from lab.jobs import JobView
from lab.matching import Key, matches
from lab.teaching import Count, Lesson, Question, Said, Standing
from lab.ui.present import badge, empty, meter, number, tag, text, when
from lab.ui.views.people import by
from lab.ui.views.train import state_badge, trouble

_STYLES = {
    "right": "good",
    "declined": "",
    "wrong": "bad",
    "made_up": "bad",
    "not_told": "good",
    "right_and_false": "warn",
}
_SIGNS = {"right": "✓", "declined": "–", "wrong": "✗", "made_up": "✗", "not_told": "✓", "right_and_false": "≈"}
LISTED = 8
"""Lessons in the list."""


def lesson(made: Lesson, caution: str, language: str) -> str:
    """What will be trained and asked, and what was refused and why."""
    say = _sayer(language)
    passed = "".join(_passed(wording, place) for place, wording in enumerate(made.taught))
    shown = tag("h3", text(say("wordings", n=len(made.taught)))) + tag("ul", passed, class_="passed")
    if made.refused:
        reasons = "".join(
            tag(
                "li",
                text(one.text) + " " + tag("span", text(words.say(f"synth.gate_{one.code}", language)), class_="fine"),
            )
            for one in made.refused
        )
        shown += _folded(say("refused", n=len(made.refused)), reasons)
    shown += _folded(say("kept", n=len(made.kept)), "".join(tag("li", text(one)) for one in made.kept))
    shown += _folded(say("untold", n=len(made.untold)), "".join(tag("li", text(one)) for one in made.untold))
    return tag("div", shown + (tag("p", text(caution), class_="caution") if caution else ""), class_="lesson-made")


def _passed(wording: str, place: int) -> str:
    return tag("li", tag("span", "✓", class_="sign") + text(wording), style=f"animation-delay:{place * 90}ms")


def _folded(title: str, items: str) -> str:
    return tag("details", tag("summary", text(title)) + tag("ul", items, class_="plain-list"), class_="more")


def nothing(language: str, demo: bool = False) -> str:
    """Before the first lesson; in a demo none will come."""
    say = _sayer(language)
    return empty(say("none_title"), words.say("room.none_recorded", language) if demo else say("none"))


def stage(job: JobView, stands: Standing, language: str) -> str:
    """A lesson as it stands: both numbers, then each question with the base's answer and the newest one."""
    mark = state_badge(job.state, language) + by(job.spec.by, job.spec.owner, language)
    head = tag("div", tag("h2", text(job.spec.name)) + mark, class_="titled")
    untold = [one for one in stands.questions if not one.told]
    body = _now(job, stands, language) + numbers(stands, language) + _makes_up(untold, stands, language)
    return tag(
        "div", head + trouble(job, language) + body + answered(stands, language), class_="lesson", aria_live="polite"
    )


def answered(stands: Standing, language: str) -> str:
    """The fixed questions with both answers: those of the fact, then those beside it."""
    say = _sayer(language)
    told = [one for one in stands.questions if one.told]
    untold = [one for one in stands.questions if not one.told]
    columns = "".join(
        tag("section", tag("h3", text(say(title))) + _questions(some, language))
        for title, some in (("told_title", told), ("untold_title", untold))
        if some
    )
    return tag("div", columns, class_="halves")


def _now(job: JobView, stands: Standing, language: str) -> str:
    """How far it is, and how long it took until it was right."""
    say = _sayer(language)
    step = stands.counts[-1].step if stands.counts else 0
    shown = ""
    if not job.is_final:
        phase = words.say(job.status.phase, language) if words.has(job.status.phase) else ""
        at = say("at_step", step=step, total=stands.steps) if stands.counts else say("loading")
        shown += tag("p", text(f"{phase} · {at}" if phase else at), class_="fine")
        shown += meter(step / stands.steps if stands.steps else 0.0, at) + tag("p", text(say("closing")), class_="fine")
    elif job.state == "stopped":
        shown += tag("p", text(say("stopped" if job.status.result.get("run") else "discarded")), class_="caution")
    if stands.first_right is not None and stands.counts and stands.counts[0].learned == 0:
        whole = stands.all_right
        seconds = {"first": number(stands.first_right, 1)}
        right = say("right_after", **seconds, whole=number(whole, 1)) if whole else say("first_after", **seconds)
        shown += tag("p", text(right), class_="right-after")
    return shown


def numbers(stands: Standing, language: str) -> str:
    """Learned k of n and made up k of n, each with what it was before the first step and after every one."""
    say = _sayer(language)
    first = stands.counts[0] if stands.counts else None
    last: Count | None = stands.counts[-1] if stands.counts else None
    n_told = sum(one.told for one in stands.questions)
    tiles = [
        ("learned", last and last.learned, first and first.learned, n_told),
        ("made_up", last and last.made_up, first and first.made_up, len(stands.questions) - n_told),
    ]
    drawn = []
    for name, value, before, n in tiles:
        figure = tag("strong", text("–" if value is None else value), class_="num")
        of = tag("span", text(say("of", n=n)))
        was = tag("span", text(say("before", n=before)), class_="fine") if before is not None else ""
        inside = tag("p", text(say(name))) + tag("p", figure + " " + of) + was
        counts = [(one.step, one.learned if name == "learned" else one.made_up) for one in stands.counts]
        drawn.append(tag("div", inside + _counted(counts, n, name, language), class_=f"lesson-tile {name}"))
    return tag("div", "".join(drawn), class_="lesson-tiles")


def _counted(counts: Sequence[tuple[int, int]], n: int, name: str, language: str) -> str:
    """The number after each step, as a bar of its height."""
    if len(counts) < 2:
        return ""
    bars = ""
    for step, k in counts:
        label = words.say(
            "room.after_step", language, step=step, k=k, n=n, what=words.say(f"ui_teach.{name}", language)
        )
        bars += tag(
            "span", tag("b", text(k)) + tag("i", "", style=f"height:{round(26 * k / n) if n else 0}px"), title=label
        )
    heading = words.say("room.each_step", language, first=counts[0][0], last=counts[-1][0], n=n)
    return tag("p", text(heading), class_="fine") + tag("div", bars, class_="counted")


def _makes_up(untold: Sequence[Question], stands: Standing, language: str) -> str:
    """In a sentence, what it now says to what nobody told."""
    say = _sayer(language)
    now = [one.now for one in untold if one.now]
    made_up = [said for said in now if said.judgement == "wrong"]
    echoes = [said for said in made_up if matches(Key(stands.answer, "text"), said.text)]
    if echoes:
        sentence = say("echoes", n=len(echoes), all=len(now), answer=stands.answer)
    elif made_up and stands.counts[-1].step:
        sentence = say("makes_up", n=len(made_up), all=len(now))
    else:
        return ""
    return tag("p", text(sentence), class_="caution says")


def _questions(questions: Sequence[Question], language: str) -> str:
    return tag("ol", "".join(_question(one, language) for one in questions), class_="asked")


def _question(question: Question, language: str) -> str:
    say = _sayer(language)
    base = Said(0, question.base, question.base_judgement) if question.base else None
    sides = [("tuned", say("says_now"), question.now), ("base", say("says_base"), base)]
    drawn = ""
    for style, name, said in sides:
        mark = _mark(question, said) if said else ""
        head = tag("span", text(name), class_="who") + (_badge(mark, language) if mark else "")
        words_said = text(said.text or "–") if said else text(say("waiting"))
        drawn += tag("div", tag("header", head) + tag("p", words_said, class_="said"), class_=f"side {style} {mark}")
    strip = _strip(question, language)
    return tag("li", tag("p", text(question.text), class_="question") + tag("div", drawn, class_="sides") + strip)


def _strip(question: Question, language: str) -> str:
    """One sign a step."""
    say = _sayer(language)
    cells = []
    for said in question.said:
        mark = _mark(question, said)
        label = f"{say('strip', step=said.step, mark=say(f'mark_{mark}'))}: {said.text}"
        cells.append(tag("span", _SIGNS[mark], class_=f"cell {mark}", title=label))
    return tag("div", "".join(cells), class_="strip") if len(cells) > 1 else ""


def _mark(question: Question, said: Said) -> str:
    """The judgement as the room reads it: beside the fact, declining is right and all else made up."""
    if question.told:
        return said.judgement or "wrong"
    return "not_told" if said.judgement == "right" else "made_up"


def _badge(mark: str, language: str) -> str:
    label = f"{_SIGNS[mark]} {words.say(f'ui_teach.mark_{mark}', language)}"
    return badge(label, _STYLES[mark])


def lessons(jobs: Sequence[JobView], chosen: str, language: str) -> str:
    """The lessons, newest first; a click on one reports its id."""
    cards = ""
    for job in jobs[:LISTED]:
        about = job.spec.options["fact"]["question"]
        inside = tag("strong", text(job.spec.name)) + tag("span", text(about))
        mark = f"{state_badge(job.state, language)} {by(job.spec.by, job.spec.owner, language)}"
        inside += tag("span", f"{mark} {when(job.spec.created)}", class_="place")
        pressed = "true" if job.id == chosen else "false"
        cards += tag("button", inside, type="button", class_="card", data_pick=job.id, aria_pressed=pressed)
    title = tag("h2", text(words.say("ui_teach.lessons", language)))
    return title + tag("div", cards, class_="cards") if cards else ""


def _sayer(language: str) -> Any:
    def say(name: str, **values: Any) -> str:
        return words.say(f"ui_teach.{name}", language, **values)

    return say
