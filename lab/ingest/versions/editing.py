"""A version changed by hand becomes the next version.

Knows: which rows were changed, added, deleted and tagged, and what of that the rules allow. Rows pass one at a time.
Must not know the page or where versions lie.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from lab.datasets import Datasets
from lab.errors import DataError
from lab.ingest.problems import grouped
from lab.ingest.rules.conversation import check_order
from lab.ingest.rules.oddities import row_problems
from lab.ingest.shaping.turns import Unusable
from lab.ingest.splitting.placing import Placing
from lab.records import Message, Problem, Row, Version


@dataclass(frozen=True)
class Edits:
    """What a person did to the rows of a version or a draft; plain enough to be kept as JSON."""

    changed: tuple[Row, ...] = ()
    """Rows as they are now; the id says which row it was."""
    deleted: tuple[str, ...] = ()
    """Ids of rows taken out."""
    added: tuple[Row, ...] = ()
    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Id → all tags of the row."""

    def __bool__(self) -> bool:
        return bool(self.changed or self.deleted or self.added or self.tags)

    def change(self, row: Row) -> Edits:
        """With ``row`` (as ``reworded`` made it) in the place of the row with its id."""
        if any(row.id == other.id for other in self.added):
            return replace(self, added=tuple(row if row.id == other.id else other for other in self.added))
        return replace(self, changed=(*(other for other in self.changed if other.id != row.id), row))

    def delete(self, *ids: str) -> Edits:
        """Without the rows ``ids``."""
        gone = set(ids)
        return replace(
            self,
            changed=tuple(row for row in self.changed if row.id not in gone),
            added=tuple(row for row in self.added if row.id not in gone),
            tags={row: tags for row, tags in self.tags.items() if row not in gone},
            deleted=tuple(dict.fromkeys((*self.deleted, *sorted(gone - {row.id for row in self.added})))),
        )

    def add(self, *rows: Row) -> Edits:
        """With more rows (as ``new_row`` made them)."""
        return replace(self, added=(*self.added, *rows))

    def tag(self, ids: Iterable[str], tags: Iterable[str]) -> Edits:
        """With exactly these tags on the rows ``ids``."""
        wanted = tuple(dict.fromkeys(text.strip() for text in tags if text.strip()))
        return replace(self, tags={**self.tags, **dict.fromkeys(ids, wanted)})


@dataclass(frozen=True)
class Edited:
    """The new version and what a person should know of it."""

    version: Version
    notes: tuple[Problem, ...] = ()


def reworded(row: Row, *, question: str | None = None, answer: str | None = None, system: str | None = None) -> Row:
    """``row`` with other texts: of its last question, its last answer, its system prompt (empty: none).

    It keeps its id, file, line and split, and is marked as edited. Raises ``DataError`` when a rule would be broken.
    """
    messages = list(row.messages)
    for role, text in (("user", question), ("assistant", answer)):
        place = max((number for number, message in enumerate(messages) if message.role == role), default=None)
        if text is not None and place is not None:
            messages[place] = replace(messages[place], content=text)
    if system is not None:
        rest = [message for message in messages if message.role != "system"]
        messages = [Message("system", system), *rest] if system.strip() else rest
    return rewritten(row, tuple(messages))


def rewritten(row: Row, messages: tuple[Message, ...]) -> Row:
    """``row`` with other turns; otherwise as ``reworded``."""
    if messages == row.messages:
        return row
    status = row.status if row.status == "added" else "edited"
    return _kept_to_rules(replace(row, messages=messages, status=status))


def written(messages: tuple[Message, ...], *, tags: tuple[str, ...] = ()) -> Row:
    """A conversation written by hand. Raises ``DataError`` when a rule is broken."""
    turns = [part for message in messages for part in (message.role, message.content)]
    identity = hashlib.sha256("\0".join(["written", *turns]).encode("utf-8", "replace"))
    return _kept_to_rules(Row(identity.hexdigest()[:12], messages, "", tags=tags, status="added"))


def new_row(question: str, answer: str, *, system: str = "", group: str = "", tags: tuple[str, ...] = ()) -> Row:
    """A row written by hand. Raises ``DataError`` when a rule is broken."""
    turns = (Message("user", question), Message("assistant", answer))
    messages = (Message("system", system), *turns) if system.strip() else turns
    identity = hashlib.sha256("\0".join(["added", system, question, answer, group]).encode("utf-8", "replace"))
    return _kept_to_rules(Row(identity.hexdigest()[:12], messages, group, tags=tags, status="added"))


def apply(rows: Iterable[Row], edits: Edits) -> Iterator[Row]:
    """``rows`` with the edits made, in their order, the added ones last."""
    changed, gone = {row.id: row for row in edits.changed}, set(edits.deleted)
    kept = (changed.get(row.id, row) for row in rows if row.id not in gone)
    for row in chain(kept, edits.added):
        yield replace(row, tags=edits.tags[row.id]) if row.id in edits.tags else row


def edit(datasets: Datasets, version: Version, edits: Edits, note: str = "") -> Edited:
    """Save ``version`` with the edits made as the next version of its data set; ``version`` stays as it is.

    A row keeps its split, unless its wording now is near one on the other side of the test: then it joins that side,
    which is told. Raises ``DataError`` when a row would break a rule or a split, and then nothing is saved.
    """
    for row in (*edits.changed, *edits.added):
        _kept_to_rules(row)
    originals = _originals(datasets, version, edits)
    settled, notes = Placing(version.mode, originals, (*edits.changed, *edits.added)).settle(datasets.rows(version))
    changed, added = settled[: len(edits.changed)], settled[len(edits.changed) :]
    places = {(row.file, row.line) for row in originals if row.line}
    problems = [*_elsewhere(datasets.problems(version), places), *grouped(notes)]
    problems += grouped(problem for row in settled for problem in row_problems(row))
    saved = datasets.save(
        version.dataset,
        apply(datasets.rows(version), replace(edits, changed=tuple(changed), added=tuple(added))),
        mode=version.mode,
        mode_reason=version.mode_reason,
        language=version.language,
        problems=problems,
        documents=datasets.documents(version),
        checks=version.checks,
        format=version.format,
        note=note,
        parent=f"{version.dataset}@{version.version}",
    )
    return Edited(saved, tuple(grouped(notes)))


def _kept_to_rules(row: Row) -> Row:
    try:
        check_order(row.messages)
    except Unusable as problem:
        raise DataError(f"data.{problem.code}", **problem.values) from None
    return row


def _originals(datasets: Datasets, version: Version, edits: Edits) -> list[Row]:
    """The rows that are changed or deleted, as they were; raises ``DataError`` for an id that is not there."""
    if not edits:
        raise DataError("versions.nothing_edited")
    touched = {row.id for row in edits.changed} | set(edits.deleted)
    wanted = touched | set(edits.tags) - {row.id for row in edits.added}
    index = datasets.index(version)
    found = list(index.read(index.with_ids(wanted)))
    missing = wanted - {row.id for row in found}
    if missing:
        raise DataError("versions.no_such_row", id=min(missing), name=version.dataset)
    return [row for row in found if row.id in touched]


def _elsewhere(problems: list[Problem], places: set[tuple[str, int]]) -> Iterator[Problem]:
    """The problems that are not told of one of ``places``: a row that was edited or deleted has its own anew."""
    for problem in problems:
        lines = {line for file, line in places if file == problem.file}
        if not lines:
            yield problem
        elif "lines" not in problem.values:
            if problem.line not in lines:
                yield problem
        else:
            spans = problem.values["lines"]
            left = [line for first, last in spans for line in range(first, last + 1) if line not in lines]
            yield from grouped(replace(problem, line=line, values=_of_one(problem.values)) for line in left)


def _of_one(values: dict[str, Any]) -> dict[str, Any]:
    """Placeholders of one place of a problem that stands for many."""
    return {name: value for name, value in values.items() if name not in {"count", "lines"}}
