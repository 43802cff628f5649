"""An evaluation on disk: what was asked of whom, and one record for each answer.

    jobs/<id>/evaluation.json   data set and version, contestants as they were, their weights, the requirement
    jobs/<id>/items.jsonl       one line an (item, contestant), appended as each is finished
    jobs/<id>/repeats.jsonl     the same for answers drawn again, one line an (item, contestant, repeat)

Knows: these files. Everything shown is derived from them. Must not know how answers are obtained or figures computed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.engine.client import is_file
from lab.records import Check, Contestant, Message, Passage, from_json, later, to_json
from lab.workspace import Workspace, append_jsonl, read_json, write_json

CROSS_DOMAIN = "cross_domain"
KEEP_ALIVE = "keep_alive"
_REPEAT = re.compile(rb'"repeat": (\d+)[,}]')
_SAID = frozenset({"messages", "passages", "file", "line", "asked", "keys", "found", "false", "time", "fingerprint"})
"""Parts of a record that are for reading, not for counting."""
SLICES = ("new_wording", "with_passage", "unseen", "trained", "untold", CROSS_DOMAIN, KEEP_ALIVE)
"""In the order in which the verdict prefers them. ``new_wording``: a trained fact asked in words that were not
trained; ``with_passage``: a fact that was not trained, its passage in the question; ``unseen``: a fact or document
that was not trained; ``trained``: the trained words themselves; ``untold``: what the data does not answer, where to
say so is right; ``cross_domain``: another data set's questions; ``keep_alive``: general questions that ship with the
lab, to see what was forgotten."""


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
    also: str = later("")
    """``DATASET@VERSION`` whose test questions are the slice cross-domain."""
    repeats: int = later(0)
    """How often each of some questions was answered again, at ``temperature``."""
    temperature: float = later(0.0)

    def data_of(self, slice_name: str) -> str:
        """The data set that holds the questions of the slice; empty for those that ship with the lab."""
        if slice_name == KEEP_ALIVE:
            return ""
        return self.also.partition("@")[0] if slice_name == CROSS_DOMAIN else self.dataset

    @property
    def answers(self) -> int:
        """About how many there will be."""
        return sum(self.slices.values()) * len(self.contestants)

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
    copied: tuple[str, ...] = later(())
    """Groups of the rows whose trained answer this one repeats word for word, of a run's long enough answers."""
    repeat: int = later(0)
    """1, 2, … of an answer drawn again; 0 is the one every figure is about."""
    seed: int = later(0)
    temperature: float = later(0.0)

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
    append_jsonl(folder / ("repeats.jsonl" if record.repeat else "items.jsonl"), to_json(record))


def read_items(folder: Path) -> Iterator[ItemRecord]:
    """Each (item, contestant) once, the last record of it; records without an answer among them."""
    return (record for _, record in placed_items(folder))


def read_scored(folder: Path) -> Iterator[ItemRecord]:
    """As ``read_items``, without what no figure is computed from: what was asked, the passages, where it stands."""
    return (record for _, record in _last_of_each(folder / "items.jsonl", _SAID))


def placed_items(folder: Path) -> Iterator[tuple[int, ItemRecord]]:
    """As ``read_items``, each with its place in the file (``items_at``)."""
    return _last_of_each(folder / "items.jsonl")


def items_at(folder: Path, places: Iterable[int]) -> Iterator[ItemRecord]:
    """The records at these places, in this order; nothing else is read."""
    with (folder / "items.jsonl").open("rb") as file:
        for start in places:
            file.seek(start)
            yield _record(file.readline())


def read_repeats(folder: Path) -> Iterator[ItemRecord]:
    """Each answer drawn again once, the last record of it."""
    return (record for _, record in _last_of_each(folder / "repeats.jsonl"))


def _record(line: bytes, without: frozenset[str] = frozenset()) -> ItemRecord:
    stored = json.loads(line)
    kept = {name: value for name, value in stored.items() if name not in without} if without else stored
    return from_json(ItemRecord, {"messages": (), **kept})


def _last_of_each(path: Path, without: frozenset[str] = frozenset()) -> Iterator[tuple[int, ItemRecord]]:
    """The last record of each (item, contestant, repeat) and its place; only what is yielded is read as JSON."""
    last = {_whose(line): start for start, line in _lines(path)}
    for start, line in _lines(path):
        # What was written since the first look is not among them.
        if last.get(_whose(line)) == start:
            with suppress(ValueError):
                yield start, _record(line, without)


def _whose(line: bytes) -> bytes:
    """What says whose answer to what a line is: its beginning, as ``to_json`` writes it, and which repeat."""
    repeat = _REPEAT.search(line)
    return line.partition(b', "slice": ')[0] + (repeat[1] if repeat else b"")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines of a file and their places; a torn last one counts as not written."""
    if path.exists():
        start = 0
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"}\n"):
                    yield start, line
                start += len(line)


def asked_hash(contestant: Contestant, weights: str, messages: tuple[Message, ...]) -> str:
    """What decides an answer, as one hash; empty for answers from a file.

    Of another server's model the weights are not known: its address and name stand for them.
    """
    weights = weights or ("" if is_file(contestant) or not contestant.url else f"{contestant.url}#{contestant.base}")
    if not weights:
        return ""
    made = to_json(contestant)
    documents = f"{contestant.documents}#whole" if contestant.whole else contestant.documents
    documents = f"{documents}#near={contestant.near}" if contestant.near else documents
    parts = [weights, made["system"], made["few"], documents, made["decoding"], to_json(messages)]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()[:24]
