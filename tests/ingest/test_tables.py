"""Workbooks and Parquet files are rows as a person sees them."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest

from lab import ingest
from lab.records import Message


def _book(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _codes(reading: ingest.Reading) -> list[tuple[str, int | None]]:
    for problem in reading.problems:
        assert ingest.describe(problem, "zh") and ingest.describe(problem, "en")
    return [(problem.code, problem.line) for problem in reading.problems]


def test_every_sheet_with_known_columns_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = _book(
        tmp_path / "a.xlsx",
        **{
            "说明": [["这是说明"], ["版本", "1"]],
            "Facts": [["question", "answer"], ["Q1?", "A1."], [None, None], ["Q2?", "A2."]],
            "Empty": [],
            "中文": [["编号", "问题", "答案"], [1, "小雨几岁？", "十二岁。"]],
        },
    )
    reading = ingest.read([path])
    assert [(row.question, row.answer, row.line) for row in reading.rows] == [
        ("Q1?", "A1.", 2),
        ("Q2?", "A2.", 4),
        ("小雨几岁？", "十二岁。", 2),
    ]
    assert reading.files[0].kind == "XLSX"
    assert _codes(reading) == [("sheet_not_used", None), ("fields_not_used", None)]


def test_a_title_above_the_header_is_not_a_row(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "客服问答（2024 年）"
    sheet.merge_cells("A1:C1")
    for row in ([None, "按部门整理", None], ["问题", "答案", None], ["几点开门？", "九点。", "备注"]):
        sheet.append(row)
    book.save(path)
    reading = ingest.read([path])
    assert [(row.question, row.answer, row.line) for row in reading.rows] == [("几点开门？", "九点。", 4)]
    assert _codes(reading) == [("fields_not_used", None), ("rows_above_header", 1)]


@pytest.mark.parametrize(
    ("value", "form", "seen"),
    [
        (3, "General", "3"),
        (3.0, "General", "3"),
        (0.1, "General", "0.1"),
        (1234.5, "#,##0.00", "1,234.50"),
        (0.125, "0.0%", "12.5%"),
        (7, "000", "007"),
        (2.5, "0.00", "2.50"),
        (True, "General", "TRUE"),
        (datetime.datetime(2024, 3, 5), "yyyy-mm-dd", "2024-03-05"),
        (datetime.datetime(2024, 3, 5), "yyyy/m/d", "2024/3/5"),
        (datetime.datetime(2024, 3, 5), 'yyyy"年"m"月"d"日"', "2024年3月5日"),
        (datetime.datetime(2024, 3, 5, 14, 7), "yyyy-mm-dd hh:mm", "2024-03-05 14:07"),
        (datetime.datetime(2024, 3, 5, 14, 7), "h:mm AM/PM", "2:07 PM"),
        (datetime.time(9, 30), "hh:mm", "09:30"),
        ("  text\r\nof two lines ", "General", "text\nof two lines"),
        ("=1+1", "General", ""),
    ],
)
def test_a_cell_is_read_as_it_is_seen(tmp_path: Path, value: Any, form: str, seen: str) -> None:
    path = _book(tmp_path / "a.xlsx", Sheet=[["question", "answer", "system"], ["Q?", "A.", value]])
    book = openpyxl.load_workbook(path)
    book.active["C2"].number_format = form
    book.save(path)
    (row,) = ingest.read([path]).rows
    assert row.messages == ((Message("system", seen),) if seen else ()) + (
        Message("user", "Q?"),
        Message("assistant", "A."),
    )


def test_repeated_and_nameless_columns_are_told_apart(tmp_path: Path) -> None:
    rows = [["question", "answer", "answer", None], ["Q?", "A.", "other", "note"]]
    reading = ingest.read([_book(tmp_path / "a.xlsx", Sheet=rows)])
    assert [row.answer for row in reading.rows] == ["A."]
    assert _codes(reading) == [("fields_not_used", None), ("repeated_column", 1)]
    assert reading.problems[0].values["fields"] == "answer (3), (4)"


def test_columns_of_a_workbook_can_be_named(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsx", Sheet=[["标题", "详情", "医生说"], ["头痛", "三天了", "多休息。"]])
    assert ingest.read([path]).rows == []
    (row,) = ingest.read([path], {"question": "标题+详情", "answer": "医生说"}).rows
    assert (row.question, row.answer) == ("头痛\n三天了", "多休息。")


def test_a_table_with_a_header_only_is_told(tmp_path: Path) -> None:
    assert _codes(ingest.read([_book(tmp_path / "a.xlsx", Sheet=[["question", "answer"]])])) == [("only_a_header", 1)]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_office"),
        ("cut.xlsx", b"PK\x03\x04" + bytes(90), "broken_workbook"),
        ("a.parquet", b"PAR1" + bytes(90) + b"PAR1", "broken_parquet"),
        ("b.parquet", b"PAR1", "broken_parquet"),
    ],
)
def test_what_is_no_table_inside_is_told(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert [found for found, _ in _codes(ingest.read([tmp_path / name]))] == [code]


def test_a_workbook_of_zeros_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsx", Sheet=[["question", "answer"], ["Q?", "A."]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/media/zeros.bin", bytes(80 << 20))
    assert [code for code, _ in _codes(ingest.read([path]))] == ["archive_bomb"]


def test_a_damaged_workbook_never_raises(tmp_path: Path) -> None:
    whole = _book(tmp_path / "a.xlsx", Sheet=[["question", "answer"], *[["Q?", "A."]] * 30]).read_bytes()
    for place in range(0, len(whole), 61):
        data = bytearray(whole)
        data[place] ^= 0x5A
        (tmp_path / "b.xlsx").write_bytes(bytes(data))
        _codes(ingest.read([tmp_path / "b.xlsx"]))


def _parquet(path: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path, **options)
    return path


def test_structs_and_lists_of_a_parquet_file_are_turns(tmp_path: Path) -> None:
    call = {"id": "1", "function": {"name": "weather", "arguments": '{"city": "成都"}'}}
    turns = [
        {"role": "user", "content": "Rain?", "tool_calls": None},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "yes", "tool_calls": None},
        {"role": "assistant", "content": "Yes.", "tool_calls": None},
    ]
    rows = [{"messages": turns}, {"messages": turns[:1] + turns[3:]}]
    reading = ingest.read([_parquet(tmp_path / "a.parquet", rows)])
    assert [[message.role for message in row.messages] for row in reading.rows] == [
        ["user", "assistant", "tool", "assistant"],
        ["user", "assistant"],
    ]
    assert reading.rows[0].messages[1].calls[0].name == "weather"
    assert [row.line for row in reading.rows] == [1, 2] and reading.problems == []


def test_every_row_group_is_read_in_order(tmp_path: Path) -> None:
    rows = [{"question": f"Q{n}?", "answer": f"A{n}.", "when": datetime.date(2024, 1, 1)} for n in range(1500)]
    reading = ingest.read([_parquet(tmp_path / "a.parquet", rows, row_group_size=400)])
    assert [row.line for row in reading.rows] == list(range(1, 1501))
    assert reading.rows[-1].question == "Q1499?"


def test_a_look_at_a_file_reads_no_more_than_it_shows(tmp_path: Path) -> None:
    rows = [{"question": f"Q{n}?", "answer": f"A{n}."} for n in range(3000)]
    sheet = [["question", "answer"], *[[row["question"], row["answer"]] for row in rows]]
    for path in (_parquet(tmp_path / "a.parquet", rows), _book(tmp_path / "a.xlsx", Sheet=sheet)):
        reading = ingest.read([path], limit=5)
        assert len(reading.rows) == 5 and not reading.complete


def test_a_table_in_an_archive_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(_book(tmp_path / "b.xlsx", Sheet=[["question", "answer"], ["Q1?", "A."]]), "b.xlsx")
        archive.write(_parquet(tmp_path / "c.parquet", [{"question": "Q2?", "answer": "A."}]), "c.parquet")
    assert [row.question for row in ingest.read([path]).rows] == ["Q1?", "Q2?"]


def test_public_parquet_files_are_read_or_explained(shared: Path) -> None:
    reading = ingest.read([shared / "xml_parquet/gsm8k_verl_test_short.parquet"])
    assert (len(reading.rows), reading.files[0].format) == (32, "graded")
    assert reading.rows[0].keys == ("18",) and reading.rows[0].answer.endswith("#### 18")
    broken = ingest.read([shared / "messy/parquet_testing/PARQUET-1481.parquet"])
    assert _codes(broken) == [("broken_parquet", None)]
    nested = ingest.read([shared / "messy/parquet_testing/nested_lists.snappy.parquet"])
    assert nested.records == 3 and {code for code, _ in _codes(nested)} == {"unknown_columns"}
