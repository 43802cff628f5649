"""Which weights share a forward, which get their own, and which are refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, MistralConfig, MistralForCausalLM

from lab import catalog
from lab.engine.batch import Batch
from lab.engine.names import Wanted, wanted
from lab.engine.options import EngineOptions
from lab.engine.rows import Ask, Ended, Event, Piece, Row
from lab.engine.sampling import Sampler
from lab.engine.weights import BASE_ROW, Group, Shelf, fingerprint
from lab.errors import EngineError
from lab.lab import Lab
from lab.records import Decoding, Message, Run

# peft 0.21.2 reads an attribute that transformers 5.23 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing.*:FutureWarning")

Making = Callable[..., Run]

QUESTION = "Write a short poem about the sea."


def say(group: Group, adapters: list[str], text: str = QUESTION, tokens: int = 8) -> list[str]:
    """What each of ``adapters`` says, written in one batch of ``group``."""
    events: list[list[Event]] = [[] for _ in adapters]
    batch, rows = Batch(group), []
    for adapter, said in zip(adapters, events, strict=True):
        ask = Ask(Wanted("x", "x"), (Message("user", text),), Decoding(max_tokens=tokens), said.append)
        row = Row(ask, group.renderer.prompt_ids(ask.messages), group.renderer.tokenizer, group.ends, 1000)
        row.adapter, row.sampler = adapter, Sampler(ask.decoding, group.ends)
        rows.append(row)
    batch.admit(rows)
    while batch.rows:
        batch.step()
    assert all(isinstance(said[-1], Ended) for said in events)
    return ["".join(event.text for event in said if isinstance(event, Piece)) for said in events]


@pytest.fixture(scope="module")
def shelf(room: Lab) -> Shelf:
    return Shelf(room.models, room.runs, EngineOptions(own_groups=1))


def test_plain_adapters_share_the_base_and_leave_no_hook_behind(room: Lab, shelf: Shelf) -> None:
    group, adapter = shelf.find(wanted("ft-one", room.runs))
    other, second = shelf.find(wanted("ft-two", room.runs))
    assert group is other is shelf.find(wanted("base", room.runs))[0]
    assert len({adapter, second, BASE_ROW}) == 3 == len(set(group.fingerprints.values()))
    with pytest.raises(IndexError):
        group.forward([adapter], input_ids=torch.tensor([[10**6]]))
    assert group.layers and not any(layer._forward_pre_hooks for layer in group.layers)
    assert len(set(say(group, [BASE_ROW, adapter, second]))) == 3


def test_dora_and_full_models_answer_from_a_group_of_their_own(
    room: Lab, shelf: Shelf, make_run: Making, save_run: Making
) -> None:
    base, _ = shelf.find(wanted("base", room.runs))
    dora = make_run(room, "dora", 3, strength=0.4, use_dora=True)
    group, adapter = shelf.find(wanted(dora.id, room.runs))
    assert group is not base and adapter == BASE_ROW
    assert group.fingerprints[BASE_ROW] == fingerprint(dora.base_hash, dora.adapter_hash)
    assert say(group, [BASE_ROW]) != say(base, [BASE_ROW])

    def write(folder: Path) -> None:
        source = catalog.ensure(catalog.BUNDLED, room.models)
        model: Any = AutoModelForCausalLM.from_pretrained(str(source), dtype="bfloat16")
        model.model.layers[5].mlp.down_proj.weight.data.mul_(-1)
        model.save_pretrained(folder / "model")
        for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
            shutil.copyfile(source / name, folder / "model" / name)

    full = save_run(room, "full", write, method="full")
    own, _ = shelf.find(wanted(full.id, room.runs))
    assert own not in {group, base} and say(own, [BASE_ROW]) != say(base, [BASE_ROW])
    shelf.make_room({own.key})
    assert set(shelf.groups) == {own.key, group.key}


def test_weights_that_are_not_the_ones_meant_are_refused(room: Lab, shelf: Shelf) -> None:
    good = room.runs.get("ft-one")
    cases = [
        (replace(good, base_hash="0" * 12), "engine.other_base"),
        (replace(good, adapter_hash="0" * 12), "engine.changed_weights"),
        (replace(good, id="20260101-0000-train-away"), "engine.weights_missing"),
        (replace(good, base="hub:nobody/nothing"), "engine.base_missing"),
    ]
    for run, key in cases:
        with pytest.raises(EngineError) as refused:
            shelf.find(Wanted(run.name, run.base, run))
        assert refused.value.key == key and refused.value.sentence("zh") and refused.value.sentence("en")


def test_an_adapter_that_changes_the_base_cannot_share_it(room: Lab, shelf: Shelf, make_run: Making) -> None:
    pissa = make_run(room, "pissa", 5, init_lora_weights="pissa_niter_2")
    base, _ = shelf.find(wanted("base", room.runs))
    before = say(base, [BASE_ROW])
    own, _ = shelf.find(wanted(pissa.id, room.runs))
    assert own is not base
    assert say(base, [BASE_ROW]) == before


def test_models_with_a_sliding_window_are_read_together_and_run_to_the_end(room: Lab) -> None:
    base, _ = Shelf(room.models, room.runs, EngineOptions()).find(wanted("base", room.runs))
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2}
    config = MistralConfig(vocab_size=49152, num_hidden_layers=2, sliding_window=8, **sizes)
    small = MistralForCausalLM(config).eval()
    group = Group("small", "0", small, base.renderer, base.ends, 2048, shared=False)
    batch = Batch(group)
    assert batch.may_join
    together = say(group, [BASE_ROW, BASE_ROW], tokens=20)
    assert together[0] == together[1] == say(group, [BASE_ROW], tokens=20)[0]
