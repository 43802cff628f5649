"""What the Data tab shows: files as they were read, splits, data sets, samples.

Knows: files and versions as HTML. Must not know gradio or where anything is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from lab import words
from lab.ingest import FileReading, Sample
from lab.records import Version
from lab.ui.present import badge, empty, facts, number, table, tag, text, when

FILES_SHOWN = 20
SPLITS = ("train", "validation", "test")


def files_read(files: Sequence[FileReading], language: str) -> str:
    """How many rows can be trained; then one line a file: what it was taken for, on what evidence, what came of it."""
    ok, records = sum(file.ok for file in files), sum(file.records for file in files)
    documents = sum(len(file.documents) for file in files)
    rows = words.say("ui_data.can_train", language, ok=number(ok), records=number(records))
    told = [rows] * bool(records or not documents)
    told += [words.say("ui_data.documents_n", language, n=documents)] * bool(documents)
    if not all(file.complete for file in files):
        told.append(words.say("ui_data.only_a_look", language))
    head = [text(words.say(f"ui_data.column_{name}", language)) for name in ("file", "format", "encoding", "found")]
    lines = [_file_read(file, language) for file in files[:FILES_SHOWN]]
    more = len(files) - FILES_SHOWN
    rest = tag("p", text(words.say("ui_data.more_files", language, n=more)), class_="fine") if more > 0 else ""
    return (
        tag("p", text(" · ".join(told)), class_="verdict-line") + table(head, lines, class_="plain files-read") + rest
    )


def _file_read(file: FileReading, language: str) -> list[str]:
    key = f"ui_data.format_{file.format}"
    known = [f"ui_data.format_{part}" for part in file.format.split("+")]
    keys = [key] if words.has(key) else [part for part in known if words.has(part)] or ["ui_data.format_none"]
    taken_for = words.listed((words.say(key, language) for key in keys), language)
    kind = tag("span", text(file.kind), class_="fine") if file.kind and file.kind.lower() != "text" else ""
    found = [words.say("ui_data.rows_of", language, ok=number(file.ok), n=number(file.records))] * bool(file.records)
    found += [words.say("ui_data.documents_n", language, n=len(file.documents))] * bool(file.documents)
    return [
        text(file.file),
        tag("span", text(taken_for)) + " " + kind,
        _encoding(file, language),
        text(" · ".join(found) or words.say("ui_data.nothing_found", language)),
    ]


def _encoding(file: FileReading, language: str) -> str:
    """The encoding by the name people know, with the evidence for it below."""
    if not file.encoding:
        return "–"
    key = "ui_data.encoding_" + file.encoding.replace("-", "_").lower()
    name = words.say(key, language) if words.has(key) else file.encoding.upper()
    evidence = dict(file.evidence)
    why = words.say(evidence.pop("key"), language, **evidence) if "key" in evidence else ""
    return tag("span", text(name)) + tag("span", text(why), class_="evidence")


def split_card(counts: dict[str, int], mode: str, reason: str, language: str) -> str:
    """The split as a bar of its shares, with the mode and the sentence that says why."""
    total = sum(counts.get(split, 0) for split in SPLITS) or 1
    parts, legend = "", ""
    for split in SPLITS:
        n = counts.get(split, 0)
        name = words.say(f"ui_data.split_{split}", language)
        if n:
            parts += tag("span", "", class_=f"part split-{split}", style=f"flex:{n / total:.4f}")
        legend += tag("li", tag("i", "", class_=f"swatch split-{split}") + text(name) + tag("b", str(n), class_="num"))
    why = words.say(reason, language) if words.has(reason) else ""
    named = words.say(f"ui_data.mode_{mode}", language) if words.has(f"ui_data.mode_{mode}") else mode
    untested = "" if counts.get("test") else tag("p", text(words.say("ui_data.no_test", language)), class_="caution")
    return (
        tag("div", parts, class_="split-bar", aria_hidden="true")
        + tag("ul", legend, class_="legend")
        + tag("p", tag("b", text(named)) + " " + text(why), class_="why")
        + untested
    )


def version_cards(versions: Sequence[Version], chosen: str, language: str) -> str:
    """The saved data sets; a click on one reports its name."""
    if not versions:
        return empty(words.say("ui_data.none_title", language), words.say("ui_data.none", language))
    cards = []
    for version in versions:
        counts = {split: version.splits.get(split, 0) for split in SPLITS}
        inside = (
            tag("strong", text(version.dataset))
            + tag("span", text(words.say("ui_data.card_rows", language, rows=version.rows, **counts)), class_="num")
            + tag("span", text(version.version) + " · " + when(version.created), class_="place")
        )
        if version.recorded:
            inside += tag("span", badge(words.say("ui_data.recorded", language)))
        pressed = "true" if version.dataset == chosen else "false"
        cards.append(
            tag("button", inside, type="button", class_="card", data_pick=version.dataset, aria_pressed=pressed)
        )
    return tag("div", "".join(cards), class_="cards")


def version_facts(version: Version, language: str) -> str:
    """What is known of a saved version: identity, time, groups, language, note."""
    known = [
        (words.say("ui_data.fact_version", language), f"{tag('code', text(version.version))} {when(version.created)}"),
        (words.say("ui_data.fact_groups", language), text(number(version.groups))),
        (
            words.say("ui_data.fact_language", language),
            text(words.say(f"ui_data.language_{version.language}", language)),
        ),
    ]
    if version.note:
        known.append((words.say("ui_data_split.note", language), text(version.note)))
    return facts(known)


def sample_cards(samples: Sequence[Sample], language: str) -> str:
    """The shipped samples, those in the page's language first, the others folded; a click on one reports its name."""
    ours = "".join(_sample_card(sample, language) for sample in samples if sample.language == language)
    others = "".join(_sample_card(sample, language) for sample in samples if sample.language != language)
    shown = tag("div", ours, class_="cards fit")
    if not others:
        return shown
    label = tag("summary", text(words.say("ui_data.other_samples", language)))
    return shown + tag("details", label + tag("div", others, class_="cards"), class_="more")


def _sample_card(sample: Sample, language: str) -> str:
    inside = tag("strong", text(words.say(sample.key, language)))
    inside += tag("span", text(words.say(f"{sample.key}_about", language)))
    kind = badge(words.say(f"ui_data.kind_{sample.kind}", language))
    inside += tag("span", kind + badge(words.say(f"ui_data.language_{sample.language}", language)))
    return tag("button", inside, type="button", class_="card sample", data_pick=sample.name)
