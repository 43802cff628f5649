"""How the rest of the lab asks the engine, or any other server that speaks the same API.

Knows: where the one engine of a workspace is found and how it is started; how a contestant becomes a request
(its system prompt takes the place of the question's, its examples come before the question); how a reply
becomes an ``Answer``. Must not know torch, or what is done with answers.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import httpx

from lab import catalog, retrieval
from lab.datasets import Datasets
from lab.engine.names import model_id
from lab.engine.options import EngineOptions, EngineStatus
from lab.engine.replies import about_answer, chunk_of, merged, refused
from lab.errors import EngineError
from lab.records import Answer, Contestant, Message, Passage, from_json, to_json
from lab.rendering import Rendered, Tools, agrees, renderer
from lab.runs import Runs
from lab.settings import PROJECT, child_environment, secret
from lab.workspace import Workspace, is_locked, locked, read_json

START_SECONDS = 60.0
"""How long a starting engine may take until it answers (it does so before any model is loaded)."""

READ_SECONDS = 900.0
"""How long a single answer may stay silent."""

Item = str | Answer


@dataclass(frozen=True)
class Scored:
    """How likely one candidate is as the assistant's turn, end-of-turn mark included (as training counts it)."""

    token_logprobs: tuple[float, ...]
    tokens: int
    bytes: int
    """Of the candidate's text in UTF-8."""
    logprob: float
    """Sum of ``token_logprobs``, natural logarithm."""


def conversation(contestant: Contestant, messages: tuple[Message, ...], given: Sequence[Passage] = ()) -> list[Message]:
    """What the contestant is asked: its system prompt (else the question's), its examples, then the question.

    Passages ``given`` from its documents stand with the question.
    """
    messages = retrieval.asked_with(messages, given)
    system = [message for message in messages if message.role == "system"]
    if contestant.system is not None:
        system = [Message("system", contestant.system)] if contestant.system else []
    return [*system, *contestant.few, *(message for message in messages if message.role != "system")]


def _key(contestant: Contestant) -> str:
    """The key of the contestant's server; empty where it needs none. Never to be written anywhere."""
    return secret(contestant.key_env) if contestant.key_env else ""


def _refused(contestant: Contestant, text: str) -> EngineError:
    """The error a reply carries, without the key should the server repeat it."""
    key = _key(contestant)
    return refused(contestant, text.replace(key, "•••") if key else text)


def is_file(contestant: Contestant) -> bool:
    """Whether its answers come from a file: it can be scored, but not asked anything new."""
    return bool(contestant.url and contestant.url.startswith("file:"))


class Engine:
    """The one engine of a workspace. All methods may be called from many threads."""

    def __init__(
        self,
        workspace: Workspace,
        models_folder: Path,
        runs: Runs,
        options: EngineOptions | None = None,
        *,
        may_start: bool = True,
    ) -> None:
        self._workspace, self._models, self._runs = workspace, models_folder, runs
        self._datasets = Datasets(workspace)
        self._options = options or EngineOptions()
        self._may_start = may_start
        """Not in a demo: there recordings are played, and no model is loaded."""

    @property
    def log(self) -> Path:
        """The engine's log file."""
        return self._workspace.engine() / "log.txt"

    def ensure(self) -> None:
        """Have an engine that answers: the one there is, or a new one (one, however many ask at once)."""
        if not self._may_start:
            raise EngineError("replay.no_engine")
        if self.status() is not None:
            return
        with locked(self._workspace.engine() / "starting.lock"):
            if self.status() is None:
                self._start()

    def address(self) -> tuple[str, str]:
        """``(http://127.0.0.1:PORT, token)`` of a running engine, started if there is none."""
        self.ensure()
        about = self._about()
        if about is None:
            raise EngineError("engine.not_started", log=str(self.log))
        return f"http://127.0.0.1:{about['port']}", str(about["token"])

    def status(self) -> EngineStatus | None:
        """What the running engine says of itself; ``None`` if there is none."""
        about = self._about()
        if about is None:
            return None
        try:
            with httpx.Client(trust_env=False, verify=False, timeout=httpx.Timeout(10.0, connect=2.0)) as client:
                address = f"http://127.0.0.1:{about['port']}/status"
                said = client.get(address, headers={"Authorization": f"Bearer {about['token']}"})
        except httpx.TransportError:
            return None
        if said.status_code != 200:
            return None
        known = {field.name for field in fields(EngineStatus)}
        values = {name: value for name, value in said.json().items() if name in known}
        return EngineStatus(**{**values, "port": about["port"], "loaded": tuple(values["loaded"])})

    def stop(self) -> None:
        """End the engine, if there is one, and wait until its memory is free."""
        about = self._about()
        if about is None:
            return
        try:
            with httpx.Client(trust_env=False, verify=False, timeout=10.0) as client:
                client.post(
                    f"http://127.0.0.1:{about['port']}/stop", headers={"Authorization": f"Bearer {about['token']}"}
                )
        except httpx.TransportError:
            return
        until = time.monotonic() + 30
        while is_locked(self._workspace.engine() / "lock") and time.monotonic() < until:
            time.sleep(0.05)

    def answer(self, contestant: Contestant, messages: tuple[Message, ...]) -> Answer:
        """The contestant's whole answer. Calls from several threads are written together."""
        given = self._given(contestant, messages)
        body = self._chat_body(contestant, conversation(contestant, messages, given))
        began = time.monotonic()
        reply = self._post(contestant, "/chat/completions", body)
        choice = reply["choices"][0]
        about = {**about_answer(reply, time.monotonic() - began, None), "passages": given}
        return _answer(contestant, choice["message"].get("content") or "", choice.get("finish_reason"), about)

    def stream(
        self, contestant: Contestant, messages: tuple[Message, ...], *, cancelled: Callable[[], bool]
    ) -> Iterator[Item]:
        """Pieces of text as they come, then the ``Answer``. Once ``cancelled()`` the answer ends where it is."""
        for _, item in self._together([contestant], messages, cancelled):
            yield item

    def pair(
        self,
        left: Contestant,
        right: Contestant,
        messages: tuple[Message, ...],
        *,
        cancelled: Callable[[], bool],
    ) -> Iterator[tuple[int, Item]]:
        """Both answers at once, from one batch where the weights allow it: ``(0 or 1, piece or Answer)``."""
        return self._together([left, right], messages, cancelled)

    def score(self, contestant: Contestant, messages: tuple[Message, ...], candidates: list[str]) -> list[Scored]:
        """How likely each candidate is as the next assistant turn; raises ``EngineError`` for other servers."""
        if contestant.url:
            raise EngineError("engine.no_score", name=contestant.name)
        asked = conversation(contestant, messages, self._given(contestant, messages))
        turns = [{"role": m.role, "content": m.content} for m in asked]
        self._have_base(contestant)
        body = {"model": model_id(contestant), "messages": turns, "candidates": candidates}
        found = self._post(contestant, "/score", body)["results"]
        return [Scored(tuple(one["token_logprobs"]), one["tokens"], one["bytes"], one["logprob"]) for one in found]

    def rendered(self, base: str, messages: Sequence[Message], tools: Tools = ()) -> list[Rendered]:
        """The training sequences of a conversation: at once, except for a base that only the engine can render for."""
        folder = catalog.ensure(base, self._models)
        if agrees(folder) is not False:
            return renderer(folder).render(messages, tools)
        body = {"model": base, "messages": to_json(messages), "tools": list(tools)}
        found = self._post(Contestant(base, base), "/render", body)["sequences"]
        return [from_json(Rendered, one) for one in found]

    def _about(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = read_json(self._workspace.engine() / "engine.json")
        return found

    def _start(self) -> None:
        """Start the process and wait until it answers; raises ``EngineError`` when it ends instead."""
        settings = [f"{field.name}={getattr(self._options, field.name)}" for field in fields(EngineOptions)]
        arguments = [str(self._workspace.root), str(self._models.absolute()), *settings]
        with self.log.open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", "lab.engine.server", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env=child_environment(),
                start_new_session=True,
            )
        # Reaps the child when it ends, so that no zombie keeps a place in the process table.
        threading.Thread(target=child.wait, daemon=True).start()
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            found = self.status()
            if found is not None and found.pid == child.pid:
                return
            if child.returncode is not None:
                break
            time.sleep(0.05)
        raise EngineError("engine.not_started", log=str(self.log))

    def _given(self, contestant: Contestant, messages: tuple[Message, ...]) -> tuple[Passage, ...]:
        """What of the contestant's documents is given with the last question."""
        if contestant.documents is None:
            return ()
        name, _, wanted = contestant.documents.partition("@")
        version = self._datasets.get(name, wanted or None)
        if contestant.whole:
            return tuple(retrieval.whole(self._datasets, version))
        question = next((message.content for message in reversed(messages) if message.role == "user"), "")
        return tuple(retrieval.relevant(self._datasets, version, question, near=contestant.near))

    def _chat_body(self, contestant: Contestant, asked: list[Message]) -> dict[str, Any]:
        turns = [{"role": m.role, "content": m.content} for m in asked]
        self._have_base(contestant)
        decoding = contestant.decoding
        body = {
            "model": model_id(contestant),
            "messages": turns,
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "max_tokens": decoding.max_tokens,
            "seed": decoding.seed,
            **({"stop": list(decoding.stop)} if decoding.stop else {}),
        }
        return body if contestant.url and not decoding.min_tokens else {**body, "min_tokens": decoding.min_tokens}

    def _have_base(self, contestant: Contestant) -> None:
        """Fetch the base here, once, where a person chose it: the engine itself never fetches."""
        if not contestant.url:
            catalog.ensure(contestant.base, self._models)

    @contextmanager
    def _reach(self, contestant: Contestant) -> Iterator[tuple[httpx.Client, str]]:
        """A client and the ``…/v1`` address that answers for the contestant.

        Without TLS there is nothing to verify, and making a certificate store costs more than a request.
        """
        timeout = httpx.Timeout(READ_SECONDS, connect=10.0)
        if is_file(contestant):
            raise EngineError("engine.only_a_file", name=contestant.name)
        if contestant.url:
            is_safe = contestant.url.casefold().startswith("https:")
            key = _key(contestant)
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            with httpx.Client(timeout=timeout, verify=is_safe, headers=headers) as client:
                yield client, contestant.url.rstrip("/")
            return
        address, token = self.address()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(trust_env=False, verify=False, timeout=timeout, headers=headers) as client:
            yield client, f"{address}/v1"

    def _post(self, contestant: Contestant, path: str, body: dict[str, Any]) -> Any:
        with self._reach(contestant) as (client, address):
            try:
                reply = client.post(address + path, json=body)
            except httpx.TransportError as problem:
                raise self._unreachable(contestant, problem) from None
        if reply.status_code != 200:
            raise _refused(contestant, reply.text)
        try:
            return reply.json()
        except ValueError:
            raise _refused(contestant, reply.text) from None

    def _unreachable(self, contestant: Contestant, problem: Exception) -> EngineError:
        if contestant.url:
            return EngineError("engine.url_unreachable", url=contestant.url, reason=type(problem).__name__)
        return EngineError("engine.gone", log=str(self.log))

    def _together(
        self, contestants: list[Contestant], messages: tuple[Message, ...], cancelled: Callable[[], bool]
    ) -> Iterator[tuple[int, Item]]:
        """Stream all contestants at once, one thread each; ends when all have, or raises the first error."""
        given = [self._given(contestant, messages) for contestant in contestants]
        bodies = [
            self._chat_body(contestant, conversation(contestant, messages, passages))
            for contestant, passages in zip(contestants, given, strict=True)
        ]
        items: queue.SimpleQueue[tuple[int, Item | Exception]] = queue.SimpleQueue()
        over = threading.Event()

        def read(index: int) -> None:
            try:
                for item in self._read(contestants[index], bodies[index], over):
                    items.put((index, replace(item, passages=given[index]) if isinstance(item, Answer) else item))
            except Exception as error:  # raised again in the caller's thread
                items.put((index, error))

        threads = [threading.Thread(target=read, args=(index,), daemon=True) for index in range(len(bodies))]
        for thread in threads:
            thread.start()
        try:
            left = len(threads)
            while left:
                if cancelled():
                    over.set()
                try:
                    index, item = items.get(timeout=0.1)
                except queue.Empty:
                    continue
                if isinstance(item, Exception):
                    raise item
                left -= isinstance(item, Answer)
                yield index, item
        finally:
            over.set()

    def _read(self, contestant: Contestant, body: dict[str, Any], over: threading.Event) -> Iterator[Item]:
        """Pieces, then the ``Answer``; closing the connection is what cancels the row in the engine."""
        began = time.monotonic()
        text, reason, about, first = "", None, {"lab": {"tokens": 0}}, None
        body = {**body, "stream": True, "stream_options": {"include_usage": True}}
        with self._reach(contestant) as (client, address):
            try:
                with client.stream("POST", f"{address}/chat/completions", json=body) as reply:
                    if reply.status_code != 200:
                        raise _refused(contestant, reply.read().decode("utf-8", "replace"))
                    for line in reply.iter_lines():
                        if over.is_set():
                            reason = "cancelled"
                            break
                        chunk = chunk_of(contestant, line)
                        if chunk is None:
                            continue
                        about = merged(about, chunk)
                        for choice in chunk.get("choices") or []:
                            reason = choice.get("finish_reason") or reason
                            piece = (choice.get("delta") or {}).get("content") or ""
                            if piece:
                                first = first or time.monotonic() - began
                                text += piece
                                yield piece
            except httpx.TransportError as problem:
                raise self._unreachable(contestant, problem) from None
        if reason is None:
            raise self._unreachable(contestant, EOFError())
        yield _answer(contestant, text, reason, about_answer(about, time.monotonic() - began, first))


def _answer(contestant: Contestant, text: str, reason: str | None, about: dict[str, Any]) -> Answer:
    return Answer(model=contestant.name, text=text, finish_reason=reason or "stop", **about)
