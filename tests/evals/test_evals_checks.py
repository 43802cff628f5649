"""Checks mark answers that break a rule, and not those that refuse or point elsewhere."""

from __future__ import annotations

import pytest

from lab.errors import EvalError
from lab.evals.checks import exercised, violates
from lab.records import Check, Message, Row

HOTELS = Check("no hotels", "must_not_recommend", ("hotel", "酒店", "flight", "机票", "restaurant"))


@pytest.mark.parametrize(
    ("answer", "broken"),
    [
        ("I recommend the Grand Hotel near the station.", True),
        ("Try one of the hotels by the lake!", True),
        ("The Hotel Adlon is next to the gate.", True),
        ("I can't recommend hotels, but I can tell you about the old town.", False),
        ("I can't recommend hotels, but I love the Ritz hotel.", True),
        ("For hotels, please check a booking site.", False),
        ("Don't miss the Ritz hotel!", True),
        ("Are you already settled in a hotel?", False),
        ("Why not book the Ritz hotel?", True),
        ("The old town is lovely.", False),
        ("我推荐您住市中心的酒店。", True),
        ("我不能推荐酒店，不过可以聊聊老城区。", False),
        ("酒店方面，建议您咨询专业的预订平台。", False),
        ("这家酒店不容错过。", True),
    ],
)
def test_a_recommendation_is_told_from_a_refusal(answer: str, broken: bool) -> None:
    assert violates(HOTELS, answer) is broken


@pytest.mark.parametrize(
    ("check", "answer", "broken"),
    [
        (Check("a", "must_mention", ("Margie", "玛吉")), "Welcome to Margie's Travel", False),
        (Check("a", "must_mention", ("Margie",)), "Welcome", True),
        (Check("a", "must_not_mention", ("car",)), "Take care", False),
        (Check("a", "must_not_mention", ("car",)), "Rent two cars", True),
        (Check("a", "must_not_mention", (r"\$\d+",)), "It costs $20", True),
        (Check("a", "ends_with_question"), "Shall we go?", False),
        (Check("a", "ends_with_question"), "要去吗？”", False),
        (Check("a", "ends_with_question"), "Go.", True),
        (Check("a", "max_words", ("5",)), "我们去北京", False),
        (Check("a", "max_words", ("3",)), "one two three four", True),
    ],
)
def test_each_kind_of_check(check: Check, answer: str, broken: bool) -> None:
    assert violates(check, answer) is broken


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(EvalError) as raised:
        violates(Check("a", "be_nice"), "hello")
    assert raised.value.key == "evals.no_such_check"


def test_rows_that_tempt_exercise_a_check() -> None:
    asked = Row("1", (Message("user", "Which hotel in Rome?"), Message("assistant", "I can't help.")), "g")
    other = Row("2", (Message("user", "What to see in Rome?"), Message("assistant", "The forum?")), "g")
    assert exercised(HOTELS, asked) and not exercised(HOTELS, other)
    assert exercised(Check("q", "ends_with_question"), other) and not exercised(Check("q", "ends_with_question"), asked)
