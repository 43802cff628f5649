"""When two wordings count as the same or nearly the same, and which language a text is in.

Knows: the folding of a question, its character 3-grams, and what is Chinese. Works alike for Chinese and
English. Must not know rows, splits or models.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

NEAR = 0.6
"""Jaccard likeness of character 3-grams from which two wordings of one fact are too alike to test with."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MARK = re.compile(r"[^\w\s]|_")
_KINDS = {
    code: "." if re.match(r"[^\w\s]|_", chr(code), re.ASCII) else "0" if chr(code).isdigit() else " "
    for code in range(128)
}
"""ASCII by kind: marks, digits, all else."""
_PLAIN_MARKS = {code: None for code in range(128) if not chr(code).isalnum() and chr(code) not in "$+<=>^`|~"}
"""ASCII without symbols, letters and digits: what folding takes out where no number is near."""
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


def folded(text: str) -> str:
    """``text`` without case, width, spaces and punctuation; marks inside numbers stay ("3.5", "-2")."""
    if text.isascii() and ".0" not in text.translate(_KINDS):
        return text.lower().translate(_PLAIN_MARKS)
    return "".join(_MARK.sub(_kept, unicodedata.normalize("NFKC", text).casefold()).split())


def _kept(mark: re.Match[str]) -> str:
    """What stays of a character that is no letter, digit or space."""
    char = mark.group()
    kind = unicodedata.category(char)[0]
    if kind in "ZC":
        return ""
    if kind != "P":
        return char
    before, after = mark.string[mark.start() - 1 : mark.start()], mark.string[mark.end() : mark.end() + 1]
    stays = after.isdigit() and (before.isdigit() or (char == "-" and not before.isalnum()))
    return char if stays else ""


def shingles(text: str) -> frozenset[str]:
    """The character 3-grams of the folded text, its beginning and end marked."""
    marked = f"^{folded(text)}$"
    return frozenset(marked[place : place + 3] for place in range(max(1, len(marked) - 2)))


def likeness(left: str, right: str) -> float:
    """Jaccard likeness of two wordings, 0 to 1."""
    return overlap(shingles(left), shingles(right))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard likeness of two sets of 3-grams, 0 to 1."""
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def is_near(text: str, others: Iterable[str], least: float = NEAR) -> bool:
    """Whether ``text`` is as like as ``least`` to any of ``others``."""
    return any(likeness(text, other) >= least for other in others)


def language(text: str) -> str:
    """``zh``, ``en`` or ``mixed``, by Chinese characters against words in Latin letters; ``en`` when neither."""
    han, latin = len(_HAN.findall(text)), len(_WORD.findall(text))
    share = han / (han + latin) if han + latin else 0.0
    return "zh" if share >= 0.6 else "en" if share <= 0.1 else "mixed"


def length(text: str) -> int:
    """Length in words: each Chinese character counts as one, each run of other letters or digits as one."""
    return len(_HAN.findall(text)) + len(re.findall(r"\w+", _HAN.sub(" ", text)))
