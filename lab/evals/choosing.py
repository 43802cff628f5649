"""Which questions an evaluation asks, in which slice, and of whom.

Knows: how test rows, trained rows, another data set's rows and the shipped general questions become items. Must not
know how they are asked or judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lab import retrieval
from lab.checks import row_untold
from lab.datasets import Datasets
from lab.evals.evaluation import CROSS_DOMAIN, KEEP_ALIVE
from lab.records import Contestant, Message, Passage, Row, Run, Version
from lab.text import normal

TRAINED_SAMPLE = 20
"""Trained wordings that are asked, and unseen facts that are asked without their passage."""
CROSS_SAMPLE = 50
"""Questions of another data set that are asked."""
WITH_PASSAGE = "+passage"
"""Ends the name of the item that asks a row with its passage: the row makes two, known by their names."""


@dataclass(frozen=True)
class Item:
    """One question of an evaluation."""

    row: Row
    slice: str
    given: tuple[Passage, ...] = ()
    """What of the data set's own documents is given with the question, whoever is asked."""

    @property
    def context(self) -> tuple[Message, ...]:
        """Every turn before the last assistant turn."""
        last = max(place for place, message in enumerate(self.row.messages) if message.role == "assistant")
        return self.row.messages[:last]

    @property
    def asked(self) -> tuple[Message, ...]:
        """What is asked: the context, with the passages given."""
        return retrieval.asked_with(self.context, self.given)

    def by(self, contestant: Contestant) -> Contestant:
        """The contestant as it is asked: where the passage is given, nobody looks for another."""
        return replace(contestant, documents=None, whole=False) if self.given else contestant


def choose(datasets: Datasets, version: Version, runs: Iterable[Run], max_items: int = 0) -> list[Item]:
    """The items of an evaluation: every test row, and a sample of the trained ones.

    A test row whose very words one of ``runs`` was trained on (in another version or data set) counts as trained. Of
    facts that were not trained and whose passage is known all are asked with it, and a sample without it.
    """
    trained = [row for row in datasets.rows(version, "train") if row.answer]
    groups = {row.group for row in trained}
    seen = _seen(datasets, runs, version)
    test: list[Row] = []
    leaked: list[Row] = []
    for row in datasets.rows(version, "test"):
        if row.answer:
            (leaked if _asked(row) in seen else test).append(row)
    limit = min(max_items or TRAINED_SAMPLE, TRAINED_SAMPLE)
    tested = list(_tested(datasets, version, _sample(test, max_items), groups, limit))
    told = [row for row in (*trained, *leaked) if not row_untold(row)]
    return [*tested, *(Item(row, "trained") for row in _sample(told, limit))]


def elsewhere(
    datasets: Datasets, other: Version, runs: Iterable[Run], version: Version, max_items: int = 0
) -> list[Item]:
    """The items of the slice cross-domain: test rows of ``other`` that none of ``runs`` was trained on."""
    seen = _seen(datasets, runs, other) | {_asked(row) for row in datasets.rows(version)}
    rows = [row for row in datasets.rows(other, "test") if row.answer and _asked(row) not in seen]
    limit = min(max_items or CROSS_SAMPLE, CROSS_SAMPLE)
    return [Item(row, CROSS_DOMAIN) for row in _sample(rows, limit)]


def is_asked(contestant: Contestant, slice_name: str) -> bool:
    """Whether the contestant gets the questions of that slice.

    General questions show what a run has forgotten, so they are put to models as they are; answers brought as a file
    are about the data set alone.
    """
    if slice_name == KEEP_ALIVE:
        return not (contestant.url or contestant.few or contestant.documents or contestant.system is not None)
    return slice_name != CROSS_DOMAIN or not (contestant.url or "").startswith("file:")


def sample_items(items: Sequence[Item], limit: int) -> list[Item]:
    """At most ``limit`` items, the same ones each time, in their order."""
    kept = {row.id for row in _sample([item.row for item in items], limit)}
    return [item for item in items if item.row.id in kept]


def _tested(datasets: Datasets, version: Version, rows: Sequence[Row], trained: set[str], limit: int) -> Iterator[Item]:
    passages: dict[str, list[Passage]] = {}
    alone: list[Row] = []
    for row in rows:
        name = _slice(row, trained)
        given = _passage(datasets, version, row, passages) if name == "unseen" else None
        if given:
            alone.append(row)
            yield Item(replace(row, id=row.id + WITH_PASSAGE), "with_passage", (given,))
        else:
            yield Item(row, name)
    yield from (Item(row, "unseen") for row in _sample(alone, limit))


def _passage(datasets: Datasets, version: Version, row: Row, known: dict[str, list[Passage]]) -> Passage | None:
    """The passage of its document that a row's evidence stands in; ``None`` where the row names none."""
    if row.document is None or row.start is None or row.document not in version.documents:
        return None
    if row.document not in known:
        known[row.document] = retrieval.passages(row.document, datasets.document(version, row.document))
    return next((one for one in known[row.document] if one.start <= row.start < one.end), None)


def _slice(row: Row, trained: set[str]) -> str:
    """Which slice a test row is of, where the groups ``trained`` are."""
    if row_untold(row):
        return "untold"
    return "new_wording" if row.group in trained else "unseen"


def _seen(datasets: Datasets, runs: Iterable[Run], version: Version) -> set[str]:
    """What ``runs`` were trained on, where that is not this version's own training part."""
    found: set[str] = set()
    for run in runs:
        is_here = (datasets.workspace.dataset(run.dataset) / run.version / "version.json").is_file()
        if is_here and (run.dataset, run.version) != (version.dataset, version.version):
            found |= {_asked(row) for row in datasets.rows(datasets.get(run.dataset, run.version), "train")}
    return found


def _asked(row: Row) -> str:
    return "\n".join(normal(message.content) for message in row.messages if message.role == "user")


def _sample(rows: list[Row], limit: int) -> list[Row]:
    """At most ``limit`` rows (0: all), the same ones each time, in their order."""
    if not limit or len(rows) <= limit:
        return rows
    chosen = {row.id for row in sorted(rows, key=lambda row: hashlib.sha256(row.id.encode()).digest())[:limit]}
    return [row for row in rows if row.id in chosen]
