"""Keeps strangers' files off the disk: gradio's own upload route asks nobody.

Knows that route's name. Must not know any page. Where visitors may only look, the handlers refuse to read a file, but
by then gradio would have stored it.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class NoUploads:
    """Answers every upload with 403 and ``sentence``; lets everything else through."""

    def __init__(self, app: ASGIApp, sentence: str) -> None:
        self._app, self._sentence = app, sentence

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it before its body is read."""
        if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/upload"):
            await PlainTextResponse(self._sentence, status_code=403)(scope, receive, send)
            return
        await self._app(scope, receive, send)
