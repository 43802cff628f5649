"""The loss on labelled positions only against plain TRL: ``python -m bench.train_loss [ROUNDS]``.

Both computations take turns on the same batches and the same model, so that a busy machine slows both alike.
Prints seconds of a forward and backward pass, their ratio, and both losses and gradient lengths, as a table; the
last line is one JSON object.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lab import catalog
from lab.records import Message, Row
from lab.rendering import renderer
from lab.settings import Settings
from lab.train.sequences import Sequence, sequences

_QUESTION = "Where does the family live, and what is the dog called?"
_SHAPES = {
    "short answers": (8, "We live in Lisbon.", ""),
    "long answers": (4, "We live in Lisbon, in an old house by the river. " * 8, ""),
    "long prompts": (4, "We live in Lisbon.", "Read this first. The house stands by the river. " * 16),
}
"""Name → rows in the batch, answer, what stands before the question."""


def main(rounds: int) -> None:
    """Measure every shape and print."""
    folder = catalog.ensure(catalog.BUNDLED, Settings.read().models_folder.absolute())
    told = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name, (size, answer, before) in _SHAPES.items():
            turns = [(Message("user", f"{before}{n}. {_QUESTION}"), Message("assistant", answer)) for n in range(size)]
            rows = [Row(str(n), pair, str(n), "train") for n, pair in enumerate(turns)]
            told[name] = _measure(folder, sequences(rows, renderer(folder), 4096)[0], rounds, Path(scratch))
    heads = ("positions", "labelled", "TRL s", "ours s", "ratio", "TRL loss", "our loss")
    print(f"{'shape':<16}" + "".join(f"{head:>10}" for head in heads))
    for name, one in told.items():
        names = ("positions", "labelled", "plain_seconds", "our_seconds", "ratio", "plain_loss", "our_loss")
        print(f"{name:<16}" + "".join(f"{one[column]:>10}" for column in names))
    print(json.dumps(told))


def _measure(folder: Path, rows: list[Sequence], rounds: int, scratch: Path) -> dict[str, Any]:
    import torch
    from datasets import Dataset
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    from lab.train.learner import PadRight
    from lab.train.trainer import LabelledLossTrainer

    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, local_files_only=True)
    adapted = get_peft_model(model, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"))
    for name, value in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=0.01)
    data = [{"input_ids": list(one.ids), "labels": list(one.labels)} for one in rows]
    collator = PadRight(0)
    trainer = LabelledLossTrainer(
        model=adapted,
        args=SFTConfig(
            output_dir=str(scratch),
            bf16=True,
            use_cpu=not torch.cuda.is_available(),
            max_length=None,
            gradient_checkpointing=False,
            dataset_kwargs={"skip_prepare_dataset": True},
            report_to="none",
        ),
        data_collator=collator,
        train_dataset=Dataset.from_list(data),
        processing_class=AutoTokenizer.from_pretrained(folder, local_files_only=True),
    )
    trainer.model = trainer.accelerator.prepare_model(trainer.model)
    trainer.model.train()
    batch = {name: value.to(trainer.args.device) for name, value in collator(data).items()}
    items = (batch["labels"][:, 1:] != -100).sum()
    ways = {"plain": SFTTrainer.compute_loss, "our": LabelledLossTrainer.compute_loss}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    told: dict[str, Any] = {"positions": batch["input_ids"].numel(), "labelled": int(items)}
    for _ in range(rounds + 1):
        for name, way in ways.items():
            trainer.model.zero_grad()
            started = time.monotonic()
            loss = way(trainer, trainer.model, dict(batch), num_items_in_batch=items)
            loss.backward()
            seconds[name].append(time.monotonic() - started)
            gradients = [value.grad.norm() for value in trainer.model.parameters() if value.grad is not None]
            told[f"{name}_loss"] = round(float(loss.detach()), 6)
            told[f"{name}_gradient"] = round(float(torch.stack(gradients).norm()), 6)
    for name in ways:
        told[f"{name}_seconds"] = round(statistics.median(seconds[name][1:] or seconds[name]), 3)
    told["ratio"] = round(told["plain_seconds"] / told["our_seconds"], 2)
    return told


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
