"""Bytes to text: which encoding, and on what evidence.

Knows: byte-order marks, the shapes of UTF-8, UTF-16 and the Chinese and Western encodings, newline folding.
Never "the first codec that does not raise": every guess is scored on the text it gives, and a weak one is
said to be weak. Must not know rows or documents.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Any

from lab.records import Problem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHINESE_MARKS = re.compile(r"[\u3001-\u3011\u2018-\u201d\u2026\uff01-\uff5e]")
_SCORED = 60_000
"""Characters from the beginning that are enough to score."""
_KANA = re.compile(r"[\u3040-\u30ff]")
_ACCENTED_IN_WORD = re.compile(r"(?<=[A-Za-z])[À-ÿ](?=[A-Za-z])|[À-ÿ](?=[a-z]{2})|(?<=[a-z]{2})[À-ÿ]")


@dataclass(frozen=True)
class Decoded:
    """The text of a file and how it was read."""

    text: str
    """Newlines folded to ``\\n``, no byte-order mark."""
    encoding: str
    evidence: dict[str, Any]
    """``key``: a words key that says why this encoding; the rest are its placeholders."""
    problems: tuple[Problem, ...] = ()


def decode(data: bytes) -> Decoded:
    """The text of ``data``. Always gives one; doubts are in ``problems``."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _lenient(data, codec, {"key": "data.encoding_by_mark"})
    wide = _wide_codec(data)
    if wide:
        return _lenient(data, wide, {"key": "data.encoding_by_nul_pattern"})
    try:
        return _made(data.decode("utf-8"), "utf-8", {"key": "data.encoding_valid_utf8"})
    except UnicodeDecodeError:
        wide = _wide_codec(data, least=0.02)
        if wide:
            return _lenient(data, wide, {"key": "data.encoding_by_nul_pattern"})
        return _broken_utf8(data) or _by_score(data)


def fold_newlines(text: str) -> str:
    """CR and CRLF become LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _made(text: str, encoding: str, evidence: dict[str, Any], *problems: Problem) -> Decoded:
    return Decoded(fold_newlines(text), encoding, evidence, problems)


def _lenient(data: bytes, codec: str, evidence: dict[str, Any]) -> Decoded:
    try:
        return _made(data.decode(codec), codec, evidence)
    except UnicodeDecodeError:
        text = data.decode(codec, "replace")
        return _made(text, codec, evidence, _bad_bytes(text, codec))


def _bad_bytes(text: str, codec: str) -> Problem:
    line = fold_newlines(text[: text.find("\ufffd")]).count("\n") + 1
    return Problem(line, "bad_bytes", "warning", values={"count": text.count("\ufffd"), "encoding": codec})


def _wide_codec(data: bytes, least: float = 0.4) -> str | None:
    """UTF-16 without a mark: at least that part of the bytes at even, or at odd, places is zero, the others not."""
    head = data[:4096]
    pairs = len(head) // 2
    if pairs < 2:
        return None
    high, low = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if low > least * pairs and high < 0.1 * low:
        return "utf-16-le"
    return "utf-16-be" if high > least * pairs and low < 0.1 * high else None


def _broken_utf8(data: bytes) -> Decoded | None:
    """UTF-8 with a few broken places: at most one for every fifty sound characters outside ASCII."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = sum(char > "\x7f" for char in text) - broken
    if sound < 50 * broken and not (sound and broken == 1 and text.endswith("\ufffd")):
        return None
    return _made(text, "utf-8", {"key": "data.encoding_mostly_utf8"}, _bad_bytes(text, "utf-8"))


def _by_score(data: bytes) -> Decoded:
    """The codec whose text looks most like the language it is for."""
    guesses = []
    for codec, score in (("gb18030", _chinese), ("big5", _traditional), ("shift_jis", _japanese), ("cp1252", _western)):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        guesses.append((score(text[:_SCORED]), codec, text))
    if not guesses:
        text = data.decode("latin-1")
        doubt = Problem(None, "encoding_unsure", "warning", values={"encoding": "latin-1"})
        return _made(text, "latin-1", {"key": "data.encoding_none_fits"}, doubt)
    best, codec, text = max(guesses, key=lambda guess: guess[0])
    evidence = {"key": "data.encoding_by_score", "share": f"{best:.0%}"}
    doubts = [Problem(None, "encoding_unsure", "warning", values={"encoding": codec})] if best < 0.6 else []
    return _made(text, codec, evidence, *doubts)


def _share(text: str, fits: int) -> float:
    foreign = sum(char > "\x7f" for char in text)
    return fits / foreign if foreign else 0.0


def _in_rows(text: str, codec: str, first: int, last: int) -> int:
    """Characters whose first byte in ``codec`` lies in the rows of the most frequent characters."""
    return sum(first <= char.encode(codec, "ignore")[:1][0] <= last for char in text if char.encode(codec, "ignore"))


def _chinese(text: str) -> float:
    foreign = "".join(char for char in text if char > "\x7f")
    return _share(text, _in_rows(foreign, "gb2312", 0xB0, 0xD7) + len(_CHINESE_MARKS.findall(text)))


def _traditional(text: str) -> float:
    foreign = "".join(char for char in text if char > "\x7f")
    return _share(text, _in_rows(foreign, "big5", 0xA4, 0xC6) + len(_CHINESE_MARKS.findall(text)))


def _japanese(text: str) -> float:
    kana = len(_KANA.findall(text))
    return _share(text, kana * 2) if kana else 0.0


def _western(text: str) -> float:
    return _share(text, len(_ACCENTED_IN_WORD.findall(text)))
