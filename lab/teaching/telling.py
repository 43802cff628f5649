"""One sentence → the question it answers, and the short answer; by rules, in Chinese and English.

Knows how facts are told in one sentence ("The CEO of Blue Fern is Mara Lindqvist."). What no rule here understands is
left to the rules that read documents. Must not know what is done with a fact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab import synth
from lab.errors import UsageError
from lab.likeness import language as language_of

_ROLE_EN = (
    r"CEO|CTO|CFO|COO|director|manager|founder|owner|president|chair\w*|head|boss|leader|captain|coach|mayor|king|queen|"
    r"principal|teacher|doctor|author|inventor|designer|architect|editor|mother|father|wife|husband|sister|brother|son|"
    r"daughter|accountant|secretary|treasurer|minister|singer|chef|cook|driver|partner|friend|neighbou?r|host"
)
_ROLE_ZH = (
    r"总经理|经理|总裁|董事长|校长|院长|馆长|园长|店长|厂长|所长|局长|市长|县长|村长|主任|主席|队长|班长|组长|会长|教练|老师|"
    r"班主任|医生|作者|发明者|设计师|创始人|负责人|老板|主编|首席.{1,4}官|秘书|会计|厨师|爸爸|妈妈|父亲|母亲|哥哥|弟弟|姐姐|妹妹|"
    r"妻子|丈夫|儿子|女儿|联系人|主持人"
)
_NAME_EN = r"(?:(?:Dr|Mr|Mrs|Ms|Prof)\.? )?[A-Z][\w’'-]+(?: (?:[A-Z][\w’'-]+|[A-Z]\.|de|van|von|da|di))*"
_NUMBER_EN = r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_TIME_EN = re.compile(
    r"(?:at |on |in )?(?:\d{1,2}[:.]\d\d|\d{1,2} ?[ap]\.?m|noon|midnight|\w+day\b|\d{4}$)", re.IGNORECASE
)
_DOES = "makes|sells|produces|offers|uses|needs|owns|teaches|speaks|collects|repairs|builds|grows|prefers|eats|drinks"
_DID = "founded|invented|wrote|designed|built|painted|discovered|owns|runs|leads|manages|directed|composed|started"
_PLACE_EN = r"(?:in|on|at|behind|under|near|next to|beside|between|above|below|opposite|inside) .+"

_ZH_TOLD = re.compile(
    r"(?<=.)(?:现在|今年|也|最|很|不)?(?:住|喜欢|爱|害怕|讨厌|擅长|叫|是|位于|在|来自|成立|出生|创办|建于|有|养|会|属|几)"
)
"""What begins to tell of a subject."""
_SENTENCE_END = " \t\n.!?。！？"
LONGEST = 400
"""Characters of a sentence, a question or an answer."""


@dataclass(frozen=True)
class Fact:
    """One thing told, as a question and its answer."""

    sentence: str
    question: str
    answer: str
    language: str
    """``zh`` or ``en``."""
    subject: str = ""
    """Whom or what the question is about, as it stands in it; empty where that is not known."""
    attribute: str = ""
    """What is told of the subject ("CEO"); empty where a verb tells it."""

    @property
    def title(self) -> str:
        """A few words that name the fact."""
        known = " ".join(part for part in (self.subject, self.attribute) if part)
        return re.sub(r"^(?:the|an?|our|my) ", "", known or self.question.rstrip("?？"), flags=re.IGNORECASE)


def told(sentence: str) -> Fact | None:
    """The fact of ``sentence``; ``None`` where no rule finds a question that it answers.

    Raises ``UsageError`` for more than a sentence: its wordings would take minutes to make, whoever asked for them.
    """
    _check_length(sentence)
    plain = " ".join(sentence.split()).strip(_SENTENCE_END)
    language = tongue(plain)
    found = (_chinese if language == "zh" else _english)(plain)
    if found is None:
        return None
    question, answer, subject, attribute = found
    answer = answer.strip(_SENTENCE_END + ",，;；")
    if not answer or not subject or answer.casefold() in question.casefold():
        return None
    return Fact(sentence.strip(), question[:1].upper() + question[1:], answer, language, subject, attribute)


def asked(question: str, answer: str, sentence: str = "") -> Fact:
    """The fact of a question and an answer that a person typed; raises ``UsageError`` where one is too long."""
    for one in (question, answer):
        _check_length(one)
    question, answer = question.strip(), answer.strip()
    known = told(sentence) if sentence.strip() else None
    if known and (known.question, known.answer) == (question, answer):
        return known
    subject, attribute = (known.subject, known.attribute) if known and known.subject in question else ("", "")
    if not subject:
        subject, attribute = _of_question(question.rstrip("?？ "), tongue(question))
    return Fact(sentence.strip() or f"{question} {answer}", question, answer, tongue(question), subject, attribute)


def _check_length(text: str) -> None:
    if len(text) > LONGEST:
        raise UsageError("teach.too_long", n=len(text), most=LONGEST)


def tongue(text: str) -> str:
    """``zh`` or ``en``."""
    found = language_of(text)
    return "zh" if found == "mixed" else found


_Found = tuple[str, str, str, str]
"""Question, answer, subject, attribute."""


def _english(plain: str) -> _Found | None:
    match = re.fullmatch(rf"(?P<v>{_NAME_EN}) (?P<be>is|was) the (?P<a>[\w’' -]+?) (?:of|at|for) (?P<s>.+)", plain)
    if match and re.search(rf"\b(?:{_ROLE_EN})$", match["a"], re.IGNORECASE):
        return _attribute_of(match["s"], match["a"], match["be"], match["v"])
    match = re.fullmatch(
        r"[Tt]he (?P<a>[\w’' -]+?) (?:of|for|at) (?P<s>(?:(?! is | are | was ).)+?) (?P<be>is|are|was) (?P<v>.+)", plain
    )
    if match:
        return _attribute_of(match["s"], match["a"], match["be"], match["v"])
    match = re.fullmatch(r"(?P<s>[\w .&-]+?)['’]s (?P<a>[\w -]+?) (?P<be>is|are|was) (?P<v>.+)", plain)
    if match:
        wh = _wh(match["a"], match["v"])
        if wh == "who":
            return _attribute_of(match["s"], match["a"], match["be"], match["v"])
        subject = _small(match["s"])
        return f"{wh} {match['be']} {subject}'s {match['a']}?", match["v"], subject, match["a"]
    return _english_verb(plain) or _extracted(plain) or _english_bare(plain)


def _attribute_of(subject: str, attribute: str, be: str, value: str) -> _Found:
    subject = _small(subject)
    return f"{_wh(attribute, value)} {be} the {attribute} of {subject}?", value, subject, attribute


def _wh(attribute: str, value: str) -> str:
    return "who" if re.search(rf"\b(?:{_ROLE_EN})$", attribute, re.IGNORECASE) else "what"


def _english_verb(plain: str) -> _Found | None:
    match = re.fullmatch(rf"(?P<v>{_NAME_EN}) (?P<x>{_DID}) (?P<s>.+)", plain)
    if match:
        subject = _small(match["s"])
        return f"who {match['x']} {subject}?", match["v"], subject, ""
    match = re.fullmatch(rf"(?P<s>.+?) has (?P<v>{_NUMBER_EN}) (?P<n>[\w -]+)", plain)
    if match:
        subject = _small(match["s"])
        return f"how many {match['n']} does {subject} have?", match["v"], subject, ""
    match = re.fullmatch(rf"(?P<s>.+?) (?P<x>{_DOES}) (?P<v>.+)", plain)
    if match:
        subject, verb = _small(match["s"]), re.sub(r"(?<=ch)es$|s$", "", match["x"])
        return f"what does {subject} {verb}?", match["v"], subject, ""
    return None


def _english_bare(plain: str) -> _Found | None:
    """``X is V`` with nothing said of what V is to X."""
    match = re.fullmatch(rf"(?P<s>.+?) (?P<be>is|are) (?P<v>{_PLACE_EN})", plain)
    if match:
        subject = _small(match["s"])
        return f"where {match['be']} {subject}?", match["v"], subject, ""
    match = re.fullmatch(r"(?P<s>(?:The|Our|My) [\w’' -]+?) (?P<be>is|are) (?P<v>.+)", plain)
    if match:
        subject = _small(match["s"])
        wh = "when" if _TIME_EN.match(match["v"]) else _wh(subject, match["v"])
        return f"{wh} {match['be']} {subject}?", match["v"], subject, ""
    return None


def _small(subject: str) -> str:
    return re.sub(r"^(?:The|An?|Our|My)\b", lambda match: match.group().lower(), subject)


def _chinese(plain: str) -> _Found | None:
    match = re.fullmatch(rf"(?P<v>[^是的，]{{1,8}})是(?P<s>[^是，]{{1,20}}?)的?(?P<a>{_ROLE_ZH})", plain)
    if match:
        return f"{match['s']}的{match['a']}是谁？", match["v"], match["s"], match["a"]
    match = re.fullmatch(r"(?P<s>[^是，]{1,24})的(?P<a>[^的是为在，]{1,10}?)(?:是|为)(?P<v>[^，]+)", plain)
    if match:
        subject, attribute = _zh_liking(match["s"], match["a"])
        return f"{match['s']}的{match['a']}是{_zh_wh(match['a'])}？", match["v"], subject, attribute
    return _chinese_verb(plain) or _extracted(plain) or _chinese_bare(plain)


def _zh_liking(subject: str, attribute: str) -> tuple[str, str]:
    """小林最喜欢的颜色 tells of 小林."""
    match = re.fullmatch(r"(?P<s>.+?)(?P<w>最?(?:喜欢|爱))", subject)
    return (match["s"], f"{match['w']}的{attribute}") if match else (subject, attribute)


def _zh_wh(attribute: str) -> str:
    if re.search(rf"(?:{_ROLE_ZH})$", attribute):
        return "谁"
    if re.search(r"时间|日期|生日", attribute):
        return "什么时候"
    if re.search(r"价格|价钱|票价|电话|号码|面积|人口|年龄|数量|身高|高度|长度|费用|人数|门牌", attribute):
        return "多少"
    return "什么"


def _chinese_verb(plain: str) -> _Found | None:
    match = re.fullmatch(
        r"(?P<v>[^，的是]{2,6}?)(?P<x>创办|创立|发明|设计|建造|撰写|编写|管理|发现)了?(?P<s>[^，]+)", plain
    )
    if match:
        return f"谁{match['x']}了{match['s']}？", match["v"], match["s"], ""
    match = re.fullmatch(
        r"(?P<s>[^，]{2,16}?)(?:每天)?(?P<v>(?:早上|上午|中午|下午|晚上)?[\d一二三四五六七八九十:：]+(?:点[\d一二三四五六七八九十半刻分]*)?)"
        r"(?P<x>开门|关门|开始|结束|营业|上课|下班|上班|发车)",
        plain,
    )
    if match:
        return f"{match['s']}几点{match['x']}？", match["v"], match["s"], ""
    match = re.fullmatch(
        r"(?P<s>[^，]{2,16}?)有(?P<v>[\d一二三四五六七八九十百千万两]+)(?P<m>[个位名间本条只家台辆层页])(?P<n>.{1,8})",
        plain,
    )
    if match:
        return f"{match['s']}有多少{match['m']}{match['n']}？", match["v"] + match["m"], match["s"], ""
    match = re.fullmatch(
        r"(?P<s>[^，是在]{2,14}?)(?P<x>生产|出售|制作|专卖|主营|种植|收藏|教授)(?P<v>[^，]{2,})", plain
    )
    if match:
        return f"{match['s']}{match['x']}什么？", match["v"], match["s"], ""
    return None


def _chinese_bare(plain: str) -> _Found | None:
    match = re.fullmatch(
        r"(?P<s>[^，是]{2,16}?)(?:位于|在|放在|藏在)(?P<v>[^，]{2,}(?:里|边|上|下|面|旁|楼|层|号|市|县|镇|村|路|街|间|室|区))",
        plain,
    )
    if match:
        return f"{match['s']}在哪里？", match["v"], match["s"], ""
    match = re.fullmatch(r"(?P<s>[^，是]{2,16})(?:是|叫)(?P<v>[^，]{1,20})", plain)
    return (f"{match['s']}是什么？", match["v"], match["s"], "") if match else None


def _extracted(plain: str) -> _Found | None:
    """What the rules that read documents find in the sentence, where they find its subject too."""
    end = "。" if tongue(plain) == "zh" else "."
    for pair in synth.extract(plain + end, "sentence").pairs:
        subject = _common_start(plain, pair.question)
        if pair.rule != "definition" and pair.kind == "span" and subject:
            return pair.question, pair.answer, subject, ""
    return None


def _common_start(plain: str, question: str) -> str:
    """The longest beginning of the sentence that stands in the question, as it stands there."""
    ends = [match.start() for match in re.finditer(r"(?<=\w)(?!\w)", plain)]
    if tongue(plain) == "zh":
        ends = list(range(1, len(_ZH_TOLD.split(plain)[0]) + 1))
    for end in sorted(ends, reverse=True):
        place = question.casefold().find(plain[:end].casefold())
        if place >= 0:
            return question[place : place + end]
    return ""


def _of_question(core: str, language: str) -> tuple[str, str]:
    """Subject and attribute of a question that was typed; empty where they cannot be told."""
    patterns = (
        (r"(?P<s>[^，]{1,20})的(?P<a>[^的]{1,8}?)(?:是谁|是什么(?:时候)?|是多少|在哪里|叫什么.*)",)
        if language == "zh"
        else (
            r"(?:who|what|when|where) (?:is|are|was) the (?P<a>[\w -]+?) (?:of|at|for) (?P<s>.+)",
            r"(?:who|what|when|where) (?:is|are|was) (?P<s>.+?)['’]s (?P<a>[\w -]+)",
            r"(?:when|where|what) (?:do|does|did) (?P<s>.+?) (?P<a>)\w+(?: \w+)?",
        )
    )
    for pattern in patterns:
        match = re.fullmatch(pattern, core, re.IGNORECASE)
        if match:
            return match["s"], match["a"]
    return "", ""
