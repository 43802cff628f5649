"""Which rows belong together: same fact, same document, same conversation.

Knows: how a group is found where the data names none, from one pass that keeps numbers and no texts. The group of a
row follows from what it and its kin hold, never from the order of rows. Must not know splits.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lab import likeness
from lab.checks import row_untold
from lab.ingest.rules.seen import digest
from lab.ingest.splitting.nearness import Twins, Wording, are_twins
from lab.ingest.splitting.spool import Rows
from lab.records import Message, Row

LEAST_DOCUMENTS = 3
"""With fewer documents none can be held out, so their facts are the groups."""
_PASSAGE = 200
"""Characters from which a paragraph of a prompt counts as a text that is asked about."""
_TEMPLATE = (20, 0.2, 0.6)
"""What more rows than this and more than this part of them share, or anyhow more than this part, is the template of the
prompts, not the text they ask about."""
_KINDS = "dqc"
"""A group by document, by question, by conversation; the first of them names a group that has several."""
_GIVEN = 1 << 63
Codes = NDArray[np.uint64]


def own_group(row: Row) -> str:
    """The group of a row that carries none: its conversation, or its question."""
    return label(_own_code(row))


def label(code: int) -> str:
    """The name of a group that the data did not name."""
    return f"{_KINDS[code >> 48]}:{code & (1 << 48) - 1:012x}"


def is_conversation(row: Row) -> bool:
    """Whether the row has several user turns."""
    return sum(message.role == "user" for message in row.messages) > 1


def _own_code(row: Row) -> int:
    if is_conversation(row):
        return _code("c", "\n".join(message.content for message in row.messages))
    return _code("q", likeness.folded(row.question) or row.id)


def _code(kind: str, text: str) -> int:
    whole = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return _KINDS.index(kind) << 48 | int(whole, 16)


class Outline:
    """One number or few for each row, from one pass: all that groups and splits are made of."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        names = ("own", "answer", "question", "content", "passage", "document")
        held = {name: array("Q") for name in names}
        marks, talks, untold = array("B"), array("B"), array("B")
        self._turns = _Turns()
        for number, row in enumerate(rows):
            answer = likeness.folded(row.answer)
            held["own"].append(digest(row.group) | _GIVEN if row.group else _own_code(row))
            held["answer"].append(digest(answer))
            held["question"].append(digest(likeness.folded(row.question) or row.id))
            held["content"].append(digest(row.question, row.answer))
            held["passage"].append(_passage(row))
            held["document"].append(digest(row.document) if row.document else 0)
            marks.append(("", "train", "validation", "test").index(row.split))
            talks.append(is_conversation(row))
            untold.append(row_untold(row))
            if not row.group:
                self._turns.add(number, row)
        columns = {name: np.frombuffer(values, dtype=np.uint64) for name, values in held.items()}
        self.own, self.answer, self.question = columns["own"], columns["answer"], columns["question"]
        self.content, self._passages, self._documents = columns["content"], columns["passage"], columns["document"]
        self.marks = np.frombuffer(marks, dtype=np.uint8)
        """0 where the data names no split, else 1 train, 2 validation, 3 test."""
        self.untold = np.frombuffer(untold, dtype=np.uint8).astype(np.bool_)
        """Whether the row asks what the data does not tell."""
        self.has_conversations = bool(np.any(np.frombuffer(talks, dtype=np.uint8)))

    def __len__(self) -> int:
        return len(self.own)

    def facts(self) -> Codes:
        """The group of each row by question or conversation; twins with the same answer are one."""
        groups = _Joined(self.own)
        for one, other in self._twins():
            groups.join(one, other)
        return groups.codes()

    def wholes(self, facts: Codes) -> Codes:
        """The group of each row when nothing of a document or a conversation may stand apart."""
        groups = _Joined(facts)
        free = (self.own & np.uint64(_GIVEN)) == 0
        for run in _runs(self._passages, free & (self._passages != 0), len(self)):
            groups.join(*run)
        for run in self._turns.runs(len(self)):
            groups.join(*run)
        codes = groups.codes()
        if len(np.unique(self._documents[self._documents != 0])) < LEAST_DOCUMENTS:
            return codes
        return _by_document(codes, self._documents)

    def names(self, codes: Codes) -> Iterator[str | None]:
        """The name of each row's group; ``None`` where the row keeps the one it carries."""
        return (None if code >= _GIVEN else label(code) for code in map(int, codes))

    def _twins(self) -> Iterator[tuple[int, int]]:
        """Pairs of ungrouped single questions with the same answer that are all but the same."""
        kinds = self.own >> np.uint64(48)
        free = np.flatnonzero(kinds == _KINDS.index("q"))
        answers, counts = np.unique(self.answer[free], return_counts=True)
        shared = free[np.isin(self.answer[free], answers[counts > 1])]
        if not len(shared):
            return
        twins = Twins()
        for row in self.rows.at(shared):
            twins.add(Wording(row.question), likeness.folded(row.answer))
        for one, other in twins.pairs():
            pair = int(shared[one]), int(shared[other])
            if self.own[pair[0]] != self.own[pair[1]]:
                first, second = (Wording(row.question) for row in self.rows.at(pair))
                if are_twins(first, second):
                    yield pair


def _passage(row: Row) -> int:
    """64 bits for the longest paragraph that the row asks about; 0 when it has none."""
    texts = (message.content for message in row.messages if message.role in {"system", "user"})
    long = [part for text in texts if len(text) >= _PASSAGE for part in text.split("\n") if len(part) >= _PASSAGE]
    return digest(likeness.folded(max(long, key=len))) if long else 0


class _Turns:
    """Where conversations begin alike: a hash for each exchange, of it and all before it."""

    def __init__(self) -> None:
        self._keys, self._rows, self._deep = array("Q"), array("Q"), array("B")

    def add(self, number: int, row: Row) -> None:
        """The beginnings of one row; those of one exchange only join a row that is no more than it."""
        talk = [message for message in row.messages if message.role != "system"]
        ends = [place for place, message in enumerate(talk, 1) if message.role == "assistant"]
        for depth, end in enumerate(ends, 1):
            self._keys.append(_beginning(talk[:end]))
            self._rows.append(number)
            self._deep.append(depth > 1 or end == len(talk))

    def runs(self, rows: int) -> Iterator[list[int]]:
        """Rows of one conversation each."""
        keys, numbers = (np.frombuffer(held, dtype=np.uint64) for held in (self._keys, self._rows))
        deep = np.unique(keys[np.frombuffer(self._deep, dtype=np.uint8) == 1])
        for run in _runs(keys, np.isin(keys, deep), rows):
            yield [int(numbers[place]) for place in run]


def _beginning(talk: list[Message]) -> int:
    return digest(*(part for message in talk for part in (message.role, message.content)))


def _runs(keys: Codes, which: NDArray[np.bool_], rows: int) -> Iterator[list[int]]:
    """Places of equal keys, where there are several but not so many that it is the template."""
    places = np.flatnonzero(which)
    few, part, most = _TEMPLATE
    limit = min(max(few, part * rows), max(2, most * rows))
    for run in equal_runs(keys, places[np.argsort(keys[places], kind="stable")]):
        if 1 < len(run) <= limit:
            yield [int(place) for place in run]


def equal_runs(keys: Codes, order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """``order``, in which equal keys stand together, cut where the key changes."""
    ordered = keys[order]
    return np.split(order, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1) if len(order) else []


class _Joined:
    """Groups that become one: each takes the smallest code of its members."""

    def __init__(self, codes: Codes) -> None:
        self._codes, self._of = np.unique(codes, return_inverse=True)
        self._parents = array("Q", range(len(self._codes)))

    def join(self, *rows: int) -> None:
        """The groups of these rows are one from now on."""
        first, *others = {self._root(int(self._of[row])) for row in rows}
        for other in others:
            # The codes are sorted, so the smaller number is the smaller code.
            first, other = sorted((self._root(first), self._root(other)))
            self._parents[other] = first

    def codes(self) -> Codes:
        """The code of each row's group."""
        roots = np.array([self._root(number) for number in range(len(self._codes))], dtype=np.int64)
        joined: Codes = self._codes[roots][self._of] if len(self._codes) else self._codes
        return joined

    def _root(self, number: int) -> int:
        while (parent := self._parents[number]) != number:
            self._parents[number] = self._parents[parent]
            number = parent
        return number


def _by_document(codes: Codes, documents: Codes) -> Codes:
    """Groups that keep each document whole, named after the smallest of their documents."""
    own = np.where(documents != 0, documents & np.uint64((1 << 48) - 1), codes)
    groups = _Joined(own)
    order = np.argsort(codes, kind="stable")
    for one, other in pairwise(order):
        if codes[one] == codes[other]:
            groups.join(int(one), int(other))
    return groups.codes()
