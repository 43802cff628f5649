"""What the Compare tab shows: two panes, suggested questions, the base's answers before training, duels.

Knows: answers, contestants and item records as HTML. Must not know gradio or who is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from lab import words
from lab.chat import Duel
from lab.evals import ItemRecord, violates
from lab.records import Answer, Check, Contestant
from lab.ui.contestants import passages
from lab.ui.present import badge, number, table, tag, text, when, whole
from lab.ui.views.people import by
from lab.ui.views.train import fingerprint

JUDGEMENT_STYLES = {"right": "good", "right_and_false": "warn", "wrong": "bad", "declined": ""}
DUELS_SHOWN = 12
BEFORE_SHOWN = 60
_AFTER_A_SENTENCE = re.compile(r"(?<=。)|(?<=\.) (?=[A-Z])")


def side(contestant: Contestant) -> str:
    """The colour of a contestant: ``tuned`` for a run, else ``base``."""
    return "tuned" if contestant.run else "base"


def pane(
    name: str,
    style: str,
    said: str,
    answer: Answer | None,
    checks: Sequence[Check],
    language: str,
    note: str = "",
    question: str = "",
) -> str:
    """One side: who answers, what has been said so far, and once it is whole what it took and which checks it keeps."""
    kind = badge(words.say(f"ui_compare.kind_{style}", language), style)
    head = tag("header", (tag("strong", text(name)) if name else "") + kind)
    body = tag("p", text(whole(said)), class_="said") if said else tag("p", text(note), class_="fine")
    foot = (
        tag("footer", took(answer, style, language) + marks(answer.text, checks, language, question)) if answer else ""
    )
    foot += passages(answer.passages, language) if answer else ""
    return tag("article", head + body + foot, class_=f"pane {style}", aria_live="polite")


def verdict(said: Mapping[str, str], language: str) -> str:
    """The first sentence of what the newest evaluation says of the run, the rest folded; empty where there is none."""
    if language not in said:
        return ""
    label = tag("span", text(words.say("space.verdict_of", language)), class_="who")
    first, *rest = _AFTER_A_SENTENCE.split(said[language], maxsplit=1)
    shown = label + tag("p", text(first), class_="verdict-said")
    if rest:
        more = tag("summary", text(words.say("ui_compare.verdict_more", language)))
        shown += tag("details", more + tag("p", text(rest[0])), class_="more")
    return tag("div", shown, class_="data-says verdict-here")


def took(answer: Answer, style: str, language: str) -> str:
    """The weights that answered, and how long it took."""
    hashed = (
        tag("span", fingerprint(answer.fingerprint, style), title=words.say("ui_compare.weights", language))
        if answer.fingerprint
        else ""
    )
    seconds = number(answer.seconds, 1)
    spent = tag(
        "span", text(words.say("ui_compare.took", language, tokens=answer.tokens, seconds=seconds)), class_="num"
    )
    cut = badge(words.say("ui_compare.cut", language), "warn") if answer.finish_reason == "length" else ""
    return hashed + spent + cut


def marks(answer: str, checks: Sequence[Check], language: str, question: str = "") -> str:
    """Whether the answer keeps each check, in words."""
    made = []
    for check in checks:
        broken = violates(check, answer, question)
        key = "ui_compare.check_broken" if broken else "ui_compare.check_kept"
        made.append(badge(words.say(key, language, name=check.name), "bad" if broken else "good"))
    return "".join(made)


def reference(answer: str, language: str) -> str:
    """What the data gives as the answer, in the third colour."""
    label = tag("span", text(words.say("ui_compare.reference", language)), class_="who")
    return tag("div", label + tag("p", text(answer)), class_="data-says") if answer else ""


def suggestions(questions: Iterable[str], dataset: str, language: str, lead: str = "") -> str:
    """Test questions of the data set to take; a click on one reports it. ``lead`` says another thing of them."""
    chips = "".join(tag("button", text(q), type="button", class_="chip", data_pick=q) for q in questions)
    label = tag("p", text(lead or words.say("ui_compare.suggested", language, dataset=dataset)), class_="fine")
    return label + tag("div", chips, class_="chips") if chips else ""


def before(records: Sequence[ItemRecord], is_open: bool, language: str) -> str:
    """What the base said before anything was trained: counts in one sentence, then question by question."""
    shown = [record for record in records if record.slice != "trained"] or list(records)
    counts = Counter(record.judgement for record in shown)
    judged = {kind: counts[kind] for kind in JUDGEMENT_STYLES}
    sentence = words.say("ui_compare.before_counts", language, total=len(shown), **judged)
    names = ("question", "reference", "base", "judgement")
    head = [text(words.say(f"ui_compare.column_{name}", language)) for name in names]
    rows = [
        [text(r.question), text(r.reference), text(whole(r.answer or "") or "–"), judgement(r.judgement, language)]
        for r in shown[:BEFORE_SHOWN]
    ]
    listed = tag("div", table(head, rows, class_="plain prose-cells"), class_="tall")
    return tag("details", tag("summary", text(sentence)) + listed, class_="more", open=is_open)


def judgement(kind: str | None, language: str) -> str:
    """How an answer was judged, as a badge."""
    if kind is None:
        return badge(words.say("ui_compare.not_judged", language))
    return badge(words.say(f"evals.metric_{kind}", language), JUDGEMENT_STYLES[kind])


def duels(found: Sequence[Duel], names: dict[str, str], language: str) -> str:
    """Questions asked before, with both answers."""
    items = []
    for duel in found[:DUELS_SHOWN]:
        pairs = zip(duel.contestants, duel.answers, strict=True)
        said = "".join(
            tag("div", badge(names.get(c.name, c.name), side(c)) + tag("p", text(whole(a.text))), class_="short")
            for c, a in pairs
        )
        asked = tag("b", text(duel.question)) + " " + when(duel.created) + " " + by(duel.by, duel.owner, language)
        items.append(tag("li", tag("p", asked) + said))
    if not items:
        return ""
    title = words.say("ui_compare.duels_title", language)
    return tag("details", tag("summary", text(title)) + tag("ul", "".join(items), class_="duels"), class_="more")
