"""Where a quote stands in a document: found by folding, or by likeness, but never accepted for being alike.

Knows: that models change width, blanks, quotation and emphasis marks when they quote. What is found is the
document's own text, which takes the quote's place and then meets the gates. Must not know models or gates.
"""

from __future__ import annotations

import re
import unicodedata

from lab.likeness import likeness
from lab.synth.texts import sentences, trim

ALIKE = 0.8
"""Likeness of character 3-grams from which a run of sentences is what a quote meant."""
_MARKS = dict.fromkeys("*`_\u200b")
_SAME = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "「": '"', "」": '"', "—": "-", "–": "-"})
_MOST_SENTENCES = 4


def located(quote: str, document: str, start: int, end: int) -> tuple[int, int] | None:
    """The range of ``document`` inside ``[start:end]`` that ``quote`` repeats or nearly repeats; ``None`` if none."""
    return exactly(quote, document, start, end) or _nearly(quote, document, start, end)


def exactly(quote: str, document: str, start: int, end: int) -> tuple[int, int] | None:
    """The first range that equals ``quote`` but for width, blanks, emphasis and the form of quotation marks."""
    whole = "".join(_folded(char) for char in quote)
    for wanted in dict.fromkeys((whole, whole.strip(".。…"))):
        place = _place(wanted, document, start, end) if wanted else None
        if place:
            return place
    return None


def _place(wanted: str, document: str, start: int, end: int) -> tuple[int, int] | None:
    letters: list[str] = []
    places: list[int] = []
    for place in range(start, end):
        for char in _folded(document[place]):
            letters.append(char)
            places.append(place)
    at = _at_word("".join(letters), wanted, document, places)
    return None if at < 0 else trim(document, places[at], places[at + len(wanted) - 1] + 1)


def _at_word(text: str, wanted: str, document: str, places: list[int]) -> int:
    """Where ``wanted`` begins in ``text`` without cutting a number or Latin word of the document in two."""
    at = text.find(wanted)
    while at >= 0:
        first, last = places[at], places[at + len(wanted) - 1]
        cut_before = first > 0 and _joined(document[first - 1], document[first])
        cut_after = last + 1 < len(document) and _joined(document[last], document[last + 1])
        if not cut_before and not cut_after:
            return at
        at = text.find(wanted, at + 1)
    return -1


def _joined(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()


def _folded(char: str) -> str:
    if char.isspace() or char in _MARKS:
        return ""
    return unicodedata.normalize("NFKC", char).translate(_SAME)


def _nearly(quote: str, document: str, start: int, end: int) -> tuple[int, int] | None:
    found = [(a + start, b + start) for a, b in sentences(document[start:end])]
    best, place = ALIKE, None
    for first in range(len(found)):
        for last in range(first, min(first + _MOST_SENTENCES, len(found))):
            own = (found[first][0], found[last][1])
            alike = likeness(quote, document[slice(*own)])
            if alike >= best:
                best, place = alike, own
    return place


def sentence_with(answer: str, document: str, start: int, end: int) -> tuple[int, int] | None:
    """The sentence inside ``[start:end]`` that holds ``answer``; ``None`` where none or several do."""
    holding = [
        (a + start, b + start)
        for a, b in sentences(document[start:end])
        if exactly(answer, document, a + start, b + start)
    ]
    return holding[0] if len(holding) == 1 else None


def holds(text: str, part: str) -> bool:
    """Whether ``part`` stands in ``text``, width and case aside, not inside a longer word or number."""
    whole = unicodedata.normalize("NFKC", text).casefold()
    wanted = re.escape(unicodedata.normalize("NFKC", part).casefold().strip(" .。,，!！?？"))
    return bool(wanted) and re.search(rf"(?<![a-z0-9]){wanted}(?![a-z0-9])", whole) is not None
