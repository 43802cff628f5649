"""Which rows are trained and which are kept to test with.

Knows: the two kinds of split, how ``auto`` chooses between them, and how groups are found. ``remember``: every
fact group is trained, some wordings of groups with several are kept back. ``generalise``: whole groups are kept
back. Everything follows from the rows, the shares and the seed. Must not know files or storage.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from statistics import median

from lab import likeness
from lab.errors import UsageError
from lab.records import Problem, Row

MODES = ("auto", "remember", "generalise")
SPLITS = ("train", "validation", "test")
MOST_FACTS = 300
"""More groups than this are a body of examples, not a handful of facts."""
LONGEST_FACT = 40
"""Words (or Chinese characters) up to which the median answer counts as a short fact."""
LONGEST_QUESTION = 60
"""Words up to which the median question counts as asking from memory; longer ones carry a passage."""
LEAST_TEST = 20
"""A test smaller than this tells little, so ``remember`` keeps back up to this many wordings if there are."""
_SAME = 0.9
_BUCKET = 200


@dataclass(frozen=True)
class Plan:
    """The rows with their split and group, and why."""

    rows: list[Row]
    mode: str
    reason: str
    """Words key of the sentence that says why this mode."""
    counts: dict[str, int]
    notes: tuple[Problem, ...] = ()
    """What a person should know of the split: an empty test, wordings too near to be tested."""


def plan(rows: list[Row], *, mode: str = "auto", shares: tuple[int, ...] = (80, 10, 10), seed: int = 0) -> Plan:
    """``rows`` with group and split set, in their order. Rows that carry a split keep it."""
    if mode not in MODES:
        raise UsageError("data.bad_mode", value=mode, allowed=", ".join(MODES))
    if len(shares) != 3 or min(shares) < 0 or shares[0] == 0:
        raise UsageError("data.bad_shares", value="/".join(map(str, shares)))
    rows = with_groups(rows)
    chosen, reason = _choose(rows) if mode == "auto" else (mode, "data.reason_chosen")
    parts = (shares[1] / sum(shares), shares[2] / sum(shares))
    notes: list[Problem] = []
    splits = _remember(rows, parts, seed, notes) if chosen == "remember" else _generalise(rows, parts, seed)
    split = [replace(row, split=splits[number]) for number, row in enumerate(rows)]
    notes += _notes(split, chosen)
    counts = {name: sum(row.split == name for row in split) for name in SPLITS}
    return Plan(split, chosen, reason, counts, tuple(notes))


def with_groups(rows: list[Row]) -> list[Row]:
    """Rows with a group each: the one they carry, else that of their question, else their own.

    Rows that answer alike and ask nearly alike are one group too, or a test could be passed by its twin.
    """
    grouped = [row if row.group else replace(row, group=own_group(row)) for row in rows]
    by_answer: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        if not row.group and not _is_conversation(row) and len(row.question) <= 200:
            by_answer.setdefault(likeness.folded(row.answer), []).append(number)
    for numbers in by_answer.values():
        if len(numbers) > 1:
            _join_twins(rows, grouped, numbers)
    return grouped


def _join_twins(rows: list[Row], grouped: list[Row], numbers: list[int]) -> None:
    """Give rows of one answer the group of an earlier one that asks nearly the same."""
    seen: list[tuple[frozenset[str], str]] = []
    for number in numbers[:_BUCKET]:
        grams = likeness.shingles(rows[number].question)
        twin = next((group for other, group in seen if _are_twins(grams, other)), None)
        if twin:
            grouped[number] = replace(grouped[number], group=twin)
        seen.append((grams, grouped[number].group))


def _are_twins(one: frozenset[str], other: frozenset[str]) -> bool:
    sizes = sorted((len(one), len(other)))
    return sizes[0] >= _SAME * sizes[1] and likeness.overlap(one, other) >= _SAME


def _is_conversation(row: Row) -> bool:
    return sum(message.role == "user" for message in row.messages) > 1


def own_group(row: Row) -> str:
    """The group of a row that carries none: its conversation, or its question."""
    if _is_conversation(row):
        return "c:" + _digest("\n".join(message.content for message in row.messages))
    return "q:" + _digest(likeness.folded(row.question) or row.id)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]


def _order(text: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}\n{text}".encode()).hexdigest()


def _choose(rows: list[Row]) -> tuple[str, str]:
    """(mode, words key of the reason)."""
    if not rows:
        return "remember", "data.reason_chosen"
    tested = {row.group for row in rows if row.split == "test"}
    if tested:
        trained = {row.group for row in rows if row.split in {"", "train"}}
        if len(tested & trained) * 2 >= len(tested):
            return "remember", "data.reason_file_tests_wordings"
        return "generalise", "data.reason_file_tests_groups"
    groups = {row.group: row for row in rows}
    if any(_is_conversation(row) for row in rows):
        return "generalise", "data.reason_conversations"
    if len(groups) > MOST_FACTS:
        return "generalise", "data.reason_many_groups"
    if median(likeness.length(row.answer) for row in rows) > LONGEST_FACT:
        return "generalise", "data.reason_long_answers"
    if median(likeness.length(row.question) for row in rows) > LONGEST_QUESTION:
        return "generalise", "data.reason_long_questions"
    answers = {likeness.folded(row.answer) for row in groups.values()}
    if len(groups) >= 10 and len(answers) * 2 <= len(groups):
        return "generalise", "data.reason_labels"
    return "remember", "data.reason_short_facts"


def _remember(rows: list[Row], parts: tuple[float, float], seed: int, notes: list[Problem]) -> list[str]:
    """Split of each row: every group keeps a trained wording; kept-back wordings are unlike the trained ones."""
    splits = [row.split for row in rows]
    if "test" in splits or "validation" in splits:
        return [split or "train" for split in splits]
    members: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        members.setdefault(row.group, []).append(number)
    several = {group: numbers for group, numbers in members.items() if len(numbers) > 1}
    test = max(round(len(rows) * parts[1]), min(LEAST_TEST, len(several))) if parts[1] else 0
    left = {"test": test, "validation": round(len(rows) * parts[0])}
    splits = ["train"] * len(rows)
    refused: set[int] = set()
    for split in ("test", "validation"):
        while left[split] > 0:
            before = left[split]
            for group in sorted(several, key=lambda group: _order(group, seed)):
                if left[split] > 0 and _keep_back(rows, several[group], splits, split, seed, refused):
                    left[split] -= 1
            if left[split] == before:
                break
    if refused:
        first = min(refused)
        values = {"count": len(refused)}
        notes.append(Problem(rows[first].line, "near_wording_trained", "info", rows[first].file, values))
    return splits


def _keep_back(
    rows: list[Row], numbers: list[int], splits: list[str], split: str, seed: int, refused: set[int]
) -> bool:
    """Move one wording of a group from train to ``split``; ``False`` when none may go."""
    trained = [number for number in numbers if splits[number] == "train"]
    if len(trained) < 2:
        return False
    for number in sorted(trained[1:], key=lambda number: _order(rows[number].id, seed)):
        others = [rows[other].question for other in trained if other != number]
        if likeness.is_near(rows[number].question, others):
            refused.add(number)
            continue
        splits[number] = split
        return True
    return False


def _generalise(rows: list[Row], parts: tuple[float, float], seed: int) -> list[str]:
    """Split of each row: groups in the order of their hash fill the test, then the validation, then train."""
    given = {row.group: row.split for row in rows if row.split}
    free = [group for group in dict.fromkeys(row.group for row in rows) if group not in given]
    chosen = dict.fromkeys(free, "train")
    if not {"test", "validation"} & set(given.values()):
        ordered = sorted(free, key=lambda group: _order(group, seed))
        test = _quota(len(free), parts[1], 3)
        validation = _quota(len(free), parts[0], 10)
        chosen |= dict.fromkeys(ordered[:test], "test")
        chosen |= dict.fromkeys(ordered[test : test + validation], "validation")
    return [row.split or given.get(row.group) or chosen[row.group] for row in rows]


def _quota(groups: int, part: float, from_groups: int) -> int:
    """Groups for one split: at least one where there are ``from_groups``, never all but none for training."""
    wanted = max(round(groups * part), 1 if groups >= from_groups and part else 0)
    return min(wanted, max(0, (groups - 1) // 2))


def _notes(rows: list[Row], mode: str) -> list[Problem]:
    """What the finished split leaves to know."""
    notes = []
    trained: dict[str, list[str]] = {}
    for row in rows:
        if row.split == "train":
            trained.setdefault(row.group, []).append(row.question)
    tested = [row for row in rows if row.split == "test"]
    if not tested:
        notes.append(Problem(None, "nothing_to_test", "info", values={"groups": len(trained)}))
    if mode == "remember":
        untaught = Counter(row.group for row in rows if row.group not in trained)
        for row in rows:
            if untaught.pop(row.group, 0):
                notes.append(Problem(row.line, "never_taught", "warning", row.file, {"group": row.group}))
        near = [row for row in tested if likeness.is_near(row.question, trained.get(row.group, []))]
        notes += [Problem(row.line, "near_wording_tested", "warning", row.file) for row in near]
    return notes
