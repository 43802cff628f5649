"""Versions changed by hand, compared, merged and sampled: what was done is what comes back, and nothing is silent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import ingest
from lab.datasets import Datasets, Filter
from lab.errors import DataError, LabError, UsageError
from lab.ingest import Edits, new_row, reworded
from lab.records import Check, Message, Problem, Row, Version, from_json, to_json
from lab.workspace import Workspace

NAMES = ["apple", "banana", "cherry", "dates", "elder", "figs", "grape", "hazel", "iris", "jade", "kiwi", "lemon"]


def _row(number: int, split: str = "train", group: str = "", answer: str = "") -> Row:
    name = NAMES[number % len(NAMES)]
    question = f"What is the colour of {name}?" if number < len(NAMES) else f"Item {number} of {name * (number % 5)}?"
    turns = (Message("user", question), Message("assistant", answer or f"Colour {number}."))
    return Row(
        f"r{number}", turns, group or f"g{number}", split, "f.jsonl", number + 1, tags=("a",) * (number % 3 == 0)
    )


@pytest.fixture
def datasets(tmp_path: Path) -> Datasets:
    return Datasets(Workspace(tmp_path / "home"))


def _saved(datasets: Datasets, rows: list[Row], name: str = "d", mode: str = "generalise", **more: object) -> Version:
    return datasets.save(name, rows, mode=mode, mode_reason="", language="en", **more)  # type: ignore[arg-type]


def _fruits(datasets: Datasets, name: str = "d", **more: object) -> Version:
    return _saved(datasets, [_row(n, "test" if n % 4 == 3 else "train") for n in range(12)], name, **more)


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_diff_gives_back_the_edits_that_were_made(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    datasets = Datasets(Workspace(tmp_path_factory.mktemp("home")))
    count = data.draw(st.integers(2, 30))
    version = _saved(datasets, [_row(number) for number in range(count)])
    rows = list(datasets.rows(version))
    role = data.draw(st.lists(st.sampled_from(["keep", "edit", "delete", "tag"]), min_size=count, max_size=count))
    role[0] = "keep"
    added = [new_row(f"Added {n} by hand?", f"Yes {n}.") for n in range(data.draw(st.integers(0, 3)))]
    edits = Edits().add(*added)
    for row, what in zip(rows, role, strict=True):
        edits = edits.change(reworded(row, answer=row.answer + " Really.")) if what == "edit" else edits
        edits = edits.delete(row.id) if what == "delete" else edits
        edits = edits.tag([row.id], ["new"]) if what == "tag" else edits
    if not edits:
        return
    assert from_json(Edits, to_json(edits)) == edits
    made = ingest.edit(datasets, version, edits, note="n").version
    found = ingest.diff(datasets, version, made)
    counts = Counter(role)
    assert found.counts == {
        "added": len(added), "removed": counts["delete"], "changed": counts["edit"], "moved": 0,
        "tagged": counts["tag"], "same": counts["keep"],
    }  # fmt: skip
    assert [row.id for row in found.removed] == [
        row.id for row, what in zip(rows, role, strict=True) if what == "delete"
    ]
    assert all(after.status == "edited" and after.line == before.line for before, after in found.changed)
    assert {(row.question, row.status, row.file, row.line) for row in found.added} == {
        (row.question, "added", "", None) for row in added
    }
    assert made.parent == f"d@{version.version}" and made.note == "n"
    back = ingest.diff(datasets, made, version)
    assert (back.counts["added"], back.counts["removed"]) == (counts["delete"], len(added))
    assert list(datasets.rows(version)) == rows


@pytest.mark.parametrize(
    ("texts", "key"),
    [({"answer": "  "}, "data.empty_content"), ({"question": ""}, "data.empty_content")],
)
def test_a_row_that_breaks_a_rule_is_refused(texts: dict[str, str], key: str) -> None:
    with pytest.raises(DataError) as caught:
        reworded(_row(1), **texts)
    assert caught.value.key == key


def test_edits_of_nothing_and_of_unknown_rows_are_refused(datasets: Datasets) -> None:
    version = _fruits(datasets)
    for edits, key in ((Edits(), "versions.nothing_edited"), (Edits().delete("nobody"), "versions.no_such_row")):
        with pytest.raises(DataError) as caught:
            ingest.edit(datasets, version, edits)
        assert caught.value.key == key
    assert len(datasets.versions("d")) == 1


def test_a_row_edited_into_a_test_question_becomes_a_test_row_and_back(datasets: Datasets) -> None:
    version = _fruits(datasets)
    rows = list(datasets.rows(version))
    made = ingest.edit(datasets, version, Edits().change(reworded(rows[0], question="what is the colour of DATES")))
    assert [note.code for note in made.notes] == ["versions.edit_is_tested"]
    assert datasets.page(made.version, 0, 9, Filter(status="edited")).rows[0].split == "test"
    made = ingest.edit(datasets, version, Edits().change(reworded(rows[3], question=rows[0].question)))
    assert [note.code for note in made.notes] == ["versions.edit_is_trained"]
    assert datasets.page(made.version, 0, 9, Filter(status="edited")).rows[0].split == "train"


def test_a_row_that_can_stand_on_neither_side_is_refused(datasets: Datasets) -> None:
    rows = [_row(0, group="a"), _row(1, group="a"), _row(2, "test", group="b"), _row(4, "test", group="b")]
    version = _saved(datasets, rows)
    with pytest.raises(DataError) as caught:
        ingest.edit(datasets, version, Edits().change(reworded(rows[0], question=rows[2].question)))
    assert caught.value.key == "versions.edit_on_both_sides"


def test_an_added_row_takes_the_side_of_its_question(datasets: Datasets) -> None:
    version = _fruits(datasets)
    edits = Edits().add(new_row("What is the colour of DATES?", "Brown."), new_row("Who?", "Me."))
    made = ingest.edit(datasets, version, edits).version
    assert [row.split for row in datasets.rows(made)][-2:] == ["test", "train"]


def test_a_fact_that_loses_its_last_trained_wording_is_told(datasets: Datasets) -> None:
    rows = [_row(0, group="a"), _row(5, "test", group="a"), _row(2, group="b")]
    version = _saved(datasets, rows, mode="remember")
    made = ingest.edit(datasets, version, Edits().delete("r0"))
    assert [(note.code, note.values["group"]) for note in made.notes] == [("never_taught", "a")]


def test_the_problems_of_an_edited_row_are_looked_for_anew(datasets: Datasets) -> None:
    many = Problem(1, "duplicate", "warning", "f.jsonl", {"count": 6, "lines": [[1, 6]], "other": 1, "other_file": "f"})
    version = _fruits(datasets, problems=[many, Problem(8, "placeholder", "warning", "f.jsonl", {"text": "{{x}}"})])
    edits = Edits().change(reworded(_row(7, "test"), answer="It is red.")).delete("r1")
    edits = edits.change(reworded(_row(8), answer="It is {{colour}}."))
    left = {
        (problem.line, problem.code) for problem in datasets.problems(ingest.edit(datasets, version, edits).version)
    }
    assert left == {(line, "duplicate") for line in (1, 3, 4, 5, 6)} | {(9, "placeholder")}


def test_a_diff_pairs_rows_by_content_question_and_place_and_sees_modes_and_checks(datasets: Datasets) -> None:
    rows = [_row(number) for number in range(6)]
    check = Check("must_mention", "must_mention", ("x",))
    before = _saved(datasets, rows)
    shifted = [
        Row(
            f"s{row.id}", row.messages, row.group, "test" if row is rows[1] else "train", "f.jsonl", (row.line or 0) + 1
        )
        for row in rows
    ]
    shifted[2] = reworded(shifted[2], answer="Another.")
    shifted[3] = reworded(shifted[3], question="A wholly other one?")
    after = _saved(datasets, [_row(9), *shifted[:5]], mode="remember", checks=(check,))
    found = ingest.diff(datasets, before, after)
    assert found.counts == {"added": 2, "removed": 2, "changed": 1, "moved": 1, "tagged": 1, "same": 1}
    assert found.changed[0][1].answer == "Another."
    assert found.moved[0][1].question == rows[1].question
    assert found.mode == ("generalise", "remember") and found.checks_added == (check,) and not found.is_empty
    assert ingest.diff(datasets, before, before).is_empty
    reread = [Row("other", _row(99).messages, "g0", "train", "f.jsonl", 1), *rows[1:]]
    again = ingest.diff(datasets, before, _saved(datasets, reread))
    assert [(old.id, new.id) for old, new in again.changed] == [("r0", "other")]


@pytest.mark.parametrize(
    ("policy", "answers"),
    [("first", ["Colour 4."]), ("second", ["Green."]), ("both", ["Colour 4.", "Green."]), ("neither", [])],
)
def test_a_merge_settles_conflicts_as_told_and_shows_them(datasets: Datasets, policy: str, answers: list[str]) -> None:
    _fruits(datasets, "one")
    _saved(datasets, [_row(4, answer="Green."), _row(5), _row(3), _row(13), _row(11)], "two")
    shown = ingest.conflicts(datasets, ["one", "two"])
    assert shown.counts == {"answer": 1, "split": 0, "same": 3}
    assert [(name, row.answer) for name, row in shown.shown[0].rows] == [("one", "Colour 4."), ("two", "Green.")]
    made = ingest.merge(datasets, ["one", "two"], "both", policy)
    rows = list(datasets.rows(made.version))
    assert [row.answer for row in rows if row.question == _row(4).question] == answers
    assert {row.question for row in rows if row.split == "test"} == {_row(n).question for n in (3, 7, 11)}
    assert len(rows) + len([n for n in made.notes if n.code.startswith("versions.merge")]) == 17
    assert made.version.parent == f"one@{datasets.get('one').version}+two@{datasets.get('two').version}"


def test_what_one_of_merged_sets_tests_is_never_trained(datasets: Datasets) -> None:
    _saved(datasets, [_row(n, group=f"g{n % 3}") for n in range(9)], "one")
    _saved(datasets, [_row(20, "test", group="g1"), _row(21, group="g2"), _row(0, "test", group="g0")], "two")
    assert ingest.conflicts(datasets, ["one", "two"]).counts["split"] == 1
    made = ingest.merge(datasets, ["one", "two"], "both", "both")
    splits = {(row.group, row.split) for row in datasets.rows(made.version)}
    assert splits == {("g0", "test"), ("g1", "test"), ("g2", "train")}


def test_merging_needs_two_and_a_policy_there_is(datasets: Datasets) -> None:
    _fruits(datasets, "one")
    with pytest.raises(DataError):
        ingest.merge(datasets, ["one", "one"], "x")
    with pytest.raises(UsageError):
        ingest.merge(datasets, ["one", "one"], "x", "third")


@pytest.mark.parametrize(("mode", "expected"), [("over", {"a": 30, "b": 30}), ("under", {"a": 6, "b": 6})])
def test_sampling_gives_the_shares_asked_for_and_marks_copies(
    datasets: Datasets, mode: str, expected: dict[str, int]
) -> None:
    rows = [
        Row(f"r{n}", _row(n).messages, f"g{n}", "test" if n >= 40 else "train", "f.jsonl", n + 1, tags=(tag,))
        for n, tag in enumerate(["a"] * 6 + ["b"] * 30 + ["c"] * 4 + ["a"] * 5)
    ]
    version = _saved(datasets, rows)
    made = ingest.balanced(datasets, version, {"a": 1, "b": 1}, mode)
    after = list(datasets.rows(made))
    assert Counter(row.tags[0] for row in after if row.split == "train") == {**expected, "c": 4}
    assert [row for row in after if row.split == "test"] == rows[40:]
    copies = [row for row in after if row.status == "copy"]
    assert len(copies) == (24 if mode == "over" else 0) and all(row.line and row.split == "train" for row in copies)
    assert len({row.id for row in after}) == len(after)
    left_out = [problem for problem in datasets.problems(made) if problem.code == "versions.left_out_by_sampling"]
    assert sum(ingest.places(problem) for problem in left_out) == (0 if mode == "over" else 24)
    assert ingest.rebalance(rows, {"a": 1, "b": 1}, mode) == after


def test_sampling_that_cannot_be_had_is_told() -> None:
    rows = [Row(f"r{n}", _row(n).messages, f"g{n}", "train", tags=("a" if n else "b",)) for n in range(30)]
    made = ingest.balance(rows, {"a": 1, "b": 1, "nobody": 1})
    assert {note.code for note in made.notes} == {"versions.too_few_to_sample", "versions.tag_without_rows"}
    assert made.counts == {"a": (29, 29), "b": (1, 10), "nobody": (0, 0)}
    for targets, mode in (({"a": 1.0}, "sideways"), ({"a": 0.0}, "over"), ({}, "over")):
        with pytest.raises(LabError):
            ingest.balance(rows, targets, mode)
