"""What is made here in a private repository of the hub, for a disk that is emptied at each restart.

The repository mirrors part of the workspace, item by item (``lab.ship.worth``). Knows: what was sent before
(``kept.json``), and how all of it comes back. Must not know the page.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.hub_client import client, library, spoken
from lab.settings import HubAccess
from lab.ship.deploy import make_private
from lab.ship.worth import files, gives_way, item_of, items
from lab.workspace import Workspace, append_jsonl, now, read_json, read_jsonl, write_json

SECONDS = 5.0


@dataclass(frozen=True)
class Kept:
    """What a sweep did."""

    sent: int
    gone: int
    total: int


class Keeper:
    """One workspace and the repository its runs are kept in."""

    def __init__(self, workspace: Workspace, repository: str, access: HubAccess) -> None:
        self.workspace = workspace
        self.repository = repository
        self.access = access

    def keep(self) -> Kept:
        """Send what is worth keeping and was not sent as it is now; take away what was deleted here. One commit.

        Raises ``DataError`` with the reason where the hub does not take it; nothing counts as sent then.
        """
        before, found = self.sent(), items(self.workspace)
        new = {name: stamp for name, stamp in found.items() if before.get(name) != stamp}
        gone = [name for name in before if name not in found and not (self.workspace.root / name).exists()]
        if new or gone:
            with spoken(self.repository, own=True):
                self._commit(list(new), gone)
        left = {name: stamp for name, stamp in {**before, **new}.items() if name not in gone}
        if new or gone or not self.workspace.kept().exists():
            self._note(left)
        return Kept(len(new), len(gone), len(left))

    def restore(self) -> int:
        """Bring back what is in the repository and not here; returns how many items.

        Nothing that was made here is overwritten: lines that were said here meanwhile stand after those that come
        back. A repository that is not there yet holds nothing.
        """
        with spoken(self.repository, own=True):
            api = client(self.access)
            if not api.repo_exists(self.repository, repo_type="dataset"):
                return 0
            tree = api.list_repo_tree(self.repository, recursive=True, repo_type="dataset")
            names = {item_of(one.path) for one in tree if hasattr(one, "size")} - {""}
            wanted = sorted(name for name in names if not self._stays(name))
            if not wanted:
                return 0
            beside = self.workspace.root / ".restored.new"
            shutil.rmtree(beside, ignore_errors=True)
            library().snapshot_download(
                self.repository,
                repo_type="dataset",
                local_dir=beside,
                cache_dir=beside / ".cache",
                allow_patterns=[pattern for name in wanted for pattern in (name, f"{name}/*")],
                endpoint=self.access.endpoint,
                token=self.access.token or False,
            )
        for name in wanted:
            place = self.workspace.root / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.is_file() and place.suffix == ".jsonl":
                _put_before(beside / name, place)
            if (beside / name).exists():
                (beside / name).replace(place)
        shutil.rmtree(beside, ignore_errors=True)
        found = items(self.workspace)
        # Lines may have been put together: as such they were never sent.
        back = {name: found[name] for name in wanted if name in found and not name.endswith(".jsonl")}
        self._note({**self.sent(), **back})
        return len(wanted)

    def follow(self, pause: Callable[[float], None]) -> None:
        """Restore, then keep whatever changes, for ever; a failure is noted for the page and tried again."""
        restored, seen = False, ""
        while True:
            try:
                if not restored:
                    self.restore()
                    restored = True
                state = repr(items(self.workspace))
                if state != seen:
                    self.keep()
                    seen = state
            except LabError as error:
                self._note(self.sent(), {"key": error.key, "values": error.values})
            except OSError as error:  # a job wrote or took away what was being looked at: looked at again
                reason = error.strerror or type(error).__name__
                self._note(
                    self.sent(), {"key": "hub.own_not_whole", "values": {"source": self.repository, "reason": reason}}
                )
            pause(SECONDS)

    def sent(self) -> dict[str, str]:
        """Item → its state when it was sent."""
        return dict((read_json(self.workspace.kept()) or {}).get("items", {}))

    def _note(self, items: dict[str, str], problem: dict[str, Any] | None = None) -> None:
        earlier = (read_json(self.workspace.kept()) or {}).get("time", "")
        told = {"items": items, "time": earlier if problem else now(), "problem": problem}
        write_json(self.workspace.kept(), told)

    def _stays(self, name: str) -> bool:
        """Whether an item of the repository is here as it should be."""
        there = (self.workspace.root / name).exists()
        return there and (name in self.sent() or not gives_way(self.workspace, name))

    def _commit(self, new: list[str], gone: list[str]) -> None:
        api, hub = client(self.access), library()
        make_private(api, self.repository)
        paths = [path for name in new for path in files(self.workspace.root / name)]
        added = {path.relative_to(self.workspace.root).as_posix(): path for path in paths}
        operations: list[Any] = [hub.CommitOperationAdd(name, _content(path)) for name, path in added.items()]
        tree = api.list_repo_tree(self.repository, recursive=True, repo_type="dataset")
        there = {one.path for one in tree if hasattr(one, "size")}
        old = {path for path in there if item_of(path) in new} - set(added)
        dropped = old | {path for path in there if item_of(path) in gone}
        operations += [hub.CommitOperationDelete(path) for path in sorted(dropped)]
        if operations:
            title = f"{len(new)} kept, {len(gone)} deleted"
            api.create_commit(self.repository, operations, commit_message=title, repo_type="dataset")


def _content(path: Path) -> str | bytes:
    """Records as they are at this moment, for a job at work goes on writing them; everything else by its place."""
    return path.read_bytes() if path.suffix in {".json", ".jsonl", ".yaml"} else str(path)


def _put_before(kept: Path, place: Path) -> None:
    """Add to the kept lines those that stand only here."""
    known = {json.dumps(one, sort_keys=True) for one in read_jsonl(kept)}
    append_jsonl(kept, *(one for one in read_jsonl(place) if json.dumps(one, sort_keys=True) not in known))
