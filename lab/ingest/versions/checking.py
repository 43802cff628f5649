"""Other checks for a saved version: the same rows, as its next version.

Knows: that checks belong to a version and that their warnings stand among its problems. Must not know what a check
means (``lab.checks``).
"""

from __future__ import annotations

from lab.checks import problems as check_problems
from lab.datasets import Datasets
from lab.ingest.problems import grouped
from lab.records import Check, Version

_TOLD = {"check_not_exercised", "check_not_shown", "check_broken"}


def with_checks(datasets: Datasets, version: Version, checks: tuple[Check, ...], note: str = "") -> Version:
    """The next version of the data set, with exactly ``checks``; ``version`` stays as it is."""
    others = [problem for problem in datasets.problems(version) if problem.code not in _TOLD]
    found = grouped(check_problems(checks, datasets.rows(version) if checks else ()))
    return datasets.save(
        version.dataset,
        datasets.rows(version),
        mode=version.mode,
        mode_reason=version.mode_reason,
        language=version.language,
        problems=[*others, *found],
        documents=datasets.documents(version),
        checks=checks,
        format=version.format,
        note=note,
        parent=f"{version.dataset}@{version.version}",
    )
