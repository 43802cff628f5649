"""Any file in, every row accounted for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab import ingest
from lab.errors import DataError
from lab.records import Message

CHAT = {"messages": [{"role": "user", "content": "Q1?"}, {"role": "assistant", "content": "A1."}]}


def _file(tmp_path: Path, content: str | bytes, name: str = "data.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def _read(tmp_path: Path, content: str | bytes, name: str = "data.jsonl") -> ingest.Reading:
    return ingest.read([_file(tmp_path, content, name)])


def _codes(reading: ingest.Reading) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for problem in reading.problems]


@pytest.mark.parametrize(
    ("record", "shape"),
    [
        (CHAT, "chat"),
        ({"conversations": [{"from": "human", "value": "Q1?"}, {"from": "gpt", "value": "A1."}]}, "sharegpt"),
        ({"conversation": [{"human": "Q1?", "assistant": "A1."}]}, "sharegpt"),
        ({"instruction": "Q1?", "input": "", "output": "A1."}, "alpaca"),
        ({"指令": "Q1?", "输入": "", "输出": "A1."}, "alpaca"),
        ({"prompt": "Q1?", "completion": "A1."}, "prompt_completion"),
        ({"prompt": [CHAT["messages"][0]], "completion": [CHAT["messages"][1]]}, "prompt_completion"),
        ({"question": "Q1?", "answer": "A1."}, "question_answer"),
        ({"query": "Q1?", "response": "A1."}, "question_answer"),
        ({"input": "Q1?", "output": "A1."}, "question_answer"),
        ({"Question": "Q1?", "Expected Response": "A1."}, "question_answer"),
        ({"问题": "Q1?", "答案": "A1."}, "question_answer"),
        ({"问": "Q1?", "答": "A1."}, "question_answer"),
        ({"text": "Q1?", "label": "A1."}, "classification"),
    ],
)
def test_every_common_shape_is_recognised(tmp_path: Path, record: dict[str, Any], shape: str) -> None:
    for content in (json.dumps(record), json.dumps([record], indent=2)):
        reading = _read(tmp_path, content)
        assert reading.format == shape
        assert [row.messages for row in reading.rows] == [(Message("user", "Q1?"), Message("assistant", "A1."))]
        assert reading.problems == []


@pytest.mark.parametrize("name", ["rows.txt", "travel.jsonl.txt", "rows.md", "rows", "rows.csv"])
def test_content_not_the_ending_makes_rows(tmp_path: Path, name: str) -> None:
    reading = _read(tmp_path, json.dumps(CHAT) + "\n" + json.dumps(CHAT), name)
    assert len(reading.rows) == 2 and not reading.documents


@pytest.mark.parametrize("name", ["notes.txt", "notes.md", "notes.csv"])
def test_prose_is_a_document_whatever_its_ending(tmp_path: Path, name: str) -> None:
    text = "# Title\r\n\r\nSome prose, with commas, and more.\rLast line."
    reading = _read(tmp_path, text, name)
    assert reading.documents == {name: "# Title\n\nSome prose, with commas, and more.\nLast line."}
    assert reading.rows == [] and reading.format == "document"


def test_several_files_are_sorted_into_rows_and_documents(tmp_path: Path) -> None:
    paths = [_file(tmp_path, json.dumps(CHAT), "a.txt"), _file(tmp_path, "Prose.\n\n[1] A note.", "b.json.md")]
    reading = ingest.read(paths)
    assert len(reading.rows) == 1 and list(reading.documents) == ["b.json.md"]


@pytest.mark.parametrize(
    ("encoding", "stated"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
    ],
)
def test_a_chinese_table_is_read_in_any_encoding(tmp_path: Path, encoding: str, stated: str) -> None:
    text = '问题,答案\r\n小雨今年几岁？,小雨今年十二岁。\r\n家里的猫叫什么名字？,"叫豆包，\n很可爱。"\r\n'
    reading = _read(tmp_path, text.encode(encoding), "t.csv")
    assert reading.files[0].encoding == stated
    assert [(row.question, row.answer, row.line) for row in reading.rows] == [
        ("小雨今年几岁？", "小雨今年十二岁。", 2),
        ("家里的猫叫什么名字？", "叫豆包，\n很可爱。", 3),
    ]
    assert reading.language == "zh"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([], "no_messages"),
        ([{"role": "system", "content": "S"}], "system_only"),
        ([{"role": "user", "content": "Q"}], "no_assistant"),
        ([{"role": "wizard", "content": "Q"}], "unknown_role"),
        ([{"role": "tool", "content": "Q"}], "no_assistant"),
        ([{"role": "user", "content": "Q"}, {"role": "assistant", "content": " \n"}], "empty_content"),
        ([{"role": "user", "content": "Q"}, {"role": "assistant", "content": {"a": 1}}], "content_not_text"),
        ([{"role": "user", "content": "Q"}, {"role": "assistant", "tool_calls": [1]}], "bad_tool_call"),
        ([*CHAT["messages"], {"role": "system", "content": "S"}], "system_not_first"),
        ([{"role": "assistant", "content": "A"}, *CHAT["messages"]], "starts_with_assistant"),
        ([CHAT["messages"][0], *CHAT["messages"]], "not_alternating"),
        ([*CHAT["messages"], CHAT["messages"][0]], "ends_with_user"),
        ([{"content": "Q"}], "turn_without_role"),
        (["Q"], "turn_not_an_object"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, messages: list[Any], code: str) -> None:
    reading = _read(tmp_path, json.dumps(CHAT) + "\n\n" + json.dumps({"messages": messages}) + "\n")
    assert len(reading.rows) == 1
    assert _codes(reading) == [(code, 3)]
    assert reading.problems[0].severity == "error"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "empty_file"),
        (" \n\n", "empty_file"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "lfs_pointer"),
        (b"PAR1\x00\x01", "broken_parquet"),
        ('["a", "b"]', "not_a_record"),
        ("[1, NaN]", "not_a_record"),
        ("{}", "unknown_columns"),
        ("[" * 100_000, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        ("[", "cut_off"),
        ("[]", "no_records"),
        ('{"question": "only"}', "prompt_only"),
        ('{"prompt": "p", "chosen": "c", "rejected": "r"}', "preference_pairs"),
        ('{"Year": {"0": 1, "1": 2}, "Revenue": {"0": 3, "1": 4}}', "columns_read"),
        ('{"Year": [1, 2], "Revenue": [3, 4]}', "columns_read"),
        ('{"one": {"file": "a"}, "two": {"url": "b"}}', "config_not_rows"),
        ('{"question": "q", "answer": ' + "9" * 5000 + "}", "invalid_json"),
    ],
)
def test_what_is_no_training_data_is_named_not_raised(tmp_path: Path, content: str | bytes, code: str) -> None:
    reading = _read(tmp_path, content)
    assert reading.rows == []
    assert code in [problem.code for problem in reading.problems]
    for problem in reading.problems:
        assert ingest.describe(problem, "zh") and ingest.describe(problem, "en")


def test_one_broken_line_costs_one_row(tmp_path: Path) -> None:
    lines = [json.dumps(CHAT), '{"messages": [', json.dumps({"question": "Q2", "answer": "A2"})]
    reading = _read(tmp_path, "\n".join(lines))
    assert [row.line for row in reading.rows] == [1, 3]
    assert _codes(reading) == [("invalid_json", 2)]
    assert reading.records == 3


def test_objects_over_several_lines_are_read_one_by_one(tmp_path: Path) -> None:
    reading = _read(tmp_path, "\n".join(json.dumps({"question": f"Q{i}", "answer": "A"}, indent=2) for i in range(3)))
    assert [(row.question, row.line) for row in reading.rows] == [("Q0", 1), ("Q1", 5), ("Q2", 9)]
    assert reading.problems == []


def test_a_broken_first_line_costs_one_row(tmp_path: Path) -> None:
    reading = _read(tmp_path, '{"messages": [\n' + (json.dumps(CHAT) + "\n") * 2)
    assert [row.line for row in reading.rows] == [2, 3]


def test_a_cut_array_keeps_what_came_before_the_cut(tmp_path: Path) -> None:
    text = json.dumps([{"question": f"Q{i}", "answer": f"A{i}"} for i in range(5)], indent=1)
    reading = _read(tmp_path, text[: text.index("A4")])
    assert [row.answer for row in reading.rows] == ["A0", "A1", "A2", "A3"]
    assert _codes(reading) == [("cut_off", 18)]


def test_many_places_of_one_problem_are_one_entry_with_every_line(tmp_path: Path) -> None:
    lines = ["{broken"] * 30 + [json.dumps(CHAT)] + ["{broken"]
    reading = _read(tmp_path, "\n".join(lines))
    (problem,) = reading.problems
    assert problem.values["lines"] == [[1, 30], [32, 32]] and ingest.places(problem) == 31
    assert "1-30, 32" in ingest.describe(problem, "en")


def test_duplicates_and_conflicts_are_told_with_the_other_place(tmp_path: Path) -> None:
    rows = [("Q?", "A"), ("Q?", "A"), ("q", "B"), ("R?", "A")]
    reading = _read(tmp_path, "\n".join(json.dumps({"question": q, "answer": a}) for q, a in rows))
    assert len(reading.rows) == 4
    assert _codes(reading) == [("duplicate", 2), ("conflicting_answers", 3)]
    assert {problem.values["other"] for problem in reading.problems} == {1}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("I am {{name}}.", "placeholder"),
        ("Bye<|im_end|>", "control_tokens"),
        ("Q1?", "answer_repeats_question"),
        ("A\ud800B", "unsound_characters"),
        ("A\0B", "unsound_characters"),
    ],
)
def test_odd_rows_are_kept_and_told(tmp_path: Path, answer: str, code: str) -> None:
    reading = _read(tmp_path, json.dumps({"question": "Q1?", "answer": answer}))
    assert len(reading.rows) == 1
    assert (code, 1) in _codes(reading)
    assert reading.rows[0].answer.encode("utf-8")


def test_fields_that_no_turn_is_made_of_are_told(tmp_path: Path) -> None:
    reading = _read(tmp_path, json.dumps({"question": "Q", "context": "C", "answer": "A", "group": "g"}))
    assert [(p.code, p.severity, p.values) for p in reading.problems] == [
        ("fields_not_used", "info", {"fields": "context"})
    ]


def test_columns_are_mapped_and_joined_as_named(tmp_path: Path) -> None:
    path = _file(tmp_path, "title,ask,reply,kind\nT,B,C,k\n", "t.csv")
    reading = ingest.read([path], {"question": "title+ask", "answer": "reply", "group": "kind"})
    assert [(row.question, row.answer, row.group) for row in reading.rows] == [("T\nB", "C", "k")]


@pytest.mark.parametrize("mapping", [{"question": "a"}, {"question": "a", "answer": "b", "colour": "c"}])
def test_a_mapping_that_says_too_little_or_too_much_is_refused(tmp_path: Path, mapping: dict[str, str]) -> None:
    with pytest.raises(DataError):
        ingest.read([_file(tmp_path, "a,b\n1,2\n")], mapping)


def test_a_table_with_ragged_rows_keeps_the_sound_ones(tmp_path: Path) -> None:
    reading = _read(tmp_path, "question,answer\nQ1,A1\nQ2,A2,and more\nQ3\nQ4,A4\n", "t.csv")
    assert [row.question for row in reading.rows] == ["Q1", "Q4"]
    assert _codes(reading) == [("too_many_cells", 3), ("too_few_cells", 4), ("empty_content", 4)]


def test_what_a_row_says_of_itself_is_kept(tmp_path: Path) -> None:
    marks = {"fact_id": 7, "split": "dev", "keys": ["a", "b"], "tags": "x|y"}
    row = _read(tmp_path, json.dumps({**CHAT, **marks})).rows[0]
    assert (row.group, row.split, row.keys, row.tags) == ("7", "validation", ("a", "b"), ("x", "y"))


def test_the_same_file_gives_the_same_ids(tmp_path: Path) -> None:
    content = "\n".join(json.dumps({"question": f"Q{i}", "answer": "A"}) for i in range(20))
    one, other = _read(tmp_path, content), _read(tmp_path, content)
    assert [row.id for row in one.rows] == [row.id for row in other.rows]
    assert len({row.id for row in one.rows}) == 20


def test_files_of_one_name_stay_apart(tmp_path: Path) -> None:
    paths = []
    for folder, name in (("one", "a.md"), ("two", "a.md"), ("three", "A.md")):
        (tmp_path / folder).mkdir()
        paths.append(_file(tmp_path / folder, f"Prose of {folder}.", name))
    assert list(ingest.read(paths).documents) == ["a.md", "2-a.md", "3-A.md"]
