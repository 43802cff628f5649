"""The engine as the rest of the lab meets it: real processes, the real model."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from lab.engine.client import Engine
from lab.engine.options import EngineOptions
from lab.errors import DataError, EngineError
from lab.lab import Lab
from lab.records import Answer, Contestant, Decoding, Message, Row
from lab.runs import contestant
from lab.workspace import is_locked, read_json

QUESTIONS = (
    "What is the capital of France?",
    "你好，你是谁？",
    "Write a short poem about the sea.",
    "Explain photosynthesis in one sentence, then list what a plant needs, and say why each of these matters to it.",
)


def asked(text: str) -> tuple[Message, ...]:
    return (Message("user", text),)


def base(**decoding: object) -> Contestant:
    return Contestant("base", "smollm2-135m", decoding=replace(Decoding(max_tokens=16), **decoding))  # type: ignore[arg-type]


def tuned(room: Lab, name: str, **decoding: object) -> Contestant:
    return replace(base(**decoding), name=name, run=room.runs.get(name).id)


def never() -> bool:
    return False


def until(holds: Callable[[], object], seconds: float = 30) -> None:
    """Wait for ``holds()``; fail the test if it does not come true."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "did not come true"
        time.sleep(0.05)


def test_the_base_answers_and_says_which_weights_did(engine: Engine) -> None:
    answer = engine.answer(base(), asked(QUESTIONS[0]))
    assert "Paris" in answer.text
    assert answer.finish_reason == "stop"
    assert answer.model == "base" and len(answer.fingerprint) == 8
    assert answer.tokens > 3 and answer.prompt_tokens > 10
    assert 0 < (answer.first_token_seconds or 0) <= answer.seconds


def test_a_batch_of_base_and_adapters_says_what_each_says_alone(engine: Engine, room: Lab) -> None:
    who = [base(), tuned(room, "ft-one"), tuned(room, "ft-two")]
    questions = [(one, text) for text in QUESTIONS for one in who]
    alone = [engine.answer(one, asked(text)) for one, text in questions]
    with ThreadPoolExecutor(len(questions)) as pool:
        together = list(pool.map(lambda pair: engine.answer(pair[0], asked(pair[1])), questions))
    assert [a.text for a in together] == [a.text for a in alone]
    assert [a.fingerprint for a in together] == [a.fingerprint for a in alone]
    assert len({a.fingerprint for a in alone}) == 3
    by_model = {one.name: [a.text for a in alone if a.model == one.name] for one in who}
    assert by_model["base"] != by_model["ft-one"] != by_model["ft-two"]


def test_a_pair_streams_both_sides_and_ends_with_their_answers(engine: Engine, room: Lab) -> None:
    got = list(engine.pair(base(), tuned(room, "ft-one"), asked(QUESTIONS[1]), cancelled=never))
    for side, asker in ((0, base()), (1, tuned(room, "ft-one"))):
        pieces = [item for index, item in got if index == side]
        assert isinstance(pieces[-1], Answer)
        assert "".join(pieces[:-1]) == pieces[-1].text == engine.answer(asker, asked(QUESTIONS[1])).text


def test_the_same_seed_draws_the_same_answer_in_any_company(engine: Engine) -> None:
    drawn = base(temperature=1.0, top_p=0.95, seed=7)
    alone = engine.answer(drawn, asked(QUESTIONS[2]))
    with ThreadPoolExecutor(4) as pool:
        company = [base(temperature=1.0, seed=seed) for seed in (1, 2, 3)]
        together = list(pool.map(lambda one: engine.answer(one, asked(QUESTIONS[2])), [drawn, *company]))
    assert together[0].text == alone.text
    assert len({answer.text for answer in together}) == 4


def test_lengths_and_stop_strings_are_kept(engine: Engine) -> None:
    long = engine.answer(base(max_tokens=7), asked(QUESTIONS[2]))
    assert (long.tokens, long.finish_reason) == (7, "length")
    forced = engine.answer(base(min_tokens=14), asked(QUESTIONS[0]))
    assert forced.tokens >= 14
    stopped = list(engine.stream(base(stop=("Par",)), asked(QUESTIONS[0]), cancelled=never))
    assert isinstance(stopped[-1], Answer)
    assert stopped[-1].text == "".join(stopped[:-1]) == "The capital of France is "
    assert stopped[-1].finish_reason == "stop"


def test_cancelling_ends_the_row_in_the_engine(engine: Engine) -> None:
    pieces: list[str | Answer] = []
    for piece in engine.stream(
        base(max_tokens=4000, min_tokens=4000), asked(QUESTIONS[2]), cancelled=lambda: len(pieces) > 2
    ):
        pieces.append(piece)
    assert isinstance(pieces[-1], Answer)
    assert pieces[-1].finish_reason == "cancelled" and pieces[-1].text == "".join(pieces[:-1])
    until(lambda: (engine.status() or pytest.fail("gone")).answering == 0)


def test_system_prompt_and_examples_are_put_before_the_question(engine: Engine) -> None:
    plain = engine.answer(base(), asked("Where do I live?"))
    told = replace(base(), system="The user lives in Oslo. Answer with the name of the city.")
    shown = replace(base(), few=(Message("user", "Where do I live?"), Message("assistant", "In Bergen.")))
    assert engine.answer(told, asked("Where do I live?")).prompt_tokens != plain.prompt_tokens
    assert "Bergen" in engine.answer(shown, asked("Where do I live?")).text


def test_what_the_documents_say_is_given_with_the_question_and_told_with_the_answer(engine: Engine, room: Lab) -> None:
    text = "# Store\n\nThe cold store opens on Tuesday.\n\n# Front desk\n\nThe director is called Halima Reyes.\n"
    row = Row("x", (Message("user", "Who?"), Message("assistant", "Halima.")), "who", "train")
    room.datasets.save("desk", [row], mode="remember", mode_reason="-", language="en", documents={"desk.md": text})
    question = asked("What is the director called?")
    plain = engine.answer(base(), question)
    looked_up = engine.answer(contestant("base+docs:desk", room.runs, room.datasets), question)
    with_all = engine.answer(contestant("base+whole:desk", room.runs, room.datasets), question)
    assert "Halima" not in plain.text and plain.passages == ()
    assert "Halima Reyes" in looked_up.text and "director" in looked_up.passages[0].text
    assert all(text[passage.start : passage.end] == passage.text for passage in looked_up.passages)
    assert [passage.text for passage in with_all.passages] == [text]
    assert plain.prompt_tokens < min(looked_up.prompt_tokens, with_all.prompt_tokens)
    pieces = list(engine.stream(contestant("base+docs:desk", room.runs, room.datasets), question, cancelled=bool))
    assert pieces[-1] == replace(
        looked_up, seconds=pieces[-1].seconds, first_token_seconds=pieces[-1].first_token_seconds
    )
    with pytest.raises(DataError) as caught:
        contestant("base+docs:nowhere", room.runs, room.datasets)
    assert caught.value.key == "data.no_such_dataset"


def test_scores_are_log_probabilities_of_each_token_and_do_not_depend_on_the_company(engine: Engine, room: Lab) -> None:
    candidates = ["Paris.", "The capital of France is Paris.", "The moon is made of cheese.", "巴黎"]
    together = engine.score(base(), asked(QUESTIONS[0]), candidates)
    for text, scored in zip(candidates, together, strict=True):
        assert scored.tokens == len(scored.token_logprobs) and scored.bytes == len(text.encode())
        assert all(value <= 0 for value in scored.token_logprobs)
        assert scored.logprob == pytest.approx(sum(scored.token_logprobs))
        (alone,) = engine.score(base(), asked(QUESTIONS[0]), [text])
        assert scored.token_logprobs == pytest.approx(alone.token_logprobs, abs=1e-3)
    assert together[1].logprob > together[2].logprob
    other = engine.score(tuned(room, "ft-one"), asked(QUESTIONS[0]), candidates)
    assert [one.logprob for one in other] != [one.logprob for one in together]


def test_what_cannot_be_answered_is_a_sentence(engine: Engine, room: Lab) -> None:
    cases = [
        (replace(base(), checkpoint=3), "engine.no_checkpoints"),
        (replace(base(), run="20200101-0000-train-none"), "engine.no_such_model"),
    ]
    for asker, key in cases:
        with pytest.raises(EngineError) as caught:
            engine.answer(asker, asked("Hello"))
        assert caught.value.key == key and caught.value.sentence("zh")
    with pytest.raises(EngineError) as caught:
        engine.answer(base(), asked("word " * 9000))
    assert caught.value.key == "engine.too_long"


def test_the_engine_answers_nobody_without_its_token(engine: Engine) -> None:
    address, _ = engine.address()
    for path in ("/v1/models", "/status", "/stop", "/v1/chat/completions", "/elsewhere"):
        assert httpx.post(address + path, json={}, trust_env=False).status_code == 401


def test_several_askers_at_once_start_one_engine_and_stop_ends_it(lab: Lab) -> None:
    engines = [Engine(lab.workspace, lab.models, lab.runs) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        addresses = set(pool.map(lambda engine: engine.address(), engines))
    assert len(addresses) == 1
    engines[0].stop()
    assert engines[1].status() is None
    assert not is_locked(lab.workspace.engine() / "lock")


def test_an_idle_engine_ends_and_a_killed_one_is_replaced(lab: Lab) -> None:
    brief = Engine(lab.workspace, lab.models, lab.runs, EngineOptions(idle_minutes=0.02))
    brief.ensure()
    until(lambda: brief.status() is None)
    until(lambda: read_json(lab.workspace.engine() / "engine.json") is None)
    lasting = Engine(lab.workspace, lab.models, lab.runs)
    lasting.ensure()
    first = lasting.status()
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not is_locked(lab.workspace.engine() / "lock"))
    lasting.ensure()
    second = lasting.status()
    assert second is not None and second.pid != first.pid
    lasting.stop()
