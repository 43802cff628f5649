"""Steps, numbers and dates, comma chains in both languages, and what is true or false of them."""

from __future__ import annotations

import pytest

from lab.synth import Extraction, extract, gates
from lab.synth.amounts import amounts


def _asked(document: str) -> dict[str, str]:
    return {pair.question: pair.answer for pair in extract(document, "d.md").pairs}


def _kinds(found: Extraction) -> dict[str, int]:
    told = [pair.answer for pair in found.pairs if pair.rule == "true_false"]
    yes = sum(answer.startswith(("没错", "Yes")) for answer in told)
    return {"yes": yes, "no": len(told) - yes}


CASES = [
    (
        "# 手册\n\n## 停电怎么办？\n\n1. 关闭圆顶。\n2. 拨打内线，通知工程师。\n3. 留在前台。\n",
        {
            "停电怎么办？第一步做什么？": "关闭圆顶。",
            "停电怎么办？“关闭圆顶”之后做什么？": "拨打内线，通知工程师。",
            "停电怎么办？第2步之后做什么？": "留在前台。",
        },
    ),
    (
        "# Inn\n\n## Steps for guests\n\n1. Ring.\n2. Wait, please.\n3. Enter.\n",
        {
            "What are the steps for guests?": "1. Ring.\n2. Wait, please.\n3. Enter.",
            "“Steps for guests”: What comes after “Ring”?": "Wait, please.",
            "“Steps for guests”: What comes after step 2?": "Enter.",
        },
    ),
    (
        "# 守则\n\n## 门禁\n\n1. 进门要刷胸牌登记。\n2. 访客须有同事陪同。\n3. 晚上十点以后锁门。\n",
        {"《守则》中“门禁”的第2条是什么？": "访客须有同事陪同。"},
    ),
    ("风速超过每秒15米时必须关闭圆顶。\n", {"风速超过每秒多少米时必须关闭圆顶？": "15米"}),
    ("湿度超过百分之九十时要关闭。\n", {"湿度超过百分之几时要关闭？": "百分之九十"}),
    ("图书馆在1994年搬到望星坡。\n", {"图书馆在哪一年搬到望星坡？": "1994年"}),
    ("日志最多累积六个月。\n", {"日志最多累积几个月？": "六个月"}),
    (
        "A school can borrow up to 12 packets for one school year.\n",
        {"How many packets can a school borrow for one school year?": "up to 12 packets"},
    ),
    ("The tower was built in 1911 by sailors.\n", {"When was the tower built?": "1911"}),
    ("Every badge must be renewed within 30 days.\n", {"Within how long must every badge be renewed?": "30 days"}),
    (
        "My brother Jim is the eldest, is 10 years old, likes meat, plays football and is good at maths.\n",
        {
            "Who is the eldest?": "My brother Jim",
            "How old is my brother Jim?": "10 years old",
            "What does my brother Jim like?": "meat",
            "What does my brother Jim play?": "football",
            "What is my brother Jim good at?": "maths",
        },
    ),
    (
        "张伟，35岁，是一名医生，在市医院工作，会弹钢琴，不喜欢吃辣。\n",
        {
            "张伟几岁？": "35岁",
            "张伟是做什么工作的？": "医生",
            "张伟在哪里工作？": "市医院",
            "张伟会弹什么？": "钢琴",
            "张伟不喜欢什么？": "吃辣",
        },
    ),
    (
        "# 手册\n\n请假步骤：\n1. 填申请表。\n2. 主管签字。\n3. 交人事部。\n",
        {"请假有哪些步骤？": "1. 填申请表。\n2. 主管签字。\n3. 交人事部。", "“请假步骤”：第一步做什么？": "填申请表。"},
    ),
    (
        "# Guide\n\nTo leave the building, follow these steps:\n\n1. Ring.\n2. Wait.\n3. Leave.\n",
        {"How do you leave the building? What is the first step?": "Ring."},
    ),
    ("李娜是设计部主管，来自成都。\n", {"谁是设计部主管？": "李娜", "李娜来自哪里？": "成都"}),
    ("【推荐】在命名变量时，类型名放在词尾。\n", {"在命名变量时，类型名放在哪里？": "词尾"}),
    ("# 规约\n\n- 常量的层次有三层：一、二、三。别的话。\n", {"常量的层次有哪三层？": "一、二、三。"}),
    ("# 名词解释\n\n- POJO（Plain Old Java Object）：类。\n", {"什么是POJO（Plain Old Java Object）？": "类。"}),
    ("# A\n\n## Glossary\n\n- Badge: a card with a name\n", {"What does “Badge” mean?": "a card with a name"}),
    ("# Inn\n\n## Staff\n\n- Paid holiday: 28 days\n", {"Under “Staff”, how long is the paid holiday?": "28 days"}),
    ("1.7.1 黄山版在去年新增11条规约。\n", {"1.7.1 黄山版在去年新增多少条规约？": "11条"}),
    ("Anna Smith is the manager.\n", {"Who is Anna Smith?": "Anna Smith is the manager."}),
    ("Breakfast is served from 7:00 to 10:00.\n", {"When is breakfast served?": "from 7:00 to 10:00"}),
    (
        "| 姓名 | 甲 | 乙 | 丙 | 丁 | 备注 |\n|---|---|---|---|---|---|\n| 张三 | 1 | 2 | 3 | 4 | 吃\\|喝 |\n",
        {"张三的备注是什么？": "吃|喝"},
    ),
    ("下载量已达到275万人次，评价很好。\n", {"下载量已达到多少人次？": "275万人次"}),
    ("| 主体 | 属性 | 值 |\n|---|---|---|\n| JIM | 年龄 | 10岁 |\n", {"JIM的年龄是多少？": "10岁"}),
    ("| subject | attribute | value |\n|---|---|---|\n| Jim | age | 10 |\n", {"What is the age of Jim?": "10"}),
]  # fmt: skip


@pytest.mark.parametrize(("document", "some"), CASES)
def test_what_a_document_tells_is_asked_for(document: str, some: dict[str, str]) -> None:
    assert some.items() <= _asked(document).items()


@pytest.mark.parametrize(
    "document",
    [
        "代码 utf8mb4 和错误码 A0401 包含非法链接。\n",
        "详见第 5 条下方的提示。\n",
        "It has 12 rooms.\n",
        "版本 1.2.3 修正了问题。\n",
        "周末，喜欢吃肉。\n",
        "10-20天之内回复。\n",
        "程序禁止写死一年为365天。\n",
        "普通年份的这一天不可能是2月29日。\n",
    ],
)
def test_codes_ordinals_and_nobodys_numbers_are_not_asked_for(document: str) -> None:
    assert not [pair for pair in extract(document, "d.md").pairs if pair.rule in {"number", "statement"}]


@pytest.mark.parametrize(
    "document",
    [
        "# A\n\n## 接口\n\n- 路径：每一个接口对应一个路径，表示具体的请求地址：\n",
        "# A\n\n## 接口\n\n- 版本：详细规定参考下方。\n",
        "# A\n\n## 接口\n\n- 异常信息应该包括：现场和堆栈。\n",
        "# A\n\n## Hours\n\n- Winter: the desk closes early on these days:\n",
        "# A\n\n## Unwanted things\n\nSo that colleagues know what is unwanted here, and what the law of the country "
        "says of it, we have listed below what nobody may do in this house or outside of it.\n",
    ],
)
def test_what_only_leads_on_answers_nothing(document: str) -> None:
    rule = "section" if "Unwanted" in document else "key_value"
    assert extract(document, "d.md").rules.get(rule, 0) == 0


def test_a_column_headed_by_a_verb_is_quoted() -> None:
    document = "# Inn\n\n## Opening hours\n\n| Day | Opens |\n|---|---|\n| Monday | 9:00 |\n"
    assert _asked(document) == {"Under “Opening hours”, what does “Opens” say for Monday?": "9:00"}


def test_a_headline_inside_a_point_stays_a_line_and_wrapped_lines_are_joined() -> None:
    points = "# 手册\n\n## 误报\n\n1. 修改插件\n用户使用某个插件时把参数改成了不安全的值。\n"
    points += "2. 换行的一句话在这里折成了\n两行来写。\n3. 第三条的内容也在这里。\n"
    answers = [pair.answer for pair in extract(points, "d.md").pairs if pair.rule == "list"]
    assert answers[0] == "修改插件\n用户使用某个插件时把参数改成了不安全的值。"
    assert answers[1] == "换行的一句话在这里折成了两行来写。"


def test_marks_without_width_are_in_no_answer() -> None:
    found = extract("## Q：怎么办\n\nA：1，重启。\n\n\u200b 2，再试。\n", "d.md")
    assert [pair.answer for pair in found.pairs] == ["1，重启。\n\n2，再试。"]
    assert "\u200b" in found.pairs[0].evidence


def test_a_bibliography_is_no_list_of_steps() -> None:
    sources = "".join(f"{n}. Author {n} (20{n}0). Title. https://example.org/{n}\n" for n in range(1, 5))
    assert extract(f"# A\n\n## How it was written\n\n{sources}", "d.md").rules.get("step", 0) == 0


def test_true_and_false_questions_are_balanced_and_rest_on_evidence() -> None:
    ages = "".join(
        f"小{name}今年{age}岁，喜欢吃苹果。\n\n" for name, age in zip("甲乙丙丁戊己", range(5, 11), strict=True)
    )
    found = extract(ages, "d.md")
    counts = _kinds(found)
    assert counts["yes"] == counts["no"] >= 1
    for pair in (pair for pair in found.pairs if pair.rule == "true_false"):
        told = amounts(pair.answer).keys() & amounts(pair.evidence).keys()
        same = amounts(pair.question).keys() & told
        assert told and bool(same) == pair.answer.startswith("没错")
        assert (pair.kind, pair.keys) == ("yes_no", ("没错",) if same else ("不对",))


def test_nothing_false_is_asked_where_no_other_number_stands() -> None:
    assert _kinds(extract("The tower was built in 1911. The inn costs 12 euros a night.\n", "d.md")) == {
        "yes": 0,
        "no": 0,
    }


def test_an_answer_at_one_place_is_asked_for_once_in_one_way() -> None:
    found = extract("押金是40元。\n\n日志至少保存六个月。\n", "d.md")
    places = [pair.at for pair in found.pairs if pair.kind == "span" and pair.at >= 0]
    assert len(places) == len(set(places))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("10个", "十个", True),
        ("１０ 个", "10个", True),
        ("1,000 元", "1000元", True),
        ("百分之九十", "90%", True),
        ("12 days", "12 day", True),
        ("10天", "10个", False),
        ("14 days", "40 days", False),
    ],
)
def test_amounts_are_told_by_number_and_unit(left: str, right: str, same: bool) -> None:
    assert (amounts(left) == amounts(right)) is same


def test_every_pair_of_a_document_passes_the_gates_it_was_sifted_by() -> None:
    document = "".join(case for case, _ in CASES)
    found = extract(document, "d.md")
    assert found.pairs and all(gates.check(pair, document) is None for pair in found.pairs)


def test_lists_written_small_prices_and_counts_ask_as_a_person_would() -> None:
    document = (
        "# Boat club\n\n## How much does it cost to rent a boat?\n\nIt costs 30 euros a day.\n\n## Fees\n\n"
        "- boat fee: 3 euros\n- mooring fee: 12 euros a day\n\n| Boat | Seats |\n|---|---|\n| Anna | 4 |\n\n"
        "The **Anna** is a small blue rowing boat.\n"
    )
    found = {pair.question: pair.answer for pair in extract(document, "boats.md").pairs}
    assert found["How much does it cost to rent a boat?"] == "It costs 30 euros a day."
    assert found["How much is the boat fee?"] == "3 euros"
    assert found["How many seats does Anna have?"] == "4"
    assert "The Anna is a small blue rowing boat." in found.values(), "marks of bold type are no part of an answer"


@pytest.mark.parametrize(
    ("key", "asked"),
    [
        ("Anna", "What does “People” say about Anna?"),
        ("Dr Reyes", "What does “People” say about Dr Reyes?"),
        ("Mary Ann", "What does “People” say about Mary Ann?"),
        ("JIM", "What does “People” say about JIM?"),
        ("Front desk", "Under “People”, what is the front desk?"),
        ("Opening Hours", "Under “People”, what are the Opening Hours?"),
    ],
)
def test_a_name_gets_no_article(key: str, asked: str) -> None:
    found = extract(f"# House\n\n## People\n\n- **{key}**: open from eight\n", "d")
    assert [pair.question for pair in found.pairs if pair.rule == "key_value"] == [asked]
