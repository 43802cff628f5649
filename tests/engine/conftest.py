"""Runs to answer with: adapters made by PEFT with seeded, non-zero weights, without training."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import catalog
from lab.engine.client import Engine
from lab.engine.options import EngineOptions
from lab.lab import Lab
from lab.records import Run
from lab.settings import Settings
from lab.workspace import now


def lora_run(lab: Lab, name: str, seed: int, strength: float = 0.1, **config: Any) -> Run:
    """A LoRA run over the bundled base whose adapter visibly changes what it says."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    base = catalog.ensure(catalog.BUNDLED, lab.models)
    model = AutoModelForCausalLM.from_pretrained(str(base), dtype=torch.float32)
    options = {"r": 4, "target_modules": ["q_proj", "v_proj", "down_proj"], "task_type": "CAUSAL_LM", **config}
    with warnings.catch_warnings():
        # peft 0.21.2 reads an attribute that transformers 5.23 calls old.
        warnings.simplefilter("ignore", FutureWarning)
        tuned = get_peft_model(model, LoraConfig(**options))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, tensor in tuned.named_parameters():
            if "lora_A" in key:
                tensor.uniform_(-0.05, 0.05, generator=generator)
            if "lora_B" in key:
                tensor.normal_(0, strength, generator=generator)
    return kept_run(lab, name, lambda folder: tuned.save_pretrained(folder / "adapter"))


def kept_run(lab: Lab, name: str, write: Callable[[Path], object], method: str = "lora") -> Run:
    """A run whose weights ``write`` puts into its job folder."""
    base = catalog.ensure(catalog.BUNDLED, lab.models)
    job = f"20261121-0000-train-{name}"
    folder = lab.workspace.job(job)
    write(folder)
    weights = catalog.content_hash(folder / ("model" if method == "full" else "adapter"))
    run = Run(
        id=job,
        name=f"ft-{name}",
        base=catalog.BUNDLED,
        base_hash=catalog.content_hash(base),
        method=method,
        adapter_hash=weights,
        dataset="none",
        version="0" * 12,
        created=now(),
    )
    lab.runs.save(run)
    return run


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Lab:
    """A lab with two LoRA runs."""
    lab = Lab(Settings(home=tmp_path_factory.mktemp("engine") / "workspace", models=models))
    lora_run(lab, "one", 1)
    lora_run(lab, "two", 2, use_rslora=True, r=8)
    return lab


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    """``lora_run``, for tests that need one more."""
    return lora_run


@pytest.fixture(scope="session")
def save_run() -> Callable[..., Run]:
    """``kept_run``, for weights of other kinds."""
    return kept_run


@pytest.fixture(scope="session")
def engine(room: Lab) -> Iterator[Engine]:
    """A real engine process over ``room``, ended afterwards."""
    made = Engine(room.workspace, room.models, room.runs, EngineOptions(idle_minutes=5.0))
    yield made
    made.stop()
