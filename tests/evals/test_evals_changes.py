"""What tuning changed, by question and by word; and the faults people find in answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import EvalError
from lab.evals import changes, faults
from lab.evals.board import compute
from lab.evals.evaluation import Evaluation, ItemRecord, add_item, placed_items, read_scored, save
from lab.lab import Lab
from lab.records import Contestant, Message
from lab.workspace import read_jsonl

NAMES = ("base", "ft")
WHO = (Contestant("base", "smollm2-135m"), Contestant("ft", "smollm2-135m", run="r"))


def _records(judged: list[tuple[str | None, str | None]]) -> list[ItemRecord]:
    asked = (Message("user", "Who?"),)
    return [
        ItemRecord(f"i{n}", name, "new_wording", f"g{n}", asked, "Jim", answer=f"{name} {n}", judgement=kind)
        for n, pair in enumerate(judged)
        for name, kind in zip(NAMES, pair, strict=True)
    ]


def _evaluation(n: int) -> Evaluation:
    return Evaluation("e", "family", "v", "2026", "en", WHO, {}, {"new_wording": n})


def test_questions_stand_in_the_order_of_what_changed() -> None:
    judged: list[tuple[str | None, str | None]] = [
        ("right", "right"),
        ("wrong", "declined"),
        ("right", "right_and_false"),
        ("wrong", "right"),
        ("wrong", None),
    ]
    records = _records(judged)
    found = changes.questions(compute(_evaluation(5), records), enumerate(records))
    kinds = [(one.item, one.change) for one in found]
    assert kinds == [
        ("i3", "fixed"),
        ("i2", "broken"),
        ("i1", "both_wrong"),
        ("i0", "both_right"),
        ("i4", "not_scored"),
    ]
    assert [records[place].contestant for place in found[0].places] == list(NAMES)


def test_only_the_questions_looked_at_are_read_and_the_last_answer_to_each_counts(lab: Lab) -> None:
    folder = lab.workspace.job("e")
    folder.mkdir(parents=True)
    save(folder, _evaluation(40))
    records = _records([("wrong", "right"), ("right", "wrong")] * 20)
    failed = replace(records[3], answer=None, judgement=None, error="engine.gone")
    for record in (*records[:3], failed, *records[3:]):
        add_item(folder, record)
    with (folder / "items.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"item": "i1", "contestant": "ft", "slice": "new_w')
    board = compute(_evaluation(40), list(read_scored(folder)))
    found = changes.questions(board, placed_items(folder))
    assert [one.change for one in found] == ["fixed"] * 20 + ["broken"] * 20
    page = list(changes.Stored(folder, tuple(found)).read(found[20:23]))
    assert [(one.item, one.answers["ft"].answer) for one in page] == [("i1", "ft 1"), ("i3", "ft 3"), ("i5", "ft 5")]
    assert page[0].first.question == "Who?" and all(one.answers["ft"].error == "" for one in page)


@given(st.text(max_size=60), st.text(max_size=60))
def test_pieces_hold_both_answers_whole(before: str, after: str) -> None:
    found = changes.pieces(before, after)
    assert "".join(one.text for one in found if one.kind != "new") == before
    assert "".join(one.text for one in found if one.kind != "gone") == after


@pytest.mark.parametrize(
    ("before", "after", "gone", "new"),
    [("他今年12岁。", "他今年10岁。", "12", "10"), ("It is open now.", "It is closed now.", "open", "closed")],
)
def test_only_what_differs_is_told(before: str, after: str, gone: str, new: str) -> None:
    found = [(one.kind, one.text) for one in changes.pieces(before, after) if one.kind != "same"]
    assert found == [("gone", gone), ("new", new)] and changes.is_alike(before, after)
    assert not changes.is_alike(before, "Something else entirely, and much longer than that.")


def test_a_fault_is_appended_with_name_and_time_and_the_last_counts(lab: Lab) -> None:
    folder = lab.workspace.job("e")
    folder.mkdir(parents=True)
    save(folder, _evaluation(2))
    for record in _records([("wrong", "wrong"), ("wrong", "wrong")]):
        add_item(folder, record)
    for item, fault in (("i0", "irrelevant"), ("i1", "unstable"), ("i0", "not_specific"), ("i1", "")):
        faults.find(lab.workspace, "e", item, "ft", fault, "Ann")
    found = faults.found(lab.workspace, "e")
    assert {place: one.fault for place, one in found.items()} == {("i0", "ft"): "not_specific"}
    assert faults.counted(found) == {"ft": {"not_specific": 1}}
    lines = list(read_jsonl(lab.workspace.faults("e")))
    assert len(lines) == 4 and all(line["by"] == "Ann" and line["time"] for line in lines)


@pytest.mark.parametrize(("item", "fault"), [("i0", "boring"), ("i9", "unstable")])
def test_a_fault_nobody_knows_or_an_answer_nobody_gave_is_refused(lab: Lab, item: str, fault: str) -> None:
    folder = lab.workspace.job("e")
    folder.mkdir(parents=True)
    add_item(folder, _records([("wrong", "wrong")])[1])
    with pytest.raises(EvalError):
        faults.find(lab.workspace, "e", item, "ft", fault)
    assert faults.history(lab.workspace, "e") == []
