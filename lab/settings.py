"""The only reader of the process environment.

Knows: the ``LAB_`` names, their defaults and the ones borrowed from Gradio. A test keeps every other
module away from ``os.environ``; child processes get what they need through their job folder.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from lab.errors import UsageError

PROJECT = Path(__file__).resolve().parent.parent
"""Where the code lies: samples, the recorded run and the model fetched by ``make app`` are found from here."""


VISITOR_LEVELS = ("read", "chat", "teach")


def _setting(default: object, name: str, key: str) -> object:
    return field(default=default, metadata={"name": name, "key": key})


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides. ``Settings.read()`` fills it."""

    home: Path = _setting(Path("workspace"), "LAB_HOME", "settings.home")  # type: ignore[assignment]
    """The workspace: data sets, jobs, runs."""
    models: Path | None = _setting(None, "LAB_MODELS", "settings.models")  # type: ignore[assignment]
    """Where base models are kept; ``None`` means ``<home>/models``."""
    host: str = _setting("127.0.0.1", "LAB_HOST", "settings.host")  # type: ignore[assignment]
    port: int = _setting(7860, "LAB_PORT", "settings.port")  # type: ignore[assignment]
    password: str = _setting("", "LAB_PASSWORD", "settings.password")  # type: ignore[assignment]
    api_keys: tuple[str, ...] = _setting((), "LAB_API_KEY", "settings.api_keys")  # type: ignore[assignment]
    """Keys that open ``/v1`` and nothing else."""
    visitors: str = _setting("chat", "LAB_VISITORS", "settings.visitors")  # type: ignore[assignment]
    """What those may do who are not signed in: ``read``; ``chat``, also ask and vote; ``teach``, also teach a fact."""
    limits: str = _setting("", "LAB_LIMITS", "settings.limits")  # type: ignore[assignment]
    """What visitors may take, as ``lab.access.limits.Limits`` reads it."""
    address: str = _setting("", "LAB_ADDRESS", "settings.address")  # type: ignore[assignment]
    """Where others reach the lab, if not at the machine's own address: behind a proxy, under a name."""
    demo: bool = _setting(False, "LAB_DEMO", "settings.demo")  # type: ignore[assignment]
    """Read-only: nothing can be uploaded, trained, stopped or deleted."""
    language: str = _setting("", "LAB_LANG", "settings.language")  # type: ignore[assignment]
    """Language of the command line: "zh" or "en"; empty means by the locale."""

    keep: str = _setting("", "LAB_KEEP", "settings.keep")  # type: ignore[assignment]
    """Private repository of the hub that finished runs are kept in; the token is ``HF_TOKEN``."""
    space: str = ""
    """``OWNER/NAME`` where the lab runs as a Space; the Space says so itself."""

    @property
    def models_folder(self) -> Path:
        """The folder base models are fetched into."""
        return self.models or self.home / "models"

    @staticmethod
    def read(environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from ``environ`` (default: the process's own); raises ``UsageError`` on a bad value."""
        source = os.environ if environ is None else environ
        port = source.get("LAB_PORT") or source.get("GRADIO_SERVER_PORT") or "7860"
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise UsageError("settings.bad_port", value=port)
        return Settings(
            home=Path(source.get("LAB_HOME") or "workspace").expanduser(),
            models=Path(source["LAB_MODELS"]).expanduser() if source.get("LAB_MODELS") else None,
            host=source.get("LAB_HOST") or source.get("GRADIO_SERVER_NAME") or "127.0.0.1",
            port=int(port),
            password=source.get("LAB_PASSWORD") or "",
            api_keys=tuple((source.get("LAB_API_KEY") or "").replace(",", " ").split()),
            visitors=_visitors(source.get("LAB_VISITORS") or "chat"),
            limits=source.get("LAB_LIMITS") or "",
            address=(source.get("LAB_ADDRESS") or "").rstrip("/"),
            demo=(source.get("LAB_DEMO") or "").lower() in {"1", "true", "yes"},
            language=language(source),
            keep=(source.get("LAB_KEEP") or "").strip(),
            space=source.get("SPACE_ID") or "",
        )


@dataclass(frozen=True)
class HubAccess:
    """How a hub of data sets is reached, by the names its own client uses."""

    endpoint: str | None = None
    """``HF_ENDPOINT``; ``None`` is the client's own address."""
    token: str = field(default="", repr=False)
    """``HF_TOKEN``; only from the environment, never from a file."""

    @staticmethod
    def read(environ: Mapping[str, str] | None = None) -> HubAccess:
        """From ``environ`` (default: the process's own)."""
        source = os.environ if environ is None else environ
        return HubAccess((source.get("HF_ENDPOINT") or "").rstrip("/") or None, source.get("HF_TOKEN") or "")


@dataclass(frozen=True)
class SpaceAccess:
    """What a Space tells of itself, by the names the hub gives: who owns it, and how people sign in with the hub."""

    owner: str = ""
    """Who may change the Space: a person's or an organisation's name."""
    hosts: tuple[str, ...] = ()
    """The names the Space is reached by."""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    provider: str = ""
    """Where the hub's sign-in is."""
    scopes: str = "openid profile"

    @property
    def complete(self) -> bool:
        """Whether people can sign in with the hub."""
        return bool(self.owner and self.hosts and self.client_id and self.client_secret and self.provider)

    @staticmethod
    def read(environ: Mapping[str, str] | None = None) -> SpaceAccess:
        """From ``environ`` (default: the process's own); empty where this is no Space."""
        source = os.environ if environ is None else environ
        owner = source.get("SPACE_AUTHOR_NAME") or (source.get("SPACE_ID") or "").partition("/")[0]
        return SpaceAccess(
            owner=owner,
            hosts=tuple(part.strip() for part in (source.get("SPACE_HOST") or "").split(",") if part.strip()),
            client_id=source.get("OAUTH_CLIENT_ID") or "",
            client_secret=source.get("OAUTH_CLIENT_SECRET") or "",
            provider=(source.get("OPENID_PROVIDER_URL") or "").rstrip("/"),
            scopes=source.get("OAUTH_SCOPES") or "openid profile",
        )


def _visitors(level: str) -> str:
    """What visitors may do; raises ``UsageError`` on a level that does not exist."""
    if level not in VISITOR_LEVELS:
        raise UsageError("settings.bad_visitors", value=level, allowed=", ".join(VISITOR_LEVELS))
    return level


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``: an address, or the host of a ``Host`` header, port and all."""
    name = host if host.count(":") > 1 and not host.startswith("[") else urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def language(environ: Mapping[str, str] | None = None) -> str:
    """``zh`` or ``en`` by ``LAB_LANG``, else by the locale; never an error, so that errors can be said in it."""
    source = os.environ if environ is None else environ
    locale = source.get("LAB_LANG") or source.get("LC_ALL") or source.get("LANG") or ""
    return "zh" if locale.lower().startswith("zh") else "en"


def table() -> list[tuple[str, str, str]]:
    """``(environment name, default, words key)`` of every setting, for the README and its test."""
    named = [f for f in fields(Settings) if "name" in f.metadata]
    return [(f.metadata["name"], str(f.default or ""), f.metadata["key"]) for f in named]


def child_environment(**extra: str) -> dict[str, str]:
    """The environment for a child process: ours plus ``extra``, without telemetry, its threads waiting passively.

    Threads that wait spinning steal the cores from whatever else runs: twelve training steps on two busy cores took
    70 s so and 10 s passively, on idle cores 8.6 s and 8.8 s (torch 2.13).
    """
    waiting = {"OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE")}
    return {**os.environ, **waiting, "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false", **extra}


_SECRET_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,60}")


def is_secret_name(name: str) -> bool:
    """Whether ``name`` can be the name of an environment variable; a key given by mistake in its place cannot."""
    return bool(_SECRET_NAME.fullmatch(name))


def secret(name: str) -> str:
    """The key kept in the environment variable ``name``; empty where there is none. Never to be written anywhere."""
    return os.environ.get(name, "").strip() if is_secret_name(name) else ""
