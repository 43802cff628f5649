"""An adapter trained elsewhere, as a run of this lab.

Knows: how a PEFT folder looks (LLaMA-Factory, Unsloth and TRL write the same), which base it belongs to, and whether
its shapes fit that base. Reads the heads of safetensors files only; nothing is unpickled. Must not know the engine.
"""

from __future__ import annotations

import importlib
import json
import re
import secrets
import shutil
import struct
import tempfile
from pathlib import Path
from typing import Any

from lab import catalog
from lab.errors import ModelError
from lab.jobs.context import write_status
from lab.records import JobSpec, JobStatus, Run, to_json
from lab.runs import Runs, served_name
from lab.workspace import now, read_json, slug, write_json

_WEIGHTS, _CONFIG = "adapter_model.safetensors", "adapter_config.json"
_TAKEN = (_WEIGHTS, _CONFIG, "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
_PART = re.compile(r"base_model\.model\.(?P<layer>.+)\.lora_(?P<side>[AB])(?:\.default)?\.weight")


def adopt(source: str, runs: Runs, models: Path, *, name: str = "", base: str = "") -> Run:
    """Copy the adapter at ``source`` (a folder or ``hub:OWNER/NAME``) into the workspace as a run that can answer.

    ``base`` names the base it belongs to where its own configuration does not, or names one that is not here. Raises
    ``ModelError`` with what is missing or does not fit; then nothing is kept.
    """
    with tempfile.TemporaryDirectory() as room:
        folder = _fetched(source, Path(room)) if source.startswith("hub:") else Path(source).expanduser()
        config = _config(folder)
        chosen = base or _base_of(config)
        # The configuration of an adapter from another machine may name a folder that is only there.
        place = (
            catalog.find(chosen, models) if base or not Path(chosen).is_absolute() or Path(chosen).is_dir() else None
        )
        if place is None:
            raise ModelError("models.adopt_no_base", base=chosen, given=config.get("base_model_name_or_path") or "—")
        _check_fit(folder / _WEIGHTS, place, chosen)
        called = served_name(name or folder.resolve().name if not source.startswith("hub:") else name or source[4:])
        return _kept(folder, runs, called, chosen, place)


def _config(folder: Path) -> dict[str, Any]:
    """The adapter's configuration, if this lab can answer with such an adapter."""
    if not (folder / _CONFIG).is_file():
        raise ModelError("models.adopt_no_adapter", folder=str(folder), file=_CONFIG)
    if not (folder / _WEIGHTS).is_file():
        pickled = next((path.name for path in folder.glob("adapter_model.*")), "")
        key = "models.adopt_pickled" if pickled else "models.adopt_no_adapter"
        raise ModelError(key, folder=str(folder), file=pickled or _WEIGHTS)
    try:
        config = read_json(folder / _CONFIG)
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise ModelError("models.adopt_no_adapter", folder=str(folder), file=_CONFIG)
    started = config.get("init_lora_weights", True)
    if config.get("peft_type") != "LORA" or (
        isinstance(started, str) and started.startswith(("pissa", "olora", "corda"))
    ):
        raise ModelError("models.adopt_kind", kind=f"{config.get('peft_type')} {started}")
    return config


def _base_of(config: dict[str, Any]) -> str:
    """The catalogue's name of the base the adapter says it was trained on; else as it says."""
    said = str(config.get("base_model_name_or_path") or "")
    if said in catalog.CATALOG:
        return said
    return (
        f"hub:{said}" if re.fullmatch(r"[\w.-]+/[\w.-]+", said) and not Path(said).is_dir() else said or catalog.BUNDLED
    )


def _check_fit(weights: Path, base: Path, name: str) -> None:
    """Raise ``ModelError`` unless every adapted layer is in the base with the same sides."""
    have: dict[str, list[int]] = {}
    for path in base.glob("*.safetensors"):
        have |= _shapes(path)
    for key, shape in _shapes(weights).items():
        part = _PART.fullmatch(key)
        if not part:
            continue  # further trained modules: the engine loads such a run as a model of its own
        layer = have.get(f"{part['layer']}.weight")
        # A is (rank, inputs), B is (outputs, rank); the layer is (outputs, inputs).
        fits = layer is not None and (layer[1] == shape[1] if part["side"] == "A" else layer[0] == shape[0])
        if not fits:
            raise ModelError("models.adopt_no_fit", base=name, layer=part["layer"])


def _shapes(path: Path) -> dict[str, list[int]]:
    """Name → shape of every tensor of a safetensors file: eight bytes of length, then that much JSON."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            head = json.loads(file.read(min(length, 100 << 20)))
        return {name: entry["shape"] for name, entry in head.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError, struct.error):
        raise ModelError("models.adopt_broken", file=path.name) from None


def _kept(folder: Path, runs: Runs, name: str, base: str, base_folder: Path) -> Run:
    stamp = now()
    digits = re.sub(r"[^0-9]", "", stamp)
    job = f"{digits[:8]}-{digits[8:14]}-adopt-{slug(name)[:40]}-{secrets.token_hex(2)}"
    place = runs.workspace.job(job)
    beside = runs.workspace.root / f".{job}"
    shutil.rmtree(beside, ignore_errors=True)
    (beside / "adapter").mkdir(parents=True)
    for file in _TAKEN:
        if (folder / file).is_file():
            shutil.copyfile(folder / file, beside / "adapter" / file)
    spec = JobSpec(id=job, kind="adopt", name=name, created=stamp, options={"base": base, "dataset": ""})
    write_json(beside / "spec.json", to_json(spec))
    write_status(beside, JobStatus(state="done"))
    weights, base_hash = catalog.content_hash(beside / "adapter"), catalog.content_hash(base_folder)
    run = Run(job, name, base, base_hash, "lora", weights, dataset="", version="", created=stamp)
    beside.replace(place)
    return runs.keep(run)


def _fetched(source: str, room: Path) -> Path:
    """The adapter's files from the Hub; nothing else of the repository is asked for."""
    hub: Any = importlib.import_module("huggingface_hub")  # not at page start: it takes a second to import
    try:
        return Path(hub.snapshot_download(source[4:], local_dir=room / "adapter", allow_patterns=list(_TAKEN)))
    except Exception as error:  # the library raises errors of many kinds; the person reads which
        raise ModelError(
            "models.adopt_no_hub", source=source, reason=f"{type(error).__name__}: {error}"[:200]
        ) from None
