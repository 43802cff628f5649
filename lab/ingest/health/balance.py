"""How the rows spread over languages, labels and free tags; and what evening them out would take.

Knows: when answers are labels, target shares, and the counts that over- or under-sampling would give. Must not
change rows.
"""

from __future__ import annotations

from collections import Counter
from math import ceil, floor, log

from lab import likeness
from lab.errors import UsageError
from lab.ingest.health.records import Balance, Share
from lab.records import Row

_MOST_LABELS = 1000
_LONGEST_LABEL = 60
_ROWS_EACH = 4
"""Rows that each label has on average, at least, where answers are labels."""
_SHOWN = 200


class Spread:
    """Counts row after row."""

    def __init__(self) -> None:
        self._rows = self._untagged = self._several = 0
        self._languages: Counter[str] = Counter()
        self._answers: Counter[str] | None = Counter()
        self._tags: Counter[str] = Counter()

    def see(self, row: Row) -> None:
        """Take one more row."""
        self._rows += 1
        self._languages[likeness.language(f"{row.question} {row.answer}")] += 1
        tags = set(row.tags)
        self._tags.update(tags)
        self._untagged += not tags
        self._several += len(tags) > 1
        if self._answers is not None:
            answer = row.answer.strip()
            turns = sum(message.role == "assistant" for message in row.messages)
            self._answers[answer if turns == 1 and len(answer) <= _LONGEST_LABEL else ""] += 1
            if len(self._answers) > _MOST_LABELS:
                self._answers = None

    def languages(self) -> Balance:
        """By language of the conversation."""
        return _balance("language", self._languages, self._rows, 0, None)

    def labels(self, targets: dict[str, float] | None = None) -> Balance | None:
        """By answer, where few short answers recur; else ``None``."""
        if self._answers is None:
            return None
        labels = Counter({name: count for name, count in self._answers.items() if name})
        others = self._rows - labels.total()
        if len(labels) < 2 or labels.total() < _ROWS_EACH * len(labels) or others > 0.05 * self._rows:
            return None
        return _balance("label", labels, self._rows, others, targets or {})

    def tags(self, targets: dict[str, float] | None = None) -> Balance | None:
        """By free tag, where there are any."""
        if not self._tags:
            return None
        return _balance("tag", self._tags, self._rows, self._untagged, targets or {}, self._several)


def _balance(
    kind: str, counts: Counter[str], n: int, not_counted: int, targets: dict[str, float] | None, several: int = 0
) -> Balance:
    total = counts.total()
    wished = shares_of(counts, targets) if targets is not None else {}
    more, less = sampled(counts, wished)
    shares = tuple(
        Share(name, count, count / total if total else 0.0, wished.get(name), more.get(name), less.get(name))
        for name, count in counts.most_common(_SHOWN)
    )
    return Balance(kind, n, not_counted, shares, len(counts), _evenness(counts), several)


def shares_of(counts: Counter[str], targets: dict[str, float]) -> dict[str, float]:
    """A share for every name, summing to 1: the targets as given, what they leave in equal parts for the others.

    Raises ``UsageError`` for a target below zero, for a name that is not there, or a sum above 1.
    """
    for name, share in targets.items():
        if not 0 <= share <= 1:
            raise UsageError("data_health.bad_target", name=name, value=share)
        if name not in counts:
            raise UsageError("data_health.no_such_name", name=name, known=", ".join(sorted(counts)[:20]))
    others = [name for name in counts if name not in targets]
    left = 1 - sum(targets.values())
    if left < -1e-9:
        raise UsageError("data_health.targets_above_one", total=f"{1 - left:.0%}")
    if not others:
        whole = sum(targets.values()) or 1.0
        return {name: share / whole for name, share in targets.items()}
    return {name: targets.get(name, max(0.0, left) / len(others)) for name in counts}


def sampled(counts: Counter[str], shares: dict[str, float]) -> tuple[dict[str, int], dict[str, int]]:
    """Rows of each name after over-sampling and after under-sampling to ``shares``.

    A name whose share is 0 has no row after either. Over-sampling drops nothing else, under-sampling repeats nothing.
    """
    wanted = {name: share for name, share in shares.items() if share > 0 and counts[name]}
    if not wanted:
        return {}, {}
    most = max(counts[name] / share for name, share in wanted.items())
    least = min(counts[name] / share for name, share in wanted.items())
    more = {name: max(counts[name], ceil(most * share - 1e-9)) for name, share in wanted.items()}
    less = {name: max(1, min(counts[name], floor(least * share + 1e-9))) for name, share in wanted.items()}
    return {name: more.get(name, 0) for name in shares}, {name: less.get(name, 0) for name in shares}


def _evenness(counts: Counter[str]) -> float | None:
    total = counts.total()
    if len(counts) < 2 or not total:
        return None
    parts = [count / total for count in counts.values() if count]
    return round(-sum(part * log(part) for part in parts) / log(len(counts)), 4)
