"""TRL's ``SFTTrainer`` with the loss computed on labelled positions only, and the collator that feeds it.

With the worker, the only module that imports TRL; imported by the worker alone. Knows: batches of ids and labels
as ``lab.rendering`` made them. Must not know jobs, recipes or files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModel
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint
from trl import SFTTrainer

from lab.rendering import IGNORED

_CHUNK = 1024
"""Labelled positions whose logits are in memory at a time: 1024 × 49152 floats are 200 MB."""
_UNEVEN_HEADS = ("final_logit_softcapping", "logit_scale", "output_multiplier", "lm_head_multiplier", "logits_scaling")
"""Settings of models whose logits are not the plain product with the head; TRL knows them all."""


class LabelledLossTrainer(SFTTrainer):  # type: ignore[misc]
    """``SFTTrainer`` whose loss costs only the positions that carry it."""

    seen_tokens = 0
    """Tokens trained on since the trainer was made, padding not counted."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean cross entropy over the labelled next tokens, as ``SFTTrainer`` computes it.

        Without Triton TRL 1.16 multiplies every position with the head and throws most of them away
        (``add_fused_lm_head``: ``compact = _use_triton(...)``). Where it does not, or the model's head is not
        plain, this hands over to TRL.
        """
        if self.model.training:
            self.seen_tokens += int(inputs["attention_mask"].sum())
        if return_outputs or self.args.device.type == "cuda" or not self._head_is_plain():
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        labels = inputs["labels"][:, 1:]
        wanted = labels != IGNORED
        language_model = self.model.get_base_model() if isinstance(self.model, PeftModel) else self.model
        with self.accelerator.autocast():
            hidden = language_model.base_model(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], use_cache=False
            ).last_hidden_state
            head = language_model.get_output_embeddings()
            total = _summed_loss(head, hidden[:, :-1][wanted], labels[wanted])
        items = wanted.sum() if num_items_in_batch is None else num_items_in_batch
        return total / torch.as_tensor(items).clamp(min=1)

    def _head_is_plain(self) -> bool:
        config = self.model.config.get_text_config()
        return not self.aux_loss_enabled and all(getattr(config, name, None) is None for name in _UNEVEN_HEADS)


def _summed_loss(head: Any, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
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
