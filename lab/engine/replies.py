"""What a server that speaks the API says: chunks of a stream, counts and timings, refusals.

Knows: the JSON of replies, the engine's own and other servers'. Must not know sockets, nor who is asked next.
"""

from __future__ import annotations

import json
from typing import Any

from lab import words
from lab.errors import EngineError
from lab.records import Contestant


def chunk_of(contestant: Contestant, line: str) -> dict[str, Any] | None:
    """What one line of a stream says; ``None`` for signs of life and the end mark."""
    if not line.startswith("data:") or line.strip() == "data: [DONE]":
        return None
    chunk: dict[str, Any] = json.loads(line[5:])
    if "error" in chunk:
        raise refused(contestant, line[5:])
    return chunk


def merged(about: dict[str, Any], chunk: dict[str, Any]) -> dict[str, Any]:
    """What is known of an answer, with what one more chunk says."""
    lab = {**about.get("lab", {}), **(chunk.get("lab") or {})}
    usage = chunk.get("usage") or about.get("usage") or {}
    fingerprint = chunk.get("system_fingerprint") or about.get("system_fingerprint")
    return {"lab": lab, "usage": usage, "system_fingerprint": fingerprint}


def about_answer(reply: dict[str, Any], seconds: float, first: float | None) -> dict[str, Any]:
    """Counts and timings of a reply: the engine's own where it gives them, else as seen from here."""
    usage, lab = reply.get("usage") or {}, reply.get("lab") or {}
    return {
        "fingerprint": reply.get("system_fingerprint") or "",
        "tokens": usage.get("completion_tokens", lab.get("tokens", 0)),
        "prompt_tokens": usage.get("prompt_tokens", lab.get("prompt_tokens", 0)),
        "seconds": lab.get("seconds", round(seconds, 4)),
        "first_token_seconds": lab.get("first_token_seconds", first),
    }


def refused(contestant: Contestant, text: str) -> EngineError:
    """The error a reply carries: the engine's own sentence, or another server's words."""
    try:
        problem = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        problem = {}
    known = problem.get("lab") if isinstance(problem, dict) else None
    if known and words.has(known["key"]):
        return EngineError(known["key"], **known["values"])
    said = problem.get("message", "") if isinstance(problem, dict) else str(problem)
    return EngineError("engine.url_refused", url=contestant.url or "engine", reason=said or text[:200])
