"""Who becomes the host, how often one may guess, what visitors may take, and what a demo allows."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs

import gradio as gr
import pytest
from gradio.context import LocalContext
from starlette.requests import Request

from lab import access
from lab.access import Access, Limits, Right
from lab.access.door import CALLER, _at_most
from lab.access.hub import HubSignIn
from lab.access.limits import Visits
from lab.errors import AccessError, UsageError
from lab.records import JobSpec, to_json
from lab.settings import Settings, SpaceAccess
from lab.ui.seam import held

OUTSIDE = Settings(host="0.0.0.0", password="päss", port=7860)
PORT = "7860"


def _caller(room: Access, token: str) -> access.Caller:
    return room.caller({"host": "lab:7860", "cookie": f"lab-session-{PORT}={token}"}, "10.0.0.7")


def test_the_password_makes_a_host_until_they_leave() -> None:
    room = Access(OUTSIDE)
    token = room.sign_in("päss", "  Ada \n", "10.0.0.7")
    assert (_caller(room, token).host, _caller(room, token).name) == (True, "Ada")
    room.sessions.close(token)
    assert not _caller(room, token).host


def test_guesses_are_few_even_where_the_last_is_right() -> None:
    room, said = Access(OUTSIDE), []
    for given in ["no"] * 5 + ["päss"]:
        with pytest.raises(AccessError) as refused:
            room.sign_in(given, "", "10.0.0.7")
        said.append(refused.value.key)
    assert said == ["access.wrong_password"] * 5 + ["access.too_many_guesses"]
    assert room.sign_in("päss", "", "10.0.0.8"), "another address is not held to it"


@pytest.mark.parametrize(
    ("level", "rights"),
    [("read", {"read"}), ("chat", {"read", "chat", "vote"}), ("teach", {"read", "chat", "vote", "teach"})],
)
def test_visitors_may_what_the_host_set(level: str, rights: set[str]) -> None:
    room = Access(Settings(host="0.0.0.0", password="x", visitors=level))
    headers = {"host": "lab", "cookie": f"lab-visitor-{PORT}={'x' * 32}"}
    assert room.caller(headers, "10.0.0.7").rights == rights


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_in_a_demo_the_host_too_only_reads(host: str) -> None:
    room = Access(Settings(host=host, password="x", demo=True))
    token = "" if room.open else room.sign_in("x", "", "10.0.0.7")
    headers = {"host": "localhost:7860", "cookie": f"lab-session-{PORT}={token}"}
    assert room.caller(headers, "10.0.0.7").rights == {Right.READ}


def _asked(visits: Visits, visitor: str, address: str) -> str:
    try:
        with visits.asking(visitor, address):
            return "asked"
    except AccessError as refused:
        return refused.key.removeprefix("access.")


def test_limits_hold_each_visitor_and_all_together() -> None:
    time = [0.0]
    visits = Visits(Limits.read("questions_each=2 questions_all=3 at_once_each=1 tokens_each=100"), lambda: time[0])

    def ask(visitor: str) -> str:
        return _asked(visits, visitor, "10.0.0.7")

    with visits.asking("a", "10.0.0.7"):
        assert ask("a") == "at_once_each_reached"
    assert [ask("a"), ask("a"), ask("b"), ask("b")] == [
        *("asked", "questions_each_reached", "asked", "questions_all_reached")
    ]
    time[0] = 61.0
    visits.spend("a", "10.0.0.7", 100)
    assert [ask("a"), ask("b")] == ["tokens_each_reached", "asked"]


def test_what_was_said_before_a_visitor_left_counts() -> None:
    room = Access(Settings(host="0.0.0.0", limits="tokens_each=3"))
    visitor = access.Caller(frozenset({Right.CHAT}), id="v-1", address="10.0.0.7")

    def answer() -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            room.spend(3)

    context = LocalContext.request.set(gr.Request(Request({"type": "http", "headers": [], CALLER: visitor})))
    coming = held(answer, room, Right.CHAT)()
    next(coming)
    coming.close()
    LocalContext.request.reset(context)
    assert _asked(room.visits, "v-1", "10.0.0.7") == "tokens_each_reached"
    assert _asked(room.visits, "v-2", "10.0.0.7") == "asked", "and its place is free again"


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def told(seconds: float, *parts: dict[str, Any]) -> list[str]:
        coming = list(parts)

        async def receive() -> dict[str, Any]:
            return coming.pop(0) if coming else await asyncio.Future()

        limited = _at_most(4, seconds, receive)
        return [(await limited())["type"] for _ in range(2)]

    begun = {"type": "http.request", "body": b"ab", "more_body": True}
    rest, gone = {**begun, "more_body": False}, {"type": "http.disconnect"}
    assert asyncio.run(told(0.01, begun)) == ["http.request", "http.disconnect"]
    assert asyncio.run(told(9.0, begun, {**begun, "body": b"abc"})) == ["http.request", "http.disconnect"]
    assert asyncio.run(told(9.0, begun, rest)) == ["http.request"] * 2
    assert asyncio.run(told(9.0, rest, gone)) == ["http.request", "http.disconnect"]


def test_votes_have_limits_for_each_and_for_those_who_keep_no_cookie() -> None:
    visits, said = Visits(Limits.read("votes_each=2 votes_address=3")), []
    for voter in ("v-1", "v-1", "v-1", "v-2", "v-3"):
        try:
            visits.voting(voter, "10.0.0.7")
            said.append("voted")
        except AccessError as refused:
            said.append(refused.key)
    assert said == ["voted", "voted", "access.votes_reached", "voted", "access.votes_reached"]


def test_a_visitor_who_throws_the_cookie_away_is_held_by_the_address() -> None:
    visits = Visits(Limits.read("questions_each=2 questions_address=4 tokens_address=50 tokens_each=40"))
    said = [_asked(visits, f"v-{number}", "10.0.0.7") for number in range(6)]
    assert said == ["asked"] * 4 + ["questions_address_reached"] * 2
    assert _asked(visits, "v-9", "10.0.0.8") == "asked", "another address is not held to it"
    visits.spend("v-10", "10.0.0.9", 30)
    visits.spend("v-11", "10.0.0.9", 30)
    assert _asked(visits, "v-12", "10.0.0.9") == "tokens_address_reached"


def test_what_an_address_may_take_is_a_multiple_of_what_a_visitor_may() -> None:
    """A room shares one: twenty phones behind it must be able to ask at once what two may."""
    told = Limits()
    for name in ("questions", "at_once", "tokens"):
        each, address, whole = (getattr(told, f"{name}_{who}") for who in ("each", "address", "all"))
        assert 3 * each <= address < whole


@pytest.mark.parametrize(
    ("space", "peer", "forwarded", "counted"),
    [
        ("", "10.0.0.7", "8.8.8.8", "10.0.0.7"),
        ("", "::ffff:10.0.0.7", "", "10.0.0.7"),
        ("", "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("ada/lab", "10.0.0.7", "8.8.8.8", "8.8.8.8"),
        ("ada/lab", "10.0.0.7", "1.1.1.1, 8.8.8.8, 10.4.4.4", "8.8.8.8"),
        ("ada/lab", "10.0.0.7", "8.8.8.8, nonsense", "10.0.0.7"),
        ("ada/lab", "10.0.0.7", "", "10.0.0.7"),
    ],
)
def test_only_a_proxy_that_is_known_says_where_a_request_comes_from(
    space: str, peer: str, forwarded: str, counted: str
) -> None:
    assert Access(Settings(host="0.0.0.0", space=space)).sender(peer, forwarded) == counted


@pytest.mark.parametrize("text", ["questions_each", "questions_each=0", "nothing=3", "tokens_all=many"])
def test_limits_that_make_no_sense_are_told(text: str) -> None:
    with pytest.raises(UsageError):
        Limits.read(text)


def test_a_visitor_s_own_is_theirs_and_the_host_s_is_not() -> None:
    one = access.Caller(frozenset({Right.READ, Right.TEACH}), id="v-1")
    with access.acting(one):
        access.require_own("v-1")
        for owner in ("", "v-2"):
            with pytest.raises(AccessError):
                access.require_own(owner)
    assert "owner" not in to_json(JobSpec("1", "train", "x", "now")), "what was stored before stays as it was"


class _Hub(BaseHTTPRequestHandler):
    """A small stand-in of the hub's sign-in."""

    person: ClassVar[dict[str, Any]] = {}

    def log_message(self, format: str, *values: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        here = f"http://127.0.0.1:{self.server.server_address[1]}"
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo"}
        if self.path == "/userinfo":
            assert self.headers["authorization"] == "Bearer once"
        self._say(type(self).person if self.path == "/userinfo" else {n: f"{here}/{p}" for n, p in names.items()})

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        assert sent["code"] == ["a-code"] and len(sent["code_verifier"][0]) > 40
        self._say({"access_token": "once"})

    def _say(self, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def space() -> Iterator[SpaceAccess]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield SpaceAccess("ada", ("ada-lab.hf.space",), "id", "secret", f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("person", "owns"),
    [
        ({"preferred_username": "ada"}, True),
        ({"preferred_username": "bob", "orgs": []}, False),
        ({"preferred_username": "bob", "orgs": [{"preferred_username": "ada", "roleInOrg": "write"}]}, True),
        ({"preferred_username": "bob", "orgs": [{"preferred_username": "ada", "roleInOrg": "read"}]}, False),
    ],
)
def test_the_space_s_owner_is_its_host_and_others_are_visitors(
    space: SpaceAccess, person: dict[str, Any], owns: bool
) -> None:
    _Hub.person = person
    hub = HubSignIn(space)
    state, address = hub.begin("zh")
    assert address.startswith(f"{space.provider}/authorize?") and "S256" in address
    found, language = hub.finish(state, state, "a-code")
    assert (found.owns, language) == (owns, "zh")
    room = Access(Settings(host="0.0.0.0"), space)
    assert _caller(room, room.sign_in_from_hub(found.name, owns=found.owns)).host is owns


def test_a_sign_in_begun_in_another_browser_or_used_twice_is_refused(space: SpaceAccess) -> None:
    _Hub.person = {"preferred_username": "ada"}
    hub = HubSignIn(space)
    state, _ = hub.begin("en")
    for kept in ("another", state):  # the first try uses the state up
        with pytest.raises(AccessError):
            hub.finish(state, kept, "a-code")
