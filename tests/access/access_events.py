"""Calling an event of the page over HTTP, as a program could that knows nothing but its number."""

from __future__ import annotations

import json
import secrets
from typing import Any

import gradio as gr
import httpx


def call(client: httpx.Client, demo: gr.Blocks, number: int, data: list[Any] | None = None) -> dict[str, Any]:
    """The last message of the event: ``success`` and ``output``."""
    session = secrets.token_hex(8)
    values = [None] * len(demo.fns[number].inputs) if data is None else data
    body = {"data": values, "fn_index": number, "session_hash": session, "event_data": {}}
    joined = client.post("/gradio_api/queue/join", json=body)
    assert joined.status_code == 200, joined.text
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                message: dict[str, Any] = json.loads(line[5:])
                if message["msg"] in {"process_completed", "unexpected_error"}:
                    return message
    raise AssertionError("the event did not end")
