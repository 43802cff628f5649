"""A vote's result in sentences, the same on the page and on the command line.

Knows: which sentence fits a result. Must not know who shows it.
"""

from __future__ import annotations

from typing import Any

from lab.chat.votes import ENOUGH, Result, Share
from lab.recorded import ANSWER_KEY

Told = tuple[str, dict[str, Any]]
"""Words key and its values."""


def result(whole: Result, b: str) -> Told:
    """What came of the vote; ``b`` is what the second contestant is called."""
    voters, n, share = whole.voters, len(whole.votes), whole.preferred
    if not n:
        return "votes.result_none", {}
    if not share.n:
        return "votes.result_undecided", {"voters": voters, "n": n}
    return "votes.result", {"voters": voters, "n": n, "b": b, "k": share.k, "decided": share.n, **_percents(share)}


def sides(whole: Result) -> Told:
    """Whether people chose an answer or a side."""
    if whole.is_lopsided:
        key = "votes.side_suspicious"
    else:
        key = "votes.side_even" if whole.left.n >= ENOUGH else "votes.side_few"
    percents = _percents(whole.left)
    return key, {"k": whole.left.k, "n": whole.left.n, "low": percents["low"], "high": percents["high"]}


def notes(whole: Result) -> list[Told]:
    """What has to be said beside the result: whether the sides are even, and whether people voted at all."""
    made = [sides(whole)] if whole.left.n else []
    return made + ([("votes.by_key", {})] if any(vote.voter == ANSWER_KEY for vote in whole.votes) else [])


def _percents(share: Share) -> dict[str, int]:
    low, high = share.interval or (0.0, 1.0)
    return {"share": round(100 * (share.value or 0.0)), "low": round(100 * low), "high": round(100 * high)}
