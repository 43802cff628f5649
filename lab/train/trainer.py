"""TRL's ``SFTTrainer`` with the loss computed on labelled positions only.

With the worker, the only module that imports TRL; imported by the worker alone. Knows: batches of ids and labels
as ``lab.rendering`` made them. Must not know jobs, recipes or files.
"""

from __future__ import annotations

from typing import Any

import torch
from trl import SFTTrainer

from lab.train.learner import head_is_plain, summed_loss


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
        plain = head_is_plain(self.model) and not self.aux_loss_enabled
        if return_outputs or self.args.device.type == "cuda" or not plain:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        with self.accelerator.autocast():
            total, count = summed_loss(self.model, inputs)
        items = count if num_items_in_batch is None else num_items_in_batch
        return total / torch.as_tensor(items).clamp(min=1)
