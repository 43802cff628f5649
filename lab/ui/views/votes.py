"""What the page shows of a blind vote: what is voted on, and what came of it.

Knows: results as HTML. Must not know gradio or where votes are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from lab import words
from lab.chat import telling
from lab.chat.votes import ASPECTS, BOTH, NEITHER, Ballot, Poll, Result
from lab.ui.present import number, table, tag, text


def about(poll: Poll | None, names: dict[str, str], language: str, *, over: bool = False) -> str:
    """What is voted on now, or was."""
    if poll is None:
        return ""
    who = {"a": names.get(poll.a, poll.a), "b": names.get(poll.b, poll.b)}
    said = tag(
        "p", text(words.say("votes.was_opened" if over else "votes.opened", language, n=len(poll.ballots), **who))
    )
    if poll.same or poll.unanswered:
        told = words.say("votes.left_out", language, same=poll.same, unanswered=poll.unanswered)
        said += tag("p", text(told), class_="fine")
    return said


def result(whole: Result, questions: Sequence[tuple[Ballot, Result]], names: dict[str, str], language: str) -> str:
    """The result in a sentence, whether the sides are even, each question, and the grades."""
    if not whole.votes:
        return tag("p", text(words.say("votes.result_none", language)), class_="fine")
    a, b = names.get(whole.a, whole.a), names.get(whole.b, whole.b)
    heads = [words.say("votes.column_question", language), a, b]
    heads += [words.say(f"votes.column_{name}", language) for name in ("both", "neither")]
    kinds = (whole.a, whole.b, BOTH, NEITHER)
    rows = [[text(one.question), *(str(of.counts[kind]) for kind in kinds)] for one, of in questions]
    made = tag("p", text(_say(telling.result(whole, b), language)), class_="vote-result")
    for key, values in telling.notes(whole):
        style = "fine" if key in ("votes.side_even", "votes.side_few") else "caution"
        made += tag("p", text(words.say(key, language, **values)), class_=style)
    made += tag("div", table([text(head) for head in heads], rows, class_="plain prose-cells"), class_="tall")
    return made + _grades(whole, a, b, language) + _voters(whole, a, b, language)


def _voters(whole: Result, a: str, b: str, language: str) -> str:
    """Who chose what how often, folded; empty where nobody gave a name."""
    names: dict[str, str] = {}
    for vote in whole.votes:
        names[vote.voter] = vote.name or names.get(vote.voter, "")
    if not any(names.values()):
        return ""
    rows = []
    for voter, name in sorted(names.items(), key=lambda entry: (not entry[1], entry[1].casefold())):
        won = Counter(vote.winner for vote in whole.votes if vote.voter == voter)
        shown = name or words.say("votes.nameless", language)
        rows.append([text(shown), *(str(won[kind]) for kind in (whole.a, whole.b, BOTH, NEITHER))])
    heads = [words.say("votes.column_voter", language), a, b]
    heads += [words.say(f"votes.column_{name}", language) for name in ("both", "neither")]
    label = tag("summary", text(words.say("votes.voters", language, n=len(names))))
    return tag("details", label + table([text(head) for head in heads], rows), class_="more")


def _say(told: telling.Told, language: str) -> str:
    return words.say(told[0], language, **told[1])


def _grades(whole: Result, a: str, b: str, language: str) -> str:
    rows = []
    for aspect in ASPECTS:
        given = [whole.ratings(who, aspect) for who in (whole.a, whole.b)]
        if any(n for _, n in given):
            cells = [text(words.say("votes.rated", language, mean=number(mean, 1), n=n)) for mean, n in given]
            rows.append([text(words.say(f"votes.{aspect}", language)), *cells])
    heads = [text(words.say("votes.column_aspect", language)), text(a), text(b)]
    return table(heads, rows) if rows else ""
