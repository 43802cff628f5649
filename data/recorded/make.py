"""Makes the recorded runs anew: ``python data/recorded/make.py`` (about fifteen minutes on two cores).

For each language: the family sample, six more wordings of each fact, the demo preset for ten epochs with a rank of 3
so that the adapter stays below 2 MB, its weights rounded to bfloat16, then the evaluation of base and run that is
shipped with it.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent))

import torch  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from lab import catalog, evals, ingest, synth  # noqa: E402
from lab.evals import targets  # noqa: E402
from lab.jobs import JobView  # noqa: E402
from lab.lab import Lab  # noqa: E402
from lab.settings import PROJECT, Settings  # noqa: E402
from lab.train import start  # noqa: E402
from lab.train.recipe import recipe  # noqa: E402
from lab.workspace import read_json, write_json  # noqa: E402

KEPT = {
    "train": ("spec.json", "status.json", "events.jsonl", "recipe.yaml", "run.json"),
    "eval": ("spec.json", "status.json", "evaluation.json", "items.jsonl"),
}
TARGET = "right>=0.5"
"""Said before each run, as the page asks a person to."""
ADAPTER = ("adapter_config.json", "adapter_model.safetensors")


def main() -> None:
    """Write ``datasets/`` and ``jobs/`` beside this file."""
    for part in ("datasets", "jobs"):
        shutil.rmtree(HERE / part, ignore_errors=True)
    with tempfile.TemporaryDirectory() as home:
        lab = Lab(Settings(home=Path(home), models=PROJECT / "workspace" / "models"))
        for language in ("zh", "en"):
            record(lab, language)
        lab.engine.stop()


def record(lab: Lab, language: str) -> None:
    """One language's data set, run and evaluation."""
    sample = ingest.sample(f"family-{language}")
    first, _ = ingest.add(lab.datasets, list(sample.paths), sample.name)
    name = f"family-{language}-recorded"
    version = synth.reword_dataset(lab.datasets, first.dataset, name, 6).version
    targets.say(lab.datasets, name, TARGET)
    chosen = recipe("demo", "lora", time_budget=0.0, epochs=10.0, lora_r=3, lora_alpha=12)
    view = finished(
        lab,
        start(
            lab.jobs,
            lab.datasets,
            dataset=name,
            name=name,
            base=catalog.BUNDLED,
            recipe=chosen,
            models=lab.models,
        ),
    )
    run = lab.runs.get(view.id)
    lab.runs.save(replace(run, adapter_hash=rounded(lab.runs.weights(run)), recorded=True))
    scored = finished(
        lab,
        evals.start(
            lab.jobs, lab.datasets, lab.runs, dataset=name, models=["base", run.name], models_folder=lab.models
        ),
    )
    keep(view, "train")
    keep(scored, "eval")
    folder = lab.datasets.folder(version)
    shutil.copytree(folder.parent, HERE / "datasets" / name)
    write_json(
        HERE / "datasets" / name / version.version / "version.json",
        {**read_json(folder / "version.json"), "recorded": True},
    )
    made = evals.board(lab.workspace, evals.evaluations(lab.workspace, name)[0])
    sys.stdout.write(evals.verdict(made).text(language) + "\n")


def finished(lab: Lab, view: JobView) -> JobView:
    """The job at its end, which must be a good one."""
    ended = lab.jobs.wait(view.id)
    if ended.state != "done":
        status = ended.status
        raise SystemExit(f"{view.id}: {ended.state} {status.error} {status.error_values}\n{lab.jobs.log(view.id)}")
    return ended


def rounded(adapter: Path) -> str:
    """Round the adapter's weights to bfloat16; returns the hash of the new file, twelve hex digits."""
    path = adapter / "adapter_model.safetensors"
    weights = {name: value.to(torch.bfloat16) for name, value in load_file(path).items()}
    save_file(weights, path, metadata={"format": "pt"})
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def keep(view: JobView, kind: str) -> None:
    """Copy what a page needs of a job, without paths of this machine."""
    place = HERE / "jobs" / view.id
    place.mkdir(parents=True)
    for name in KEPT[kind]:
        shutil.copy(view.folder / name, place / name)
    if kind == "train":
        (place / "adapter").mkdir()
        for name in ADAPTER:
            shutil.copy(view.folder / "adapter" / name, place / "adapter" / name)
        config = read_json(place / "adapter" / "adapter_config.json")
        write_json(place / "adapter" / "adapter_config.json", {**config, "base_model_name_or_path": catalog.BUNDLED})
    spec = read_json(place / "spec.json")
    spec["options"].pop("models", None)
    write_json(place / "spec.json", spec)


if __name__ == "__main__":
    main()
