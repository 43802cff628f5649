"""Rows that cannot be used come out as they were read, whatever they were read from."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from lab.ingest.intake import Intake
from lab.ingest.writing.sieve import Sieve


def _sifted(tmp_path: Path, *paths: Path, problems: str = "problems.jsonl") -> tuple[int, list[dict[str, Any]]]:
    """(usable rows, bad rows) of the files."""
    with Sieve(tmp_path / "bad.jsonl", tmp_path / problems) as sieve:
        usable = sum(1 for _ in Intake(paths, listener=sieve))
    bad = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text("utf-8").splitlines()]
    assert len(bad) == sieve.bad_rows
    return usable, bad


LINES = [
    '{"question": "谁？", "answer": "甲"}',
    '{"question": "坏',
    '{"question": "只问？"}',
    "[1, 2]",
    '{"question": "\\ud800", "answer": ""}',
]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_line_that_is_no_record_stands_as_its_text(tmp_path: Path, encoding: str, ending: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(ending.join([LINES[0]] * 40 + LINES[1:]).encode(encoding))
    usable, bad = _sifted(tmp_path, path)
    assert usable == 40
    bad.sort(key=lambda one: one["line"])
    assert [(one["line"], one.get("text") or one.get("record")) for one in bad] == [
        (41, LINES[1]),
        (42, {"question": "只问？"}),
        (43, [1, 2]),
        (44, {"question": "\ud800", "answer": ""}),
    ]


def test_what_is_packed_or_a_workbook_is_told_too(tmp_path: Path) -> None:
    packed = tmp_path / "in.jsonl.gz"
    packed.write_bytes(gzip.compress("\n".join([LINES[0], LINES[1]]).encode()))
    book = openpyxl.Workbook()
    book.active.append(["question", "answer", "when"])
    book.active.append(["Q?", "A.", date(2026, 1, 2)])
    book.active.append(["Only asked?", None, date(2026, 1, 3)])
    book.save(tmp_path / "in.xlsx")
    usable, bad = _sifted(tmp_path, packed, tmp_path / "in.xlsx")
    assert usable == 2
    assert [one.get("text") for one in bad if "text" in one] == [LINES[1]]
    (row,) = [one["record"] for one in bad if "record" in one]
    assert row["question"] == "Only asked?" and str(row["when"]).startswith("2026-01-03")


def test_every_place_is_listed_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(["{broken"] * 50 + [LINES[0]] * 3), "utf-8")
    _sifted(tmp_path, path)
    told = [json.loads(line) for line in (tmp_path / "problems.jsonl").read_text("utf-8").splitlines()]
    assert [one["line"] for one in told if one["severity"] == "error"] == list(range(1, 51))
    assert {one["line"] for one in told if one["code"] == "duplicate"} == {52, 53}


def test_a_list_of_problems_runs_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "=in.jsonl"
    path.write_text(LINES[1], "utf-8")
    _sifted(tmp_path, path, problems="problems.csv")
    with (tmp_path / "problems.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["file"] for row in csv.DictReader(file)} == {"'=in.jsonl"}
