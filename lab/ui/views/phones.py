"""How phones get in, and what the room asked with them.

Knows: addresses, codes and comparisons as HTML. Must not know gradio, who may ask or where anything is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import words
from lab.chat import Duel
from lab.matching import Key, matches
from lab.records import Answer
from lab.ui.present import badge, tag, text, whole


def way_in(where: str, drawn: str, is_open: bool, here: str, link: str, language: str) -> str:
    """The code phones scan, or what to do where they cannot reach the lab; ``link`` leads there on this machine."""
    led = tag("p", tag("a", text(link), href=here, target="_blank"))
    if not where:
        key = "votes.on_this_machine" if is_open else "votes.no_network"
        return tag("p", text(words.say(key, language)), class_="caution") + led
    told = text(words.say("votes.scan", language, address="\0")).replace("\0", tag("a", text(where), href=where))
    return tag("div", tag("div", drawn, class_="qr") + tag("div", tag("p", told) + led), class_="scan")


def asked(found: Sequence[Duel], run: str, taught: str, language: str) -> str:
    """Questions with both answers, those of ``run`` first; marked where they say what was taught."""
    items = "".join(tag("li", one_asked(duel, run, taught, language)) for duel in found)
    return tag("ol", items, class_="asked") if items else ""


def one_asked(duel: Duel, run: str, taught: str, language: str) -> str:
    """One question: who asked it, what the taught model says, and the base below."""
    sides = sorted(zip(duel.contestants, duel.answers, strict=True), key=lambda pair: pair[0].run != run)
    drawn = "".join(_side(answer, one.run == run, taught, language) for one, answer in sides)
    by = tag("span", text(duel.by), class_="fine") if duel.by else ""
    return tag("p", text(duel.question) + (f" {by}" if by else ""), class_="question") + tag(
        "div", drawn, class_="sides"
    )


def _side(answer: Answer, is_taught: bool, taught: str, language: str) -> str:
    says = bool(taught) and matches(Key(taught, "text"), answer.text)
    name = words.say("room.taught" if is_taught else "ui_teach.says_base", language)
    mark = badge(words.say("room.says", language, answer=taught), "tuned") if says else ""
    head = tag("header", tag("span", text(name), class_="who") + mark)
    style = "side tuned" if is_taught else "side base"
    return tag("div", head + tag("p", text(whole(answer.text.strip()) or "–"), class_="said"), class_=style)
