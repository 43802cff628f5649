"""The JSON of the API: requests checked, answers and errors in OpenAI's shapes.

Knows field names, bounds and what an error looks like. Must not know sockets, models or torch. Beyond OpenAI's
fields a request may carry ``min_tokens``; an answer carries ``lab`` with the fingerprint and timings.
Source of the shapes: the OpenAI API reference, chat completions and models.
"""

from __future__ import annotations

import json
import math
import secrets
import time
from typing import Any

from lab.engine.rows import Ended
from lab.errors import EngineError, LabError
from lab.records import Decoding, Message, from_json

DEFAULT_TOKENS = 512
"""Length limit of a request that names none."""
MOST_TOKENS = 32_768
MOST_SEED = 2**63 - 1


def chat(body: Any) -> tuple[str, tuple[Message, ...], Decoding, bool, bool]:
    """``(model, messages, decoding, stream, include usage)`` of a chat request; raises ``EngineError`` naming
    the field that cannot be used. Greedy unless a temperature is given."""
    body = _object(body)
    stream = _choice(body, "stream", False, bool, "true or false")
    options = body.get("stream_options") or {}
    if body.get("n") not in (None, 1):
        raise _bad("n", body["n"], "1")
    usage = bool(options.get("include_usage")) if isinstance(options, dict) else False
    return _model(body), messages(body.get("messages")), _decoding(body), stream, usage


def score(body: Any) -> tuple[str, tuple[Message, ...], tuple[str, ...]]:
    """``(model, messages, candidates)`` of a score request; raises ``EngineError``."""
    body = _object(body)
    candidates = body.get("candidates")
    if not isinstance(candidates, list) or not candidates or not all(isinstance(c, str) for c in candidates):
        raise _bad("candidates", candidates, "a list of strings, at least one")
    return _model(body), messages(body.get("messages")), tuple(candidates)


def render(body: Any) -> tuple[str, tuple[Message, ...], tuple[dict[str, Any], ...]]:
    """``(base, messages, tools)`` of a render request, messages and tools as data sets store them."""
    body = _object(body)
    told, tools = body.get("messages"), body.get("tools") or []
    try:
        found = tuple(from_json(Message, message) for message in told)
    except (TypeError, AttributeError):
        raise _bad("messages", told, "a list of messages") from None
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise _bad("tools", tools, "a list of objects")
    return _model(body), found, tuple(tools)


def messages(value: Any) -> tuple[Message, ...]:
    """The conversation; text parts of a content list are joined. Raises ``EngineError``."""
    if not isinstance(value, list) or not value:
        raise _bad("messages", value, 'a list of messages such as {"role": "user", "content": "…"}')
    found = []
    for index, turn in enumerate(value):
        where = f"messages[{index}]"
        if not isinstance(turn, dict):
            raise _bad(where, turn, "an object with role and content")
        role = "system" if turn.get("role") == "developer" else turn.get("role")
        if role not in {"system", "user", "assistant"}:
            raise _bad(f"{where}.role", turn.get("role"), "system, user or assistant")
        found.append(Message(role, _content(turn.get("content"), f"{where}.content")))
    return tuple(found)


def _content(value: Any, where: str) -> str:
    if isinstance(value, str):
        return value
    texts = [_part(part) for part in value] if isinstance(value, list) else []
    found = [text for text in texts if text is not None]
    if not found or len(found) < len(texts):
        raise _bad(where, value, "text")
    return "".join(found)


def _part(part: Any) -> str | None:
    """The text of one part of a content list; ``None`` for pictures and anything else."""
    text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
    return text if isinstance(text, str) else None


def _decoding(body: dict[str, Any]) -> Decoding:
    limit = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    most = int(_number(body, limit, DEFAULT_TOKENS, 1, MOST_TOKENS, whole=True))
    seed = body.get("seed")
    return Decoding(
        temperature=_number(body, "temperature", 0.0, 0, 2),
        top_p=_number(body, "top_p", 1.0, 0, 1),
        max_tokens=most,
        min_tokens=int(_number(body, "min_tokens", 0, 0, most, whole=True)),
        seed=secrets.randbits(31) if seed is None else int(_number(body, "seed", 0, -MOST_SEED, MOST_SEED, whole=True)),
        stop=_stops(body.get("stop")),
    )


def _stops(value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value or []
    if not isinstance(found, list) or len(found) > 16 or not all(isinstance(stop, str) and stop for stop in found):
        raise _bad("stop", value, "a string or a list of up to 16 strings, none of them empty")
    return tuple(found)


def _number(body: dict[str, Any], name: str, default: float, low: float, high: float, *, whole: bool = False) -> float:
    value = body.get(name)
    if value is None:
        return default
    fits = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value) and not whole)
    if isinstance(value, bool) or not fits or not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise _bad(name, value, f"{kind} from {low} to {high}")
    return value  # type: ignore[no-any-return]


def _choice(body: dict[str, Any], name: str, default: Any, kind: type, expected: str) -> Any:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise _bad(name, value, expected)
    return value


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise EngineError("engine.bad_body")
    return body


def _model(body: dict[str, Any]) -> str:
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise _bad("model", name, "the name of a model of /v1/models")
    return name


def _bad(field: str, value: Any, expected: str) -> EngineError:
    written = json.dumps(value, ensure_ascii=False)
    return EngineError("engine.bad_field", field=field, value=written[:80], expected=expected)


STATUS = {
    "engine.no_such_model": 404,
    "engine.no_route": 404,
    "engine.base_missing": 404,
    "engine.no_token": 401,
    "access.wrong_key": 401,
    "access.no_key_set": 403,
    "access.too_many_guesses": 429,
    "access.wrong_host": 421,
    "engine.wrong_origin": 403,
    "engine.too_large": 413,
    "engine.asker_gone": 499,
    "engine.out_of_memory": 503,
    "engine.not_started": 503,
    "engine.gone": 503,
    "engine.failed": 500,
}
"""HTTP status of an error; anything else is 400."""

CODES = {
    "engine.no_such_model": "model_not_found",
    "engine.too_long": "context_length_exceeded",
    "access.wrong_key": "invalid_api_key",
}


def error(problem: LabError, language: str = "en") -> tuple[int, dict[str, Any]]:
    """``(HTTP status, body)`` of an error; ``lab`` in it lets the lab's own client say it in its language."""
    status = STATUS.get(problem.key, 400)
    kind = "server_error" if status >= 500 else "authentication_error" if status == 401 else "invalid_request_error"
    about = {
        "message": problem.sentence(language),
        "type": kind,
        "param": problem.values.get("field") or ("model" if status == 404 else None),
        "code": CODES.get(problem.key),
        "lab": {"key": problem.key, "values": {name: str(value) for name, value in problem.values.items()}},
    }
    return status, {"error": about}


def models(names: list[str]) -> dict[str, Any]:
    """The body of ``/v1/models``."""
    return {"object": "list", "data": [model(name) for name in names]}


def model(name: str) -> dict[str, Any]:
    """One entry of ``/v1/models``."""
    return {"id": name, "object": "model", "created": 0, "owned_by": "finetune-lab"}


class Reply:
    """Builds the JSON of one answer, whole or in chunks."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fingerprint = ""
        self.prompt_tokens = 0
        self._id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())

    def whole(self, text: str, ended: Ended) -> dict[str, Any]:
        """The body of an answer that was not streamed."""
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _reason(ended)}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage(ended), **self._lab(ended)}

    def chunk(self, delta: dict[str, Any], *, tokens: int = 0, ended: Ended | None = None) -> dict[str, Any]:
        """One streamed part; the last carries the finish reason and timings."""
        reason = _reason(ended) if ended else None
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        more = self._lab(ended) if ended else {"lab": {"tokens": tokens}}
        return {**self._head("chat.completion.chunk"), "choices": [choice], **more}

    def usage(self, ended: Ended) -> dict[str, Any]:
        """The chunk after the last, for those who asked for it."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage(ended)}

    def _head(self, kind: str) -> dict[str, Any]:
        about = {"id": self._id, "object": kind, "created": self._created, "model": self.name}
        return {**about, "system_fingerprint": self.fingerprint}

    def _usage(self, ended: Ended) -> dict[str, int]:
        total = self.prompt_tokens + ended.tokens
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": ended.tokens, "total_tokens": total}

    def _lab(self, ended: Ended) -> dict[str, Any]:
        first = ended.first_token_seconds
        timings = {
            "seconds": round(ended.seconds, 4),
            "first_token_seconds": None if first is None else round(first, 4),
        }
        about = {"fingerprint": self.fingerprint, "tokens": ended.tokens, "prompt_tokens": self.prompt_tokens}
        return {"lab": {**about, **timings, "finish_reason": ended.reason}}


def _reason(ended: Ended) -> str:
    """OpenAI knows no ``cancelled``: such an answer ends with ``stop``, and ``lab`` says more."""
    return "stop" if ended.reason == "cancelled" else ended.reason
