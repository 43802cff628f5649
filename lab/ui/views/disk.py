"""The disk as tables: what takes room, and what can come back.

Knows: things and what was moved as HTML. Must not know gradio.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab import words
from lab.disk import Moved, Room, Thing, fetchable
from lab.ui.present import badge, table, tag, text

SHOWN = 60
_NAMED = 3


def room(found: Room, models: Path, language: str) -> str:
    """How much there is, how much is free, and what lies elsewhere."""
    sizes = {name: megabytes(getattr(found, name)) for name in ("things", "trash", "other")}
    said = [words.say("disk.room", language, free=f"{found.free / 1e9:,.1f}", **sizes)]
    if found.shared:
        told = {"folder": models, "megabytes": megabytes(found.shared)}
        said.append(words.say("disk.shared_models", language, **told))
    return "".join(tag("p", text(one)) for one in said)


def things(found: Sequence[Thing], language: str) -> str:
    """Everything that can be deleted, the largest first; a click on a button reports its key."""
    rows = [
        [
            _what(one.kind, one.name, language) + tag("span", text(_users(one, language)), class_="users"),
            _taken(one.size, _age(one, language)),
            badge(words.say("disk.live", language), "warn") if one.live else _button(one.key, "delete", language),
        ]
        for one in found[:SHOWN]
    ]
    if any(one.kind == "broken" for one in found):
        return table(_head(language), rows, class_="plain disk") + tag(
            "p", text(words.say("disk.unreadable", language))
        )
    more = len(found) - SHOWN
    rest = tag("p", text(words.say("disk.not_shown", language, count=more)), class_="fine") if more > 0 else ""
    return table(_head(language), rows, class_="plain disk") + rest if rows else ""


def trash(found: Sequence[Moved], language: str) -> str:
    """What can come back, last deleted first."""
    if not found:
        return ""
    rows = [
        [
            _what(one.kind, one.name, language),
            _taken(one.size, words.say("disk.deleted_on", language, date=one.deleted[:10])),
            _button(one.id, "restore", language),
        ]
        for one in found[:SHOWN]
    ]
    title = tag("h3", text(words.say("disk.trash_title", language)))
    return title + table(_head(language), rows, class_="plain disk")


def _head(language: str) -> list[str]:
    return [text(words.say(f"disk.column_{name}", language)) for name in ("what", "size")] + [""]


def _what(kind: str, name: str, language: str) -> str:
    return badge(words.say(f"disk.kind_{kind}", language)) + " " + text(name)


def _taken(size: int, age: str) -> str:
    return tag("span", text(f"{megabytes(size)} MB"), class_="num") + tag("time", text(age))


def _age(one: Thing, language: str) -> str:
    return words.say("disk.age_today" if not one.days else "disk.age_days", language, n=one.days)


def _users(one: Thing, language: str) -> str:
    """What would miss it, by kind and name; and whether it can be had again."""
    kinds = {id(used): words.say(f"disk.user_{used.kind}", language) for used in one.dependents}
    called = list(dict.fromkeys(f"{kinds[id(used)]} {used.name}" for used in one.dependents))
    names = ("、" if language == "zh" else ", ").join(called[:_NAMED])
    if len(called) > _NAMED:
        names = words.say("disk.more", language, names=names, count=len(called) - _NAMED)
    said = words.say("disk.used_by", language, names=names) if called else words.say("disk.nobody", language)
    return said + (" " + words.say("disk.fetchable", language) if fetchable(one) else "")


def _button(pick: str, act: str, language: str) -> str:
    return tag("button", text(words.say(f"disk.act_{act}", language)), type="button", class_="chip", data_pick=pick)


def megabytes(size: int) -> str:
    """Bytes as megabytes with one digit."""
    return "< 0.1" if 0 < size < 1e5 else f"{size / 1e6:,.1f}"
