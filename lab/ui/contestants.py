"""Who can answer: choices with the names a person reads, and the passages an answer was given.

Knows: how contestants are named on the page. Must not know gradio, nor who is asked for what.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lab import words
from lab.lab import Lab
from lab.records import Passage, Version
from lab.runs import parts
from lab.ui.present import tag, text

_FEW = 3


def choices(lab: Lab, data: Version | None, language: str) -> list[tuple[str, str]]:
    """(label, contestant): the base, every run, then both with the documents of ``data`` or its examples."""
    runs = lab.runs.all()
    found = ["base", *(lab.runs.called(run) for run in runs)]
    if data and data.splits.get("train"):
        found.append(f"base+few:{min(_FEW, data.splits['train'])}")
    if data and data.documents:
        ours = [lab.runs.called(run) for run in runs if run.dataset == data.dataset]
        found += [f"{head}+docs:{data.dataset}" for head in ("base", *ours[:2])]
        found.append(f"base+whole:{data.dataset}")
    return [(label, name) for name, label in names(lab, language, found).items() if name in found]


def names(lab: Lab, language: str, asked: Iterable[str] = ()) -> dict[str, str]:
    """Contestant → what it is called: runs by name and id, the base, each of ``asked``; what was deleted says so."""
    known = {"base": words.say("ui_compare.base_of", language)}
    for run in lab.runs.all():
        known |= {run.id: run.name, run.name: run.name}
    wanted = list(asked)
    paths = [path for name in wanted if (path := _file(name))]
    called = [path.name for path in paths]
    # Two files of one name are told apart by their folders.
    known |= {f"file:{path}": path.name for path in paths if called.count(path.name) == 1}
    return known | {name: _label(name, known, language) for name in wanted}


def _file(name: str) -> Path | None:
    """The file whose answers stand for the contestant, if it is one."""
    head = parts(name)[0]
    return Path(head.removeprefix("file:")) if head.startswith("file:") else None


def _label(name: str, known: dict[str, str], language: str) -> str:
    head, extras = parts(name)
    elsewhere = head.startswith(("base:", "url:", "file:"))
    label = known.get(head) or (head if elsewhere else words.say("disk.no_longer", language, name=head))
    for kind, value in extras:
        label = words.say(f"ui_compare.with_{kind}", language, who=label, value=value.partition("@")[0])
    return label


def passages(given: Sequence[Passage], language: str) -> str:
    """What was given of the documents with the question, folded; empty where nothing was."""
    if not given:
        return ""
    label = words.say("ui_compare.given", language, n=len(given))
    quotes = "".join(
        tag("blockquote", tag("span", text(one.document), class_="place") + tag("p", text(one.text))) for one in given
    )
    return tag("details", tag("summary", text(label)) + quotes, class_="more given")
