"""Small truths about written text: its language, its sentences, its plain and folded forms.

Knows nothing of documents' structure, questions or rules. Every function that returns places returns
character offsets into the string it was given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
URL = re.compile(r"(?:https?://|www\.)[^\s)>\]，。；）]+|[\w.+-]+@[\w-]+\.[\w.-]+")

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_SENTENCE_END = re.compile(r"[。！？!?]+[”’」』\"')）*_]*|\.[”’\"')*_]*(?=\s|$)")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|Mr|Mrs|Ms|Dr|St|No|Fig|approx|Inc|Ltd|[A-Z])|^\s*\d+)\.$")
_EMPHASIS = re.compile(r"(\*\*\*|\*\*|__|`+)(?=\S)(.+?)(?<=\S)\1")
_LIGHT = re.compile(r"(?<![\w*_\\])([*_])(?=[^\s*_])([^*_\n]+?)(?<=[^\s*_])\1(?![\w*_])")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_FOOTNOTE = re.compile(r"\[\^[^\]]+\]")


def language_of(text: str, default: str = "en") -> str:
    """``zh`` or ``en`` by what most of ``text`` is written in, code and addresses aside; ``default`` if unclear.

    A Chinese character weighs as much as a Latin word: Chinese prose full of English names stays Chinese.
    """
    prose = URL.sub(" ", _CODE.sub(" ", text))
    han, words = len(HAN.findall(prose)), len(LATIN_WORD.findall(prose))
    if han == words == 0:
        return default
    return "zh" if han > words * 0.7 else "en"


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """``(start, end)`` of each sentence without surrounding blanks; a last one without end mark is one too."""
    start = 0
    for end in [*_sentence_ends(text), len(text)]:
        trimmed = trim(text, start, end)
        if trimmed[0] < trimmed[1]:
            yield trimmed
        start = end


def _sentence_ends(text: str) -> Iterator[int]:
    for match in _SENTENCE_END.finditer(text):
        if not (match.group().startswith(".") and _ABBREVIATION.search(text[: match.start() + 1])):
            yield match.end()


def trim(text: str, start: int, end: int, characters: str = "") -> tuple[int, int]:
    """The range without blanks (and ``characters``) at its ends."""
    while start < end and (text[start].isspace() or text[start] in characters or text[start] == "\u200b"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in characters or text[end - 1] == "\u200b"):
        end -= 1
    return start, end


def plain(text: str) -> str:
    """One line of ``text`` as a person reads it: without emphasis, code and link marks. Underscores in names stay."""
    text = _FOOTNOTE.sub("", _LINK.sub(r"\1", text)).replace("\\|", "|")
    for _ in range(2):
        text = _EMPHASIS.sub(r"\2", text)
        text = _LIGHT.sub(r"\2", text)
    return re.sub(r"\s+", " ", text).strip()


def squeezed(text: str) -> str:
    """``text`` without any blanks, those without width among them."""
    return re.sub(r"[\s\u200b]+", "", text)


def numbers(text: str) -> list[str]:
    """The numbers of ``text``, full width folded, thousands separators dropped, in order."""
    found = NUMBER.findall(unicodedata.normalize("NFKC", text))
    return [re.sub(r",(?=\d{3}\b)", "", number) for number in found]


_BOLD = re.compile(r"(```.*?```|`[^`\n]*`)|\*\*(?=\S)((?:[^*\n]|\n(?!\s*\n))+?)(?<=\S)\*\*", re.DOTALL)


def emphasis_dropped(text: str) -> str:
    """``text`` without the asterisks around what Markdown prints bold, bars unescaped; code stays as it is."""
    return _BOLD.sub(lambda match: match.group(1) or match.group(2), text).replace("\\|", "|")
