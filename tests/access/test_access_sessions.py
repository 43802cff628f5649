"""Who is signed in can be seen, and ended: by the host on the page, by the command line, by leaving, by a restart."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from serving import Served

from lab.access import Access
from lab.access.sessions import LASTS, Sessions
from lab.errors import AccessError
from lab.settings import Settings

OUTSIDE = Settings(host="0.0.0.0", password="one", port=7860)


def _is_host(room: Access, token: str) -> bool:
    return room.caller({"host": "lab", "cookie": f"lab-session-7860={token}"}, "10.0.0.7").host


def test_a_session_ended_by_another_process_is_over(tmp_path: Path) -> None:
    room = Access(OUTSIDE, folder=tmp_path)
    ada, bo = room.sign_in("one", "Ada", "10.0.0.7"), room.sign_in("one", "Bo", "10.0.0.8")
    elsewhere = Sessions(tmp_path)
    found = {one.name: one.id for one in elsewhere.all()}
    assert elsewhere.end(found["Bo"]).name == "Bo"
    assert (_is_host(room, ada), _is_host(room, bo)) == (True, False)
    assert [one.name for one in room.sessions.all()] == ["Ada"]
    with pytest.raises(AccessError):
        elsewhere.end(found["Bo"])


@pytest.mark.parametrize("asked", ["", "../sessions", "*", "/etc/passwd", "0" * 8])
def test_ending_what_is_no_session_changes_nothing(tmp_path: Path, asked: str) -> None:
    room = Access(OUTSIDE, folder=tmp_path / "sessions")
    token = room.sign_in("one", "Ada", "10.0.0.7")
    with pytest.raises(AccessError):
        room.sessions.end(asked)
    assert _is_host(room, token)


def test_no_secret_is_in_the_files(tmp_path: Path) -> None:
    room = Access(OUTSIDE, folder=tmp_path)
    token = room.sign_in("one", "Ada", "10.0.0.7")
    stored = [json.loads(path.read_text("utf-8")) for path in tmp_path.iterdir()]
    assert [one["name"] for one in stored] == ["Ada"]
    assert token not in str(stored) and "one" not in stored[0].values()


def test_a_restart_with_another_password_ends_all(tmp_path: Path) -> None:
    token = Access(OUTSIDE, folder=tmp_path).sign_in("one", "Ada", "10.0.0.7")
    again = Access(Settings(host="0.0.0.0", password="two", port=7860), folder=tmp_path)
    again.sessions.begin()
    assert not _is_host(again, token) and again.sessions.all() == []
    with pytest.raises(AccessError):
        again.sign_in("one", "Ada", "10.0.0.7")


def test_a_session_ends_by_itself(tmp_path: Path) -> None:
    time = [0.0]
    sessions = Sessions(tmp_path, clock=lambda: time[0])
    token = sessions.open(Access(OUTSIDE).caller({"host": "lab"}, ""))
    assert sessions.find(token) and sessions.which(token)
    time[0] = LASTS + 1.0
    assert sessions.find(token) is None and sessions.all() == []


def test_the_host_sees_who_is_signed_in_and_ends_it(served: Served) -> None:
    host, other, stranger = served.host(), served.host(), served.client()
    page = host.get("/sign-in").text
    assert page.count("Ada") >= 2 and "this browser" in page
    assert "Ada" not in stranger.get("/sign-in").text
    own = served.lab.access.sessions.which(_session(host))
    theirs = served.lab.access.sessions.which(_session(other))
    assert stranger.post("/sign-in/end", data={"session": own}).status_code == 403
    assert host.post("/zh/sign-in/end", data={"session": theirs}).headers["location"] == "/zh/sign-in"
    upload = {"files": ("a.txt", b"x")}
    assert other.post("/gradio_api/upload", files=upload).status_code == 403
    assert host.post("/gradio_api/upload", files=upload).status_code == 200
    served.host()
    assert host.post("/sign-in/end", data={"session": "others"}).status_code == 303
    assert [one.id for one in served.lab.access.sessions.all()] == [own]


def test_a_cookie_kept_after_leaving_opens_nothing(served: Served) -> None:
    host = served.host()
    kept = dict(host.cookies)
    assert host.post("/sign-out").status_code == 303
    replayed = served.client(cookies=kept)
    assert replayed.post("/gradio_api/upload", files={"files": ("a.txt", b"x")}).status_code == 403


def _session(client: httpx.Client) -> str:
    return next(value for name, value in client.cookies.items() if name.startswith("lab-session"))
