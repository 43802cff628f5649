"""The routes beside the page, asked by the official client over a real server and the real model."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
import uvicorn
from starlette.applications import Starlette

from lab import __version__
from lab.api import routes
from lab.lab import Lab
from lab.settings import Settings, is_loopback

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[str]:
    """A real server with the routes, over an empty workspace."""
    lab = Lab(Settings(home=tmp_path_factory.mktemp("api") / "workspace", models=models))
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=routes(lab)), port=0, log_level="warning", ws="none", lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
    lab.engine.stop()


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    """The official client."""
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as made:
        yield made


def test_health_needs_no_engine(address: str) -> None:
    assert httpx.get(f"{address}/healthz").json() == {"ok": True, "version": __version__}


def test_the_official_client_lists_and_asks(client: openai.OpenAI) -> None:
    assert client.models.list().data[0].id == "base"
    assert client.models.retrieve("base").id == "base"
    reply = client.chat.completions.create(model="base", messages=QUESTION, max_tokens=16, seed=1)  # type: ignore[call-overload]
    assert "Paris" in reply.choices[0].message.content
    assert reply.choices[0].finish_reason == "stop" and reply.model == "base"
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens
    assert reply.system_fingerprint == reply.model_extra["lab"]["fingerprint"]
    assert 0 < reply.model_extra["lab"]["first_token_seconds"] <= reply.model_extra["lab"]["seconds"]


def test_a_stream_says_the_same_in_pieces_and_counts_them(client: openai.OpenAI) -> None:
    options = {"model": "base", "messages": QUESTION, "max_completion_tokens": 16}
    whole = client.chat.completions.create(**options)  # type: ignore[call-overload]
    chunks = list(client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}))  # type: ignore[call-overload]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage == whole.usage
    assert {chunk.system_fingerprint for chunk in chunks} == {whole.system_fingerprint}


def test_lengths_seeds_and_stops_reach_the_engine(client: openai.OpenAI) -> None:
    def ask(**options: object) -> openai.types.chat.ChatCompletion:
        return client.chat.completions.create(model="base", messages=QUESTION, **options)  # type: ignore[call-overload,no-any-return]

    short = ask(max_tokens=2)
    assert (short.choices[0].finish_reason, short.usage and short.usage.completion_tokens) == ("length", 2)
    long = ask(max_tokens=16, extra_body={"min_tokens": 16})
    assert long.usage is not None and long.usage.completion_tokens == 16
    assert ask(stop="Paris").choices[0].message.content == "The capital of France is "
    drawn = [ask(temperature=1.5, seed=3, max_tokens=12).choices[0].message.content for _ in range(2)]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"messages": QUESTION}, "model"),
        ({"model": "base"}, "messages"),
        ({"model": "base", "messages": []}, "messages"),
        ({"model": "base", "messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"model": "base", "messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"model": "base", "messages": QUESTION, "temperature": "hot"}, "temperature"),
        ({"model": "base", "messages": QUESTION, "temperature": -1}, "temperature"),
        ({"model": "base", "messages": QUESTION, "max_tokens": 0}, "max_tokens"),
        ({"model": "base", "messages": QUESTION, "max_tokens": 4, "min_tokens": 5}, "min_tokens"),
        ({"model": "base", "messages": QUESTION, "n": 2}, "n"),
        ({"model": "base", "messages": QUESTION, "stop": [1]}, "stop"),
        ({"model": "base", "messages": QUESTION, "seed": 1.5}, "seed"),
    ],
)
def test_a_malformed_request_names_its_field(address: str, body: dict[str, object], field: str) -> None:
    reply = httpx.post(f"{address}/v1/chat/completions", json=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == field
    assert reply.json()["error"]["type"] == "invalid_request_error"


def test_errors_are_those_the_official_client_knows(client: openai.OpenAI, address: str) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4", messages=QUESTION)  # type: ignore[call-overload]
    assert missing.value.code == "model_not_found" and "base" in missing.value.message
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="base", input="x")
    with pytest.raises(openai.BadRequestError) as long:
        client.chat.completions.create(model="base", messages=[{"role": "user", "content": "word " * 9000}])
    assert long.value.code == "context_length_exceeded"
    assert httpx.post(f"{address}/v1/chat/completions", content=b"{").status_code == 400


def test_a_path_cannot_lead_out_of_v1(address: str) -> None:
    for path in ("%2e%2e/status", "models/%2e%2e/%2e%2e/stop", "%2E/models"):
        reply = httpx.request("POST" if path.endswith("stop") else "GET", f"{address}/v1/{path}")
        assert (reply.status_code, reply.json()["error"]["lab"]["key"]) == (404, "engine.no_route")


def test_scores_come_over_the_same_port(address: str) -> None:
    body = {"model": "base", "messages": QUESTION, "candidates": ["Paris.", "Rome."]}
    results = httpx.post(f"{address}/v1/score", json=body, timeout=60).json()["results"]
    assert results[0]["logprob"] > results[1]["logprob"]
    assert [len(one["token_logprobs"]) == one["tokens"] for one in results] == [True, True]


def test_pages_of_other_sites_are_refused_and_this_machine_s_are_not(address: str) -> None:
    def listed(**headers: str) -> httpx.Response:
        return httpx.get(f"{address}/v1/models", headers=headers)

    ours = listed(Origin="http://localhost:3000")
    assert ours.status_code == 200 and ours.headers["access-control-allow-origin"] == "http://localhost:3000"
    theirs = listed(Origin="https://example.com")
    assert theirs.status_code == 403 and "access-control-allow-origin" not in theirs.headers
    assert listed(Host="example.com").status_code == 421
    assert httpx.get(f"{address}/healthz", headers={"Host": "example.com"}).status_code == 421


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:7860", True),
        ("localhost", True),
        ("[::1]:7860", True),
        ("::1", True),
        ("127.8.9.1", True),
        ("", False),
        ("example.com", False),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com:7860", False),
        ("0.0.0.0", False),
    ],
)
def test_only_this_machine_s_names_are_loopback(host: str, ours: bool) -> None:
    assert is_loopback(host) is ours
