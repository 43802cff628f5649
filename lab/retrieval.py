"""Which passages of a data set's documents belong to a question, and the question as asked with them.

Knows: how a text is cut into passages, their ranking by BM25 (``bm25s``) over words (Chinese by ``rjieba``) and, where
a server of embeddings is named, by those too, and the words around passages in a prompt. Must not know who answers.
Source: Cormack, Clarke and Büttcher 2009 (SIGIR) for fusing two rankings by their ranks.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lab import embeddings
from lab.datasets import Datasets
from lab.likeness import language
from lab.records import Message, Passage, Version

PASSAGES = 3
"""Passages given with a question."""
LONGEST = 700
"""Characters up to which blocks of one section are drawn together into a passage."""
_SMOOTH = 60
"""Added to each rank before rankings are fused, so that the first place alone does not decide (Cormack et al.)."""
_BLOCK = re.compile(r"(?:[^\n]+\n?)+")
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*\s*$")
_WORD = re.compile(r"[a-z0-9]+(?:['’.-][a-z0-9]+)*|[\u3400-\u9fff]+")
_ASKS = {
    "en": ("Answer the question from these passages.", "Question: "),
    "zh": ("请根据以下资料回答问题。", "问题："),
}
"""What stands before the passages and before the question."""


def passages(document: str, text: str) -> list[Passage]:
    """``text`` cut at its blank lines into passages of one section each; ``text[start:end]`` is the passage."""
    found: list[Passage] = []
    heading = ""
    for block in _BLOCK.finditer(text):
        title = _HEADING.match(block.group())
        if title:
            heading = title.group(1)
        start, end = block.start(), block.start() + len(block.group().rstrip())
        last = found[-1] if found else None
        if last and last.heading == heading and end - last.start <= LONGEST:
            found[-1] = Passage(document, last.start, end, text[last.start : end], heading)
        elif end > start:
            found.append(Passage(document, start, end, text[start:end], heading))
    return found


def relevant(
    datasets: Datasets, version: Version, question: str, most: int = PASSAGES, near: str | None = None
) -> list[Passage]:
    """The ``most`` passages that fit the question best, best first; none that shares no word with it.

    With ``near``, the ``ADDRESS#MODEL`` of a server, its embeddings rank all passages too, and a passage is as good as
    its two ranks together. Raises ``EngineError`` where that server gives none.
    """
    index = _index(datasets, version)
    if not index.passages:
        return []
    if near is None:
        return [index.passages[place] for place in _by_words(index, question, most)]
    ranks = [_by_words(index, question, len(index.passages)), _by_embeddings(datasets, version, near, question)]
    return [index.passages[place] for place in _together(ranks)[:most]]


def whole(datasets: Datasets, version: Version) -> list[Passage]:
    """Each document of the version as one passage."""
    texts = ((name, datasets.document(version, name)) for name in version.documents)
    return [Passage(name, 0, len(text), text) for name, text in texts]


def asked_with(messages: Sequence[Message], given: Sequence[Passage]) -> tuple[Message, ...]:
    """The conversation with the passages put before its last question; unchanged without any."""
    place = max((number for number, message in enumerate(messages) if message.role == "user"), default=None)
    if place is None or not given:
        return tuple(messages)
    question = messages[place].content
    lead, mark = _ASKS["en" if language(question) == "en" else "zh"]
    texts = "\n\n".join(f"[{number}] {passage.text}" for number, passage in enumerate(given, start=1))
    asked = Message("user", f"{lead}\n\n{texts}\n\n{mark}{question}")
    return (*messages[:place], asked, *messages[place + 1 :])


@dataclass(frozen=True)
class _Index:
    passages: tuple[Passage, ...]
    ranking: Any


def _index(datasets: Datasets, version: Version) -> _Index:
    return _indexed(datasets, version.dataset, version.version)


@lru_cache(maxsize=8)
def _indexed(datasets: Datasets, dataset: str, wanted: str) -> _Index:
    """The index of one version, which never changes; made once a process."""
    import bm25s  # noqa: PLC0415 -- brings scipy, which a page that retrieves nothing should not wait for

    logging.getLogger("bm25s").setLevel(logging.WARNING)
    version = datasets.get(dataset, wanted)
    found = tuple(_all(datasets, version))
    ranking = bm25s.BM25()
    ranking.index([_words(f"{passage.heading} {passage.text}") for passage in found] or [[""]], show_progress=False)
    return _Index(found, ranking)


def _by_words(index: _Index, question: str, most: int) -> list[int]:
    """Places of passages by BM25, best first, of those that share a word with the question."""
    words = _words(question)
    if not words:
        return []
    places, scores = index.ranking.retrieve([words], k=min(most, len(index.passages)), show_progress=False)
    return [int(place) for place, score in zip(places[0], scores[0], strict=True) if score > 0]


def _by_embeddings(datasets: Datasets, version: Version, near: str, question: str) -> list[int]:
    """Places of all passages by the cosine of their embeddings with the question's, best first."""
    known = _embedded(datasets, version.dataset, version.version, near)
    likeness = known @ embeddings.vectors(near, [question])[0]
    return sorted(range(len(known)), key=lambda place: -likeness[place])


@lru_cache(maxsize=8)
def _embedded(datasets: Datasets, dataset: str, wanted: str, near: str) -> embeddings.Vectors:
    """The vectors of one version's passages; asked for once a process."""
    index = _indexed(datasets, dataset, wanted)
    return embeddings.vectors(near, [f"{one.heading}\n{one.text}".strip() for one in index.passages])


def _together(ranks: Sequence[Sequence[int]]) -> list[int]:
    """Several rankings as one, by reciprocal rank fusion."""
    scores: dict[int, float] = {}
    for ranked in ranks:
        for rank, place in enumerate(ranked, start=1):
            scores[place] = scores.get(place, 0.0) + 1 / (_SMOOTH + rank)
    return sorted(scores, key=lambda place: -scores[place])


def _all(datasets: Datasets, version: Version) -> Iterator[Passage]:
    for name in version.documents:
        yield from passages(name, datasets.document(version, name))


def _words(text: str) -> list[str]:
    """Words in small letters; Chinese as a segmenter for searching cuts it, and each of its characters."""
    import rjieba  # noqa: PLC0415 -- its dictionary is loaded when it is imported

    found: list[str] = []
    for piece in _WORD.findall(text.lower()):
        if "\u3400" <= piece[0] <= "\u9fff":
            found += [*rjieba.cut_for_search(piece), *piece]
        else:
            found.append(piece)
    return found
