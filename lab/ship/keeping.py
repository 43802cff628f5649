"""Finished runs in a private repository of the hub, for a disk that is emptied at each restart.

    jobs/<id>/…   datasets/<name>/head.json   datasets/<name>/<version>/…   chat/<file>

The repository mirrors part of the workspace. Knows: what is worth keeping and when it is finished, what was sent before
(``kept.json``), and how all of it comes back. What came with the lab is not sent. Must not know the page.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.hub_client import client, library, spoken
from lab.jobs import Jobs
from lab.settings import HubAccess
from lab.ship.deploy import make_private
from lab.workspace import Workspace, now, read_json, write_json

KINDS = ("train", "teach", "eval", "synth", "reword")
"""Jobs whose folders are worth keeping: what others leave lies elsewhere."""
SECONDS = 5.0
_PASSING = {"lock", "heartbeat", "reserve", "control.json", "log.txt", "checkpoints"}
_PASSING_HEADS = ("checkpoint-", ".")


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
        """Send what is finished and was not sent as it is now; take away what was deleted here. One commit.

        Raises ``DataError`` with the reason where the hub does not take it; nothing counts as sent then.
        """
        before, found = self.sent(), self._finished()
        new = {name: stamp for name, stamp in found.items() if before.get(name) != stamp}
        gone = [name for name in before if name not in found and not (self.workspace.root / name).exists()]
        if new or gone:
            with spoken(self.repository):
                self._commit(list(new), gone)
        left = {name: stamp for name, stamp in {**before, **new}.items() if name not in gone}
        if new or gone or not self.workspace.kept().exists():
            self._note(left)
        return Kept(len(new), len(gone), len(left))

    def restore(self) -> int:
        """Bring back what is in the repository and not here; returns how many items. Nothing here is overwritten.

        A repository that is not there yet holds nothing.
        """
        with spoken(self.repository):
            api = client(self.access)
            if not api.repo_exists(self.repository, repo_type="dataset"):
                return 0
            tree = api.list_repo_tree(self.repository, recursive=True, repo_type="dataset")
            names = {_item(one.path) for one in tree if hasattr(one, "size")} - {""}
            wanted = sorted(name for name in names if not (self.workspace.root / name).exists())
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
            if (beside / name).exists():
                (beside / name).replace(place)
        shutil.rmtree(beside, ignore_errors=True)
        finished = self._finished()
        self._note({**self.sent(), **{name: finished[name] for name in wanted if name in finished}})
        return len(wanted)

    def follow(self, pause: Callable[[float], None]) -> None:
        """Restore, then keep whatever ends, for ever; a failure is noted for the page and tried again."""
        restored, seen = False, ""
        while True:
            try:
                if not restored:
                    self.restore()
                    restored = True
                state = repr(self._finished())
                if state != seen:
                    self.keep()
                    seen = state
            except LabError as error:
                self._note(self.sent(), {"key": error.key, "values": error.values})
            pause(SECONDS)

    def sent(self) -> dict[str, str]:
        """Item → its state when it was sent."""
        return dict((read_json(self.workspace.kept()) or {}).get("items", {}))

    def _note(self, items: dict[str, str], problem: dict[str, Any] | None = None) -> None:
        earlier = (read_json(self.workspace.kept()) or {}).get("time", "")
        told = {"items": items, "time": earlier if problem else now(), "problem": problem}
        write_json(self.workspace.kept(), told)

    def _finished(self) -> dict[str, str]:
        """Item → its state now, of all that is finished and did not come with the lab."""
        shipped = set(read_json(self.workspace.recorded(), []))
        found = {}
        for view in Jobs(self.workspace).all():
            if view.spec.kind in KINDS and view.is_final:
                found[f"jobs/{view.id}"] = f"{view.state} {view.status.updated}"
        for head in self.workspace.datasets().glob("*/head.json"):
            if f"datasets/{head.parent.name}" in shipped:
                continue
            found[f"datasets/{head.parent.name}/head.json"] = str((read_json(head) or {}).get("version"))
            for version in head.parent.glob("[!.]*/version.json"):
                found[f"datasets/{head.parent.name}/{version.parent.name}"] = version.parent.name
        for path in self.workspace.chat().glob("[!.]*.jsonl"):
            found[f"chat/{path.name}"] = str(path.stat().st_size)
        return {name: stamp for name, stamp in found.items() if name not in shipped}

    def _commit(self, new: list[str], gone: list[str]) -> None:
        api, hub = client(self.access), library()
        make_private(api, self.repository)
        operations: list[Any] = []
        for name in new:
            place = self.workspace.root / name
            for path in sorted([place] if place.is_file() else place.rglob("*")):
                if path.is_file() and not _is_passing(path.relative_to(self.workspace.root)):
                    inside = path.relative_to(self.workspace.root).as_posix()
                    operations.append(hub.CommitOperationAdd(inside, str(path)))
        there = {one.path for one in api.list_repo_tree(self.repository, recursive=True, repo_type="dataset")}
        dropped = [path for path in there if _item(path) in gone]
        operations += [hub.CommitOperationDelete(path) for path in dropped]
        if operations:
            title = f"{len(new)} kept, {len(gone)} deleted"
            api.create_commit(self.repository, operations, commit_message=title, repo_type="dataset")


def _item(path: str) -> str:
    """The item a file of the repository belongs to; empty for what is none of ours."""
    parts = Path(path).parts
    if len(parts) >= 3 and parts[0] == "jobs":
        return "/".join(parts[:2])
    if len(parts) >= 3 and parts[0] == "datasets":
        return "/".join(parts[:3])
    return path if len(parts) == 2 and parts[0] == "chat" else ""


def _is_passing(inside: Path) -> bool:
    """Whether a file is only of use to the process that wrote it."""
    return any(part in _PASSING or part.startswith(_PASSING_HEADS) for part in inside.parts)
