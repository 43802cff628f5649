"""Texts that say the same compare as the same, in both languages; signs and decimals are kept."""

from __future__ import annotations

import pytest

from lab.text import chinese_value, is_chinese, normal, numbers, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("北京。", "北京"),
        ("ＡＢＣ１２３", "abc123"),
        ("3.5%", "3.5％"),
        ("1,000 元", "1000元"),
        ("  Paris.\n", "paris"),
        ("“好”", '"好"'),
        ("每个 VPC 最多 10 个", "每个VPC最多10个"),
    ],
)
def test_same_text_folds_to_the_same(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(("one", "other"), [("-5", "5"), ("3.5", "35"), ("1.000", "1"), ("ice cream", "icecream")])
def test_different_text_stays_different(one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("上限为10个。", ["上", "限", "为", "10", "个"]),
        ("The CEO's cat, Tom.", ["the", "ceo", "s", "cat", "tom"]),
        ("-5 is not 5", ["-5", "is", "not", "5"]),
        ("COVID-19, 3.5%", ["covid", "19", "3.5"]),
        ("café naïve", ["café", "naïve"]),
        ("…！？", []),
    ],
)
def test_tokens_are_characters_and_runs(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("哥哥今年十岁", ["10"]),
        ("二十三个人", ["23"]),
        ("百分之二十", ["20%"]),
        ("10万元", ["100000"]),
        ("二〇二六年", ["2026"]),
        ("twenty-one days and 1,000 euros", ["21", "1000"]),
        ("一起去四川吃三明治，十分好", []),
        ("v10 and 3.50", ["3.5"]),
        ("-5 度，5-6 天", ["-5", "5", "6"]),
    ],
)
def test_numbers_are_read_however_written(text: str, expected: list[str]) -> None:
    assert numbers(text) == expected


@pytest.mark.parametrize(("written", "value"), [("十二", 12), ("两千零五", 2005), ("三万五千", 35000), ("一百", 100)])
def test_chinese_numerals_have_their_value(written: str, value: int) -> None:
    assert chinese_value(written) == value


def test_a_fifth_of_chinese_characters_is_chinese() -> None:
    assert is_chinese("每个VPC最多10个子网") and not is_chinese("The word 猫 means cat in Chinese")
