"""Which of a repository's files hold its rows.

Knows: how a person names a repository, what its README says of its files, and the names that files have by custom.
Must not know how anything is fetched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import yaml

from lab.errors import UsageError

SITES = {"hub": "hub:", "modelscope": "modelscope:"}
ROWS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".xlsx", ".xml", ".yaml", ".yml")
TEXTS = (".md", ".txt", ".docx", ".pdf", ".html")
_PACKED = (".gz", ".zip")
_ABOUT = re.compile(
    r"(^|/)(\.|readme|license|licence|dataset_infos?\.json|dataset_dict\.json|state\.json|config\.json|croissant)",
    re.IGNORECASE,
)
"""Files that describe a repository, or are hidden in it."""
_NAME = re.compile(r"(?P<owner>[\w.\-]+)/(?P<name>[\w.\-]+)(?::(?P<configuration>[\w.\-]+))?(?:@(?P<split>[\w.\-]+))?")
_SPLITS = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
    "test": "test", "testing": "test", "eval": "test", "evaluation": "test",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A repository as a person names it: ``hub:OWNER/NAME[:configuration][@split]``."""

    site: str
    """``hub`` or ``modelscope``."""
    repository: str
    configuration: str = ""
    split: str = ""

    def __str__(self) -> str:
        configuration = f":{self.configuration}" if self.configuration else ""
        return f"{self.site}:{self.repository}{configuration}{f'@{self.split}' if self.split else ''}"


@dataclass(frozen=True)
class RemoteFile:
    """One file of a repository."""

    path: str
    size: int
    split: str = ""
    """``train``, ``validation`` or ``test`` where README or name says so."""


@dataclass(frozen=True)
class Choice:
    """The files that are read, and those that are not."""

    files: tuple[RemoteFile, ...]
    others: tuple[str, ...] = ()
    """Paths of data files that were not chosen."""


def is_remote(name: str) -> bool:
    """Whether ``name`` names a repository instead of a file."""
    return name.startswith(tuple(SITES.values()))


def source(name: str) -> Source:
    """The repository named ``name``; raises ``UsageError`` where it cannot be understood."""
    site, _, rest = name.partition(":")
    found = _NAME.fullmatch(rest.strip().strip("/"))
    if site not in SITES or not found or ".." in rest:
        raise UsageError("hub.bad_name", value=name)
    parts = found.groupdict(default="")
    return Source(site, f"{parts['owner']}/{parts['name']}", parts["configuration"], parts["split"])


def choose(wanted: Source, files: Sequence[tuple[str, int]], readme: str = "") -> Choice:
    """The files of ``wanted`` among ``files`` (path, size); raises ``UsageError`` with what there is instead."""
    data = [(path, size) for path, size in files if is_data(path)] or [(p, s) for p, s in files if is_data(p, TEXTS)]
    if not data:
        raise UsageError("hub.no_data", source=str(wanted), files=_some(path for path, _ in files))
    told, default = _configurations(readme)
    if told:
        chosen = _by_readme(wanted, data, told, default)
    else:
        chosen = [RemoteFile(path, size, split_of(path)) for path, size in _of_configuration(wanted, data)]
        chosen = _of_one_kind(chosen)
    if wanted.split:
        chosen = _of_split(wanted, chosen)
    taken = {file.path for file in chosen}
    return Choice(tuple(chosen), tuple(path for path, _ in data if path not in taken))


def is_data(path: str, endings: tuple[str, ...] = ROWS) -> bool:
    """Whether a file of this name may hold rows (or texts)."""
    plain = path.lower()
    if _ABOUT.search(plain) or ".." in plain.split("/") or plain.startswith("/"):
        return False
    for packed in _PACKED:
        plain = plain.removesuffix(packed)
    return plain.endswith(endings) or path.lower().endswith(".zip")


def split_of(path: str) -> str:
    """The split that a file's name tells, as ``data/train-00000-of-00002.parquet`` does; else empty."""
    words = [word for word in re.split(r"[^a-z]+", path.lower()) if word in _SPLITS]
    return _SPLITS[words[-1]] if words else ""


def _configurations(readme: str) -> tuple[dict[str, list[tuple[str, str]]], str]:
    """Configuration → (split, pattern) of its files, as the README tells, and the one meant by default."""
    found = re.match(r"\ufeff?---\s*\n(.*?)\n---\s*(\n|$)", readme, re.DOTALL)
    try:
        about = yaml.safe_load(found[1]) if found else None
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}, ""
    listed = about.get("configs") if isinstance(about, dict) else None
    known = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
    made = {str(one.get("config_name", "default")): list(_patterns(one.get("data_files"))) for one in known}
    told = {name: patterns for name, patterns in made.items() if patterns}
    marked = [str(one.get("config_name", "")) for one in known if one.get("default") is True]
    only = next(iter(told)) if len(told) == 1 else ""
    return told, next((name for name in (*marked, "default", only) if name in told), "")


def _patterns(files: Any, split: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(files, str):
        yield split, files
    elif isinstance(files, list):
        for one in files:
            yield from _patterns(one, split)
    elif isinstance(files, dict) and "path" in files:
        yield from _patterns(files["path"], str(files.get("split", split)))
    elif isinstance(files, dict):
        for name, inner in files.items():
            yield from _patterns(inner, str(name))


def _by_readme(
    wanted: Source, data: list[tuple[str, int]], told: dict[str, list[tuple[str, str]]], default: str
) -> list[RemoteFile]:
    name = wanted.configuration or default
    if name not in told:
        raise UsageError("hub.which_configuration", source=str(wanted), known=_some(told))
    chosen: dict[str, RemoteFile] = {}
    for split, pattern in told[name]:
        for path, size in data:
            if fnmatch(path, pattern.removeprefix("./").replace("**/", "*")) or path == pattern:
                plain = _SPLITS.get(split.split("[")[0].lower(), "") or split_of(split)
                chosen.setdefault(path, RemoteFile(path, size, plain or (split if wanted.split == split else "")))
    if not chosen:
        raise UsageError("hub.no_data", source=str(wanted), files=_some(path for path, _ in data))
    return list(chosen.values())


def _of_configuration(wanted: Source, data: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The files whose folder, or the beginning of whose name, is the configuration."""
    if not wanted.configuration:
        return data
    name = wanted.configuration.lower()
    begins = re.compile(rf"{re.escape(name)}([._\-]|$)")
    parts = [(path, size, path.lower().split("/")) for path, size in data]
    found = [(path, size) for path, size, (*folders, file) in parts if name in folders or begins.match(file)]
    if not found:
        there = {path.split("/")[0] for path, _ in data if "/" in path} or {path for path, _ in data}
        raise UsageError("hub.which_configuration", source=str(wanted), known=_some(sorted(there)))
    return found


def _of_one_kind(files: list[RemoteFile]) -> list[RemoteFile]:
    """Of each split the files of one ending, for a repository often holds the same rows as JSONL and as Parquet.

    Where a file is named as training rows, one that is named as nothing is something else.
    """
    kinds = Counter(_kind(file.path) for file in files)
    ranked = [kind for kind, _ in kinds.most_common()]
    splits = {file.split for file in files} - ({""} if any(file.split == "train" for file in files) else set())
    best = {
        split: min((_kind(file.path) for file in files if file.split == split), key=ranked.index) for split in splits
    }
    return [file for file in files if best.get(file.split) == _kind(file.path)]


def _kind(path: str) -> str:
    plain = path.lower()
    for packed in _PACKED:
        plain = plain.removesuffix(packed)
    return plain.rsplit(".", 1)[-1]


def _of_split(wanted: Source, files: list[RemoteFile]) -> list[RemoteFile]:
    name = _SPLITS.get(wanted.split.lower(), wanted.split)
    found = [file for file in files if file.split == name]
    if not found:
        known = list(dict.fromkeys(file.split for file in files if file.split))
        raise UsageError("hub.no_such_split", source=str(wanted), known=_some(known) if known else "—")
    return found


def _some(names: Iterable[str], most: int = 12) -> str:
    listed = list(names)
    return ", ".join(listed[:most]) + (" …" if len(listed) > most else "") if listed else "—"
