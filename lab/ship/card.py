"""The README of an exported run (a model card), written from records alone.

Knows: the run's record, its data set's version, its recipe, what evaluations of it are on disk, and the result
of the comparison after merging. Says nothing that is in none of these. Must not know torch.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import catalog, words
from lab.datasets import Datasets
from lab.errors import DataError
from lab.records import Run, Version
from lab.runs import Runs
from lab.workspace import Workspace, read_json, read_jsonl

JUDGEMENTS = ("right", "right_and_false", "wrong", "declined")


@dataclass(frozen=True)
class Tally:
    """How one contestant's answers to one kind of question were judged."""

    contestant: str
    slice: str
    counts: dict[str, int]
    not_scored: int


@dataclass(frozen=True)
class Facts:
    """Everything the README is written from."""

    run: Run
    format: str
    version: Version | None
    """``None`` when the data set is not on this machine."""
    recipe: str
    """The recipe file's text; empty if there is none."""
    evaluation: str = ""
    """Id of the newest finished evaluation of the run; empty if there is none."""
    tallies: tuple[Tally, ...] = ()
    parity: dict[str, Any] = field(default_factory=dict)


def gather(workspace: Workspace, run: Run, format: str, parity: dict[str, Any]) -> Facts:
    """What is known of ``run`` on this machine."""
    try:
        version = Datasets(workspace).get(run.dataset, run.version) if run.dataset else None
    except DataError:
        version = None
    recipe = Runs(workspace).folder(run) / "recipe.yaml"
    text = recipe.read_text("utf-8") if recipe.is_file() else ""
    evaluation, tallies = _evaluated(workspace, run)
    return Facts(run, format, version, text, evaluation, tallies, parity)


def _evaluated(workspace: Workspace, run: Run) -> tuple[str, tuple[Tally, ...]]:
    """The newest finished evaluation that has the run as a contestant, and its counts from the stored answers."""
    for path in sorted(workspace.jobs().glob("*/evaluation.json"), reverse=True):
        contestants = (read_json(path) or {}).get("contestants", [])
        state = (read_json(path.parent / "status.json") or {}).get("state")
        if state == "done" and any(one.get("run") == run.id for one in contestants):
            wanted = [one["name"] for one in contestants if one.get("run") in {run.id, None}]
            return path.parent.name, _tallies(path.parent, wanted)
    return "", ()


def _tallies(folder: Path, contestants: list[str]) -> tuple[Tally, ...]:
    # One record per item and contestant counts: the last, as an evaluation that went on wrote it.
    records = {(item["item"], item["contestant"]): item for item in read_jsonl(folder / "items.jsonl")}
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for (_, contestant), record in records.items():
        if contestant in contestants:
            groups.setdefault((record.get("slice", ""), contestant), []).append(record)
    made = []
    for (part, contestant), items in sorted(groups.items()):
        counts = Counter(item["judgement"] for item in items if item.get("judgement"))
        made.append(Tally(contestant, part, dict(counts), len(items) - counts.total()))
    return tuple(made)


def write(facts: Facts, language: str) -> str:
    """The README in ``language``: front matter, then one part after the other."""
    parts = [
        _front_matter(facts),
        f"# {facts.run.name}",
        _say(language, "intro", base=_base_title(facts.run, language), method=_method(facts, language)),
        _made_of(facts, language),
        _system(facts, language),
        _use(facts, language),
        _parity(facts, language),
        _measured(facts, language),
        _recipe(facts, language),
        _say(language, "limits"),
        _say(language, "licence", licence=_licence(facts.run) or _say(language, "unknown")),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _say(language: str, key: str, **values: Any) -> str:
    return words.say(f"ship.card_{key}", language, **values)


def _licence(run: Run) -> str:
    return catalog.describe(run.base).licence


def _base_title(run: Run, language: str) -> str:
    entry = catalog.describe(run.base)
    return words.say(entry.key, language) if entry.key else Path(run.base).name if "hub:" not in run.base else run.base


def _method(facts: Facts, language: str) -> str:
    if facts.run.method == "full":
        return _say(language, "method_full")
    return _say(language, "method_adapter" if facts.format == "adapter" else "method_merged")


def _front_matter(facts: Facts) -> str:
    """What the Hub reads. A base that is not there under its own name is left out rather than guessed."""
    lines = ["pipeline_tag: text-generation"]
    lines.append(f"library_name: {'peft' if facts.format == 'adapter' else 'transformers'}")
    if facts.run.base.startswith("hub:"):
        lines.append(f"base_model: {facts.run.base.removeprefix('hub:')}")
    if _licence(facts.run):
        lines.append(f"license: {_licence(facts.run).lower()}")
    spoken = {"zh": ["zh"], "en": ["en"], "mixed": ["zh", "en"]}.get(facts.version.language if facts.version else "")
    if spoken:
        lines.append("language:\n" + "\n".join(f"- {one}" for one in spoken))
    return "---\n" + "\n".join(lines) + "\n---"


def _made_of(facts: Facts, language: str) -> str:
    run, version = facts.run, facts.version
    splits = version.splits if version else {}
    rows = {
        "base": f"{_base_title(run, language)} (`{run.base_hash}`)",
        "data": f"{run.dataset} (`{run.version}`)",
        "rows": _say(language, "row_counts", **{name: splits.get(name, 0) for name in ("train", "validation", "test")})
        if version
        else _say(language, "unknown"),
        "weights": f"`{run.adapter_hash}`",
        "created": run.created[:10],
        "steps": str(run.steps),
        "seconds": f"{run.train_seconds:.0f}",
        "rate": f"{run.tokens_per_second:.0f}",
        "train_loss": _number(run.final.get("train_loss"), language),
        "eval_loss": _number(run.final.get("eval_loss"), language),
    }
    table = [f"| {_say(language, f'of_{name}')} | {value} |" for name, value in rows.items()]
    return "\n".join([_say(language, "made_of"), "", "| | |", "|---|---|", *table])


def _number(value: float | None, language: str) -> str:
    return _say(language, "not_measured") if value is None else f"{value:.4f}"


def _system(facts: Facts, language: str) -> str:
    system = facts.version.system if facts.version else ""
    if not system:
        return _say(language, "no_system")
    quoted = "\n".join(f"> {line}".rstrip() for line in system.splitlines())
    return _say(language, "system") + "\n\n" + quoted


def _use(facts: Facts, language: str) -> str:
    system = facts.version.system if facts.version else ""
    turns = [*([{"role": "system", "content": system}] if system else []), {"role": "user", "content": "…"}]
    messages = json.dumps(turns, ensure_ascii=False)
    if facts.format == "adapter":
        loads = (
            "from peft import PeftModel\n"
            "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
            f'base = AutoModelForCausalLM.from_pretrained("{_base_path(facts.run)}")\n'
            'model = PeftModel.from_pretrained(base, ".")\n'
        )
    else:
        loads = (
            "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
            'model = AutoModelForCausalLM.from_pretrained(".")\n'
        )
    asks = (
        'tokenizer = AutoTokenizer.from_pretrained(".")\n'
        f"messages = {messages}\n"
        "inputs = tokenizer.apply_chat_template(\n"
        '    messages, add_generation_prompt=True, return_tensors="pt", return_dict=True\n'
        ")\n"
        "made = model.generate(**inputs, max_new_tokens=128, do_sample=False)\n"
        'print(tokenizer.decode(made[0, inputs["input_ids"].shape[1]:], skip_special_tokens=True))\n'
    )
    parts = [_say(language, "use"), f"```python\n{loads}{asks}```"]
    if facts.format == "adapter" and not facts.run.base.startswith("hub:"):
        parts.append(_say(language, "base_is_local", base=Path(facts.run.base).name, hash=facts.run.base_hash))
    return "\n\n".join(parts)


def _base_path(run: Run) -> str:
    return run.base.removeprefix("hub:") if run.base.startswith("hub:") else f"models/{Path(run.base).name}"


def _parity(facts: Facts, language: str) -> str:
    found = facts.parity
    if not found:
        return ""
    values = {"same": found["same_answers"], "prompts": found["prompts"], "tokens": found["tokens"]}
    if not found["prompts"]:
        return _say(language, "parity_none")
    outcome = "parity_same" if found["same_answers"] == found["prompts"] else "parity_differs"
    said = _say(language, outcome, dtype=found["dtype"], difference=f"{found['max_logit_difference']:.3g}", **values)
    return _say(language, "parity") + "\n\n" + said


def _measured(facts: Facts, language: str) -> str:
    if not facts.tallies:
        return _say(language, "measured") + "\n\n" + _say(language, "nothing_measured")
    heads = [_say(language, f"of_{name}") for name in ("model", "questions", *JUDGEMENTS, "not_scored")]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for tally in facts.tallies:
        part = _say(language, f"slice_{tally.slice}") if words.has(f"ship.card_slice_{tally.slice}") else tally.slice
        cells = [tally.contestant, part, *(str(tally.counts.get(name, 0)) for name in JUDGEMENTS)]
        lines.append(f"| {' | '.join([*cells, str(tally.not_scored)])} |")
    about = _say(language, "measured_by", evaluation=facts.evaluation)
    return "\n\n".join([_say(language, "measured"), about, "\n".join(lines)])


def _recipe(facts: Facts, language: str) -> str:
    return f"{_say(language, 'recipe')}\n\n```yaml\n{facts.recipe.strip()}\n```" if facts.recipe.strip() else ""
