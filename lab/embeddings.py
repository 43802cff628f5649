"""Texts as vectors, by a server of the user's choice that speaks OpenAI's ``/v1/embeddings``.

Knows: how texts are sent and what comes back. Must not know what the vectors are compared for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from lab.errors import EngineError

AT_ONCE = 64
"""Texts sent in one request."""
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_SHOWN = 200

Vectors = NDArray[np.float64]


def is_place(place: str) -> bool:
    """Whether ``place`` is ``ADDRESS#MODEL``, the address of a server and its name of a model."""
    address, _, model = place.partition("#")
    parts = urlsplit(address)
    return bool(parts.scheme in {"http", "https"} and parts.hostname and model and not parts.username)


def vectors(place: str, texts: Sequence[str]) -> Vectors:
    """A row of length 1 for each text, by the server and model of ``place`` (``ADDRESS#MODEL``).

    Raises ``EngineError`` where the server cannot be reached, refuses, or answers with something else.
    """
    address, _, model = place.partition("#")
    rows: list[list[float]] = []
    with httpx.Client(timeout=_TIMEOUT) as client:
        for start in range(0, len(texts), AT_ONCE):
            body = {"model": model, "input": list(texts[start : start + AT_ONCE])}
            try:
                reply = client.post(f"{address.rstrip('/')}/embeddings", json=body)
            except httpx.TransportError as problem:
                raise EngineError("engine.url_unreachable", url=address, reason=type(problem).__name__) from None
            rows += _rows(address, reply, len(body["input"]))
    found = np.asarray(rows, dtype=np.float64).reshape(len(texts), -1)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return found / np.where(lengths > 0, lengths, 1.0)


def _rows(address: str, reply: httpx.Response, wanted: int) -> list[list[float]]:
    """The vectors of one reply, in the order of the texts."""
    if reply.status_code != 200:
        raise EngineError("engine.url_refused", url=address, reason=reply.text[:_SHOWN])
    try:
        entries: list[dict[str, Any]] = sorted(reply.json()["data"], key=lambda entry: int(entry["index"]))
        rows = [[float(value) for value in entry["embedding"]] for entry in entries]
    except (ValueError, KeyError, TypeError):
        rows = []
    sizes = {len(row) for row in rows}
    if len(rows) != wanted or len(sizes) != 1 or 0 in sizes or not np.isfinite(rows).all():
        raise EngineError("engine.no_embeddings", url=address, said=reply.text[:_SHOWN])
    return rows
