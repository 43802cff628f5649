"""What is exported is read back as it was, or the export says what is missing."""

from __future__ import annotations

import csv
import gzip
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab import ingest
from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.ingest.writing.export import Exported, export, write
from lab.ingest.writing.provenance import documents_beside
from lab.records import Message, Row, ToolCall
from lab.workspace import Workspace

ENDINGS = {"csv": "csv", "parquet": "parquet"}
KEPT: dict[str, set[str]] = {
    "chat": {"messages", "tools", "group", "split", "keys", "tags"},
    "sharegpt": {"messages", "tools", "group", "split", "keys", "tags"},
    "parquet": {"messages", "tools", "group", "split", "keys", "tags"},
    "records": {"messages", "tools", "group", "split", "keys", "tags", "id", "file", "line", "document", "start", "end"}
    | {"evidence", "rule", "status"},
    "alpaca": {"texts", "tools", "group", "split", "keys", "tags"},
    "prompt_completion": {"texts", "tools", "group", "split", "keys", "tags"},
    "csv": {"texts", "group", "split", "keys", "tags"},
}
"""Format → what comes back; ``texts`` are roles and contents without weights and names."""

LETTERS = st.one_of(
    st.sampled_from(list("abc 0189,;|'\"=+-@\t\n\r[]{}<>\\/#*.:？，。“”家人 ")),
    st.characters(exclude_categories=["Cs", "Cc"]),
)
TEXTS = st.text(LETTERS, min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
NAMES = st.text("abcdefgh_", min_size=1, max_size=8)
MARKS = st.lists(st.text(LETTERS, min_size=1, max_size=12), max_size=3)
CALLS = st.builds(
    lambda name, arguments, id: {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}},
    NAMES,
    st.dictionaries(NAMES, st.one_of(TEXTS, st.integers(), st.booleans()), max_size=2).map(json.dumps),
    NAMES,
)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A record as OpenAI writes it, with some of everything."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": draw(TEXTS)}] if draw(st.booleans()) else []
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        messages.append({"role": "user", "content": draw(TEXTS)})
        if draw(st.integers(0, 5)) == 0:
            content = draw(st.one_of(st.just(""), TEXTS))
            calls = draw(st.lists(CALLS, min_size=1, max_size=2))
            messages.append({"role": "assistant", "content": content, "tool_calls": calls})
            messages += [
                {"role": "tool", "content": draw(TEXTS), "tool_call_id": call["id"], "name": call["function"]["name"]}
                for call in calls
            ]
        messages.append({"role": "assistant", "content": draw(TEXTS)})
    if draw(st.booleans()):
        messages[-1]["weight"] = 1
        for message in messages[:-1]:
            if message["role"] == "assistant" and draw(st.booleans()):
                message["weight"] = 0
    tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
    marks = {"group": draw(TEXTS), "keys": draw(MARKS), "tags": draw(MARKS)}
    return {"messages": messages, **marks, **({"tools": tools} if draw(st.booleans()) else {})}


def _read(path: Path) -> list[Row]:
    reading = ingest.read([path])
    assert [problem for problem in reading.problems if problem.severity == "error"] == []
    return reading.rows


def _comparable(row: Row, format: str) -> dict[str, Any]:
    kept = KEPT[format]
    made = {name: getattr(row, name) for name in kept - {"texts"}}
    if "texts" in kept:
        made["texts"] = [(message.role, message.content) for message in row.messages]
    if format == "csv":
        made["texts"] = [(role, text.replace("\r\n", "\n").replace("\r", "\n")) for role, text in made["texts"]]
    return made


def _source(rows: list[dict[str, Any]], folder: Path) -> list[Row]:
    """The rows as this lab reads them, with a split and some provenance."""
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    read = _read(path)
    splits, statuses = ("train", "validation", "test"), ("ok", "edited", "synthetic", "added")
    known = {"document": "d.md", "start": 0, "end": 3, "evidence": "abc", "rule": "faq"}
    return [
        replace(row, split=splits[number % 3], status=statuses[number % 4], **known) for number, row in enumerate(read)
    ]


def _can_hold(row: Row, format: str) -> bool:
    has_tools = any(message.calls or message.role == "tool" for message in row.messages)
    turns = sum(message.role == "user" for message in row.messages)
    if format in {"prompt_completion", "csv"}:
        return not has_tools and turns == 1
    return not has_tools if format == "alpaca" else True


@pytest.mark.parametrize("format", sorted(KEPT))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(records(), min_size=1, max_size=4))
def test_reading_an_export_gives_the_rows_it_was_made_of(
    tmp_path: Path, format: str, made: list[dict[str, Any]]
) -> None:
    rows = _source(made, tmp_path)
    held = [row for row in rows if _can_hold(row, format)]
    out = tmp_path / f"out.{ENDINGS.get(format, 'jsonl')}"
    if not held:
        with pytest.raises(DataError, match="Nothing was written"):
            write(lambda: rows, format, out)
        return
    told = write(lambda: rows, format, out)
    assert [_comparable(row, format) for row in _read(out)] == [_comparable(row, format) for row in held]
    assert told.rows == len(held) and sum(told.not_written.values()) == len(rows) - len(held)
    if "texts" in KEPT[format]:
        weighted = sum(not all(message.trained for message in row.messages) for row in held)
        assert told.left_out.get("weights", 0) == weighted
    assert told.left_out.get("provenance", 0) == (0 if format == "records" else len(held))
    if format == "csv":
        assert told.left_out.get("tools", 0) == sum(bool(row.tools) for row in held)
        returns = sum(any("\r" in message.content for message in row.messages) for row in held)
        assert told.left_out.get("line_ends", 0) == returns


@pytest.fixture
def datasets(tmp_path: Path) -> Datasets:
    return Datasets(Workspace(tmp_path / "home"))


def _row(number: int, split: str = "train", **changes: Any) -> Row:
    messages = (Message("user", f"Question {number}?"), Message("assistant", f"Answer {number}."))
    return replace(Row(f"{number:012x}", messages, f"g{number}", split, "a.jsonl", number + 1), **changes)


def _version(datasets: Datasets, rows: list[Row], documents: dict[str, str] | None = None) -> Any:
    return datasets.save(
        "set", rows, mode="generalise", mode_reason="data.reason_chosen", language="en", documents=documents
    )


def test_a_table_cell_runs_no_formula_and_an_apostrophe_of_the_text_survives(tmp_path: Path) -> None:
    texts = ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "'=1", "''-1", "'plain", "it's", "\t=1"]
    rows = [replace(_row(0), messages=(Message("user", text), Message("assistant", text))) for text in texts]
    write(lambda: rows, "csv", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [row["answer"] for row in csv.DictReader(file)]
    assert not any(cell[0] in "=+-@\t\r\n" for cell in cells)
    assert [row.answer for row in _read(tmp_path / "out.csv")] == texts


def test_a_table_of_others_keeps_its_apostrophes(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("question,answer\nWhat?,'=1\nWhy?,'-tis so\n", "utf-8")
    assert [row.answer for row in _read(tmp_path / "in.csv")] == ["'=1", "'-tis so"]


def test_a_folder_gets_one_file_for_each_split_with_rows(datasets: Datasets, tmp_path: Path) -> None:
    version = _version(datasets, [_row(0), _row(1, "test"), _row(2)])
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "validation.jsonl").write_text('{"question": "old", "answer": "old"}\n')
    made = export(datasets, version, "chat", folder)
    assert [path.name for path in made.files] == ["train.jsonl", "validation.jsonl", "test.jsonl"]
    assert (folder / "validation.jsonl").read_bytes() == b""
    assert [row.question for row in _read(folder / "train.jsonl")] == ["Question 0?", "Question 2?"]
    assert made.rows == 3 and export(datasets, version, "parquet", folder, "test").rows == 1


def test_a_name_ending_in_gz_is_compressed_and_read_back(datasets: Datasets, tmp_path: Path) -> None:
    version = _version(datasets, [_row(number) for number in range(20)])
    for format, name in (("chat", "out.jsonl.gz"), ("csv", "out.csv.gz")):
        export(datasets, version, format, tmp_path / name)
        first = (tmp_path / name).read_bytes()
        assert gzip.decompress(first)
        export(datasets, version, format, tmp_path / name)
        assert (tmp_path / name).read_bytes() == first
        assert len(_read(tmp_path / name)) == 20
    with pytest.raises(UsageError):
        export(datasets, version, "parquet", tmp_path / "out.parquet.gz")


def test_what_a_form_cannot_hold_is_named_row_by_row(datasets: Datasets, tmp_path: Path) -> None:
    talk = tuple(Message(role, f"{role} {i}") for i in range(2) for role in ("user", "assistant"))
    called = (
        Message("user", "Q"),
        Message("assistant", "", calls=(ToolCall("look", "{}", "1"),)),
        Message("tool", "found", name="look", call="1"),
        Message("assistant", "A"),
    )
    version = _version(datasets, [_row(0), _row(1, messages=talk), _row(2, messages=called)])
    made = export(datasets, version, "csv", tmp_path / "out.csv")
    assert (made.rows, made.not_written) == (1, {"several_turns": 1, "tool_turns": 1})
    (listed,) = made.lists
    named = [json.loads(line) for line in listed.read_text("utf-8").splitlines()]
    assert [(one["row"], one["file"], one["line"], one["code"]) for one in named] == [
        (2, "a.jsonl", 2, "several_turns"),
        (3, "a.jsonl", 3, "tool_turns"),
    ]
    for row in (_row(1, messages=talk), _row(2, messages=called)):
        with pytest.raises(DataError):
            write(lambda row=row: [row], "prompt_completion", tmp_path / "none.jsonl")  # type: ignore[misc]
    assert not list(tmp_path.glob("none*")) and not list(tmp_path.glob(".*"))


def test_records_bring_their_documents_back(datasets: Datasets, tmp_path: Path) -> None:
    documents = {"a/b.md": "First.\r\nText", "a-b.md": "Second.", "A-B.md": "Third."}
    rows = [
        _row(i, document=name, start=0, end=5, evidence=text[:5], rule="section", status="synthetic", tags=("x|y",))
        for i, (name, text) in enumerate(documents.items())
    ]
    version = _version(datasets, rows, documents)
    made = export(datasets, version, "records", tmp_path / "out.jsonl")
    assert made.documents == tmp_path / "out.jsonl.documents"
    assert {path.name for path in made.documents.glob("*.txt")} == {"a-b.md.txt", "a-b.md~2.txt", "A-B.md~3.txt"}
    assert documents_beside(tmp_path / "out.jsonl") == documents
    again, _ = ingest.add(datasets, [tmp_path / "out.jsonl"], "again")
    assert list(datasets.rows(again)) == rows
    assert {name: datasets.document(again, name) for name in again.documents} == documents
    for row in datasets.rows(again):
        assert datasets.document(again, str(row.document))[row.start : row.end] == row.evidence


def test_what_only_looks_like_a_record_is_read_as_a_conversation(tmp_path: Path) -> None:
    export_of = {**json.loads(json.dumps({"messages": [], "id": "x", "group": "g", "split": "train", "file": "f"}))}
    turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]
    rest = {"line": "one", "keys": [], "document": None, "start": None, "end": None, "evidence": None, "rule": None}
    record = {**export_of, "messages": turns, **rest, "status": "ok", "tags": []}
    (tmp_path / "in.jsonl").write_text(json.dumps(record) + "\n", "utf-8")
    (row,) = _read(tmp_path / "in.jsonl")
    assert (row.file, row.line) == ("in.jsonl", 1)


def test_a_place_that_cannot_be_written_is_a_sentence(datasets: Datasets, tmp_path: Path) -> None:
    version = _version(datasets, [_row(0)])
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError) as caught:
        export(datasets, version, "chat", tmp_path / "file" / "out.jsonl")
    assert caught.value.key == "data.cannot_write"
    with pytest.raises(UsageError):
        export(datasets, version, "yaml", tmp_path / "out")


@pytest.mark.parametrize("format", ["chat", "csv", "parquet"])
def test_an_export_of_many_rows_holds_few_of_them(tmp_path: Path, format: str) -> None:
    def rows(count: int) -> Any:
        text = "word " * 40
        return (_row(n, messages=(Message("user", f"{n} {text}"), Message("assistant", text))) for n in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        made: Exported = write(lambda: rows(count), format, tmp_path / f"out.{count}")
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert made.rows == count
        return most

    peak(10)
    assert peak(12_000) < 2 * peak(4_000) + 4_000_000
