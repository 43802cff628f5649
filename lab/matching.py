"""Whether a text holds a string, a name or a number; and whether it says that it does not know.

Knows: matching at the boundaries of words, names and numbers, in Chinese and English. Must not know rows or who
answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
    text = canonical(wanted.text).strip(" .!?,;:")
    if not text:
        return
    before = rf"(?<!{LETTER})(?<!\d\.)" if re.match(LETTER, text) else ""
    after = r"(?!\d|\.\d|%)" if text[-1].isdigit() else rf"(?!{LETTER})" if re.match(LETTER, text[-1]) else ""
    body = re.escape(text)
    if wanted.kind == "text" and len(text) > 2 and text.isascii() and text.isalpha():
        text = text.removesuffix("s")
        body = re.escape(text) + "s?"
    if text not in plain:
        return
    yield from (found.start() for found in re.finditer(before + body + after, plain))


def declines(answer: str) -> bool:
    """Whether the answer says that it does not know."""
    return bool(_DECLINES.search(folded(answer)))
