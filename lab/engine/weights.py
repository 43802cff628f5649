"""Models in memory: bases with the adapters that share their forward, and models that need one of their own.

Knows: how weights are loaded and proved to be the ones meant, and how one forward gives every row its own
adapter. Must not know rows, sampling or HTTP. Only the engine's thread may use it.

Sharing is exact only for plain LoRA and rsLoRA without further trained modules; everything else (DoRA, trained
embeddings or biases, full fine-tunes) is loaded as a group of its own. Source: PEFT's mixed-adapter batches,
whose per-layer ``adapter_names`` argument is used here with hooks that are always removed again (PEFT's own
context manager leaves them behind when a forward raises).
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer
from transformers import AutoModelForCausalLM

from lab import catalog
from lab.engine.names import Wanted
from lab.engine.options import EngineOptions
from lab.engine.reference import renderer_for
from lab.errors import EngineError
from lab.records import Run
from lab.rendering import Renderer
from lab.runs import Runs
from lab.workspace import read_json

BASE_ROW = "__base__"
"""PEFT's name for a row without adapter."""

SMALL = 600_000_000
"""Parameters up to which ``auto`` means float32 on a CPU."""

_PLAIN_STARTS = {True, False, "gaussian", "orthogonal", "eva"}
"""Ways of initialising LoRA that leave the base's weights alone."""


class WideHead(torch.nn.Linear):
    """The output layer in float32: bfloat16 scores lie so far apart that many tokens tie."""

    def __init__(self, head: torch.nn.Linear) -> None:
        super().__init__(head.in_features, head.out_features, bias=head.bias is not None, device="meta")
        self.weight = torch.nn.Parameter(head.weight.detach().float(), requires_grad=False)
        if head.bias is not None:
            self.bias = torch.nn.Parameter(head.bias.detach().float(), requires_grad=False)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Scores of the vocabulary in float32."""
        return super().forward(input.float())


@dataclass(eq=False)
class Group:
    """One model in memory and the adapters that share its forward."""

    key: str
    base_hash: str
    model: Any
    """The transformers model; LoRA layers, once there are any, sit inside it."""
    renderer: Renderer
    ends: frozenset[int]
    limit: int
    """Tokens it reads at most."""
    shared: bool
    peft: Any = None
    adapters: dict[str, str] = field(default_factory=dict)
    """Adapter name → hash of its file."""
    fingerprints: dict[str, str] = field(default_factory=dict)
    layers: list[LoraLayer] = field(default_factory=list)

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        found: torch.device = next(self.model.parameters()).device
        return found

    def forward(self, names: list[str], **inputs: Any) -> Any:
        """One forward in which row ``i`` uses the adapter ``names[i]``."""
        with torch.inference_mode(), self._entered(names):
            return self.model(**inputs)

    @contextlib.contextmanager
    def _entered(self, names: list[str]) -> Iterator[None]:
        handles: list[Any] = []
        try:
            if self.shared:
                for layer in self.layers:
                    hook = partial(_name_adapters, names)
                    handles.append(layer.register_forward_pre_hook(hook, with_kwargs=True))
            yield
        finally:
            for handle in handles:
                handle.remove()


def _name_adapters(names: list[str], _layer: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
    return arguments, {**keywords, "adapter_names": names}


class Shelf:
    """The groups in memory, loaded when first asked for."""

    def __init__(self, models: Path, runs: Runs, options: EngineOptions) -> None:
        self.groups: dict[str, Group] = {}
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._models = models
        self._runs = runs
        self._options = options
        self._hashes: dict[tuple[object, ...], str] = {}

    def find(self, wanted: Wanted) -> tuple[Group, str]:
        """The group that answers for ``wanted`` and the adapter's name in it (``BASE_ROW`` for the base).

        Raises ``EngineError`` when the weights are missing, belong to another base, or were changed.
        """
        run = wanted.run
        if run is not None and run.method == "full":
            weights, found = self._trained(run)
            return self._own(run, found, weights, None), BASE_ROW
        folder = catalog.find(wanted.base, self._models)
        if folder is None:
            raise EngineError("engine.base_missing", name=wanted.base)
        base_hash = self._hash(folder)
        if run is None:
            return self._base(folder, base_hash), BASE_ROW
        if run.base_hash != base_hash:
            values = {"base": run.base, "expected": run.base_hash, "found": base_hash}
            raise EngineError("engine.other_base", name=run.name, **values)
        weights, found = self._trained(run)
        if _is_plain(weights, run.name):
            return self._adapter(self._base(folder, base_hash), run, weights, found)
        return self._own(run, found, folder, weights), BASE_ROW

    def _trained(self, run: Run) -> tuple[Path, str]:
        """The folder of what the run trained and the hash of its weights, which must be the one it recorded."""
        weights = self._runs.weights(run)
        if not list(weights.glob("*.safetensors")):
            raise EngineError("engine.weights_missing", name=run.name, folder=str(weights))
        found = self._hash(weights)
        if run.adapter_hash and found != run.adapter_hash:
            raise EngineError("engine.changed_weights", name=run.name, found=found, expected=run.adapter_hash)
        return weights, found

    def make_room(self, keep: set[str]) -> None:
        """Drop the groups asked for longest ago beyond the limit, never one of ``keep``."""
        spare = [key for key in self.groups if key not in keep]
        dropped = spare[: max(0, len(self.groups) - self._options.own_groups - 1)]
        for key in dropped:
            del self.groups[key]
        if dropped:
            gc.collect()

    def _hash(self, folder: Path) -> str:
        """The hash of a folder's weights, read again only when a file of it has changed."""
        files = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in folder.glob("*.safetensors")]
        state = (str(folder), *sorted(files))
        if state not in self._hashes:
            self._hashes[state] = catalog.content_hash(folder)
        return self._hashes[state]

    def _used(self, key: str) -> Group:
        """The group, now the one asked for last."""
        self.groups[key] = self.groups.pop(key)
        return self.groups[key]

    def _base(self, folder: Path, base_hash: str) -> Group:
        key = str(folder)
        if key not in self.groups:
            self.groups[key] = self._load(key, folder, base_hash, shared=True)
            self.groups[key].fingerprints[BASE_ROW] = fingerprint(base_hash)
        return self._used(key)

    def _own(self, run: Run, found: str, folder: Path, adapter: Path | None) -> Group:
        key = f"{run.id}:{found}"
        if key not in self.groups:
            group = self._load(key, folder, run.base_hash, shared=False)
            if adapter:
                group.peft = PeftModel.from_pretrained(group.model, str(adapter), is_trainable=False).eval()
            group.fingerprints[BASE_ROW] = fingerprint(run.base_hash, found)
            self.groups[key] = group
        return self._used(key)

    def _adapter(self, group: Group, run: Run, weights: Path, found: str) -> tuple[Group, str]:
        """``group`` with the adapter in it; the base's first layer must be the same before and after."""
        adapter = f"{run.id.replace('.', '_')}-{found}"
        if adapter in group.adapters:
            return group, adapter
        watched = _first_layer(group.model)
        before = _tensor_hash(watched)
        options: dict[str, Any] = {"adapter_name": adapter, "is_trainable": False}
        if group.peft is None:
            group.peft = PeftModel.from_pretrained(group.model, str(weights), **options)
        else:
            group.peft.load_adapter(str(weights), **options)
        group.peft.eval()
        if _tensor_hash(watched) != before:
            # The base in memory is spoilt for everyone: the next question loads it anew.
            self.groups.pop(group.key, None)
            raise EngineError("engine.base_changed", name=run.name)
        group.layers = [module for module in group.model.modules() if isinstance(module, LoraLayer)]
        group.adapters[adapter] = found
        group.fingerprints[adapter] = fingerprint(group.base_hash, found)
        return group, adapter

    def _load(self, key: str, folder: Path, base_hash: str, *, shared: bool) -> Group:
        options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
        model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=self._dtype(folder), **options)
        model.to(self.device).eval().requires_grad_(False)
        head = model.get_output_embeddings()
        if isinstance(head, torch.nn.Linear) and head.weight.dtype != torch.float32:
            model.set_output_embeddings(WideHead(head))
        renderer = renderer_for(folder)
        limit = int(getattr(model.config.get_text_config(), "max_position_embeddings", 0) or 2**20)
        return Group(key, base_hash, model, renderer, _end_marks(model, folder, renderer), limit, shared)

    def _dtype(self, folder: Path) -> torch.dtype:
        if self._options.precision != "auto":
            return torch.float32 if self._options.precision == "float32" else torch.bfloat16
        size = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
        halves = (read_json(folder / "config.json") or {}).get("dtype", "bfloat16") != "float32"
        small = size / (2 if halves else 4) <= SMALL
        return torch.float32 if small and self.device.type == "cpu" else torch.bfloat16


def fingerprint(base_hash: str, adapter_hash: str = "") -> str:
    """Eight hex digits that name the weights which answered."""
    return hashlib.sha256(f"{base_hash}+{adapter_hash}".encode()).hexdigest()[:8]


def _is_plain(folder: Path, name: str) -> bool:
    """Whether the adapter may share a base's forward; raises ``EngineError`` for kinds that cannot answer here."""
    config = read_json(folder / "adapter_config.json") or {}
    kind = config.get("peft_type", "")
    if kind in {"", "PROMPT_TUNING", "P_TUNING", "PREFIX_TUNING", "MULTITASK_PROMPT_TUNING", "CPT"}:
        raise EngineError("engine.unsupported_adapter", name=name, kind=kind or "—")
    start = config.get("init_lora_weights", True)
    extras = ("use_dora", "modules_to_save", "trainable_token_indices", "layer_replication", "alora_invocation_tokens")
    more = (*extras, "target_parameters", "lora_bias", "use_bdlora", "kasa_config", "velora_config", "arrow_config")
    return (
        kind == "LORA"
        and config.get("bias", "none") == "none"
        and isinstance(start, (bool, str))
        and start in _PLAIN_STARTS
        and not any(config.get(name) for name in more)
    )


def _first_layer(model: Any) -> list[torch.Tensor]:
    """The weights of the first decoder layer, without adapters: what a loading adapter must not change."""
    named = [(name, tensor) for name, tensor in model.named_parameters() if "lora_" not in name]
    first = [tensor for name, tensor in named if ".0." in name]
    return first or [tensor for _, tensor in named[:1]]


def _tensor_hash(tensors: list[torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def _end_marks(model: Any, folder: Path, renderer: Renderer) -> frozenset[int]:
    """Token ids that end an answer: of the generation config, the model config and the tokenizer."""
    found: set[int] = set()
    for config in (model.generation_config, model.config):
        value = getattr(config, "eos_token_id", None)
        found |= set(value) if isinstance(value, list) else set() if value is None else {value}
    mark = (read_json(folder / "tokenizer_config.json") or {}).get("eos_token")
    text = mark["content"] if isinstance(mark, dict) else mark
    token = renderer.tokenizer.token_to_id(text) if text else None
    return frozenset(found | ({token} if token is not None else set()))
