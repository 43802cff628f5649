"""Where visitors may only look, nothing they send reaches the disk."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from lab.ui.uploads import NoUploads


async def _stored(request: Request) -> PlainTextResponse:
    return PlainTextResponse("stored")


@pytest.mark.parametrize(
    ("path", "status"),
    [("/gradio_api/upload", 403), ("/upload", 403), ("/gradio_api/upload/", 403), ("/gradio_api/queue/join", 200)],
)
def test_an_upload_is_refused_and_everything_else_goes_on(path: str, status: int) -> None:
    page = Starlette(routes=[Route("/{path:path}", _stored, methods=["POST"])])
    reply = TestClient(NoUploads(page, "Only looking.")).post(path, content=b"x")
    assert reply.status_code == status
    assert reply.text == ("Only looking." if status == 403 else "stored")
