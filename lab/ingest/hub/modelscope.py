"""Data sets of ModelScope, through ModelScope's own package where a person installed it.

Knows: the two calls of that package that are needed. It is no need of the lab: who wants it installs it. Must not know
an address.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from lab.errors import DataError
from lab.ingest.hub.choosing import Source

_PAGE = 100


def files(source: Source) -> list[tuple[str, int]]:
    """(path, size) of every file of the repository."""
    api = _module("modelscope.hub.api", source).HubApi()
    found: list[tuple[str, int]] = []
    page = 1
    while True:
        listed = _asked(
            source, api.get_dataset_files, source.repository, recursive=True, page_number=page, page_size=_PAGE
        )
        found += [(str(one["Path"]), int(one.get("Size") or 0)) for one in listed if one.get("Type") != "tree"]
        if len(listed) < _PAGE:
            return found
        page += 1


def fetch(source: Source, paths: list[str], folder: Path) -> Path:
    """The folder that holds the files ``paths`` of the repository."""
    download = _module("modelscope.hub.snapshot_download", source).dataset_snapshot_download
    return Path(_asked(source, download, source.repository, cache_dir=str(folder), allow_patterns=paths))


def _module(name: str, source: Source) -> Any:
    if importlib.util.find_spec("modelscope") is None:
        raise DataError("hub.no_modelscope", source=str(source))
    return importlib.import_module(name)


def _asked(source: Source, call: Any, *arguments: Any, **options: Any) -> Any:
    try:
        return call(*arguments, **options)
    except Exception as error:  # the package raises what its many layers raise; each becomes one sentence
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataError("hub.modelscope_failed", source=str(source), reason=reason) from None
