"""The model that learns, and its loss on labelled positions: what every way of training here shares.

Imported in jobs' own processes only. Knows: bases, adapters, batches of ids and labels as ``lab.rendering`` made them.
Must not know TRL, jobs' files or who watches.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint
from transformers import AutoModelForCausalLM

from lab.errors import JobError
from lab.rendering import IGNORED
from lab.train.recipe import SftRecipe

_ATTENTION = ["q_proj", "k_proj", "v_proj", "o_proj"]
_CHUNK = 1024
"""Labelled positions whose logits are in memory at a time: 1024 × 49152 floats are 200 MB."""
_UNEVEN_HEADS = ("final_logit_softcapping", "logit_scale", "output_multiplier", "lm_head_multiplier", "logits_scaling")
"""Settings of models whose logits are not the plain product with the head; TRL knows them all."""


def learner(base: str, folder: Path, recipe: SftRecipe, dtype: torch.dtype, parent: Path | None = None) -> Any:
    """The base of ``folder`` with a fresh adapter, or with the parent's; for full fine-tuning its or the parent's
    weights. Raises ``JobError`` where the base has no layers of the kind the recipe names."""
    source = parent if parent and recipe.method == "full" else folder
    model = AutoModelForCausalLM.from_pretrained(source, dtype=dtype, local_files_only=True, trust_remote_code=False)
    if recipe.method == "full":
        return model
    if parent:
        return PeftModel.from_pretrained(model, parent, is_trainable=True)
    torch.manual_seed(recipe.seed)
    layers: Any = "all-linear" if recipe.lora_layers == "all-linear" else _ATTENTION
    config = LoraConfig(
        r=recipe.lora_r,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=layers,
        use_rslora=recipe.rslora,
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise JobError("train.layers_not_found", layers=recipe.lora_layers, base=base) from error


def head_is_plain(model: Any) -> bool:
    """Whether the logits are the plain product of hidden states and head, so that ``summed_loss`` is the loss."""
    config = model.config.get_text_config()
    return all(getattr(config, name, None) is None for name in _UNEVEN_HEADS)


def summed_loss(model: Any, inputs: dict[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross entropy summed over the labelled next tokens, and how many there are; the head sees only those."""
    labels = inputs["labels"][:, 1:]
    wanted = labels != IGNORED
    language_model = model.get_base_model() if isinstance(model, PeftModel) else model
    hidden = language_model.base_model(
        input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False
    ).last_hidden_state
    head = language_model.get_output_embeddings()
    return _summed(head, hidden[:, :-1][wanted], labels[wanted]), wanted.sum()


def _summed(head: Any, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross entropy summed over positions; beyond one chunk the logits are made again for the gradient."""

    def part(states: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        return cross_entropy(head(states).float(), wanted, reduction="sum")

    if len(labels) <= _CHUNK:
        return part(hidden, labels)
    parts = zip(torch.split(hidden, _CHUNK), torch.split(labels, _CHUNK), strict=True)
    return torch.stack([checkpoint(part, *piece, use_reentrant=False) for piece in parts]).sum()


@dataclass(frozen=True)
class PadRight:
    """Collator: sequences of a batch padded on the right; padding carries no loss and no attention."""

    pad: int

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        longest = max(len(row["input_ids"]) for row in rows)

        def padded(name: str, filler: int) -> torch.Tensor:
            return torch.tensor([list(row[name]) + [filler] * (longest - len(row[name])) for row in rows])

        mask = [[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows]
        return {
            "input_ids": padded("input_ids", self.pad),
            "labels": padded("labels", IGNORED),
            "attention_mask": torch.tensor(mask),
        }
