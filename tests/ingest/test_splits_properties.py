"""The promises of the two kinds of split, for whatever rows come."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import ingest
from lab.ingest.splitting.nearness import Wording, is_too_near
from lab.ingest.splitting.splits import plan_rows
from lab.records import Message, Row

WORDS = ["red", "river", "Nora", "seven", "老大", "几岁", "hotel", "why", "12", "13", "cat", "蓝色", "opens", "?", "  "]
SPLITS = ["", "", "", "train", "validation", "test"]

_texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
_groups = st.sampled_from(["", "", "a", "b", "c", "d", "e"])


@st.composite
def _rows(draw: st.DrawFn, marked: bool = False) -> list[Row]:
    drawn = draw(st.lists(st.tuples(_texts, _texts, _groups, st.sampled_from(SPLITS)), min_size=1, max_size=40))
    return [
        Row(f"r{n}", (Message("user", q), Message("assistant", a)), group, split if marked else "", "f.jsonl", n + 1)
        for n, (q, a, group, split) in enumerate(drawn)
    ]


@given(_rows(marked=True), st.integers(0, 3))
def test_no_group_crosses_in_generalise(rows: list[Row], seed: int) -> None:
    plan = ingest.plan(rows, mode="generalise", seed=seed)
    sides: dict[str, set[str]] = {}
    for row in plan.rows:
        sides.setdefault(row.group, set()).add(row.split)
    assert all(len(splits) == 1 for splits in sides.values())


@given(_rows(), st.integers(0, 3))
def test_every_group_is_trained_in_remember(rows: list[Row], seed: int) -> None:
    plan = ingest.plan(rows, mode="remember", seed=seed)
    assert {row.group for row in plan.rows if row.split == "train"} == {row.group for row in plan.rows}
    assert len(plan.rows) == len(rows)


@given(_rows(marked=True), st.sampled_from(["remember", "generalise"]))
def test_a_row_is_left_out_of_the_test_or_nothing_near_it_is_trained(rows: list[Row], mode: str) -> None:
    plan = ingest.plan(rows, mode=mode)
    trained = [row for row in plan.rows if row.split == "train"]
    for row in plan.rows:
        if row.split == "test":
            asked = Wording(row.question)
            assert not any(
                is_too_near(asked, Wording(other.question), mode, other.group == row.group) for other in trained
            )
    left_out = {row.line for row in rows} - {row.line for row in plan.rows}
    told: set[int | None] = set()
    for note in plan.notes:
        if note.severity == "error":
            ranges = note.values.get("lines", [[note.line, note.line]])
            told |= {line for first, last in ranges for line in range(first, last + 1)}
    assert left_out == told
    assert all(row.split in {"", "test", "validation"} for row in rows if row.line in left_out)


@given(_rows(marked=True), st.randoms(use_true_random=False), st.sampled_from(["auto", "remember", "generalise"]))
def test_a_split_does_not_depend_on_the_order_of_rows(rows: list[Row], random: object, mode: str) -> None:
    mixed = sorted(rows, key=lambda row: random.random())  # type: ignore[attr-defined]
    one = {row.id: (row.split, row.group) for row in ingest.plan(rows, mode=mode).rows}
    # Equal rows may change places among themselves, so what is compared is what each text became.
    content = {row.id: (row.question, row.answer, row.split) for row in rows}
    other = {row.id: (row.split, row.group) for row in ingest.plan(mixed, mode=mode).rows}
    assert Counter((content[i], made) for i, made in one.items()) == Counter(
        (content[i], made) for i, made in other.items()
    )


@given(st.integers(0, 1000), st.integers(1, 80))
@settings(max_examples=20, deadline=None)
def test_a_group_keeps_its_split_when_rows_are_added(seed: int, more: int) -> None:
    rows = [_row(number) for number in range(400)]
    before = {row.id: row.split for row in ingest.plan(rows, mode="generalise", seed=seed).rows}
    longer = [_row(number) for number in range(400 + more)]
    after = {row.id: row.split for row in ingest.plan(longer, mode="generalise", seed=seed).rows}
    assert before == {identity: after[identity] for identity in before}
    counts = Counter(after.values())
    assert 0.05 <= counts["test"] / len(after) <= 0.2


def _row(number: int) -> Row:
    word = f"{number * 7919 % 100003:05d}"
    return Row(f"r{number}", (Message("user", f"Subject {word}?"), Message("assistant", f"Answer {number}.")), "")


@given(rows=_rows(marked=True), mode=st.sampled_from(["auto", "remember", "generalise"]))
@settings(max_examples=30, deadline=None)
def test_rows_on_the_disk_are_split_as_rows_in_memory(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], mode: str
) -> None:
    folder: Path = tmp_path_factory.mktemp("spool")
    small = ingest.plan(rows, mode=mode, seed=1)
    large = plan_rows(iter(rows), folder / "rows.jsonl", mode=mode, seed=1)
    assert list(large.rows()) == small.rows
    assert (large.mode, large.reason, large.counts, large.notes) == (
        small.mode,
        small.reason,
        small.counts,
        small.notes,
    )


def test_a_document_stays_whole_when_other_documents_are_tested() -> None:
    texts = [f"Number {name} of nine tells of rivers, bakeries and tides. " * 5 for name in "abcdefghi"]
    rows = [
        Row(f"{n}-{k}", (Message("user", f"{text}\nQuestion {n}{k}?"), Message("assistant", f"It is {n}{k}.")), "")
        for n, text in enumerate(texts)
        for k in range(4)
    ]
    plan = ingest.plan(rows, mode="generalise", shares=(60, 20, 20))
    assert len({row.group for row in plan.rows}) == 9 and plan.counts["test"] >= 4
    named = [replace(row, document=row.id[:1], messages=(Message("user", row.id), row.messages[1])) for row in rows]
    grouped = ingest.plan(named, mode="generalise", shares=(60, 20, 20)).rows
    assert len({row.group for row in grouped}) == 9
    assert len({(row.document, row.split) for row in grouped}) == 9


def test_parts_of_one_conversation_stay_together() -> None:
    turns = [Message(role, f"{role} {turn}") for turn in range(4) for role in ("user", "assistant")]
    parts = [Row(f"p{length}", tuple(turns[:length]), "") for length in (2, 4, 8)]
    others = [Row(f"o{n}", (Message("user", f"Other {n}?"), Message("assistant", str(n))), "") for n in range(20)]
    groups = {row.id: row.group for row in ingest.plan([*parts, *others], mode="generalise").rows}
    assert groups["p2"] == groups["p4"] == groups["p8"]
    assert len(set(groups.values())) == 21
