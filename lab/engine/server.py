"""The engine's process: ``python -m lab.engine.server HOME MODELS [setting=value …]``.

Listens on loopback only, on a port of its own, and answers nobody without the token it writes into
``<home>/engine/engine.json`` when it starts. A lock in the same folder keeps it the only one. It ends after
``idle_minutes`` without a question, when told to, or when its folder says that it is not the engine any more.
Knows HTTP and the asyncio side; the models belong to ``lab.engine.core``.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import importlib
import json
import logging
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lab import __version__, catalog
from lab.engine import wire
from lab.engine.core import Core
from lab.engine.names import served, wanted
from lab.engine.options import EngineOptions
from lab.engine.rows import Ask, Ended, Event, Failed, Piece, ScoreAsk, Started
from lab.errors import EngineError, LabError
from lab.fields import check, parse
from lab.records import Message, to_json
from lab.rendering import Rendered
from lab.runs import Runs
from lab.workspace import Workspace, locked, now, read_json, write_json

BEAT = 0.3
"""Seconds between signs of life on a stream that waits, and between looks whether the asker is still there."""

Asks = asyncio.Queue[Event]


class Face:
    """The routes of one engine process."""

    def __init__(self, core: Core, runs: Runs, models: Path, token: str, end: Callable[[], None]) -> None:
        self._core, self._runs, self._models, self._token, self._end = core, runs, models, token, end

    def application(self) -> Starlette:
        """The HTTP application; every route needs the token."""
        routes: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
            ("/v1/models", self.models, "GET"),
            ("/v1/models/{name:path}", self.model, "GET"),
            ("/v1/chat/completions", self.chat, "POST"),
            ("/v1/score", self.score, "POST"),
            ("/v1/render", self.render, "POST"),
            ("/status", self.status, "GET"),
            ("/stop", self.stop, "POST"),
        ]
        return Starlette(
            routes=[Route(path, call, methods=[method]) for path, call, method in routes],
            middleware=[Middleware(TokenGuard, token=self._token)],
            exception_handlers={LabError: _say, 404: _nothing, 405: _nothing},
        )

    async def models(self, request: Request) -> Response:
        """``GET /v1/models``: ``base`` and one entry per run."""
        return JSONResponse(wire.models(served(self._runs)))

    async def model(self, request: Request) -> Response:
        """``GET /v1/models/NAME``."""
        name = request.path_params["name"]
        wanted(name, self._runs)
        return JSONResponse(wire.model(name))

    async def chat(self, request: Request) -> Response:
        """``POST /v1/chat/completions``."""
        name, messages, decoding, stream, usage = wire.chat(await _body(request))
        events: Asks = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def emit(event: Event) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(events.put_nowait, event)

        ask = Ask(wanted(name, self._runs), messages, decoding, emit)
        self._core.submit(ask)
        try:
            first = await _next(request, ask, events)
            if isinstance(first, Failed):
                raise first.error
            reply = wire.Reply(name)
            if stream:
                return StreamingResponse(_stream(first, ask, events, reply, usage), media_type="text/event-stream")
            return await _whole(request, first, ask, events, reply)
        except asyncio.CancelledError:
            ask.cancel()
            raise

    async def score(self, request: Request) -> Response:
        """``POST /v1/score``: log-probabilities of candidates as the assistant's next turn."""
        name, messages, candidates = wire.score(await _body(request))
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Any] = loop.create_future()

        def settle(value: Any) -> None:
            if not result.done():
                result.set_result(value)

        def done(value: Any) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, value)

        ask = ScoreAsk(wanted(name, self._runs), messages, candidates, done)
        self._core.submit(ask)
        try:
            found = await result
        except asyncio.CancelledError:
            ask.cancelled = True
            raise
        if isinstance(found, LabError):
            raise found
        scored, fingerprint = found
        rows = [
            {"token_logprobs": values, "tokens": len(values), "bytes": len(text.encode()), "logprob": sum(values)}
            for text, values in zip(candidates, scored, strict=True)
        ]
        return JSONResponse({"object": "score", "model": name, "system_fingerprint": fingerprint, "results": rows})

    async def render(self, request: Request) -> Response:
        """``POST /v1/render``: a conversation as a base reads it, token by token, by the base's own library."""
        base, messages, tools = wire.render(await _body(request))
        folder = catalog.find(base, self._models)
        if folder is None:
            raise EngineError("engine.base_missing", name=base)
        found = await asyncio.to_thread(_rendered, folder, messages, tools)
        return JSONResponse({"object": "render", "sequences": to_json(found)})

    async def status(self, request: Request) -> Response:
        """``GET /status``: what ``EngineStatus`` holds, without the port."""
        about = {
            "pid": os.getpid(),
            "version": __version__,
            "device": self._core.device,
            "loaded": list(self._core.loaded),
            "answering": self._core.answering,
            "waiting": self._core.waiting,
            "megabytes": psutil.Process().memory_info().rss // 2**20,
            "idle_seconds": self._core.idle_seconds,
        }
        return JSONResponse(about)

    async def stop(self, request: Request) -> Response:
        """``POST /stop``: end the process."""
        self._end()
        return JSONResponse({"stopping": True})


class TokenGuard:
    """Lets nothing through that does not carry the token, whatever its path or method."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope.get("headers") or []).get(b"authorization", b"").removeprefix(b"Bearer ")
        if scope["type"] == "http" and not hmac.compare_digest(given, self._token):
            await refusal(EngineError("engine.no_token"))(scope, receive, send)
            return
        await self._app(scope, receive, send)


def refusal(problem: LabError) -> JSONResponse:
    """An error as OpenAI writes them."""
    status, body = wire.error(problem)
    return JSONResponse(body, status_code=status)


async def _say(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, LabError)
    return refusal(problem)


async def _nothing(request: Request, problem: Exception) -> Response:
    return refusal(EngineError("engine.no_route", path=request.url.path))


def _rendered(folder: Path, messages: tuple[Message, ...], tools: tuple[dict[str, Any], ...]) -> list[Rendered]:
    # Loaded when first asked for: the engine answers before its libraries are loaded.
    found: list[Rendered] = importlib.import_module("lab.engine.reference").rendered(folder, messages, tools)
    return found


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise EngineError("engine.bad_body") from None


async def _next(request: Request, ask: Ask, events: Asks) -> Event:
    """The next event; an asker who has gone cancels the row."""
    while True:
        try:
            return await asyncio.wait_for(events.get(), BEAT)
        except TimeoutError:
            if await request.is_disconnected():
                ask.cancel()


async def _whole(request: Request, first: Event, ask: Ask, events: Asks, reply: wire.Reply) -> Response:
    text, event = "", first
    while not isinstance(event, (Ended, Failed)):
        if isinstance(event, Started):
            reply.prompt_tokens, reply.fingerprint = event.prompt_tokens, event.fingerprint
        else:
            text += event.text
        event = await _next(request, ask, events)
    if isinstance(event, Failed):
        raise event.error
    return JSONResponse(reply.whole(text, event))


async def _stream(first: Event, ask: Ask, events: Asks, reply: wire.Reply, usage: bool) -> AsyncIterator[str]:
    """Server-sent events; an empty comment now and then while nothing is new."""
    try:
        event: Event | None = first
        while True:
            if isinstance(event, Started):
                reply.prompt_tokens, reply.fingerprint = event.prompt_tokens, event.fingerprint
                yield _line(reply.chunk({"role": "assistant", "content": ""}))
            elif isinstance(event, Piece):
                yield _line(reply.chunk({"content": event.text}, tokens=event.tokens))
            elif isinstance(event, Ended):
                yield _line(reply.chunk({}, ended=event))
                if usage:
                    yield _line(reply.usage(event))
                break
            elif isinstance(event, Failed):
                yield _line(wire.error(event.error)[1])
                return
            else:
                yield ": waiting\n\n"
            try:
                event = await asyncio.wait_for(events.get(), BEAT)
            except TimeoutError:
                event = None
        yield "data: [DONE]\n\n"
    finally:
        ask.cancel()


def _line(value: dict[str, Any]) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"


class Process:
    """The life of one engine process."""

    def __init__(self, home: Path, models: Path, options: EngineOptions) -> None:
        self.workspace = Workspace(home)
        self.folder = self.workspace.engine()
        self.options = options
        self.token = secrets.token_urlsafe(32)
        runs = Runs(self.workspace)
        self.core = Core(models, runs, options, self.folder / "log.txt")
        face = Face(self.core, runs, models, self.token, self._end)
        config = uvicorn.Config(face.application(), log_level="warning", access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        """Serve until the end; ``engine.json`` exists as long as it can be asked."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(256)
            about = {"pid": os.getpid(), "port": listener.getsockname()[1], "token": self.token, "started": now()}
            self.core.start()
            write_json(self.folder / "engine.json", {**about, "options": to_json(self.options)})
            try:
                asyncio.run(self._serve(listener))
            finally:
                if self._is_the_one():
                    (self.folder / "engine.json").unlink(missing_ok=True)
        self.core.close()
        self.core.join(timeout=10)

    async def _serve(self, listener: socket.socket) -> None:
        watching = asyncio.create_task(self._watch())
        await self._server.serve(sockets=[listener])
        watching.cancel()

    async def _watch(self) -> None:
        """End when idle for long enough, or when the folder is gone or names another engine."""
        while self._is_the_one() and self.core.idle_seconds < self.options.idle_minutes * 60:
            await asyncio.sleep(min(2.0, self.options.idle_minutes * 15))
        self._end()

    def _is_the_one(self) -> bool:
        return (read_json(self.folder / "engine.json") or {}).get("token") == self.token

    def _end(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True


def main(arguments: list[str]) -> int:
    """Run the engine, unless another holds the workspace's lock; returns the exit status."""
    home, models, *settings = arguments
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    pairs = [setting.partition("=") for setting in settings]
    options = EngineOptions(**{name: parse(EngineOptions, name, value) for name, _, value in pairs})
    check(options)
    os.umask(0o077)  # engine.json holds the token
    with locked(Workspace(home).engine() / "lock", wait=False) as got:
        if not got:
            logging.warning("another engine serves %s", home)
            return 1
        Process(Path(home), Path(models), options).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
