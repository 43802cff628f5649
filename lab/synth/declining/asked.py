"""What a told question asks: whose, and what about it.

Knows the usual shapes of questions in Chinese and English, whatever they are about. Must not know what is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lab.synth.pairs import Pair


@dataclass(frozen=True)
class Asked:
    """One told question, taken apart."""

    subject: str
    tail: str
    """The question with ``{s}`` for the subject."""
    kind: str
    """``being`` (a person or an animal), ``home``, ``place``, ``idea`` (what a text defines), ``text`` (a
    document itself) or ``thing``."""
    source: Pair
    is_plural: bool = False
    """Whether the subject takes "do" and "are"."""

    @property
    def language(self) -> str:
        """``zh`` or ``en``."""
        return self.source.language


_NP = r"(?P<s>(?:(?:the|my|our|your|his|her|their) )?[\w&][\w’'&.-]*(?: [\w&][\w’'&.-]*){0,3}?)"
_VERB = (
    r"(?:like|love|enjoy|hate|prefer|do|live|work|have|own|eat|drink|play|wear|cost|weigh|open|close|start|end|begin|"
    r"take|sell|offer|make|need|want|use|study|teach|speak|sleep|go|come|belong|mean|include|cover|last|keep|collect|"
    r"drive|read|watch|write|grow|produce|charge|pay|call|serve|support|provide|happen|contain|apply|expire|require)"
)
_SHAPES_EN = (
    re.compile(rf"(?P<b>How \w+ (?P<be>is|are|was|were) ){_NP}(?P<e>)$", re.I),
    re.compile(
        rf"(?P<b>(?:What|Which|Who|Where|When|Why|How|At what|In which|On which)\b[\w -]*? (?P<be>does|do|did) ){_NP}"
        rf"(?P<e> {_VERB}\b.*)$",
        re.I,
    ),
    re.compile(rf"(?P<b>(?:What|Who|When|Where) (?P<be>is|are|was|were) ){_NP}(?P<e>['’]s? [\w -]{{2,40}})$", re.I),
    re.compile(rf"(?P<b>(?:What|Who|When) (?:is|are|was|were) the [\w ]{{2,24}}? of ){_NP}(?P<e>)$", re.I),
    re.compile(
        rf"(?P<b>(?:What|Where|When) (?P<be>is|are|was|were) ){_NP}"
        r"(?P<e> (?:called|named|born|founded|built|made of|made from|located|kept|open|due|held))$",
        re.I,
    ),
    re.compile(rf"(?P<b>Where (?P<be>is|are) ){_NP}(?P<e>)$", re.I),
    re.compile(rf"(?P<b>How many [\w ]+? (?:live|work|are|are there|belong) (?:in|at|to) ){_NP}(?P<e>)$", re.I),
)
_PRONOUN = re.compile(r"(?:I|you|he|she|it|we|they|this|that|there|one|someone|these|those)\b", re.I)
_BEING_EN = re.compile(
    r"\bold\b|\b(?:like|love|enjoy|hate|prefer|for a living|for work|study|speak|wear|eat|drink|play)\b|favou?rite|"
    r"\bjob\b|profession|birthday|\bage\b|\bborn\b|\bcalled\b|['’]s name$|\blive$|\bpet\b",
    re.I,
)
_HOME = re.compile(
    r"(?:你|我|你们|我们|您|一)家(?:人)?$|[\u4e00-\u9fff]家$|\b(?:family|home|household|house|flat)\b"
    r"|^(?:the )?[A-Z]\w+s$"
)
_ABOUT_A_PLACE = re.compile(r"时间|地址|地点|位置|开放|时段|\b(?:hours|location|address|opening|days)\b", re.I)
_PLACE = re.compile(
    r"(?:馆|店|楼|医院|学校|中心|车站|大厅|公园|餐厅|公司)$"
    r"|\b(?:hotel|museum|library|office|store|shop|school|restaurant|company|centre|center|station|pool|gym|clinic|"
    r"hospital|park|café|cafe|gallery|cinema|building|inn|bakery|market)$",
    re.I,
)
_IDEA = re.compile(r"(?:什么是(?P<z>[^，。？“”]{2,12})|What (?:is|does) (?P<e>(?:an? |the )?[\w -]{3,30}?)(?: mean)?)$")

_TAIL_ZH = re.compile(
    r"(?P<s>[^，。？?“”]{1,14}?)(?P<t>(?:今年|现在)?(?:几岁|多大|多少岁)了?|(?:平时|也|最|很)?(?:喜欢|爱)(?!的).{0,6}(?:什么|哪里).{0,2}|"
    r"(?:也|最|很)?(?:喜欢|爱)的.{1,4}是什么|(?:今年|现在)?住在?哪.{1,3}|是什么颜色的|叫什么(?:名字)?|的(?:名字|性格|职业|工作|生日).{2,4}|"
    r"是做什么.{0,3}的|(?:一共|总共)?有(?:几|多少)[^，。？?]{1,4})$"
)
_THING_ZH = re.compile(
    r"(?P<s>[^，。？?“”]{1,14})的(?P<n>[^，。？?的“”]{2,8})(?P<e>是多少|是什么时候|在哪里|是谁|是什么|是哪几天|有多大|有多长)$"
)
_FREE_ZH = re.compile(
    r"(?P<s>[^，。？?“”的]{2,12}?)(?P<e>(?:[挂放设开停存摆]?在|位于)哪(?:里|儿|个[^，。？?]{1,4})|什么时候[^，。？?]{1,6}|(?:要|卖|需要)?多少钱|"
    r"(?:每天|早上|晚上)?几点[^，。？?]{1,5})$"
)
_ASKS_ZH = re.compile(r"什么|谁|哪|几|怎|多少")


def all_asked(pairs: Iterable[Pair]) -> list[Asked]:
    """What the pairs ask, as far as it can be told; who is a person in one question is one in all."""
    found = [one for pair in pairs if (one := asked_of(pair))]
    beings = {(one.language, one.subject) for one in found if one.kind == "being"}
    return [
        replace(one, kind="being") if one.kind == "thing" and (one.language, one.subject) in beings else one
        for one in found
    ]


def asked_of(pair: Pair) -> Asked | None:
    """What the pair asks, or ``None`` where its shape is not known."""
    core = pair.question.strip().rstrip("?？").removeprefix("请问")
    idea = _IDEA.match(core) if pair.rule == "definition" else None
    if idea:
        return Asked(idea["z"] or idea["e"], "", "idea", pair)
    return _asked_zh(pair, core) if pair.language == "zh" else _asked_en(pair, core)


def _asked_zh(pair: Pair, core: str) -> Asked | None:
    match = _TAIL_ZH.match(core)
    if match and not _ASKS_ZH.search(match["s"]):
        kind = "home" if _HOME.search(match["s"]) else "place" if _PLACE.search(match["s"]) else "being"
        return Asked(match["s"], "{s}" + match["t"] + "？", kind, pair)
    thing = _THING_ZH.match(core)
    if thing and not re.search(r"什么|谁|哪|最", thing["s"]):
        kind = _kind(thing["s"], thing["n"], pair)
        return Asked(thing["s"].strip(), f"{{s}}的{thing['n']}{thing['e']}？", kind, pair)
    free = _FREE_ZH.match(core)
    if free and not _ASKS_ZH.search(free["s"]):
        return Asked(free["s"], f"{{s}}{free['e']}？", _kind(free["s"], "", pair), pair)
    return None


def _asked_en(pair: Pair, core: str) -> Asked | None:
    for shape in _SHAPES_EN:
        match = shape.match(core)
        if match is None or _PRONOUN.match(match["s"]) or " of " in match["s"]:
            continue
        subject, tail = match["s"], f"{match['b']}{{s}}{match['e']}"
        plural = (match.groupdict().get("be") or "").lower() in {"do", "are", "were"}
        if re.match(r"(?:in|at|to)$", subject.split()[0], re.I) or len(tail) > 90:
            continue
        kind = _kind_en(subject, tail, pair)
        return Asked(subject, f"{tail}?", kind, pair, plural)
    return None


def _kind_en(subject: str, tail: str, pair: Pair) -> str:
    if _HOME.search(subject):
        return "home"
    if _BEING_EN.search(tail) and not _PLACE.search(subject):
        return "being"
    return _kind(subject, tail.replace("{s}", ""), pair)


def _kind(subject: str, attribute: str, pair: Pair) -> str:
    told_by = pair.rule in {"key_value", "table", ""}
    return "place" if told_by and (_ABOUT_A_PLACE.search(attribute) or _PLACE.search(subject)) else "thing"
