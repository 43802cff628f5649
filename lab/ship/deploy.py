"""A written Space into the hub: made with its hardware, storage, secrets and variables, then filled in one commit.

Knows: what is asked of the hub and what is never done: no Space that the lab did not write is overwritten, nothing goes
to the public where private was asked for, ZeroGPU is refused. Values of secrets come from the caller, go to the hub and
nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.errors import DataError, ShipError, UsageError
from lab.hub_client import client, library, spoken
from lab.recorded import OPENING
from lab.settings import HubAccess

_OWN = f"data/recorded/{OPENING}"
"""A Space with this file was written by the lab."""
_OF_THE_HUB = {".gitattributes", "README.md"}
"""What a Space holds when it was only just made."""
STORAGE = "/data"
_NAME = re.compile(r"[\w-]+/(?![.-])[\w.-]{1,96}(?<![.-])", re.ASCII)


@dataclass(frozen=True)
class Order:
    """What is asked of the hub."""

    repository: str
    """``OWNER/NAME``."""
    hardware: str
    hardware_if_new: bool = False
    """A Space that is there already keeps the hardware it has."""
    private: bool = False
    storage: str = ""
    """``OWNER/NAME`` of the bucket mounted at ``/data``; empty: the disk is emptied at each restart."""
    keep: str = ""
    """``OWNER/NAME`` of the private repository that finished runs are kept in."""
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Deployed:
    """What stands on the hub afterwards."""

    repository: str
    address: str
    private: bool
    made: bool
    """It was not there before."""


def check(order: Order) -> None:
    """Raise ``UsageError`` for an order that cannot be meant."""
    for name in (order.repository, order.storage, order.keep):
        if name and not (_NAME.fullmatch(name) and ".." not in name and "--" not in name):
            raise UsageError("space.bad_repository", value=name)
    if order.hardware.startswith("zero-"):
        raise UsageError("space.no_zerogpu", hardware=order.hardware)
    known = [one.value for one in library().SpaceHardware if not one.value.startswith("zero-")]
    if order.hardware not in known:
        raise UsageError("space.bad_hardware", value=order.hardware, allowed=", ".join(known))


def deploy(folder: Path, order: Order, access: HubAccess) -> Deployed:
    """Put ``folder`` into the Space, made where it is not there; a Space the lab wrote before becomes this one.

    Raises ``DataError`` or ``ShipError`` before anything leaves the machine where there is no token, where the Space
    is somebody's own, or where it is public and should be private.
    """
    check(order)
    if not access.token:
        raise DataError("hub.no_token", source=order.repository)
    api = client(access)
    with spoken(order.repository, own=True):
        there = api.repo_exists(order.repository, repo_type="space")
        if there:
            _check_ours(api, order)
        if order.storage:
            api.create_bucket(order.storage, private=True, exist_ok=True)
        if order.keep:
            make_private(api, order.keep)
        _settle(api, order) if there else _make(api, order)
        api.upload_folder(
            repo_id=order.repository,
            folder_path=folder,
            repo_type="space",
            commit_message=folder.name,
            delete_patterns="*",
        )
        about = api.repo_info(order.repository, repo_type="space")
    address = f"{api.endpoint}/spaces/{order.repository}"
    return Deployed(order.repository, address, bool(about.private), not there)


def make_private(api: Any, repository: str) -> None:
    """Have a private repository for runs; raises ``DataError`` where it is there and public."""
    api.create_repo(repository, repo_type="dataset", private=True, exist_ok=True)
    if not api.repo_info(repository, repo_type="dataset").private:
        raise DataError("hub.is_public", source=repository)


def _check_ours(api: Any, order: Order) -> None:
    """Raise unless the Space may become this one."""
    if order.private and not api.repo_info(order.repository, repo_type="space").private:
        raise DataError("hub.is_public", source=order.repository)
    files = {one.path for one in api.list_repo_tree(order.repository, recursive=True, repo_type="space")}
    if _OWN not in files and files - _OF_THE_HUB:
        raise ShipError("space.somebody_elses", name=order.repository)


def _make(api: Any, order: Order) -> None:
    api.create_repo(
        order.repository,
        repo_type="space",
        private=order.private or None,
        space_sdk="gradio",
        space_hardware=order.hardware,
        space_secrets=_pairs(order.secrets) or None,
        space_variables=_pairs(order.variables) or None,
        space_volumes=_volumes(order) or None,
    )


def _settle(api: Any, order: Order) -> None:
    """The same for a Space that is there already; what may be refused for want of money comes first."""
    if not order.hardware_if_new:
        api.request_space_hardware(order.repository, order.hardware)
    for name, value in order.secrets.items():
        api.add_space_secret(order.repository, name, value)
    for name, value in order.variables.items():
        api.add_space_variable(order.repository, name, value)
    if order.storage:
        api.set_space_volumes(order.repository, _volumes(order))


def _pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": value} for name, value in values.items()]


def _volumes(order: Order) -> list[Any]:
    if not order.storage:
        return []
    return [library().Volume(type="bucket", source=order.storage, mount_path=STORAGE)]
