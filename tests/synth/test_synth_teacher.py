"""A model may word questions or write pairs; what it says becomes a pair only through the document's own text."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_server import honest, price_list, serving

from lab import synth, words
from lab.engine.client import Engine
from lab.engine.provider import TRIES, Server
from lab.errors import EngineError, LabError, UsageError
from lab.lab import Lab
from lab.records import Decoding, Message
from lab.runs import Runs
from lab.settings import Settings
from lab.synth.model.lines import Item, items, single_question
from lab.synth.model.quoting import exactly, located, sentence_with
from lab.synth.plans import Piece, SynthPlan, pieces
from lab.synth.synthesis import ask_about
from lab.workspace import Workspace

REPLIES: list[tuple[str, list[Item]]] = [
    ("Q: Who?\nA: Bob\nE: Bob is here.", [Item("Who?", "Bob", "Bob is here.")]),
    ("问题：谁？\n答案：“小明”\n证据：「小明在这里。」", [Item("谁？", "小明", "小明在这里。")]),
    ("1. **Q1:** Who?\n   **A1:** Bob\n", [Item("Who?", "Bob")]),
    (
        "Q：谁？\nA：小明\nQ：何时？\nA：八点\nE：八点开门。",
        [Item("谁？", "小明"), Item("何时？", "八点", "八点开门。")],
    ),
    ("<think>Q: no?\nA: no</think>\nQ: yes?\nE: yes.", [Item("yes?", "", "yes.")]),
    ("Sure! Here you go.\nQuestion: a?\nAnswer: b\nQuote: b.\n\nI hope this helps.", [Item("a?", "b", "b.")]),
    ("Q: a?\nA: one\ntwo\nB: three\nE: one two", [Item("a?", "one\ntwo", "one two")]),
    ("Q: a?\n\nQ: b?", []),
    ('[{"question": "a?", "answer": "b"}]', []),
    ("I cannot do that.", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), REPLIES)
def test_lines_with_tags_are_read(text: str, expected: list[Item]) -> None:
    assert items(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Q: How much?", "How much?"),
        ("问题：多少钱？", "多少钱？"),
        ("Here is one:\n“How much is it?”", "How much is it?"),
        ("A: 12", ""),
        ("How nice.", ""),
    ],
)
def test_one_question_is_read(text: str, expected: str) -> None:
    assert single_question(text) == expected


DOCUMENT = (
    "# Camp\n\nThe **boat** fee is “12 euros”. Dogs are not allowed.\n押金是１２元，不可修改。每个VPC最多10个子网。\n"
)


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ('The boat fee is "12 euros".', "The **boat** fee is “12 euros”."),
        ("押金是12元", "押金是１２元"),
        ("Dogs  are not\nallowed", "Dogs are not allowed"),
        ("每个VPC最多10个子网", "每个VPC最多10个子网"),
        ("2 euros", None),
        ("每个VPC最多20个子网", None),
        ("", None),
    ],
)
def test_a_quote_is_found_word_for_word_or_not_at_all(quote: str, found: str | None) -> None:
    place = exactly(quote, DOCUMENT, 0, len(DOCUMENT))
    assert (DOCUMENT[slice(*place)] if place else None) == found


def test_likeness_finds_the_place_and_never_the_words() -> None:
    place = located("Dogs are allowed.", "Dogs are not allowed here. We close at 9.", 0, 41)
    assert place is None or "not" in "Dogs are not allowed here. We close at 9."[slice(*place)]
    assert sentence_with("12 euros", "A is 12 euros. B is 12 euros.", 0, 29) is None, "which of the two is not known"


def _piece(text: str, quota: int = 3) -> Piece:
    return Piece("d.md", 0, len(text), "Camp", ("Camp",), "en", quota)


LAKE = "The boat fee is 12 euros. The tent fee is 9 euros. Dogs are not allowed in the sauna."

WRITTEN = [
    ("Q: How much is the boat fee?\nA: 12 euros\nE: The boat fee is 12 euros.", ""),
    ("Q: How much is the boat fee?\nA: 12 euros", ""),
    ("Q: How much is the boat fee?\nE: The boat fee is 12 euros.", ""),
    ("Q: How much is the boat fee?\nA: 13 euros\nE: The boat fee is 12 euros.", "answer_not_in_evidence"),
    ("Q: How much is the boat fee?\nA: 12 euros\nE: The boat fee is 13 euros.", None),
    ("Q: How much is the boat fee?\nA: 12 euros\nE: Boats may be had for a dozen coins.", "quote_not_found"),
    ("Q: How much is the ferry?\nA: 20 euros", "quote_not_found"),
    ("Q: Tell me about the fee.\nA: 12 euros\nE: The boat fee is 12 euros.", "question_not_question"),
    ("Q: Is the boat fee 12 euros?\nA: 12 euros\nE: The boat fee is 12 euros.", "answer_in_question"),
    ("Q: 9. Is the tent fee to be paid?\nA: 9\nE: The tent fee is 9 euros.", None),
    ("Q: Who wrote Hamlet?\nA: 12 euros\nE: The boat fee is 12 euros.", None),
]


@pytest.mark.parametrize(("reply", "code"), WRITTEN)
def test_what_a_teacher_writes_meets_the_gates(reply: str, code: str | None) -> None:
    with serving(lambda asked, turns: reply) as server:
        provider = Server(synth.provider_spec(server.url, "m"))
        plan = SynthPlan("teacher", verify=False)
        outcome = ask_about(_piece(LAKE), 0, LAKE, plan, lambda m, d: provider.ask(m, d))
    assert outcome.said[0].text == reply, "the raw reply is kept"
    if code == "":
        (pair,) = outcome.pairs
        assert LAKE[pair.start : pair.end] == pair.evidence and pair.answer in pair.evidence
        assert LAKE[pair.at : pair.at + len(pair.answer)] == pair.answer
    else:
        assert outcome.pairs == ()
        (refused,) = outcome.rejected
        assert refused.code == code if code else refused.code


def test_a_wrong_quote_is_never_kept_for_being_alike() -> None:
    """96 % alike, and false: one number changed, one negation dropped."""
    for wrong, answer in (("The boat fee is 13 euros.", "13 euros"), ("Dogs are allowed in the sauna.", "allowed")):
        reply = f"Q: What holds of the boat fee and dogs?\nA: {answer}\nE: {wrong}"
        with serving(lambda asked, turns, reply=reply: reply) as server:
            provider = Server(synth.provider_spec(server.url, "m"))
            outcome = ask_about(_piece(LAKE), 0, LAKE, SynthPlan("teacher", verify=False), provider.ask)
        assert all("not" in pair.evidence or "12" in pair.evidence for pair in outcome.pairs)
        assert not [pair for pair in outcome.pairs if "13" in pair.answer or pair.evidence == wrong]


def test_a_question_the_model_cannot_answer_again_is_refused() -> None:
    def forgetful(asked: str, turns: list[dict[str, str]]) -> str:
        return "I do not know." if "Question:" in asked else honest(asked, turns)

    for answering, code in ((honest, ""), (forgetful, "not_recovered")):
        with serving(answering) as server:
            provider = Server(synth.provider_spec(server.url, "m"))
            outcome = ask_about(_piece(LAKE), 0, LAKE, SynthPlan("teacher"), provider.ask)
        assert {item.code for item in outcome.rejected} == ({code} if code else set())
        assert len(outcome.pairs) == (0 if code else 2)
        assert {said.asked for said in outcome.said} == {"items", "answer"}


def test_the_model_words_a_question_whose_answer_rules_fixed() -> None:
    text = "# Camp\n\n- Boat fee: 12 euros\n"
    extraction = synth.extract(text, "d.md")
    fixed = next(pair for pair in extraction.pairs if pair.answer == "12 euros")
    said = {
        "Q: What does hiring a boat cost?": "",
        "Q: How much are 12 euros of boat?": "answer_in_question",
        f"Q: {fixed.question}": "duplicate",
        "Q: Which king reigned in 1066?": "number_mismatch",
        "Q: Whom should nobody ever visit?": "off_topic",
    }
    (piece, *_) = [p for p in pieces([extraction], SynthPlan("phrase")) if p.pair == fixed]
    for reply, code in said.items():
        with serving(lambda asked, turns, reply=reply: reply) as server:
            provider = Server(synth.provider_spec(server.url, "m"))
            outcome = ask_about(piece, 0, text, SynthPlan("phrase", verify=False), provider.ask)
        assert [item.code for item in outcome.rejected] == ([code] if code else []), reply
        for pair in outcome.pairs:
            assert (pair.answer, pair.evidence, pair.fact) == (fixed.answer, fixed.evidence, fixed.fact)


def test_every_section_gets_its_share_the_last_one_too() -> None:
    text = (
        price_list(9)
        + "\n## Long\n\n"
        + "\n\n".join(f"Part {n}. " + "Words follow words here. " * 30 for n in range(5))
    )
    extraction = synth.extract(text, "d.md")
    found = pieces([extraction], SynthPlan("teacher", per_section=4))
    assert {piece.section for piece in found} == {s.title for s in extraction.sections if s.title != "Lake camp"}
    assert sum(piece.quota for piece in found if piece.section == "Long") >= 4
    assert max(piece.end - piece.start for piece in found) <= 1700
    assert found[-1].end == len(text)


NEVER_SAID = [
    ([429, 503], "", 3),
    ([500] * TRIES, "synth_model.busy", TRIES),
    ([403], "synth_model.key_refused", 1),
    ([404], "synth_model.not_there", 1),
    ([400], "synth_model.refused", 1),
]


@pytest.mark.parametrize(("statuses", "key", "asked"), NEVER_SAID)
def test_a_busy_server_is_asked_again_and_a_refusal_is_a_sentence(statuses: list[int], key: str, asked: int) -> None:
    waited: list[float] = []
    with serving(honest, statuses=list(statuses)) as server:
        provider = Server(synth.provider_spec(server.url, "m"))
        question = (Message("user", f"{LAKE}\n\nWrite 1 questions."),)
        if key:
            with pytest.raises(EngineError) as refused:
                provider.ask(question, Decoding(), waited.append)
            assert refused.value.key == key and server.url in refused.value.sentence("zh")
        else:
            assert "12 euros" in provider.ask(question, Decoding(), waited.append).text
    assert len(server.asked) == asked
    assert waited == sorted(waited) and len(waited) == asked - 1


def test_nobody_there_is_a_sentence() -> None:
    with serving(honest) as server:
        url = server.url
    with pytest.raises(EngineError) as refused:
        Server(synth.provider_spec(url, "m")).ask((Message("user", "x"),), Decoding())
    assert refused.value.key == "synth_model.unreachable"


def test_a_key_repeated_by_a_server_is_taken_out_of_what_it_said() -> None:
    with serving(lambda asked, turns: "your key is sk-abc-123", key="sk-abc-123") as server:
        provider = Server(synth.provider_spec(server.url, "m"), "sk-abc-123")
        assert provider.ask((Message("user", "x"),), Decoding()).text == "your key is …"


@pytest.mark.parametrize(
    ("where", "key_env", "key"),
    [
        ("ftp://host/v1", "", "synth_model.bad_url"),
        ("http://", "", "synth_model.bad_url"),
        ("http://host:99999999/v1", "", "synth_model.bad_url"),
        ("http://me:sk-123@host/v1", "", "synth_model.key_in_url"),
        ("http://host/v1?key=sk-123", "", "synth_model.key_in_url"),
        ("local", "sk-123", "synth_model.bad_key_name"),
    ],
)
def test_an_address_that_is_none_or_holds_a_key_is_refused_without_repeating_the_key(
    where: str, key_env: str, key: str
) -> None:
    with pytest.raises(UsageError) as refused:
        synth.provider_spec(where, key_env=key_env)
    assert refused.value.key == key
    assert not [x for x in ("zh", "en") if "sk-123" in refused.value.sentence(x)]


@pytest.mark.parametrize(
    ("where", "url"),
    [
        ("127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://localhost:1234/v1/", "http://localhost:1234/v1"),
        ("https://api.example.com/openai/v1/chat/completions", "https://api.example.com/openai/v1"),
    ],
)
def test_addresses_are_understood_as_people_write_them(where: str, url: str) -> None:
    assert synth.provider_spec(where).url == url


def test_zero_parsed_fails_and_shows_what_was_said(tmp_path: Path) -> None:
    lab = Lab(Settings(home=tmp_path / "workspace"))
    with serving(lambda asked, turns: '{"qa": [{"q": "How mu') as server:
        spec = synth.provider_spec(server.url, "m")
        job = synth.start(lab.jobs, {"c.md": price_list(9)}, "c", SynthPlan("teacher"), spec, models=lab.models)
        ended = lab.jobs.wait(job.id)
    assert (ended.state, ended.status.error) == ("failed", "synth_model.nothing_parsed")
    sentence = words.say(ended.status.error, "en", **ended.status.error_values)
    assert '{"qa": [{"q": "How mu' in sentence
    made = synth.made(job.folder)
    assert made.not_parsed and all(one.said[0].text == '{"qa": [{"q": "How mu' for one in made.not_parsed)


def test_a_trial_asks_about_one_piece_and_keeps_nothing() -> None:
    with serving(honest, seconds=0.02) as server:
        provider = Server(synth.provider_spec(server.url, "m"))
        one = synth.trial({"c.md": price_list(7)}, SynthPlan("teacher"), provider.ask)
    assert (one.pieces, len(one.outcome.pairs)) == (7, 2)
    assert one.eta_seconds == pytest.approx(7 * one.outcome.seconds) and one.tokens_per_second > 0
    with pytest.raises(LabError) as refused:
        synth.trial({"c.md": "Hi."}, SynthPlan("teacher"), lambda m, d: provider.ask(m, d))
    assert refused.value.key == "synth_model.nothing_to_ask"


def test_the_engine_of_this_machine_is_a_provider_and_its_questions_meet_the_gates(lab: Lab) -> None:
    """The real bundled model: whatever it writes, a pair's words are the document's."""
    provider = synth.connect(synth.provider_spec("local"), lab.workspace, lab.models)
    try:
        outcome = ask_about(_piece(LAKE, 1), 0, LAKE, SynthPlan("teacher", verify=False, max_tokens=64), provider.ask)
        assert outcome.said[0].text and outcome.said[0].tokens > 0
        for pair in outcome.pairs:
            assert LAKE[pair.start : pair.end] == pair.evidence and pair.answer in pair.evidence
    finally:
        Engine(lab.workspace, lab.models, Runs(lab.workspace)).stop()


def test_no_model_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LabError):
        synth.connect(synth.ProviderSpec(), Workspace(tmp_path), tmp_path)
