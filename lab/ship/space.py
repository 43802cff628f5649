"""A run as the folder of a Space: the lab, the run, its questions and what was found out about it.

Knows: which files make a Space, what of a run and its data goes in and what stays here, and that nothing in the folder
names a place of this machine. The run lies in ``data/recorded`` as the shipped runs do, so the page needs no other way
to find it. Must not know the hub or how a verdict is reached.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from lab import catalog, words
from lab.datasets import Datasets
from lab.errors import DataError, ShipError
from lab.recorded import OPENING
from lab.records import Row, Run, Version, to_json
from lab.runs import Runs
from lab.settings import PROJECT
from lab.ship.folder import begin, check_free, finish
from lab.workspace import Workspace, read_json, read_jsonl

_NOT_FRONT_MATTER = {"secrets", "variables"}
_LAB = ("app.py", "LICENSE", "requirements.txt", "spaces.yaml")
_LEFT_OUT = {"__pycache__", "recorded", "docs.py"}
"""What was compiled or recorded, and what makes the passages of a README that a Space does not have."""
_LONGEST_TITLE = 60
_TRAIN = ("spec.json", "status.json", "events.jsonl", "recipe.yaml", "run.json")
_EVAL = ("spec.json", "status.json", "evaluation.json", "items.jsonl")
_PLACE = re.compile(r"(?:^|(?<=[:：\s\"'“（(]))(?:~?/|[A-Za-z]:\\)(?=[\w.])[^\s\"'”）)]*")
_LARGE = "*.safetensors filter=lfs diff=lfs merge=lfs -text\n*.bin filter=lfs diff=lfs merge=lfs -text\n"


@dataclass(frozen=True)
class Part:
    """One file of the Space."""

    path: str
    """Inside the folder."""
    content: bytes | Path
    """The bytes, or the file they are copied from."""
    kind: str
    """``lab``, ``run``, ``data`` or ``evidence``."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size


@dataclass(frozen=True)
class Contents:
    """Everything that would be in the folder, before anything is written."""

    run: Run
    parts: tuple[Part, ...]
    rows: tuple[Row, ...]
    """Of the data set: the test questions, or every row."""
    rows_left: int
    """Rows of the data set that stay here."""
    evaluation: str
    """Id of the newest finished evaluation of the run; empty where there is none."""
    answers: int
    """Recorded answers of that evaluation."""

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(part.size for part in self.parts)

    def by_kind(self) -> dict[str, tuple[int, int]]:
        """Kind → files and bytes."""
        kinds = dict.fromkeys(part.kind for part in self.parts)
        sizes = {kind: [part.size for part in self.parts if part.kind == kind] for kind in kinds}
        return {kind: (len(found), sum(found)) for kind, found in sizes.items()}


def front_matter(space: dict[str, Any]) -> str:
    """The YAML block a Space reads from the top of its README."""
    shown = {key: value for key, value in space.items() if key not in _NOT_FRONT_MATTER}
    return "---\n" + yaml.safe_dump(shown, sort_keys=False, allow_unicode=True) + "---\n"


def described() -> dict[str, Any]:
    """The Space of this lab, as ``spaces.yaml`` says it."""
    return dict(yaml.safe_load((PROJECT / "spaces.yaml").read_text("utf-8")))


def evaluated(workspace: Workspace, run: Run) -> str:
    """Id of the newest finished evaluation that asked the run; empty where there is none."""
    for path in sorted(workspace.jobs().glob("*/evaluation.json"), reverse=True):
        asked = (read_json(path) or {}).get("contestants", [])
        state = (read_json(path.parent / "status.json") or {}).get("state")
        if state == "done" and any(one.get("run") == run.id for one in asked):
            return path.parent.name
    return ""


def collect(workspace: Workspace, run: Run, *, verdict: dict[str, str], all_rows: bool = False) -> Contents:
    """What the Space of ``run`` would hold; ``verdict`` is what its evaluation says, by language.

    Of the data set only the test questions go along, unless ``all_rows``. Raises ``ShipError`` where the Space could
    not answer: its base is a folder of this machine, or its weights are gone.
    """
    if run.base not in catalog.CATALOG and not run.base.startswith("hub:"):
        raise ShipError("space.base_is_local", name=run.name, base=Path(run.base).name)
    weights = Runs(workspace).weights(run)
    if not list(weights.glob("*.safetensors")):
        raise ShipError("ship.no_weights", name=run.name, folder=str(weights))
    evaluation = evaluated(workspace, run)
    version, rows = _data(workspace, run, all_rows)
    answers = list(_evidence(workspace, evaluation))
    data = list(_data_parts(version, rows)) if version else []
    parts = [*_lab_parts(), *_run_parts(workspace, run), *data, *answers]
    told = Contents(
        run,
        tuple(parts),
        tuple(rows),
        (version.rows if version else 0) - len(rows),
        evaluation,
        sum(1 for _ in read_jsonl(workspace.job(evaluation) / "items.jsonl")) if evaluation else 0,
    )
    opens = {"tab": "compare", "data": run.dataset if version else "", "run": run.id, "evaluation": evaluation}
    chosen = {name: value for name, value in opens.items() if value}
    made = (
        Part(f"data/recorded/{OPENING}", _document(chosen), "run"),
        Part("README.md", _readme(told, verdict).encode("utf-8"), "lab"),
        Part(".gitattributes", _LARGE.encode(), "lab"),
    )
    return replace(told, parts=(*told.parts, *made))


def write(contents: Contents, out: Path) -> list[str]:
    """Write the folder, whole or not at all; the names of its files. Raises ``ShipError`` where it cannot stand."""
    check_free(out)
    beside = begin(out, "space")
    try:
        for part in contents.parts:
            place = beside / part.path
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(part.content, bytes):
                place.write_bytes(part.content)
            else:
                shutil.copyfile(part.content, place)
        return finish(beside, out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _lab_parts() -> Iterator[Part]:
    """The lab itself and its samples, without what was recorded or compiled."""
    yield from (Part(name, PROJECT / name, "lab") for name in _LAB)
    for top in ("lab", "data"):
        for path in sorted((PROJECT / top).rglob("*")):
            inside = path.relative_to(PROJECT)
            if path.is_file() and not _LEFT_OUT & set(inside.parts) and not path.name.startswith("."):
                yield Part(inside.as_posix(), path, "lab")


def _run_parts(workspace: Workspace, run: Run) -> Iterator[Part]:
    folder, home = workspace.job(run.id), f"data/recorded/jobs/{run.id}"
    for name in _TRAIN:
        if name == "run.json":
            yield Part(f"{home}/{name}", _document(to_json(replace(run, recorded=True))), "run")
        elif (folder / name).is_file():
            yield Part(f"{home}/{name}", _portable(folder / name), "run")
    weights = Runs(workspace).weights(run)
    for path in sorted(path for path in weights.rglob("*") if path.is_file()):
        place = f"{home}/{weights.name}/{path.relative_to(weights).as_posix()}"
        if path.name == "adapter_config.json":
            base = run.base.removeprefix("hub:")
            yield Part(place, _document({**read_json(path), "base_model_name_or_path": base}), "run")
        elif path.suffix not in {".pt", ".pth", ".bin"} and path.name != "complete.json":
            yield Part(place, path, "run")


def _data(workspace: Workspace, run: Run, all_rows: bool) -> tuple[Version | None, list[Row]]:
    """The version the run was trained on, if it is here, and the rows that go along."""
    datasets = Datasets(workspace)
    try:
        version = datasets.get(run.dataset, run.version)
    except DataError:
        return None, []
    wanted = datasets.rows(version, *(() if all_rows else ("test",)))
    return version, [replace(row, file=without_places(row.file)) for row in wanted]


def _data_parts(version: Version, rows: list[Row]) -> Iterator[Part]:
    """The rows as a version of the same name; without documents, whose texts stay here."""
    counts = {name: sum(row.split == name for row in rows) for name in version.splits}
    told = replace(
        version,
        rows=len(rows),
        splits=counts,
        groups=len({row.group for row in rows}),
        documents=(),
        problems=0,
        note="",
        recorded=True,
    )
    home = f"data/recorded/datasets/{version.dataset}"
    lines = "".join(json.dumps(to_json(row), ensure_ascii=False) + "\n" for row in rows)
    yield Part(f"{home}/head.json", _document({"version": version.version}), "data")
    yield Part(f"{home}/{version.version}/version.json", _document(to_json(told)), "data")
    yield Part(f"{home}/{version.version}/problems.jsonl", b"", "data")
    yield Part(f"{home}/{version.version}/rows.jsonl", lines.encode("utf-8"), "data")


def _evidence(workspace: Workspace, evaluation: str) -> Iterator[Part]:
    """The evaluation: every question, every answer and what they rest on."""
    if not evaluation:
        return
    folder = workspace.job(evaluation)
    for name in _EVAL:
        if (folder / name).is_file():
            yield Part(f"data/recorded/jobs/{evaluation}/{name}", _portable(folder / name), "evidence")


def _portable(path: Path) -> bytes:
    """The file without a place of this machine: of a path only its last part stays."""
    text = path.read_text("utf-8")
    if path.suffix == ".jsonl":
        return "".join(json.dumps(_moved(one), ensure_ascii=False) + "\n" for one in read_jsonl(path)).encode("utf-8")
    if path.suffix == ".json":
        return _document(_moved(json.loads(text)))
    return without_places(text).encode("utf-8")


_SPOKEN = {
    *("content", "reference", "answer", "text", "messages", "system", "system_prompt", "passages"),
    *("keys", "found", "false", "labels", "values", "group"),
}
"""What people and models said stays as it is, slashes and all."""


def _moved(value: Any) -> Any:
    """``value`` with the paths in it shortened; the folder of models is the Space's own."""
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if name not in {"models", "out"}}
        return {without_places(name): one if name in _SPOKEN else _moved(one) for name, one in kept.items()}
    if isinstance(value, list):
        return [_moved(one) for one in value]
    return without_places(value) if isinstance(value, str) else value


def without_places(text: str) -> str:
    """``text`` with every path in it shortened to its last part."""
    return _PLACE.sub(lambda found: re.split(r"[/\\]", found[0].rstrip("/\\"))[-1], text)


def _document(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _readme(told: Contents, verdict: dict[str, str]) -> str:
    """Front matter, then the same in both languages: what it shows, what it holds, how it runs and what it needs."""
    run = told.run
    space = described()
    space["title"] = f"{run.name} · {space['title']}"[:_LONGEST_TITLE].strip()
    if run.base.startswith("hub:"):
        space["models"] = space["preload_from_hub"] = [run.base.removeprefix("hub:")]
    parts = [front_matter(space) + f"\n# {run.name}"]
    for language in ("en", "zh"):
        parts += _section(told, verdict, language)
    return "\n\n".join(parts) + "\n"


def _section(told: Contents, verdict: dict[str, str], language: str) -> list[str]:
    def say(key: str, **values: Any) -> str:
        return words.say(f"space.readme_{key}", language, **values)

    run = told.run
    licence = catalog.describe(run.base).licence or words.say("ship.card_unknown", language)
    found = verdict.get(language, "")
    return [
        f"## {say('title')}",
        say("intro", name=run.name, base=run.base.removeprefix("hub:"), data=run.dataset or "—"),
        f"> {found}" if found else say("no_verdict"),
        f"### {say('holds_title')}",
        say("holds", rows=len(told.rows), left=told.rows_left, answers=told.answers, id=run.adapter_hash),
        f"### {say('runs_title')}",
        say("runs"),
        say("bundled") if run.base in catalog.CATALOG and not run.base.startswith("hub:") else say("hub_base"),
        say("zerogpu"),
        f"### {say('storage_title')}",
        say("storage"),
        f"### {say('licence_title')}",
        say("licence", licence=licence),
    ]
