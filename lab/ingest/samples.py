"""The data sets shipped with the lab, written by the project.

Knows: ``data/samples.json``, the one list of them; titles and descriptions are words (``samples.<key>`` and
``samples.<key>_about``). Must not know how they are added.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab.errors import DataError
from lab.records import Check, from_json
from lab.settings import PROJECT
from lab.workspace import read_json

FOLDER = PROJECT / "data"


@dataclass(frozen=True)
class Sample:
    """One shipped data set."""

    name: str
    """``sample:<name>`` on the command line."""
    file: str
    """File below ``data/``."""
    language: str
    kind: str
    """``rows`` or ``document``."""
    key: str
    """Words key of its title; ``<key>_about`` says what it shows."""
    checks: tuple[Check, ...] = ()
    documents: tuple[str, ...] = ()
    """Files below ``data/`` that belong to it: what its questions are about."""

    @property
    def paths(self) -> list[Path]:
        """Its files, the main one first."""
        return [FOLDER / file for file in (self.file, *self.documents)]


def samples() -> list[Sample]:
    """All shipped samples, in the order they are shown."""
    return [from_json(Sample, entry) for entry in read_json(FOLDER / "samples.json", [])]


def sample(name: str) -> Sample:
    """The sample named ``name``; raises ``DataError`` with the names there are."""
    known = {entry.name: entry for entry in samples()}
    if name not in known:
        raise DataError("data.no_such_sample", name=name, known=", ".join(known))
    return known[name]
