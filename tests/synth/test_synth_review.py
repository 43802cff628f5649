"""Several people mark the pairs of one synthesis, and nobody's word is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lab.errors import DataError, UsageError
from lab.intervals import wilson
from lab.settings import PROJECT, child_environment
from lab.synth import extract
from lab.synth.gates import check
from lab.synth.outcomes import keep
from lab.synth.pairs import Pair
from lab.synth.review import MARKS, EditRefused, Review, carry_over
from lab.synth.saving import UNREAD, left_out, reviewed_rows
from lab.synth.synthesis import by_rules, inputs_of
from lab.workspace import write_text

TEXT = (PROJECT / "data" / "handbook_en.md").read_text("utf-8")
NAME = "handbook_en.md"


def _folder(folder: Path, text: str = TEXT, name: str = NAME) -> Path:
    for file, content in inputs_of({name: text}).items():
        write_text(folder / file, content)
    keep(folder, by_rules(extract(text, name), 0))
    return folder


@pytest.fixture
def review(tmp_path: Path) -> Review:
    return Review(_folder(tmp_path / "job"))


def _ids(review: Review, status: str = "new") -> list[str]:
    return [entry.id for entry in review.state().entries if entry.status == status]


def _put_otherwise(review: Review, pair: str, note: str = "") -> None:
    old = review.state().entry(pair).pair
    review.edit(pair, f"Put otherwise: {old.question}", old.answer, "Bo", note=note)


def test_the_latest_mark_counts_and_everybodys_stays_visible(review: Review) -> None:
    first = _ids(review)[0]
    review.mark(first, "accepted", "Ann")
    review.mark(first, "rejected", " Bo ", note="too vague")
    entry = review.state().entry(first)
    assert (entry.status, entry.is_disputed) == ("rejected", True)
    assert [(mark.reviewer, mark.status, mark.note) for mark in entry.marks] == [
        ("Ann", "accepted", ""),
        ("Bo", "rejected", "too vague"),
    ]
    assert review.state().reviewers == ("Ann", "Bo")


def test_an_undo_takes_back_only_ones_own_latest(review: Review) -> None:
    one, two = _ids(review)[:2]
    review.mark(one, "accepted", "Ann")
    review.mark(one, "rejected", "Bo")
    review.mark(two, "accepted", "Ann")
    steps = [("Ann", "rejected", "new"), ("Bo", "accepted", "new"), ("Ann", "new", "new")]
    for person, first, second in steps:
        assert review.undo(person) is not None
        assert [review.state().entry(pair).status for pair in (one, two)] == [first, second]
    assert review.undo("Ann") is None and review.undo("Bo") is None
    assert (review.folder / MARKS).read_text("utf-8").count("\n") == 6, "nothing is ever taken out"


def test_a_mark_without_a_name_is_refused(review: Review) -> None:
    with pytest.raises(UsageError, match="who is reviewing"):
        review.mark(_ids(review)[0], "accepted", "  ")


MARKING = """
import sys
from pathlib import Path
from lab.synth.review import Review
review, name = Review(Path(sys.argv[1])), sys.argv[2]
for pair in sys.argv[3:]:
    review.mark(pair, "accepted", name)
"""


def test_marks_of_people_working_at_once_are_all_there(review: Review) -> None:
    ids = _ids(review)[:15]
    people = ["Ann", "Bo", "小明"]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", MARKING, str(review.folder), name, *ids], cwd=PROJECT, env=child_environment()
        )
        for name in people
    ]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    for entry in review.state().entries:
        if entry.id in ids:
            assert {mark.reviewer for mark in entry.marks} == set(people)


def test_a_torn_last_line_costs_that_mark_only(review: Review) -> None:
    one, two = _ids(review)[:2]
    review.mark(one, "accepted", "Ann")
    review.mark(two, "accepted", "Ann")
    path = review.folder / MARKS
    os.truncate(path, path.stat().st_size - 9)
    assert [review.state().entry(pair).status for pair in (one, two)] == ["accepted", "new"]
    review.mark(two, "rejected", "Bo")
    assert review.state().entry(two).status == "rejected"


def test_an_edit_meets_the_gates_again(review: Review) -> None:
    entry = next(e for e in review.state().entries if e.status == "new" and any(c.isdigit() for c in e.pair.answer))
    with pytest.raises(EditRefused) as refused:
        review.edit(entry.id, entry.pair.question, "9999 of them", "Ann")
    assert refused.value.code in {"answer_not_in_evidence", "number_mismatch"}
    for language in ("zh", "en"):
        assert refused.value.code not in refused.value.sentence(language)
    with pytest.raises(EditRefused) as refused:
        review.edit(entry.id, "", entry.pair.answer, "Ann")
    other = next(e for e in review.state().entries if e.status == "new" and e.id != entry.id)
    with pytest.raises(EditRefused) as refused:
        review.edit(entry.id, other.pair.question, entry.pair.answer, "Ann")
    assert refused.value.code == "question_twice"
    assert review.state().entry(entry.id).status == "new", "a refused edit leaves no mark"
    review.edit(entry.id, "Reworded: " + entry.pair.question, entry.pair.answer, "Ann", note="clearer")
    edited = review.state().entry(entry.id)
    assert (edited.status, edited.pair.question) == ("edited", "Reworded: " + entry.pair.question)


def test_a_refused_pair_cannot_be_accepted_but_edited(tmp_path: Path) -> None:
    document = "# Inn\n\nThe boat fee is 12 euros. The tent fee is 9 euros.\n"
    folder = _folder(tmp_path / "job", document, "inn.md")
    evidence = "The boat fee is 12 euros."
    start = document.index(evidence)
    asked = "How much is the boat fee?"
    bad = Pair(asked, "13 euros", evidence, start, start + len(evidence), "teacher", "en", "Inn", "inn.md")
    from_model = replace(by_rules(extract(document, "inn.md"), 1), unit="u1", pairs=(), rejected=())
    rejected = check(bad, document)
    assert rejected is not None
    keep(folder, replace(from_model, rejected=(rejected,)))
    review = Review(folder)
    assert review.state().entry(bad.id).status == "refused"
    with pytest.raises(DataError, match="cannot be accepted"):
        review.mark(bad.id, "accepted", "Ann")
    review.edit(bad.id, "What does the boat cost?", "12 euros", "Ann")
    entry = review.state().entry(bad.id)
    assert (entry.status, entry.code, entry.pair.answer) == ("edited", "", "12 euros")
    assert document[entry.pair.start : entry.pair.end] == entry.pair.evidence


def test_a_sample_is_drawn_by_the_lab_and_carries_the_rest(review: Review) -> None:
    rule = Counter(entry.pair.rule for entry in review.state().entries if entry.status == "new").most_common(1)[0][0]
    own = [e.id for e in review.state().entries if e.pair.rule == rule and e.status == "new"]
    drawn = review.draw(rule, "Ann", count=4)
    assert len(set(drawn)) == 4 and set(drawn) <= set(own)
    with pytest.raises(DataError, match="once every drawn pair is marked"):
        review.accept_rest(rule, "Ann")
    for place, pair in enumerate(drawn):
        review.mark(pair, "rejected" if place == 0 else "accepted", "Ann")
    sample = review.state().samples[0]
    assert (sample.drawn, sample.marked, sample.right, sample.rest) == (4, 4, 3, len(own) - 4)
    assert sample.interval == wilson(3, 4)
    mark = review.accept_rest(rule, "Ann")
    assert mark.sample is not None and (mark.sample["right"], mark.sample["of"]) == (3, 4)
    rows = reviewed_rows(review.state(), unread=False)
    assert len(rows) == len(own) - 1
    assert sum(UNREAD in row.tags for row in rows) == len(own) - 4
    review.undo("Ann")
    assert len(reviewed_rows(review.state(), unread=False)) == 3, "one undo takes the whole acceptance back"


def test_another_document_of_the_same_name_changes_nothing(review: Review) -> None:
    assert review.meet({NAME: "# Boats\n\nThe ferry leaves at nine. A ticket costs four euros.\n"}) == ()
    assert "stale" not in {entry.status for entry in review.state().entries}
    cut = TEXT[: len(TEXT) // 2]
    assert review.meet({NAME: cut}) == (NAME,)


def test_a_changed_document_makes_its_pairs_stale(review: Review) -> None:
    first = _ids(review)[0]
    review.mark(first, "accepted", "Ann")
    assert review.meet({NAME: TEXT, "other.md": "x"}) == ()
    assert review.meet({NAME: TEXT + "\nOne more line.\n"}) == (NAME,)
    state = review.state()
    assert {entry.status for entry in state.entries} == {"stale"}
    assert reviewed_rows(state, unread=True) == []
    assert {problem.values["reason"] for problem in left_out(state, unread=True)} == {"stale"}
    assert review.meet({NAME: TEXT}) == ()
    assert review.state().entry(first).status == "accepted"


def test_marks_go_over_to_the_same_pairs_of_the_changed_document(review: Review, tmp_path: Path) -> None:
    one, two = _ids(review)[:2]
    review.mark(one, "accepted", "Ann")
    _put_otherwise(review, two)
    after = _folder(tmp_path / "next", "A line before everything.\n\n" + TEXT)
    assert carry_over(review.folder, after) == 2
    assert carry_over(review.folder, after) == 0, "only once"
    state = Review(after).state()
    assert {(mark.reviewer, mark.status) for e in state.entries for mark in e.marks} == {
        ("Ann", "accepted"),
        ("Bo", "edited"),
    }
    for entry in state.entries:
        assert state.made.documents[NAME][entry.pair.start : entry.pair.end] == entry.pair.evidence


def test_rows_carry_where_they_come_from_and_who_read_them(review: Review) -> None:
    one, two, three = _ids(review)[:3]
    review.mark(one, "accepted", "Ann")
    _put_otherwise(review, two, note="short")
    review.mark(three, "rejected", "Ann")
    state = review.state()
    rows = {row.question: row for row in reviewed_rows(state, unread=True)}
    assert rows[state.entry(one).pair.question].tags == ("reviewer:Ann",)
    edited = rows[state.entry(two).pair.question]
    assert (edited.status, edited.tags) == ("edited", ("reviewer:Bo", "note:short"))
    assert state.entry(three).pair.question not in rows
    assert sum(row.tags == (UNREAD,) for row in rows.values()) == state.counts["new"]
    for row in rows.values():
        assert row.document and TEXT[row.start : row.end] == row.evidence and row.rule
    reasons = [problem.values["reason"] for problem in left_out(state, unread=False)]
    assert reasons.count("unread") == state.counts["new"] and reasons.count("by_person") == 1
