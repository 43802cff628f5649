"""The facts that cross boundaries and live on disk, as frozen dataclasses.

Knows: their fields and how they become JSON and come back. Must not know: where they are kept
(``lab.workspace``) or what is done with them. Unknown keys in a file are ignored, so that an older
lab can read what a newer one wrote.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def later(default: Any) -> Any:
    """A field that files written before it do not have: ``to_json`` leaves it out where it has its default.

    So what is stored already, and the hash that names it, stay as they are.
    """
    return field(default=default, metadata={"later": True})


def to_json(record: Any) -> Any:
    """The record as plain dicts, lists, strings and numbers."""
    kind = type(record)
    if kind is str or record is None or kind is bool or kind is int:
        return record
    if kind is tuple or kind is list:
        return [to_json(value) for value in record]
    written = _written(kind)  # type: ignore[arg-type]  # a class is hashable
    if written is not None:
        made = {}
        for name, left in written:
            value = getattr(record, name)
            if left is _KEPT or value != left:
                made[name] = value if type(value) is str else to_json(value)
        return made
    if isinstance(record, dict):
        return {str(key): to_json(value) for key, value in record.items()}
    if isinstance(record, (list, tuple)):
        return [to_json(value) for value in record]
    return record


_KEPT = object()
"""Mark of a field that is always written."""


@cache
def _written(kind: type) -> tuple[tuple[str, Any], ...] | None:
    """Name of each field of a record, and the value with which it is left out; ``None`` for what is no record."""
    if not dataclasses.is_dataclass(kind):
        return None
    return tuple((part.name, part.default if "later" in part.metadata else _KEPT) for part in dataclasses.fields(kind))


def from_json(kind: type[Record], data: dict[str, Any]) -> Record:
    """A ``kind`` from what ``to_json`` made; missing keys take the field's default."""
    makers = _makers(kind)  # type: ignore[arg-type]  # a class is hashable
    return kind(**{name: makers[name](value) for name, value in data.items() if name in makers})


@cache
def _makers(kind: type) -> dict[str, Callable[[Any], Any]]:
    """What makes each field's value; resolving the hints takes a hundred times as long as making a record."""
    hints = get_type_hints(kind)
    return {part.name: _maker(hints[part.name]) for part in dataclasses.fields(kind)}  # type: ignore[arg-type]


def _maker(hint: Any) -> Callable[[Any], Any]:
    origin = get_origin(hint)
    if origin is UnionType:
        inner = [part for part in get_args(hint) if part is not NoneType]
        return _maker(inner[0]) if len(inner) == 1 else _same
    if origin is tuple or origin is dict:
        made = _maker(get_args(hint)[origin is dict])
        if made is _same:
            return _same if origin is dict else lambda value: None if value is None else tuple(value)
        if origin is tuple:
            return lambda value: None if value is None else tuple(map(made, value))
        return lambda value: None if value is None else {key: made(item) for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        return lambda value: from_json(hint, value) if isinstance(value, dict) else value  # type: ignore[arg-type]
    return _same


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool, written by the assistant."""

    name: str
    arguments: str
    """A JSON object, as text."""
    id: str = ""
    """What the tool's answer refers to; empty where the data has none."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: str
    """``system``, ``user``, ``assistant`` or ``tool`` (what a tool answered)."""
    content: str
    calls: tuple[ToolCall, ...] = later(())
    """Tools that an assistant turn calls; its content may then be empty."""
    name: str = later("")
    """The tool that answers, of a ``tool`` turn."""
    call: str = later("")
    """The ``ToolCall.id`` that a ``tool`` turn answers."""
    trained: bool = later(True)
    """Whether an assistant turn carries loss (``weight`` 0 in the data says it does not)."""


@dataclass(frozen=True)
class Row:
    """One conversation and everything known of it."""

    id: str
    """Stable: a hash of the messages and the place it came from."""
    messages: tuple[Message, ...]
    group: str
    """Same fact, same document or same conversation; splits and intervals go by it."""
    split: str = ""
    """``train``, ``validation`` or ``test``; empty before a version is frozen."""
    file: str = ""
    line: int | None = None
    """1-based line or record number in ``file``."""
    keys: tuple[str, ...] = ()
    """Strings any of which makes an answer right, when the data says so; else derived by ``lab.evals``."""
    document: str | None = None
    start: int | None = None
    end: int | None = None
    evidence: str | None = None
    """``canonical text of document[start:end]``; ``None`` with ``start`` and ``end`` where there is none."""
    rule: str | None = None
    """The rule or model that wrote it; ``None`` when a person did."""
    status: str = "ok"
    """``ok``, ``edited`` or ``synthetic``."""
    tags: tuple[str, ...] = ()
    tools: tuple[dict[str, Any], ...] = later(())
    """Tools the assistant may call, each ``{"type": "function", "function": {"name", "parameters", …}}``."""

    @property
    def question(self) -> str:
        """The last user turn."""
        return self._last("user")

    @property
    def answer(self) -> str:
        """The last assistant turn."""
        return self._last("assistant")

    def _last(self, role: str) -> str:
        for message in reversed(self.messages):
            if message.role == role:
                return message.content
        return ""


@dataclass(frozen=True)
class Problem:
    """Something about a file or a row that a person should know; ``code`` names the sentence ``data.<code>``."""

    line: int | None
    code: str
    severity: str
    """``error``: the row cannot be used. ``warning``: it can. ``info``: nothing to do."""
    file: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    """Placeholders of the sentence."""
    fix: str | None = None
    """Code of a repair the lab can make, if there is one."""


@dataclass(frozen=True)
class Check:
    """A rule every answer must keep, written once by a person and counted everywhere."""

    name: str
    kind: str
    """One of ``lab.checks.KINDS``."""
    values: tuple[str, ...] = ()
    """Words or regular expressions, one number (of ``max_words``), or one JSON schema (of ``json_schema``)."""


@dataclass(frozen=True)
class Version:
    """One frozen state of a data set: never changed after it is written."""

    dataset: str
    version: str
    """Twelve hex digits of the hash of its rows and documents."""
    rows: int
    mode: str
    """``remember``: every fact group is trained, the test holds other wordings.
    ``generalise``: groups never cross."""
    mode_reason: str
    """Words key of the sentence that says why this mode."""
    splits: dict[str, int]
    groups: int
    language: str
    """``zh``, ``en`` or ``mixed``."""
    created: str
    format: str = ""
    parent: str | None = None
    note: str = ""
    checks: tuple[Check, ...] = ()
    system: str = ""
    """The system prompt that every row shares, if they all do."""
    documents: tuple[str, ...] = ()
    problems: int = 0
    recorded: bool = False
    """Shipped with the lab, not brought by the person."""
    owner: str = later("")
    """The visitor whose corner it lies in; empty where it is the host's."""


@dataclass(frozen=True)
class Decoding:
    """How an answer is drawn. Greedy unless told."""

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 128
    min_tokens: int = 0
    seed: int = 0
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A part of a document: ``text`` is its canonical text from ``start`` to ``end``."""

    document: str
    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True)
class Contestant:
    """Whoever answers: one model with one way of being asked."""

    name: str
    """What the person wrote (``base+prompt:FILE``); echoed everywhere."""
    base: str
    """Catalogue name, ``hub:`` id or path of the base model."""
    run: str | None = None
    """Job id of the training run whose adapter or weights answer; ``None`` for the base."""
    checkpoint: int | None = None
    url: str | None = None
    """Another server's ``…/v1``; then ``base`` is its model name."""
    system: str | None = None
    """Takes the place of the system prompt of the question."""
    few: tuple[Message, ...] = ()
    """Alternating user and assistant turns put before the question."""
    documents: str | None = None
    """``DATASET@VERSION`` whose documents are given with the question."""
    whole: bool = False
    """Every document is given whole; else the passages that fit the question best."""
    decoding: Decoding = field(default_factory=Decoding)
    near: str | None = later(None)
    """``ADDRESS#MODEL`` whose embeddings rank passages too; ``None``: by words alone."""
    key_env: str = later("")
    """Environment variable that holds the key of ``url``; the key itself is written nowhere."""


@dataclass(frozen=True)
class Answer:
    """What one contestant said to one question, and what it took."""

    model: str
    text: str
    fingerprint: str
    """Hash of the weights that answered."""
    tokens: int
    """Tokens generated."""
    prompt_tokens: int
    seconds: float
    first_token_seconds: float | None
    finish_reason: str = "stop"
    """``stop``, ``length`` or ``cancelled``."""
    passages: tuple[Passage, ...] = ()
    """What of its documents was given with the question."""


@dataclass(frozen=True)
class JobSpec:
    """What a job is to do: enough to run it from its folder alone."""

    id: str
    """Also the folder name; sorts by time."""
    kind: str
    """``train``, ``eval``, ``judge``, ``export``, ``data``, ``health``, ``synth`` or ``reword``."""
    name: str
    """Chosen by a person; shown instead of the id."""
    created: str
    lane: str = "local"
    """Jobs of one lane run one after another, lowest ticket first."""
    ticket: float = 0.0
    request: str = ""
    """Submitting the same request id twice gives the same job."""
    options: dict[str, Any] = field(default_factory=dict)
    """For the worker of ``kind``; no secrets."""
    by: str = later("")
    """The name of who started it, if they gave one."""
    owner: str = later("")
    """The visitor whose own it is; empty where it is the host's."""


@dataclass(frozen=True)
class JobStatus:
    """Where a job stands. The state a reader sees also takes the lock into account (``lab.jobs``)."""

    state: str = "queued"
    """queued → running → stopping → done | stopped | failed | interrupted."""
    attempt: int = 0
    phase: str = ""
    """Words key (``jobs.phase_…``) of what is being done."""
    step: int = 0
    total: int = 0
    rate: float | None = None
    """Steps per second."""
    seconds: float = 0.0
    """Running time over all attempts."""
    updated: str = ""
    error: str = ""
    """Words key of the sentence, when failed."""
    error_values: dict[str, Any] = field(default_factory=dict)
    reference: str = ""
    """Number to find an unexpected error in the log by."""
    result: dict[str, Any] = field(default_factory=dict)
    """What the worker reports at the end."""


@dataclass(frozen=True)
class Run:
    """A finished or stopped training run: what is needed to answer with it. Kept as ``run.json`` in its job folder."""

    id: str
    name: str
    """Served and shown as this: ``ft-…``."""
    base: str
    base_hash: str
    method: str
    """``lora`` or ``full``."""
    adapter_hash: str
    dataset: str
    version: str
    created: str
    train_seconds: float = 0.0
    tokens: int = 0
    tokens_per_second: float = 0.0
    final: dict[str, float | None] = field(default_factory=dict)
    """``train_loss`` and ``eval_loss``."""
    steps: int = 0
    parent: str | None = None
    recorded: bool = False
    """Shipped with the lab, not trained here."""
    parent_step: int = later(0)
    """The checkpoint of the parent it went on from; 0: its end."""
    owner: str = later("")
    """The visitor whose own it is; empty where it is the host's."""
