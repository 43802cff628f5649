"""Training runs as things that can answer, and the contestants made of them.

Knows: how a finished run lies in its job folder, and how a name such as ``base``, ``ft-family`` or
``base+prompt:FILE`` becomes a ``Contestant``. Must not know how to train or answer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

from lab import access
from lab.datasets import Datasets
from lab.embeddings import is_place
from lab.errors import AccessError, EvalError
from lab.records import Contestant, Decoding, Message, Run, from_json, to_json
from lab.settings import is_secret_name, secret
from lab.workspace import Workspace, locked, passing_over, read_json, slug, write_json

DEFAULT_BASE = "smollm2-135m"


def served_name(name: str) -> str:
    """The name a run answers to: ``ft-…`` in letters, digits and dashes."""
    plain = slug(name, "run")
    return plain if plain.startswith("ft-") else f"ft-{plain}"


class Runs:
    """The runs of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def all(self) -> list[Run]:
        """Runs that can answer and that who acts may see, newest first; those shipped with the lab last."""
        found = []
        for path in sorted(self.workspace.jobs().glob("*/run.json"), reverse=True):
            with passing_over(path):
                if (read := read_json(path)) is not None:
                    found.append(from_json(Run, read))
        return sorted((run for run in found if access.sees(run.owner)), key=lambda run: run.recorded)

    def get(self, name: str) -> Run:
        """The run with that id or served name (the newest, if several share it); raises ``EvalError``."""
        runs = self.all()
        for run in runs:
            if name in {run.id, run.name} or served_name(name) == run.name:
                return run
        raise EvalError("evals.no_such_run", name=name, known=", ".join(run.name for run in runs) or "—")

    def called(self, run: Run) -> str:
        """The name that means exactly this run: what it is served as, or its id where a newer run is served so."""
        return run.name if self.get(run.name).id == run.id else run.id

    def folder(self, run: Run) -> Path:
        """Where the run's ``run.json`` and weights are."""
        return self.workspace.job(run.id)

    def weights(self, run: Run) -> Path:
        """The folder of the run's adapter (LoRA) or model (full fine-tune)."""
        return self.folder(run) / ("model" if run.method == "full" else "adapter")

    def keep(self, run: Run) -> Run:
        """The run under a name no other has, its ``run.json`` in its job folder: from now on it can answer."""
        owner = (read_json(self.folder(run) / "spec.json") or {}).get("owner", "")
        with locked(self.workspace.jobs() / ".names.lock"):
            taken = {other.name for other in self.all() if other.id != run.id}
            named = replace(run, name=_unique(run.name, taken), owner=owner)
            self.save(named)
        return named

    def save(self, run: Run) -> None:
        """Write ``run.json`` as it is."""
        write_json(self.workspace.job(run.id) / "run.json", to_json(run))


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}-{number}"
    return unique


_EXTRA = re.compile(r"\+(prompt|few|docs|whole|near|key):")


def parts(name: str) -> tuple[str, list[tuple[str, str]]]:
    """Who answers, and with what: ``base+few:3`` is ``("base", [("few", "3")])``."""
    head, *rest = _EXTRA.split(name)
    return head, list(zip(rest[::2], rest[1::2], strict=True))


def contestant(
    name: str, runs: Runs, datasets: Datasets, base: str = DEFAULT_BASE, dataset: str | None = None
) -> Contestant:
    """The contestant a person means by ``name``.

    ``base``, ``base+prompt:FILE``, ``base+few:K``, ``base+docs:DATASET`` (the passages of its documents that fit
    the question; with ``+near:ADDRESS#MODEL`` by that server's embeddings too), ``base+whole:DATASET`` (the documents
    whole), ``RUN``, ``RUN+…``, ``url:ADDRESS#MODEL`` (``+key:NAME``: the variable that holds its key) and ``file:PATH``
    (answers given elsewhere, for evaluations).
    ``base`` stands for the argument ``base``; few-shot examples are the first ``K`` training rows of ``dataset``;
    documents are those of the data set's version as it is now, or of ``DATASET@VERSION``. Raises ``EvalError`` with
    what was not understood, ``AccessError`` where a visitor names a file or an address.
    """
    head, extras = parts(name)
    if head.startswith(("url:", "file:", "base:")) or {"prompt", "near", "key"} & set(dict(extras)):
        _check_reach(name)
    if head.startswith("url:"):
        address, _, model = head[4:].partition("#")
        made = Contestant(name=name, base=model or "default", url=address)
    elif head.startswith("file:"):
        made = Contestant(name=name, base="answers", url=head)
    elif head == "base" or head.startswith("base:"):
        made = Contestant(name=name, base=head[5:] or base)
    else:
        run = runs.get(head)
        made = Contestant(name=name, base=run.base, run=run.id)
    for kind, value in extras:
        made = _extended(made, kind, value, datasets, dataset)
    return made


def _check_reach(name: str) -> None:
    """Raise ``AccessError`` unless who acts right now may name files and addresses of this machine."""
    if not access.current().may(access.Right.WRITE):
        raise AccessError("access.host_contestants", name=name)


def contestants(names: list[str], runs: Runs, datasets: Datasets, dataset: str | None = None) -> list[Contestant]:
    """All the named contestants; a plain ``base`` is the base of the first run among them."""
    heads = [parts(name)[0] for name in names]
    trained = [runs.get(head) for head in heads if not head.startswith(("base", "url:", "file:"))]
    base = trained[0].base if trained else DEFAULT_BASE
    return [contestant(name, runs, datasets, base, dataset) for name in names]


def _extended(made: Contestant, kind: str, value: str, datasets: Datasets, dataset: str | None) -> Contestant:
    if kind == "prompt":
        path = Path(value)
        if not path.is_file():
            raise EvalError("evals.no_prompt_file", file=value)
        return replace(made, system=path.read_text("utf-8").strip())
    if kind in {"docs", "whole"}:
        name, _, wanted = value.partition("@")
        version = datasets.get(name, wanted or None)
        if not version.documents:
            raise EvalError("evals.no_documents", name=name)
        return replace(made, documents=f"{version.dataset}@{version.version}", whole=kind == "whole")
    if kind == "near":
        if made.documents is None or made.whole or not is_place(value):
            raise EvalError("evals.bad_near", value=value)
        return replace(made, near=value)
    if kind == "key":
        return replace(made, key_env=_key_name(made, value))
    if not value.isdigit() or not dataset:
        raise EvalError("evals.bad_few", value=value)
    rows = list(islice(datasets.rows(datasets.get(dataset), "train"), int(value)))
    turns = [m for row in rows for m in (Message("user", row.question), Message("assistant", row.answer))]
    return replace(made, few=tuple(turns))


def _key_name(made: Contestant, name: str) -> str:
    """The variable that holds the key of the contestant's server; what is no such name is never repeated."""
    if not made.url or not is_secret_name(name):
        raise EvalError("evals.bad_key")
    if not secret(name):
        raise EvalError("evals.no_key", variable=name)
    return name


def with_decoding(made: Contestant, decoding: Decoding) -> Contestant:
    """The same contestant, drawing its answers as told."""
    return replace(made, decoding=decoding)
