"""The one seam to whatever writes text: nobody, the local engine, or a server that speaks OpenAI's API.

Knows: how a question is sent, how long it may take, what is tried again, and that a key is in memory only: it is
taken out of every text that comes back. Must not know what is asked or what is done with the reply.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from lab.engine.client import Engine
from lab.errors import EngineError, UsageError
from lab.records import Contestant, Decoding, Message
from lab.runs import DEFAULT_BASE, Runs
from lab.settings import is_loopback, is_secret_name, secret
from lab.workspace import Workspace

KINDS = ("none", "local", "url")
KEY_NAME = "LAB_TEACHER_KEY"
"""Environment variable of the job's own process that holds a key typed on the page."""
TIMEOUT = httpx.Timeout(300.0, connect=10.0)
"""Seconds a reply may stay silent; a large model on a laptop needs minutes."""
TRIES = 4
SILENT_TRIES = 2
"""A server that says nothing for the whole time is asked only so often."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_AGAIN = {408, 409, 425, 429, 500, 502, 503, 504}
"""Status codes that say "later", not "no"."""
_SHOWN = 300

Pause = Callable[[float], None]
"""Waits that many seconds; may raise to break off."""


@dataclass(frozen=True)
class ProviderSpec:
    """Who is asked. Goes into a job's folder, so it holds no key: only the name of the variable that does."""

    kind: str = "none"
    """One of ``KINDS``."""
    url: str = ""
    """``…/v1`` of the server, for ``url``."""
    model: str = ""
    """The server's name of the model, or the base model of the local engine; empty: the first there is."""
    key_env: str = ""
    """Environment variable the key is read from; empty where no key is needed."""

    @property
    def is_remote(self) -> bool:
        """Whether text would leave this machine."""
        return self.kind == "url" and not is_loopback(urlsplit(self.url).netloc)


@dataclass(frozen=True)
class Reply:
    """What came back."""

    text: str
    seconds: float
    tokens: int
    cut: bool = False
    """Whether the limit of tokens ended it."""


class Provider(Protocol):
    """Whoever writes."""

    def ask(self, messages: tuple[Message, ...], decoding: Decoding, pause: Pause = time.sleep) -> Reply:
        """One reply; raises ``EngineError`` with a sentence when none can be had."""


def provider_spec(where: str, model: str = "", key_env: str = "") -> ProviderSpec:
    """The provider a person named: ``local``, or the address of a server.

    Raises ``UsageError`` for an address that cannot be one, or that carries a key; the key is never repeated.
    """
    if key_env and not is_secret_name(key_env):
        raise UsageError("synth_model.bad_key_name")
    if where == "local":
        return ProviderSpec("local", model=model or DEFAULT_BASE)
    parts = urlsplit(where if "://" in where else f"http://{where}")
    try:
        told_host = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        told_host = False
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError("synth_model.key_in_url", host=parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not told_host or re.search(r"\s", where):
        raise UsageError("synth_model.bad_url", url=where)
    path = re.sub(r"/(?:chat/)?completions/?$", "", parts.path).rstrip("/") or "/v1"
    return ProviderSpec("url", f"{parts.scheme}://{parts.netloc}{path}", model, key_env)


def connect(spec: ProviderSpec, workspace: Workspace, models: Path, key: str | None = None) -> Provider:
    """Whoever ``spec`` names. ``key`` takes the place of the one in the environment.

    Raises ``EngineError`` where a key is needed and there is none.
    """
    if spec.kind == "local":
        base = Contestant("local", spec.model or DEFAULT_BASE)
        return LocalEngine(Engine(workspace, models, Runs(workspace)), base)
    if spec.kind != "url":
        raise UsageError("fields.not_a_choice", name="provider", value=spec.kind, allowed=", ".join(KINDS[1:]))
    told = key if key is not None else secret(spec.key_env) if spec.key_env else ""
    if spec.key_env and not told:
        raise EngineError("synth_model.no_key", variable=spec.key_env)
    return Server(spec, told)


class LocalEngine:
    """The engine of this workspace: nothing leaves the machine."""

    def __init__(self, engine: Engine, contestant: Contestant) -> None:
        self._engine, self._contestant = engine, contestant

    def ask(self, messages: tuple[Message, ...], decoding: Decoding, pause: Pause = time.sleep) -> Reply:
        """One reply of the contestant."""
        answer = self._engine.answer(replace(self._contestant, decoding=decoding), messages)
        return Reply(answer.text, answer.seconds, answer.tokens, answer.finish_reason == "length")


class Server:
    """A server elsewhere, or another program on this machine. May be asked from several threads."""

    def __init__(self, spec: ProviderSpec, key: str = "") -> None:
        self._spec, self._key, self._model = spec, key, spec.model
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(timeout=TIMEOUT, headers=headers, trust_env=spec.is_remote)

    def ask(self, messages: tuple[Message, ...], decoding: Decoding, pause: Pause = time.sleep) -> Reply:
        """One reply; a server that is busy is asked again, each time after a longer pause."""
        body: dict[str, Any] = {
            "model": self.named(pause),
            "messages": [{"role": turn.role, "content": turn.content} for turn in messages],
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "max_tokens": decoding.max_tokens,
            "seed": decoding.seed,
        }
        began = time.monotonic()
        said = self._json("POST", "/chat/completions", body, pause)
        try:
            choice = said["choices"][0]
            text = choice["message"]["content"] or ""
            tokens = int((said.get("usage") or {}).get("completion_tokens") or 0)
            reason = choice.get("finish_reason")
        except (LookupError, TypeError, ValueError, AttributeError):
            raise self._strange(str(said)) from None
        return Reply(self._without_key(str(text)), time.monotonic() - began, tokens, reason == "length")

    def named(self, pause: Pause = time.sleep) -> str:
        """The model that is asked: the one named, else the server's first."""
        self._model = self._model or self._first_model(pause)
        return self._model

    def _first_model(self, pause: Pause) -> str:
        said = self._json("GET", "/models", None, pause)
        try:
            return str(said["data"][0]["id"])
        except (LookupError, TypeError):
            raise EngineError("synth_model.no_model_named", url=self._spec.url) from None

    def _json(self, method: str, path: str, body: dict[str, Any] | None, pause: Pause) -> Any:
        """The body of a good reply; raises ``EngineError`` after ``TRIES``."""
        wait, reply, broken = _FIRST_PAUSE, None, ""
        for number in range(TRIES):
            try:
                reply = self._client.request(method, self._spec.url + path, json=body)
            except httpx.ConnectError:
                raise EngineError("synth_model.unreachable", url=self._spec.url) from None
            except httpx.TransportError as problem:
                reply, broken = None, "" if isinstance(problem, httpx.TimeoutException) else type(problem).__name__
            silent = reply is None and not broken
            if (reply is not None and reply.status_code not in _AGAIN) or (silent and number + 1 >= SILENT_TRIES):
                break
            if number + 1 < TRIES:
                pause(_told_pause(reply) or wait)
                wait = min(2 * wait, _LONGEST_PAUSE)
        if reply is None and broken:
            raise EngineError("synth_model.broke_off", url=self._spec.url, reason=broken)
        if reply is None:
            raise EngineError("synth_model.timed_out", url=self._spec.url, tries=SILENT_TRIES)
        return self._read(reply)

    def _read(self, reply: httpx.Response) -> Any:
        status = reply.status_code
        if status in {401, 403}:
            raise EngineError("synth_model.key_refused", url=self._spec.url, status=status)
        if status == 404:
            raise EngineError("synth_model.not_there", url=self._spec.url, model=self._model or "—")
        if status in _AGAIN:
            said = self._without_key(reply.text)[:_SHOWN]
            raise EngineError("synth_model.busy", url=self._spec.url, status=status, tries=TRIES, said=said or "—")
        if status != 200:
            said = self._without_key(reply.text)[:_SHOWN]
            raise EngineError("synth_model.refused", url=self._spec.url, status=status, said=said or "—")
        try:
            return reply.json()
        except ValueError:
            raise self._strange(reply.text) from None

    def _strange(self, text: str) -> EngineError:
        return EngineError("synth_model.strange", url=self._spec.url, said=self._without_key(text)[:_SHOWN] or "—")

    def _without_key(self, text: str) -> str:
        """``text`` without the key: some servers repeat it in their errors."""
        return text.replace(self._key, "…") if self._key else text


def _told_pause(reply: httpx.Response | None) -> float | None:
    """Seconds the server asks to wait, at most ``_LONGEST_PAUSE``; ``None`` where it does not say."""
    told = reply.headers.get("retry-after", "") if reply is not None else ""
    if re.fullmatch(r"\d+(?:\.\d+)?", told):
        return min(float(told), _LONGEST_PAUSE)
    try:
        return max(0.0, min(parsedate_to_datetime(told).timestamp() - time.time(), _LONGEST_PAUSE)) or None
    except (ValueError, TypeError):
        return None
