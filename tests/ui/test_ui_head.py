"""The head of both pages: the installed gradio's template, sent through the same step as in the lab."""

from __future__ import annotations

import re
from pathlib import Path

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from lab.ui.head import OwnHead
from lab.words import say

TEMPLATE = Path(gr.__file__).parent / "templates" / "frontend" / "index.html"


def _client() -> TestClient:
    def page(_: object) -> HTMLResponse:
        return HTMLResponse(TEMPLATE.read_text("utf-8"))

    routes = [Route(path, page) for path in ("/", "/zh", "/other")]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(OwnHead)]))


@pytest.mark.parametrize(("language", "path"), [("en", "/"), ("zh", "/zh")])
def test_the_head_of_a_page_is_ours_in_its_language(language: str, path: str) -> None:
    answer = _client().get(path)
    assert int(answer.headers["content-length"]) == len(answer.content)
    head = answer.text.partition("<script>")[0]
    assert "gradio" not in re.sub(r"<style>.*?</style>", "", head, flags=re.DOTALL).casefold()
    assert f"<title>{say('ui.title', language)}</title>" in head
    assert head.count("og:title") == 1 and f'content="{say("ui.tagline", language)}"' in head
    assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in head
    template = TEMPLATE.read_text("utf-8")
    assert answer.text.endswith(template[template.index("<script>") :])


def test_whatever_is_no_page_is_left_as_it_is() -> None:
    assert _client().get("/other").text == TEMPLATE.read_text("utf-8")
    assert _client().get("/nowhere").status_code == 404
    assert "content-length" in _client().head("/zh").headers
