"""Who is signed in.

    <folder>/<id>.json     one file for each session: who, since when, until when; no secret is in it

The tokens are in memory only: a restart, and with it a changed password, signs everybody out, and no secret reaches a
file. A session whose file is gone has ended: that is how another process ends one. Must not know how anybody signs in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time

from lab.access.rights import Caller
from lab.errors import AccessError

LASTS = 12 * 3600
"""Seconds a session lasts."""
_MOST = 1000
_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in."""

    id: str
    name: str
    host: bool
    since: float
    """Seconds of the clock."""
    until: float
    server: int
    """The port of the lab they signed in at."""


def same(given: str, wanted: str) -> bool:
    """Whether both are the same secret, told in a time that does not depend on where they differ."""
    return bool(wanted) and hmac.compare_digest(_hash(given), _hash(wanted))


class Sessions:
    """Callers by the token their browser keeps."""

    def __init__(self, folder: Path | None = None, server: int = 0, clock: Callable[[], float] = time) -> None:
        self._folder = folder
        """Without one nobody else can see or end a session."""
        self._server = server
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[bytes, tuple[Caller, Session]] = {}

    def begin(self) -> None:
        """Forget the sessions an earlier process of this lab left behind: their tokens went with it."""
        for one in self.all():
            if one.server == self._server:
                self.end(one.id)

    def open(self, caller: Caller) -> str:
        """A new token for ``caller``; the oldest session ends where there are too many."""
        token, now = secrets.token_urlsafe(32), self._clock()
        made = Session(secrets.token_hex(4), caller.name, caller.host, now, now + LASTS, self._server)
        with self._lock:
            gone = [key for key, (_, one) in self._open.items() if one.until <= now]
            gone += list(self._open)[: max(0, len(self._open) - len(gone) - _MOST + 1)]
            for key in dict.fromkeys(gone):
                self._removed(self._open.pop(key)[1].id)
            self._open[_hash(token)] = (caller, made)
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._file(made.id).write_text(json.dumps(asdict(made), ensure_ascii=False), "utf-8")
        return token

    def find(self, token: str) -> Caller | None:
        """Whose token this is; ``None`` where it is nobody's, too old, or its session was ended."""
        found = self._found(token)
        return found[0] if found else None

    def which(self, token: str) -> str:
        """The id of the session of ``token``; empty where there is none."""
        found = self._found(token)
        return found[1].id if found else ""

    def close(self, token: str) -> None:
        """End the session of ``token``."""
        with self._lock:
            caller_and_session = self._open.pop(_hash(token), None)
        if caller_and_session:
            self._removed(caller_and_session[1].id)

    def all(self) -> list[Session]:
        """Everybody who is signed in, the newest first."""
        if self._folder is None:
            found = [one for _, one in self._open.values()]
        else:
            found = [one for path in self._folder.glob("*.json") if (one := _read(path))]
        return sorted((one for one in found if one.until > self._clock()), key=lambda one: -one.since)

    def end(self, session: str) -> Session:
        """End somebody's session, of whichever process; raises ``AccessError`` where there is none."""
        found = next((one for one in self.all() if one.id == session), None)
        if found is None:
            raise AccessError("access.no_such_session", id=session[:40])
        self._removed(session)
        with self._lock:
            self._open = {key: entry for key, entry in self._open.items() if entry[1].id != session}
        return found

    def _found(self, token: str) -> tuple[Caller, Session] | None:
        with self._lock:
            found = self._open.get(_hash(token))
        if found is None or found[1].until <= self._clock():
            return None
        return found if self._folder is None or self._file(found[1].id).is_file() else None

    def _removed(self, session: str) -> None:
        if self._folder and _ID.fullmatch(session):
            self._file(session).unlink(missing_ok=True)

    def _file(self, session: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{session}.json"


def _read(path: Path) -> Session | None:
    """The session of a file; none where it ended meanwhile, or is no session."""
    try:
        return Session(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
