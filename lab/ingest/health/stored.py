"""The health of a version, measured once and kept beside its rows.

Knows: the file's name (by base model) and when it still counts: same version, same length limit. A version never
changes, so neither does its health. Must not know jobs or the page.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab import catalog
from lab.datasets import Datasets
from lab.ingest.health import Again, Health, health
from lab.records import Version, from_json, to_json
from lab.rendering import renderer
from lab.workspace import read_json, slug, write_json

AT_ONCE = 5_000
"""Rows up to which a page may measure without a job: some seconds."""


def stored(datasets: Datasets, version: Version, base: str = "", limit: int | None = None) -> Health | None:
    """The health measured before for that base and limit, or ``None``."""
    found = read_json(_file(datasets, version, base))
    if not found or found["lengths"]["limit"] != limit:
        return None
    return from_json(Health, found)


def measure(
    datasets: Datasets,
    version: Version,
    models: Path,
    base: str = "",
    limit: int | None = None,
    seen: Callable[[int], None] | None = None,
) -> Health:
    """Measure a version, with the base's own tokenizer where its files are here, and keep the result."""
    kept = stored(datasets, version, base, limit)
    if kept:
        return kept
    folder = catalog.find(base, models) if base else None
    reader = renderer(folder) if folder else None
    rows = Again(lambda: datasets.rows(version))
    made = health(rows, reader, limit, base=base if reader else "", version=version.version, seen=seen)
    if reader or not base:  # words counted in the place of tokens would stand in the way of a later count
        write_json(_file(datasets, version, base), to_json(made))
    return made


def _file(datasets: Datasets, version: Version, base: str) -> Path:
    return datasets.folder(version) / f"health-{slug(base) if base else 'words'}.json"
