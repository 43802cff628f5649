"""Passages of documents: cut without losing a place, found by the words of a question in Chinese and English."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_server import serving

from lab import retrieval
from lab.datasets import Datasets
from lab.errors import EngineError, EvalError
from lab.evals.evaluation import asked_hash
from lab.records import Message, Passage, Row, Version
from lab.runs import Runs, contestant
from lab.settings import PROJECT
from lab.workspace import Workspace

SHARED = PROJECT.parent / "shared" / "data"
LEAST_FOUND = {"en": 21, "zh": 22}
"""Of the 32 handbook questions in words of their own, those whose answer stands in the passages given (measured)."""


def kept(root: Path, documents: dict[str, str]) -> tuple[Datasets, Version]:
    datasets = Datasets(Workspace(root))
    row = Row("x", (Message("user", "?"), Message("assistant", "!")), "x", "train")
    return datasets, datasets.save("desk", [row], mode="remember", mode_reason="-", language="en", documents=documents)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_passages_are_places_of_the_text_and_leave_out_only_blank_lines(language: str) -> None:
    text = (PROJECT / "data" / f"handbook_{language}.md").read_text("utf-8")
    found = retrieval.passages("handbook", text)
    place = 0
    for passage in found:
        assert text[passage.start : passage.end] == passage.text and passage.text.strip()
        assert not text[place : passage.start].strip()
        place = passage.end
    assert not text[place:].strip()
    assert max(len(passage.text) for passage in found) <= retrieval.LONGEST


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_passage_that_answers_is_among_those_given(language: str, tmp_path: Path) -> None:
    text = (PROJECT / "data" / f"handbook_{language}.md").read_text("utf-8")
    datasets, version = kept(tmp_path, {"handbook": text})
    lines = (PROJECT / "data" / f"handbook_{language}_questions.jsonl").read_text("utf-8").splitlines()
    asked = [row for row in map(json.loads, lines) if row["split"] == "test"]
    found = 0
    for row in asked:
        given = "".join(passage.text for passage in retrieval.relevant(datasets, version, row["question"]))
        found += "".join(row["keys"][0].split()) in "".join(given.replace(",", "").split())
    assert LEAST_FOUND[language] <= found <= len(asked) == 32


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_question_of_a_public_faq_finds_its_answer(language: str, tmp_path: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the shared files are not here")
    text = (SHARED / "documents" / f"{language}_dolphinscheduler_faq.md").read_text("utf-8")
    gold = (SHARED / "derived" / f"{language}_dolphinscheduler_faq_gold.jsonl").read_text("utf-8").splitlines()
    datasets, version = kept(tmp_path, {"faq": text})
    for row in map(json.loads, gold):
        given = "".join("".join(p.text.split()) for p in retrieval.relevant(datasets, version, row["question"]))
        assert "".join(row["answer"].split())[:40] in given, row["question"]


def test_passages_stand_before_the_last_question_in_its_language() -> None:
    talk = (Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Hello"))
    given = [Passage("a", 0, 4, "Cats"), Passage("a", 5, 9, "Dogs")]
    *before, asked = retrieval.asked_with((*talk, Message("user", "Who barks?")), given)
    assert tuple(before) == talk
    assert asked.content == "Answer the question from these passages.\n\n[1] Cats\n\n[2] Dogs\n\nQuestion: Who barks?"
    (chinese,) = retrieval.asked_with((Message("user", "谁会叫？"),), given)
    assert chinese.content.startswith("请根据以下资料回答问题。") and chinese.content.endswith("问题：谁会叫？")
    assert retrieval.asked_with(talk, []) == talk


def test_nothing_is_given_to_a_question_that_shares_no_word_with_the_documents(tmp_path: Path) -> None:
    datasets, version = kept(tmp_path, {"desk": "The cold store opens on Tuesday."})
    assert retrieval.relevant(datasets, version, "望远镜") == []
    assert retrieval.relevant(datasets, version, "？！") == []


RULES = (
    "# Hours\n\nThe cold store opens on Tuesday.\n\n# Animals\n\nDogs may come along.\n\n# Wi-Fi\n\nAsk at the desk."
)
MEANINGS = (("dog", "puppies", "小狗"), ("opens", "cold"), ("wi-fi",))


@pytest.mark.parametrize("question", ["Are puppies allowed?", "可以带小狗吗？"])
def test_embeddings_find_what_shares_no_word_with_the_question(question: str, tmp_path: Path) -> None:
    datasets, version = kept(tmp_path, {"rules": RULES})
    with serving(lambda asked, turns: "", meanings=MEANINGS) as server:
        near = f"{server.url}#small-model"
        assert retrieval.relevant(datasets, version, question) == []
        assert "Dogs" in retrieval.relevant(datasets, version, question, near=near)[0].text
        retrieval.relevant(datasets, version, question, near=near)
        sent = [one["body"]["input"] for one in server.requests]
    assert [len(texts) for texts in sent] == [3, 1, 1], "passages are sent once"


def test_words_and_embeddings_decide_together(tmp_path: Path) -> None:
    datasets, version = kept(tmp_path, {"rules": RULES})
    with serving(lambda asked, turns: "", meanings=MEANINGS) as server:
        found = retrieval.relevant(datasets, version, "When does the cold store open?", near=f"{server.url}#small")
    assert "Tuesday" in found[0].text and len(found) == 3


def test_a_server_without_embeddings_is_a_sentence(tmp_path: Path) -> None:
    datasets, version = kept(tmp_path, {"rules": RULES})
    with serving(lambda asked, turns: "") as server, pytest.raises(EngineError) as caught:
        retrieval.relevant(datasets, version, "When?", near=f"{server.url}#small-model")
    assert caught.value.key == "engine.no_embeddings"
    with pytest.raises(EngineError) as caught:
        retrieval.relevant(datasets, version, "When?", near=f"{server.url}#other")
    assert caught.value.key == "engine.url_unreachable"


def test_how_passages_are_ranked_is_part_of_what_decides_an_answer(tmp_path: Path) -> None:
    datasets, _ = kept(tmp_path, {"rules": RULES})
    runs, asked = Runs(datasets.workspace), (Message("user", "When?"),)
    by_words = contestant("base+docs:desk", runs, datasets)
    both = contestant("base+docs:desk+near:http://127.0.0.1:9/v1#bge", runs, datasets)
    assert both.near == "http://127.0.0.1:9/v1#bge" and both.documents == by_words.documents
    assert asked_hash(both, "w", asked) != asked_hash(by_words, "w", asked)


@pytest.mark.parametrize(
    "name", ["base+near:http://a/v1#m", "base+docs:desk+near:http://a/v1", "base+whole:desk+near:x#m"]
)
def test_embeddings_without_documents_server_or_model_are_refused(name: str, tmp_path: Path) -> None:
    datasets, _ = kept(tmp_path, {"rules": RULES})
    with pytest.raises(EvalError) as caught:
        contestant(name, Runs(datasets.workspace), datasets)
    assert caught.value.key == "evals.bad_near"


def test_a_contestant_keeps_the_version_of_its_documents(tmp_path: Path) -> None:
    datasets, version = kept(tmp_path, {"desk": "The cold store opens on Tuesday."})
    runs = Runs(datasets.workspace)
    made = contestant("base+docs:desk", runs, datasets)
    assert made.documents == f"desk@{version.version}" and not made.whole
    assert contestant("base+whole:desk", runs, datasets).whole
    _, other = kept(tmp_path, {"desk": "It opens on Friday."})
    assert contestant("base+docs:desk", runs, datasets).documents == f"desk@{other.version}" != made.documents
    assert contestant(f"base+docs:desk@{version.version}", runs, datasets).documents == made.documents
    _, without = kept(tmp_path, {})
    with pytest.raises(EvalError) as caught:
        contestant("base+docs:desk", runs, datasets)
    assert caught.value.key == "evals.no_documents" and without.documents == ()
