"""What a run leaves behind: its weights, its ``run.json``, and its numbers, read back from its own events.

Knows: how trained weights are put in place whole, and under which name they answer. Must not import torch:
the model is handed in.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import catalog
from lab.jobs.context import JobContext
from lab.records import Run
from lab.runs import Runs, served_name
from lab.workspace import now, read_json, read_jsonl, write_json

_AS_THE_BASE_HAS_THEM = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def keep_run(
    job: JobContext, model: Any, method: str, base_folder: Path, *, steps: int, seconds: float, tokens: int
) -> dict[str, Any]:
    """Write the weights of ``model`` and ``run.json``; from then on the run can answer."""
    runs = Runs(job.workspace)
    options = job.spec.options
    made = Run(
        id=job.spec.id,
        name=served_name(job.spec.name),
        base=options["base"],
        base_hash=catalog.content_hash(base_folder),
        method=method,
        adapter_hash="",
        dataset=options["dataset"],
        version=options["version"],
        created=now(),
        train_seconds=round(seconds, 2),
        tokens=tokens,
        tokens_per_second=round(tokens / max(seconds, 1e-9), 1),
        final=_final(job.folder),
        steps=steps,
        parent=options.get("parent"),
        parent_step=options.get("parent_step", 0),
    )
    made = replace(made, adapter_hash=_save_weights(model, runs.weights(made), base_folder, made))
    made = runs.keep(made)
    return {
        "run": made.id,
        "name": made.name,
        "base": made.base,
        "adapter": made.adapter_hash,
        "steps": made.steps,
        "train_seconds": made.train_seconds,
        "tokens": made.tokens,
        "tokens_per_second": made.tokens_per_second,
        "final": made.final,
    }


def _save_weights(model: Any, place: Path, base_folder: Path, made: Run) -> str:
    """Put the trained weights at ``place`` whole; twelve hex digits of their hash."""
    beside = place.with_name(f".{place.name}")
    shutil.rmtree(beside, ignore_errors=True)
    if made.method == "full":
        model.bfloat16().save_pretrained(beside)
    else:
        model.save_pretrained(beside)
        config = read_json(beside / "adapter_config.json")
        config["base_model_name_or_path"] = made.base.removeprefix("hub:")
        config["target_modules"] = sorted(config["target_modules"])
        write_json(beside / "adapter_config.json", config)
    (beside / "README.md").unlink(missing_ok=True)
    for name in _AS_THE_BASE_HAS_THEM:
        # As they were: the trainer's copy may have gained a padding token or another template.
        if (base_folder / name).is_file():
            shutil.copyfile(base_folder / name, beside / name)
    for path in beside.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    shutil.rmtree(place, ignore_errors=True)
    beside.replace(place)
    digest = hashlib.sha256()
    for path in sorted(place.glob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def step_events(folder: Path) -> dict[int, dict[str, Any]]:
    """Each step's event, from the last attempt that reached it."""
    return {event["step"]: event for event in read_jsonl(folder / "events.jsonl") if event.get("kind") == "step"}


def so_far(folder: Path, step: int) -> tuple[int, float]:
    """Tokens and seconds trained up to ``step``."""
    event = step_events(folder).get(step, {})
    return int(event.get("tokens", 0)), float(event.get("seconds", 0.0))


def _final(folder: Path) -> dict[str, float | None]:
    """Mean training loss over the last tenth of the steps, and the last loss on validation rows."""
    steps = [event for _, event in sorted(step_events(folder).items())]
    last = [event["loss"] for event in steps[-max(1, len(steps) // 10) :]]
    evaluated = [event["eval_loss"] for event in steps if "eval_loss" in event]
    return {"train_loss": round(sum(last) / len(last), 6), "eval_loss": evaluated[-1] if evaluated else None}
