"""Which rows stand more than once, and which held-out rows training has already seen.

Knows: two walks over the rows. The first keeps 48 bytes a row (``lab.minhash``) and hashes; the second compares the
texts of candidates only, so that the cost stays near linear. A group that shares all its wording but a word (a form
letter) is compared with its first and its neighbour, not each with each. Must not know what is done about copies.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from lab import likeness
from lab.ingest.health.records import LISTED, Cluster, Copies, Leak, Leakage, Place
from lab.ingest.problems import shown
from lab.ingest.seen import Seen, digest
from lab.ingest.watch import conversation_key
from lab.minhash import Candidates
from lab.records import Row

NEARLY_SAME = 0.8
"""Likeness of whole conversations from which one is a near copy of the other."""
_HELD_OUT = {"validation", "test"}
_CLUSTERS = 50
_PLACES = 5


class CopyWatch:
    """First walk: ``see`` every row; second walk: ``compare`` the same rows again."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._whole, self._questions = Candidates(), Candidates()
        self._numbers = array("Q")
        """For each text in ``_whole``: the number of its row."""
        self._asked = array("Q")
        """The same for ``_questions``."""
        self._copies: dict[int, list[int]] = {}
        """First row of an exact cluster → its later copies."""
        self._held: dict[int, str] = {}
        """Rows that are held out, by number: their split is all that is kept."""
        self._rows = 0

    def see(self, row: Row) -> None:
        """One row of the first walk."""
        number, self._rows = self._rows, self._rows + 1
        if row.split in _HELD_OUT:
            self._held[number] = row.split
        first = self._seen.first(digest(conversation_key(row)), number)
        if first:
            self._copies.setdefault(first[0], []).append(number)
        else:
            self._numbers.append(number)
            self._whole.add(whole(row))
        if row.split:
            self._asked.append(number)
            self._questions.add(row.question)

    def compare(self, rows: Iterable[Row]) -> tuple[Copies, Leakage]:
        """The second walk, over the same rows in the same order."""
        pairs = {(self._numbers[one], self._numbers[other]) for one, other in self._whole.pairs()}
        asked = self._crossing(self._questions, self._asked)
        pairs |= {(min(pair), max(pair)) for pair in self._crossing(self._whole, self._numbers)}
        wanted = {number for pair in (*pairs, *asked) for number in pair} | self._copies.keys()
        wanted |= {number for later in self._copies.values() for number in later[:_PLACES]}
        wanted |= {number for later in self._copies.values() for number in later if number in self._held}
        texts = {number: row for number, row in enumerate(rows) if number in wanted}
        near = [
            (one, other, alike) for one, other in sorted(pairs) if (alike := _alike(texts, one, other)) >= NEARLY_SAME
        ]
        return self._clusters(near, texts), self._leakage(near, asked, texts)

    def _crossing(self, candidates: Candidates, numbers: array[int]) -> list[tuple[int, int]]:
        """Candidates of a held-out row and a trained one, as row numbers."""
        held = {place for place, number in enumerate(numbers) if number in self._held} if self._held else set()
        return [(numbers[one], numbers[other]) for one, other in candidates.crossing(held)] if held else []

    def _crosses(self, pair: tuple[int, int]) -> bool:
        return (pair[0] in self._held) != (pair[1] in self._held)

    def _clusters(self, near: list[tuple[int, int, float]], texts: dict[int, Row]) -> Copies:
        found = [
            Cluster("exact", len(later) + 1, _places([first, *later], texts)) for first, later in self._copies.items()
        ]
        groups = _joined((one, other) for one, other, _ in near)
        found += [Cluster("near", len(group), _places(group, texts)) for group in groups]
        found.sort(key=lambda cluster: (-cluster.size, cluster.kind))
        exact = sum(len(later) for later in self._copies.values())
        return Copies(self._rows, exact, sum(len(group) - 1 for group in groups), tuple(found[:_CLUSTERS]), NEARLY_SAME)

    def _leakage(
        self, near: list[tuple[int, int, float]], asked: list[tuple[int, int]], texts: dict[int, Row]
    ) -> Leakage:
        leaks: dict[int, Leak] = {}
        for first, later in self._copies.items():
            trained = next((number for number in (first, *later) if number not in self._held), None)
            for number in (first, *later) if trained is not None else ():
                if number in self._held:
                    leaks[number] = Leak("exact", _place(texts[number]), _place(texts.get(trained, texts[first])), 1.0)
        for one, other, alike in near:
            if self._crosses((one, other)):
                held, trained = (one, other) if one in self._held else (other, one)
                leaks.setdefault(held, Leak("near", _place(texts[held]), _place(texts[trained]), round(alike, 3)))
        for held, trained in asked:
            if held not in leaks and likeness.folded(texts[held].answer) == likeness.folded(texts[trained].answer):
                alike = likeness.likeness(texts[held].question, texts[trained].question)
                if alike >= likeness.NEAR:
                    leaks[held] = Leak("same_answer", _place(texts[held]), _place(texts[trained]), round(alike, 3))
        kinds = [leak.kind for leak in leaks.values()]
        shown_leaks = tuple(leaks[number] for number in sorted(leaks)[:LISTED])
        counted = Leakage(self._rows - len(self._held), len(self._held), leaks=shown_leaks)
        return replace(counted, **{kind: kinds.count(kind) for kind in ("exact", "near", "same_answer")})


def whole(row: Row) -> str:
    """What is said in the row, without its system prompt: rows that share a long prompt are not alike for it."""
    return "\n".join(message.content for message in row.messages if message.role != "system")


def _alike(texts: dict[int, Row], one: int, other: int) -> float:
    return likeness.likeness(whole(texts[one]), whole(texts[other]))


def _place(row: Row) -> Place:
    return Place(row.file, row.line or 0, shown(row.question, 80))


def _places(numbers: list[int], texts: dict[int, Row]) -> tuple[Place, ...]:
    return tuple(_place(texts[number]) for number in numbers[:_PLACES] if number in texts)


def _joined(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The groups that the pairs connect, each in order."""
    parent: dict[int, int] = {}

    def root(number: int) -> int:
        while parent.setdefault(number, number) != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups: dict[int, list[int]] = defaultdict(list)
    for number in sorted(parent):
        groups[root(number)].append(number)
    return list(groups.values())
