"""Rules for sentences that say what something is, and for lists a sentence announces.

Knows how definitions and announcements are worded in Chinese and English, and what only looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lab.synth.pairs import Pair
from lab.synth.rules.asking import Place, named
from lab.synth.rules.faq import ANSWER_MARK
from lab.synth.sections import item_start
from lab.synth.texts import plain, sentences

_EN_TERM = r"(?P<x>(?:(?:The|An?|Our)\s+)?(?:[\w`*“”\"'’&/+.-]|:(?=\d))+(?:\s+(?:[\w`*“”\"'’&/+.()-]|:(?=\d))+){0,6}?)"
_EN_DEFINES = re.compile(
    rf"{_EN_TERM}\s+(?P<verb>is|are|refers? to|means?|stands? for)\s+"
    r"(?P<y>(?:(?:an?|one of|any|part of)\s|the\s(?!same|case|only way)).{8,}|.{8,})$",
    re.DOTALL,
)
_OFFICE = re.compile(
    r"\W{0,2}(?:an?|the|one of the) (?:[\w-]+ ){0,3}?(?:manager|director|head|founder|owner|teacher|doctor|nurse|"
    r"engineer|author|president|chair|secretary|coordinator|technician|librarian|scientist|researcher|student|cook)\b",
    re.IGNORECASE,
)
"""What only a person is."""
_EN_NOT_A_TERM = re.compile(
    r"(?:this|that|these|those|it|there|here|he|she|they|we|you|i|what|which|who|how|why|if|when|while|as|in|on|at|"
    r"for|to|one|two|three|four|five|six|seven|eight|nine|ten|but|and|or|so|because|since|another|each|some|most|many|such|below|above|all|both|none|nothing|"
    r"everything|my|please|note|also|then|let|with|from|by|after|before|once|not|yes|no|being|"
    r"the (?:following|problem|reason|answer|result|key|point|idea|same|other|latter|former|next|first|last|above))\b",
    re.IGNORECASE,
)
_ZH_DEFINES = re.compile(
    r"(?P<x>[^，。；：、,;:!?！？\s（(][^，。；：！？,;]{0,19}?)(?:（[^）]*）|\([^)]*\))?\s*"
    r"(?P<verb>是指|指的是|(?<!不)是一(?:种|个|款|家|类|项|套|座|门|条|份|本|间)|被?定义为|的(?:定义|含义)是)(?P<y>.{3,})$",
    re.DOTALL,
)
_ZH_DOES = re.compile(
    r"(?P<x>[^，。；：、,;!?！？\s（(是][^，。；：！？,;是]{0,11}?)(?P<verb>(?<!不)是)"
    r"(?P<y>[^，。；]{4,}的(?:人|部门|地方|方法|过程|工具|软件|设备|文件|图像|场所|房间))[。.]?$"
)
_ZH_NOT_A_TERM = re.compile(
    r"[\d（(]+[)）]|这|那|它|他|她|此|该|其|本|我|你|您|以下|如果|若|当|因为|所以|但|而|并|也|都|就|可能|每|有|一|在|对|由|从|为|以|不|只|"
    r"还|请|首先|其次|然后|目前|上述|下面|同时|需要|通常|一般|主要|其实|虽然|由于"
)


def definitions(place: Place) -> Iterator[Pair | None]:
    """Sentences that say what something is: ``X is a …``, ``X 是一种 …``."""
    for unit in place.section.body:
        if unit.kind not in {"paragraph", "item", "quote"}:
            continue
        mark = ANSWER_MARK.match(place.of(unit))
        begin = unit.start + mark.end() if mark else item_start(place.text, unit)
        for start, end in sentences(place.text[begin : unit.end]):
            sentence = place.text[begin + start : begin + end]
            question = _asks_zh_definition(sentence) if place.language == "zh" else _asks_en_definition(sentence, place)
            if question:
                yield place.pair("definition", question, begin + start, begin + end)


def _asks_zh_definition(sentence: str) -> str:
    match = _ZH_DEFINES.match(sentence)
    match = match or _ZH_DOES.match(sentence)
    if not match or _ZH_NOT_A_TERM.match(match["x"]) or re.search(r"[了着]|的$|就$|都$|也$|可以|能够", match["x"]):
        return ""
    return f"什么是{plain(match['x'])}？"


def _asks_en_definition(sentence: str, place: Place) -> str:
    match = _EN_DEFINES.match(sentence)
    if not match or not re.match(r"[A-Z0-9`*“\"]", sentence):
        return ""
    term, verb, rest = plain(match["x"]).replace("*", ""), match["verb"], match["y"]
    words = term.lower().split()
    if re.match(r"\w+ing\s+(?:the|a|your|our)\b", term) or words[-1:] == ["each"]:
        return ""
    if _EN_NOT_A_TERM.match(term) or {"that", "who", "which", "is", "are", "to", "and", "we", "you"} & set(words):
        return ""
    if verb in {"is", "are"}:
        says_what = re.match(r"\W{0,2}(?:an?|one of|any|part of|the)\s", rest)
        # "The purpose of a review is to …": asks for the named thing, whatever follows.
        names_thing = re.match(r"The [\w ]+ (?:of|for) ", sentence) and re.match(r"\W{0,2}(?:to|\d)", rest)
        asks = "Who" if re.fullmatch(r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+", term) and _OFFICE.match(rest) else "What"
        return f"{asks} {verb} {_inside(term, place)}?" if says_what or names_thing else ""
    if len(words) > 5:
        return ""
    many = verb in {"refer to", "mean", "stand for"}
    base = {"refers to": "refer to", "means": "mean", "stands for": "stand for"}.get(verb, verb)
    return f"What {'do' if many else 'does'} {_inside(term, place)} {base}?"


def _inside(term: str, place: Place) -> str:
    """A sentence's first words as they read inside a question."""
    return re.sub(r"^(The|An?|Our)\b", lambda match: match.group().lower(), named(term, place))


_ANNOUNCES_EN = re.compile(
    r"(?P<x>[A-Z\[`*][\w`*\[\]()/:.’'& -]{1,80}?)\s+"
    r"(?P<verb>forbids?|prohibits?|includes?|supports?|requires?|provides?|offers?|contains?|covers?)"
    r"(?:\s+the following(?:\s+\w+)?)?:$"
)
_ANNOUNCES_ZH = re.compile(
    r"(?P<x>[^，。；：！？,;\s（(][^，。；：！？,;]{0,19}?)(?P<verb>包括|包含|分为|支持|提供|禁止|需要准备|由)(?:以下|下列|如下)?"
    r"(?:几[个种类项]|[一二三四五六七八九十\d]+[个种类项])?(?:内容|部分|方面|组成)?[：:]$"
)


def announced_lists(place: Place) -> Iterator[Pair | None]:
    """A list announced by a sentence that says whose it is: ``X includes:``, ``X包括以下几种：``."""
    body = [unit for unit in place.section.body if unit.kind != "blank"]
    for number, unit in enumerate(body):
        items = number + 1
        while items < len(body) and body[items].kind == "item":
            items += 1
        if unit.kind != "paragraph" or items - number < 3:
            continue
        last = list(sentences(place.of(unit)))[-1]
        question = _asks_for_list(place, plain(place.of(unit)[slice(*last)]))
        if question:
            answer = (body[number + 1].start, body[items - 1].end)
            yield place.pair("list", question, unit.start + last[0], answer[1], answer)


def _asks_for_list(place: Place, sentence: str) -> str:
    if place.language == "zh":
        match = _ANNOUNCES_ZH.match(sentence)
        if not match or _ZH_NOT_A_TERM.match(match["x"]):
            return ""
        return f"{match['x']}{'由哪些部分组成' if match['verb'] == '由' else match['verb'] + '哪些'}？"
    match = _ANNOUNCES_EN.match(sentence)
    if not match or _EN_NOT_A_TERM.match(match["x"]) or len(match["x"].split()) > 8:
        return ""
    many = not match["verb"].endswith("s")
    return f"What {'do' if many else 'does'} {_inside(match['x'], place)} {match['verb'].removesuffix('s')}?"
