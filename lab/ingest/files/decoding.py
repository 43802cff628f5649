"""Which encoding bytes are written in, and on what evidence.

Knows: byte-order marks, the shapes of UTF-8, UTF-16 and UTF-32, and how the Chinese, Japanese and Western encodings
look when they are right. Never "the first codec that does not raise": every guess is scored on the text it gives,
and a weak one is said to be weak. Must not know files or rows; ``lab.ingest.files.text`` reads with what is found here.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE_MARKS = re.compile(r"[\u3001-\u3011\u2018-\u201d\u2026\uff01-\uff5e]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_ACCENTED_IN_WORD = re.compile(r"(?<=[A-Za-z])[À-ÿ]|[À-ÿ](?=[A-Za-z])")
_WIDE_CHINESE_MARKS = re.compile(r"[，。、\n]")
"""Marks no Chinese text is without, and whose bytes in UTF-16 no text of single bytes has."""
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_CONTROLS = bytes([*range(0x01, 0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_SAMPLED = 1024 * 1024
"""Bytes that are enough to choose by."""
_SCORED = 30_000
"""Characters outside ASCII that are enough to score."""
_SURE = 0.6
"""Share of common characters from which a guess is not called weak."""


@dataclass(frozen=True)
class Guess:
    """How bytes are to be read, and why."""

    encoding: str
    """As it is stated to a person."""
    codec: str
    """As Python decodes it: often the wider sister of what is stated (``gbk`` in ``gb18030``)."""
    evidence: dict[str, Any] = field(default_factory=dict)
    """``key``: a words key that says why this encoding; the rest are its placeholders."""
    is_sure: bool = True


def by_form(data: bytes) -> Guess | None:
    """The encoding that a byte-order mark or the places of zero bytes give away at the beginning of a file."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return Guess(codec, codec, {"key": "data.encoding_by_mark"})
    wide = _wide_codec(data, 0.4)
    return Guess(wide, wide, {"key": "data.encoding_by_nul_pattern"}) if wide else None


def by_content(data: bytes, *, whole: bool) -> Guess:
    """The encoding of bytes some of which are outside ASCII; ``whole``: nothing comes after them."""
    broken, sound = _utf8(data, whole)
    if not broken:
        return Guess("utf-8", "utf-8", {"key": "data.encoding_valid_utf8"})
    data = data[:_SAMPLED]
    wide = _wide_codec(data, 0.02)
    if wide:
        return Guess(wide, wide, {"key": "data.encoding_by_nul_pattern"})
    if sound >= 5 * broken or (sound and broken == 1 and whole and _is_cut_utf8(data)):
        return Guess("utf-8", "utf-8", {"key": "data.encoding_mostly_utf8"})
    return _by_score(data)


def is_binary(head: bytes) -> bool:
    """Whether bytes are so full of control characters that nobody wrote them as text in any encoding."""
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls <= 0.02 * len(head) + 1 or by_form(head):
        return False
    return not by_content(head[: len(head) // 2 * 2], whole=False).codec.startswith("utf-16")


def _utf8(data: bytes, whole: bool) -> tuple[int, int]:
    """(broken places, sound characters outside ASCII) when read as UTF-8; the latter only where some are broken."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, whole)
        return 0, 0
    except UnicodeDecodeError:
        pass
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data, whole)
    broken = text.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    return broken, sum(map(len, _FOREIGN.findall(text))) - broken


def _is_cut_utf8(data: bytes) -> bool:
    """Whether the last character alone is broken, as after an interrupted download."""
    return not _utf8(data, False)[0]


def _wide_codec(data: bytes, least: float) -> str | None:
    """UTF-32 or UTF-16 without a mark: that part of the bytes at one place of each group is zero, the others not."""
    head = data[:4096]
    groups = len(head) // 4
    if groups >= 2:
        places = [head[place : 4 * groups : 4].count(0) for place in range(4)]
        if places[3] == groups and places[2] >= 0.5 * groups and places[0] < 0.5 * groups:
            return "utf-32-le"
        if places[0] == groups and places[1] >= 0.5 * groups and places[3] < 0.5 * groups:
            return "utf-32-be"
    pairs = len(head) // 2
    if pairs < 2:
        return None
    high, low = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if low > least * pairs and high < 0.5 * low:
        return "utf-16-le"
    return "utf-16-be" if high > least * pairs and low < 0.5 * high else None


def _by_score(data: bytes) -> Guess:
    """The codec whose text looks most like the language it is for."""
    guesses = []
    for encoding, codec, score in _SCORES:
        text = codecs.getincrementaldecoder(codec)("replace").decode(data)
        foreign = "".join(_FOREIGN.findall(text))[:_SCORED]
        broken = foreign.count("\ufffd")
        if foreign and broken * 20 <= len(foreign):
            guesses.append((score(foreign, text[: 4 * _SCORED]) / len(foreign), encoding, codec))
    if not guesses:
        return Guess("latin-1", "latin-1", {"key": "data.encoding_none_fits"}, is_sure=False)
    best, encoding, codec = max(guesses, key=lambda guess: guess[0])
    evidence = {"key": "data.encoding_by_score", "share": f"{min(best, 1.0):.0%}"}
    return Guess(encoding, codec, evidence, is_sure=best >= _SURE)


def _in_rows(foreign: str, codec: str, first: int, last: int) -> int:
    """Characters whose first byte in a two-byte ``codec`` lies in the rows of the most frequent characters."""
    return sum(first <= lead <= last for lead in foreign.encode(codec, "ignore")[::2])


def _chinese(foreign: str, text: str) -> float:
    return _in_rows(foreign, "gb2312", 0xB0, 0xD7) + len(_CHINESE_MARKS.findall(foreign))


def _wide_chinese(foreign: str, text: str) -> float:
    return _chinese(foreign, text) if _WIDE_CHINESE_MARKS.search(text) else 0.0


def _traditional(foreign: str, text: str) -> float:
    return _in_rows(foreign, "big5", 0xA4, 0xC6) + len(_CHINESE_MARKS.findall(foreign))


def _japanese(foreign: str, text: str) -> float:
    return 2 * len(_KANA.findall(foreign))


def _western(foreign: str, text: str) -> float:
    return len(_ACCENTED_IN_WORD.findall(text))


_SCORES: tuple[tuple[str, str, Callable[[str, str], float]], ...] = (
    ("gb18030", "gb18030", _chinese),
    ("big5", "cp950", _traditional),
    ("shift_jis", "cp932", _japanese),
    ("cp1252", "cp1252", _western),
    ("utf-16-le", "utf-16-le", _wide_chinese),
    ("utf-16-be", "utf-16-be", _wide_chinese),
)
"""(as stated, codec, how many of the characters outside ASCII are common ones of the language)."""
