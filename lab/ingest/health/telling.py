"""The health of rows in sentences, for a command line or a report.

Knows: which figures are worth a line, each with what it rests on. Must not know how they were found, nor HTML.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lab import words
from lab.ingest.health.records import Balance, Health, Part, Place, Share
from lab.ingest.problems import describe

_NAMES = 12
_PLACES = 3


def lines(health: Health, language: str) -> Iterator[str]:
    """The health, the score and its parts first."""
    yield words.say("data_health.score", language, score=health.score, rows=health.rows)
    for part in health.parts:
        name = words.say(f"data_health.part_{part.name}", language)
        yield words.say(_part_key(part), language, name=name, **_part_values(part))
    yield from _lengths(health, language)
    copies = health.copies
    yield words.say("data_health.copies", language, n=copies.n, exact=copies.exact, near=copies.near)
    for cluster in copies.clusters[:_PLACES]:
        kind = words.say(f"data_health.kind_{cluster.kind}", language)
        places = _places(cluster.places, language)
        yield words.say("data_health.cluster", language, kind=kind, size=cluster.size, places=places)
    yield from _leakage(health, language)
    for balance in (health.languages, health.labels, health.tags):
        if balance:
            yield from _balance(balance, language)
    for hint in health.hints:
        kind = words.say(f"data_health.hint_{hint.kind}", language)
        key = "data_health.secret" if hint.secret else "data_health.hint"
        places = _places(hint.places, language)
        yield words.say(key, language, kind=kind, count=hint.count, rows=hint.rows, places=places)
    if not health.hints:
        yield words.say("data_health.no_hints", language, rows=health.rows)
    for finding in health.findings:
        yield words.say("data_health.finding", language, text=describe(finding.problem(), language))
    for service in health.services:
        name = words.say(f"data_health.service_{service.name}", language)
        reasons = ", ".join(words.say(f"data_health.reason_{code}", language) for code in service.reasons)
        key = "data_health.accepts" if service.accepts else "data_health.refuses"
        yield words.say(key, language, service=name, **({} if service.accepts else {"reasons": reasons}))


def _part_key(part: Part) -> str:
    if not part.n:
        return "data_health.part_not_counted"
    return "data_health.part_of_rows" if part.name == "enough" else "data_health.part"


def _part_values(part: Part) -> dict[str, Any]:
    counted = {"value": f"{100 * part.value:.1f}", "n": part.n} if part.n else {}
    bad = {"bad": part.bad} if part.n and part.name != "enough" else {}
    return {"weight": part.weight, **counted, **bad}


def _lengths(health: Health, language: str) -> Iterator[str]:
    lengths = health.lengths
    unit = words.say(f"data_health.unit_{lengths.unit}", language)
    if lengths.n:
        values = {"median": lengths.median, "p95": lengths.p95, "longest": lengths.longest, "total": lengths.total}
        yield words.say("data_health.lengths", language, n=lengths.n, unit=unit, **values)
    if lengths.not_counted:
        yield words.say("data_health.lengths_not_counted", language, n=lengths.not_counted)
    if lengths.limit is not None and not lengths.over:
        yield words.say("data_health.none_over", language, limit=lengths.limit, unit=unit)
    elif lengths.limit is not None:
        places = _places(lengths.over_places, language)
        yield words.say("data_health.over", language, over=lengths.over, limit=lengths.limit, unit=unit, places=places)


def _leakage(health: Health, language: str) -> Iterator[str]:
    leakage = health.leakage
    if not leakage.held_out or not leakage.trained:
        yield words.say("data_health.leakage_not_counted", language)
        return
    values = {"exact": leakage.exact, "near": leakage.near, "same_answer": leakage.same_answer}
    yield words.say("data_health.leakage", language, held_out=leakage.held_out, trained=leakage.trained, **values)
    for leak in leakage.leaks[:_PLACES]:
        kind = words.say(f"data_health.kind_{leak.kind}", language)
        places = {"tested": _places((leak.tested,), language), "trained": _places((leak.trained,), language)}
        yield words.say("data_health.leak", language, kind=kind, likeness=f"{leak.likeness:.2f}", **places)


def _balance(balance: Balance, language: str) -> Iterator[str]:
    shown = [
        f"{_name(balance, share, language)} {share.count} ({share.share:.0%})" for share in balance.shares[:_NAMES]
    ]
    names = ", ".join(shown) + (" …" if balance.names > _NAMES else "")
    yield words.say(f"data_health.balance_{balance.kind}", language, names=names, count=balance.names)
    if balance.not_counted:
        yield words.say("data_health.balance_not_counted", language, n=balance.not_counted)
    uneven = [share for share in balance.shares if share.repeat_to is not None and share.repeat_to != share.count]
    if uneven:
        more = sum(share.repeat_to or 0 for share in balance.shares)
        less = sum(share.keep or 0 for share in balance.shares)
        yield words.say("data_health.rebalance", language, more=more, less=less)


def _name(balance: Balance, share: Share, language: str) -> str:
    return words.say(f"data_health.language_{share.name}", language) if balance.kind == "language" else share.name


def _places(places: tuple[Place, ...], language: str) -> str:
    told = [
        words.say("data_health.place", language, file=place.file, line=place.line, text=place.text)
        for place in places[:_PLACES]
    ]
    return "; ".join(told) + (" …" if len(places) > _PLACES else "")
