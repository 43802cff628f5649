"""What tuning changed, question by question, and word by word between two answers.

Knows: when an answer counts as right, and how two answers are told apart. Must not know how this is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from lab.evals.board import Board
from lab.evals.evaluation import ItemRecord, items_at
from lab.evals.figures import figures

CHANGES = ("fixed", "broken", "both_wrong", "both_right", "not_scored")
"""What tuning changed comes first."""
ALIKE = 0.5
"""From this likeness on, what differs between two answers tells more than the answers themselves."""
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Question:
    """One question: what tuning changed in it, and where its answers stand."""

    item: str
    slice: str
    change: str
    """One of ``CHANGES``; with one contestant only ``both_…``."""
    places: tuple[int, ...]
    """Of its answers, in the order of the evaluation's contestants."""


@dataclass(frozen=True)
class Asked:
    """One question and all its answers."""

    item: str
    slice: str
    change: str
    """One of ``CHANGES``."""
    answers: dict[str, ItemRecord]
    """Contestant → its answer, in the order of the evaluation."""

    @property
    def first(self) -> ItemRecord:
        """Any of its records: question, reference and place are the same in all."""
        return next(iter(self.answers.values()))


@dataclass(frozen=True)
class Piece:
    """A run of text in an answer, as against another one."""

    kind: str
    """``same``, ``gone`` (only the first has it) or ``new`` (only the second)."""
    text: str


def questions(board: Board, placed: Iterable[tuple[int, ItemRecord]]) -> list[Question]:
    """Every question, those that tuning changed first, else in the order of the evaluation; keeps no answer."""
    order = {one.name: place for place, one in enumerate(board.evaluation.contestants)}
    is_right, pair = _judge(board), (board.evaluation.base.name, board.subject)
    slices: dict[str, str] = {}
    places: dict[str, list[tuple[int, int]]] = {}
    told: dict[str, dict[str, bool | None]] = {}
    for place, record in placed:
        slices.setdefault(record.item, record.slice)
        places.setdefault(record.item, []).append((order.get(record.contestant, len(order)), place))
        if record.contestant in pair:
            told.setdefault(record.item, {})[record.contestant] = is_right(record)
    made = [
        Question(item, part, _change(pair, told.get(item, {})), tuple(place for _, place in sorted(places[item])))
        for item, part in slices.items()
    ]
    return sorted(made, key=lambda one: CHANGES.index(one.change))


@dataclass(frozen=True)
class Stored:
    """The questions of an evaluation on the disk; each is read with its answers when it is its turn."""

    folder: Path
    found: tuple[Question, ...]

    def __iter__(self) -> Iterator[Asked]:
        return self.read(self.found)

    def read(self, wanted: Iterable[Question]) -> Iterator[Asked]:
        """These of them, with their answers."""
        for one in wanted:
            answers = {record.contestant: record for record in items_at(self.folder, one.places)}
            yield Asked(one.item, one.slice, one.change, answers)


def _judge(board: Board) -> Callable[[ItemRecord], bool | None]:
    """Tells whether an answer is right by what the verdict is about; ``None``: it is not a matter of yes or no."""
    known = figures(board.evaluation.checks, board.evaluation.task, board.evaluation.labels)
    figure = next((one for one in known if one.name == board.headline and one.is_share), None)

    def is_right(record: ItemRecord) -> bool | None:
        if record.error:
            return None
        if record.judgement is not None:
            return record.judgement == "right"
        if board.headline == "checks" and record.checks:
            return all(record.checks.values())
        vector = figure.vector(record) if figure else None
        return None if vector is None else bool(vector[0] == vector[-1])

    return is_right


def pieces(before: str, after: str) -> list[Piece]:
    """What of ``before`` is gone and what in ``after`` is new, by words and Chinese characters."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    made: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            made.append(Piece("same", "".join(old[a:b])))
            continue
        made += [Piece("gone", "".join(old[a:b]))] if b > a else []
        made += [Piece("new", "".join(new[c:d]))] if d > c else []
    return made


def is_alike(before: str, after: str) -> bool:
    """Whether two answers are alike enough for their difference to be read."""
    if max(len(before), len(after)) > 4000:
        return False
    old, new = ([word for word in _WORD.findall(text) if word.strip()] for text in (before, after))
    return SequenceMatcher(None, old, new, autojunk=False).ratio() >= ALIKE


def _change(pair: tuple[str, str], told: dict[str, bool | None]) -> str:
    verdicts = [told.get(name) for name in dict.fromkeys(pair)]
    if None in verdicts:
        return "not_scored"
    was, now = verdicts[0], verdicts[-1]
    if was == now:
        return "both_right" if now else "both_wrong"
    return "fixed" if now else "broken"
