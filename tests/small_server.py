"""A small server that really answers HTTP the way OpenAI's API does, by rule: what a teacher's server looks like."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answering = Callable[[str, list[dict[str, str]]], str]
"""The reply to the last user turn, all turns beside it."""


@dataclass
class Small:
    """One server while it runs."""

    url: str = ""
    answering: Answering = lambda asked, turns: ""
    statuses: list[int] = field(default_factory=list)
    """Answered first, one a request, before anything is said."""
    seconds: float = 0.0
    """Each reply takes that long."""
    key: str = ""
    """Wanted as a bearer; empty: nobody is asked."""
    meanings: tuple[tuple[str, ...], ...] = ()
    """Of embeddings: words that mean the same; a text points to those whose words it holds."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """``path``, ``key`` and ``body`` of every request."""

    @property
    def asked(self) -> list[str]:
        """The last user turn of every chat request."""
        return [one["body"]["messages"][-1]["content"] for one in self.requests if "messages" in (one["body"] or {})]


@contextlib.contextmanager
def serving(answering: Answering, **more: Any) -> Iterator[Small]:
    """A server on loopback, on a port of its own."""
    small = Small(answering=answering, **more)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

        def do_GET(self) -> None:
            self._take(None)
            self._send(200, {"data": [{"id": "small-model"}]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self._take(body)
            if small.key and self.headers.get("authorization") != f"Bearer {small.key}":
                self._send(401, {"error": {"message": f"wrong key {self.headers.get('authorization')}"}})
            elif small.statuses:
                self._send(small.statuses.pop(0), {"error": {"message": "later"}}, {"retry-after": "0"})
            elif self.path.endswith("/embeddings"):
                self._send(200, {"data": [self._embedded(*one) for one in enumerate(body["input"])]})
            else:
                time.sleep(small.seconds)
                text = small.answering(body["messages"][-1]["content"], body["messages"])
                choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
                self._send(200, {"choices": [choice], "usage": {"completion_tokens": len(text)}})

        def _embedded(self, index: int, told: str) -> dict[str, Any]:
            vector = [float(sum(word in told.casefold() for word in same)) for same in small.meanings]
            return {"index": index, "embedding": vector}

        def _take(self, body: Any) -> None:
            told = {"path": self.path, "key": self.headers.get("authorization", ""), "body": body}
            small.requests.append(told)

        def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
            raw = json.dumps(body).encode()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(raw)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(raw)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    small.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield small
    finally:
        server.shutdown()
        server.server_close()


_FEE = re.compile(r"(?:The )?(\w+) fee is (\d+) euros\.")


def honest(asked: str, turns: list[dict[str, str]]) -> str:
    """What a good teacher would say about sentences such as "The boat fee is 12 euros."; it also reads."""
    question = re.search(r"Question: How much is the (\w+) fee\?", asked)
    fees = dict(_FEE.findall(asked))
    if question:
        return f"{fees.get(question[1], 'unknown')} euros"
    answer = re.search(r"Answer: (\d+) euros", asked)
    if answer:
        return next(f"Q: How much is the {name} fee?" for name, fee in fees.items() if fee == answer[1])
    return "\n".join(
        f"Q: How much is the {name} fee?\nA: {fee} euros\nE: The {name} fee is {fee} euros."
        for name, fee in fees.items()
    )


def price_list(sections: int, each: int = 2) -> str:
    """A document of that many sections, each with ``each`` fees that no other has."""
    names = ["boat", "bike", "tent", "sauna", "dog", "canoe", "locker", "parking", "towel", "guide", "chair", "radio"]
    parts = ["# Lake camp\n"]
    for number in range(sections):
        parts.append(f"## Fees, part {number + 1}\n")
        sentences = []
        for place in range(each):
            index = number * each + place
            sentences.append(
                f"The {names[index % len(names)]}{'' if index < len(names) else index} fee is {index + 3} euros."
            )
        parts.append(" ".join(sentences) + "\n")
    return "\n".join(parts)
