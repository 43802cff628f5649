"""Whether answers sound like the examples is told on held-out prompts, or the reason why it cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lab.evals import voice
from lab.evals.board import compute
from lab.evals.evaluation import Evaluation, ItemRecord
from lab.evals.voice import Voice, teach
from lab.records import Contestant, Message

NAMES = "Lisbon Rome Oslo Kyoto Lima Cairo Paris Berlin Quito Hanoi Delhi Accra Porto Bergen Nara Cusco Luxor Lyon"
PLACES = NAMES.split(" ")
Pairs = list[tuple[str, str]]


def _pairs(places: list[str], *, zh: bool = False) -> Pairs:
    if zh:
        return [
            (f"哇，{place}太棒啦！走，先去老街逛逛吧？", f"{place}是一座城市，拥有悠久的历史。") for place in places
        ]
    return [
        (f"Oh, {place}! Hop on a tram and get lost. Fancy a secret garden?", f"{place} is a city with a long history.")
        for place in places
    ]


@pytest.mark.parametrize("zh", [False, True])
def test_a_voice_is_told_from_the_bases_own(zh: bool) -> None:
    found = teach(_pairs(PLACES[:12], zh=zh), _pairs(PLACES[12:], zh=zh) * 2)
    assert isinstance(found, Voice) and found.told_apart == 1.0
    (example, other), *_ = _pairs(["Tokyo"], zh=zh)
    assert found.sounds(example) and not found.sounds(other) and not found.sounds(" ")


@pytest.mark.parametrize(
    ("taught", "tried", "why"),
    [
        (_pairs(PLACES[:11]), _pairs(PLACES), "too_few_taught"),
        (_pairs(PLACES), _pairs(PLACES[:7]), "too_few_tried"),
        ([(b, b) for _, b in _pairs(PLACES)], [(b, b) for _, b in _pairs(PLACES)], "not_told_apart"),
    ],
)
def test_too_little_or_the_same_is_refused(
    taught: list[tuple[str, str]], tried: list[tuple[str, str]], why: str
) -> None:
    assert teach(taught, tried) == why


BASE, TUNED = Contestant("base", "m"), Contestant("ft-x", "m", run="r")
ASKED = Evaluation("e", "d", "v", "2026", "en", (BASE, TUNED), {}, {"unseen": 24, "trained": 14}, task="voice")


def _record(place: int, part: str, who: str, answer: str, reference: str) -> ItemRecord:
    turns = (Message("user", f"{part}{place}?"),)
    return ItemRecord(f"{part}{place}", who, part, f"{part}{place}", turns, reference, answer=answer)


def _records() -> list[ItemRecord]:
    made = []
    for part, count in (("trained", 14), ("unseen", 24)):
        for place in range(count):
            example, other = _pairs([f"{PLACES[place % 18]} {part}"])[0]
            made += [_record(place, part, "base", other, example), _record(place, part, "ft-x", example, example)]
    return made


def test_the_board_of_a_voice_is_about_it_with_an_interval() -> None:
    board = compute(ASKED, _records())
    assert board.headline == "voice"
    row, before = board.row("ft-x", "unseen", "voice"), board.row("base", "unseen", "voice")
    assert row and before and (row.value, before.value, row.n) == (1.0, 0.0, 24)
    assert row.low is not None and 0.8 < row.low < 1, "24 of 24 is not certain"
    assert board.row("ft-x", "trained", "voice") is None or not board.row("ft-x", "trained", "voice").n  # type: ignore[union-attr]
    difference = board.difference("ft-x")
    assert difference and difference.interval.low is not None and 0.5 < difference.interval.low < 1


def test_without_enough_trained_questions_the_board_says_why_there_is_no_voice() -> None:
    few = [record for record in _records() if record.slice != "trained" or int(record.item[7:]) < 5]
    board = compute(replace(ASKED, slices={"unseen": 24, "trained": 5}), few)
    refused = next(one for one in board.figures if one.name == "voice")
    assert refused.none == "metrics.none_voice_too_few_taught" and dict(refused.none_values)["taught"] == 5
    assert board.headline != "voice" and voice.LEAST_TAUGHT > 5
