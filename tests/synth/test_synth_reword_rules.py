"""Each rule of rewording by name, slips of the keyboard, and how many wordings a data set needs."""

from __future__ import annotations

import pytest

from lab import words
from lab.likeness import folded
from lab.synth.wording.rewording import keeps_meaning, reword, reworded, wordings_for

RULES = [
    ("哥哥几岁?", "zh", "form", "哥哥的年龄是多少"),
    ("哥哥几岁?", "zh", "polite", "请问哥哥几岁"),
    ("谁是老大？", "zh", "order", "老大是谁"),
    ("你家有几个人?", "zh", "measure", "你家有几口人"),
    ("你家猫几岁?", "zh", "pronoun", "您家猫几岁"),
    ("关于红色胸牌，“胸牌”里是怎么说的？", "zh", "form", "“胸牌”里关于红色胸牌写了什么"),
    ("哥哥JIM是8岁吗？", "zh", "form", "哥哥JIM是不是8岁"),
    ("What is the cat's name?", "en", "form", "what is the cat called"),
    ("How old is Lena?", "en", "polite", "do you know how old Lena is"),
]


@pytest.mark.parametrize(("question", "language", "rule", "wording"), RULES)
def test_each_rule_makes_its_wordings(question: str, language: str, rule: str, wording: str) -> None:
    made = {folded(one.text): one.rule for one in reworded(question, language)}
    assert made[folded(wording)] == rule


def test_another_name_of_the_same_is_marked_as_such() -> None:
    made = {one.text.rstrip("？?"): one.rule for one in reworded("老大几岁?", "zh", {"老大": ["哥哥JIM"]}, "10岁")}
    assert made["哥哥JIM几岁"] == "name"


MISTYPED = [
    ("弟弟什么时候出生？", "zh", "时侯"),
    ("你家猫叫什么名字?", "zh", "名子"),
    ("What does Tom like to eat?", "en", "waht"),
    ("Where does Lena live?", "en", "wher"),
]


@pytest.mark.parametrize(("question", "language", "slip"), MISTYPED)
def test_at_most_one_wording_is_mistyped_and_means_the_same(question: str, language: str, slip: str) -> None:
    typos = [one.text for one in reworded(question, language) if one.rule == "typo"]
    assert len(typos) == 1 and slip in typos[0].casefold()
    assert keeps_meaning(question, typos[0], language)
    assert not [one for one in reworded(question, language, typos=0) if one.rule == "typo"]


@pytest.mark.parametrize(
    ("question", "language", "names"),
    [("“怎么在”几岁？", "zh", {}), ("在水几岁？", "zh", {"在水": ["小水"]}), ("How old is What?", "en", {})],
)
def test_names_and_quoted_words_are_never_mistyped(question: str, language: str, names: dict[str, list[str]]) -> None:
    kept = "怎么在" if "怎么在" in question else "在水" if names else "What"
    for one in reworded(question, language, names):
        if one.rule == "typo":
            assert kept in one.text or names.get(kept, ["-"])[0] in one.text


@pytest.mark.parametrize("question", ["哥哥JIM是8岁吗？", "主望远镜的口径是80厘米，对吗？", "能带狗吗？"])
def test_a_question_of_yes_or_no_stays_one(question: str) -> None:
    for text in reword(question, "zh", typos=0):
        assert any(mark in text for mark in ("吗", "是不是", "是否", "对不对", "能不能", "能否", "是这样")), text
        assert not text.rstrip("？?").endswith(("不吗", "对吗吗", "对不对吗"))


@pytest.mark.parametrize("facts", [1, 9, 12, 13, 30, 60, 61, 150, 151, 400, 401, 5000])
def test_fewer_facts_get_more_wordings_and_a_reason(facts: int) -> None:
    amount, more = wordings_for(facts), wordings_for(facts + 50)
    assert amount.wordings >= more.wordings
    assert amount.rows == facts * (amount.wordings + 1)
    for language in ("zh", "en"):
        assert words.say(amount.reason, language, facts=facts, wordings=amount.wordings, rows=amount.rows)


def test_nine_facts_get_the_eight_wordings_that_were_measured() -> None:
    assert wordings_for(9).wordings == 8
