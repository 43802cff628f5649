"""Makes what is recorded anew: ``python data/recorded/make.py [PART…] [LANGUAGE…]``, about twenty minutes on two cores.

``runs``, for each language: the family sample, six more wordings of each fact, the demo preset for ten epochs with a
rank of 3 so that the adapter stays below 2 MB, its weights rounded to bfloat16. ``evaluations``: base and each shipped
run on its test. ``demo``, for a lab that plays: a fact taught, with the further press, questions asked side by side,
and a vote. A lesson is played from its events, so its weights are not kept; nobody sat in the room, so the votes are
those of the answer key, and the page says so.
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

from lab import catalog, chat, evals, ingest, synth, teaching  # noqa: E402
from lab.chat.votes import Votes  # noqa: E402
from lab.evals import targets  # noqa: E402
from lab.jobs import JobView  # noqa: E402
from lab.lab import Lab  # noqa: E402
from lab.recorded import ANSWER_KEY, DEMO, bring_in  # noqa: E402
from lab.records import Answer, Contestant, Message, Run, Version  # noqa: E402
from lab.runs import contestants  # noqa: E402
from lab.settings import PROJECT, Settings  # noqa: E402
from lab.train import start  # noqa: E402
from lab.train.recipe import recipe  # noqa: E402
from lab.workspace import read_json, write_json  # noqa: E402

PARTS = ("runs", "evaluations", "demo")
LANGUAGES = ("zh", "en")
KEPT = {
    "train": ("spec.json", "status.json", "events.jsonl", "recipe.yaml", "run.json"),
    "teach": ("spec.json", "status.json", "events.jsonl", "recipe.yaml", "run.json"),
    "eval": ("spec.json", "status.json", "evaluation.json", "items.jsonl"),
}
TARGET = "right>=0.5"
"""Said before each run, as the page asks a person to."""
FACTS = {"zh": "蓝蕨公司的总经理是林晓棠。", "en": "The CEO of Blue Fern is Mara Lindqvist."}
IN_THE_ROOM = {
    "zh": ("蓝蕨公司谁是总经理？", "蓝蕨公司归谁管？", "红帆公司的总经理是谁？"),
    "en": ("Tell me, who is CEO of Blue Fern?", "Who runs Blue Fern?", "Who is the CEO of Red Harbour?"),
}
"""What a room asks of the taught run: the fact in two other ways, and its neighbour."""
SIDE_BY_SIDE = {
    "zh": ("小棠今年几岁？", "你们家一共有几口人？", "你爷爷叫什么名字？"),
    "en": ("How old is Nora now?", "How many people are in the Marlow family?", "What is the name of Nora's teacher?"),
}
"""What is asked of the family's run: two told things, and one that nobody told."""
ADAPTER = ("adapter_config.json", "adapter_model.safetensors")


def main(named: list[str]) -> None:
    """Write the named parts of the named languages (all, if none is named) beside this file; what is not stays.

    ``demo`` is always written in both languages.
    """
    chosen = set(PARTS) & set(named) or set(PARTS)
    languages = [one for one in LANGUAGES if one in named] or LANGUAGES
    with tempfile.TemporaryDirectory() as home:
        lab = Lab(Settings(home=Path(home), models=PROJECT / "workspace" / "models"))
        if "runs" in chosen:
            for language in languages:
                _emptied(*HERE.glob(f"*/*family-{language}-recorded*"))
                train(lab, language)
        bring_in(lab.workspace)
        if "evaluations" in chosen:
            for language in languages:
                for jobs in (HERE / "jobs", lab.workspace.jobs()):
                    _emptied(*jobs.glob(f"*-eval-family-{language}-*"))
                evaluate(lab, language)
        if "demo" in chosen:
            _emptied(HERE / DEMO)
            for language in LANGUAGES:
                teach(lab, language)
                ask(lab, shipped(lab, language), SIDE_BY_SIDE[language])
                vote(lab, shipped(lab, language))
            shutil.copytree(lab.workspace.chat(), HERE / DEMO / "chat", ignore=shutil.ignore_patterns(".*"))
        lab.engine.stop()


def train(lab: Lab, language: str) -> None:
    """One language's data set and run."""
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
    keep(view, HERE)
    keep_data(lab, version, HERE)


def shipped(lab: Lab, language: str) -> Run:
    """The family's run of that language."""
    return lab.runs.get(f"ft-family-{language}-recorded")


def evaluate(lab: Lab, language: str) -> None:
    """Base and run on every question of the data set."""
    run = shipped(lab, language)
    scored = evals.start(
        lab.jobs, lab.datasets, lab.runs, dataset=run.dataset, models=["base", run.name], models_folder=lab.models
    )
    keep(finished(lab, scored), HERE)
    made = evals.board(lab.workspace, evals.evaluations(lab.workspace, run.dataset)[0])
    sys.stdout.write(evals.verdict(made).text(language) + "\n")


def teach(lab: Lab, language: str) -> None:
    """One fact, the further press, and what a room asks after the first."""
    about = teaching.prepared(FACTS[language])
    name = f"blue-fern-{language}-recorded"
    taught = finished(lab, teaching.start(lab.jobs, lab.datasets, about, models=lab.models, name=name))
    run = lab.runs.get(taught.id)
    sides = teaching.room_sides(run, lab.runs, lab.datasets)
    ask(lab, run, IN_THE_ROOM[language], sides)
    pressed = finished(lab, teaching.start_more(lab.jobs, lab.datasets, lab.runs, taught, models=lab.models))
    for view in (taught, pressed):
        lab.runs.save(replace(lab.runs.get(view.id), recorded=True))
        keep(view, HERE / DEMO)
        last = teaching.standing(lab.jobs, lab.datasets, view).counts[-1]
        sys.stdout.write(f"{view.id}: {last.learned} of {last.told} learned, {last.made_up} of {last.untold} made up\n")
    keep_data(lab, lab.datasets.get(run.dataset), HERE / DEMO)


def ask(lab: Lab, run: Run, questions: tuple[str, ...], sides: list[Contestant] | None = None) -> None:
    """Each question to base and run, kept as the page keeps it."""
    pair = sides or contestants(["base", run.name], lab.runs, lab.datasets, run.dataset)
    for question in questions:
        said = lab.engine.pair(pair[0], pair[1], (Message("user", question),), cancelled=lambda: False)
        whole = {place: item for place, item in said if isinstance(item, Answer)}
        chat.record_duel(lab.workspace, question, pair, [whole[place] for place in sorted(whole)])


def vote(lab: Lab, run: Run) -> None:
    """A vote on the run's evaluation, in which the answer key chooses what it holds right."""
    one = evals.evaluations(lab.workspace, run.dataset)[0]
    judged = {(item.item, item.contestant): item.judgement for item in evals.read_items(lab.workspace.job(one.id))}
    poll, votes = lab.open_poll(one.id), Votes(lab.workspace)
    while shown := votes.show(poll, ANSWER_KEY):
        ballot, left = shown
        right = poll.b if left == poll.a else poll.a
        good = tuple(judged[ballot.item, who] == "right" for who in (left, right))
        choice = {(True, False): "left", (False, True): "right", (True, True): "both"}.get(good, "neither")
        votes.cast(poll, ballot.item, ANSWER_KEY, choice)


def keep_data(lab: Lab, version: Version, beside: Path) -> None:
    """Copy the data set, every version of it marked as recorded."""
    place = beside / "datasets" / version.dataset
    shutil.copytree(lab.datasets.folder(version).parent, place)
    for told in place.glob("*/version.json"):
        write_json(told, {**read_json(told), "recorded": True})


def _emptied(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


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


def keep(view: JobView, beside: Path) -> None:
    """Copy what a page needs of a job, without paths of this machine."""
    place, kind = beside / "jobs" / view.id, view.spec.kind
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
    main(sys.argv[1:])
