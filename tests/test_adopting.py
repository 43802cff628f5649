"""An adapter trained elsewhere becomes a run, or is refused with what does not fit; nothing is left of a refusal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lab import adopting
from lab.errors import ModelError
from lab.lab import Lab
from lab.records import Message
from lab.runs import contestant
from lab.settings import PROJECT


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A PEFT folder as another trainer leaves it: the recorded adapter without this lab's own files."""
    (trained,) = (PROJECT / "data" / "recorded" / "jobs").glob("*train-family-en*/adapter")
    folder = tmp_path / "checkpoint-49"
    folder.mkdir()
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        shutil.copyfile(trained / name, folder / name)
    return folder


def configured(folder: Path, **changes: Any) -> Path:
    config = json.loads((folder / "adapter_config.json").read_text()) | changes
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def test_an_adopted_adapter_answers_as_it_did_elsewhere(elsewhere: Path, lab: Lab) -> None:
    run = adopting.adopt(str(elsewhere), lab.runs, lab.models, name="From outside")
    assert (run.name, run.base, run.dataset) == ("ft-from-outside", "smollm2-135m", "")
    assert [one.id for one in lab.runs.all()] == [run.id] and lab.jobs.get(run.id).state == "done"
    again = adopting.adopt(str(elsewhere), lab.runs, lab.models, name="From outside")
    assert again.name == "ft-from-outside-2" and again.adapter_hash == run.adapter_hash
    asked = (Message("user", "How old is Tom?"),)
    try:
        base = lab.engine.answer(contestant("base", lab.runs, lab.datasets), asked)
        tuned = lab.engine.answer(contestant(run.name, lab.runs, lab.datasets), asked)
        assert tuned.text != base.text and tuned.fingerprint != base.fingerprint
        assert tuned.text == lab.engine.answer(contestant(again.name, lab.runs, lab.datasets), asked).text
    finally:
        lab.engine.stop()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"peft_type": "IA3"}, "models.adopt_kind"),
        ({"init_lora_weights": "pissa_niter_4"}, "models.adopt_kind"),
        ({"base_model_name_or_path": "Qwen/Qwen2.5-0.5B-Instruct"}, "models.adopt_no_base"),
        ({"base_model_name_or_path": "/somewhere/else"}, "models.adopt_no_base"),
    ],
)
def test_an_adapter_that_cannot_answer_here_is_refused(
    changes: dict[str, Any], key: str, elsewhere: Path, lab: Lab
) -> None:
    with pytest.raises(ModelError) as caught:
        adopting.adopt(str(configured(elsewhere, **changes)), lab.runs, lab.models)
    assert caught.value.key == key and caught.value.sentence("zh") != caught.value.sentence("en")
    assert lab.runs.all() == [] and list(lab.workspace.jobs().glob("2*")) == []


def test_the_base_can_be_named_where_the_adapter_names_another(elsewhere: Path, lab: Lab) -> None:
    configured(elsewhere, base_model_name_or_path="HuggingFaceTB/SmolLM2-135M-Instruct")
    assert adopting.adopt(str(elsewhere), lab.runs, lab.models, base="smollm2-135m").base == "smollm2-135m"


def test_broken_pickled_and_missing_files_are_told_apart(elsewhere: Path, lab: Lab, tmp_path: Path) -> None:
    weights = elsewhere / "adapter_model.safetensors"
    whole = weights.read_bytes()
    refused = {}
    for name, data in {"cut": whole[:100], "empty": b"", "nonsense": b"\xff" * 4096}.items():
        weights.write_bytes(data)
        with pytest.raises(ModelError) as caught:
            adopting.adopt(str(elsewhere), lab.runs, lab.models)
        refused[name] = caught.value.key
    assert set(refused.values()) == {"models.adopt_broken"}
    head = json.loads(whole[8 : 8 + int.from_bytes(whole[:8], "little")])
    layer = next(name for name in head if "lora_A" in name)
    head[layer]["shape"][1] += 1
    text = json.dumps(head).encode()
    weights.write_bytes(len(text).to_bytes(8, "little") + text)
    weights.with_suffix(".bin").write_bytes(b"x")
    with pytest.raises(ModelError) as caught:
        adopting.adopt(str(elsewhere), lab.runs, lab.models)
    assert caught.value.key == "models.adopt_no_fit"
    weights.unlink()
    with pytest.raises(ModelError) as caught:
        adopting.adopt(str(elsewhere), lab.runs, lab.models)
    assert caught.value.key == "models.adopt_pickled"
    with pytest.raises(ModelError) as caught:
        adopting.adopt(str(tmp_path / "nowhere"), lab.runs, lab.models)
    assert caught.value.key == "models.adopt_no_adapter"
