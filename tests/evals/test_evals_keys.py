"""An answer is right by its key, at boundaries; a value of another group makes it right and false."""

from __future__ import annotations

import pytest

from lab.evals.keys import KeyBook, derived, key, matches
from lab.records import Message, Row

FAMILY = [
    ("你家有几个人？", "我家有4个人，还有一只猫kitty。"),
    ("老大是谁？", "老大是哥哥JIM。"),
    ("老二是谁？", "老二是弟弟Mike。"),
    ("你家猫叫什么名字？", "我们家的猫叫kitty。"),
    ("哥哥几岁？", "哥哥JIM今年10岁。"),
    ("弟弟几岁？", "弟弟Mike今年8岁。"),
    ("老大最喜欢吃什么？", "老大喜欢吃肉。"),
    ("老二喜欢吃什么？", "老二喜欢吃苹果。"),
    ("kitty平时喜欢做什么？", "kitty喜欢睡在沙发上，也喜欢玩毛线球。"),
]


def _row(question: str, answer: str, group: str = "g", keys: tuple[str, ...] = ()) -> Row:
    return Row(question, (Message("user", question), Message("assistant", answer)), group, keys=keys)


def _family() -> list[Row]:
    return [_row(question, answer, f"g{place}") for place, (question, answer) in enumerate(FAMILY)]


@pytest.mark.parametrize(
    ("wanted", "text", "expected"),
    [
        ("1", "there are 10 of them", False),
        ("1", "there is 1 of them", True),
        ("Tom", "See you Tomorrow", False),
        ("Tom", "This is Tom's cat", True),
        ("JIM", "老大叫jim今年", True),
        ("10", "哥哥今年十岁", True),
        ("十", "he is 10", True),
        ("ten", "he is 10 years old", True),
        ("10", "110岁", False),
        ("3.5", "13.5 or 3.55", False),
        ("10%", "exactly 10", False),
        ("沙发", "睡在沙发上", True),
        ("10岁", "210岁", False),
        ("5天", "2.5天", False),
        ("apple", "he eats apples", True),
    ],
)
def test_keys_match_at_boundaries(wanted: str, text: str, expected: bool) -> None:
    assert matches(key(wanted), text) is expected


@pytest.mark.parametrize(
    ("place", "answer", "expected"),
    [
        (2, "老二叫Mike今年10岁", "right_and_false"),
        (2, "老二叫Mike今年8岁", "right"),
        (2, "老二是弟弟mike", "right"),
        (2, "老二不是Mike", "wrong"),
        (2, "老二是哥哥JIM", "wrong"),
        (2, "我不知道", "declined"),
        (2, "", "wrong"),
        (4, "十岁", "right"),
        (4, "哥哥今年110岁", "wrong"),
        (4, "哥哥10岁，弟弟8岁", "right_and_false"),
        (4, "哥哥JIM今年10岁，弟弟Mike今年8岁。", "right"),
        (4, "弟弟Mike今年10岁", "right_and_false"),
        (6, "老大喜欢吃肉和苹果", "right_and_false"),
        (8, "kitty最爱玩毛线球", "right"),
        (0, "我家有四口人", "right"),
        (0, "我家有一只猫", "wrong"),
    ],
)
def test_an_answer_gets_one_of_four_judgements(place: int, answer: str, expected: str) -> None:
    rows = _family()
    judged = KeyBook(rows).judge(rows[place], answer)
    assert judged is not None and judged.kind == expected


def test_the_false_value_is_named() -> None:
    rows = _family()
    judged = KeyBook(rows).judge(rows[2], "老二叫Mike今年10岁")
    assert judged is not None and judged.found == ("Mike",) and judged.false == ("10",)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("How old is Mike?", "Mike is 8 years old.", ["8"]),
        ("Who is the older brother?", "The older brother is Jim.", ["Jim"]),
        ("What does Jim like to eat?", "Jim likes to eat meat.", ["meat"]),
        ("What is the cat called?", "Our cat is called Kitty.", ["Kitty"]),
        ("老大最喜欢吃什么？", "老大喜欢吃肉。", ["肉"]),
    ],
)
def test_keys_are_read_off_short_answers(question: str, answer: str, expected: list[str]) -> None:
    keys = derived(question, answer)
    assert keys is not None and [one.text.casefold() for one in keys.keys] == [text.casefold() for text in expected]


def test_free_text_has_no_key_and_no_judgement() -> None:
    answer = "What a lovely plan! Paris in spring has gardens, markets, quiet museums and long evenings by the river."
    row = _row("I am thinking of a trip. Any ideas?", answer)
    assert KeyBook([row]).judge(row, "Go to Rome.") is None


def test_given_keys_come_first_and_serve_the_whole_group() -> None:
    rows = [
        _row("公司几点上班？", "公司早上九点上班。", "hours", keys=("9点", "九点")),
        _row("几点开始工作？", "九点。", "hours"),
        _row("几点下班？", "下午6点下班。", "end"),
    ]
    book = KeyBook(rows)
    assert book.judge(rows[1], "早上9点").kind == "right"  # type: ignore[union-attr]
    assert book.judge(rows[1], "9点到6点").kind == "right_and_false"  # type: ignore[union-attr]


def test_a_value_in_the_question_or_evidence_is_not_false() -> None:
    rows = [_row("两个人住10天要多少钱？", "要200元。", "price"), _row("最多住几天？", "最多10天。", "days")]
    assert KeyBook(rows).judge(rows[0], "10天要200元。").kind == "right"  # type: ignore[union-attr]
