"""What another visitor made, asked for directly by its ids: of every event, every file and every page."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
import httpx
import pytest
from corners import corner
from serving import Served

from lab.access import Caller, Right
from lab.access.cookies import visitor_id
from lab.records import Run
from lab.ui.seam import rights

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
SECRET = "Zephyrine Quillfeather"


def _visitor(served: Served) -> tuple[httpx.Client, str]:
    """A browser, and the id it is known by."""
    client = served.client(headers={"accept": "text/html"})
    client.get("/sign-in")
    token = next(value for name, value in client.cookies.items() if name.startswith("lab-visitor"))
    return client, visitor_id(token)


def _said(client: httpx.Client, demo: gr.Blocks, event: int, run: Run) -> str:
    """Everything the page sends to a session that chose ``run`` by its address and then names it to ``event``."""
    session, told = secrets.token_hex(8), []
    opening = next(n for n, one in demo.fns.items() if getattr(one.fn, "__name__", "") == "open" and one.page == "")
    query = {"tab": "teach", "run": run.id, "data": run.dataset, "evaluation": run.id, "review": run.id}
    picked = {"pick": run.id, "form": "fault", "row": f"{run.id}\n{run.name}", "act": "edit", "pair": run.id}
    values = [run.id if isinstance(one, gr.Dropdown) else None for one in demo.fns[event].inputs]
    for number, data in ((opening, []), (event, values)):
        body: dict[str, Any] = {"data": data, "fn_index": number, "session_hash": session, "event_data": picked}
        assert client.post("/gradio_api/queue/join", params=query, json=body).status_code == 200
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                told.append(line)
                if line.startswith("data:") and json.loads(line[5:])["msg"] in {
                    "process_completed",
                    "unexpected_error",
                }:
                    break
    return "\n".join(told)


def _events_about_something(demo: gr.Blocks) -> list[int]:
    """Events of the English page that a visitor who may teach may call, and that read what the session chose."""
    by_name = {}
    for number, right in rights(demo).items():
        event = demo.fns[number]
        chosen = event.inputs and isinstance(event.inputs[0], gr.State)
        if right in {Right.READ, Right.TEACH} and event.page == "" and chosen:
            by_name[f"{getattr(event.fn, '__qualname__', event.fn)} {event.targets[0][0]}"] = number
    return list(by_name.values())


def test_no_event_tells_one_visitor_what_another_taught(serve: Callable[..., Served]) -> None:
    served = serve(visitors="teach")
    (one, owner), (other, _) = _visitor(served), _visitor(served)
    run = corner(served.lab, Caller(frozenset({Right.READ, Right.TEACH}), id=owner, name=SECRET))
    called = _events_about_something(served.demo)
    with ThreadPoolExecutor(8) as pool:
        theirs = list(pool.map(lambda event: _said(other, served.demo, event, run), called))
    assert [event for event, said in zip(called, theirs, strict=True) if SECRET in said] == []
    teaching = next(n for n in called if getattr(served.demo.fns[n].fn, "__qualname__", "") == "TeachTab.watch")
    assert SECRET in _said(one, served.demo, teaching, run), "whoever taught it sees it"
