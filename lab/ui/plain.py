"""The frame of pages without gradio, and what their forms send.

Knows: head, language switch and palette; how long a sent form may be. Must not know what the pages are for.
"""

from __future__ import annotations

from functools import cache
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse

from lab import words
from lab.ui.page import FOLDER, HTML_LANGUAGE, LANGUAGE_NAMES, PATHS
from lab.ui.present import tag, text

LONGEST_FORM = 16_384
_DARK = "if (matchMedia('(prefers-color-scheme: dark)').matches) document.documentElement.classList.add('dark')"
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "same-origin"}


def localized(path: str, language: str) -> str:
    """The address of ``path`` in ``language``."""
    return f"/{PATHS[language]}{path}" if PATHS[language] else path


def language_of(request: Request) -> str:
    """The language of the page that was asked for."""
    return next((name for name, path in PATHS.items() if path and request.url.path.startswith(f"/{path}/")), "en")


def page(
    title: str,
    body: str,
    language: str,
    path: str,
    *,
    query: str = "",
    status: int = 200,
    width: str = "",
    script: str = "",
) -> HTMLResponse:
    """``body`` as a page of ours; ``path`` is its address without the language."""
    told = tag("title", text(f"{title} · {words.say('ui.title', language)}"))
    meta = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    meta += '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
    head = tag("head", meta + told + tag("style", _style()) + tag("script", _DARK))
    inside = tag("main", _masthead(language, path, query) + body, class_=width or None)
    after = tag("script", script) if script else ""
    whole = tag("html", head + tag("body", inside + after), lang=HTML_LANGUAGE[language])
    return HTMLResponse(f"<!doctype html>{whole}", status_code=status, headers=_HEADERS)


async def sent_form(request: Request) -> dict[str, str]:
    """The fields of a form that was sent; what is longer than any form of ours is cut off."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            break
    found = parse_qs(body[:LONGEST_FORM].decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in found.items()}


@cache
def _style() -> str:
    return "".join((FOLDER / name).read_text("utf-8") for name in ("palette.css", "teach.css", "plain.css"))


@cache
def _mark() -> str:
    return (FOLDER / "favicon.svg").read_text("utf-8")


def _masthead(language: str, path: str, query: str) -> str:
    home = tag(
        "a", _mark() + tag("span", text(words.say("ui.title", language))), class_="brand", href=f"/{PATHS[language]}"
    )
    links = "".join(
        tag(
            "a",
            text(name),
            href=localized(path, other) + query,
            lang=HTML_LANGUAGE[other],
            aria_current="page" if other == language else None,
        )
        for other, name in LANGUAGE_NAMES.items()
    )
    switch = tag("nav", links, class_="languages", aria_label=words.say("ui.language", language))
    return tag("header", home + switch, class_="masthead")
