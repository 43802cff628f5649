"""A file of any size is read in bounded memory, with progress, and stops when it is told to."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import ingest
from lab.errors import DataError
from lab.ingest.files.text import LONGEST_LINE
from lab.settings import PROJECT

MEGABYTE = 1 << 20
GROWTH = 16 * MEGABYTE
"""Peak memory that reading may add to what the program takes without: half of the smallest file."""
READ = """
import resource, sys
from pathlib import Path
from lab import ingest
small, large = map(Path, sys.argv[1:])
assert sum(1 for _ in ingest.stream([small])) == 1
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = ingest.stream([large])
count = sum(1 for _ in rows)
print(count, rows.records, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def _rows(megabytes: int) -> Iterator[dict[str, str]]:
    for number in range(megabytes * MEGABYTE // 8000):
        yield {"question": f"What stands on page {number}?", "answer": f"Page {number} says this. " + "A word. " * 990}


def _jsonl(path: Path, megabytes: int) -> int:
    with path.open("w") as file:
        return len([file.write(json.dumps(row) + "\n") for row in _rows(megabytes)])


def _pretty(path: Path, megabytes: int) -> int:
    with path.open("w") as file:
        file.write("[")
        count = len(
            [file.write(("," if n else "") + json.dumps(row, indent=1)) for n, row in enumerate(_rows(megabytes))]
        )
        file.write("]")
    return count


def _one_line(path: Path, megabytes: int) -> int:
    with path.open("w") as file:
        file.write("[")
        count = len([file.write(("," if n else "") + json.dumps(row)) for n, row in enumerate(_rows(megabytes))])
        file.write("]")
    return count


def _csv(path: Path, megabytes: int) -> int:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["问题", "答案"])
        return len([writer.writerow([f"第{n}页？", row["answer"] + "\n。"]) for n, row in enumerate(_rows(megabytes))])


def _packed(path: Path, megabytes: int) -> int:
    with gzip.open(path, "wt", compresslevel=1) as file:
        return len([file.write(json.dumps(row) + "\n") for row in _rows(megabytes)])


def _broken(path: Path, megabytes: int) -> int:
    """Each line a problem: those of one kind are drawn together as they come."""
    line = '{"question": "' + "x" * 200 + "\n"
    path.write_text(line * (megabytes * MEGABYTE // len(line)))
    return 0


@pytest.mark.parametrize(
    ("form", "name", "megabytes"),
    [
        (_jsonl, "a.jsonl", 48),
        (_pretty, "a.json", 32),
        (_one_line, "b.json", 32),
        (_csv, "a.csv", 24),
        (_packed, "a.jsonl.gz", 32),
        (_broken, "b.jsonl", 32),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)).strip("_"),
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, form: object, name: str, megabytes: int) -> None:
    small = tmp_path / "small.jsonl"
    small.write_text(json.dumps({"question": "Q", "answer": "A"}))
    expected = form(tmp_path / name, megabytes)  # type: ignore[operator]
    command = [sys.executable, "-c", READ, str(small), str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, timeout=300)
    assert done.returncode == 0, done.stderr
    rows, records, growth = map(int, done.stdout.split())
    assert rows == expected and records >= rows
    assert growth < GROWTH, f"{growth >> 20} MiB"


def test_progress_goes_up_to_all_there_is(tmp_path: Path) -> None:
    paths = [tmp_path / "a.jsonl", tmp_path / "b.csv"]
    _jsonl(paths[0], 3)
    _csv(paths[1], 3)
    total = sum(path.stat().st_size for path in paths)
    seen: list[tuple[int, int]] = []
    assert list(ingest.stream(paths, watch=lambda done, all_: seen.append((done, all_))))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {all_ for _, all_ in seen} == {total} and seen[-1][0] == total
    assert any(0 < done < total for done, _ in seen)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.jsonl.gz", "a.md"])
def test_a_cancelled_reading_stops_within_a_few_blocks(tmp_path: Path, name: str) -> None:
    forms = {"jsonl": _jsonl, "json": _one_line, "csv": _csv, "gz": _packed}
    path = tmp_path / name
    if name.endswith(".md"):
        path.write_text("Some prose.\n" * MEGABYTE)
    else:
        forms[name.rsplit(".", 1)[-1]](path, 400 if name.endswith(".gz") else 12)
    size, seen = path.stat().st_size, []

    def watch(done: int, total: int) -> bool:
        seen.append(done)
        return done < size // 4

    with pytest.raises(ingest.Cancelled) as cancelled:
        list(ingest.stream([path], watch=watch))
    assert seen[-1] <= size // 4 + 2 * MEGABYTE and seen[-1] < size
    assert cancelled.value.sentence("zh") and cancelled.value.sentence("en")


def test_a_limit_gives_the_first_records_of_each_file_and_says_so(tmp_path: Path) -> None:
    paths = [tmp_path / "a.jsonl", tmp_path / "b.csv"]
    counts = [_jsonl(paths[0], 4), _csv(paths[1], 4)]
    read: list[int] = []
    cut = ingest.read(paths, limit=7, watch=lambda done, _: read.append(done))
    assert [file.ok for file in cut.files] == [7, 7] and not cut.complete
    whole = ingest.read(paths)
    assert [file.ok for file in whole.files] == counts and whole.complete
    assert cut.rows == [row for path in paths for row in [row for row in whole.rows if row.file == path.name][:7]]


def test_a_line_of_a_hundred_megabytes_is_a_record(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    long = json.dumps({"question": "Q", "answer": "A", "notes": "x" * (100 * MEGABYTE)})
    path.write_text(long + "\n" + json.dumps({"question": "R", "answer": "A"}))
    rows = ingest.stream([path])
    assert [(row.question, row.line) for row in rows] == [("Q", 1), ("R", 2)]
    assert [problem.code for problem in rows.problems] == ["fields_not_used"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a.csv"])
def test_a_line_beyond_the_limit_costs_itself(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    row = "question,answer\nQ1,A1\n" if name == "a.csv" else json.dumps({"question": "Q1", "answer": "A1"}) + "\n"
    with path.open("w") as file:
        file.write(row)
        for _ in range(LONGEST_LINE // MEGABYTE + 2):
            file.write("x" * MEGABYTE)
        file.write("\n" + row)
    rows = ingest.stream([path])
    first = 2 if name == "a.csv" else 1
    assert next(iter([row.line for row in rows if row.answer == "A1"])) == first
    assert ("line_too_long", first + 1) in [(problem.code, problem.line) for problem in rows.problems]


def test_the_tail_of_a_cut_archive_is_told_and_what_came_before_is_read(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with gzip.open(whole, "wt") as file:
        for number in range(5000):
            file.write(json.dumps({"question": f"Q{number}", "answer": f"A{number * 7919}"}) + "\n")
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole.getvalue()[:-3000])
    reading = ingest.read([path])
    assert 3000 < len(reading.rows) < 5000
    assert not reading.complete
    assert "archive_broken" in [problem.code for problem in reading.problems]


def test_what_cannot_be_opened_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(DataError) as refused:
            ingest.stream([path])
        assert refused.value.key == "data.cannot_open"
