"""What stands in a text file that should not, and encodings that show late: told with the line, never a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab import ingest

ROW = json.dumps({"question": "Where?", "answer": "Here."})
CHINESE = json.dumps({"question": "家里的猫叫什么名字？", "answer": "叫豆包，今年两岁，很可爱。"}, ensure_ascii=False)


def _read(tmp_path: Path, data: str | bytes, name: str = "a.jsonl") -> ingest.Reading:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    return ingest.read([path])


def _told(reading: ingest.Reading) -> list[tuple[str, int | None]]:
    return [(problem.code, problem.line) for problem in reading.problems]


@pytest.mark.parametrize("codec", ["gb18030", "utf-8"])
def test_an_encoding_that_shows_late_is_still_found(tmp_path: Path, codec: str) -> None:
    lines = [json.dumps({"question": f"Q{number}", "answer": "A", "notes": "x" * 5000}) for number in range(300)]
    reading = _read(tmp_path, "\n".join([*lines, *[CHINESE] * 4]).encode(codec))
    assert reading.files[0].encoding == codec
    assert reading.rows[-1].question == "家里的猫叫什么名字？"
    assert len(reading.rows) == 304


def test_bytes_that_do_not_fit_are_told_line_by_line_and_cost_nothing_else(tmp_path: Path) -> None:
    lines = [CHINESE.replace("}", ', "notes": "' + "x" * 3000 + '"}').encode()] * 1000
    lines[20] = lines[20].replace("猫".encode(), b"\xff")
    lines[999] = lines[999].replace("猫".encode(), b"\xe7\x8c")
    reading = _read(tmp_path, b"\n".join(lines))
    assert len(reading.rows) == 1000
    bad = [problem.line for problem in reading.problems if problem.code == "bad_bytes"]
    assert bad == [21, 1000]
    assert dict(reading.files[0].evidence) == {"key": "data.encoding_mostly_utf8"}


@pytest.mark.parametrize(
    ("text", "codes", "rows"),
    [
        ('{"question": "Q", "answer": NaN}\n' + ROW, [("not_a_number", 1), ("empty_content", 1)], 1),
        ('{"question": "Q", "answer": "A", "n": -Infinity}\n', [("not_a_number", 1)], 1),
        ('{"question": "Q", "answer": "A", "n": 1e999999}\n', [("not_a_number", 1)], 1),
        ('{"question": "Q", "answer": ' + "9" * 1_000_000 + "}\n" + ROW, [("broken_item", 1)], 1),
        ('[{"question": "Q", "answer": ' + "9" * 5000 + "},\n" + ROW + "]", [("broken_item", 1)], 1),
        ("[" * 1_000_000, [("too_deep", 1)], 0),
        (ROW + "\n" + "[" * 1_000_000 + "\n" + ROW, [("too_deep", 2), ("duplicate", 3)], 2),
        ('{"question": "Q\nR", "answer": "A"}\n' + ROW, [("raw_line_breaks", 1)], 2),
        ('[{"question": "Q\nR", "answer": "A"},\n' + ROW + "]", [("raw_line_breaks", 1)], 2),
        ('{"question": "Q", "answer": "\\ud800A"}\n', [("unsound_characters", 1)], 1),
        ("\0\0" + ROW + "\n\0", [("nul_bytes", 1), ("nul_bytes", 2)], 1),
        (ROW + ",\n" + ROW.replace("Here", "There"), [("conflicting_answers", 2)], 2),
        (f"[{ROW}]\n[{ROW.replace('Where', 'Who')}]", [("not_a_record", 1), ("not_a_record", 2)], 0),
        (f"[\n{ROW}]\n[\n{ROW.replace('Where', 'Who')}]", [], 2),
        (f"[{ROW}]\nand more", [("text_after_array", 2)], 1),
        (f'{{"train": [{ROW}], "test": [{{"question": "Who?", "answer": "We."}}]}}', [("lists_read", None)], 2),
        (json.dumps({"messages": [[{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]]}),
         [("columns_read", None)], 1),
    ],
)  # fmt: skip
def test_what_json_may_hold_is_read_or_told(tmp_path: Path, text: str, codes: list[tuple[str, int]], rows: int) -> None:
    reading = _read(tmp_path, text)
    told = _told(reading)
    assert all(code in told for code in codes), told
    assert len(reading.rows) == rows
    for row in reading.rows:
        assert row.answer.encode("utf-8")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_alike_whatever_ends_them(tmp_path: Path, end: str) -> None:
    filler = json.dumps({"question": "Q", "answer": "A", "notes": "x" * 6000})
    reading = _read(tmp_path, end.join([*[filler] * 500, "{broken", ROW]))
    assert reading.rows[-1].line == 502
    assert ("invalid_json", 501) in _told(reading)


def test_line_ends_of_several_kinds_in_one_file_are_line_ends(tmp_path: Path) -> None:
    reading = _read(tmp_path, f"{ROW}\r{ROW}\r\n{ROW}\n\r{ROW}")
    assert [row.line for row in reading.rows] == [1, 2, 3, 5]


def test_an_open_quotation_mark_costs_its_line_and_no_other(tmp_path: Path) -> None:
    lines = ["question,answer", *[f"Q{number},A{number}" for number in range(2000)]]
    lines[5] = 'Q4,"A4'
    reading = _read(tmp_path, "\n".join(lines), "a.csv")
    assert len(reading.rows) == 1999 and ("open_quote", 6) in _told(reading)
    lines[900] = '"Q899","A\nof two lines"'
    reading = _read(tmp_path, "\n".join(lines), "a.csv")
    assert len(reading.rows) == 1999 and ("open_quote", 6) in _told(reading)
    assert reading.rows[898].answer == "A\nof two lines"


def test_a_table_of_open_quotation_marks_loses_each_line_by_name(tmp_path: Path) -> None:
    reading = _read(tmp_path, "question,answer\n" + 'Q,"A\n' * 500, "a.csv")
    (problem,) = reading.problems
    assert (problem.code, ingest.places(problem), problem.values["lines"]) == ("open_quote", 500, [[2, 501]])


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    reading = _read(tmp_path, bytes(range(256)) * 300, "weights.bin")
    assert _told(reading) == [("not_text", None)] and not reading.documents


def test_the_splits_of_lists_under_names_are_kept(tmp_path: Path) -> None:
    reading = _read(tmp_path, json.dumps({"train": [json.loads(ROW)], "validation": [json.loads(CHINESE)]}), "a.json")
    assert [row.split for row in reading.rows] == ["train", "validation"]
