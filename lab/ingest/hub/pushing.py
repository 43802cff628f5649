"""A version of a data set into a repository of the hub.

Knows: the repository's layout (``data/<split>.<ending>`` and a README), one commit, and what is never done: a public
repository is not filled where a private one was asked for, a README a person may have edited stays, and no row with a
key or password goes unless it is said that it may. Must not know where the token comes from.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import words
from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.hub_client import client, library, spoken
from lab.ingest.health import privacy
from lab.ingest.hub.card import card
from lab.ingest.hub.choosing import Source, source
from lab.ingest.writing.export import Exported, export
from lab.ingest.writing.row_forms import FORMS
from lab.records import Version
from lab.settings import HubAccess

ENDINGS = {"parquet": "parquet", "jsonl": "chat"}
"""How rows are pushed → the form they have."""
_OURS = re.compile(r"data/(train|validation|test)\.(parquet|jsonl)")
_README = "README.md"


@dataclass(frozen=True)
class Pushed:
    """What a push left on the hub."""

    repository: str
    address: str
    """Of the commit."""
    files: tuple[str, ...]
    exported: Exported
    private: bool
    kept_card: bool
    """A README that was there already was left as it is."""


def push(
    datasets: Datasets,
    version: Version,
    repository: str,
    access: HubAccess,
    *,
    private: bool = False,
    ending: str = "parquet",
    new_card: bool = False,
    secrets: bool = False,
    language: str = "en",
) -> Pushed:
    """Put the rows of ``version`` and their description into ``OWNER/NAME``, made where it is not there, as one commit.

    Raises ``DataError`` before anything leaves the machine where there is no token, where a row holds a key or password
    (unless ``secrets``), or where ``private`` is asked for and the repository is public.
    """
    target = source(f"hub:{repository.removeprefix('hub:')}")
    if target.configuration or target.split:
        raise UsageError("hub.bad_name", value=repository)
    if ending not in ENDINGS:
        raise UsageError("data.bad_format", value=ending, allowed=", ".join(ENDINGS))
    if not access.token:
        raise DataError("hub.no_token", source=str(target))
    if not secrets:
        _refuse_secrets(datasets, version, target, language)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "data").mkdir()
        exported = export(datasets, version, ENDINGS[ending], folder / "data")
        text = card(version, datasets.rows(version), target.repository, FORMS[exported.format].ending, language)
        with spoken(target, own=True):
            return _sent(target, exported, text, version, access, private=private, new_card=new_card)


def _refuse_secrets(datasets: Datasets, version: Version, target: Source, language: str) -> None:
    for row in datasets.rows(version):
        texts = "\n".join(message.content for message in row.messages)
        found = next((one for one in privacy.find(texts) if one.kind in privacy.SECRETS), None)
        if found:
            kind = words.say(f"data_health.hint_{found.kind}", language)
            place = f"{row.file}:{row.line}" if row.line else row.file or row.id
            raise DataError("hub.secret_found", source=str(target), kind=kind, place=place, masked=found.masked)


def _sent(
    target: Source, exported: Exported, text: str, version: Version, access: HubAccess, *, private: bool, new_card: bool
) -> Pushed:
    api, hub = client(access), library()
    api.create_repo(target.repository, repo_type="dataset", private=private or None, exist_ok=True)
    about = api.repo_info(target.repository, repo_type="dataset")
    if private and not about.private:
        raise DataError("hub.is_public", source=str(target))
    there = {entry.path for entry in api.list_repo_tree(target.repository, recursive=True, repo_type="dataset")}
    files = {f"data/{path.name}": path for path in exported.files}
    operations: list[Any] = [hub.CommitOperationAdd(place, str(path)) for place, path in files.items()]
    operations += [hub.CommitOperationDelete(path) for path in there if _OURS.fullmatch(path) and path not in files]
    kept_card = _README in there and not new_card
    if not kept_card:
        operations.append(hub.CommitOperationAdd(_README, text.encode("utf-8")))
    title = f"{version.dataset} {version.version}"
    commit = api.create_commit(target.repository, operations, commit_message=title, repo_type="dataset")
    return Pushed(target.repository, str(commit.commit_url), tuple(files), exported, bool(about.private), kept_card)
