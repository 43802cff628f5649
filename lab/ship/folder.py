"""The folder an export is written into: made beside its place and renamed when it is whole.

Must not know what is in it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lab.errors import ShipError

TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "special_tokens_map.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "added_tokens.json",
)
"""What a tokenizer may consist of; a base has some of them."""


def check_free(folder: Path) -> None:
    """Raise ``ShipError`` unless ``folder`` can be made or is empty."""
    if folder.is_dir():
        if any(folder.iterdir()):
            raise ShipError("ship.not_empty", folder=str(folder))
    elif folder.exists() or folder.is_symlink():
        raise ShipError("ship.not_a_folder", folder=str(folder))
    above = next(parent for parent in folder.parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise ShipError("ship.not_writable", folder=str(above))


def begin(folder: Path, mark: str) -> Path:
    """An empty folder beside ``folder`` to write into; what an earlier attempt of ``mark`` left there is removed."""
    beside = folder.with_name(f".{folder.name}.{mark}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    return beside


def finish(beside: Path, folder: Path) -> list[str]:
    """Put the written folder at its place, on the disk first; the names of its files."""
    for path in beside.rglob("*"):
        if path.is_file():
            path.chmod(0o644)  # safetensors writes files only their owner may read
            with path.open("rb") as file:
                os.fsync(file.fileno())
    check_free(folder)
    if folder.is_dir():
        folder.rmdir()
    beside.replace(folder)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def copy(names: tuple[str, ...], source: Path, target: Path) -> None:
    """Copy the files of ``names`` that ``source`` has, unchanged; those already there stay."""
    for name in names:
        if (source / name).is_file() and not (target / name).exists():
            shutil.copyfile(source / name, target / name)
