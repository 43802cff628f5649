"""Who is signed in, in memory only: a restart signs everybody out, and no secret reaches a file.

Knows: tokens by their hash, and how secrets are compared. Must not know how anybody signs in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from time import monotonic

from lab.access.rights import Caller

LASTS = 12 * 3600
"""Seconds a session lasts."""
_MOST = 1000


def same(given: str, wanted: str) -> bool:
    """Whether both are the same secret, told in a time that does not depend on where they differ."""
    return bool(wanted) and hmac.compare_digest(_hash(given), _hash(wanted))


class Sessions:
    """Callers by the token their browser keeps."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[bytes, tuple[Caller, float]] = {}

    def open(self, caller: Caller) -> str:
        """A new token for ``caller``; the oldest session ends where there are too many."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            now = self._clock()
            alive = {key: entry for key, entry in self._open.items() if entry[1] > now}
            self._open = dict(list(alive.items())[-(_MOST - 1) :])
            self._open[_hash(token)] = (caller, now + LASTS)
        return token

    def find(self, token: str) -> Caller | None:
        """Whose token this is; ``None`` where it is nobody's or too old."""
        with self._lock:
            caller, until = self._open.get(_hash(token), (None, 0.0))
        return caller if until > self._clock() else None

    def close(self, token: str) -> None:
        """End the session of ``token``."""
        with self._lock:
            self._open.pop(_hash(token), None)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
