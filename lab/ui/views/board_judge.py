"""What the Judge section shows: what the judge says or why it is withheld, its exam, its figures, its own words.

Knows: a judging as HTML. Sentences and figures come ready from ``lab.evals.judging``. Must not know gradio.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import words
from lab.evals.judging import Result, telling
from lab.evals.judging.reliability import Standing
from lab.evals.judging.telling import Example
from lab.ui.present import badge, table, tag, text

STYLES = {"passed": "good", "withheld": "bad", "unfinished": "warn"}
Names = dict[str, str]


def result(made: Result, names: Names, language: str) -> str:
    """All of a judging: the answer first, then what it rests on."""
    body = _card(made, names, language)
    if made.wins:
        body += _figures("judge.pairs_title", telling.wins_table(made, language, names), language)
        body += tag("p", text(telling.length_note(language)), class_="fine")
    body += _figures("judge.grades_title", telling.grades_table(made, language, names), language) if made.grades else ""
    people = telling.votes_sentences(made.votes, language)
    if people:
        body += tag("h3", text(words.say("judge.votes_title", language))) + _listed(people)
    examples = telling.pair_examples(made, language, names)
    if examples:
        body += _folded("judge.examples", _examples(examples, language), language)
    body += "".join(_exam(made, one, language) for one in made.standings)
    return tag("div", body, class_="judging")


def _card(made: Result, names: Names, language: str) -> str:
    first, *rest = telling.sentences(made, language, names) or [words.say("judge.nothing_yet", language)]
    body = tag("p", text(first), class_="verdict-first") + "".join(tag("p", text(one)) for one in rest)
    about = tag("p", text(telling.about(made, language, names)), class_="place")
    return tag("section", body + about, class_=f"verdict {STYLES[made.state]}")


def _figures(title: str, rows: Sequence[Sequence[str]], language: str) -> str:
    head, *body = rows
    shown = table([text(cell) for cell in head], [[text(cell) for cell in row] for row in body])
    return tag("h3", text(words.say(title, language))) + shown


def _exam(made: Result, one: Standing, language: str) -> str:
    """The exam of one part, open where it is why the judge is withheld."""
    if one.mark is None:
        return ""
    head, *rows = telling.exam_table(one, language)
    body = _listed(telling.exam_sentences(one, language))
    body += table([text(cell) for cell in head], [[text(cell) for cell in row] for row in rows])
    examples = telling.exam_examples(made, one.part, language)
    body += _folded("judge.exam_examples", _examples(examples, language), language) if examples else ""
    mark = badge(
        words.say(f"judge.state_{one.state}", language), {"passed": "good", "withheld": "bad"}.get(one.state, "warn")
    )
    summary = text(words.say(f"judge.exam_{one.part}", language)) + " " + mark
    return tag("details", tag("summary", summary) + body, class_="more", open=one.state == "withheld")


def _folded(title: str, body: str, language: str) -> str:
    return tag("details", tag("summary", text(words.say(title, language))) + body, class_="more")


def _listed(sentences: Sequence[str]) -> str:
    return tag("ul", "".join(tag("li", text(one)) for one in sentences), class_="fine")


def _examples(found: Sequence[Example], language: str) -> str:
    return tag("ul", "".join(_example(one, language) for one in found), class_="duels") if found else ""


def _example(one: Example, language: str) -> str:
    style = {True: "good", False: "bad", None: "warn"}[one.good]
    head = tag("p", tag("b", text(one.question)) + " " + tag("span", text(one.label), class_="place"))
    lines = _short(words.say("ui_board.reference", language), one.reference, "warn")
    lines += "".join(_short(name, said) for name, said in one.answers)
    for number, said in enumerate(one.replies):
        key = ("judge.reply_ab", "judge.reply_ba")[number] if len(one.replies) > 1 else "judge.reply"
        lines += _short(words.say(key, language), said)
    return tag("li", head + lines + tag("p", badge(one.outcome, style)))


def _short(name: str, said: str, style: str = "") -> str:
    return tag("div", badge(name, style) + tag("p", text(said)), class_="short")
