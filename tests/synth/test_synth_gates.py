"""Every gate has its reason code and its sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab import words
from lab.synth import Extraction, Pair, doubles, extract, gates

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


@pytest.mark.parametrize(
    ("question", "answer", "kind", "code"),
    [
        ("What comes back after 14 days?", "deposit", "span", ""),
        ("What comes back after 40 days?", "deposit", "span", "number_mismatch"),
        ("Does the deposit come back after 14 days?", "Yes, after 14 days.", "yes_no", ""),
        ("Does the deposit come back after 40 days?", "Yes, after 14 days.", "yes_no", "number_mismatch"),
        ("Does the deposit come back after 40 days?", "No, after 14 days.", "yes_no", ""),
        ("Does the deposit come back after 14 days?", "No, after 14 days.", "yes_no", "number_mismatch"),
        ("Does the deposit come back after 99 days?", "No, after 14 days.", "yes_no", "number_mismatch"),
    ],
)
def test_a_number_of_another_sentence_is_no_number_of_this_one(
    question: str, answer: str, kind: str, code: str
) -> None:
    document = "The deposit comes back after 14 days. The loan ends after 40 days."
    evidence = document[:37]
    pair = Pair(question, answer, evidence, 0, 37, "teacher", "en", "", "d.md", kind=kind)
    assert gates.reason(pair, document) == code


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
    kept, rejected = doubles.sift([subnets, routes, again], text)
    assert kept == [subnets, routes]
    assert [item.code for item in rejected] == ["duplicate"]


def _worded(question: str, answer: str, evidence: str, language: str = "en", kind: str = "span") -> tuple[Pair, str]:
    return Pair(question, answer, evidence, 0, len(evidence), "teacher", language, "", "d.md", kind=kind), evidence


MEANING = [
    (_worded("What does JIM like?", "meat", "JIM likes meat."), ""),
    (_worded("What does JIM like?", "meat", "JIM does not like meat."), "negation_mismatch"),
    (_worded("What does JIM not like?", "meat", "JIM does not like meat."), ""),
    (_worded("What does JIM not like?", "meat", "JIM likes meat."), "negation_mismatch"),
    (_worded("JIM喜欢什么？", "吃肉", "JIM不喜欢吃肉。", "zh"), "negation_mismatch"),
    (_worded("JIM几岁？", "10岁", "JIM不爱说话，10岁。", "zh"), ""),
    (_worded("配置什么？", "可修改", "配置不可修改。", "zh"), "negation_mismatch"),
    (_worded("What does Mike like?", "meat", "JIM likes meat."), "entity_not_in_evidence"),
    (_worded("保存多久？", "10天", "保存10个。", "zh"), "answer_not_in_evidence"),
    (_worded("How long?", "Yes, 40 days.", "It takes 14 days.", kind="yes_no"), "answer_not_in_evidence"),
    (_worded("Does the loan take 14 days?", "Yes, 14 days.", "The loan takes 14 days.", kind="yes_no"), ""),
]


@pytest.mark.parametrize(("case", "code"), MEANING)
def test_what_is_denied_named_and_counted_stays(case: tuple[Pair, str], code: str) -> None:
    pair, document = case
    rejected = gates.check(pair, document)
    assert (rejected.code if rejected else "") == code


def test_every_code_has_its_sentence() -> None:
    assert all(words.has(f"synth.gate_{code}") for code in gates.CODES)
    assert words.has("synth.warn_pii")


def test_a_quote_off_by_width_and_blanks_gets_the_documents_own_words() -> None:
    document = "第一段。\n\n每个网络最多１０个子网。 再说别的。"
    quoted = Pair("最多几个子网？", "10 个", "每个网络 最多10个子网。", 0, 13, "teacher", "zh", "", "d")
    found = gates.relocated(quoted, document)
    assert document[found.start : found.end] == found.evidence == "每个网络最多１０个子网。"
    assert found.answer == "１０个" == document[found.at : found.at + 3]
    assert gates.check(found, document) is None


@pytest.mark.parametrize(
    ("document", "quote", "answer"),
    [
        ("每个虚拟私有云最多可以创建10个子网。", "每个虚拟私有云最多可以创建20个子网。", "20个"),
        (
            "The deposit comes back after 14 working days.",
            "The deposit comes back after 40 working days.",
            "40 working days",
        ),
        ("订单在付款以后不可修改。", "订单在付款以后可修改。", "可修改"),
    ],
)
def test_likeness_finds_a_place_but_accepts_nothing(document: str, quote: str, answer: str) -> None:
    language = "en" if document.isascii() else "zh"
    question = "How long does it take?" if language == "en" else "付款以后怎么样？"
    found = gates.relocated(Pair(question, answer, quote, 0, len(quote), "teacher", language, "", "d"), document)
    assert gates.check(found, document) is not None


def test_an_edit_goes_through_the_gates_again() -> None:
    pair = _pair("How long is the deposit?", "14 days of rent")
    assert gates.check(pair, DOCUMENT) is None
    assert gates.check(replace(pair, answer="15 days of rent"), DOCUMENT) is not None
    assert gates.check(replace(pair, question="How long is the deposit of Erik?"), DOCUMENT) is not None


@pytest.mark.parametrize("text", ["write to a.b@example.org", "13912345678", "11010519491231002X", "+44 20 7946 0958"])
def test_personal_data_warns_and_rejects_nothing(text: str) -> None:
    pair, document = _worded("How can one be reached?", text, f"Reached by {text}")
    assert gates.warnings(pair) == ("synth.warn_pii",)
    assert gates.check(pair, document) is None
    assert gates.warnings(_pair("How long is the deposit?", "14 days of rent")) == ()


def test_an_extraction_with_a_wrong_offset_cannot_be_made() -> None:
    pair = replace(_pair("How long is the deposit?", "14 days of rent"), start=3)
    with pytest.raises(AssertionError):
        Extraction("d.md", DOCUMENT, (), (pair,), ())


def test_the_same_line_under_two_headings_says_two_things_where_the_questions_name_them() -> None:
    text = "# Parts\n\n## Pump 7\n\n- Keeper: Ann Moss\n\n## Valve 9\n\n- Keeper: Ann Moss\n"
    asked = [(pair.question, pair.answer) for pair in extract(text, "p.md").pairs if pair.rule == "key_value"]
    assert len(asked) == 2 and {answer for _, answer in asked} == {"Ann Moss"}
    assert ["Pump 7" in asked[0][0], "Valve 9" in asked[1][0]] == [True, True]
