"""Pairs from documents: found by rule, with their place, and never about somebody else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lab.likeness import folded
from lab.settings import PROJECT
from lab.synth import Extraction, extract
from lab.synth.texts import emphasis_dropped, squeezed


def _asked(document: str) -> dict[str, str]:
    return {pair.question: pair.answer for pair in extract(document, "d.md").pairs}


def _holds_its_promise(extraction: Extraction) -> None:
    for pair in (*extraction.pairs, *(item.pair for item in extraction.rejected)):
        assert extraction.text[pair.start : pair.end] == pair.evidence
    for pair in extraction.pairs:
        told = (
            pair.answer if pair.kind == "span" else re.sub(r"^(?:没错，是|不对，是|Yes, |No, )|[。.]$", "", pair.answer)
        )
        assert squeezed(told) in squeezed(emphasis_dropped(pair.evidence)) or squeezed(told) in squeezed(pair.evidence)
        assert pair.at < 0 or extraction.text[pair.at :].startswith(pair.answer[:1])


CASES = [
    ("## What is kept?\n\nSeeds of coastal\nplants.\n\nMore.\n", {"What is kept?": "Seeds of coastal plants."}),
    ("## Q: Priority of tasks\n\nA: Five levels.\n\nAnd more.\n", {"Priority of tasks": "Five levels.\n\nAnd more."}),
    ("## Q：怎么登录\n\nA：用账号登录。\n\n---\n", {"怎么登录？": "用账号登录。"}),
    ("问：有停车场吗？\n答：有，在楼后。\n\n别的话。\n", {"有停车场吗？": "有，在楼后。"}),
    ("Q: May I bring a dog?\nA: No, dogs\nwait outside.\n", {"May I bring a dog?": "No, dogs wait outside."}),
    ("A lagoon is a shallow body of water.\n", {"What is a lagoon?": "A lagoon is a shallow body of water."}),
    ("虚拟机是一种软件。\n", {"什么是虚拟机？": "虚拟机是一种软件。"}),
    ("# Inn\n\n## Rooms\n\n- **Deposit**: 40 euros\n", {"Under “Rooms”, what is the deposit?": "40 euros"}),
    ("# 客栈\n\n## 房间\n\n- 押金：40元\n", {"房间的押金是多少？": "40元"}),
    ("# 客栈：手册\n\n## 基本情况\n\n店长：李梅\n", {"客栈的店长是谁？": "李梅"}),
    ("## 开放时间\n\n| 地点 | 时间 |\n|---|---|\n| 展厅 | 9:30 |\n", {"展厅的开放时间是什么时候？": "9:30"}),
    (
        "The library opens at 9:00 and closes at 18:00.\n",
        {"When does the library open?": "9:00", "When does the library close?": "18:00"},
    ),
    (
        "# Guide\n\n## Taking notes\n\nNotes are shared with your partner after each meeting.\n",
        {"What does “Guide” say about “Taking notes”?": "Notes are shared with your partner after each meeting."},
    ),
    ("# 指南\n\n## 参考\n\n更多内容。\n\n## 资源中心\n\n一般有以下几个阶段。\n", {}),
    ("Policy A forbids:\n\n- smoking\n- shouting\n", {"What does Policy A forbid?": "- smoking\n- shouting"}),
]  # fmt: skip


@pytest.mark.parametrize(("document", "expected"), CASES)
def test_a_documents_own_structure_asks(document: str, expected: dict[str, str]) -> None:
    assert _asked(document) == expected
    _holds_its_promise(extract(document, "d.md"))


FAMILY = (
    "1. 我家住在中国北京,有爸爸、妈妈、哥哥JIM、弟弟Mike,还有一只猫kitty。\n"
    "2. 哥哥JIM是老大,10岁,喜欢吃肉,爱踢足球,数学很好,最喜欢的颜色是蓝色,经常照顾弟弟。\n"
    "3. 弟弟Mike是老二,8岁,喜欢吃苹果,爱画画,也喜欢看动画片,最喜欢的颜色是绿色,经常和哥哥一起玩。\n"
    "4. 小猫kitty是白色的,喜欢睡在沙发上,爱玩毛线球,喜欢吃鱼,性格温顺黏人,经常和弟弟Mike一起玩。\n"
    "5. 在家里我们平时说中文,常常在附近的公园活动,全家人感情很好。\n"
)


def test_a_subject_carries_over_a_comma_chain() -> None:
    assert FAMILY_FACTS.items() <= _asked(FAMILY).items()


FAMILY_FACTS = {
    "我家住在哪里？": "中国北京",
    "谁是老大？": "哥哥JIM",
    "哥哥JIM几岁？": "10岁",
    "哥哥JIM喜欢吃什么？": "肉",
    "哥哥JIM爱踢什么？": "足球",
    "哥哥JIM最喜欢的颜色是什么？": "蓝色",
    "哥哥JIM经常做什么？": "照顾弟弟",
    "谁是老二？": "弟弟Mike",
    "弟弟Mike几岁？": "8岁",
    "弟弟Mike喜欢吃什么？": "苹果",
    "弟弟Mike爱做什么？": "画画",
    "弟弟Mike最喜欢的颜色是什么？": "绿色",
    "小猫kitty是什么颜色的？": "白色",
    "小猫kitty喜欢睡在哪里？": "沙发上",
    "小猫kitty爱玩什么？": "毛线球",
    "小猫kitty喜欢吃什么？": "鱼",
}


@pytest.mark.parametrize(
    "document",
    [
        "平台支持多种任务，有一些限制，具体见官网。\n",
        "哥哥JIM是老大，天气不好，10岁。\n",
        "他10岁，喜欢吃肉。\n",
        "This is a problem. It is a thing. Those are the ones.\n",
        "## Links\n\n- Homepage: https://example.org/page\n",
        "Note: take care.\n\n注意：小心。\n",
    ],
)
def test_nothing_is_asked_of_an_unknown_subject(document: str) -> None:
    assert set(_asked(document)) <= {"谁是老大？"}


def test_rejected_pairs_stay_with_their_reason() -> None:
    long = "word " * 700
    asked = {"Is it too long?": long, "Is it the same?": "One.", "Where is it?": "https://a.b"}
    document = "".join(f"## Q: {question}\n\nA: {answer}\n\n" for question, answer in asked.items())
    document += "## Q: Is it the same?\n\nA: Two.\n"
    found = extract(document, "d.md")
    assert found.counts == {"boilerplate": 1, "question_twice": 1, "too_long": 1}
    assert [pair.answer for pair in found.pairs] == ["One."]
    _holds_its_promise(found)


def test_ids_and_facts_are_the_same_every_time_and_differ_between_pairs() -> None:
    once, again = extract(FAMILY, "a"), extract(FAMILY, "a")
    assert [pair.id for pair in once.pairs] == [pair.id for pair in again.pairs]
    assert len({pair.id for pair in once.pairs}) == len({pair.fact for pair in once.pairs}) == len(once.pairs)


@pytest.mark.parametrize(("name", "least"), [("handbook_en.md", 25), ("handbook_zh.md", 25)])
def test_the_shipped_handbooks_yield_pairs_in_nearly_every_section(name: str, least: int) -> None:
    found = extract((PROJECT / "data" / name).read_text("utf-8"), name)
    assert len(found.pairs) >= least
    assert len(found.uncovered) <= 1
    _holds_its_promise(found)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_public_faq_documents_give_back_their_questions(shared: Path, language: str) -> None:
    document = (shared / "documents" / f"{language}_dolphinscheduler_faq.md").read_text("utf-8")
    lines = (shared / "derived" / f"{language}_dolphinscheduler_faq_gold.jsonl").read_text("utf-8").splitlines()
    gold = {folded(json.loads(line)["question"]): folded(json.loads(line)["answer"]) for line in lines}
    found = extract(document, "faq.md")
    _holds_its_promise(found)
    asked = {folded(pair.question): folded(pair.answer) for pair in found.pairs if pair.rule == "faq"}
    assert len(asked.keys() & gold.keys()) >= len(gold) - 1
    assert asked.keys() <= gold.keys()
    # The gold answers keep pictures and their HTML, ours begin after them and end before the next.
    assert all(answer in gold[question] for question, answer in asked.items())


def test_public_documents_keep_the_promise(shared: Path) -> None:
    paths = sorted((shared / "documents").glob("*.md"))
    found = [extract(path.read_text("utf-8"), path.name) for path in paths]
    assert len(found) >= 4 and all(one.pairs for one in found)
    for one in found:
        assert [pair.id for pair in one.pairs if one.text[pair.start : pair.end] != pair.evidence] == []
        assert "".join(one.text[part.start : part.end] for part in one.sections) == one.text
        _holds_its_promise(one)


def test_the_family_storys_system_row_yields_its_facts(shared: Path) -> None:
    first = (shared / "stories" / "family_zh.jsonl").read_text("utf-8").splitlines()[0]
    found = extract(json.loads(first)["messages"][0]["content"], "family")
    _holds_its_promise(found)
    asked = {pair.question: pair.answer for pair in found.pairs}
    assert len(asked) >= 20
    assert len(FAMILY_FACTS) >= 15 and FAMILY_FACTS.items() <= asked.items()
    assert {"我家的猫叫什么名字？": "kitty", "小猫kitty偶尔做什么？": "跟哥哥JIM玩"}.items() <= asked.items()
