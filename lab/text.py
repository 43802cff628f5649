"""Text as the metrics read it, alike for Chinese and English.

Knows: what counts as the same text (width, case, spaces, thousands separators, final punctuation), what a
token is, and which numbers a text holds however they are written. Must not know metrics or models.
"""

from __future__ import annotations

import re
import unicodedata

CJK = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003fa1f"
_HAS_CJK = re.compile(f"[{CJK}]")
_THOUSANDS = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?!\d)")
_FOLDED = str.maketrans({"−": "-", "‐": "-", "‑": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "。": ".", "、": ","})
_SPACE_AT_CJK = re.compile(rf"(?<=[{CJK}])\s+|\s+(?=[{CJK}%])")
_FINAL = ".,;:!?…~\"' "

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_MEASURES = "个只条位名岁年月日天周时点分秒元块角斤米里吨层楼号次回种张本件台辆家口人头匹双对间座篇页章节度倍成号届期"
_NOT_ONE = "起样下些直定般切旦共同致律边面方向点儿会带"
_NUMERAL = re.compile("[零〇一二两三四五六七八九十][零〇一二两三四五六七八九十百千万亿]*")
_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = dict(zip(_ONES.split(), range(21), strict=True)) | dict(zip(_TENS.split(), range(20, 100, 10), strict=True))
_ENGLISH_NUMBER = re.compile(r"\b(?:(" + _TENS.replace(" ", "|") + r")[- ])?(" + "|".join(_ENGLISH) + r")\b")
_PERCENT = re.compile(r"百分之(\d+(?:\.\d+)?)")
_TIMES = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)([千万亿])")
LETTER = rf"[^\W_{CJK}]"
"""A letter or digit of a script that writes spaces between words: where it stands, a name goes on."""
_TOKEN = re.compile(rf"(?<!{LETTER})-?\d+(?:\.\d+)?(?!{LETTER})|{LETTER}+|[{CJK}]")
NUMBER = re.compile(rf"(?<!{LETTER})(?<!\.)-?\d+(?:\.\d+)?%?")
"""A number in canonical text: not within a word (v10) or another number."""


def folded(text: str) -> str:
    """The text with width, case, quotes, dashes and thousands separators folded; spaces single, none at Chinese."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_FOLDED)
    plain = _THOUSANDS.sub(lambda found: found.group().replace(",", ""), plain)
    return _SPACE_AT_CJK.sub("", " ".join(plain.split()))


def normal(text: str) -> str:
    """What exact match compares: ``folded``, final punctuation dropped, sign and decimals kept."""
    plain = folded(text)
    return plain.rstrip(_FINAL) or plain


def tokens(text: str) -> list[str]:
    """Each Chinese character, each ASCII run, each number with sign and decimals; punctuation dropped."""
    return _TOKEN.findall(folded(text))


def chinese_share(text: str) -> float:
    """The share of the characters other than spaces that are Chinese, Japanese or Korean; 0 for no text."""
    letters = [character for character in text if not character.isspace()]
    return len(_HAS_CJK.findall(text)) / len(letters) if letters else 0.0


def is_chinese(text: str) -> bool:
    """Whether at least a fifth of the text is Chinese characters."""
    return chinese_share(text) >= 0.2


def language(text: str) -> str:
    """``zh`` or ``en``."""
    return "zh" if is_chinese(text) else "en"


def canonical(text: str) -> str:
    """``folded``, with numbers in words (十岁, twenty-one) rewritten in digits. Both sides of a match need it."""
    plain = _PERCENT.sub(r"\1%", _NUMERAL.sub(_chinese_number, folded(text)))
    plain = _TIMES.sub(lambda found: plain_number(float(found[1]) * _UNITS[found[2]]), plain)
    return _ENGLISH_NUMBER.sub(_english_number, plain)


def numbers(text: str) -> list[str]:
    """The numbers of a text in order, as plain digits with sign, decimals and percent: ``["10", "-3.5", "20%"]``."""
    return [plain_number(found) for found in NUMBER.findall(canonical(text))]


def plain_number(written: str | float) -> str:
    """One way to write a number: no leading or trailing zeros, sign and percent kept."""
    written = f"{written:.6f}" if isinstance(written, float) else written
    percent = "%" if written.endswith("%") else ""
    value = written.rstrip("%")
    if "." in value:
        value = value.rstrip("0").rstrip(".")
    sign = "-" if value.startswith("-") else ""
    return sign + (value.lstrip("-").lstrip("0") or "0") + percent


def _english_number(found: re.Match[str]) -> str:
    tens, word = found.groups()
    if tens:
        return str(_ENGLISH[tens] + _ENGLISH[word]) if _ENGLISH[word] < 10 else found.group()
    return word if word == "one" else str(_ENGLISH[word])


def _chinese_number(found: re.Match[str]) -> str:
    """Digits, where the characters are a number and not part of a word such as 一起, 十分 or 四川."""
    written, after = found.group(), found.string[found.end() : found.end() + 1]
    if len(written) == 1 and written != "十":
        measured = after != "" and after in _MEASURES and not (written == "一" and after in _NOT_ONE)
        return str(_DIGITS[written]) if measured else written
    if written == "十" and after and after in "分足全字":
        return written
    value = chinese_value(written)
    if value is None:
        return written
    return f"{value} " if after.isdigit() else str(value)


def chinese_value(written: str) -> int | None:
    """The value of a Chinese numeral: 二十三 → 23, 两千零五 → 2005, 二〇二六 → 2026; ``None`` if it is none."""
    if all(character in _DIGITS for character in written):
        return int("".join(str(_DIGITS[character]) for character in written)) if written else None
    total = section = digit = 0
    for character in written:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif _UNITS[character] < 10_000:
            section += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            total += (section + digit or 1) * _UNITS[character]
            section = digit = 0
    return total + section + digit
