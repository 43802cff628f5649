"""What is untold beside what is told, in pairs a model can tell apart.

Of somebody who is told of, what is not told; what is told, asked of somebody else who is known; what is told, asked of
a neighbour nobody named. So every name and every thing asked stands on both sides, and only both together tell whether
there is an answer. Knows when a text might answer after all: then nothing is made. Must not know shares or rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from lab.likeness import NEAR, folded, likeness
from lab.synth.declining import stock_en, stock_zh
from lab.synth.declining.asked import Asked
from lab.synth.declining.stock import Untold
from lab.synth.pairs import Pair
from lab.synth.wording.rewording import reworded

T = TypeVar("T")
_FORMS = 4
"""Ways to ask one thing at most."""
_PLAIN = ("form", "order", "measure", "pronoun")
"""Wordings by these rules; a polite frame would teach that whoever asks politely is told nothing."""
_TURN = ("swaps", "next", "siblings", "swaps", "strangers", "next")
"""Which kind comes when: what is not told of somebody known is what a model most often makes up."""
TOPICS: dict[str, str] = {
    "age": r"岁|多大|年龄|\bold\b|\bage\b|\byears\b",
    "like": r"喜欢|爱|\blikes?\b|\bloves?\b|\benjoys?\b|favou?rite",
    "home": r"住|\blives?\b|\bhome\b",
    "name": r"名字|叫|\bnamed?\b|\bcalled\b",
    "work": r"职业|工作|上班|\bjob\b|profession|\bliving\b|\bworks?\b",
    "colour": r"颜色|色|\bcolou?r",
    "nature": r"性格",
    "birthday": r"生日|birthday|\bborn\b",
}
"""What a question is about, wide, and the words that tell of it."""


@dataclass(frozen=True)
class Contrast:
    """One thing that is not told."""

    plain: tuple[str, ...]
    """Ways to ask for it."""
    beside: Asked
    """The told question it stands beside."""
    subject: str
    topic: str
    """The same for questions about the same thing, of whomever."""

    @property
    def source(self) -> Pair:
        """The told pair it stands beside."""
        return self.beside.source

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The plain ways, then what the reworder makes of the first; of documents the plain ones alone."""
        if self.source.evidence:
            return self.plain
        made = [one.text for one in reworded(self.plain[0], self.beside.language, typos=0) if one.rule in _PLAIN]
        return tuple({folded(form): form for form in (*self.plain, *made)}.values())[:_FORMS]


def contrasts(asked: Sequence[Asked], text: str, told: Sequence[str]) -> list[Contrast]:
    """Everything untold beside ``asked``, in an order that brings each name and each thing equally often.

    ``text`` is everything that is told, ``told`` the questions that have an answer. What comes of documents is asked
    plainly, as their own questions are; what comes of rows in several ways.
    """
    answered_folded = {folded(question) for question in told}
    pools = {
        "swaps": _swaps(asked, text),
        "next": _next(asked, text, told),
        "strangers": _strangers(asked, text),
        "siblings": _siblings(asked, text),
    }
    left = {name: iter(_sound(pool, answered_folded)) for name, pool in pools.items()}
    made: list[Contrast] = []
    while left:
        for name in _TURN:
            one = next(left[name], None) if name in left else None
            if one is None:
                left.pop(name, None)
            else:
                made.append(one)
    return made


def asking(found: Sequence[Contrast]) -> Iterator[tuple[str, Contrast]]:
    """Each contrast in one form, then each in another, as long as there are any; forms take turns."""
    for turn in range(_FORMS):
        for place, one in enumerate(found):
            if turn < len(one.forms):
                yield one.forms[(turn + place) % len(one.forms)], one


def _sound(pool: Iterable[Contrast], answered_folded: set[str]) -> Iterator[Contrast]:
    seen: set[tuple[str, str]] = set()
    for one in pool:
        key = (folded(one.subject), one.topic)
        if key not in seen and not any(folded(form) in answered_folded for form in one.plain):
            seen.add(key)
            yield one


def _next(asked: Sequence[Asked], text: str, told: Sequence[str]) -> list[Contrast]:
    """What is not told of somebody who is: every thing once, then every thing of the next one."""
    made: list[tuple[float, Contrast]] = []
    for (kind, language), subjects in _kinds(asked).items():
        stock = (stock_zh if language == "zh" else stock_en).STOCK.get(kind, ())
        untold = _mixed([one for one in stock if not re.search(one.keywords, text, re.IGNORECASE)], _keywords)
        place = 0
        for shift in range(len(subjects)):
            for number, one in enumerate(untold):
                about = subjects[(number + shift) % len(subjects)]
                forms = tuple(_filled(form, about) for form in one.forms)
                near = any(
                    about.subject in question and likeness(form, question) >= NEAR
                    for question in told
                    for form in forms
                )
                if not near:
                    made.append((place / len(subjects), Contrast(forms, about, about.subject, one.keywords)))
                    place += 1
    return [one for _, one in sorted(made, key=lambda entry: entry[0])]


def _swaps(asked: Sequence[Asked], text: str) -> list[Contrast]:
    """A told question with another word in the place of what it asks for: nothing else tells the two apart."""
    pools = []
    for one in _mixed(asked, _subject):
        stock = (stock_zh if one.language == "zh" else stock_en).SWAPS
        pattern, others = next(((told, put) for told, put in stock if re.search(told, _core(one.tail))), ("", ()))
        unknown = _mixed([put for put in others if not _names(put, text)], str, one.subject)
        made = [re.sub(pattern, put, _core(one.tail), count=1) for put in unknown]
        pools.append(
            [
                Contrast((_began(tail.format(s=one.subject)) + _mark(one),), one, one.subject, put)
                for tail, put in zip(made, unknown, strict=True)
            ]
        )
    return [one for turn in _turns(pools) for one in turn]


def _core(tail: str) -> str:
    return tail.rstrip("?？")


def _mark(about: Asked) -> str:
    return "？" if about.language == "zh" else "?"


def _names(put: str, text: str) -> bool:
    """Whether the text names what is put in: then it might tell of it."""
    parts = re.findall(r"[A-Za-z]{4,}|[\u4e00-\u9fff]+", re.sub(r"[几多哪什么是的有得会]", " ", put))
    return any(re.search(re.escape(part), text, re.IGNORECASE) for part in parts)


def _strangers(asked: Sequence[Asked], text: str) -> list[Contrast]:
    """What is told of somebody, asked of a neighbour who is never named."""
    pools = []
    for language in ("zh", "en"):
        own = _mixed([one for one in asked if one.language == language and one.tail], _tail)
        stock = stock_zh if language == "zh" else stock_en
        for kind, is_name in dict.fromkeys((one.kind, _asks_name(one)) for one in own):
            tails = [one for one in own if (one.kind, _asks_name(one)) == (kind, is_name)]
            listed = stock.STRANGERS.get("nameless" if is_name else kind, ())
            names = [name for name in listed if not _is_known(name, text, language)]
            beside = [
                f"{one.subject}{name}" if language == "zh" else f"{_possessive(one)} {name}"
                for one, name in zip(_unique_subjects(own), stock.RELATIVES, strict=False)
                if one.kind == kind == "being" and not _is_known(name, text, language)
            ]
            pools.append(_crossed(tails, _taken_in_turn(names, beside)))
    return [one for turn in _turns(pools) for one in turn]


def _crossed(tails: Sequence[Asked], names: Sequence[str]) -> list[Contrast]:
    """Every tail with every name that agrees with it, names and tails taking turns."""
    made = []
    for shift in range(len(names)):
        for number, one in enumerate(tails):
            name = names[(number + shift) % len(names)]
            if one.language == "zh" or _is_plural(name) == one.is_plural:
                made.append(Contrast((_began(one.tail.format(s=name)),), one, name, one.tail))
    return made


def _siblings(asked: Sequence[Asked], text: str) -> list[Contrast]:
    """What is told of one, asked of another of whom nothing like it is told, under whatever name."""
    beings = [one for one in asked if one.kind == "being" and not _asks_name(one)]
    made = []
    for one in _mixed(beings, _tail):
        for other in _mixed(beings, _subject, one.tail):
            same = other.source.document == one.source.document and other.language == one.language
            agrees = one.language == "zh" or one.is_plural == other.is_plural
            if same and agrees and not _may_be_told(asked, one, other.subject, text):
                forms = (_began(one.tail.format(s=other.subject)),)
                made.append(Contrast(forms, other, other.subject, one.tail))
    return made


def _may_be_told(asked: Sequence[Asked], one: Asked, subject: str, text: str) -> bool:
    """Whether something of the kind may be told of the subject, or of whoever else that may be."""
    if _is_same(one.subject, subject, text):
        return True
    topics = _topics(one.tail)
    if not topics:
        return True
    names = {subject} | {other.subject for other in asked if _is_same(other.subject, subject, text)}
    if any(
        topics & _topics(other.tail) and any(_is_same(other.subject, name, text) for name in names) for other in asked
    ):
        return True
    told = re.compile("|".join(TOPICS[topic] for topic in topics), re.IGNORECASE)
    lines = re.split(r"[。.!?！？\n]", text)
    return any(told.search(line) and any(name.casefold() in line.casefold() for name in names) for line in lines)


def _is_same(left: str, right: str, text: str) -> bool:
    """Whether two names may mean one: one holds the other, or a sentence says that one is the other."""
    if left in right or right in left:
        return True
    a, b = re.escape(left), re.escape(right)
    between = r"[^，。,.\n]{0,3}(?:是|叫|\bis\b)[^，。,.\n]{0,8}"
    return bool(re.search(f"{a}{between}{b}|{b}{between}{a}", text, re.IGNORECASE))


def _topics(tail: str) -> frozenset[str]:
    return frozenset(topic for topic, told in TOPICS.items() if re.search(told, tail, re.IGNORECASE))


def _is_known(name: str, text: str, language: str) -> bool:
    """Whether any part of a neighbour's name stands in the text."""
    parts = re.findall(stock_zh.PARTS, name) if language == "zh" else re.findall(r"[A-Za-z]{3,}", name)
    return any(part != "the" and re.search(re.escape(part), text, re.IGNORECASE) for part in parts or [name])


def _kinds(asked: Sequence[Asked]) -> dict[tuple[str, str], list[Asked]]:
    """(Kind, language) → one ``Asked`` for each subject."""
    found: dict[tuple[str, str], list[Asked]] = {}
    for one in _unique_subjects(_mixed(asked, _subject)):
        found.setdefault((one.kind, one.language), []).append(one)
    return found


def _unique_subjects(asked: Sequence[Asked]) -> list[Asked]:
    return list({(one.language, one.kind, folded(one.subject)): one for one in reversed(asked)}.values())[::-1]


def _filled(form: str, about: Asked) -> str:
    agreed = {"does": "do", "is": "are"} if about.is_plural else {"does": "does", "is": "is"}
    spoken = {**agreed, "Does": agreed["does"].capitalize(), "Is": agreed["is"].capitalize()}
    return _began(form.format(s=about.subject, p=_possessive(about), **spoken))


def _possessive(about: Asked) -> str:
    return about.subject + ("'" if about.is_plural and about.subject.endswith("s") else "'s")


def _is_plural(name: str) -> bool:
    return bool(re.match(r"the [A-Z]\w+s$", name))


def _began(question: str) -> str:
    return question[:1].upper() + question[1:]


def _asks_name(one: Asked) -> bool:
    return "name" in _topics(one.tail)


def _tail(one: Asked) -> str:
    return one.tail


def _keywords(one: Untold) -> str:
    return one.keywords


def _subject(one: Asked) -> str:
    return one.subject + one.tail


def _mixed(found: Iterable[T], named: Callable[[T], str], salt: str = "") -> list[T]:
    """Another order, the same every time; another one for another ``salt``."""
    return sorted(found, key=lambda one: hashlib.sha256((named(one) + salt).encode()).hexdigest())


def _taken_in_turn(left: Sequence[str], right: Sequence[str]) -> list[str]:
    return [one for turn in _turns([left, right]) for one in turn]


def _turns(pools: Sequence[Sequence[T]]) -> Iterator[list[T]]:
    """The first of each pool, then the second of each."""
    for place in range(max(map(len, pools), default=0)):
        yield [pool[place] for pool in pools if place < len(pool)]
