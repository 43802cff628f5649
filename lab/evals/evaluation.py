"""An evaluation on disk: what was asked of whom, and one record for each answer.

    jobs/<id>/evaluation.json   data set and version, contestants as they were, their weights, the requirement
    jobs/<id>/items.jsonl       one line an (item, contestant), appended as each is finished

Knows: these two files, and which rows of a data set make the items of which slice. Everything shown is derived
from them. Must not know how answers are obtained or figures computed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.checks import row_untold
from lab.datasets import Datasets
from lab.records import Check, Contestant, Message, Passage, Row, Run, Version, from_json, later, to_json
from lab.text import normal
from lab.workspace import Workspace, append_jsonl, read_json, read_jsonl, write_json

SLICES = ("new_wording", "unseen", "trained", "untold")
"""In the order in which the verdict prefers them. ``new_wording``: a trained fact asked in words that were not
trained; ``unseen``: a fact or document that was not trained; ``trained``: the trained words themselves; ``untold``:
what the data does not answer, where to say so is right."""
TRAINED_SAMPLE = 20


@dataclass(frozen=True)
class Item:
    """One question of an evaluation."""

    row: Row
    slice: str

    @property
    def context(self) -> tuple[Message, ...]:
        """What is asked: every turn before the last assistant turn."""
        last = max(place for place, message in enumerate(self.row.messages) if message.role == "assistant")
        return self.row.messages[:last]


@dataclass(frozen=True)
class Evaluation:
    """What was asked of whom: frozen when the job starts."""

    id: str
    dataset: str
    version: str
    created: str
    language: str
    contestants: tuple[Contestant, ...]
    weights: dict[str, str]
    """Contestant → hash of its base and adapter; empty for another server's model."""
    slices: dict[str, int]
    """Items of each slice."""
    checks: tuple[Check, ...] = ()
    require: str = ""
    said: str = later("")
    """When ``require`` was said, where that was before the evaluation was started."""
    max_items: int = 0
    """0: all of them."""
    reads: dict[str, bool | None] = field(default_factory=dict)
    """Contestant → whether its base was measured to read the data's language."""
    task: str = "free"
    """What answers are (``lab.evals.tasks``)."""
    labels: tuple[str, ...] = ()
    """Of a classification: the labels of the data, folded."""
    written: tuple[str, ...] = later(())
    """The same labels as the data writes them."""
    foreign: tuple[str, ...] = ()
    """Contestants trained on another data set than this one."""

    @property
    def headline(self) -> str:
        """The slice the verdict is about."""
        return next((name for name in SLICES if self.slices.get(name)), "trained")

    @property
    def base(self) -> Contestant:
        """Whom the others are compared with: the first that is no run, else the first."""
        return next((one for one in self.contestants if one.run is None and not one.url), self.contestants[0])


@dataclass(frozen=True)
class ItemRecord:
    """One answer to one item, with what every figure about it is computed from."""

    item: str
    contestant: str
    slice: str
    group: str
    messages: tuple[Message, ...]
    reference: str
    file: str = ""
    line: int | None = None
    answer: str | None = None
    """``None`` where there is none: then ``error`` says why, and no metric counts it."""
    keys: tuple[str, ...] = ()
    judgement: str | None = None
    """right, right_and_false, wrong or declined; ``None`` where the item has no key to judge by."""
    found: tuple[str, ...] = ()
    false: tuple[str, ...] = ()
    checks: dict[str, bool] = field(default_factory=dict)
    """Check → kept."""
    vectors: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """Metric → the item's vector (``lab.evals.metrics``)."""
    logprob: float | None = None
    """Natural log-probability of the reference, all tokens together."""
    reference_tokens: int = 0
    reference_bytes: int = 0
    fingerprint: str = ""
    passages: tuple[Passage, ...] = ()
    """What of the contestant's documents was given with the question."""
    tokens: int = 0
    prompt_tokens: int = 0
    seconds: float = 0.0
    first_token_seconds: float | None = None
    finish_reason: str = ""
    error: str = ""
    """Words key of the reason why there is no answer."""
    error_values: dict[str, Any] = field(default_factory=dict)
    score_error: str = ""
    """Words key of the reason why there is no log-probability."""
    asked: str = ""
    """Hash of weights, decoding and messages: equal means the same answer."""
    label_logprobs: tuple[tuple[str, float], ...] = later(())
    """Of a classification: each label and its natural log-probability as the whole answer, end of turn included."""
    label_error: str = later("")
    """Words key of the reason why there are none."""
    reused: str = ""
    """The earlier evaluation the answer was taken from."""
    time: str = ""

    @property
    def question(self) -> str:
        """The last user turn."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")


def save(folder: Path, evaluation: Evaluation) -> None:
    """Freeze the evaluation in its job folder."""
    write_json(folder / "evaluation.json", to_json(evaluation))


def load(folder: Path) -> Evaluation | None:
    """The evaluation of a job folder; ``None`` before its worker began."""
    stored = read_json(folder / "evaluation.json")
    return None if stored is None else from_json(Evaluation, stored)


def evaluations(workspace: Workspace, dataset: str | None = None) -> list[Evaluation]:
    """All evaluations, newest first; only those of ``dataset`` if named. Running ones are among them."""
    found = (load(path.parent) for path in workspace.jobs().glob("*/evaluation.json"))
    wanted = [one for one in found if one is not None and dataset in (None, one.dataset)]
    return sorted(wanted, key=lambda one: one.created, reverse=True)


def add_item(folder: Path, record: ItemRecord) -> None:
    """Append one record."""
    append_jsonl(folder / "items.jsonl", to_json(record))


def read_items(folder: Path) -> Iterator[ItemRecord]:
    """Each (item, contestant) once, the last record of it; records without an answer among them."""
    last: dict[tuple[str, str], int] = {}
    for place, stored in enumerate(read_jsonl(folder / "items.jsonl")):
        last[stored["item"], stored["contestant"]] = place
    for place, stored in enumerate(read_jsonl(folder / "items.jsonl")):
        if last.get((stored["item"], stored["contestant"])) == place:
            yield from_json(ItemRecord, stored)


def choose(datasets: Datasets, version: Version, runs: Iterable[Run], max_items: int = 0) -> list[Item]:
    """The items of an evaluation: every test row, and a sample of the trained ones.

    A test row whose very words one of ``runs`` was trained on (in another version or data set) counts as trained.
    """
    trained = [row for row in datasets.rows(version, "train") if row.answer]
    groups = {row.group for row in trained}
    seen = {asked for run in runs for asked in _trained_questions(datasets, run, version)}
    test: list[Row] = []
    leaked: list[Row] = []
    for row in datasets.rows(version, "test"):
        if row.answer:
            (leaked if _asked(row) in seen else test).append(row)
    tested = [Item(row, _slice(row, groups)) for row in _sample(test, max_items)]
    limit = min(max_items or TRAINED_SAMPLE, TRAINED_SAMPLE)
    told = [row for row in (*trained, *leaked) if not row_untold(row)]
    return [*tested, *(Item(row, "trained") for row in _sample(told, limit))]


def _slice(row: Row, trained: set[str]) -> str:
    """Which slice a test row is of, where the groups ``trained`` are."""
    if row_untold(row):
        return "untold"
    return "new_wording" if row.group in trained else "unseen"


def asked_hash(contestant: Contestant, weights: str, messages: tuple[Message, ...]) -> str:
    """What decides an answer, as one hash; empty where the weights are not known."""
    if not weights:
        return ""
    made = to_json(contestant)
    documents = f"{contestant.documents}#whole" if contestant.whole else contestant.documents
    parts = [weights, made["system"], made["few"], documents, made["decoding"], to_json(messages)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()[:24]


def _trained_questions(datasets: Datasets, run: Run, version: Version) -> Iterator[str]:
    """What the run was trained on, where that is not this version's own training part."""
    if (run.dataset, run.version) == (version.dataset, version.version):
        return
    if (datasets.workspace.dataset(run.dataset) / run.version / "version.json").is_file():
        yield from (_asked(row) for row in datasets.rows(datasets.get(run.dataset, run.version), "train"))


def _asked(row: Row) -> str:
    return "\n".join(normal(message.content) for message in row.messages if message.role == "user")


def _sample(rows: list[Row], limit: int) -> list[Row]:
    """At most ``limit`` rows (0: all), the same ones each time, in their order."""
    if not limit or len(rows) <= limit:
        return rows
    chosen = {row.id for row in sorted(rows, key=lambda row: hashlib.sha256(row.id.encode()).digest())[:limit]}
    return [row for row in rows if row.id in chosen]
