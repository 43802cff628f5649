"""More wordings of a data set's training questions, each in the group of its fact.

Knows: which rows may get new wordings, how a wording too near to a test wording is refused, and which are kept
for a test where there is none. Must not know how a wording is made (``lab.synth.rewording``).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace

from lab.datasets import Datasets
from lab.errors import DataError
from lab.likeness import NEAR, folded, is_near, language
from lab.records import Message, Row, Version
from lab.synth.rewording import reword

NEAR_ANY = 0.8
"""Likeness from which a wording is refused beside a test wording of whatever fact."""


@dataclass(frozen=True)
class Reworded:
    """The new version, and what came of the wordings."""

    version: Version
    pairs: int
    """New rows."""
    rejected: dict[str, int]
    """Wordings not used, per reason code (``synth.gate_<code>``)."""


class _Wordings:
    """The questions a data set has, while new ones are added."""

    def __init__(self, rows: list[Row]) -> None:
        self.group_of = {folded(row.question): row.group for row in rows}
        self.held: dict[str, list[str]] = {}
        """Test and validation wordings per group."""
        for row in rows:
            if row.split != "train":
                self.held.setdefault(row.group, []).append(row.question)
        self.rejected: Counter[str] = Counter()

    def refusal(self, text: str, group: str) -> str:
        """Why ``text`` cannot become a training question of ``group``; empty if it can."""
        other = self.group_of.get(folded(text))
        if other is not None:
            return "duplicate" if other == group else "question_twice"
        others = (held for name, texts in self.held.items() if name != group for held in texts)
        if is_near(text, self.held.get(group, ()), NEAR) or is_near(text, others, NEAR_ANY):
            return "near_test"
        return ""

    def take(self, text: str, group: str, split: str) -> None:
        """From now on ``text`` is a question of ``group``."""
        self.group_of[folded(text)] = group
        if split != "train":
            self.held.setdefault(group, []).append(text)


def reword_dataset(
    datasets: Datasets, name: str, new_name: str, per_row: int = 4, *, test_wordings: int | None = None
) -> Reworded:
    """Save data set ``name`` with up to ``per_row`` new wordings of each training question as ``new_name``.

    New rows are training rows of the same group with the same answer; every other row stays as it is. No new
    wording equals or nearly equals a test or validation wording. ``test_wordings`` new wordings of each fact are
    kept for the test instead; ``None`` means one where the data set is to be remembered and has no test yet,
    else none. Raises ``DataError`` when no new wording comes of it.
    """
    version = datasets.get(name)
    rows = list(datasets.rows(version))
    if test_wordings is None:
        test_wordings = int(version.mode == "remember" and not version.splits.get("test"))
    wordings = _Wordings(rows)
    names = _other_names(rows)
    found = {row.id: reword(row.question, _language(row.question), names, row.answer) for row in rows if _may_vary(row)}
    wordings.rejected["not_single_turn"] += sum(row.split == "train" and not _is_single(row) for row in rows)
    tests = _tests(rows, found, wordings, test_wordings)
    new = {row.id: [*tests.get(row.id, []), *_training(row, found, wordings, per_row)] for row in rows}
    pairs = sum(len(made) for made in new.values())
    if not pairs:
        raise DataError("synth.nothing_reworded", name=name)
    saved = datasets.save(
        new_name,
        [made for row in rows for made in (row, *new[row.id])],
        mode=version.mode,
        mode_reason=version.mode_reason,
        language=version.language,
        problems=datasets.problems(version),
        documents={document: datasets.document(version, document) for document in version.documents},
        checks=version.checks,
        format=version.format,
        note=version.note,
        parent=f"{version.dataset}@{version.version}",
    )
    return Reworded(saved, pairs, dict(sorted((+wordings.rejected).items())))


def _is_single(row: Row) -> bool:
    return [m.role for m in row.messages if m.role != "system"] == ["user", "assistant"]


def _may_vary(row: Row) -> bool:
    """A training row of one question and one answer that no rule has worded already."""
    return row.split == "train" and row.rule != "reword" and _is_single(row)


def _tests(rows: list[Row], found: dict[str, list[str]], wordings: _Wordings, per_group: int) -> dict[str, list[Row]]:
    """For each group the first wordings that are unlike all its training questions, as test rows."""
    made: dict[str, list[Row]] = {}
    taken: Counter[str] = Counter()
    trained: dict[str, list[str]] = {}
    for row in rows:
        if row.split == "train":
            trained.setdefault(row.group, []).append(row.question)
    for row in rows:
        for text in found.get(row.id, []):
            if taken[row.group] >= per_group:
                break
            if folded(text) in wordings.group_of or is_near(text, trained[row.group]):
                continue
            taken[row.group] += 1
            wordings.take(text, row.group, "test")
            made.setdefault(row.id, []).append(_row(row, text, "test"))
    return made


def _training(row: Row, found: dict[str, list[str]], wordings: _Wordings, per_row: int) -> list[Row]:
    made: list[Row] = []
    for text in found.get(row.id, []):
        if len(made) >= per_row:
            break
        code = wordings.refusal(text, row.group)
        if code:
            wordings.rejected[code] += 1
            continue
        wordings.take(text, row.group, "train")
        made.append(_row(row, text, "train"))
    return made


def _row(row: Row, question: str, split: str) -> Row:
    place = next(number for number, message in enumerate(row.messages) if message.role == "user")
    messages = (*row.messages[:place], Message("user", question), *row.messages[place + 1 :])
    identity = hashlib.sha256(f"{row.id}\0{question}".encode()).hexdigest()[:12]
    return replace(row, id=identity, messages=messages, split=split, rule="reword", status="synthetic")


def _language(text: str) -> str:
    told = language(text)
    return "zh" if told == "mixed" else told


_WHO = (
    (re.compile(r"(?:请问)?(?P<x>[^，。？?]{1,10})是谁"), "{x}是(?P<y>[^，。,. ]{{2,12}})[。.]?$"),
    (re.compile(r"who is (?P<x>[\w ]{2,24})", re.IGNORECASE), r"{x} is (?P<y>(?:the |my |our )?[\w]+(?: \w+)?)\.?$"),
)


def _other_names(rows: list[Row]) -> dict[str, list[str]]:
    """Names of the same one, as the training rows tell them: "老大是谁？" – "老大是哥哥JIM。"."""
    names: dict[str, list[str]] = {}
    for row in rows:
        for asks, tells in _WHO if row.split == "train" else ():
            asked = asks.fullmatch(row.question.strip().rstrip("?？"))
            told = asked and re.match(tells.format(x=re.escape(asked["x"])), row.answer.strip(), re.IGNORECASE)
            if asked and told and asked["x"].casefold() != told["y"].casefold():
                names.setdefault(asked["x"], []).append(told["y"])
                names.setdefault(told["y"], []).append(asked["x"])
    return names
