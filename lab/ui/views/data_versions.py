"""Versions of a data set side by side, what merging would meet, and what deleting would touch.

Knows: versions, differences, conflicts and dependents as HTML; buttons and forms report what is wanted. Must not know
gradio or how versions are kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import words
from lab.datasets.trash import Deleted, Dependent
from lab.ingest.versions.comparing import Difference
from lab.ingest.versions.merging import POLICIES, Conflicts
from lab.records import Check, Row, Version
from lab.ui.present import badge, number, table, tag, text, when
from lab.ui.views.data_checks import named
from lab.ui.views.data_rows import chat, marks, turn

PAIRS_SHOWN = 8
KINDS = ("changed", "added", "removed", "moved", "tagged")


def history(versions: Sequence[Version], shown: Version, current: str, language: str) -> str:
    """The versions, newest first, each with what can be done with it."""
    heads = [words.say(f"ui_data_versions.column_{name}", language) for name in ("when", "rows", "note", "do")]
    lines = [_version(version, shown, current, language) for version in versions]
    return table([text(head) for head in heads], lines, class_="plain prose-cells versions")


def difference(found: Difference, language: str) -> str:
    """What became of the rows: counts, then the first rows of each kind."""
    say = words.say
    about = {"before": found.before.version, "after": found.after.version}
    title = tag("h3", text(say("ui_data_versions.diff_title", language, **about)))
    if found.is_empty:
        return title + tag("p", text(say("ui_data_versions.diff_none", language)), class_="fine")
    counts = [(say(f"ui_data_versions.diff_{name}", language), found.counts.get(name, 0)) for name in (*KINDS, "same")]
    items = "".join(tag("li", tag("b", number(n), class_="num") + " " + text(name)) for name, n in counts if n)
    drawn = title + tag("ul", items, class_="legend")
    pairs: list[tuple[Row | None, Row | None]] = [*found.changed]
    pairs += [(None, row) for row in found.added] + [(row, None) for row in found.removed]
    drawn += "".join(_pair(before, after, language) for before, after in pairs[:PAIRS_SHOWN])
    for before, after in [*found.moved, *found.tagged][:PAIRS_SHOWN]:
        drawn += tag(
            "p", f"{marks(before, language)} → {marks(after, language)} {text(after.question)}", class_="moved"
        )
    return drawn + _rest(found, language)


def merge_form(names: Sequence[str], shown: str, language: str) -> str:
    """The other data sets to choose from, and a name."""
    if not names:
        return tag("p", text(words.say("ui_data_versions.merge_alone", language)), class_="fine")
    boxes = "".join(
        tag("label", f'<input type="checkbox" name="with" value="{text(name)}"> {text(name)}', class_="box")
        for name in names
    )
    look = tag("button", text(words.say("ui_data_versions.merge_look", language)), type="submit")
    lead = tag("p", text(words.say("ui_data_versions.merge_lead", language, name=shown)), class_="lead")
    return lead + tag(
        "form", tag("div", boxes, class_="boxes") + tag("div", look, class_="form-buttons"), data_form="conflicts"
    )


def merging(found: Conflicts, names: Sequence[str], language: str) -> str:
    """What the data sets disagree about, what to keep, and the button that merges."""
    say = words.say
    counts = "".join(
        tag(
            "li",
            tag("b", number(found.counts.get(kind, 0)), class_="num")
            + " "
            + text(say(f"ui_data_versions.conflict_{kind}", language)),
        )
        for kind in ("answer", "split", "same")
    )
    shown = "".join(
        tag(
            "li",
            badge(say(f"ui_data_versions.conflict_{one.kind}", language), "warn")
            + "".join(_side(name, row, language) for name, row in one.rows),
            class_="conflict",
        )
        for one in found.shown[:PAIRS_SHOWN]
    )
    options = "".join(
        tag("option", text(say(f"ui_data_versions.policy_{policy}", language)), value=policy) for policy in POLICIES
    )
    policy = _field(say("ui_data_versions.policy", language), tag("select", options, name="policy"))
    name = _field(say("ui_data.name", language), f'<input name="name" value="{text("-".join(names)[:60])}">')
    kept = "".join(f'<input type="hidden" name="with" value="{text(one)}">' for one in names)
    buttons = tag("button", text(say("ui_data_versions.merge", language)), type="submit", class_="act")
    buttons += tag(
        "button", text(say("ui_data_versions.leave", language)), type="button", data_pick="leave:", data_cancel=True
    )
    inside = kept + tag("div", name + policy, class_="field-row") + tag("div", buttons, class_="form-buttons")
    title = tag("h3", text(say("ui_data_versions.merge_title", language, names=" + ".join(names))))
    return (
        title
        + tag("ul", counts, class_="legend")
        + tag("ul", shown, class_="found")
        + tag("form", inside, data_form="merge")
    )


def deleting(name: str, version: str, dependents: Sequence[Dependent], language: str) -> str:
    """What depends on what is to be deleted, and the button that deletes."""
    say = words.say
    key = "ui_data_versions.delete_version_title" if version else "ui_data_versions.delete_title"
    drawn = tag("h3", text(say(key, language, name=name, version=version)))
    if dependents:
        drawn += tag("p", text(say("ui_data_versions.depends", language)))
        drawn += tag("ul", "".join(tag("li", _dependent(one, language)) for one in dependents), class_="found")
    else:
        drawn += tag("p", text(say("ui_data_versions.depends_none", language)), class_="fine")
    drawn += tag("p", text(say("ui_data_versions.can_return", language)), class_="fine")
    buttons = tag("button", text(say("ui_data_versions.delete_now", language)), type="submit", class_="risky")
    buttons += tag(
        "button", text(say("ui_data_versions.leave", language)), type="button", data_pick="leave:", data_cancel=True
    )
    return tag("form", drawn + tag("div", buttons, class_="form-buttons"), data_form="delete", data_row=version)


def trash(deleted: Sequence[Deleted], language: str) -> str:
    """What can come back, last deleted first."""
    if not deleted:
        return ""
    items = ""
    for one in deleted:
        told = words.say("ui_data_versions.deleted", language, name=one.dataset, rows=one.rows)
        label = words.say("ui_data_versions.bring_back", language)
        button = tag(
            "button",
            text(label),
            type="button",
            class_="quiet",
            data_pick=f"restore:{one.id}",
            aria_label=f"{label}: {one.dataset}",
        )
        items += tag("li", f"{text(told)} {when(one.deleted)} {button}")
    title = tag("summary", text(words.say("ui_data_versions.trash", language, n=len(deleted))))
    return tag("details", title + tag("ul", items, class_="found"), class_="more")


def _version(version: Version, shown: Version, current: str, language: str) -> list[str]:
    here = version.version == shown.version
    badges = badge(words.say("ui_data_versions.current", language), "good") if version.version == current else ""
    badges += badge(words.say("ui_data_versions.shown", language)) if here else ""
    parent = words.say("ui_data_versions.from", language, parent=version.parent) if version.parent else ""
    names = [] if here else ["show", "compare"]
    names += ["delete"]
    buttons = "".join(
        tag(
            "button",
            text(words.say(f"ui_data_versions.do_{name}", language)),
            type="button",
            class_="quiet needs-write" if name == "delete" else "quiet",
            data_pick=f"{name}:{version.version}",
            aria_label=f"{words.say(f'ui_data_versions.do_{name}', language)} {version.version}",
        )
        for name in names
    )
    rows = words.say(
        "ui_data.card_rows",
        language,
        rows=number(version.rows),
        **{split: number(version.splits.get(split, 0)) for split in ("train", "validation", "test")},
    )
    note = tag("span", text(version.note)) if version.note else ""
    return [
        f"{when(version.created)} {tag('code', text(version.version))} {badges}",
        text(rows),
        note + tag("span", text(parent), class_="evidence"),
        tag("span", buttons, class_="row-buttons"),
    ]


def _pair(before: Row | None, after: Row | None, language: str) -> str:
    row = after or before
    known = set(before.messages if before else ()) & set(after.messages if after else ())
    sides = ""
    for name, side in (("before", before), ("after", after)):
        title = tag("h3", text(words.say(f"ui_data_problems.{name}", language)))
        none = tag("p", text(words.say(f"ui_data_versions.no_{name}", language)), class_="fine")
        turns = (
            "".join(turn(m, language) for m in side.messages if m not in known or m.role == "user") if side else none
        )
        sides += tag("section", title + turns, class_=name)
    head = tag("header", marks(row, language)) if row else ""
    return tag("div", head + tag("div", sides, class_="sides"), class_="change")


def _rest(found: Difference, language: str) -> str:
    told = []
    for name in ("checks_added", "checks_removed", "documents_added", "documents_removed"):
        values = [named(one, language) if isinstance(one, Check) else one for one in getattr(found, name)]
        if values:
            told.append(words.say(f"ui_data_versions.diff_{name}", language, names=words.listed(values, language)))
    if found.mode:
        modes = [words.say(f"ui_data.mode_{mode}_choice", language) for mode in found.mode]
        told.append(words.say("ui_data_versions.diff_mode", language, before=modes[0], after=modes[1]))
    return "".join(tag("p", text(one), class_="fine") for one in told)


def _side(name: str, row: Row, language: str) -> str:
    return tag("div", tag("h3", text(name)) + chat(row, language), class_="side")


def _dependent(one: Dependent, language: str) -> str:
    key = f"ui_data_versions.kind_{one.kind}"
    kind = words.say(key if words.has(key) else "ui_data_versions.kind_job", language)
    mark = badge(words.say("ui_data_versions.at_work", language), "warn") if one.live else ""
    return f"{text(kind)} {tag('b', text(one.name))} {mark}"


def _field(label: str, control: str) -> str:
    return tag("label", tag("span", text(label)) + control, class_="field")
