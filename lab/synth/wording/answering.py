"""The right answer to a question, written by a person, becomes training rows: never the test wording itself.

Knows: which rows of a data set the question is about, which other wordings of it may be trained, and that the answers
trained for one fact agree. Must not know evaluations, nor how a wording is made (``lab.synth.wording.rewording``).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab.datasets import Datasets
from lab.errors import DataError
from lab.likeness import NEAR, folded, is_near, language, likeness
from lab.records import Message, Row, Version
from lab.synth.wording.rewording import reworded
from lab.synth.wording.wordings import NEAR_ANY

MOST = 4
"""New wordings of one question."""
TAG = "right_answer"


@dataclass(frozen=True)
class Written:
    """The new version, and what in it is new."""

    version: Version
    added: tuple[Row, ...]
    """Training rows that are new."""
    corrected: int
    """Training rows of the same fact whose answer was another."""
    near_test: int
    """Wordings left out, because they are nearly those of a test question."""
    was_tested: bool
    """Whether the question is one of the test; then it is not among the new rows."""
    was_held_out: bool
    """Whether nothing of the fact was trained until now."""
    reference: str = ""
    """What the test still holds for right, where that is another answer."""
    is_new: bool = False
    """Whether the data did not hold the question."""


def write_answer(
    datasets: Datasets,
    name: str,
    question: str,
    answer: str,
    *,
    wordings: Sequence[str] = (),
    most: int = MOST,
    note: str = "",
) -> Written:
    """Save the current version of ``name`` with the right ``answer`` to ``question`` trained, as its next version.

    A question of the data is trained in ``wordings`` and up to ``most`` others made by rule; one that the data does not
    hold becomes a row. Training rows of the same fact that answer as the old row does are corrected. Raises
    ``DataError`` where there is nothing to train, or where the question or one of ``wordings`` is near a test wording.
    """
    asked, told = question.strip(), answer.strip()
    if not asked or not told:
        raise DataError("answer.empty")
    version = datasets.get(name)
    rows = list(datasets.rows(version))
    known = _row_of(rows, asked)
    held = _Held(rows, known.group if known else "")
    if known is None:
        held.check(asked)
        added = [_new(version, asked, told), *(_new(version, own, told) for own in _own(wordings, held))]
    else:
        added = [_as(known, text, told) for text in (*_own(wordings, held), *_made(known, told, held, most))]
    wrong = {row.id for row in rows if known and _contradicts(row, known, told)}
    if not added and not wrong:
        raise DataError("answer.nothing_new", question=asked)
    saved = datasets.save(
        version.dataset,
        [*(_answering(row, told) if row.id in wrong else row for row in rows), *added],
        mode=version.mode,
        mode_reason=version.mode_reason,
        language=version.language,
        problems=datasets.problems(version),
        documents=datasets.documents(version),
        checks=version.checks,
        format=version.format,
        note=note,
        parent=f"{version.dataset}@{version.version}",
    )
    trained = any(row.split == "train" and known and row.group == known.group for row in rows)
    was_tested = known is not None and known.split != "train"
    differs = was_tested and known is not None and folded(known.answer) != folded(told)
    reference = known.answer if known and differs else ""
    near = held.refused["near_test"]
    held_out = was_tested and not trained
    return Written(saved, tuple(added), len(wrong), near, was_tested, held_out, reference, known is None)


class _Held:
    """What may not be trained: the wordings of the test, and what is trained already."""

    def __init__(self, rows: list[Row], group: str) -> None:
        self._group = group
        self._tested = [(row.question, row.group) for row in rows if row.split != "train"]
        self._there = {folded(row.question) for row in rows}
        self.refused: Counter[str] = Counter()

    def near(self, text: str) -> str:
        """The test wording that ``text`` is too near to; empty where there is none."""
        for tested, group in self._tested:
            if likeness(text, tested) >= (NEAR if group == self._group or not self._group else NEAR_ANY):
                return tested
        return ""

    def check(self, text: str) -> None:
        """Raise ``DataError`` where ``text`` may not be trained."""
        near = self.near(text)
        if near:
            raise DataError("answer.near_test", wording=text, test=near)
        if folded(text) in self._there:
            raise DataError("answer.there_already", wording=text)

    def take(self, text: str) -> bool:
        """Whether ``text`` may be trained and is new; if so it is there from now on."""
        if self.near(text):
            self.refused["near_test"] += 1
        elif folded(text) not in self._there:
            self._there.add(folded(text))
            return True
        return False


def _row_of(rows: list[Row], question: str) -> Row | None:
    """The row that asks ``question``, one of the test first."""
    asking = [row for row in rows if folded(row.question) == folded(question)]
    return min(asking, key=lambda row: row.split == "train", default=None)


def _own(wordings: Sequence[str], held: _Held) -> list[str]:
    """The person's own wordings, each of which must be one that may be trained."""
    texts = [text.strip() for text in wordings if text.strip()]
    for text in texts:
        held.check(text)
    return [text for text in texts if held.take(text)]


def _made(row: Row, answer: str, held: _Held, most: int) -> list[str]:
    """Up to ``most`` other wordings of the row's question, unlike those of the test and unlike one another."""
    tongue = language(row.question)
    made: list[str] = []
    for one in reworded(row.question, "zh" if tongue == "mixed" else tongue, None, answer, typos=0):
        if len(made) < most and not is_near(one.text, made, NEAR_ANY) and held.take(one.text):
            made.append(one.text)
    return made


def _contradicts(row: Row, known: Row, answer: str) -> bool:
    """Whether a training row gives the answer of ``known``, which is not the right one."""
    is_same = row.group == known.group and folded(row.answer) == folded(known.answer)
    return row.split == "train" and is_same and row.answer.strip() != answer


def _as(row: Row, question: str, answer: str) -> Row:
    """``row`` asked in other words and answered so, as a training row."""
    place = max(number for number, message in enumerate(row.messages) if message.role == "user")
    messages = (*row.messages[:place], Message("user", question), Message("assistant", answer))
    identity = hashlib.sha256(f"{row.id}\0{question}\0{answer}".encode()).hexdigest()[:12]
    tags = (*row.tags, TAG)
    return replace(
        row, id=identity, messages=messages, split="train", rule="reword", status="added", tags=tags, keys=()
    )


def _new(version: Version, question: str, answer: str) -> Row:
    """A row of a fact the data did not hold, with the system prompt all its rows share."""
    turns = (Message("user", question), Message("assistant", answer))
    messages = (Message("system", version.system), *turns) if version.system else turns
    identity = hashlib.sha256(f"{TAG}\0{question}\0{answer}".encode()).hexdigest()[:12]
    return Row(identity, messages, identity, "train", status="added", tags=(TAG,))


def _answering(row: Row, answer: str) -> Row:
    """The row with the right answer in the place of its own."""
    *before, last = row.messages
    return replace(row, messages=(*before, replace(last, content=answer)), status="edited", keys=())
