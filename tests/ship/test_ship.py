"""Exports of a real run: whole folders that load without the lab, and refusals that are sentences."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab import catalog, ingest
from lab.cli import app
from lab.errors import LabError, ShipError, UsageError
from lab.lab import Lab
from lab.records import Run, to_json
from lab.settings import PROJECT, Settings
from lab.ship import card, start
from lab.workspace import append_jsonl, write_json

# PEFT 0.21 asks transformers 5.23 by a name it is about to drop; goes when PEFT is raised.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

RUN = "20260101-000000-train-family-abc"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A workspace with a data set and a run whose LoRA adapter changes every answer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    home = tmp_path_factory.mktemp("ship") / "workspace"
    lab = Lab(Settings(home=home, models=models))
    version, _ = ingest.add(lab.datasets, [PROJECT / "data" / "family_en.jsonl"], "family")
    base = catalog.ensure(catalog.BUNDLED, models)
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16)
    config = LoraConfig(r=4, lora_alpha=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    folder = lab.workspace.job(RUN)
    get_peft_model(model, config).save_pretrained(folder / "adapter")
    (folder / "recipe.yaml").write_text("method: lora\nlora_r: 4\n")
    run = Run(
        id=RUN,
        name="ft-family",
        base=catalog.BUNDLED,
        base_hash=catalog.content_hash(base),
        method="lora",
        adapter_hash=catalog.content_hash(folder / "adapter"),
        dataset=version.dataset,
        version=version.version,
        created="2026-01-01T00:00:00.000Z",
        train_seconds=61.2,
        tokens=9000,
        tokens_per_second=147.0,
        final={"train_loss": 0.0123, "eval_loss": None},
        steps=40,
    )
    lab.runs.save(run)
    return home


def _lab(home: Path, models: Path) -> Lab:
    return Lab(Settings(home=home, models=models))


def _ship(home: Path, models: Path, *arguments: str) -> tuple[int, str, str]:
    environment = {"LAB_HOME": str(home), "LAB_MODELS": str(models), "LAB_LANG": "en"}
    result = CliRunner().invoke(app, ["ship", *arguments], env=environment)
    if isinstance(result.exception, LabError):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def _texts(folder: Path) -> str:
    wanted = [path for path in folder.rglob("*") if path.suffix in {".json", ".md"} and path.name != "tokenizer.json"]
    return "\n".join(path.read_text("utf-8") for path in wanted)


def test_the_adapter_folder_loads_on_the_base_and_names_no_machine(trained: Path, models: Path, tmp_path: Path) -> None:
    out = tmp_path / "adapter"
    status, printed, _ = _ship(trained, models, "ft-family", str(out), "--json")
    said = json.loads(printed)
    assert (status, said["state"], said["format"], said["parity"]) == (0, "done", "adapter", None)
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "chat_template.jinja"} <= set(
        said["files"]
    )
    assert said["files"] == sorted(path.name for path in out.iterdir())
    base = catalog.ensure(catalog.BUNDLED, models)
    assert (out / "tokenizer.json").read_bytes() == (base / "tokenizer.json").read_bytes()
    assert (out / "chat_template.jinja").read_bytes() == (base / "chat_template.jinja").read_bytes()
    assert catalog.content_hash(out) == catalog.content_hash(trained / "jobs" / RUN / "adapter")
    readme = (out / "README.md").read_text("utf-8")
    for fact in ("ft-family", "Apache-2.0", "0.0123", "lora_r: 4", "PeftModel", "2026-01-01", "not measured"):
        assert fact in readme
    assert str(trained) not in _texts(out) and str(PROJECT) not in _texts(out)


def test_the_merged_folder_answers_as_base_and_adapter_do(trained: Path, models: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    out = tmp_path / "merged"
    out.mkdir()
    status, printed, _ = _ship(trained, models, RUN, str(out), "--format", "merged", "--json")
    said = json.loads(printed)
    assert (status, said["state"]) == (0, "done")
    assert {"config.json", "model.safetensors", "generation_config.json", "tokenizer.json", "parity.json"} <= set(
        said["files"]
    )
    parity = json.loads((out / "parity.json").read_text())
    assert (parity["prompts"], parity["same_answers"]) == (4, 4)
    assert all(item["same"] and item["first_difference"] is None and item["answer"] for item in parity["items"])
    assert "same first 24 tokens" in (out / "README.md").read_text()
    model = AutoModelForCausalLM.from_pretrained(out)
    tokenizer = AutoTokenizer.from_pretrained(out)
    base = AutoModelForCausalLM.from_pretrained(catalog.ensure(catalog.BUNDLED, models))
    assert not any("lora" in name for name, _ in model.named_parameters())
    assert not torch.equal(
        model.model.layers[0].self_attn.q_proj.weight.float(), base.model.layers[0].self_attn.q_proj.weight.float()
    )
    assert tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False)
    assert str(trained) not in _texts(out) and str(PROJECT) not in _texts(out)


def test_nothing_is_overwritten_and_nothing_half_made_stays(trained: Path, models: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(ShipError) as refused:
        _ship(trained, models, "ft-family", str(tmp_path))
    assert refused.value.key == "ship.not_empty"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_changed_weights_are_not_exported_under_the_runs_name(trained: Path, models: Path, tmp_path: Path) -> None:
    lab = _lab(trained, models)
    other = replace(lab.runs.get(RUN), id="20260101-000001-train-other-abc", name="ft-other", adapter_hash="0" * 12)
    shutil.copytree(trained / "jobs" / RUN, trained / "jobs" / other.id)
    lab.runs.save(other)
    status, _, errors = _ship(trained, models, "ft-other", str(tmp_path / "out"))
    assert status == 1
    assert "changed after training" in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("format", "out", "kind", "key"),
    [
        ("gguf", "x", ShipError, "ship.not_yet"),
        ("ollama", "x", ShipError, "ship.not_yet"),
        ("zip", "x", UsageError, "fields.not_a_choice"),
        ("adapter", "  ", ShipError, "ship.no_folder"),
    ],
)
def test_what_cannot_be_shipped_is_refused_before_a_job_starts(
    trained: Path, models: Path, format: str, out: str, kind: type[LabError], key: str
) -> None:
    lab = _lab(trained, models)
    before = len(lab.jobs.all("export"))
    with pytest.raises(kind) as refused:
        start(lab.jobs, lab.runs.get(RUN), format, out, models=models)
    assert refused.value.key == key
    assert refused.value.sentence("en") and refused.value.sentence("zh")
    assert len(lab.jobs.all("export")) == before


def test_a_full_fine_tune_has_no_adapter_to_ship(trained: Path, models: Path, tmp_path: Path) -> None:
    lab = _lab(trained, models)
    with pytest.raises(ShipError) as refused:
        start(lab.jobs, replace(lab.runs.get(RUN), method="full"), "adapter", tmp_path / "x", models=models)
    assert refused.value.key == "ship.no_adapter"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_card_counts_stored_answers_and_names_what_was_not_scored(
    lab: Lab, trained: Path, models: Path, language: str
) -> None:
    run = _lab(trained, models).runs.get(RUN)
    folder = lab.workspace.job("20260102-000000-eval-family-abc")
    write_json(folder / "status.json", {"state": "done"})
    named = [{"name": "base", "run": None}, {"name": "ft-family", "run": RUN}, {"name": "ft-else", "run": "else"}]
    write_json(folder / "evaluation.json", {"contestants": named})
    answers = [
        ("base", "wrong"),
        ("base", "declined"),
        ("ft-family", "right"),
        ("ft-family", None),
        ("ft-else", "right"),
    ]
    for number, (contestant, judgement) in enumerate(answers):
        record = {"item": str(number), "contestant": contestant, "slice": "new_wording", "judgement": judgement}
        append_jsonl(folder / "items.jsonl", record)
    facts = card.gather(lab.workspace, run, "adapter", {})
    assert [(one.contestant, one.counts, one.not_scored) for one in facts.tallies] == [
        ("base", {"wrong": 1, "declined": 1}, 0),
        ("ft-family", {"right": 1}, 1),
    ]
    text = card.write(facts, language)
    assert "ft-else" not in text
    assert "20260102-000000-eval-family-abc" in text
    assert text.startswith("---\n")


def test_a_mismatch_after_merging_is_stated(trained: Path, models: Path) -> None:
    lab = _lab(trained, models)
    parity = {"prompts": 4, "tokens": 24, "same_answers": 3, "max_logit_difference": 0.5, "dtype": "bfloat16"}
    text = card.write(card.gather(lab.workspace, lab.runs.get(RUN), "merged", parity), "en")
    assert "does not answer as base and adapter do" in text
    assert to_json(lab.runs.get(RUN))["name"] in text
