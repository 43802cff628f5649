"""Shapes that only show over a whole file or several: descriptions beside files, texts alone, repairs while reading."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lab import ingest
from lab.ingest.shaping.llamafactory import mapping_of

PAIR = {"prompt": "Q1?", "chosen": "A1.", "rejected": "B1."}


def _write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    return path


def _codes(reading: ingest.Reading) -> list[tuple[str, str]]:
    for problem in reading.problems:
        assert ingest.describe(problem, "zh") and ingest.describe(problem, "en")
    return [(problem.code, problem.severity) for problem in reading.problems]


ALPACA = [{"frage": "Q1?", "mehr": "", "antwort": "A1."}, {"frage": "Q2?", "mehr": "B", "antwort": "A2."}]
TALK = [
    {
        "dialog": [
            {"rolle": "H", "text": "Q3?"},
            {"rolle": "F", "text": json.dumps({"name": "w", "arguments": {}})},
            {"rolle": "O", "text": "yes"},
            {"rolle": "G", "text": "A3."},
        ],
        "werkzeuge": json.dumps([{"name": "w", "parameters": {}}]),
        "anweisung": "S",
    }
]
INFO = {
    "one": {
        "file_name": "one.json",
        "columns": {"prompt": "frage", "query": "mehr", "response": "antwort"},
    },
    "two": {
        "file_name": "sub/two.json",
        "formatting": "sharegpt",
        "columns": {"messages": "dialog", "tools": "werkzeuge", "system": "anweisung"},
        "tags": {
            "role_tag": "rolle",
            "content_tag": "text",
            "user_tag": "H",
            "assistant_tag": "G",
            "observation_tag": "O",
            "function_tag": "F",
        },
    },
    "elsewhere": {"hf_hub_url": "a/b"},
}


def test_a_description_dropped_alone_is_explained(tmp_path: Path) -> None:
    reading = ingest.read([_write(tmp_path / "dataset_info.json", INFO)])
    assert _codes(reading) == [("dataset_info", "error")]
    assert reading.problems[0].values == {"entries": 3, "local": 2, "files": "one.json, sub/two.json"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_description_dropped_with_its_files_says_how_they_are_read(tmp_path: Path, packed: bool) -> None:
    paths = [
        _write(tmp_path / "one.json", ALPACA),
        _write(tmp_path / "two.json", TALK),
        _write(tmp_path / "dataset_info.json", INFO),
    ]
    if packed:
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            for path in paths:
                archive.write(path, path.name)
        paths = [tmp_path / "all.zip"]
    reading = ingest.read(paths)
    assert [(row.question, row.answer) for row in reading.rows] == [("Q1?", "A1."), ("Q2?\nB", "A2."), ("Q3?", "A3.")]
    talk = reading.rows[-1]
    assert [message.role for message in talk.messages] == ["system", "user", "assistant", "tool", "assistant"]
    assert talk.messages[2].calls[0].name == "w" and talk.tools[0]["function"]["name"] == "w"
    assert _codes(reading) == [("dataset_info_used", "info")]


def test_what_a_person_names_goes_before_a_description(tmp_path: Path) -> None:
    paths = [_write(tmp_path / "one.json", ALPACA), _write(tmp_path / "dataset_info.json", INFO)]
    reading = ingest.read(paths, {"question": "antwort", "answer": "frage"})
    assert [row.question for row in reading.rows] == ["A1.", "A2."]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"file_name": "a"}, {"question": "instruction", "more": "input", "answer": "output"}),
        ({"file_name": "a", "ranking": True}, {}),
        ({"file_name": "a", "columns": {"kto_tag": "label"}}, {}),
        ({"file_name": "a", "columns": "broken"}, {"question": "instruction", "more": "input", "answer": "output"}),
    ],
)
def test_a_description_without_columns_has_its_programs_defaults(entry: dict[str, Any], expected: Any) -> None:
    assert mapping_of(entry) == expected


def test_the_public_description_names_its_local_files(shared: Path) -> None:
    info, data = shared / "llamafactory/dataset_info.json", shared / "llamafactory/glaive_toolcall_en_demo.json"
    together = ingest.read([info, data])
    assert len(together.rows) == 300
    assert [row.messages for row in together.rows] == [row.messages for row in ingest.read([data]).rows]


def test_texts_alone_are_one_document(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": f"Text {n}.", "url": "u"}) + "\n" for n in range(3)), "utf-8")
    reading = ingest.read([path])
    assert reading.rows == [] and reading.documents == {"texts.jsonl": "Text 0.\n\nText 1.\n\nText 2.\n"}
    assert _codes(reading) == [("texts_as_document", "info")] and reading.files[0].format == "document"


def test_texts_beside_rows_are_told_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    lines = [{"text": "Text."}, {"question": "Q?", "answer": "A."}, {"text": "More."}]
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    reading = ingest.read([path])
    assert len(reading.rows) == 1 and reading.documents == {}
    assert [(problem.code, problem.line) for problem in reading.problems] == [("text_only", 1), ("text_only", 3)]


def test_preference_pairs_are_rows_when_asked_and_what_is_not_used_is_told(tmp_path: Path) -> None:
    path = _write(tmp_path / "pairs.json", [PAIR, {**PAIR, "prompt": "Q2?"}])
    reading = ingest.read([path])
    assert [(p.code, p.line, p.fix) for p in reading.problems] == [("preference_pairs", 1, "use_chosen")] * 2
    reading = ingest.read([path], fixes=("use_chosen",))
    assert [(row.question, row.answer) for row in reading.rows] == [("Q1?", "A1."), ("Q2?", "A1.")]
    assert _codes(reading) == [("fields_not_used", "info")] and reading.problems[0].values == {"fields": "rejected"}


def test_a_table_of_preference_pairs_is_known_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("prompt,chosen,rejected\nQ?,A.,B.\n", "utf-8")
    assert _codes(ingest.read([tmp_path / "pairs.csv"])) == [("preference_pairs", "error")]


@pytest.mark.parametrize(
    ("name", "format", "rows"),
    [
        ("azure_samples/foundry_stock_toolcall_train.jsonl", "chat", 86),
        ("llamafactory/glaive_toolcall_en_demo.json", "sharegpt", 300),
        ("gold_qa/mt_bench_question.jsonl", "question_turns", 0),
        ("messy/ms_swift/sharegpt.jsonl", "sharegpt", 3),
        ("text2sql/tugraph_text2cypher_zh_train.json", "alpaca", 109),
    ],
)
def test_public_files_of_every_shape_are_read(shared: Path, name: str, format: str, rows: int) -> None:
    reading = ingest.read([shared / name])
    assert (reading.files[0].format, len(reading.rows)) == (format, rows)


def test_public_tool_calls_are_whole(shared: Path) -> None:
    stock = ingest.read([shared / "azure_samples/foundry_stock_toolcall_train.jsonl"]).rows
    called = [row for row in stock if row.messages[-1].calls]
    assert len(called) == 36 and all(len(row.tools) == 2 for row in stock)
    assert json.loads(called[0].messages[-1].calls[0].arguments) == {"symbol": "BAC", "period": "1mo"}
    glaive = ingest.read([shared / "llamafactory/glaive_toolcall_en_demo.json"]).rows
    turns = [message for row in glaive for message in row.messages]
    assert sum(len(turn.calls) for turn in turns) == 211 == sum(turn.role == "tool" for turn in turns)


def test_columns_that_look_like_question_and_answer_are_proposed_as_they_are_to_be_named(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("heading,ask,doctor_words\nH,Is it bad?,Rest a while.\n", "utf-8")
    reading = ingest.read([tmp_path / "t.csv"])
    (proposal,) = [problem for problem in reading.problems if problem.code == "columns_guessed"]
    named = dict(part.split("=") for part in proposal.values["mapping"].split(","))
    (row,) = ingest.read([tmp_path / "t.csv"], named).rows
    assert (row.question, row.answer) == ("H\nIs it bad?", "Rest a while.")
