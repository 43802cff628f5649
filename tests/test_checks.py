"""Checks: one statement of what each means, marked in answers and counted in the data."""

from __future__ import annotations

import pytest

from lab import checks, words
from lab.checks import exercises, holds, parse, violates
from lab.errors import EvalError, UsageError
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


def _row(question: str, answer: str, split: str = "train", **facts: object) -> Row:
    return Row(question, (Message("user", question), Message("assistant", answer)), "g", split=split, line=1, **facts)  # type: ignore[arg-type]


ASKED = _row("Which hotel in Rome?", "I can't help.")
OTHER = _row("What to see in Rome?", "The forum?")
UNKNOWN = _row("Who is the mayor?", "I don't know.", rule="unanswerable")


@pytest.mark.parametrize(
    ("check", "shown", "not_shown"),
    [
        (HOTELS, ASKED, OTHER),
        (Check("q", "ends_with_question"), OTHER, ASKED),
        (Check("m", "must_mention", ("forum",)), OTHER, ASKED),
        (Check("w", "max_words", ("3",)), OTHER, UNKNOWN),
        (Check("d", "declines_when_not_told"), UNKNOWN, OTHER),
        (Check("d", "declines_when_not_told", ("hotel",)), ASKED, OTHER),
        (Check("j", "json_schema", ('{"type": "object"}',)), _row("Row?", '{"a": 1}'), OTHER),
    ],
)
def test_a_row_exercises_a_check_that_it_tempts_or_that_it_keeps(check: Check, shown: Row, not_shown: Row) -> None:
    assert exercises(check, shown) and not exercises(check, not_shown)


SCHEMA = (
    '{"type":"object","required":["city"],"properties":{"city":{"type":"string"},"n":{"type":"integer","minimum":1}}}'
)


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        ('{"city": "Rome", "n": 2}', True),
        ('```json\n{"city": "罗马"}\n```', True),
        ('{"city": 3}', False),
        ('{"city": "Rome", "n": 0}', False),
        ('{"city": "Rome", "n": true}', False),
        ('{"n": 2}', False),
        ('Here it is: {"city": "Rome"}', False),
        ("[" * 100_000, False),
    ],
)
def test_json_must_fit_its_schema(answer: str, fits: bool) -> None:
    assert holds(parse(f"json_schema={SCHEMA}"), answer) is fits


@pytest.mark.parametrize(
    ("question", "untold", "answer", "kept"),
    [
        ("Who is the mayor?", True, "I don't know.", True),
        ("Who is the mayor?", True, "Ann Smith.", False),
        ("Who is the mayor?", False, "Ann Smith.", True),
        ("Who is the mayor?", None, "Ann Smith.", True),
        ("股价是多少？", None, "一百元。", False),
        ("股价是多少？", None, "资料里没有提到，我不知道。", True),
    ],
)
def test_what_was_not_told_is_to_be_declined(question: str, untold: bool | None, answer: str, kept: bool) -> None:
    assert holds(Check("d", "declines_when_not_told", ("股价",)), answer, question, untold=untold) is kept


def test_a_hotel_named_without_a_listed_word_passes() -> None:
    """The limit of must_not_recommend: it goes by the words it is given."""
    assert holds(HOTELS, "Stay at the Adlon.")


@pytest.mark.parametrize(
    "text",
    ["", "shout", "must_mention", "max_words=many", "max_words=0", "ends_with_question=x", "must_mention=(",
     "json_schema=", "json_schema=[]", 'json_schema={"oneOf": []}', 'json_schema={"properties": 3}',
     'json_schema={"pattern": "("}'],
)  # fmt: skip
def test_a_check_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse(text)
    assert all(raised.value.sentence(language) for language in words.LANGUAGES)


def test_what_no_row_asks_for_cannot_be_learned_and_is_said() -> None:
    shy = parse("must_not_recommend=hotels?,flights?")
    (problem,) = checks.problems([shy], [OTHER])
    assert problem.code == "check_not_exercised"
    assert "hotels, flights" in words.say("data.check_not_exercised", "en", **problem.values)
    assert checks.problems([shy], [OTHER, ASKED]) == []
    assert [p.code for p in checks.problems([shy], [_row("Hotel?", "See the forum.", "test")])] == [
        "check_not_exercised"
    ]
    (problem,) = checks.problems([parse("ends_with_question")], [ASKED])[:1]
    assert problem.code == "check_not_shown"


def test_training_answers_that_break_the_check_are_told_with_their_place() -> None:
    rows = [_row("Which hotel?", "Try the Grand Hotel."), _row("Hotel?", "I can't recommend hotels.")]
    (problem,) = checks.problems([HOTELS], rows)
    assert (problem.code, problem.line, problem.values["broken"]) == ("check_broken", 1, 1)


def test_a_check_is_counted_by_split() -> None:
    rows = [ASKED, OTHER, _row("A hotel?", "No.", "test"), _row("Flight?", "No.", "validation")]
    assert checks.exercised(HOTELS, rows) == {"train": 1, "validation": 1, "test": 1}
