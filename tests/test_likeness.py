"""Folding and likeness of wordings, in both languages."""

from __future__ import annotations

import pytest

from lab import likeness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is it?", "what  IS it"),
        ("老大几岁？", "老大几岁"),
        ("ＡＢＣ１２", "abc12"),
        ("How old (exactly)?", "how old exactly"),
    ],
)
def test_wordings_that_differ_only_in_marks_fold_alike(one: str, other: str) -> None:
    assert likeness.folded(one) == likeness.folded(other)
    assert likeness.likeness(one, other) == 1


@pytest.mark.parametrize(("one", "other"), [("3.5 kg", "35 kg"), ("is it -2", "is it 2"), ("1+1", "1-1"), ("", "a")])
def test_numbers_and_signs_are_not_folded_away(one: str, other: str) -> None:
    assert likeness.folded(one) != likeness.folded(other)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("How old is Lena?", "How old is Lena now?", True),
        ("What is the cat's name?", "What's the cat's name?", True),
        ("How old is Lena?", "What is Lena's age?", False),
        ("小雨今年几岁？", "小雨今年几岁了？", True),
        ("小雨今年几岁？", "请问小雨的年龄是多少？", False),
    ],
)
def test_near_wordings_are_told_from_other_wordings(one: str, other: str, near: bool) -> None:
    assert likeness.is_near(one, [other]) is near


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("老大是哥哥JIM。", "zh"),
        ("The cat is called Kitty.", "en"),
        ("请解释 what the word laboratory means 好吗", "mixed"),
        ("12", "en"),
    ],
)
def test_language_is_told_by_what_the_text_holds(text: str, language: str) -> None:
    assert likeness.language(text) == language


def test_length_counts_characters_in_chinese_and_words_elsewhere() -> None:
    assert likeness.length("老大10岁, ok") == 5
