"""What of a workspace is worth keeping elsewhere, and in which state it is.

    jobs/<id>   datasets/<name>/<file or version>   chat/<file>   advice.jsonl

Each of these is an item: a file, or a folder without what only the process that wrote it needs. Of an adapter that is
not fully trained the newest whole checkpoint belongs to it. What came with the lab is no item. Must not know where
items are kept.
"""

from __future__ import annotations

from pathlib import Path

from lab.jobs import Jobs
from lab.recorded import RECORDED
from lab.workspace import Workspace, read_json

KINDS = ("train", "teach", "eval", "judge", "synth", "reword")
"""Jobs whose folders are worth keeping: what others leave lies elsewhere."""
_PASSING = {"lock", "heartbeat", "reserve", "control.json", "log.txt"}
_CHECKPOINTS = "checkpoints"
_SEALED = "complete.json"
_ADVICE = "advice.jsonl"


def items(workspace: Workspace) -> dict[str, str]:
    """Item → its state now."""
    return {**_jobs(workspace), **_data(workspace), **_lines(workspace)}


def item_of(path: str) -> str:
    """The item a file belongs to; empty for what is none of ours."""
    parts = Path(path).parts
    if len(parts) >= 3 and parts[0] == "jobs":
        return "/".join(parts[:2])
    if len(parts) >= 3 and parts[0] == "datasets":
        return "/".join(parts[:3])
    return path if path == _ADVICE or (len(parts) == 2 and parts[0] == "chat") else ""


def files(place: Path) -> list[Path]:
    """The files of an item that are worth keeping."""
    if place.is_file():
        return [place]
    newest = _newest(place)
    found = (path for path in sorted(place.rglob("*")) if path.is_file())
    return [path for path in found if not _is_passing(path.relative_to(place), newest)]


def gives_way(workspace: Workspace, name: str) -> bool:
    """Whether an item may be brought back though it is here: it came with the lab, or is lines, to be put together."""
    if name.endswith(".jsonl"):
        return True
    return name.endswith("/head.json") and name not in _data(workspace)


def _jobs(workspace: Workspace) -> dict[str, str]:
    shipped, found = set(read_json(workspace.recorded(), [])), {}
    for view in Jobs(workspace).all():
        name, newest = f"jobs/{view.id}", _newest(view.folder)
        if view.spec.kind not in KINDS or name in shipped or not (view.is_final or newest):
            continue
        # Marks and faults are added to a job that ended long ago: the sizes tell.
        sizes = sum(path.stat().st_size for path in files(view.folder)) if view.is_final else 0
        found[name] = (
            f"{'ended' if view.is_final else 'at work'} {view.status.updated if sizes else ''} {newest} {sizes}"
        )
    return found


def _data(workspace: Workspace) -> dict[str, str]:
    """Versions, and which of them are current."""
    found, root = {}, workspace.datasets()
    for path in root.glob("*/[!.]*/version.json"):
        if not (read_json(path) or {}).get("recorded"):
            found[f"datasets/{path.parent.parent.name}/{path.parent.name}"] = path.parent.name
    for head in root.glob("*/head.json"):
        current = str((read_json(head) or {}).get("version"))
        if f"datasets/{head.parent.name}/{current}" in found:
            found[f"datasets/{head.parent.name}/head.json"] = current
    return found


def _lines(workspace: Workspace) -> dict[str, str]:
    """Files that lines are only ever added to: answers, votes, targets, advice."""
    paths = [*workspace.chat().glob("[!.]*.jsonl"), *workspace.datasets().glob("*/[!.]*.jsonl")]
    paths += [path for path in (workspace.root / _ADVICE,) if path.is_file()]
    found = {path.relative_to(workspace.root).as_posix(): path.stat().st_size for path in paths}
    return {name: str(size) for name, size in found.items() if size != _shipped_size(name)}


def _shipped_size(name: str) -> int:
    """Bytes of a file as it came with the lab; -1 where none did."""
    return (RECORDED / name).stat().st_size if (RECORDED / name).is_file() else -1


def _newest(job: Path) -> str:
    """The newest whole checkpoint of a run that can go on from it: of adapters only, and none once it is done.

    Those of whole models are some twelve times as large as the weights.
    """
    recipe = (read_json(job / "spec.json") or {}).get("options", {}).get("recipe") or {}
    if recipe.get("method") == "full" or (read_json(job / "status.json") or {}).get("state") == "done":
        return ""
    sealed = [path.parent for path in (job / _CHECKPOINTS).glob(f"checkpoint-*/{_SEALED}")]
    return max(sealed, key=lambda folder: int(folder.name.rpartition("-")[2])).name if sealed else ""


def _is_passing(inside: Path, newest: str) -> bool:
    """Whether a file is only of use to the process that wrote it, or is of an older checkpoint."""
    if inside.parts[0] == _CHECKPOINTS:
        return len(inside.parts) < 3 or inside.parts[1] != newest
    return any(part in _PASSING or part.startswith(".") for part in inside.parts)
