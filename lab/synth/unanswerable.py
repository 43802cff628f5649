"""Questions that neither documents nor facts answer, with an answer that says so.

Knows: whom and what a data set tells of, what one would ask next about them, and neighbours it never names. A question
is only made where no word of its answer stands anywhere in the texts: what might be told is never declined. Must not
know how a share is chosen or rows are split.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab import words
from lab.checks import SHOULD_DECLINE, row_untold
from lab.likeness import NEAR, folded, language, likeness
from lab.records import Message, Row
from lab.synth.pairs import Pair
from lab.synth.sections import sections

RULE = "unanswerable"
DEFAULT_SHARE = 10
"""Percent of all questions that are to be declined, unless a person says otherwise."""
_ANSWERS = 3
"""Wordings of the answer (``synth.decline_1`` …)."""


@dataclass(frozen=True)
class Asked:
    """What a told question asks: whose, and what about it."""

    subject: str
    tail: str
    """The question with ``{s}`` for the subject."""
    kind: str
    """``being`` (a person or an animal), ``home``, ``place``, ``idea`` (what a text defines), ``text`` (a
    document itself) or ``thing``."""
    source: Pair


_TAIL_ZH = re.compile(
    r"(?P<s>[^，。？?“”]{1,14}?)(?P<t>(?:今年|现在)?(?:几岁|多大|多少岁)了?|(?:平时|也|最|很)?(?:喜欢|爱)(?!的).{0,6}(?:什么|哪里).{0,2}|"
    r"(?:也|最|很)?(?:喜欢|爱)的.{1,4}是什么|(?:今年|现在)?住在?哪.{1,2}|是什么颜色的|叫什么(?:名字)?|的(?:名字|性格|职业|工作|生日).{2,4}|是做什么.{0,3}的)$"
)
_TAIL_EN = (
    re.compile(r"(?P<b>How old is )(?P<s>.+?)(?P<e>)$", re.I),
    re.compile(r"(?P<b>What does )(?P<s>.+?)(?P<e> (?:like|love|enjoy|do for)\b.*)$", re.I),
    re.compile(r"(?P<b>Where does )(?P<s>.+?)(?P<e> live)$", re.I),
    re.compile(r"(?P<b>What is )(?P<s>[\w ]+?)(?P<e>['’]s (?:favou?rite [\w ]+|job|name|birthday|age))$", re.I),
)
_THING_ZH = re.compile(
    r"(?P<s>[^，。？?“”]{1,14})的(?P<n>[^，。？?的“”]{2,8})(?P<e>是多少|是什么时候|在哪里|是谁|是什么|是哪几天)$"
)
_THING_EN = re.compile(
    r"(?P<b>(?:What|Who) (?:is|are) the )(?P<n>[\w ]{2,24}?) of (?P<s>(?:the )?[\w’' -]{2,40})$", re.I
)
_IDEA = re.compile(r"(?:什么是(?P<z>[^，。？“”]{2,12})|What (?:is|does) (?P<e>(?:an? |the )?[\w -]{3,30}?)(?: mean)?)$")
_PLACE = re.compile(r"时间|地址|地点|位置|开放|时段|\b(?:hours|location|address|opening|days)\b", re.I)
_HOME = re.compile(r"(?:你|我|你们|我们|您)家$|\b(?:your|our|the) (?:family|home)$", re.I)

NEXT: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("being", "zh"): (
        ("{s}的生日是哪一天？", "生日|出生|生于"),
        ("{s}身高多少厘米？", "身高|厘米|米高"),
        ("{s}最喜欢听什么歌？", "歌|音乐"),
        ("{s}的电话号码是多少？", "电话|手机|号码"),
        ("{s}最害怕什么？", "怕"),
        ("{s}体重多少公斤？", "体重|公斤|千克|斤"),
        ("{s}的血型是什么？", "血型"),
        ("{s}昨天几点睡觉？", "睡觉|昨天"),
    ),
    ("being", "en"): (
        ("When is {s}'s birthday?", r"birthday|\bborn\b"),
        ("How tall is {s}?", r"\btall\b|height|centimet|\bcm\b"),
        ("What is {s}'s favourite song?", r"song|music"),
        ("What is {s}'s phone number?", r"phone|mobile|number"),
        ("What is {s} afraid of?", r"afraid|fear|scared"),
        ("How much does {s} weigh?", r"weigh|kilo|pound"),
        ("What is {s}'s middle name?", r"middle name"),
        ("What did {s} do last weekend?", r"weekend"),
    ),
    ("home", "zh"): (
        ("{s}的门牌号是多少？", "门牌|号楼"),
        ("{s}有几辆车？", "车"),
        ("{s}住在几楼？", "楼|层"),
        ("{s}的电话号码是多少？", "电话|手机|号码"),
        ("{s}的面积有多大？", "面积|平方|平米"),
    ),
    ("home", "en"): (
        ("How many cars does {s} have?", r"\bcars?\b"),
        ("On which floor does {s} live?", r"floor|storey"),
        ("What is the phone number of {s}?", r"phone|number"),
    ),
    ("idea", "zh"): (
        ("{s}最早是哪一年提出的？", "最早|提出"),
        ("{s}是谁发明的？", "发明"),
        ("{s}一年要花多少钱？", "花费|费用|预算"),
    ),
    ("idea", "en"): (
        ("Who invented {s}?", r"invent"),
        ("In which year was {s} first described?", r"first described|coined"),
        ("How much does {s} cost a year?", r"\bcosts?\b|budget"),
    ),
    ("text", "zh"): (
        ("{s}是谁写的？", "作者|编写|撰写|写作"),
        ("{s}一共有多少页？", "页"),
        ("{s}卖多少钱一本？", "售价|定价|一本"),
        ("{s}有没有英文版？", "英文|English"),
        ("{s}获得过什么奖？", "奖"),
        ("{s}的封面是什么颜色的？", "封面|颜色"),
        ("{s}上一次是谁审批的？", "审批|批准"),
    ),
    ("text", "en"): (
        ("Who wrote {s}?", r"author|written by|wrote"),
        ("How many pages does {s} have?", r"\bpages?\b"),
        ("How much does a printed copy of {s} cost?", r"printed|\bcopy\b"),
        ("Which awards has {s} won?", r"award|prize"),
        ("What colour is the cover of {s}?", r"\bcover\b|colou?r"),
        ("Who approved the last change of {s}?", r"approv"),
        ("Into which languages was {s} translated?", r"translat"),
    ),
    ("place", "zh"): (
        ("{s}的停车费是多少？", "停车|车位"),
        ("{s}有几层楼？", "层|楼"),
        ("{s}的传真号码是多少？", "传真"),
        ("{s}的面积是多少平方米？", "面积|平方"),
        ("{s}去年花了多少钱？", "去年|预算|花费"),
        ("{s}的无线网密码是什么？", "密码|无线|WiFi|Wi-Fi"),
    ),
    ("place", "en"): (
        ("How much does parking at {s} cost?", r"parking|\bcar park"),
        ("How many floors does {s} have?", r"floor|storey"),
        ("What is the fax number of {s}?", r"\bfax"),
        ("How large is {s} in square metres?", r"square|area"),
        ("What was the budget of {s} last year?", r"budget|last year"),
        ("What is the wireless password of {s}?", r"password|wireless|wi-?fi"),
    ),
}
"""What one would ask next of each kind, and the words any of which in a text might answer it."""

STRANGERS: dict[tuple[str, str], tuple[str, ...]] = {
    ("being", "zh"): ("表哥小凯", "邻居王阿姨", "同学晓宇", "舅舅", "外婆", "小狗旺财", "堂妹琳琳", "李叔叔"),
    ("being", "en"): ("Aunt Clara", "Uncle Ben", "cousin Leo", "Mrs Hall next door", "Grandma Rosa", "Rex the dog"),
    ("place", "zh"): ("地下车库", "礼品店", "三号楼", "顶楼餐厅", "会员中心", "东门岗亭"),
    ("thing", "en"): (
        "the gift shop",
        "the roof terrace",
        "the west gate",
        "the parking garage",
        "the members' lounge",
    ),
}
"""Neighbours that the texts may not know."""
_PARTS = re.compile(
    r"小[凯狗宇]|旺财|王阿姨|晓宇|琳琳|李叔叔|舅舅|外婆|表哥|堂妹|邻居|同学|车库|礼品|号楼|餐厅|会员|岗亭"
)


def unanswerable(
    pairs: Sequence[Pair], documents: Mapping[str, str], share: float = DEFAULT_SHARE, facts: str = ""
) -> list[Pair]:
    """Pairs without evidence, as many as make ``share`` percent of all; fewer where no more can be made.

    ``documents`` are the canonical texts of everything that will be learned together, ``facts`` what else is told.
    None asks what a text might answer, none resembles a question that has an answer.
    """
    told = [pair for pair in pairs if pair.kind == "span"]
    wanted = round(len(pairs) * share / (100 - share)) if share < 100 else 0
    text = "\n".join([*documents.values(), facts, *(f"{pair.question} {pair.answer}" for pair in told)])
    asked = [*(found for pair in told if (found := _parsed(pair))), *_texts(told, documents)]
    made: list[Pair] = []
    seen = [pair.question for pair in pairs]
    for question, source in _mixed(asked, text):
        if len(made) >= wanted:
            break
        if not any(folded(question) == folded(other) or likeness(question, other) >= NEAR for other in seen):
            seen.append(question)
            made.append(_pair(question, source))
    return made


def unanswerable_rows(rows: Sequence[Row], share: float = DEFAULT_SHARE) -> list[Row]:
    """The same from rows of questions and answers; each a group of its own, without a split."""
    told = [
        _as_pair(row) for row in rows if not row_untold(row) and row.rule != "reword" and row.question and row.answer
    ]
    facts = "\n".join(message.content for row in rows for message in row.messages)
    system = next((row.messages[0] for row in rows if row.messages and row.messages[0].role == "system"), None)
    return [_row(pair, system) for pair in unanswerable(told, {}, share, facts)]


def answered(question: str, keywords: str, subject: str, text: str) -> bool:
    """Whether ``text`` might answer: a word of the answer stands in it, or it asks nearly the same."""
    return bool(re.search(keywords, text, re.IGNORECASE)) or folded(question) in folded(text)


def _parsed(pair: Pair) -> Asked | None:
    core = pair.question.strip().rstrip("?？").removeprefix("请问")
    idea = _IDEA.match(core) if pair.rule == "definition" else None
    if idea:
        return Asked(idea["z"] or idea["e"], "", "idea", pair)
    return _parsed_zh(pair, core) if pair.language == "zh" else _parsed_en(pair, core)


def _parsed_zh(pair: Pair, core: str) -> Asked | None:
    match = _TAIL_ZH.match(core)
    if match and not re.search(r"什么|谁|哪|几", match["s"]):
        kind = "home" if _HOME.search(match["s"]) else "being"
        return Asked(match["s"], "{s}" + match["t"] + "？", kind, pair)
    thing = _THING_ZH.match(core)
    if thing and not re.search(r"什么|谁|哪|最", thing["s"]):
        kind = _kind(thing["n"], pair)
        return Asked(thing["s"].strip(), f"{{s}}的{thing['n']}{thing['e']}？", kind, pair)
    return None


def _parsed_en(pair: Pair, core: str) -> Asked | None:
    for pattern in _TAIL_EN:
        match = pattern.match(core)
        if match:
            kind = "home" if _HOME.search(match["s"]) else "being"
            return Asked(match["s"], f"{match['b']}{{s}}{match['e']}?", kind, pair)
    thing = _THING_EN.match(core)
    if not thing or " of " in thing["s"] or len(thing["n"].split()) > 2:
        return None
    kind = _kind(thing["n"], pair)
    return Asked(thing["s"], f"{thing['b']}{thing['n']} of {{s}}?", kind, pair)


def _texts(pairs: Sequence[Pair], documents: Mapping[str, str]) -> Iterator[Asked]:
    """The documents themselves, by their titles."""
    for name, text in documents.items():
        source = next((pair for pair in pairs if pair.document == name), None)
        told = re.match(r"---\n(?:.*\n)*?title:\s*[\"']?(.+?)[\"']?\s*\n", text)
        heading = next((part for part in sections(text) if part.level), None) if source else None
        title = told.group(1) if told else heading.title if heading and heading.level == 1 else ""
        if source and 2 <= len(title) <= 40 and not re.search(r"[?？]", title):
            yield Asked(f"《{title}》" if source.language == "zh" else f"“{title}”", "", "text", source)


def _kind(attribute: str, pair: Pair) -> str:
    return "place" if _PLACE.search(attribute) and pair.rule in {"key_value", "table", ""} else "thing"


def _mixed(asked: Sequence[Asked], text: str) -> Iterator[tuple[str, Pair]]:
    """Candidates of the three kinds in turn, the same ones every time."""
    pools = [_shuffled(pool) for pool in (_next(asked, text), _strangers(asked, text), _siblings(asked, text))]
    for place in range(max(map(len, pools), default=0)):
        yield from (pool[place] for pool in pools if place < len(pool))


def _shuffled(found: Iterable[tuple[str, Pair]]) -> list[tuple[str, Pair]]:
    unique = dict(found)
    return sorted(unique.items(), key=lambda entry: hashlib.sha256(entry[0].encode()).hexdigest())


def _next(asked: Sequence[Asked], text: str) -> Iterator[tuple[str, Pair]]:
    """What is not told of somebody who is."""
    for one in asked:
        for form, keywords in NEXT.get((one.kind, one.source.language), ()):
            question = form.format(s=one.subject)
            if not answered(question, keywords, one.subject, text):
                yield (question[:1].upper() + question[1:] if one.source.language == "en" else question), one.source


def _strangers(asked: Sequence[Asked], text: str) -> Iterator[tuple[str, Pair]]:
    """What is told of somebody, asked of a neighbour who is never named."""
    for one in asked:
        for stranger in STRANGERS.get((one.kind, one.source.language), ()):
            known = [*_PARTS.findall(stranger)] or [
                word for word in re.findall(r"[A-Za-z]{3,}", stranger) if word != "the"
            ]
            if not any(re.search(re.escape(part), text, re.IGNORECASE) for part in known):
                yield one.tail.format(s=stranger), one.source


def _siblings(asked: Sequence[Asked], text: str) -> Iterator[tuple[str, Pair]]:
    """What is told of one, asked of another of whom nothing like it is told, under whatever name."""
    beings = [one for one in asked if one.kind == "being" and not re.search(r"名字|叫|\bname", one.tail)]
    for one in beings:
        for other in beings:
            same = other.source.document == one.source.document and other.source.language == one.source.language
            if (
                same
                and not _is_same(one.subject, other.subject, text)
                and not _tells(asked, other.subject, one.tail, text)
            ):
                yield one.tail.format(s=other.subject), other.source


def _tells(asked: Sequence[Asked], subject: str, tail: str, text: str) -> bool:
    """Whether something of the kind is told of the subject, or of whoever else that may be."""
    topic = _topic(tail)
    names = {subject} | {one.subject for one in asked if _is_same(one.subject, subject, text)}
    return any(
        one.subject in names or any(_is_same(one.subject, name, text) for name in names)
        for one in asked
        if topic & _topic(one.tail)
    )


def _is_same(left: str, right: str, text: str) -> bool:
    """Whether two names may mean one: one holds the other, or a sentence says that one is the other."""
    if left in right or right in left:
        return True
    a, b = re.escape(left), re.escape(right)
    between = r"[^，。,.\n]{0,3}(?:是|叫|\bis\b)[^，。,.\n]{0,8}"
    return bool(re.search(f"{a}{between}{b}|{b}{between}{a}", text, re.IGNORECASE))


def _topic(tail: str) -> frozenset[str]:
    """What a tail is about, wide: two tails that share a word are about the same."""
    zh = set(re.findall(r"岁|多大|喜欢|爱|颜色|住|名字|叫|性格|职业|工作|生日", tail))
    zh = {"喜欢" if word == "爱" else "岁" if word == "多大" else "名字" if word == "叫" else word for word in zh}
    en = set(re.findall(r"\b(?:old|age|like|love|enjoy|live|favou?rite|job|name|birthday|do)\b", tail.casefold()))
    return frozenset({*zh, *("like" if word in {"love", "enjoy"} else word for word in en)} or {tail})


def decline(question: str, language: str) -> str:
    """The honest answer, the same for the same question every time."""
    number = int(hashlib.sha256(folded(question).encode()).hexdigest(), 16) % _ANSWERS + 1
    return words.say(f"synth.decline_{number}", language)


def _pair(question: str, source: Pair) -> Pair:
    answer = decline(question, source.language)
    place = source.start
    return replace(
        source, question=question, answer=answer, evidence="", start=place, end=place, rule=RULE, at=-1, kind="decline",
        keys=(), tags=(SHOULD_DECLINE,),
    )  # fmt: skip


def _as_pair(row: Row) -> Pair:
    told = "zh" if language(row.question) != "en" else "en"
    return Pair(row.question, row.answer, "", 0, 0, "", told, "", row.file)


def _row(pair: Pair, system: Message | None) -> Row:
    identity = hashlib.sha256(f"{RULE}\0{pair.question}".encode()).hexdigest()[:12]
    messages = (*([system] if system else []), Message("user", pair.question), Message("assistant", pair.answer))
    return Row(identity, messages, f"{RULE}-{identity}", rule=RULE, status="synthetic", tags=(SHOULD_DECLINE,))
