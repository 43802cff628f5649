"""Questions beside a taught fact, which nobody told the answer to: another name, or another thing about the same.

Knows invented names and what else one would ask of each kind of subject, in Chinese and English. Those that are asked
as a test are never trained. Must not know how they are asked or answered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab.likeness import NEAR, folded, likeness
from lab.teaching.telling import Fact

TESTED = 2
"""Of each sort, how many are kept for the test."""
TRAINED = 4
"""Of each sort, how many may be trained."""


@dataclass(frozen=True)
class Neighbours:
    """Questions that are not told, apart by their use."""

    tested: tuple[str, ...]
    trained: tuple[str, ...]


def neighbours(fact: Fact) -> Neighbours:
    """The same every time for the same fact; those trained and those tested share no name and no attribute."""
    kind = _kind(fact)
    others = _others(fact, NAMES[fact.language, kind])
    further = _further(fact, [form.format(s=fact.subject or _it(fact)) for form in FURTHER[fact.language, kind]])
    tested = [*others[:TESTED], *further[:TESTED]]
    trained = [*others[TESTED : TESTED + TRAINED], *further[TESTED : TESTED + TRAINED]]
    return Neighbours(tuple(tested), tuple(one for one in trained if one not in tested))


def _others(fact: Fact, names: tuple[str, ...]) -> list[str]:
    """The fact's own question, asked of others."""
    if not fact.subject or fact.subject not in fact.question:
        return []
    known = folded(f"{fact.sentence} {fact.question} {fact.answer}")
    made = [fact.question.replace(fact.subject, name) for name in names if folded(name) not in known]
    return [one[:1].upper() + one[1:] for one in made]


def _further(fact: Fact, questions: list[str]) -> list[str]:
    """Other things about the same, none of which is what the fact tells."""
    told = {folded(word) for word in re.findall(r"[A-Za-z]{3,}", fact.attribute)} | {folded(fact.attribute)}
    fit = [
        one
        for one in questions
        if likeness(one, fact.question) < NEAR
        and not any(word and word in folded(one.replace(fact.subject or "\0", "")) for word in told)
    ]
    return [one[:1].upper() + one[1:] for one in fit]


def _it(fact: Fact) -> str:
    """What stands for a subject that is not known: the answer itself."""
    return fact.answer


def _kind(fact: Fact) -> str:
    """``firm``, ``person``, ``place`` or ``thing``: what the subject most likely is."""
    about = f"{fact.subject} {fact.attribute} {fact.question}"
    for kind, pattern in _KINDS[fact.language]:
        if re.search(pattern, fact.subject if kind in {"place", "being"} else about, re.IGNORECASE):
            return kind
    if not fact.subject:
        return "thing"
    capital = re.match(r"[A-Z]", fact.subject) or fact.language == "zh"
    return "firm" if capital else "thing"


_KINDS = {
    "en": (
        ("being", r"\b(?:cat|dog|horse|rabbit|parrot|hamster|pony|bird|fish|tortoise)\b"),
        (
            "place",
            r"\b(?:library|museum|caf[eé]|house|hotel|school|office|shop|store|centre|center|garden|park|bakery|harbou?r|"
            r"market|station|pool|clinic|theatre|restaurant|bar|church|room|gym|lab)\b",
        ),
        ("firm", r"\b(?:CEO|CTO|CFO|founder|chair\w*|headquarters|founded|company|director|president|owner)\b"),
        (
            "person",
            r"\b(?:old|lives?|born|birthday|likes?|loves?|favou?rite|job|work as|afraid|speaks?|plays?|wife|husband|"
            r"mother|father|sister|brother|nickname|hobby)\b",
        ),
    ),
    "zh": (
        ("being", r"猫|狗|兔|仓鼠|鹦鹉|乌龟|金鱼|小马"),
        (
            "place",
            r"图书馆|博物馆|咖啡馆|餐厅|酒店|宾馆|学校|中学|小学|大学|商店|超市|公园|医院|车站|书店|面馆|泳池|剧院|会议室|民宿",
        ),
        ("firm", r"公司|集团|工厂|总经理|董事长|总裁|创始人|成立|创办|总部"),
        (
            "person",
            r"几岁|多大|住|生日|喜欢|爱好|职业|工作|害怕|擅长|妻子|丈夫|妈妈|爸爸|昵称|小名|最爱",
        ),
    ),
}
NAMES: dict[tuple[str, str], tuple[str, ...]] = {
    ("en", "firm"): ("Red Harbour", "North Lantern", "Silver Anchor", "Copper Hill", "Grey Otter", "Amber Field"),
    ("en", "person"): ("Tessa Vaughn", "Oskar Brandt", "Nadia Holm", "Felix Arden", "Ruth Calder", "Ivo Marsh"),
    ("en", "place"): (
        "the ice rink",
        "the observatory",
        "the boathouse",
        "the town archive",
        "the youth hostel",
        "the toy museum",
    ),
    ("en", "being"): (
        "our goat",
        "the neighbour's dog",
        "our parrot",
        "grandma's cat",
        "the school hamster",
        "our pony",
    ),
    ("en", "thing"): (
        "the blue van",
        "the garden shed",
        "the old printer",
        "the second office",
        "the winter plan",
        "the spare key",
    ),
    ("zh", "firm"): ("红帆公司", "北灯公司", "银锚公司", "铜山公司", "白鹭公司", "金穗公司"),
    ("zh", "person"): ("周若溪", "郑一帆", "唐小禾", "许明远", "何青", "沈一诺"),
    ("zh", "place"): ("城南溜冰场", "天文台", "老船坞", "镇档案馆", "青年旅舍", "玩具博物馆"),
    ("zh", "being"): ("邻居家的狗", "外婆家的猫", "学校的鹦鹉", "表哥家的兔子", "我家的山羊", "叔叔家的小马"),
    ("zh", "thing"): ("那辆蓝色面包车", "花园的工具房", "旧打印机", "二号仓库", "冬季方案", "备用钥匙"),
}
"""Invented; the first of each are asked, the others may be trained."""
FURTHER: dict[tuple[str, str], tuple[str, ...]] = {
    ("en", "firm"): (
        "Who is the chief accountant of {s}?",
        "What is the name of the office cat of {s}?",
        "Who founded {s}?",
        "How many people work at {s}?",
        "What is the phone number of {s}?",
        "On which street is {s}?",
        "Which lawyer does {s} work with?",
    ),
    ("en", "person"): (
        "What is {s}'s middle name?",
        "When is {s}'s birthday?",
        "What is {s}'s phone number?",
        "How tall is {s}?",
        "Which school did {s} go to?",
        "What is the name of {s}'s cousin?",
        "What did {s} do last weekend?",
    ),
    ("en", "place"): (
        "Who is the caretaker of {s}?",
        "How much does parking at {s} cost?",
        "How many floors does {s} have?",
        "Who designed {s}?",
        "What is the fax number of {s}?",
        "What colour is the front door of {s}?",
        "Which bus stops at {s}?",
    ),
    ("en", "being"): (
        "How much does {s} weigh?",
        "What is the name of the vet of {s}?",
        "When is the birthday of {s}?",
        "What did {s} eat yesterday?",
        "What is {s} afraid of?",
        "Where was {s} bought?",
        "Who is the best friend of {s}?",
    ),
    ("en", "thing"): (
        "Who chose {s}?",
        "How much did {s} cost?",
        "Who was the last to change {s}?",
        "In which year was {s} first used?",
        "Which colour is {s}?",
        "Who pays for {s}?",
        "What comes after {s}?",
    ),
    ("zh", "firm"): (
        "{s}的会计是谁？",
        "{s}养的猫叫什么名字？",
        "{s}是谁创办的？",
        "{s}有多少名员工？",
        "{s}的电话号码是多少？",
        "{s}在哪条街上？",
        "{s}的律师是谁？",
    ),
    ("zh", "person"): (
        "{s}的小名叫什么？",
        "{s}的生日是哪一天？",
        "{s}的电话号码是多少？",
        "{s}身高多少厘米？",
        "{s}小学在哪里读的？",
        "{s}的表弟叫什么名字？",
        "{s}上个周末做了什么？",
    ),
    ("zh", "place"): (
        "{s}的保安是谁？",
        "{s}的停车费是多少？",
        "{s}有几层楼？",
        "{s}是谁设计的？",
        "{s}的传真号码是多少？",
        "{s}的大门是什么颜色的？",
        "哪路公交车到{s}？",
    ),
    ("zh", "being"): (
        "{s}体重多少公斤？",
        "给{s}看病的兽医叫什么名字？",
        "{s}的生日是哪一天？",
        "{s}昨天吃了什么？",
        "{s}最害怕什么？",
        "{s}是在哪里买的？",
        "{s}最好的朋友是谁？",
    ),
    ("zh", "thing"): (
        "{s}是谁选的？",
        "{s}花了多少钱？",
        "{s}上一次是谁改的？",
        "{s}是哪一年开始用的？",
        "{s}是什么颜色的？",
        "{s}由谁付钱？",
        "{s}之后是什么？",
    ),
}
"""What else one would ask of each kind; the first that fit are asked, the others may be trained."""
