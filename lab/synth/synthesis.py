"""A synthesis as a job: how it is started, tried on one piece, and read back while it runs and afterwards.

Knows: what is put into the job's folder and what is found there. A synthesis that broke off and is asked for again
with the same settings goes on; with other settings it is another one. Must not know how pieces are asked about
(``lab.synth.worker`` runs that) or what people think of the pairs (``lab.synth.review``).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab import words
from lab.engine.provider import KEY_NAME, ProviderSpec
from lab.errors import DataError, JobError, UsageError
from lab.fields import check
from lab.jobs import Jobs, JobView
from lab.likeness import folded
from lab.records import Problem, from_json, to_json
from lab.settings import secret
from lab.synth.extraction import extract
from lab.synth.model import phrase, teacher
from lab.synth.model.phrase import Ask
from lab.synth.outcomes import UNITS, Outcome, outcomes
from lab.synth.pairs import Extraction, Pair, Rejected
from lab.synth.plans import SHORTEST_PIECE, Piece, SynthPlan, fingerprint, pieces, text_hash
from lab.workspace import read_json, read_jsonl, slug

DOCUMENTS = "documents.json"
PROBLEMS = "problems.jsonl"
_PROMPTS = (
    "teacher_system",
    "teacher_example",
    "teacher_example_reply",
    "teacher_ask",
    "phrase_system",
    "phrase_example",
    "phrase_example_reply",
    "phrase_ask",
    "answer_system",
    "answer_ask",
)
_LANES = {"extract": "rules", "url": "teacher"}
"""Rules and foreign servers do not wait for a training run; the local engine does."""


def start(
    jobs: Jobs,
    documents: Mapping[str, str],
    name: str,
    plan: SynthPlan,
    provider: ProviderSpec | None = None,
    *,
    models: Path,
    send: bool = False,
    key: str = "",
    problems: Sequence[Problem] = (),
) -> JobView:
    """Submit the synthesis of ``documents``, or go on with the same one where it broke off.

    ``send`` is the person's word that the text may leave the machine; ``key`` one that they typed; ``problems`` what
    the reading of the documents had to say. Raises ``UsageError``, ``DataError`` or ``JobError`` before anything
    starts.
    """
    spec = replace(provider or ProviderSpec(), **({"key_env": KEY_NAME} if key else {}))
    check(plan)
    if not documents:
        raise DataError("synth.no_documents", files=name)
    if not name.strip():
        raise DataError("data.bad_name", name=name)
    if plan.mode == "extract":
        spec = ProviderSpec()
    may_ask(plan, spec, send=send, key=key)
    private = {KEY_NAME: key} if key else {}
    prints = fingerprint(plan, spec, documents, prompts_hash())
    for job in jobs.all("synth"):
        same = job.spec.options.get("fingerprint") == prints and job.spec.name == name
        if same and job.is_final and job.state != "done" and not _discarded(job):
            return jobs.resume(job.id, private)
        if same and not job.is_final:
            return job
    options: dict[str, Any] = {
        "dataset": slug(name),
        "plan": to_json(plan),
        "provider": to_json(spec),
        "fingerprint": prints,
        "models": str(models),
    }
    lane = _LANES.get(plan.mode) or _LANES.get(spec.kind, "local")
    told = "".join(json.dumps(to_json(problem), ensure_ascii=False) + "\n" for problem in problems)
    inputs = {**inputs_of(documents), PROBLEMS: told}
    return jobs.submit("synth", name, options, lane=lane, inputs=inputs, private=private)


def may_ask(plan: SynthPlan, spec: ProviderSpec, *, send: bool, key: str = "") -> None:
    """Raise ``UsageError`` or ``JobError`` where the model cannot or must not be asked."""
    if plan.mode == "extract":
        return
    if spec.kind == "none":
        raise UsageError("synth_model.who_is_asked", mode=plan.mode)
    if spec.is_remote and not send:
        raise UsageError("synth_model.leaves_machine", url=spec.url)
    if spec.key_env and not key and not secret(spec.key_env):
        raise JobError("synth_model.no_key", variable=spec.key_env)


def go_on(jobs: Jobs, job_id: str, key: str = "") -> JobView:
    """Resume a synthesis; a typed key has to be typed again, since it is nowhere kept."""
    spec = from_json(ProviderSpec, jobs.get(job_id).spec.options["provider"])
    if spec.key_env and not key and not secret(spec.key_env):
        raise JobError("synth_model.no_key", variable=spec.key_env)
    return jobs.resume(job_id, {KEY_NAME: key} if key else None)


def _discarded(job: JobView) -> bool:
    return (read_json(job.folder / "control.json") or {}).get("stop") == "discard"


def inputs_of(documents: Mapping[str, str]) -> dict[str, str]:
    """The files of a synthesis's folder that hold its documents, by name."""
    files = {name: f"documents/{number}.txt" for number, name in enumerate(documents)}
    listed = {name: {"file": files[name], "hash": text_hash(text)} for name, text in documents.items()}
    texts = {files[name]: text for name, text in documents.items()}
    return {**texts, DOCUMENTS: json.dumps(listed, ensure_ascii=False, indent=1) + "\n"}


def prompts_hash() -> str:
    """Identity of everything a model is told besides the passage."""
    told = [words.say(f"synth_model.{name}", language, **_BLANK) for language in ("en", "zh") for name in _PROMPTS]
    return text_hash("\0".join(told))


_BLANK = {"heading": "", "passage": "", "count": "", "answer": "", "question": ""}


def read_documents(folder: Path) -> dict[str, str]:
    """Name → canonical text of the documents a synthesis is made of."""
    listed = read_json(folder / DOCUMENTS) or {}
    return {name: (folder / about["file"]).read_bytes().decode("utf-8") for name, about in listed.items()}


def reading_problems(folder: Path) -> list[Problem]:
    """What the reading of a synthesis's documents had to say."""
    return [from_json(Problem, line) for line in read_jsonl(folder / PROBLEMS)]


def plan_of(job: JobView) -> SynthPlan:
    """What a synthesis was asked to do."""
    return from_json(SynthPlan, job.spec.options["plan"])


@dataclass(frozen=True)
class Made:
    """Everything a synthesis has made so far."""

    documents: dict[str, str]
    outcomes: tuple[Outcome, ...]
    pairs: tuple[Pair, ...]
    """Usable ones, in the order of the documents."""
    rejected: tuple[Rejected, ...]

    @property
    def not_parsed(self) -> tuple[Outcome, ...]:
        """Pieces of whose replies nothing could be read."""
        return tuple(one for one in self.outcomes if one.state == "not_parsed")


def made(folder: Path) -> Made:
    """What the synthesis in ``folder`` has made so far; read again only when it has grown."""
    return _made(folder, stamp(folder / UNITS))


def stamp(path: Path) -> tuple[int, int]:
    """Time and size of a file that only grows; zeros where there is none."""
    return (path.stat().st_mtime_ns, path.stat().st_size) if path.is_file() else (0, 0)


@functools.lru_cache(maxsize=8)
def _made(folder: Path, units: tuple[int, int]) -> Made:
    documents = read_documents(folder)
    found = tuple(outcomes(folder))
    pairs: list[Pair] = []
    rejected = [item for one in found for item in one.rejected]
    asked: dict[str, Pair] = {}
    known: set[str] = set()
    for pair in (pair for one in found for pair in one.pairs):
        earlier = asked.setdefault(folded(pair.question), pair)
        if pair.id in known or (earlier is not pair and folded(earlier.answer) == folded(pair.answer)):
            rejected.append(Rejected(pair, "duplicate"))
        elif earlier is not pair:
            rejected.append(Rejected(pair, "question_twice"))
        else:
            pairs.append(pair)
        known.add(pair.id)
    order = {name: place for place, name in enumerate(documents)}
    pairs.sort(key=lambda pair: (order.get(pair.document, 0), pair.start, pair.end))
    return Made(documents, found, tuple(pairs), tuple(rejected))


@dataclass(frozen=True)
class Trial:
    """One piece, asked about for real: what a whole synthesis would be like."""

    heading: str
    passage: str
    outcome: Outcome
    pieces: int
    """Of all documents."""

    @property
    def tokens_per_second(self) -> float:
        """How fast the model wrote; zero where the server does not count."""
        return sum(one.tokens for one in self.outcome.said) / self.outcome.seconds if self.outcome.seconds else 0.0

    @property
    def eta_seconds(self) -> float:
        """How long all pieces take one after another."""
        return self.outcome.seconds * self.pieces


def trial(documents: Mapping[str, str], plan: SynthPlan, ask: Ask) -> Trial:
    """Ask about the piece of middle length, parse and gate; nothing is kept."""
    found = [extract(text, name) for name, text in documents.items()]
    all_pieces = pieces(found, plan)
    if not all_pieces:
        raise DataError("synth_model.nothing_to_ask", files=", ".join(documents), shortest=SHORTEST_PIECE)
    middle = sorted(all_pieces, key=lambda piece: piece.end - piece.start)[len(all_pieces) // 2]
    text = documents[middle.document]
    outcome = ask_about(middle, 0, text, plan, ask)
    heading = " › ".join(middle.path) or middle.document
    return Trial(heading, text[middle.start : middle.end], outcome, len(all_pieces))


def ask_about(piece: Piece, index: int, text: str, plan: SynthPlan, ask: Ask) -> Outcome:
    """What comes of one piece in the plan's mode."""
    way = phrase.ask_piece if plan.mode == "phrase" else teacher.ask_piece
    return way(piece, index, text, plan, ask)


def by_rules(extraction: Extraction, index: int) -> Outcome:
    """What the rules alone found in one document, as an outcome."""
    unit = f"rules:{extraction.document}"
    return Outcome(unit, index, extraction.document, pairs=extraction.pairs, rejected=extraction.rejected)
