"""Which rows stand more than once, and which held-out rows training has already seen.

Knows: two walks over the rows. The first keeps 48 bytes a row (``lab.minhash``) and hashes; the second compares the
texts of candidates only, so that the cost stays near linear. A group that shares all its wording but a word (a form
letter) is compared with its first and its neighbour, not each with each. Must not know what is done about copies.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from lab import likeness
from lab.ingest.health.records import LISTED, Cluster, Copies, Leak, Leakage, Place
from lab.ingest.problems import shown
from lab.ingest.rules.seen import Seen, digest
from lab.ingest.rules.watch import conversation_key
from lab.minhash import Candidates
from lab.records import Message, Row

NEARLY_SAME = 0.8
"""Likeness of whole conversations from which one is a near copy of the other."""
_HELD_OUT = {"validation", "test"}
_CLUSTERS = 50
_COMPARED = 20_000
"""Characters of a text that are compared."""
_PLACES = 5
_SAMPLED, _LINE, _SHARED, _SHARED_ROWS = 2000, 20, 0.05, 8
"""A line of 20 characters that stands in 5 % of the first 2,000 rows, and in 8, is an instruction they share."""


class CopyWatch:
    """First walk: ``see`` every row; second walk: ``compare`` the same rows again."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._whole, self._questions = Candidates(), Candidates()
        self._numbers = array("Q")
        """For each text in ``_whole``: the number of its row."""
        self._asked = array("Q")
        """The same for ``_questions``."""
        self._answers = array("Q")
        """Hash of the answer to each of ``_questions``."""
        self._copies: dict[int, list[int]] = {}
        """First row of an exact cluster → its later copies."""
        self._held: dict[int, str] = {}
        """Rows that are held out, by number: their split is all that is kept."""
        self._rows = 0
        self._lines: Counter[int] = Counter()
        """Rows among the first ones that hold a line of some length in what the user says."""

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
        if number < _SAMPLED:
            self._lines.update({digest(line) for line in _asked_lines(row)})
        if row.split and _is_single(row):
            self._asked.append(number)
            self._questions.add(row.question)
            self._answers.append(digest(likeness.folded(row.answer)))

    def compare(self, rows: Iterable[Row]) -> tuple[Copies, Leakage]:
        """The second walk, over the same rows in the same order."""
        pairs = {(self._numbers[one], self._numbers[other]) for one, other in self._whole.pairs(shared=2)}
        asked = [
            (self._asked[one], self._asked[other])
            for one, other in self._crossing(self._questions, self._asked, 1)
            if self._answers[one] == self._answers[other]
        ]
        crossing = self._crossing(self._whole, self._numbers, 2)
        pairs |= {(min(pair), max(pair)) for pair in ((self._numbers[a], self._numbers[b]) for a, b in crossing)}
        wanted = {number for pair in (*pairs, *asked) for number in pair} | self._copies.keys()
        wanted |= {number for later in self._copies.values() for number in later[:_PLACES]}
        wanted |= {number for later in self._copies.values() for number in later if number in self._held}
        wanted |= {number for first in self._copies if (number := self._trained_copy(first)) is not None}
        said = Said(self._lines, min(self._rows, _SAMPLED))
        texts = {number: said.kept(row) for number, row in enumerate(rows) if number in wanted}
        near = [
            (one, other, alike)
            for one, other in sorted(pairs)
            if (alike := texts[one].alike(texts[other])) >= NEARLY_SAME
        ]
        return self._clusters(near, texts), self._leakage(near, asked, texts)

    def _crossing(self, candidates: Candidates, numbers: array[int], shared: int) -> Iterator[tuple[int, int]]:
        """Candidates of a held-out row and a trained one, as places among the candidates."""
        held = {place for place, number in enumerate(numbers) if number in self._held} if self._held else set()
        return candidates.crossing(held, shared) if held else iter(())

    def _crosses(self, pair: tuple[int, int]) -> bool:
        return (pair[0] in self._held) != (pair[1] in self._held)

    def _clusters(self, near: list[tuple[int, int, float]], texts: dict[int, Kept]) -> Copies:
        found = [
            Cluster("exact", len(later) + 1, _places([first, *later], texts)) for first, later in self._copies.items()
        ]
        groups = _joined((one, other) for one, other, _ in near)
        found += [Cluster("near", len(group), _places(group, texts)) for group in groups]
        found.sort(key=lambda cluster: (-cluster.size, cluster.kind))
        exact = sum(len(later) for later in self._copies.values())
        return Copies(self._rows, exact, sum(len(group) - 1 for group in groups), tuple(found[:_CLUSTERS]), NEARLY_SAME)

    def _leakage(
        self, near: list[tuple[int, int, float]], asked: list[tuple[int, int]], texts: dict[int, Kept]
    ) -> Leakage:
        leaks: dict[int, Leak] = {}

        def leak(kind: str, held: int, trained: int, alike: float) -> None:
            for number in (held, *self._copies.get(held, ())):
                if number in self._held and number in texts:
                    places = texts[number].place, texts[trained].place
                    leaks.setdefault(number, Leak(kind, *places, round(alike, 3)))

        for first in self._copies:
            trained = self._trained_copy(first)
            if trained is not None:
                leak("exact", first, trained, 1.0)
        for one, other, alike in near:
            if self._crosses((one, other)):
                held, trained = (one, other) if one in self._held else (other, one)
                leak("near", held, trained, alike)
        for held, trained in asked:
            if held not in leaks:
                alike = likeness.likeness(texts[held].asked, texts[trained].asked)
                if alike >= likeness.NEAR:
                    leak("same_answer", held, trained, alike)
        counts = Counter(found.kind for found in leaks.values())
        shown_leaks = tuple(leaks[number] for number in sorted(leaks)[:LISTED])
        trained_rows, held_rows = self._rows - len(self._held), len(self._held)
        return Leakage(
            trained_rows, held_rows, counts["exact"], counts["near"], counts["same_answer"], leaks=shown_leaks
        )

    def _trained_copy(self, first: int) -> int | None:
        """The first trained row among the exact copies of a row, itself among them."""
        return next((number for number in (first, *self._copies[first]) if number not in self._held), None)


class Kept(NamedTuple):
    """A row as far as it is compared."""

    file: str
    line: int
    asked: str
    """The last user turn."""
    text: str
    """Every turn but the system prompt."""

    @property
    def place(self) -> Place:
        """Where the row stands, with the beginning of its question."""
        return Place(self.file, self.line, shown(" ".join(self.asked.split()), 80))

    def alike(self, other: Kept) -> float:
        """Likeness of two rows; 0 where only what is answered is alike (long labels), not what is asked."""
        if likeness.overlap(_grams(self.asked), _grams(other.asked)) < likeness.NEAR:
            return 0.0
        return likeness.overlap(_grams(self.text), _grams(other.text))


class Said:
    """What rows say of their own: without instructions that many rows share, which would make all of them alike."""

    def __init__(self, lines: Counter[int], rows: int) -> None:
        least = max(_SHARED_ROWS, _SHARED * rows)
        self._shared = {line for line, count in lines.items() if count >= least}

    def kept(self, row: Row) -> Kept:
        """What is needed of a row to compare it."""
        said = (self._own(m.content) if m.role == "user" else m.content for m in _talk(row))
        asked, text = self._own(row.question), "\n".join(said)
        return Kept(row.file, row.line or 0, asked[:_COMPARED], text[:_COMPARED])

    def _own(self, text: str) -> str:
        kept = [line for line in text.split("\n") if len(line) < _LINE or digest(line) not in self._shared]
        return "\n".join(kept) if any(line.strip() for line in kept) else text


def whole(row: Row) -> str:
    """What is said in the row, without its system prompt: rows that share a long prompt are not alike for it."""
    return "\n".join(message.content for message in _talk(row))


def _talk(row: Row) -> Iterator[Message]:
    return (message for message in row.messages if message.role != "system")


def _asked_lines(row: Row) -> Iterator[str]:
    for message in row.messages:
        if message.role == "user":
            yield from (line for line in message.content.split("\n") if len(line) >= _LINE)


def _is_single(row: Row) -> bool:
    """Whether the row asks one question: a last turn such as "no, thanks" says nothing of a conversation."""
    return sum(message.role == "user" for message in row.messages) == 1


@lru_cache(maxsize=4096)
def _grams(text: str) -> frozenset[str]:
    """Of the same text again and again: pairs come sorted by their first row."""
    return likeness.shingles(text)


def _places(numbers: list[int], texts: dict[int, Kept]) -> tuple[Place, ...]:
    return tuple(texts[number].place for number in numbers[:_PLACES] if number in texts)


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
