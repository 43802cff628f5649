"""What tuning changed, question by question, and word by word between two answers.

Knows: when an answer counts as right, and how two answers are told apart. Must not know how this is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lab.evals.board import Board
from lab.evals.evaluation import ItemRecord
from lab.evals.figures import figures

CHANGES = ("fixed", "broken", "both_wrong", "both_right", "not_scored")
"""What tuning changed comes first."""
ALIKE = 0.5
"""From this likeness on, what differs between two answers tells more than the answers themselves."""
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Asked:
    """One question and all its answers."""

    item: str
    slice: str
    change: str
    """One of ``CHANGES``; with one contestant only ``both_…``."""
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


def asked(board: Board, records: Sequence[ItemRecord]) -> list[Asked]:
    """Every question, those that tuning changed first, else in the order of the evaluation."""
    order = {one.name: place for place, one in enumerate(board.evaluation.contestants)}
    found: dict[str, dict[str, ItemRecord]] = {}
    for record in sorted(records, key=lambda record: order.get(record.contestant, len(order))):
        found.setdefault(record.item, {})[record.contestant] = record
    places = {record.item: place for place, record in reversed(list(enumerate(records)))}
    made = [
        Asked(item, next(iter(same.values())).slice, _change(board, same), same)
        for item, same in sorted(found.items(), key=lambda pair: places[pair[0]])
    ]
    return sorted(made, key=lambda one: CHANGES.index(one.change))


def is_right(board: Board, record: ItemRecord) -> bool | None:
    """Whether the answer is right by what the verdict is about; ``None`` where it is not a matter of yes or no."""
    if record.error:
        return None
    if record.judgement is not None:
        return record.judgement == "right"
    if board.headline == "checks" and record.checks:
        return all(record.checks.values())
    known = figures(board.evaluation.checks, board.evaluation.task, board.evaluation.labels)
    one = next((one for one in known if one.name == board.headline), None)
    vector = one.vector(record) if one and one.is_share else None
    return None if vector is None else bool(vector[0] == vector[-1])


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


def _change(board: Board, same: dict[str, ItemRecord]) -> str:
    names = (board.evaluation.base.name, board.subject)
    verdicts = [is_right(board, same[name]) if name in same else None for name in dict.fromkeys(names)]
    if None in verdicts:
        return "not_scored"
    was, now = verdicts[0], verdicts[-1]
    if was == now:
        return "both_right" if now else "both_wrong"
    return "fixed" if now else "broken"
