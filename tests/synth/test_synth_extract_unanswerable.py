"""Questions to decline: never one the texts answer, with no evidence and an honest answer; what pairs cover."""

from __future__ import annotations

import dataclasses

import pytest

from lab import words
from lab.checks import SHOULD_DECLINE
from lab.likeness import folded
from lab.matching import declines
from lab.records import Message, Row
from lab.settings import PROJECT
from lab.synth import coverage, estimate, extract, gates, unanswerable, unanswerable_rows
from lab.synth.extraction import row_of
from lab.synth.unanswerable import RULE

FAMILY = (
    "哥哥JIM是老大,10岁,喜欢吃肉,爱踢足球,最喜欢的颜色是蓝色。\n"
    "弟弟Mike是老二,8岁,喜欢吃苹果,爱画画。\n"
    "小猫kitty是白色的,喜欢睡在沙发上,喜欢吃鱼。\n"
)
HANDBOOKS = [f"handbook_{language}.md" for language in ("en", "zh")]


def _text(name: str) -> str:
    return FAMILY if name == "family" else (PROJECT / "data" / name).read_text("utf-8")


@pytest.mark.parametrize("name", [*HANDBOOKS, "family"])
def test_a_question_to_decline_has_no_evidence_and_says_so(name: str) -> None:
    text = _text(name)
    found = extract(text, name)
    made = unanswerable(found.pairs, {name: text}, 30)
    assert len(made) >= 5
    for pair in made:
        assert (pair.rule, pair.kind, pair.tags, pair.keys, pair.evidence) == (
            RULE,
            "decline",
            (SHOULD_DECLINE,),
            (),
            "",
        )
        assert declines(pair.answer)
        assert gates.check(pair, text) is None
        assert text[pair.start : pair.end] == pair.evidence
    rows = [row_of(pair) for pair in made]
    assert {(row.evidence, row.start, row.end, row.rule, row.tags) for row in rows} == {
        (None, None, None, RULE, (SHOULD_DECLINE,))
    }
    assert len({row.group for row in rows}) == len(rows)


@pytest.mark.parametrize("share", [0, 10, 25])
def test_the_share_is_of_all_questions(share: int) -> None:
    text = _text("handbook_en.md")
    pairs = extract(text, "d").pairs
    made = unanswerable(pairs, {"d": text}, share)
    assert abs(len(made) / (len(made) + len(pairs)) - share / 100) < 0.01


def test_what_a_text_may_answer_is_never_declined() -> None:
    told = FAMILY + "弟弟Mike的性格开朗，生日是5月1日，身高120厘米。\n"
    asked = {pair.question for pair in unanswerable(extract(told, "d").pairs, {"d": told}, 90)}
    assert asked
    assert not [question for question in asked if "生日" in question or "身高" in question]
    assert "弟弟Mike的性格怎么样？" not in asked
    answered = {folded(pair.question) for pair in extract(told, "d").pairs}
    assert not answered & {folded(question) for question in asked}


def test_an_edit_into_something_that_is_told_is_refused() -> None:
    pair = unanswerable(extract(FAMILY, "d").pairs, {"d": FAMILY}, 30)[0]
    assert gates.check(pair, FAMILY) is None
    for question in ("哥哥JIM爱踢足球吗？", "弟弟Mike喜欢吃苹果吗？"):
        refused = gates.check(dataclasses.replace(pair, question=question), FAMILY)
        assert refused is not None and refused.code == "answered_in_document"


def test_two_names_of_one_are_not_played_against_each_other() -> None:
    rows = [
        Row(str(n), (Message("user", question), Message("assistant", answer)), str(n))
        for n, (question, answer) in enumerate(
            [
                ("老二是谁?", "老二是弟弟Mike。"),
                ("弟弟几岁?", "弟弟Mike今年8岁。"),
                ("老二喜欢吃什么?", "老二喜欢吃苹果。"),
            ]
        )
    ]
    asked = {row.question for row in unanswerable_rows(rows, 80)}
    assert asked
    assert not {"弟弟喜欢吃什么？", "老二几岁？"} & asked


def test_rows_of_facts_get_questions_to_decline_under_their_system_prompt() -> None:
    head = Message("system", "你是家庭助手。")
    rows = [Row("1", (head, Message("user", "小棠几岁？"), Message("assistant", "12岁。")), "a")]
    made = unanswerable_rows(rows, 50)
    assert len(made) == 1
    assert (
        made[0].messages[0] == head
        and made[0].tags == (SHOULD_DECLINE,)
        and not made[0].keys
        and made[0].evidence is None
    )


def test_coverage_counts_characters_pairs_and_what_is_left() -> None:
    document = "# Inn\n\n## Rooms\n\n- **Deposit**: 40 euros\n\n## Walks\n\nwords without a subject or end\n"
    found = extract(document, "d.md")
    some = coverage(found, [pair.id for pair in found.pairs if pair.rule == "key_value"])
    assert some.uncovered == ("Inn › Walks",)
    assert {part.title: (part.pairs, part.covered) for part in some.sections} == {
        "Inn": (0, 0),
        "Rooms": (1, 19),
        "Walks": (0, 0),
    }
    assert {rule.rule: rule.kept for rule in some.rules if rule.kept} == {"key_value": 1}
    assert coverage(found, []).share == 0 < some.share < 1


@pytest.mark.parametrize("name", HANDBOOKS)
def test_a_heat_strip_covers_the_document_once(name: str) -> None:
    text = _text(name)
    found = coverage(extract(text, name))
    assert [part.start for part in found.segments[1:]] == [part.end for part in found.segments[:-1]]
    assert (found.segments[0].start, found.segments[-1].end) == (0, len(text))
    assert any(part.pairs for part in found.segments)


@pytest.mark.parametrize("name", HANDBOOKS)
def test_a_short_document_is_estimated_exactly_and_a_long_one_nearly(name: str) -> None:
    text = _text(name)
    once = estimate(text, name)
    real = extract(text, name)
    assert (once.pairs, once.is_whole) == (len(real.pairs), True)
    assert abs(once.share - coverage(real).share) < 0.01
    rule = "在{n}号楼，押金是{m}元。" if "zh" in name else "House {n} costs {m} euros."
    long = "".join(f"## Part {n}\n\n{rule.format(n=n, m=n + 7)}\n\n" + "- x\n" * 40 for n in range(320))
    told, found = estimate(long, name), extract(long, name)
    assert not told.is_whole
    assert 0.7 < told.pairs / max(1, len(found.pairs)) < 1.4


def test_the_answer_that_declines_is_one_in_each_language() -> None:
    assert all(declines(words.say("synth.decline", language)) for language in ("en", "zh"))
