"""Whether a text holds a string, a name or a number; and whether it says that it does not know.

Knows: matching at the boundaries of words, names and numbers, in Chinese and English. Must not know rows or who
answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from lab.text import LETTER, NUMBER, canonical, folded, plain_number

_DECLINES = re.compile(
    r"不知道|不清楚|不确定|不了解|不记得|不得而知|不太清楚"
    r"|无法(?:回答|确定|得知|提供|告诉|判断)|不能(?:回答|确定|提供|告诉)"
    r"|没有(?:相关|提到|提及|足够|这方面|任何|说明)|没(?:提|有告诉)"
    r"|(?:do not|don't|does not|doesn't) (?:know|have (?:any |enough |that |the |access )|recall|remember)"
    r"|(?:can ?not|can't|unable to|not able to) (?:answer|say|tell|determine|provide|find|confirm|assist|help)"
    r"|(?<!they're )(?<!they are )(?<!he is )(?<!she is )\bnot sure\b|\bno information\b|\bunknown to me\b|\bas an ai\b"
    r"|\b(?:was|were|am|are|been|is) not told\b|\b(?:wasn't|weren't|aren't|isn't) told\b|没有?(?:人)?(?:讲|告诉)过?"
    r"|\bnot (?:mentioned|provided|specified|stated|known)\b"
)

_START = 4
"""Characters by which keys are looked up."""


@dataclass(frozen=True)
class Key:
    """One string that an answer is looked through for."""

    text: str
    kind: str
    """``number``, ``name`` or ``text``."""


def matches(wanted: Key, text: str) -> bool:
    """Whether ``text`` holds the key: 1 is not in 10, Tom not in Tomorrow, 十 is 10."""
    return any(True for _ in places(wanted, canonical(text)))


def places(wanted: Key, plain: str) -> Iterator[int]:
    """Where the key stands in canonical text."""
    if wanted.kind == "number":
        value = plain_number(canonical(wanted.text).strip())
        yield from (found.start() for found in NUMBER.finditer(plain) if plain_number(found.group()) == value)
        if value == "1":
            yield from (found.start() for found in re.finditer(r"\bone\b", plain))
        return
    text, pattern = _prepared(wanted.text, wanted.kind)
    if text and text in plain:
        yield from (found.start() for found in re.finditer(pattern, plain))


@lru_cache(maxsize=65536)
def _prepared(text: str, kind: str) -> tuple[str, str]:
    """What a text must hold for the key to be in it at all, and the pattern that decides; both empty for no key."""
    text = canonical(text).strip(" .!?,;:")
    if not text:
        return "", ""
    before = rf"(?<!{LETTER})(?<!\d\.)" if re.match(LETTER, text) else ""
    after = r"(?!\d|\.\d|%)" if text[-1].isdigit() else rf"(?!{LETTER})" if re.match(LETTER, text[-1]) else ""
    body = re.escape(text)
    if kind == "text" and len(text) > 2 and text.isascii() and text.isalpha():
        text = text.removesuffix("s")
        body = re.escape(text) + "s?"
    return text, before + body + after


class Finder:
    """Of many keys those that a text holds, without looking for each of them."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._starting: dict[str, list[tuple[int, Key]]] = {}
        for place, one in enumerate(keys):
            start = _prepared(one.text, one.kind)[0][:_START]
            if start and one.kind != "number":
                self._starting.setdefault(start, []).append((place, one))

    def held(self, plain: str) -> list[Key]:
        """The names and texts that stand in canonical text, in the order they were given."""
        starts = {plain[at : at + size] for at in range(len(plain)) for size in range(1, _START + 1)}
        likely = [pair for start in starts for pair in self._starting.get(start, ())]
        return [one for _, one in sorted(likely, key=lambda pair: pair[0]) if any(True for _ in places(one, plain))]


def declines(answer: str) -> bool:
    """Whether the answer says that it does not know."""
    return bool(_DECLINES.search(folded(answer)))
