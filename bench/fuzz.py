"""Damaged copies of files of every format, read again and again: inputs, time, crashes.

``python -m bench.fuzz [SECONDS] [SEED]``; a crash is printed with the seed that repeats it, and the status is 1.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path

from lab import ingest
from lab.ingest.samples import FOLDER
from lab.records import to_json
from lab.settings import PROJECT

SECONDS = 20
LARGEST = 20_000
"""Bytes of a public file that are taken as a seed."""
PIECES = [
    b"{", b"}", b"[", b"]", b'"', b"\\", b"\0", b"\xff", b"\n", b"\r", b",", b"\t", b"\\ud800", b"NaN", b"1e999",
    b"\xff\xfe", b"\xef\xbb\xbf", b'"role":1', b"'", b";", b"<", b"</", b"&", b"PK\x03\x04", b"\x1f\x8b", b"9" * 5000,
    b"[" * 2000, "的".encode("gb18030"), "の".encode("cp932"), b"---\n", b": ", b"&a", b"*a",
]  # fmt: skip
NAMES = ("jsonl", "json", "csv", "txt", "md", "xlsx", "parquet", "xml", "yaml", "zip", "gz", "html", "docx", "pdf")


def seeds() -> list[tuple[str, bytes]]:
    """(name, bytes) of small files in every format: samples, made ones, and the public files where they are."""
    rows = [{"question": f"Where is room {n}?", "answer": f"On floor {n}."} for n in range(12)]
    chats = [{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}]}] * 5
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    table = ("问题,答案\n" + "住哪里？,成都。\n" * 12).encode("gb18030")
    made = [
        ("a.jsonl", lines), ("a.json", json.dumps(rows, indent=1).encode()), ("b.json", json.dumps(chats).encode()),
        ("c.json", json.dumps({"question": ["a", "b"], "answer": ["c", "d"]}).encode()), ("a.csv", table),
        ("d.json", json.dumps({str(n): row for n, row in enumerate(rows)}).encode()),
        ("u.jsonl", lines.decode().encode("utf-16")), ("a.gz", gzip.compress(lines, mtime=0)), ("a.zip", _zip(lines)),
        ("a.xml", b"<r>" + b"<row><question>q</question><answer>a</answer></row>" * 5 + b"</r>"),
        ("a.yaml", b"- question: q\n  answer: a\n" * 5), ("a.xlsx", _xlsx(rows)), ("a.parquet", _parquet(rows)),
        ("a.html", b"<html><body><h1>T</h1><p>One.<p>Two.<table><tr><td>a<td>b</table></body></html>"),
    ]  # fmt: skip
    shipped = [(path.name, path.read_bytes()[:3000]) for path in sorted(FOLDER.glob("*.*"))]
    public = PROJECT.parent / "shared" / "data"
    found = sorted(path for path in public.rglob("*") if path.is_file() and path.stat().st_size < LARGEST)
    return made + shipped + [(path.name, path.read_bytes()) for path in found]


def _zip(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one.jsonl", data)
        archive.writestr("two/notes.md", "# Notes\n\nSome prose.\n")
    return file.getvalue()


def _xlsx(rows: list[dict[str, str]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for values in [("question", "answer"), *(tuple(row.values()) for row in rows)]:
        book.active.append(values)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _parquet(rows: list[dict[str, str]]) -> bytes:
    import pyarrow
    import pyarrow.parquet

    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    return file.getvalue()


def damaged(data: bytes, chance: random.Random) -> bytes:
    """A copy with some places cut, doubled, flipped or written over."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        place = chance.randint(0, len(made))
        kind = chance.randrange(5)
        if kind == 0 and made:
            made[place % len(made)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del made[place : place + chance.choice([1, 5, 60, len(made)])]
        elif kind == 2:
            made[place:place] = made[place : place + chance.choice([1, 20, 300])]
        else:
            made[place : place + chance.choice([0, 0, 3, 60])] = chance.choice(PIECES)
    return bytes(made)


def crash_of(folder: Path, name: str, data: bytes, chance: random.Random) -> str | None:
    """What goes wrong when a damaged copy is read; ``None``: nothing, and every record is accounted for."""
    if chance.random() < 0.1:
        name = f"{name}.{chance.choice(NAMES)}"
    path = folder / name
    path.write_bytes(damaged(data, chance))
    try:
        reading = ingest.read([path])
        failed = [problem for problem in reading.problems if problem.code == "reader_failed"]
        if failed:
            return f"{name}: {failed} {path.read_bytes()[:200]!r}"
        lost = sum(ingest.places(problem) for problem in reading.problems if problem.severity == "error")
        if not (reading.rows or reading.documents or reading.problems):
            return f"{name}: nothing was told"
        if lost < reading.records - len(reading.rows):
            return f"{name}: {reading.records} records, {len(reading.rows)} rows, {lost} lost with a reason"
        json.dumps([to_json(row) for row in reading.rows], ensure_ascii=False, allow_nan=False).encode("utf-8")
        "".join(reading.documents.values()).encode("utf-8")
        for problem in reading.problems:
            json.dumps(ingest.as_json(problem, "zh"), ensure_ascii=False, allow_nan=False).encode("utf-8")
            ingest.describe(problem, "en")
    except Exception:
        return f"{name}: {path.read_bytes()[:200]!r}\n{traceback.format_exc()}"
    finally:
        path.unlink()
    return None


def main() -> int:
    """Fuzz for a while and print the table."""
    numbers = [int(value) for value in sys.argv[1:] if value.isdigit()]
    seconds, seed = [*numbers, *[SECONDS, int(time.time())][len(numbers) :]][:2]
    sources, inputs, slowest, crashes = seeds(), Counter[str](), (0.0, ""), []
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        while time.perf_counter() - started < seconds:
            name, data = sources[inputs.total() % len(sources)]
            begun = time.perf_counter()
            crash = crash_of(Path(folder), name, data, random.Random(seed))
            slowest = max(slowest, (time.perf_counter() - begun, f"{name}, seed {seed}"))
            inputs[name.rsplit(".", 1)[-1]] += 1
            if crash:
                crashes.append(f"seed {seed}, {crash}")
            seed += 1
    print("| inputs | seconds | crashes | slowest |\n|---|---|---|---|")
    taken = time.perf_counter() - started
    print(f"| {inputs.total()} | {taken:.0f} | {len(crashes)} | {slowest[0]:.2f} s ({slowest[1]}) |\n")
    print(", ".join(f"{ending} {count}" for ending, count in inputs.most_common()))
    print("\n".join(crashes[:10]))
    return bool(crashes)


if __name__ == "__main__":
    if main():
        raise SystemExit(1)
