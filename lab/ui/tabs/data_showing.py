"""What one visitor looks at on the Data tab: files not saved yet, or a saved data set.

Knows: everything a person chose there, as one frozen record that travels in the visitor's state, and the draft that
follows from it. Must not know how anything is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lab import catalog
from lab.ingest import Edits
from lab.ingest.health import Health, health
from lab.ingest.looking import Look, look
from lab.lab import Draft, Lab
from lab.records import Check, Version
from lab.rendering import renderer
from lab.runs import DEFAULT_BASE
from lab.train.recipe import recipe

SHARES = (80, 10, 10)
Stamps = tuple[tuple[int, int], ...]
"""When each file was changed last, and its size."""
LENGTH = recipe().max_length
"""Tokens a row may have with the usual training settings; longer ones are left out."""
KEPT = 4
"""Drafts held in memory, over all visitors; another one is read again from its files."""


@dataclass(frozen=True)
class Order:
    """What decides how files become a draft."""

    paths: tuple[str, ...] = ()
    mapping: tuple[tuple[str, str], ...] = ()
    """Which column is the question, which the answer …; empty where the shape is known."""
    mode: str = "auto"
    shares: tuple[int, int, int] = SHARES
    seed: int = 0
    fixes: tuple[str, ...] = ()
    """Repairs a person asked for."""
    validation: tuple[str, ...] = ()
    """Own files to validate with; never trained."""
    test: tuple[str, ...] = ()
    """Own files to test with; never trained."""
    checks: tuple[Check, ...] = ()
    """Rules every answer must keep."""

    @property
    def files(self) -> tuple[str, ...]:
        """All files that are read."""
        return (*self.paths, *self.validation, *self.test)

    def given(self, role: str) -> list[Path]:
        """The files of ``paths``, ``validation`` or ``test``."""
        return [Path(path) for path in getattr(self, role)]


@dataclass(frozen=True)
class Showing:
    """What one visitor looks at."""

    order: Order = Order()
    """Of files not saved yet; without paths there are none."""
    dataset: str = ""
    """A saved data set, when no files are shown."""
    version: str = ""
    """One of its versions; empty means the current one."""
    text: str = ""
    """What is searched for in the rows."""
    only: str = ""
    """Which rows are shown: ``split:train``, ``tag:…``, ``status:edited``, ``problem:any``; empty means all."""
    as_table: bool = False
    page: int = 0
    row: str = ""
    """Id of the row that is open; see ``doing``."""
    doing: str = ""
    """What is done with the open row: ``seen`` as the model sees it, ``edit`` or ``add``."""
    trying: str = ""
    """``problem:repair`` that is looked at before it is made."""
    edits: Edits = Edits()
    """Changes to the rows of a saved version that are not saved yet."""
    past: tuple[Edits, ...] = ()
    """The edits before each change, for undoing."""

    @property
    def is_draft(self) -> bool:
        """Whether files are shown that are not saved yet."""
        return bool(self.order.paths)

    def version_of(self, lab: Lab) -> Version:
        """The saved version that is shown; raises ``DataError`` where it is gone."""
        return lab.datasets.get(self.dataset, self.version or None)

    def editing(self, edits: Edits) -> Showing:
        """With other edits, and the ones before kept for undoing; nothing open."""
        return replace(self, edits=edits, past=(*self.past, self.edits), row="", doing="")

    def ordering(self, **changes: Any) -> Showing:
        """The same files, read or split otherwise; the first page of them."""
        return replace(self, order=replace(self.order, **changes), page=0, row="", doing="")


def drafted(lab: Lab, order: Order) -> Draft:
    """What the files hold, as ``order`` wants it; read again only when the order or a file changed."""
    return _read(lab, order, _stamps(order.files))


@lru_cache(maxsize=KEPT)
def _read(lab: Lab, order: Order, stamps: Stamps) -> Draft:
    return lab.draft(
        order.given("paths"),
        mapping=dict(order.mapping) or None,
        mode=order.mode,
        shares=order.shares,
        seed=order.seed,
        fixes=order.fixes,
        validation=order.given("validation"),
        test=order.given("test"),
        checks=order.checks,
    )


def only_documents(lab: Lab, showing: Showing) -> bool:
    """Whether files are shown that give documents and no rows: what becomes of them is a synthesis."""
    if not showing.is_draft:
        return False
    draft = drafted(lab, showing.order)
    return bool(draft.reading.documents) and not draft.plan.rows


def looked(order: Order) -> tuple[Look, ...]:
    """The first records of the files as they are written."""
    return _look(order.paths, _stamps(order.paths))


@lru_cache(maxsize=KEPT)
def _look(paths: tuple[str, ...], stamps: Stamps) -> tuple[Look, ...]:
    return look([Path(path) for path in paths])


def measured(lab: Lab, order: Order) -> Health:
    """The health of the files' rows, by the usual base's tokenizer where that model is on this machine."""
    return _measured(lab, order, _stamps(order.files))


@lru_cache(maxsize=KEPT)
def _measured(lab: Lab, order: Order, stamps: Stamps) -> Health:
    folder = catalog.find(DEFAULT_BASE, lab.models)
    rows = drafted(lab, order).plan.rows
    return health(rows, renderer(folder), LENGTH, base=DEFAULT_BASE) if folder else health(rows)


def _stamps(paths: tuple[str, ...]) -> Stamps:
    return tuple(_stamp(path) for path in paths)


def _stamp(path: str) -> tuple[int, int]:
    try:
        about = Path(path).stat()
    except OSError:
        return 0, 0
    return about.st_mtime_ns, about.st_size
