"""Amounts in a text: numbers with their units, however they are written.

Knows: digits and Chinese numerals, full width, thousands marks, units of both languages. ``10 个``, ``十个`` and
``１０个`` are one amount; ``10天`` and ``10个`` are two. Must not know pairs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

UNITS_ZH = (
    "岁半|岁|公里|千米|厘米|毫米|平方米|立方米|米|公斤|千克|毫克|克|吨|升|毫升|摄氏度|度|小时|分钟|秒钟|秒|分|点半|点|"
    "年级|年|个月|月|周|星期|天|日|号|个|只|条|位|名|人次|人|口|台|间|张|本|份|次|遍|项|种|件|套|册|页|章|节|级|层|楼|路|"
    "万元|亿元|元|块|角|毛|倍|成|辆|架|艘|家|所|座|门|头|匹|棵|朵|颗|瓶|杯|碗|盒|箱|包|袋|封|支|枝|双|对|组|批|排|行|"
    "列|步|轮|场|届|期|代|字|句|字节|像素|袋|株|盆|把|盏|幅|块钱|GB|MB|KB|TB|%|％|‰|℃|km|cm|mm|kg|m|g|h"
)
UNITS_EN = (
    "percent|per cent|years? old|years?|months?|weeks?|days?|hours?|minutes?|seconds?|kilometres?|kilometers?|"
    "centimetres?|centimeters?|millimetres?|millimeters?|metres?|meters?|miles?|feet|foot|inches|inch|kilograms?|grams?|"
    "tonnes?|tons?|pounds?|litres?|liters?|degrees?|euros?|dollars?|cents?|yuan|times|people|persons|km|cm|mm|kg|"
    "GB|MB|KB|TB|ms|am|pm|a\\.m\\.|p\\.m\\.|%"
)
_ZH = "|".join(sorted(UNITS_ZH.split("|"), key=len, reverse=True))
_DIGITS = "零〇一二三四五六七八九"
_NUMERAL = r"[零〇一二两三四五六七八九十百千]{1,9}"
AMOUNT_ZH = re.compile(
    rf"(?<![A-Za-z0-9_.])(?P<n>\d+(?:[.,:：]\d+)*\s*[万亿千百]?|{_NUMERAL})\s*(?P<u>[多余几]?(?:{_ZH}))(?![A-Za-z制式型之])"
)
_PERCENT_ZH = re.compile(rf"百分之(?P<n>\d+(?:\.\d+)?|{_NUMERAL})")
AMOUNT_EN = re.compile(rf"(?<![A-Za-z0-9_.])(?P<n>\d+(?:[.,:]\d+)*)\s*-?(?P<u>{UNITS_EN})(?![A-Za-z])", re.IGNORECASE)
_ANY = re.compile(r"[\d零〇一二两三四五六七八九十百千]")


@dataclass(frozen=True)
class Amount:
    """One number with its unit, where it stands."""

    start: int
    end: int
    number: str
    """Digits, as a plain number."""
    unit: str
    """Small letters, without a plural; empty where there is none."""


def found(text: str) -> list[Amount]:
    """The amounts with a unit, in order; a Chinese numeral counts only with its unit."""
    if not _ANY.search(text):
        return []
    made = [Amount(match.start(), match.end(), plain_number(match["n"]), "%") for match in _PERCENT_ZH.finditer(text)]
    for pattern in (AMOUNT_ZH, AMOUNT_EN):
        for match in pattern.finditer(text):
            if not any(other.start < match.end() and match.start() < other.end for other in made):
                number = plain_number(match["n"])
                made.append(Amount(match.start(), match.end(), number, _unit(match["u"])))
    return sorted(made, key=lambda amount: amount.start)


def amounts(text: str) -> Counter[tuple[str, str]]:
    """How often each (number, unit) is told; a number without a unit counts with an empty one."""
    text = unicodedata.normalize("NFKC", text)
    with_unit = found(text)
    counted = Counter((amount.number, amount.unit) for amount in with_unit)
    for match in re.finditer(r"\d+(?:[.,:]\d+)*", text):
        if not any(amount.start <= match.start() < amount.end for amount in with_unit):
            counted[plain_number(match.group()), ""] += 1
    return counted


def _unit(text: str) -> str:
    unit = text.casefold().replace("％", "%")
    return unit[:-1] if unit.isascii() and unit.endswith("s") and len(unit) > 3 else unit


def plain_number(text: str) -> str:
    """``１，０００`` → ``1000``, ``十二`` → ``12``."""
    text = unicodedata.normalize("NFKC", text)
    if text[:1].isdigit():
        digits = re.sub(r",(?=\d{3}(?!\d))", "", text.rstrip("万亿千百 "))
        return digits + text[len(text.rstrip("万亿千百 ")) :].strip()
    value = current = 0
    for character in text.replace("两", "二"):
        if character in _DIGITS:
            current = 0 if character in "零〇" else _DIGITS.index(character) - 1
        else:
            value += (current or 1) * {"十": 10, "百": 100, "千": 1000}[character]
            current = 0
    return str(value + current)
