"""The rule for sentences that state facts of someone or something, clause by clause.

Knows: clause patterns of Chinese and English, and when a subject carries over to the next clause
("哥哥JIM是老大,10岁,喜欢吃肉": who is ten years old is said two clauses earlier). A clause that fits no pattern
ends the subject's reach: rather no pair than one about somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lab.synth.pairs import Pair
from lab.synth.rules.asking import Place
from lab.synth.sections import item_start
from lab.synth.texts import plain, sentences, trim

_N = r"(?:\d+(?:\.\d+)?|[一二三四五六七八九十百千两半]+)"
_EN_VALUE = r"(?P<v>[^,;]+?)"


@dataclass(frozen=True)
class Pattern:
    """A clause without its subject, and the question it answers."""

    clause: re.Pattern[str]
    """Group ``v`` is the answer; other groups may be named in the question."""
    question: str
    """``{s}`` is the subject."""
    opens: bool = True
    """Whether a clause with its own subject may be of this pattern (else only one whose subject carries over)."""
    weak: bool = False
    """Fits so much prose that it counts only beside a clause of the sentence that fits another pattern."""


def _zh(pattern: str, question: str, opens: bool = True, weak: bool = False) -> Pattern:
    return Pattern(re.compile(pattern + r"$"), question, opens, weak)


_HABIT = r"(?:经常|常常|常|平时|偶尔|总是|每天|有时)"
ZH = (
    _zh(rf"(?:今年|现年|已经?|刚满?)?(?P<v>{_N}岁(?:半|多)?)(?:了|大)?", "{s}几岁？"),
    _zh(r"最(?:喜欢|爱)的(?P<n>[^，的]{1,6})(?:是|就是)(?P<v>.+)", "{s}最喜欢的{n}是什么？"),
    _zh(r"也?(?P<a>(?:很|最|特别)?)(?P<w>喜欢|爱)吃(?P<v>.+)", "{s}{a}{w}吃什么？"),
    _zh(r"也?(?P<a>(?:很|最|特别)?)(?P<w>喜欢|爱)喝(?P<v>.+)", "{s}{a}{w}喝什么？"),
    _zh(r"也?(?P<a>(?:很|最|特别)?)(?P<w>喜欢|爱)睡在(?P<v>.+)", "{s}{a}{w}睡在哪里？"),
    _zh(
        r"也?(?P<a>(?:很|最|特别)?)(?P<w>喜欢|爱)(?P<d>踢|打|玩|看|听|弹|读|养|学|拉|下|骑)(?P<v>(?!(?P=d)).{1,})",
        "{s}{a}{w}{d}什么？",
    ),
    _zh(r"[也还]?(?P<a>(?:很|最|特别)?)(?P<w>喜欢|爱)(?P<v>[^的]{2,})", "{s}{a}{w}做什么？"),
    _zh(r"(?:住在|家在)(?P<v>.+)", "{s}住在哪里？"),
    _zh(r"(?P<x>挂|放|存放|保管|摆)在(?P<v>.+)", "{s}{x}在哪里？"),
    _zh(rf"(?P<x>保存|保留)(?P<v>{_N}个?[年月周天小时]+)", "{s}{x}多久？"),
    _zh(r"来自(?P<v>.+)", "{s}来自哪里？"),
    _zh(r"位于(?P<v>.+)", "{s}位于哪里？"),
    _zh(r"(?:出生于|生于|出生在)(?P<v>[^，]*\d[^，]*)", "{s}是什么时候出生的？"),
    _zh(r"(?:成立于|创办于|建于)(?P<v>[^，]*\d[^，]*)", "{s}是什么时候成立的？"),
    _zh(r"在(?P<v>[^，]+?)(?P<x>工作|上班|上学|读书|实习)", "{s}在哪里{x}？"),
    _zh(r"是一[名位](?P<v>[^，的]{2,12})", "{s}是做什么工作的？"),
    _zh(r"(?P<h>最?)(?P<w>不喜欢|讨厌|害怕|怕)(?P<v>.{1,12})", "{s}{h}{w}什么？"),
    _zh(r"(?P<w>擅长)(?P<v>.{2,12})", "{s}擅长什么？"),
    _zh(r"会(?P<d>说|弹|拉|唱)(?P<v>.{1,12})", "{s}会{d}什么？"),
    _zh(r"属(?P<v>[鼠牛虎兔龙蛇马羊猴鸡狗猪])", "{s}属什么？"),
    _zh(
        r"(?:还)?(?:有|养了)一(?:只|条|头)(?P<n>小?(?:猫|狗|鸟|鱼|兔子?|龟|仓鼠))(?:叫|名叫)?(?P<v>[A-Za-z]+)",
        "{s}的{n}叫什么名字？",
    ),
    _zh(r"有(?P<v>(?:爸爸|妈妈|爷爷|奶奶|哥哥|弟弟|姐姐|妹妹).+)", "{s}有哪些人？"),
    _zh(r"(?:名叫|叫做|名字叫做?|名字是|叫)(?P<v>[^，]{1,12})", "{s}叫什么名字？"),
    _zh(r"是(?P<v>[^，]{1,4}色)的", "{s}是什么颜色的？"),
    _zh(rf"也?(?P<h>{_HABIT})(?P<v>(?:照顾|和|跟|与|帮|去|在|到|说|做|看|吃|玩).+)", "{s}{h}做什么？", weak=True),
    _zh(r"(?P<n>性格|身材|脾气|成绩|身体|感情|视力|听力)(?P<v>.{2,8})", "{s}的{n}怎么样？", weak=True),
    _zh(r"(?P<n>[^，是有在的]{2,4})(?P<v>(?:很|非常|十分|特别)[^，]{1,4})", "{s}的{n}怎么样？", opens=False, weak=True),
    _zh(rf"(?P<n>身高|体重|长度|高度|面积)(?:是|为|约)?(?P<v>{_N}.{{1,6}})", "{s}的{n}是多少？"),
    _zh(r"(?P<n>生日|职业|爱好|性别|籍贯|专业|国籍|工作|学校)(?:是|在|为)(?P<v>.+)", "{s}的{n}是什么？"),
    _zh(r"(?P<x>有|养了|养着)(?P<v>.+)", "{s}{x}什么？", weak=True),
)
_ZH_SUBJECT = re.compile(
    r"(?![这那它他她此该其本你您以如若当因所但而并也都就可每有一在对由从为不只还请首先目前上述下面同时最很])[^\s，。、：；]{1,10}$"
)
_ZH_NOT_IN_SUBJECT = re.compile(r"[，。；：:、了着]|的$|可以|需要|能够|如果|用户|也$|还$|都$|最$|很$|[不没]$")
_MARK_ZH = re.compile(r"(?:【[^】]{1,6}】\s*)?")
_GIVEN_ZH = re.compile(r"(?:在|当|如果|若|一旦|对于).{2,20}(?:时|时候|后|前|下|中|里|的话)$")
"""A clause that says under what circumstances the following ones hold: it belongs to the question."""
_ZH_IDENTITY = re.compile(
    r"(?P<s>[^，。；：:、\s]{1,10}?)是(?P<v>(?:老[大二三四五小]|(?:[^，的是]{1,4}的)?(?:爸爸|妈妈|哥哥|弟弟|姐姐|妹妹|爷爷|奶奶|班长|组长|队长|店长|馆长|校长|[^，的是\s]{0,6}(?:主任|经理|主管|总监|部长|会长|院长|所长|负责人))))$"
)

_LIKES = r"(?:also )?(?P<w>likes|loves|enjoys)"
_WHEN = r"(?P<v>[^;]*\d[^;]*|[A-Z]\w+|noon|midnight)"
_COUNT = r"(?:about |around |up to |at least )?(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|half)"
_SPAN = r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)"


def _en(pattern: str, question: str) -> Pattern:
    return Pattern(re.compile(pattern + r"$"), question)


EN = (
    _en(r"(?:is|turned|turns)\s+(?P<v>\w+(?:-\w+)?(?: years old| months old))", "How old is {s}?"),
    _en(r"(?:is\s+)?(?P<v>\d+ (?:years|months) old)", "How old is {s}?"),
    _en(
        r"(?:is|are)\s+(?P<v>(?:light |dark )?(?:white|black|brown|grey|gray|red|blue|green|yellow|orange))",
        "What colour is {s}?",
    ),
    _en(rf"(?:also )?plays with\s+{_EN_VALUE}", "What does {s} play with?"),
    _en(rf"(?:also )?plays\s+{_EN_VALUE}", "What does {s} play?"),
    _en(r"(?:also )?sleeps (?P<v>(?:in|on|at|under|beside) .+)", "Where does {s} sleep?"),
    _en(rf"(?:is|are) good at\s+{_EN_VALUE}", "What is {s} good at?"),
    _en(rf"(?:is|are) afraid of\s+{_EN_VALUE}", "What is {s} afraid of?"),
    _en(rf"(?:also )?speaks?\s+{_EN_VALUE}", "What does {s} speak?"),
    _en(r"(?:goes|go) to\s+(?P<v>[^,;]*(?:school|college|university)[^,;]*)", "Where does {s} go to school?"),
    _en(
        r"often\s+(?P<v>(?:plays|helps|reads|walks|looks after|takes care of|goes)\s[^,;]+)", "What does {s} often do?"
    ),
    _en(rf"lives? (?:in|at|on|with)\s+{_EN_VALUE}", "Where does {s} live?"),
    _en(rf"(?:is|are) located (?:in|at|on|near|between|beside|behind)\s+{_EN_VALUE}", "Where is {s} located?"),
    _en(
        r"(?P<o>hangs|stands|lies) (?P<v>(?:in|at|on|by|beside|behind|under|near|next to|between) .+)",
        "Where does {s} {base}?",
    ),
    _en(rf"(?P<be>is|are) kept for (?P<v>{_COUNT}[\w\s-]*{_SPAN})", "How long {be} {s} kept?"),
    _en(rf"(?:comes?|came) from\s+{_EN_VALUE}", "Where does {s} come from?"),
    _en(r"was born (?:on|in)\s+(?P<v>[^,;]*\d[^;]*?)", "When was {s} born?"),
    _en(r"was founded in\s+(?P<v>\d{4})", "When was {s} founded?"),
    _en(rf"{_LIKES} to (?P<t>eat|drink|play|read|watch)\s+{_EN_VALUE}", "What does {s} {base} to {t}?"),
    _en(rf"{_LIKES} (?P<t>eating|drinking|playing|reading|drawing)\s+{_EN_VALUE}", "What does {s} {base} {t}?"),
    _en(rf"{_LIKES}\s+{_EN_VALUE}", "What does {s} {base}?"),
    _en(rf"(?:is|was) (?:called|named)\s+{_EN_VALUE}", "What is {s} called?"),
    _en(rf"works? as\s+{_EN_VALUE}", "What does {s} work as?"),
    _en(rf"(?P<o>opens|closes|starts|begins|ends) (?:daily |every day )?(?:at|on)\s+{_WHEN}", "When does {s} {base}?"),
    _en(r"costs?\s+(?P<v>[^;]*\d[^;]*)", "How much does {s} cost?"),
    _en(rf"(?:takes?|lasts?)\s+(?P<v>{_COUNT}[\w\s-]*{_SPAN})", "How long does {s} take?"),
)
_EN_FAVOURITE = re.compile(
    r"(?P<s>[A-Z]\w*(?:’s|'s)|His|Her) (?P<n>favou?rite [\w ]{2,20}?) (?:is|are)\s+(?P<v>[^,;]+)$"
)
_EN_BARE = re.compile(r"(?:(?:My|Our|The) [a-z]+ )?[A-Z][a-z]+(?: [A-Z][a-z]+)?$|(?:My|Our) [a-z]+$")
"""A name and nothing else, before the commas that tell about it."""
_EN_IDENTITY = re.compile(
    r"(?:(?P<s>(?:(?:The|Our|My) [a-z]+ )?[A-Z][a-z]+) )?(?:is )?"
    r"(?P<v>the (?:eldest|oldest|youngest|second|middle|first|third)"
    r"(?: (?:child|brother|sister|son|daughter|of the \w+))?|"
    r"(?:[A-Z][a-z]+'s|our|the) (?:father|mother|brother|sister|director|manager|head|teacher))$"
)
_EN_SUBJECT = re.compile(
    r"(?!(?:it|this|that|these|those|he|she|they|we|you|i|who|which|what|there|one|everyone|each|if|when|but|so|as|in|on|at)\b)"
    r"(?:(?:the|our|my|a|an)\s+)?[\w’'-]+(?:\s+[\w’'&-]+){0,4}$",
    re.IGNORECASE,
)


def statements(place: Place) -> Iterator[Pair | None]:
    """Pairs from sentences whose clauses state facts of a named subject."""
    for unit in place.section.body:
        if unit.kind not in {"paragraph", "item", "quote"}:
            continue
        begin = item_start(place.text, unit)
        for start, end in sentences(place.text[begin : unit.end]):
            chain = _zh_chain if place.language == "zh" else _en_chain
            yield from chain(place, begin + start, begin + end)


def _clauses(text: str, start: int, end: int, cut: str) -> Iterator[tuple[int, int]]:
    """Ranges of the clauses of a sentence, without marks at their ends."""
    for match in re.finditer(rf"[^{cut}]+", text[start:end]):
        a, b = trim(text, start + match.start(), start + match.end(), "。.！!？?")
        if a < b:
            yield a, b


def _zh_chain(place: Place, start: int, end: int) -> Iterator[Pair | None]:
    found = list(_zh_facts(place, start, end))
    if any(not weak for _, weak in found):
        yield from (pair for pair, _ in found)


def _zh_facts(place: Place, start: int, end: int) -> Iterator[tuple[Pair | None, bool]]:
    """Pairs of one sentence, each with whether its pattern is a weak one."""
    start += len(_MARK_ZH.match(place.text[start:end]).group())  # type: ignore[union-attr]
    text, subject, since, given = place.text, "", start, ""
    for a, b in _clauses(text, start, end, "，,；;"):
        clause = text[a:b]
        if a == start and _GIVEN_ZH.match(clause):
            given = f"{plain(clause)}，"
            continue
        identity = _ZH_IDENTITY.match(clause)
        if identity and _is_zh_subject(identity["s"]):
            subject, since = identity["s"], a
            begin = start if given else a
            yield place.pair("statement", f"{given}谁是{identity['v']}？", begin, b, (a, a + len(subject))), False
            continue
        carried = _match(ZH, clause) if subject else None
        if carried:
            pattern, match, at = *carried, a
        else:
            own = _with_zh_subject(clause)
            if own is None:
                subject, since = _names_zh_subject(clause) or (clause if a == start and _is_zh_name(clause) else ""), a
                continue
            subject, pattern, match, length = own
            since, at = a, a + length
        question = pattern.question.format(s=plain(subject), **{k: v for k, v in match.groupdict().items() if k != "v"})
        answer = (at + match.start("v"), at + match.end("v"))
        yield place.pair("statement", given + question, start if given else since, b, answer), pattern.weak


def _match(patterns: tuple[Pattern, ...], clause: str, opening: bool = False) -> tuple[Pattern, re.Match[str]] | None:
    for pattern in patterns:
        match = pattern.clause.match(clause)
        if match and (pattern.opens or not opening):
            return pattern, match
    return None


def _with_zh_subject(clause: str) -> tuple[str, Pattern, re.Match[str], int] | None:
    """Subject, pattern, match and where the match begins, for a clause that names its subject."""
    for length in range(1, min(11, len(clause))):
        if _is_zh_subject(clause[:length]):
            found = _match(ZH, clause[length:], opening=True)
            if found:
                return clause[:length].removesuffix("的"), *found, length
    return None


def _is_zh_subject(text: str) -> bool:
    return bool(_ZH_SUBJECT.match(text)) and not _ZH_NOT_IN_SUBJECT.search(text)


def _names_zh_subject(clause: str) -> str:
    """The subject of ``X是…`` that fits no pattern but tells who the sentence is about; else empty."""
    match = re.match(r"(?P<s>[^，。；：:、\s]{1,10}?)是(?:一?[只位名个条]|[^，]{1,4}色)", clause)
    return match["s"] if match and _is_zh_subject(match["s"]) else ""


def _is_zh_name(clause: str) -> bool:
    """Whether a sentence's first clause is nothing but a name ("张伟，35岁，住在上海")."""
    return len(clause) <= 8 and _is_zh_subject(clause) and not re.search(r"[周月年天日时午晚早末节]$|\d|是", clause)


def _en_chain(place: Place, start: int, end: int) -> Iterator[Pair | None]:
    text, subject, since = place.text, "", start
    for a, b in _en_clauses(text, start, end):
        clause = text[a:b]
        if a == start and _EN_BARE.match(clause):
            subject, since = clause, a
            continue
        identity = _EN_IDENTITY.match(clause)
        if identity and (identity["s"] or subject):
            subject, since = (identity["s"], a) if identity["s"] else (subject, since)
            at = text.index(subject, since)
            yield place.pair("statement", f"Who is {identity['v']}?", since, b, (at, at + len(subject)))
            continue
        favourite = _EN_FAVOURITE.match(clause)
        if favourite and favourite["s"] not in {"His", "Her"}:
            span = (a + favourite.start("v"), a + favourite.end("v"))
            yield place.pair("statement", f"What is {favourite['s']} {favourite['n']}?", a, b, span)
            subject, since = re.sub(r"[’']s$", "", favourite["s"]), a
            continue
        found, at = (_match(EN, clause), a) if subject else (None, a)
        if found is None:
            own = _with_en_subject(clause)
            if own is None:
                subject = ""
                continue
            subject, found, offset = own
            since, at = a, a + offset
        pattern, match = found
        groups = {key: value for key, value in match.groupdict().items() if key != "v"}
        base = re.sub(r"s$", "", groups.get("w") or groups.get("o") or "")
        name = re.sub(r"^(The|An?|Our|My)\b", lambda m: m.group().lower(), plain(subject))
        question = pattern.question.format(s=name, base=base, **groups)
        yield place.pair("statement", question, since, b, (at + match.start("v"), at + match.end("v")))


def _en_clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Clauses parted by commas, semicolons and "and" before a verb that goes on about the same subject."""
    verbs = (
        r"(?:is|hangs|stands|lies|lives?|likes|loves|enjoys|opens|closes|costs?|works?|was|comes?|"
        r"plays|sleeps|speaks|often|has)"
    )
    cut = re.compile(rf"\s*[,;]\s*(?:and\s+)?|\s+and\s+(?=(?:also\s+)?{verbs}\s)")
    at = start
    for match in [*cut.finditer(text, start, end), None]:
        a, b = trim(text, at, match.start() if match else end, ".!?")
        if a < b:
            yield a, b
        at = match.end() if match else end


def _with_en_subject(clause: str) -> tuple[str, tuple[Pattern, re.Match[str]], int] | None:
    for gap in re.finditer(r"\s+", clause):
        head = clause[: gap.start()]
        if _EN_SUBJECT.match(head):
            found = _match(EN, clause[gap.end() :])
            if found:
                return head, found, gap.end()
    return None
