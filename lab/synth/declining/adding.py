"""Questions to be declined, added to a data set of questions and answers.

Knows: how many are wanted, that some are kept for the test which no training question resembles, and that every other
row stays as it is. Must not know how such questions are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lab.checks import row_untold
from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.likeness import is_near
from lab.records import Row, Version
from lab.synth.declining.contrasts import Contrast, asking
from lab.synth.unanswerable import row_asking, untold_beside, wanted

SHARE = 30
"""Percent of the training questions that are to be declined, unless a person says otherwise."""
MOST = 80
_EVERY = 5
"""Of so many things that are not told one is kept for the test."""
_TESTS = 20


@dataclass(frozen=True)
class Declining:
    """The new version, and what was added."""

    version: Version
    train: int
    test: int
    """New questions for each."""
    before: int
    """Training rows there were."""
    wanted: int
    """Training questions asked for; where ``train`` is less, no more could be made."""

    @property
    def share(self) -> int:
        """Percent of the training rows that are to be declined now, these new ones alone."""
        return round(100 * self.train / (self.before + self.train))


def decline_dataset(
    datasets: Datasets, name: str, new_name: str, share: int = SHARE, *, version: str | None = None
) -> Declining:
    """Save data set ``name`` with questions that nothing in it answers as ``new_name``.

    As many as make ``share`` percent of the training questions; those there are already count. A few more, about
    things no training question asks for, go to the test where it has none. Raises ``UsageError`` for a share that is
    none and ``DataError`` where nothing is to be added.
    """
    if not 1 <= share <= MOST:
        raise UsageError("declining.bad_share", value=share, most=MOST)
    of = datasets.get(name, version)
    rows = list(datasets.rows(of))
    trained = [row for row in rows if row.split == "train"]
    there = sum(row_untold(row) for row in trained)
    count = wanted(len(trained) - there, share) - there
    if count <= 0:
        raise DataError("declining.enough", name=name, there=there, rows=len(trained), share=share)
    found, _ = untold_beside(rows, datasets.documents(of).values())
    tested = any(row.split == "test" and row_untold(row) for row in rows)
    kept_back = [] if tested else found[_EVERY - 1 :: _EVERY][: min(_TESTS, max(3, count // _EVERY))]
    tests = [row_asking(one.plain[0], one, rows, "test") for one in kept_back]
    new = [*_training(found, kept_back, rows, count), *tests]
    if not any(row.split == "train" for row in new):
        raise DataError("declining.nothing", name=name)
    saved = datasets.save(
        new_name,
        [*rows, *new],
        mode=of.mode,
        mode_reason=of.mode_reason,
        language=of.language,
        problems=datasets.problems(of),
        documents=datasets.documents(of),
        checks=of.checks,
        format=of.format,
        note=of.note,
        parent=f"{of.dataset}@{of.version}",
    )
    return Declining(saved, len(new) - len(tests), len(tests), len(trained), count)


def _training(found: Sequence[Contrast], kept_back: Sequence[Contrast], rows: Sequence[Row], count: int) -> list[Row]:
    """Up to ``count`` training rows that ask for nothing the test asks for, in words unlike its own."""
    held = {one.topic for one in kept_back}
    tested = [one.plain[0] for one in kept_back]
    free = [one for one in found if one.topic not in held]
    asked = ((question, one) for question, one in asking(free) if not is_near(question, tested))
    return [row_asking(question, one, rows, "train") for question, one in islice(asked, count)]
