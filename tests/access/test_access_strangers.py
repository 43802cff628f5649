"""Every event and every route, called directly as a stranger: open on the short list here, or refused."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from access_events import call
from serving import PASSWORD, Served
from starlette.routing import Mount, Route

from lab.access import Right
from lab.access.door import LARGEST
from lab.ui.seam import check_bound, rights
from lab.words import say

OPEN_ROUTES = {
    "GET": {
        *("/", "/zh", "/zh/", "/assets/{path:path}", "/static/{path:path}", "/svelte/{path:path}", "/config"),
        *("/config/", "/favicon.ico", "/robots.txt", "/manifest.json", "/theme.css"),
        *("/gradio_api/theme.css", "/gradio_api/info", "/gradio_api/info/", "/gradio_api/app_id"),
        *("/gradio_api/app_id/", "/gradio_api/startup-events", "/gradio_api/user", "/gradio_api/user/"),
        *("/gradio_api/login_check", "/gradio_api/login_check/", "/gradio_api/heartbeat/{session_hash}"),
        *("/gradio_api/queue/data", "/gradio_api/file={path_or_url:path}"),
        *(
            "/healthz",
            "/vote",
            "/zh/vote",
            "/ask",
            "/zh/ask",
            "/sign-in",
            "/zh/sign-in",
            "/sign-in/hub",
            "/zh/sign-in/hub",
            "/login/callback",
        ),
    },
    "POST": {
        "/vote",
        "/zh/vote",
        "/ask",
        "/zh/ask",
        "/gradio_api/queue/join",
        "/gradio_api/cancel",
        "/sign-in",
        "/zh/sign-in",
        "/sign-out",
        "/zh/sign-out",
    },
}
"""What a stranger may ask for; each event behind ``queue/join`` is held to a right of its own."""

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
"""Of gradio itself (6.31.0), as it counts its events."""

TOLD = logging.getLogger(__name__)

V1 = ("models", "chat/completions", "completions", "score", "embeddings", "%2e%2e/status")


def _paths(served: Served) -> list[tuple[str, str]]:
    """(method, path template) of every route of the app."""
    found = set()
    for route in _flat(served.demo.server_app.routes):
        for method in route.methods or {"GET"}:
            found.add((method, route.path))
    return sorted(found)


def _flat(routes: Any) -> list[Any]:
    made: list[Any] = []
    for route in routes:
        inner = getattr(route, "original_router", None) or getattr(route, "router", None)
        if isinstance(route, Route) or hasattr(route, "methods"):
            made.append(route)
        elif inner is not None:
            made.extend(_flat(inner.routes))
        else:
            assert isinstance(route, Mount) and route.path == "/v1", route
    return made


def _knock(client: httpx.Client, method: str, path: str) -> tuple[int, str]:
    """Status, and the start of the body where it was refused (what is open may stream for ever)."""
    filled = re.sub(r"\{[^}]*\}", "1", path)
    with client.stream(method, filled, json={} if method in {"POST", "PUT", "PATCH"} else None) as reply:
        return reply.status_code, reply.read().decode() if reply.status_code in {401, 403} else ""


def _snapshot(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "index" not in path.parts and not path.name.endswith(".lock")
    }


def test_every_route_is_on_the_short_list_or_refused(served: Served) -> None:
    counted: Counter[str] = Counter()
    stranger = served.client()
    for method, path in _paths(served):
        status, said = _knock(stranger, method, path)
        is_open = path in OPEN_ROUTES.get("GET" if method == "HEAD" else method, set())
        language = "zh" if path.startswith("/zh") else "en"
        by_the_door = status == 403 and (method == "HEAD" or said == say("access.host_only", language))
        assert method == "HEAD" or by_the_door != is_open, f"{method} {path}: {status}"
        counted["open" if is_open else "refused"] += 1
    for method in ("GET", "POST"):
        for name in V1:
            assert _knock(stranger, method, f"/v1/{name}")[0] == 401, name
            counted["refused"] += 1
    TOLD.info("routes and methods: %s", dict(counted))
    assert counted["refused"] > 50


def test_every_event_is_open_by_its_right_or_refused_and_leaves_nothing(served: Served) -> None:
    before = _snapshot(served.lab.workspace.root)
    needed = rights(served.demo)
    assert set(needed) == {one["id"] for one in served.demo.config["dependencies"] if one["backend_fn"]}
    called = [n for n, right in needed.items() if right is not Right.READ or _language(served, n) == "en"]
    stranger = served.client()
    with ThreadPoolExecutor(8) as pool:
        ended = pool.map(lambda number: call(stranger, served.demo, number), called)
        done = dict(zip(called, ended, strict=True))
    counted = Counter(needed.values())
    for number, right in needed.items():
        if right in {Right.WRITE, Right.TEACH}:
            assert done[number]["success"] is False, number
            assert done[number]["output"]["error"] == say("access.host_only", _language(served, number)), number
    TOLD.info("events by the right they need: %s", {str(right): n for right, n in counted.items()})
    assert counted[Right.WRITE] >= 60 and counted[Right.CHAT] == 4
    assert _snapshot(served.lab.workspace.root) == before


def test_no_event_can_be_called_by_its_name_instead(served: Served) -> None:
    names = {one["api_name"] for one in served.demo.config["dependencies"] if one["backend_fn"]}
    stranger = served.client()
    for name in names:
        for way in ("run", "api", "call", "call/v2"):
            assert stranger.post(f"/gradio_api/{way}/{name}", json={"data": []}).status_code == 403


def test_a_handler_bound_around_the_seam_does_not_open() -> None:
    with gr.Blocks(analytics_enabled=False) as demo:
        gr.Button().click(lambda: None)
    with pytest.raises(RuntimeError, match="bound without"):
        check_bound(demo)


def test_the_host_may_what_strangers_may_not(served: Served) -> None:
    host = served.host()
    assert host.post("/gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 200
    assert host.get("/gradio_api/info").status_code == 200
    program = served.client(headers={"authorization": f"Bearer {PASSWORD}"})
    assert program.post("/gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 200
    stranger = served.client()
    assert stranger.post("/gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 403


def test_files_are_served_only_out_of_what_the_page_gave(served: Served) -> None:
    secret = served.lab.workspace.root / "datasets"
    wanted = [*secret.rglob("rows.jsonl"), Path("/etc/passwd"), Path(__file__)]
    stranger = served.client()
    host = served.host()
    for path in wanted:
        assert stranger.get(f"/gradio_api/file={path}").status_code == 403
        assert host.get(f"/gradio_api/file={path}").status_code == 403
    assert stranger.get("/gradio_api/file=http://127.0.0.1:1/x").status_code == 403


def test_what_is_too_long_for_a_visitor_is_refused_before_it_is_read(served: Served) -> None:
    stranger, body = served.client(), b"a" * (LARGEST + 1)
    for path in ("/sign-in", "/vote", "/gradio_api/queue/join", "/gradio_api/cancel"):
        assert stranger.post(path, content=body).status_code == 413, path
    untold = (body[start : start + 65536] for start in range(0, len(body), 65536))
    with contextlib.suppress(httpx.HTTPError):  # the connection may end before all was sent
        assert stranger.post("/gradio_api/queue/join", content=untold).status_code >= 400
    assert stranger.get("/healthz").status_code == 200


def test_one_address_cannot_hold_every_connection(serve: Callable[..., Served]) -> None:
    small, held = serve(limits="open_address=10 open_all=11"), []
    stranger = small.client(limits=httpx.Limits(max_connections=None))
    with contextlib.ExitStack() as stack:
        for number in range(11):
            opened = stack.enter_context(stranger.stream("GET", f"/gradio_api/heartbeat/h{number}"))
            held.append(opened.status_code)
        assert held == [200] * 10 + [503]
        assert small.host().get("/").status_code == 200, "the host still comes in"


@pytest.mark.parametrize("origin", ["https://example.org", "null", "http://127.0.0.1:1"])
def test_pages_of_other_sites_get_nothing_with_or_without_a_session(served: Served, origin: str) -> None:
    host = served.host()
    for method, path in _paths(served):
        if not path.startswith(("/healthz", "/v1")):
            filled = re.sub(r"\{[^}]*\}", "1", path)
            reply = host.request(method, filled, headers={"origin": origin})
            assert reply.status_code == 403, path
    reply = host.get("/v1/models", headers={"origin": origin})
    assert reply.status_code == 401


def _language(served: Served, number: int) -> str:
    """The language of the page an event is on."""
    return "zh" if str(served.demo.fns[number].page) == "zh" else "en"
