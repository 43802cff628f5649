"""Every gate has its reason code and its sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab import words
from lab.synth import Pair, gates

DOCUMENT = "The deposit is 14 days of rent, 40 euros. 押金是40元，不退。See the figure above."


def _pair(question: str, answer: str, *, rule: str = "statement", language: str = "en") -> Pair:
    start = DOCUMENT.find(answer)
    evidence = DOCUMENT[start : start + len(answer)] if start >= 0 else DOCUMENT[:41]
    begin = max(start, 0)
    return Pair(question, answer, evidence, begin, begin + len(evidence), rule, language, "", "d.md")


CASES = [
    (_pair("How long is the deposit?", "14 days of rent"), ""),
    (_pair("押金是多少？", "40元", language="zh"), ""),
    (_pair("What?", "  "), "empty"),
    (_pair("?!", "40 euros"), "empty"),
    (_pair("押？", "40元", language="zh"), "too_short"),
    (_pair("How long is it " + "very " * 60 + "?", "14 days of rent"), "too_long"),
    (replace(_pair("How long is the deposit?", "14 days of rent"), start=2), "quote_not_found"),
    (_pair("How long is the deposit?", "15 weeks"), "answer_not_in_evidence"),
    (_pair("Is the deposit 99 euros?", "40 euros"), "number_mismatch"),
    (_pair("What does the figure above show?", "40 euros"), "dangling_reference"),
    (_pair("上述押金是多少？", "40元", language="zh"), "dangling_reference"),
    (_pair("Is the deposit 40 euros?", "40 euros"), "answer_in_question"),
    (_pair("The deposit", "40 euros"), "question_not_question"),
    (_pair("What is the deposit?", "40元", language="zh"), "wrong_language"),
]


@pytest.mark.parametrize(("pair", "code"), CASES)
def test_a_pair_is_stopped_by_the_first_gate_it_fails(pair: Pair, code: str) -> None:
    assert gates.reason(pair, DOCUMENT) == code
    assert not code or words.has(f"synth.gate_{code}")


def test_a_changed_number_never_passes() -> None:
    pair = replace(_pair("How long?", "14 days of rent"), answer="40 days of rent")
    assert gates.reason(pair, DOCUMENT) in {"answer_not_in_evidence", "number_mismatch"}
    assert gates.same_numbers(pair, DOCUMENT) == "number_mismatch"


def test_doubles_are_told_by_place_and_answer_not_by_like_questions() -> None:
    text = "每个网络最多10个子网，最多20个路由表。"
    place = {"rule": "statement", "language": "zh", "section": "", "document": "d"}
    subnets = Pair("每个网络最多可以创建多少个子网？", "10个", text[6:9], 6, 9, **place)
    routes = Pair("每个网络最多可以创建多少个路由表？", "20个", text[14:17], 14, 17, **place)
    again = replace(subnets, question="一个网络的子网上限是多少？")
    kept, rejected = gates.sift([subnets, routes, again], text)
    assert kept == [subnets, routes]
    assert [item.code for item in rejected] == ["duplicate"]
