"""Which split rows that were edited or added by hand belong to.

Knows: that a row stays where it is unless its wording now stands on both sides of the test. Rows pass one at a time.
Must not know where versions lie or how rows were edited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from lab.errors import DataError
from lab.ingest.problems import shown
from lab.ingest.splitting.grouping import own_group
from lab.ingest.splitting.nearness import Wording, is_too_near
from lab.records import Problem, Row


class Placing:
    """The splits of edited rows, found in one pass over the rows as they were."""

    def __init__(self, mode: str, originals: Iterable[Row], edited: Iterable[Row]) -> None:
        """``originals``: the rows that are changed or deleted, as they were; ``edited``: changed and added ones."""
        self._mode = mode
        self._rows = [row if row.group else replace(row, group=own_group(row)) for row in edited]
        self._wordings = [Wording(row.question) for row in self._rows]
        self._touched = {row.id for row in originals}
        self._sides: dict[str, Counter[str]] = {row.group: Counter() for row in (*originals, *self._rows)}
        """Splits of the rows that stay, for each group an edit touches."""
        self._near: dict[tuple[int, bool], Row] = {}
        """(number of an edited row, whether as a test row) → the first row it would be too near to."""

    def settle(self, rows: Iterable[Row]) -> tuple[list[Row], list[Problem]]:
        """The edited rows with group and split, in their order, and what a person should know.

        Raises ``DataError`` where a row can stand on neither side.
        """
        for row in rows:
            if row.id not in self._touched:
                self._pass(row)
        settled, notes = [], []
        for number, row in enumerate(self._rows):
            split = self._split(number, row)
            if row.split and split != row.split:
                code = "versions.edit_is_tested" if split == "test" else "versions.edit_is_trained"
                notes.append(Problem(row.line, code, "warning", row.file, {"question": shown(row.question, 40)}))
            settled.append(replace(row, split=split))
            self._pass(settled[-1])
        return settled, [*notes, *self._untaught()]

    def _pass(self, row: Row) -> None:
        """Take note of a row that stays."""
        if row.group in self._sides:
            self._sides[row.group][row.split] += 1
        wording, is_test = Wording(row.question), row.split == "test"
        for number, (edited, own) in enumerate(zip(self._rows, self._wordings, strict=True)):
            key = (number, not is_test)
            if key not in self._near and edited.id != row.id:
                tested, trained = (wording, own) if is_test else (own, wording)
                if is_too_near(tested, trained, self._mode, edited.group == row.group):
                    self._near[key] = row

    def _split(self, number: int, row: Row) -> str:
        """Where the row may stand, its own place first."""
        first = row.split or "train"
        sides = self._sides[row.group]
        if self._mode == "generalise" and sides:
            possible = [first] if sides[first] else [next(iter(sides))]
        else:
            possible = [first, "train" if first == "test" else "test"]
        for split in possible:
            untaught = self._mode == "remember" and split != "train" and not sides["train"] and row.split != split
            if (number, split == "test") not in self._near and not untaught:
                return split
        near = self._near.get((number, first == "test"))
        raise DataError(
            "versions.edit_on_both_sides",
            question=shown(row.question, 60),
            other=shown(near.question if near else row.question, 60),
        )

    def _untaught(self) -> list[Problem]:
        """A warning for each fact that is still tested but lost its last trained wording."""
        if self._mode != "remember":
            return []
        groups = [group for group, sides in self._sides.items() if sides["test"] and not sides["train"]]
        return [Problem(None, "never_taught", "warning", values={"group": group}) for group in groups]
