"""Looking into a repository, and fetching the files that were chosen.

Knows: what is kept from an earlier fetch. Nothing is fetched before its size is known. Must not know which files are
wanted (``choosing``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.errors import DataError
from lab.hub_client import client, library, spoken
from lab.ingest.hub import modelscope
from lab.ingest.hub.choosing import RemoteFile, Source, choose
from lab.records import from_json, to_json
from lab.settings import HubAccess
from lab.workspace import Workspace, read_json, slug, write_json

MOST_BYTES = 2 * 1024**3
"""A repository with more to fetch is refused unless a person allows more."""
_README = "README.md"
_TIMEOUT = 10.0

Report = Callable[[int, int], "bool | None"]
"""Called with the bytes fetched and the bytes there are; returning ``False`` ends the fetching."""


@dataclass(frozen=True)
class Offer:
    """What a repository holds, before anything of it is fetched."""

    source: Source
    revision: str
    """Hash of the commit."""
    files: tuple[RemoteFile, ...]
    others: tuple[str, ...] = ()
    """Data files that are not read."""
    kept: bool = False
    """Taken from an earlier fetch, because the hub could not be reached."""

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Fetched:
    """The files of an offer, on this machine."""

    offer: Offer
    paths: dict[str, list[Path]]
    """Split (or empty) → its files."""

    @property
    def own_splits(self) -> bool:
        """Whether the repository brings its own validation or test rows beside the training rows."""
        named = {split for split in self.paths if split}
        return "train" in named and len(named) > 1 and not self.offer.source.split


def look(source: Source, workspace: Workspace, access: HubAccess) -> Offer:
    """What ``source`` holds. Contacts the hub; where it cannot be reached, tells what an earlier fetch left."""
    if source.site == "modelscope":
        files = modelscope.files(source)
        chosen = choose(source, files)
        return Offer(source, "master", chosen.files, chosen.others)
    try:
        with spoken(source):
            return _asked(source, workspace, access)
    except DataError as error:
        stored = read_json(_place(source, workspace))
        if error.key != "hub.unreachable" or stored is None:
            raise
        return replace(from_json(Offer, stored), kept=True)


def _asked(source: Source, workspace: Workspace, access: HubAccess) -> Offer:
    api = client(access)
    about = api.repo_info(source.repository, repo_type="dataset", timeout=_TIMEOUT)
    tree = api.list_repo_tree(source.repository, recursive=True, revision=about.sha, repo_type="dataset")
    files = [(entry.path, entry.size) for entry in tree if hasattr(entry, "size")]
    readme = ""
    if any(path == _README for path, _ in files):
        path = _download(Offer(source, about.sha, ()), RemoteFile(_README, 0), workspace, access, None)
        readme = path.read_text("utf-8", "replace")
    chosen = choose(source, files, readme)
    return Offer(source, about.sha, chosen.files, chosen.others)


def fetch(
    offer: Offer, workspace: Workspace, access: HubAccess, *, most: int = MOST_BYTES, report: Report | None = None
) -> Fetched:
    """The files of ``offer``, kept in the workspace; a file that is there already is not fetched again.

    Raises ``DataError`` where there is more than ``most`` bytes, or when ``report`` ends it.
    """
    if offer.size > most:
        raise DataError("hub.too_large", source=str(offer.source), size=_megabytes(offer.size), most=_megabytes(most))
    counted = Counted(offer.size, report)
    paths: dict[str, list[Path]] = {}
    if offer.source.site == "modelscope":
        folder = modelscope.fetch(offer.source, [file.path for file in offer.files], workspace.hub() / "modelscope")
        for file in offer.files:
            paths.setdefault(file.split, []).append(folder / file.path)
        return Fetched(offer, paths)
    with spoken(offer.source):
        for file in offer.files:
            paths.setdefault(file.split, []).append(_download(offer, file, workspace, access, counted))
            counted.file_done(file.size)
    write_json(_place(offer.source, workspace), to_json(replace(offer, kept=False)))
    return Fetched(offer, paths)


def _download(offer: Offer, file: RemoteFile, workspace: Workspace, access: HubAccess, counted: Counted | None) -> Path:
    return Path(
        library().hf_hub_download(
            offer.source.repository,
            file.path,
            repo_type="dataset",
            revision=offer.revision,
            cache_dir=workspace.hub(),
            endpoint=access.endpoint,
            token=access.token or False,
            local_files_only=offer.kept,
            tqdm_class=_meter(counted) if counted else None,
        )
    )


class Counted:
    """Bytes over several files; ends the fetching when ``report`` says so."""

    def __init__(self, total: int, report: Report | None) -> None:
        self._total = total
        self._report = report
        self._done = 0
        self._here = 0

    def add(self, count: int) -> None:
        """``count`` more bytes of this file."""
        self._here += count
        self._tell(self._done + self._here)

    def file_done(self, size: int) -> None:
        """This file is whole, whether it was fetched now or before."""
        self._done, self._here = self._done + size, 0
        self._tell(self._done)

    def _tell(self, done: int) -> None:
        if self._report and self._report(min(done, self._total), self._total) is False:
            raise DataError("hub.cancelled")


def _meter(counted: Counted) -> type:
    """What the client takes for its progress bar."""

    class Meter:
        def __init__(self, *_: Any, initial: int = 0, **__: Any) -> None:
            if initial:
                counted.add(initial)

        def __enter__(self) -> Meter:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def update(self, count: float | None = 1) -> None:
            counted.add(int(count or 0))

        def close(self) -> None:
            pass

        def set_postfix_str(self, *_: Any, **__: Any) -> None:
            pass

    return Meter


def _place(source: Source, workspace: Workspace) -> Path:
    return workspace.hub() / f"{slug(str(source).replace(':', '-').replace('@', '-at-'))}.json"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"
