"""Which passages of a data set's documents belong to a question, and the question as asked with them.

Knows: how a text is cut into passages, their ranking by BM25 (``bm25s``) over words (Chinese by ``rjieba``), and the
words around passages in a prompt. Must not know who answers.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lab.datasets import Datasets
from lab.likeness import language
from lab.records import Message, Passage, Version

PASSAGES = 3
"""Passages given with a question."""
LONGEST = 700
"""Characters up to which blocks of one section are drawn together into a passage."""
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


def relevant(datasets: Datasets, version: Version, question: str, most: int = PASSAGES) -> list[Passage]:
    """The ``most`` passages that fit the question best, best first; none that shares no word with it."""
    index = _index(datasets, version)
    words = _words(question)
    if not words or not index.passages:
        return []
    places, scores = index.ranking.retrieve([words], k=min(most, len(index.passages)), show_progress=False)
    return [index.passages[place] for place, score in zip(places[0], scores[0], strict=True) if score > 0]


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
