"""Whether a run learned the fact or only the words it was trained in.

Knows: how that is read off the records of one contestant. Must not know the board, nor how it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.evals.evaluation import ItemRecord
from lab.evals.statistics import FEW_GROUPS, Interval, level, mean, paired

LEARNED = 0.5
"""Below this share right on the trained words themselves there is nothing that could carry over."""
LARGE = 0.2
"""A share right on trained words this much above that on new ones is no small gap."""
NEW = ("new_wording", "with_passage", "unseen")
"""Where what was learned has to carry over, in this order."""


@dataclass(frozen=True)
class Wording:
    """Right answers in the trained words, and in others."""

    slice: str
    """Where the others are of."""
    trained: Interval
    new: Interval
    gap: Interval | None
    """``new`` less ``trained`` over the facts asked in both ways; ``None`` where they have none in common."""

    @property
    def state(self) -> str:
        """``not_learned``, ``by_heart`` (right in the trained words alone), ``carries_over`` or ``cannot_tell``."""
        if self.trained.value < LEARNED:
            return "not_learned"
        if self.gap is not None and self.gap.groups >= FEW_GROUPS and self.gap.high is not None:
            # A wide interval that holds no gap and a large one says neither.
            unclear = "cannot_tell" if self.gap.value <= -LARGE else "carries_over"
            return "by_heart" if self.gap.high < 0 else unclear
        if None in (self.new.high, self.trained.low) or self.new.groups < FEW_GROUPS:
            return "cannot_tell"
        if (self.new.high or 0) < (self.trained.low or 0):
            return "by_heart"
        return "cannot_tell" if self.trained.value - self.new.value >= LARGE else "carries_over"


def wording(own: Sequence[ItemRecord]) -> Wording | None:
    """What these answers of one contestant tell; ``None`` where they were not judged both ways."""
    parts = {name: [r for r in own if r.slice == name and r.judgement] for name in ("trained", *NEW)}
    part = next((name for name in NEW if parts[name]), None)
    if part is None or not parts["trained"]:
        return None
    old, new = _by_group(parts["trained"]), _by_group(parts[part])
    both = [group for group in old if group in new]
    gap = paired([old[group] for group in both], [new[group] for group in both], both, mean) if both else None
    return Wording(part, _right(parts["trained"]), _right(parts[part]), gap)


def _right(records: list[ItemRecord]) -> Interval:
    vectors = [(float(record.judgement == "right"), 1.0) for record in records]
    return level(vectors, [record.group for record in records], mean, is_share=True, top=1.0)


def _by_group(records: list[ItemRecord]) -> dict[str, tuple[float, float]]:
    """Right answers and answers of each fact."""
    found: dict[str, tuple[float, float]] = {}
    for record in records:
        right, n = found.get(record.group, (0.0, 0.0))
        found[record.group] = (right + (record.judgement == "right"), n + 1)
    return found
