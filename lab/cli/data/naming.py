"""What a person names on the command line: files, samples, repositories of a hub, columns, shares, versions.

Must not know what is done with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from lab import ingest
from lab.cli import output
from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.ingest import hub
from lab.records import Check, Version
from lab.settings import HubAccess
from lab.workspace import slug

SAMPLE = "sample:"

Files = Annotated[list[str], typer.Argument(metavar="FILE…", show_default=False)]
Json = Annotated[bool, typer.Option("--json")]
Name = Annotated[str, typer.Argument(metavar="N[@VERSION]")]
Mapping = Annotated[str, typer.Option("--map", metavar="question=COL,answer=COL")]
Fixes = Annotated[list[str] | None, typer.Option("--fix", metavar="CODE[=TEXT]")]
Own = Annotated[list[str] | None, typer.Option(metavar="FILE")]
Most = Annotated[int, typer.Option("--most-mb", metavar="MB", min=1)]
MOST_MB = hub.MOST_BYTES // 10**6


@dataclass
class Named:
    """The files a person named, by what they are for."""

    paths: list[Path] = field(default_factory=list)
    validation: list[Path] = field(default_factory=list)
    test: list[Path] = field(default_factory=list)
    checks: tuple[Check, ...] = ()
    """Of the samples among them."""
    note: str = ""
    """Where files of a hub are from."""

    @property
    def names(self) -> str:
        """The files for a sentence."""
        return ", ".join(path.name for path in (*self.paths, *self.validation, *self.test))


def files(
    names: Sequence[str],
    validation: Sequence[str] | None = None,
    test: Sequence[str] | None = None,
    most: int = MOST_MB,
) -> Named:
    """Files, shipped samples and repositories of a hub as files; what a repository keeps apart stays apart."""
    made = Named()
    for name in names:
        if name.startswith(SAMPLE):
            sample = ingest.sample(name.removeprefix(SAMPLE))
            made.paths += sample.paths
            made.checks += sample.checks
        elif hub.is_remote(name):
            _fetched(made, name, most)
        else:
            made.paths.append(Path(name).expanduser())
    for own, named in ((made.validation, validation), (made.test, test)):
        part = files(named, most=most) if named else Named()
        own += [*part.paths, *part.validation, *part.test]
    return made


def _fetched(made: Named, name: str, most: int) -> None:
    """Fetch a repository's files, with its size told before and its progress meanwhile."""
    workspace, access = output.lab().workspace, HubAccess.read()
    offer = hub.look(hub.source(name), workspace, access)
    about = {"source": str(offer.source), "revision": offer.revision[:8]}
    if offer.kept:
        output.note("hub.offered_kept", **about)
    else:
        output.note("hub.offered", count=len(offer.files), size=f"{offer.size / 1e6:,.1f}", **about)
    if offer.others:
        shown = ", ".join(offer.others[:10]) + (" …" if len(offer.others) > 10 else "")
        output.note("hub.others", files=shown)
    fetched = hub.fetch(offer, workspace, access, most=most * 10**6, report=_progress())
    if fetched.own_splits:
        counts = {split: len(fetched.paths.get(split, [])) for split in ("train", "validation", "test")}
        output.note("hub.own_splits", **counts)
        made.validation += fetched.paths.get("validation", [])
        made.test += fetched.paths.get("test", [])
        made.paths += [*fetched.paths.get("", []), *fetched.paths["train"]]
    else:
        made.paths += [path for paths in fetched.paths.values() for path in paths]
    made.note = "; ".join(filter(None, (made.note, f"{offer.source} {offer.revision[:12]}")))


def _progress() -> Callable[[int, int], None]:
    """A line on stderr every tenth of what there is to fetch."""
    told = [0]

    def report(done: int, total: int) -> None:
        tenth = 10 * done // total if total else 10
        if tenth > told[0] and total > 10**6:
            told[0] = tenth
            output.note("hub.fetching", done=f"{done / 1e6:,.1f}", size=f"{total / 1e6:,.1f}")

    return report


def mapping(text: str) -> dict[str, str] | None:
    """``question=a,answer=b`` as a dict; ``None`` when empty."""
    if not text.strip():
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if any(not name.strip() or not column.strip() for name, _, column in pairs):
        raise UsageError("data.map_unreadable", value=text)
    return {name.strip(): column.strip() for name, _, column in pairs}


def shares(text: str) -> tuple[int, ...]:
    """``80/10/10`` as numbers."""
    parts = re.split(r"[/,: ]+", text.strip())
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise UsageError("data.bad_shares", value=text)
    return tuple(int(part) for part in parts)


def split_names(name: str) -> tuple[str, str]:
    """``N@VERSION`` as both; the version empty where none is named."""
    dataset, _, version = name.partition("@")
    return dataset, version


def version(datasets: Datasets, name: str, wanted: str = "") -> Version:
    """The version a person means; says whether it is the data set or the version that is not there."""
    dataset, named = split_names(name)
    wanted = wanted or named
    current = datasets.get(dataset)
    if wanted and not (datasets.workspace.dataset(dataset) / slug(wanted) / "version.json").is_file():
        raise DataError("data.no_such_version", name=dataset, version=wanted, current=current.version)
    return datasets.get(dataset, wanted or None)
