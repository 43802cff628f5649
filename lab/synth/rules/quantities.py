"""The rule for sentences that tell a number or a date: the sentence, asked for it.

Knows: Chinese asks where the number stands ("每批最多40人" – "每批最多多少人？"), English at the front of the sentence.
Takes only sentences that say whose number it is. Must not know how facts of persons are asked (``statements``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.synth.amounts import UNITS_EN, Amount, found
from lab.synth.pairs import Pair
from lab.synth.rules.asking import Place, named
from lab.synth.rules.faq import QUESTION_MARK, ended
from lab.synth.rules.faq import asks as is_asking
from lab.synth.sections import Unit, item_start
from lab.synth.texts import plain, sentences

MOST_PER_SENTENCE = 2
LONGEST_ZH, LONGEST_EN = 70, 220
"""Characters of a sentence that is asked about."""

_STARTS_ZH = re.compile(
    r"[\s\-*•]*(?:这|那|它|他|她|此|该|其|本(?![周月年])|上述|如果|若|当|因为|所以|但|而|并|也|都|就|例如|比如|如[：:，]|注意|"
    r"//|#|新增|修正|修改|更新|删除|说明|正例|反例|答|问|因此|另外|其中|然后|接着|同时|即)"
)
_WITHOUT_SUBJECT_ZH = re.compile(
    r"(?:提前|需|需要|必须|应|应当|请|最多|至少|最少|不|可|可以|每|按|共|约|大约|超过|用|写|拨|把|在\d)"
)
_MARKS_ZH = re.compile(r"^\s*(?:[（(]?\d{1,3}[.)、．）](?!\d)\s*)?(?:【[^】]{1,6}】\s*)?")
_CODE = re.compile(r"`[^`]*`|https?://\S+|[A-Za-z_]\w*\([^)]*\)|[=<>{}\\/]{1,3}|\w+[._]\w+[._]?\w*")
_DATE_ZH = re.compile(r"\d{4}\s*年(?:\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*[日号])?)?|\d{1,2}\s*月\s*\d{1,2}\s*[日号]")
_ORDINAL = re.compile(r"[第前后上下哪本初]$")
_CONDITION = re.compile(r"如果|若|(?<![不得会])(?:超过|低于|少于|大于|小于|高于)|(?<![已未可])达到|不足|一旦|只有")
"""What comes after a condition belongs to it."""
_FORBIDS = re.compile(r"禁止|严禁|避免|不要|切勿|请勿|杜绝|不可能|不一定|未必")
"""A number after these is one that must not or need not be: asking whether it is would mislead."""
_CLAUSE_END = re.compile(r"[，,；;。！？!?]")


def quantities(place: Place) -> Iterator[Pair | None]:
    """Pairs that ask for the numbers and dates of sentences."""
    for unit in place.section.body:
        if unit.kind not in {"paragraph", "item", "quote"}:
            continue
        begin = item_start(place.text, unit)
        for start, end in sentences(place.text[begin : unit.end]):
            ask = _ask_zh if place.language == "zh" else _ask_en
            yield from ask(place, unit, begin + start, begin + end)


def _ask_zh(place: Place, unit: Unit, start: int, end: int) -> Iterator[Pair | None]:
    start += len(_MARKS_ZH.match(place.text[start:end]).group())  # type: ignore[union-attr]
    sentence = place.text[start:end]
    if not 6 <= len(sentence) <= LONGEST_ZH or _STARTS_ZH.match(sentence) or "\n" in sentence or "|" in sentence:
        return
    if re.search(r"[？?：:“”\"「」（(]", sentence) or re.match(r"[^，。]{1,12}[:：]", sentence):
        return
    spans = list(_spans_zh(sentence))
    for a, b, asked in spans[:MOST_PER_SENTENCE]:
        if re.search(r"[，,；;]\s*$", sentence[:a]):
            continue  # a clause that begins with its number is about what an earlier one says
        if _FORBIDS.search(sentence[:a]):
            continue
        stop = len(sentence) if _CONDITION.search(sentence[:b]) else _clause_end(sentence, b)
        begin = _own_clause(place, unit, sentence, a)
        body = plain(sentence[begin:a].rstrip() + asked + sentence[b:stop].lstrip())
        question = _with_context_zh(place, unit, sentence, body.rstrip("，,。；;！! "))
        yield place.pair("number", question + "？", start, end, (start + a, start + b))


def _spans_zh(sentence: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, what asks for it) of each number or date that can be asked for."""
    code = [match.span() for match in _CODE.finditer(sentence)]
    dates = [match.span() for match in _DATE_ZH.finditer(sentence)]
    for a, b in dates:
        text = sentence[a:b]
        yield a, b, "哪一年" if text.endswith("年") else "什么时候" if "年" in text or "月" in text else "几号"
    for amount in found(sentence):
        taken = [*code, *dates]
        if any(a < amount.end and amount.start < b for a, b in taken) or _ORDINAL.search(
            sentence[: amount.start].rstrip()
        ):
            continue
        if _is_countable(sentence, amount):
            text = sentence[amount.start : amount.end]
            unit = text.lstrip("0123456789.,:：零〇一二两三四五六七八九十百千万亿 ").lstrip("多余几")
            few = "多少" if len(amount.number) > 1 or unit[:1] in "米元度公厘毫千克吨升" or unit.isascii() else "几"
            yield amount.start, amount.end, "百分之几" if amount.unit == "%" else f"{few}{unit}"


def _is_countable(sentence: str, amount: Amount) -> bool:
    """Whether the number counts something: not "一个", a version, a range's end or a clock time."""
    text = sentence[amount.start : amount.end]
    before = sentence[: amount.start].removesuffix("达到")
    around = before[-1:] + sentence[amount.end : amount.end + 1]
    if re.search(r"[-~～—–至到./]", around) or ":" in text or "：" in text:
        return False
    if text[0].isdigit():
        code = text[0] == "0" and text[1:2].isdigit()
        return not code and amount.unit not in {"点", "分", "g", "m", "h", "章", "节", "页", "月", "日", "号"}
    if amount.unit == "%":
        return True
    tens = any(character in text for character in "十百千")
    measured = re.search(r"(?:岁|个月|小时|分钟|年|天|周|人|元|米|公里|层|倍)$", text)
    return bool(tens or (measured and text[0] not in "一")) and not text.startswith("一")


def _own_clause(place: Place, unit: Unit, sentence: str, number: int) -> int:
    """Where the question begins: at the number's own clause, if that is about what the heading asks for."""
    clause = max((match.end() for match in _CLAUSE_END.finditer(sentence, 0, number)), default=0)
    counts = re.match(r"每|最多|最少|至少|至多|不超过|共|总共|约", sentence[clause:].lstrip())
    return clause if clause and counts and unit.kind == "item" and is_asking(place.context(), "zh") else 0


def _clause_end(sentence: str, place: int) -> int:
    """The end of the clause at ``place``; with the next one where the first is only a condition."""
    for match in _CLAUSE_END.finditer(sentence, place):
        if not re.search(r"(?:时|后|前|的话|以上|以下|内)$", sentence[: match.start()]) or match.group() in "。！":
            return match.start()
    return len(sentence)


def _with_context_zh(place: Place, unit: Unit, sentence: str, question: str) -> str:
    context = place.context()
    if not context or context in question or not (unit.kind == "item" or _WITHOUT_SUBJECT_ZH.match(sentence)):
        return question
    asking = QUESTION_MARK.match(place.section.title) or is_asking(context, "zh")
    return f"{context.rstrip('？?')}：{question}" if asking else f"在“{context}”中，{question}"


_N = rf"(?:about |around |over |up to |at least |at most |more than |only )?\d[\d,.]*(?:\s*-?(?:{UNITS_EN}))?"
_SUBJECT = (
    r"(?P<s>(?!(?:it|this|that|these|those|he|she|they|we|you|i|who|which|there|one|each|if|when|but|so|and|or|as|"
    r"while|also|then|for|in|on|at|note|step|figure|table|section|chapter|by|with|to)\b)"
    r"(?:(?:the|our|a|an|every|each)\s+)?[\w’'-]+(?:\s+(?!(?:and|or|that|which|who|is|are|was|has)\b)[\w’'&-]+){0,4})"
)
_SPAN = r"\d[\d,.]*\s+(?:seconds?|minutes?|hours?|(?:working |business |school )?days?|weeks?|months?|years?)"
_HOLDS = "contain|include|hold|seat|employ|keep|offer|use|need|require|serve|host|own|run|store|cover|receive|get"
_NOUN = (
    r"(?P<n>[a-z][\w-]*"
    r"(?:\s(?!(?:and|or|for|in|on|at|of|to|per|with|from|that|which|who|is|are|each|every)\b)[a-z][\w-]*){0,2})"
)
_REST = r"(?P<r>(?:\s(?:for|in|on|at|of|per|from|to|with|each|every|during)\s[^,;:.]{1,60})?)[.,;]?"
_MOD = r"(?:about |around |over |up to |at least |at most |more than |only |no more than )?"
EN = (
    (
        rf"{_SUBJECT} (?P<v>has|have|{_HOLDS}|(?:{_HOLDS})s) (?P<a>{_MOD}\d[\d,]*) {_NOUN}{_REST}",
        "How many {n} {do} {s} {v}{r}?",
    ),
    (
        rf"{_SUBJECT} (?P<m>can|may|must|should|will) (?P<v>[a-z]+) (?P<a>{_MOD}\d[\d,]*) {_NOUN}{_REST}",
        "How many {n} {m} {s} {v}{r}?",
    ),
    (
        rf"{_SUBJECT} (?P<be>is|are) (?P<a>{_N}) (?P<j>long|tall|wide|high|deep|old|thick|heavy|away)\b{_REST}",
        "How {j} {be} {s}?",
    ),
    (
        rf"{_SUBJECT} (?P<m>is|are|must be|can be|may be|should be|was|were) "
        r"(?P<v>[a-z]+(?:ed|ld|pt|nt|en|wn|de|ut)(?: [a-z ]{1,24})??) "
        rf"(?P<p>within|after|for|every) (?P<a>{_SPAN}){_REST}",
        "{when} {m0} {s} {m1}{v}{r}?",
    ),
    (
        rf"{_SUBJECT} (?P<m>was|were) (?P<v>founded|built|opened|established|created|launched|started|published|"
        r"introduced|renovated|invented|released|formed|completed|named) (?:in|on) "
        r"(?P<a>(?:[A-Z][a-z]+ )?(?:\d{1,2},? )?(?:1[5-9]|20)\d\d)(?P<r>)",
        "When {m} {s} {v}?",
    ),
    (
        rf"{_SUBJECT} (?P<m>is|are) kept at (?P<a>(?:minus )?\d[^,;.]{{0,30}}?)(?P<r>)[.,;]",
        "At what temperature {m} {s} kept?",
    ),
    (
        rf"{_SUBJECT} (?P<m>is|are) (?P<v>served|open|available|staffed) (?:daily |every day )?"
        r"(?P<a>(?:from|between) \d[\d:.]*(?: ?[ap]\.?m\.?)? (?:to|until|and) \d[\d:.]*\d(?: ?[ap]\.?m\.?)?)(?P<r>)",
        "When {m} {s} {v}?",
    ),
    (rf"{_SUBJECT} (?P<v>weigh|measure)s? (?P<a>{_N})(?P<r>)", "How much {do} {s} {v}?"),
)
_EN = tuple((re.compile(pattern), question) for pattern, question in EN)
_WHEN = {"within": "Within how long", "after": "After how long", "for": "For how long", "every": "How often"}
_IMPERATIVE = re.compile(
    rf"(?P<v>[A-Z][a-z]+) (?P<o>(?:the|your|a|all) [\w -]{{2,40}}?) for (?P<a>{_SPAN})"
    r"(?P<r>(?:\s(?:in|on|at)\s[^,;.]{{1,40}})?)[.,;]"
)
_COUNTS = re.compile(rf"(?P<v>[A-Z][a-z]+) (?P<a>\d[\d,]*) {_NOUN}(?P<r>)")


def _ask_en(place: Place, unit: Unit, start: int, end: int) -> Iterator[Pair | None]:
    sentence = place.text[start:end]
    if len(sentence) > LONGEST_EN or "?" in sentence or not re.search(r"\d", sentence):
        return
    flat = sentence.replace("\n", " ")
    for pattern, question in _EN:
        match = pattern.match(flat)
        if match:
            yield place.pair("number", _filled(question, match, place), start, end, _range(start, match))
            return
    if unit.kind == "item" and place.context():
        yield from _ask_step(place, flat, start, end)


def _range(start: int, match: re.Match[str]) -> tuple[int, int]:
    """The number with the noun it counts."""
    noun = match.re.groupindex.get("n")
    return start + match.start("a"), start + (match.end("n") if noun else match.end("a"))


def _filled(question: str, match: re.Match[str], place: Place) -> str:
    groups = {key: value or "" for key, value in match.groupdict().items()}
    verb = groups.get("v", "")
    if verb.endswith("s") and "do}" in question:
        groups["v"] = {"has": "have"}.get(verb, verb.removesuffix("s"))
    groups["do"] = "does" if verb.endswith("s") else "do"
    groups["m0"], _, rest = groups.get("m", "").partition(" ")
    groups["m1"] = f"{rest} " if rest else ""
    groups["when"] = _WHEN.get(groups.get("p", ""), "")
    subject = re.sub(r"^(The|An?|Our|Every|Each)\b", lambda found: found.group().lower(), named(groups["s"], place))
    return plain(question.format(**{**groups, "s": subject}))


def _ask_step(place: Place, flat: str, start: int, end: int) -> Iterator[Pair | None]:
    """An order in a list of steps, asked for its number under the list's heading."""
    context = place.context()
    lead = f"{ended(context, 'en')} " if is_asking(context, "en") else f"Under “{context}”: "
    match = _IMPERATIVE.match(flat)
    if match:
        question = f"{lead}How long should you {match['v'].lower()} {match['o']}{match['r']}?"
        yield place.pair("number", question, start, end, (start + match.start("a"), start + match.end("a")))
        return
    match = _COUNTS.match(flat)
    if match:
        yield place.pair(
            "number", f"{lead}How many {match['n']} should you {match['v'].lower()}?", start, end, _range(start, match)
        )
