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
from lab.workspace import slug

_PACKAGE = "modelscope_hub"


def files(source: Source) -> list[tuple[str, int]]:
    """(path, size) of every file of the repository."""
    listed = _asked(source, _api(source).list_repo_files, source.repository, "dataset")
    return [(str(one.path), int(one.size or 0)) for one in listed if not one.is_dir]


def fetch(source: Source, paths: list[str], folder: Path) -> Path:
    """The folder that holds the files ``paths`` of the repository; those that are there already are not fetched."""
    place = folder / slug(source.repository.replace("/", "--"))
    download = _api(source).download_repo
    return Path(_asked(source, download, source.repository, "dataset", local_dir=str(place), allow_patterns=paths))


def _api(source: Source) -> Any:
    if importlib.util.find_spec(_PACKAGE) is None:
        raise DataError("hub.no_modelscope", source=str(source))
    return importlib.import_module(_PACKAGE).HubApi()


def _asked(source: Source, call: Any, *arguments: Any, **options: Any) -> Any:
    try:
        return call(*arguments, **options)
    except Exception as error:  # the package raises what its many layers raise; each becomes one sentence
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataError("hub.modelscope_failed", source=str(source), reason=reason) from None
