"""Where a hosted lab keeps its files, and whether they outlive a restart.

Knows: that a Space names itself in the environment, that its lasting storage, if it has one, is mounted at ``/data``,
and which folder can hold a workspace. Must not know the page.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from lab.settings import PROJECT, Settings
from lab.workspace import append_jsonl, locked, write_text

STORAGE = Path("/data")
"""Where a Space has its lasting storage mounted."""


def settled(settings: Settings) -> Settings:
    """The settings with a workspace that can be written.

    On a Space the folder asked for may lie on storage nobody attached, or on storage that cannot append or lock: then
    the next best place takes its part. Elsewhere the settings stay as they are.
    """
    if not settings.space:
        return settings
    asked = () if settings.home == Path("workspace") else (settings.home,)
    places = (*asked, STORAGE / "workspace", PROJECT / "workspace", Path(tempfile.gettempdir()) / "finetune-lab")
    return replace(settings, home=next((place for place in places if usable(place)), settings.home))


def usable(home: Path) -> bool:
    """Whether ``home``, whose parent must be there, can hold a workspace: whole files, appended files, locks."""
    if not home.parent.is_dir():
        return False
    probe = home / f".probe-{secrets.token_hex(4)}"
    try:
        write_text(probe, "1\n")
        append_jsonl(probe, {})
        with locked(probe):
            whole = probe.read_text("utf-8") == "1\n{}\n"
        probe.unlink()
    except OSError:
        return False
    return whole


@lru_cache(maxsize=8)
def is_lasting(home: Path) -> bool:
    """Whether ``home`` lies on a volume of its own; the rest of a Space's disk is empty again after a restart."""
    places = (home.absolute(), *home.absolute().parents)
    return any(os.path.ismount(place) for place in places[:-1])
