"""The routes beside the page: ``/healthz``, and ``/v1`` of the engine on the same port.

Knows: that ``/v1`` is held to ``Access.check_v1``, and how a request goes through to the engine and its reply comes
back as it is made. Must not know gradio, torch or the shapes of requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from lab import __version__
from lab.access.door import client
from lab.engine import wire
from lab.errors import EngineError, LabError
from lab.lab import Lab
from lab.settings import is_loopback

LARGEST = 8 * 2**20
"""Bytes of the longest request that is passed on."""

_LOOPBACK_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
_PASSED = {"content-type", "cache-control"}

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(lab: Lab) -> list[BaseRoute]:
    """``/healthz`` and ``/v1/*``, to stand beside the page's own routes."""
    open_to_all = None if is_loopback(lab.settings.host) else ".*"
    cors = Middleware(
        CORSMiddleware,
        allow_origin_regex=open_to_all or _LOOPBACK_ORIGIN,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
    )
    gate = Gate(lab)
    everything = Route("/{path:path}", gate.v1, methods=["GET", "POST"])
    return [Route("/healthz", gate.healthz), Mount("/v1", app=Starlette(routes=[everything], middleware=[cors]))]


class Gate:
    """The endpoints."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    async def healthz(self, request: Request) -> Response:
        """``{"ok": true, "version": …}``; loads nothing."""
        try:
            self._lab.access.check_host(request.headers.get("host", ""))
        except LabError as problem:
            return _refusal(problem)
        return JSONResponse({"ok": True, "version": __version__})

    async def v1(self, request: Request) -> Response:
        """Pass the request on to the engine, started if need be."""
        try:
            self._lab.access.check_v1(request.headers, client(request.scope, self._lab.access))
            _straight(request.path_params["path"])
            body = await _body(request)
            address, token = await run_in_threadpool(self._lab.engine.address)
            return await self._pass_on(request, body, address, token)
        except httpx.TransportError:
            return _refusal(EngineError("engine.gone", log=str(self._lab.engine.log)))
        except LabError as problem:
            return _refusal(problem)

    async def _pass_on(self, request: Request, body: bytes, address: str, token: str) -> Response:
        client = httpx.AsyncClient(trust_env=False, verify=False, timeout=httpx.Timeout(None, connect=10.0))
        try:
            url = f"{address}/v1/{request.path_params['path']}"
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            sending = client.build_request(request.method, url, content=body, headers=headers)
            reply = await _unless_gone(request, client.send(sending, stream=True))
        except BaseException:
            await client.aclose()
            raise
        kept = {name: value for name, value in reply.headers.items() if name in _PASSED}
        return StreamingResponse(_parts(client, reply), status_code=reply.status_code, headers=kept)


def _straight(path: str) -> None:
    """Raise ``EngineError`` for a path with dot segments: they would lead out of the engine's ``/v1``."""
    if {".", ".."} & set(path.split("/")):
        raise EngineError("engine.no_route", path=path)


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise EngineError("engine.too_large", megabytes=LARGEST // 2**20)
    return body


async def _unless_gone(request: Request, coming: Awaitable[httpx.Response]) -> httpx.Response:
    """The engine's reply; an asker who leaves before it comes ends the wait, which cancels the answer."""
    waiting = asyncio.ensure_future(coming)
    try:
        while not (await asyncio.wait({waiting}, timeout=0.3))[0]:
            if await request.is_disconnected():
                raise EngineError("engine.asker_gone")
        return waiting.result()
    finally:
        waiting.cancel()


async def _parts(client: httpx.AsyncClient, reply: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in reply.aiter_raw():
            yield part
    finally:
        await reply.aclose()
        await client.aclose()


def _refusal(problem: LabError) -> JSONResponse:
    status, body = wire.error(problem)
    return JSONResponse(body, status_code=status)
