"""Rules for key–value lines and tables: the key asks, its heading says of what.

Knows how a key becomes a question by the kind of thing its value is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from lab.synth.pairs import Pair
from lab.synth.rules.asking import Place, is_proper, lowered, named, written_small
from lab.synth.rules.faq import QUESTION_MARK, asks
from lab.synth.sections import item_start, lines_of
from lab.synth.texts import plain, sentences, trim

_BOLD_KEY = re.compile(
    r"(?:\*\*|__)(?P<key>[^*\n]{1,60}?)(?P<inner>[:：])?(?:\*\*|__)\s*(?P<outer>[:：]|[—–]+|\s-\s)?\s*"
)
_PLAIN_KEY_EN = re.compile(r"(?P<key>[A-Z0-9`][^:：\n.,;!?()]{0,39}):\s+(?=\S)")
_SMALL_KEY_EN = re.compile(r"(?P<key>[a-z][a-z’'-]*(?: [a-z][a-z’'-]*){1,3}):\s+(?=\S)")
"""Written small throughout: taken in a list only, where it names something."""
_PLAIN_KEY_ZH = re.compile(
    r"(?P<key>[^:：，。；、,;!?！？\s（(\d][^:：，。；,;!?！？\n（(]{0,13}?(?:[（(][^:：()（）\n]{1,40}[)）])?)\s*[：:]\s*(?=[^\s/])"
)
_NOT_A_KEY_EN = re.compile(
    r"(?:notes?|warning|tips?|examples?|e\.g|if|when|to|for|in|please|so|but|and|however|important|quick|remember|"
    r"here|there|this|that|these|it|we|you|they|with|from|as|by|also|first|second|finally|answer|question|[qa]\d*)\b",
    re.IGNORECASE,
)
_NOT_A_KEY_ZH = re.compile(
    r"注意|备注|提示|例如|说明|扩展|补充|正例|反例|如下|比如|另外|其中|因此|所以|示例|警告|重要|[问答]$|请(?!假)|如果|[QA]\d*$"
)
_SAYS_ZH = re.compile(r"应该|应当|必须|可以|需要|能够|不[能得要允]|禁止|包含|分为|由于|使用$")
"""In a key, a sign that it is a sentence and no name."""
_COUNTED_ZH = re.compile(
    r"(?P<x>[^，。；：:]{2,20}?(?:有|包含|包括|分为))(?:以下|下列)?(?P<n>[两三四五六七八九十\d]+[个种类层项条点步部方级大]\w{0,6})"
)
"""A sentence before a colon that counts what comes after it: "常量有五层：…"."""
_GLOSSARY = re.compile(
    r"名词|术语|词汇|缩略|缩写|\bglossary\b|\bterms\b|\bterminology\b|\babbreviations\b", re.IGNORECASE
)
_NOT_A_KEY_END_ZH = re.compile(r"(?:如下|包括|是|为|下|时|有|说|道|分为|步骤|情况|中)$|如下|//")
_BEFORE_KEY = re.compile(r"(?:[（(]?[\da-zA-Z]{1,2}[)）]\s*|[⚫▪■◆]\s*)?(?:【[^】]{1,6}】\s*)?")


def key_values(place: Place) -> Iterator[Pair | None]:
    """``- **Key**: value``, ``Key: value`` and ``键：值``, with the heading as context."""
    if QUESTION_MARK.match(place.section.title) or asks(place.section.title, place.language):
        return
    for unit in place.section.body:
        if unit.kind not in {"item", "paragraph"}:
            continue
        lines = list(lines_of(place.text, unit))
        lines[0] = (item_start(place.text, unit), lines[0][1])
        found = [_key_value(place, *line) for line in lines]
        if all(found):
            yield from found
        elif unit.kind == "item":
            yield _key_value(place, lines[0][0], unit.end)


def _key_value(place: Place, start: int, end: int) -> Pair | None:
    start, end = trim(place.text, start, end)
    start += len(_BEFORE_KEY.match(place.text[start:end]).group())  # type: ignore[union-attr]
    line = place.text[start:end]
    bold = _BOLD_KEY.match(line)
    pattern = _PLAIN_KEY_ZH if place.language == "zh" else _PLAIN_KEY_EN
    match = bold if bold and (bold["inner"] or bold["outer"]) else pattern.match(line)
    if not match and place.language == "en" and re.search(r"^\s*[-*+] $", place.text[:start].rpartition("\n")[2]):
        match = _SMALL_KEY_EN.match(line)
    if not match:
        return None
    key, value = plain(match["key"]), (start + match.end(), end)
    counted = _COUNTED_ZH.fullmatch(key) if place.language == "zh" else None
    if counted and not _NOT_A_KEY_ZH.match(key):
        first = next(sentences(place.text[slice(*value)]), (0, 0))
        value = value[0], value[0] + first[1]
        return place.pair("list", f"{counted['x']}哪{counted['n']}？", start, value[1], value)
    if not _is_key(key, place.language, bool(bold)) or not place.text[value[0] : value[1]].strip():
        return None
    question = key_question(place, key, place.text[value[0] : value[1]])
    return place.pair("key_value", question, start, end, value)


def _is_key(key: str, language: str, bold: bool) -> bool:
    if not key or key.endswith((".", "。", "?", "？")) or re.fullmatch(r"[A-Za-z]", key):
        return False
    if language == "zh":
        return not (
            _NOT_A_KEY_EN.match(key)
            or _NOT_A_KEY_ZH.match(key)
            or _NOT_A_KEY_END_ZH.search(key)
            or _SAYS_ZH.search(key)
            or "了" in key
        )
    return not _NOT_A_KEY_EN.match(key) and len(key.split()) <= (8 if bold else 5)


_ZH_ASKS_BY_KEY = (
    (
        re.compile(r"(?:时间|日期|时段|截止|期限|生日)$"),
        "是什么时候",
        re.compile(r"\d|[一二三四五六七八九十]|年|月|日|点|周|天"),
    ),
    (
        re.compile(
            r"(?:时长|周期|费用?|价格?|价钱|金额|人数|数量|电话|号码|手机|热线|上限|下限|高度|重量|大小|面积|年龄|房价|温度|押金|"
            r"邮编|分机|次数|天数|比例|密码|容量|长度|宽度|额度|份数|转速|海拔|口径)$"
        ),
        "是多少",
        re.compile(r"\d|[一二三四五六七八九十百]|免"),
    ),
    (re.compile(r"(?:地址|地点|位置|场所|住址)$"), "在哪里", re.compile("")),
    (
        re.compile(r"(?:负责人|联系人|经理|主任|作者|老师|部长|主管|[台馆院店所站会校部组队班处科]长)$"),
        "是谁",
        re.compile(""),
    ),
)


def key_question(place: Place, key: str, value: str) -> str:
    """The question a key asks under its heading; the value tells what kind of thing is asked for."""
    context = plain(place.context())
    if _GLOSSARY.search(context):
        return f"什么是{key}？" if place.language == "zh" else f"What does “{key}” mean?"
    if place.language == "zh":
        return _zh_key_question(context, key, plain(value))
    return _en_key_question(context, key, plain(value), place)


def _zh_asked(key: str, value: str) -> str:
    """What a key asks for, by its ending and by its value."""
    asked = next((ask for ends, ask, fits in _ZH_ASKS_BY_KEY if ends.search(key) and fits.search(value)), "")
    if asked:
        return asked
    return "是多少" if re.match(r"(?:每[年月周天日次人])?[约共]?\d", value) and len(value) <= 12 else "是什么"


def _zh_key_question(context: str, key: str, value: str) -> str:
    asked = _zh_asked(key, value)
    if not context or context == key:
        return f"{key}{asked}？"
    if (len(value) > 24 or context in key) and asked == "是什么":
        return f"关于{re.sub('^(?:关于|对于|对)', '', key)}，“{context}”里是怎么说的？"
    if context in key:
        return f"{key}{asked}？"
    return f"{context}的{key}{asked}？" if len(context) <= 12 else f"在“{context}”中，{key}{asked}？"


_EN_WHO = re.compile(r"(?:director|manager|head|owner|author|teacher|principal|president|chair|coordinator)$")
_EN_AMOUNT = re.compile(r"(?:fee|price|cost|deposit|fine|rent|charge|fare|rate|budget|salary)s?$", re.IGNORECASE)
_EN_SPAN = re.compile(
    r"(?:about |up to |at least |at most )?\d[\d,.]* (?:minutes|hours|(?:working )?days|weeks|months|years)\b"
)
_EN_SINCE = re.compile(r"(?:founded|established|built|opened|started)$", re.IGNORECASE)


def _en_key_question(context: str, key: str, value: str, place: Place) -> str:
    if is_proper(key, context, place):
        return f"What does “{context}” say about {key}?" if context else f"What is said about {key}?"
    name = named(key, place)
    if _EN_AMOUNT.search(name) and re.match(r"\W*\d", value) and (not context or _EN_AMOUNT.search(context)):
        return f"How much {_be(name)} the {name}?"
    if context and (len(value.split()) > 12 or _names_one_of(context, name) or re.search(r"[a-z]ed$", name)):
        if place.is_of_subject() and _EN_SINCE.match(key) and re.search(r"\d", value):
            return f"When was {_with_article(context, place)} {name.lower()}?"
        article = "the " if _names_one_of(context, name) else ""
        return f"What does “{context}” say about {article}{name}?"
    has_article = re.match(r"(?:the|an?|our|your)\b", key, re.IGNORECASE)
    article = "the " if not has_article and (name != key or key.isupper() or " " in key) else ""
    lasts = _EN_SPAN.match(value) and not re.search(r"\bage$", name)
    asks = "Who" if _EN_WHO.search(name) else "How long" if lasts else "What"
    if not context or context.lower() in name.lower() or name.lower() in context.lower():
        return f"{asks} {_be(name)} {article}{name}?"
    if place.is_of_subject():
        return f"{asks} {_be(name)} {article}{name} of {_with_article(context, place)}?"
    return f"Under “{context}”, {asks.lower()} {_be(name)} {article}{name}?"


def _names_one_of(context: str, name: str) -> bool:
    """Whether a key is one of the things its heading names: "blue badge" under "Badges"."""
    one = context.lower().removesuffix("s")
    return len(one) > 2 and name.lower() != context.lower() and name.lower().endswith(one)


def _be(name: str) -> str:
    """``is`` or ``are``, by the noun before "of", "in" or "to"."""
    head = re.split(r"\s(?:of|in|for|to|per|at|with|on)\s", name)[0]
    return "are" if re.search(r"(?:[^sui]s|ies)$", head) else "is"


def _with_article(subject: str, place: Place) -> str:
    """``the`` before a subject that the document writes so."""
    return f"the {subject}" if f" the {subject.lower()}" in lowered(place.text) else subject


def tables(place: Place) -> Iterator[Pair | None]:
    """Each cell of a small table: the row's first cell asks, the column's head says what for."""
    for unit in place.section.body:
        if unit.kind != "table":
            continue
        rows = [_cells(place.text, start, end) for start, end in lines_of(place.text, unit)]
        heads = [plain(place.text[a:b]) for a, b in rows[0]]
        if len(heads) == 3 and all(re.fullmatch(kind, head, re.I) for kind, head in zip(_FACT, heads, strict=True)):
            yield from (_fact(place, cells) for cells in rows[2:] if len(cells) == 3)
            continue
        if not 2 <= len(heads) <= _MOST_COLUMNS:
            continue
        for cells in rows[2:]:
            yield from _row_pairs(place, heads, cells)


_MOST_COLUMNS = 12
_FACT = (
    r"subject|entity|who|item|主体|实体|对象|主语|人物|事物",
    r"attribute|property|predicate|relation|field|属性|关系|谓语|字段|项目",
    r"value|object|值|属性值|宾语|取值|内容",
)
"""Heads of a table of facts."""


def _fact(place: Place, cells: list[tuple[int, int]]) -> Pair | None:
    """A row of a table of facts: subject, attribute, value."""
    subject, attribute, value = (plain(place.text[slice(*cell)]) for cell in cells)
    if not subject or not attribute or not value:
        return None
    if re.search(r"[\u4e00-\u9fff]", subject + attribute):
        link = "" if re.match(r"最|喜欢|爱|讨厌|害怕|擅长|所|住", attribute) else "的"
        question = f"{subject}{link}{attribute}{_zh_asked(attribute, value)}？"
    else:
        question = f"What {_be(attribute)} the {named(attribute, place)} of {subject}?"
    pair = place.pair("table", question, cells[0][0], cells[2][1], cells[2])
    return replace(pair, language="zh" if "？" in question else "en") if pair else None


def _row_pairs(place: Place, heads: list[str], cells: list[tuple[int, int]]) -> Iterator[Pair | None]:
    if len(cells) != len(heads) or not (key := plain(place.text[slice(*cells[0])])):
        return
    for head, cell in zip(heads[1:], cells[1:], strict=True):
        value = plain(place.text[slice(*cell)])
        if not head or value.strip("-—–/ ") == "":
            continue
        yield place.pair("table", _cell_question(place, key, head, value), cells[0][0], cell[1], cell)


_VAGUE_HEAD = re.compile(r"days?|dates?|times?|values?|types?|notes?|details?", re.IGNORECASE)
"""Heads that say something only together with the heading above the table."""
_VERB_HEAD = re.compile(
    r"(?:opens?|closes?|starts?|begins?|ends?|leaves|arrives|departs|includes?|requires?|needs?|supports?|allows?|when|where|who|"
    r"how (?:much|many|long|often)|what|why|is \w+|can \w+|has \w+)",
    re.IGNORECASE,
)
"""Heads of columns that do not name a thing: "what is the opens of Monday?" is no question."""


def _cell_question(place: Place, key: str, head: str, value: str) -> str:
    """What a cell answers. A heading that ends with the column's head ("Opening hours" – "Hours") takes its place."""
    context = plain(place.context())
    if context.lower().endswith(head.lower()) and len(context) <= 24:
        head = context
    if place.language == "zh":
        asked = "是哪几天" if re.search(r"日$", head) and not re.search(r"\d", value) else _zh_asked(head, value)
        return f"{key}的{head}{asked}？"
    if _VERB_HEAD.fullmatch(head):
        lead = f"Under “{context}”, what" if context else "What"
        return f"{lead} does “{head}” say for {key}?"
    what = named(head, place)
    of = key if re.fullmatch(r"[A-Z][a-z]+", key) and not written_small(key, place) else named(key, place)
    article = "the " if of != key and not of.startswith(("the ", "a ")) else ""
    if _be(what) == "are" and re.fullmatch(r"\d[\d,]*", value):
        return f"How many {what} does {article}{of} have?"
    question = f"{_be(what)} the {what} of {article}{of}?"
    vague = _VAGUE_HEAD.fullmatch(head) and context and len(context) <= 40 and not asks(context, "en")
    return f"Under “{context}”, what {question}" if vague else f"What {question}"


def _cells(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Ranges of a table line's cells, blanks trimmed; ``\\|`` and bars in code do not part cells."""
    line = text[start:end]
    bars = [match.start() for match in re.finditer(r"(?<!\\)\|", re.sub(r"`[^`]*`", lambda m: "x" * len(m[0]), line))]
    edges = [-1, *bars, len(line)]
    cells = [trim(text, start + a + 1, start + b) for a, b in pairwise(edges)]
    if cells and cells[0][0] >= cells[0][1]:
        cells = cells[1:]
    return cells[:-1] if line.rstrip().endswith("|") else cells
