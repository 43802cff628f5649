"""The disk as tables: what takes room, and what can come back.

Knows: things and what was moved as HTML. Must not know gradio.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import words
from lab.disk import Moved, Thing, date
from lab.ui.present import badge, table, tag, text

SHOWN = 60
_NAMED = 3


def things(found: Sequence[Thing], language: str) -> str:
    """Everything that can be deleted, the largest first; a click on a button reports its key."""
    names = ("what", "size", "age", "used", "act")
    head = [text(words.say(f"disk.column_{name}", language)) for name in names]
    rows = [
        [
            badge(words.say(f"disk.kind_{one.kind}", language)) + " " + text(one.name),
            tag("span", text(_megabytes(one.size)), class_="num"),
            tag("time", text(date(one))),
            text(_users(one, language)),
            badge(words.say("disk.live", language), "warn") if one.live else _button(one.key, "delete", language),
        ]
        for one in found[:SHOWN]
    ]
    return table(head, rows, class_="plain disk") if rows else ""


def trash(found: Sequence[Moved], language: str) -> str:
    """What can come back, last deleted first."""
    if not found:
        return ""
    names = ("what", "size", "age", "act")
    head = [text(words.say(f"disk.column_{name}", language)) for name in names[:3]] + [""]
    rows = [
        [
            badge(words.say(f"disk.kind_{one.kind}", language)) + " " + text(one.name),
            tag("span", text(_megabytes(one.size)), class_="num"),
            tag("time", text(one.deleted[:10])),
            _button(one.id, "restore", language),
        ]
        for one in found[:SHOWN]
    ]
    return tag("h3", text(words.say("disk.trash_title", language))) + table(head, rows, class_="plain disk")


def _users(one: Thing, language: str) -> str:
    names = list(dict.fromkeys(used.name for used in one.dependents))
    joined = ("、" if language == "zh" else ", ").join(names[:_NAMED])
    if len(names) > _NAMED:
        return words.say("disk.more", language, names=joined, count=len(names) - _NAMED)
    return joined or words.say("disk.nobody", language)


def _button(pick: str, act: str, language: str) -> str:
    return tag("button", text(words.say(f"disk.act_{act}", language)), type="button", class_="chip", data_pick=pick)


def _megabytes(size: int) -> str:
    return "< 0.1" if 0 < size < 1e5 else f"{size / 1e6:,.1f}"
