"""The job kind ``export``: a run's weights → a folder that works without the lab.

Imported in the job's own process. Knows: how an adapter is merged into its base, and how the merged model is
compared with base and adapter before it is called the same. Must not know who watches.

The folder is written beside its place and renamed when whole; a killed export leaves nothing there.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from lab import catalog
from lab.datasets import Datasets
from lab.errors import DataError, ShipError
from lab.jobs.context import JobContext
from lab.records import Message, Run
from lab.rendering import renderer
from lab.runs import Runs
from lab.ship import card
from lab.ship.folder import TOKENIZER, begin, check_free, copy, finish
from lab.workspace import read_json, write_json, write_text

PROMPTS = 4
"""Questions the merged model is compared on."""
TOKENS = 24
"""Tokens of each answer that are compared."""
_ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
_MODEL = ("config.json", "generation_config.json")
_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def run(job: JobContext) -> dict[str, Any]:
    """Write the folder the job's options ask for."""
    options = job.spec.options
    runs = Runs(job.workspace)
    made = runs.get(options["run"])
    out = Path(options["out"])
    check_free(out)
    job.progress("ship.phase_load", 0, 3)
    base = catalog.ensure(made.base, job.models)
    _check_weights(made, runs, base)
    beside = begin(out, job.spec.id)
    try:
        parity = _fill(job, made, runs, base, beside)
        if job.stop_asked():
            return {}
        job.progress("ship.phase_write", 2, 3)
        facts = card.gather(job.workspace, made, options["format"], parity)
        write_text(beside / "README.md", card.write(facts, options.get("language", "en")))
        write_json(beside / "run.json", _record(made, options["format"]))
        files = finish(beside, out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    job.progress("ship.phase_write", 3, 3)
    return {"run": made.id, "name": made.name, "format": options["format"], "folder": str(out), "files": files} | (
        {"parity": {key: value for key, value in parity.items() if key != "items"}} if parity else {}
    )


def _check_weights(made: Run, runs: Runs, base: Path) -> None:
    """Raise ``ShipError`` unless base and trained weights are the ones the run recorded."""
    weights = runs.weights(made)
    if not list(weights.glob("*.safetensors")):
        raise ShipError("ship.no_weights", name=made.name, folder=str(weights))
    found = catalog.content_hash(base)
    if made.base_hash and found != made.base_hash:
        raise ShipError("ship.other_base", name=made.name, base=made.base, expected=made.base_hash, found=found)
    found = catalog.content_hash(weights)
    if made.adapter_hash and found != made.adapter_hash:
        raise ShipError("ship.changed_weights", name=made.name, expected=made.adapter_hash, found=found)


def _fill(job: JobContext, made: Run, runs: Runs, base: Path, target: Path) -> dict[str, Any]:
    """Put weights, configuration, tokenizer and chat template into ``target``; the comparison, if one was made."""
    weights = runs.weights(made)
    parity: dict[str, Any] = {}
    if made.method == "full":
        for path in sorted(weights.glob("*.safetensors*")):
            shutil.copyfile(path, target / path.name)
        copy(_MODEL, weights, target)
    elif job.spec.options["format"] == "adapter":
        copy(_ADAPTER, weights, target)
        config = read_json(target / "adapter_config.json")
        config["base_model_name_or_path"] = _portable(made.base)
        write_json(target / "adapter_config.json", config)
    else:
        parity = _merge(job, made, base, weights, target)
        if parity:
            write_json(target / "parity.json", parity)
    copy(TOKENIZER, base, target)
    if job.spec.options["format"] != "adapter":
        copy(_MODEL, base, target)
    return parity


def _portable(base: str) -> str:
    """The base's name without a path of this machine."""
    return base.removeprefix("hub:") if base.startswith("hub:") or base in catalog.CATALOG else Path(base).name


def _record(made: Run, format: str) -> dict[str, Any]:
    """The run's record without anything that is only true on this machine."""
    return {
        "name": made.name,
        "format": format,
        "base": _portable(made.base),
        "base_hash": made.base_hash,
        "method": made.method,
        "adapter_hash": made.adapter_hash,
        "dataset": made.dataset,
        "version": made.version,
        "created": made.created,
        "train_seconds": made.train_seconds,
        "steps": made.steps,
        "tokens": made.tokens,
        "final": made.final,
    }


def _merge(job: JobContext, made: Run, base: Path, weights: Path, target: Path) -> dict[str, Any]:
    """Merge in float32 and keep the base's own type where the answers stay the same, else float32.

    Rounding the sum to bfloat16 can swallow a small adapter; then the larger file is the honest one.
    """
    import torch
    from transformers import AutoModelForCausalLM

    prompts = _prompts(job, made)
    asked = [renderer(base).prompt_ids(prompt) for prompt in prompts]
    before = _answers(_tuned(base, weights), asked)
    if job.stop_asked():
        return {}
    job.progress("ship.phase_merge", 1, 3)
    stored = (read_json(base / "config.json") or {}).get("dtype") or "float32"
    parity: dict[str, Any] = {}
    for name in dict.fromkeys((stored, "float32")):
        # Each model is let go before the next is loaded: one in memory at a time.
        _tuned(base, weights).merge_and_unload(safe_merge=True).to(getattr(torch, name)).save_pretrained(target)
        saved = AutoModelForCausalLM.from_pretrained(target, dtype=torch.float32, **_LOCAL).eval()
        after = [_scores(saved, ids, tokens) for ids, (tokens, _) in zip(asked, before, strict=True)]
        parity = _compared(base, prompts, before, after, name)
        del saved
        if parity["same_answers"] == parity["prompts"]:
            break
    return parity


def _tuned(base: Path, weights: Path) -> Any:
    """Base with the adapter on it, in float32."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, **_LOCAL)
    return PeftModel.from_pretrained(model, weights).eval()


def _prompts(job: JobContext, made: Run) -> list[tuple[Message, ...]]:
    """Conversations up to where the assistant begins, one a fact, spread over the run's data set.

    Plain greetings where the data set is not on this machine.
    """
    datasets = Datasets(job.workspace)
    try:
        facts = {row.group: row for row in datasets.rows(datasets.get(made.dataset, made.version))}
    except DataError:
        facts = {}
    rows = list(facts.values())[:: max(1, len(facts) // PROMPTS)][:PROMPTS]
    found = [tuple(row.messages[: _first_answer(row.messages)]) for row in rows]
    return [prompt for prompt in found if prompt] or [
        (Message("user", "Who are you?"),),
        (Message("user", "你是谁？"),),
    ]


def _first_answer(messages: tuple[Message, ...]) -> int:
    return next((place for place, message in enumerate(messages) if message.role == "assistant"), len(messages))


def _answers(model: Any, prompts: list[list[int]]) -> list[tuple[list[int], Any]]:
    """Greedy answer tokens of each prompt, with the scores at each of them."""
    import torch

    made = []
    for prompt in prompts:
        ids = torch.tensor([prompt])
        with torch.inference_mode():
            found = model.generate(
                input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=TOKENS, do_sample=False
            )
        tokens = found[0, len(prompt) :].tolist()
        made.append((tokens, _scores(model, prompt, tokens)))
    return made


def _scores(model: Any, prompt: list[int], tokens: list[int]) -> Any:
    """Scores (one row a token) with which the model would choose each of ``tokens`` after what stands before it."""
    import torch

    with torch.inference_mode():
        logits = model(input_ids=torch.tensor([[*prompt, *tokens]])).logits[0]
    return logits[len(prompt) - 1 : len(prompt) + len(tokens) - 1].float()


def _compared(
    base: Path,
    prompts: list[tuple[Message, ...]],
    before: list[tuple[list[int], Any]],
    after: list[Any],
    dtype: str,
) -> dict[str, Any]:
    """Greedy answers are the same exactly where the best token is the same after every same beginning."""
    items = []
    for prompt, (tokens, scores), others in zip(prompts, before, after, strict=True):
        differs = (scores.argmax(-1) != others.argmax(-1)).nonzero()
        items.append(
            {
                "question": prompt[-1].content,
                "answer": renderer(base).tokenizer.decode(tokens),
                "same": not len(differs),
                "first_difference": int(differs[0]) if len(differs) else None,
                "max_logit_difference": round(float((scores - others).abs().max()), 6),
            }
        )
    return {
        "prompts": len(items),
        "tokens": TOKENS,
        "same_answers": sum(item["same"] is True for item in items),
        "max_logit_difference": max(float(str(item["max_logit_difference"])) for item in items),
        "dtype": dtype,
        "items": items,
    }
