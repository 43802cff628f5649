"""What a page says of itself before any script runs: title, language and the card shown where it is linked to.

Knows: which tags of the template gradio serves (6.31.0) name gradio, and what stands there instead. Only the two
pages pass through here, on their way out. Must not know what the pages hold.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab import words
from lab.ui.page import HTML_LANGUAGE, PATHS
from lab.ui.present import tag, text

_THEIRS = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')


class OwnHead:
    """The app, with the head of each page ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.languages = {f"/{path}": language for language, path in PATHS.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; a page's HTML is held until it is whole, and leaves with our head."""
        language = self.languages.get(scope.get("path", ""))
        if language is None or scope.get("method") != "GET":
            await self.app(scope, receive, send)
            return
        begun: list[Message] = []
        body = bytearray()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_html(message):
                begun.append(message)
                return
            if not begun:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = dressed(body.decode("utf-8"), language).encode("utf-8")
            MutableHeaders(raw=begun[0]["headers"])["content-length"] = str(len(page))
            await send(begun[0])
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, sending)


def dressed(page: str, language: str) -> str:
    """The page with our title, language and card in place of the template's."""
    head, script, rest = page.partition("<script>")
    head = _THEIRS.sub("", head).replace('lang="en"', f'lang="{HTML_LANGUAGE[language]}"', 1)
    return head + _card(language) + script + rest


def _card(language: str) -> str:
    title, about = text(words.say("ui.title", language)), text(words.say("ui.tagline", language))
    told = {"og:type": "website", "og:title": title, "og:description": about}
    card = "".join(f'<meta property="{name}" content="{value}" />' for name, value in told.items())
    return tag("title", title) + f'<meta name="description" content="{about}" />' + card


def _is_html(message: Message) -> bool:
    headers = MutableHeaders(raw=list(message["headers"]))
    return headers.get("content-type", "").startswith("text/html")
