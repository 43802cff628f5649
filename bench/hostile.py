"""Inputs made to take long: processor seconds of each at two sizes, and how they grow.

``python -m bench.hostile [MB] [NAME …]``: a file of that many MB (default 3) and one of four times the size, each read
in a process of its own. Time that grows with the length gives 4 in the last column; the square of the length would
give 16. An input that takes longer than ``MOST`` seconds is stopped; the status is then 1.
"""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import count
from pathlib import Path
from typing import Any

from lab import ingest

SIZE = 3
"""MB of the smaller input."""
MOST = 60
"""Processor seconds after which an input counts as one that hangs."""
GROWN = 4


def _until(size: int, pieces: Iterable[str]) -> bytes:
    """The pieces one after another until they are ``size`` bytes or run out."""
    parts, held = [], 0
    for piece in pieces:
        if held >= size:
            break
        parts.append(piece.encode())
        held += len(parts[-1])
    return b"".join(parts)


def _rows(size: int, answer: Callable[[int], str], question: Callable[[int], str] | None = None) -> bytes:
    """JSON lines with this question and answer in row n."""
    asked = question or (lambda number: f"Where is room {number}?")
    rows = ({"question": asked(number), "answer": answer(number)} for number in count())
    return _until(size, (json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def _chat(number: int, turns: int) -> str:
    """A conversation of so many questions and answers, as a line."""
    said = [f"Turn {turn} of row {number}, said by one of two people." for turn in range(2 * turns)]
    roles = ("user", "assistant")
    return json.dumps({"messages": [{"role": roles[n % 2], "content": text} for n, text in enumerate(said)]}) + "\n"


def _workbook(size: int) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["question", "answer"])
    for number in range(size // 60):
        sheet.append([f"Where is room {number}, please?", f"On floor {number % 31}."])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _columns(size: int) -> bytes:
    import pyarrow
    import pyarrow.parquet as parquet

    rows = [{"question": f"Where is room {n}, please?", "answer": f"On floor {n % 31}."} for n in range(size // 60)]
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    return file.getvalue()


def _noise(size: int, letters: str) -> bytes:
    """Letters at random, the same each time."""
    return "".join(random.Random(1).choices(letters, k=size)).encode()


_PAIR = '{"question": "Where is room 1?", "answer": "On the first floor."}'
INPUTS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "opening brackets": ("a.json", lambda size: b"[" * size),
    "opening braces": ("a.json", lambda size: b"{" * size),
    "objects in lists in objects": ("a.json", lambda size: _until(size, ('{"a":[' for _ in count()))),
    "objects in lists, one a line": ("a.json", lambda size: _until(size, ('{"a":[\n' for _ in count()))),
    "opening brackets, one a line": ("a.jsonl", lambda size: b"[\n" * (size // 2)),
    "opening braces, one a line": ("a.jsonl", lambda size: b"{\n" * (size // 2)),
    "opened rows, one a line": ("a.jsonl", lambda size: _until(size, ('{"question": "a\n' for _ in count()))),
    "opened rows in an array": ("a.json", lambda size: b"[" + _until(size, ('{"question": "a", ' for _ in count()))),
    "opened texts in an array": ("a.json", lambda size: b"[" + _until(size, ('{"question": "a, \n' for _ in count()))),
    "deep lists in every row": (
        "a.jsonl",
        lambda size: _until(size, ('{"question": ' + "[" * 2000 + "\n" for _ in count())),
    ),
    "deep lists in every item": (
        "a.json",
        lambda size: b"[" + _until(size, ('{"question": ' + "[" * 2000 + "},\n" for _ in count())),
    ),
    "backslashes": ("a.json", lambda size: b"\\" * size),
    "backslashes in a text": ("a.json", lambda size: b'{"question": "' + b"\\" * size),
    "backslashes in an array": ("a.json", lambda size: b'[{"question": "' + b"\\" * size),
    "quotation marks": ("a.json", lambda size: b'"' * size),
    "a number of 10^6 digits": ("a.jsonl", lambda size: b'{"question": ' + b"9" * size + b"}"),
    "a number alone": ("a.json", lambda size: b"9" * size),
    "numbers of 4,000 digits": ("a.json", lambda size: b"[" + _until(size, ("9" * 4000 + "," for _ in count()))),
    "a number with a long fraction": ("a.jsonl", lambda size: b'{"question": 0.' + b"1" * size + b"}"),
    "one line broken at its end": ("a.jsonl", lambda size: b'{"question": "' + b"a" * size + b'", "answer": x}'),
    "one array broken at its end": ("a.json", lambda size: b"[" + _until(size, (_PAIR + "," for _ in count())) + b"x]"),
    "an array without an end": ("a.json", lambda size: b"[" + _until(size, (_PAIR + "," for _ in count()))),
    "every item of an array broken": (
        "a.json",
        lambda size: b"[" + _until(size, (_PAIR[:-2] + "}," for _ in count())) + b"]",
    ),
    "one object of many keys": (
        "a.json",
        lambda size: b"{" + _until(size, (f'"key {n}": "value",' for n in count())) + b'"a":1}',
    ),
    "one object of many records": (
        "a.json",
        lambda size: b"{" + _until(size, (f'"key {n}": {_PAIR},' for n in count())) + b'"a":' + _PAIR.encode() + b"}",
    ),
    "values in one line": ("a.jsonl", lambda size: _until(size, (_PAIR + " " for _ in count()))),
    "small values in one line": ("a.jsonl", lambda size: b"{} " * (size // 3)),
    "every line broken": ("a.jsonl", lambda size: _until(size, (_PAIR[:-1] + "\n" for _ in count()))),
    "every line without an end": ("a.jsonl", lambda size: _until(size, (_PAIR[:-8] + "\n" for _ in count()))),
    "every text over two lines": ("a.jsonl", lambda size: _until(size, (_PAIR.replace("the", "\n") for _ in count()))),
    "every line a number": ("a.jsonl", lambda size: b"7\n" * (size // 2)),
    "every line empty braces": ("a.jsonl", lambda size: b"{}\n" * (size // 3)),
    "every line NaN": ("a.jsonl", lambda size: _until(size, ('{"question": NaN, "answer": NaN}\n' for _ in count()))),
    "commas": ("a.csv", lambda size: b"," * size),
    "lines of commas": ("a.csv", lambda size: b"question,answer\n" + b",,,,,,,\n" * (size // 8)),
    "lines of a comma": ("a.csv", lambda size: b"question,answer\n" + b",\n" * (size // 2)),
    "one line of many cells": ("a.csv", lambda size: b"question,answer\n" + b"a," * (size // 2)),
    "many columns": ("a.csv", lambda size: _until(size // 2, (f"{n}," for n in count())) + b"\n" + b"," * (size // 2)),
    "many columns of one name": ("a.csv", lambda size: b"a," * (size // 4) + b"\n" + b"," * (size // 2)),
    "a header of one name": ("a.csv", lambda size: b"question," * 7000 + b"\n" + b"a,b\n" * (size // 4)),
    "a header of one letter": ("a.csv", lambda size: b"q,a," * 15_000 + b"\n" + b"a,b\n" * (size // 4000)),
    "tabs": ("a.tsv", lambda size: b"\t" * size),
    "tabs in a text": ("a.txt", lambda size: b"\t" * size),
    "one open quotation mark": (
        "a.csv",
        lambda size: b'question,answer\n"where,here\n' + _until(size, (f"room {n},floor {n % 31}\n" for n in count())),
    ),
    "an open quotation mark a line": (
        "a.csv",
        lambda size: b"question,answer\n" + _until(size, (f'"room {n},floor {n % 31}\n' for n in count())),
    ),
    "one open in every tenth line": (
        "a.csv",
        lambda size: (
            b"question,answer\n" + _until(size, (f"{chr(34) * (n % 10 == 0)}r {n},{n % 31}\n" for n in count()))
        ),
    ),
    "quotation marks in turn": ("a.csv", lambda size: b"question,answer\n" + b'"a"b' * (size // 4)),
    "lines of marks in turn": ("a.csv", lambda size: b"question,answer\n" + b'"a"b,"c\n' * (size // 8)),
    "marks open and closed in turn": (
        "a.csv",
        lambda size: b"question,answer\n" + _until(size, ('"a,b\nc",d"\n' for _ in count())),
    ),
    "a table of quotation marks": ("a.csv", lambda size: b"question,answer\n" + b'"' * size),
    "lines of a quotation mark": ("a.csv", lambda size: b"question,answer\n" + b'"\n' * (size // 2)),
    "NUL bytes": ("a.txt", lambda size: b"\0" * size),
    "NUL bytes behind a text": ("a.txt", lambda size: b"a text" * 20_000 + b"\0" * size),
    "a NUL byte a line": ("a.jsonl", lambda size: _until(size, (_PAIR + "\0\n" for _ in count()))),
    "newlines": ("a.txt", lambda size: b"\n" * size),
    "newlines in JSON lines": ("a.jsonl", lambda size: b"\n" * size),
    "returns": ("a.jsonl", lambda size: b"\r" * size),
    "spaces": ("a.jsonl", lambda size: b" " * size),
    "spaces before a value": ("a.json", lambda size: b" " * size + _PAIR.encode()),
    "spaces in an array": ("a.json", lambda size: b"[" + b" " * size + b"]"),
    "bytes that do not fit": (
        "a.jsonl",
        lambda size: _until(size, (_PAIR + "é\n" for _ in count())) + b"\xff\n" * 1000,
    ),
    "broken bytes on every line": (
        "a.jsonl",
        lambda size: _until(size, (_PAIR + "中文中文中文\n" for _ in count())).replace(
            "中".encode(), b"\xe4\xb8", 20_000
        ),
    ),
    "bytes at random": ("a.bin", lambda size: random.Random(1).randbytes(size)),
    "latin letters at random": ("a.txt", lambda size: _noise(size, "éèà ab\n")),
    "brackets at random": ("a.json", lambda size: _noise(size, '[]{}",:1a\\\n')),
    "cells at random": ("a.csv", lambda size: b"question,answer\n" + _noise(size, '",ab\n')),
    "a placeholder in every row": ("a.jsonl", lambda size: _rows(size, lambda n: f"Ask [YOUR NAME] {n}")),
    "control tokens in every row": ("a.jsonl", lambda size: _rows(size, lambda n: f"<|im_end|> of {n} </s>")),
    "spaces around every answer": ("a.jsonl", lambda size: _rows(size, lambda n: f"  On floor {n}.  ")),
    "every rule in every row": (
        "a.jsonl",
        lambda size: _rows(size, lambda n: f"I'm sorry, but as an AI I can't. {{{{name}}}} <p>Ã© [INST] {n}, "),
    ),
    "every row the same": ("a.jsonl", lambda size: _rows(size, lambda n: "Here.", lambda n: "Where?")),
    "one question, many answers": ("a.jsonl", lambda size: _rows(size, lambda n: f"Room {n}.", lambda n: "Where?")),
    "answers that end openly": (
        "a.jsonl",
        lambda size: _rows(size, lambda n: f"The room is on floor {n} " + "and on" * 20),
    ),
    "a long text": ("a.jsonl", lambda size: _rows(1, lambda n: "word " * (size // 5))),
    "a long text of letters": ("a.jsonl", lambda size: _rows(1, lambda n: "a" * size)),
    "a long text of spaces": ("a.jsonl", lambda size: _rows(1, lambda n: "a" + " " * size + "b")),
    "a long text of newlines": ("a.jsonl", lambda size: _rows(1, lambda n: "a" + "\n" * (size // 2) + "b")),
    "a long text of digits": ("a.jsonl", lambda size: _rows(1, lambda n: "-1.5" * (size // 4))),
    "a long text of brackets": ("a.jsonl", lambda size: _rows(1, lambda n: "[{(<【" * (size // 7))),
    "a long text of tags": ("a.jsonl", lambda size: _rows(1, lambda n: "<a " * (size // 3))),
    "a long text of back-ticks": ("a.jsonl", lambda size: _rows(1, lambda n: "`" * size)),
    "a long text of fences": ("a.jsonl", lambda size: _rows(1, lambda n: "```\n`a" * (size // 7))),
    "a long text of speakers": ("a.jsonl", lambda size: _rows(1, lambda n: "\nHuman: a" * (size // 10))),
    "a long text of speakers' spaces": (
        "a.jsonl",
        lambda size: _rows(1, lambda n: "\n\n\n    \nHuman: a\n    " * (size // 26)),
    ),
    "a long text of hashes": ("a.jsonl", lambda size: _rows(1, lambda n: "### Input: \n\n" * (size // 15))),
    "a long text of asks": ("a.jsonl", lambda size: _rows(1, lambda n: "as an ai i'm sorry, " * (size // 20))),
    "a long text of Chinese": ("a.jsonl", lambda size: _rows(1, lambda n: "今天在市场，" * (size // 18))),
    "a long text of wrong letters": ("a.jsonl", lambda size: _rows(1, lambda n: "ä¸Ã" * (size // 6))),
    "a long question": ("a.jsonl", lambda size: _rows(1, lambda n: "Here.", lambda n: "word 3.5 " * (size // 9))),
    "a long list of labels": ("a.jsonl", lambda size: b'{"text": "a", "label": [' + b"1," * (size // 2) + b"1]}"),
    "conversations of 50 turns": ("a.jsonl", lambda size: _until(size, (_chat(n, 25) for n in count()))),
    "one conversation of all turns": ("a.jsonl", lambda size: _chat(1, size // 170).encode()),
    "a file of tool calls": (
        "a.jsonl",
        lambda size: _until(
            size,
            (
                json.dumps(
                    {
                        "messages": [
                            {"role": "user", "content": f"Book room {n}"},
                            {
                                "role": "assistant",
                                "content": "",
                                "tool_calls": [{"function": {"name": "book", "arguments": json.dumps({"room": n})}}],
                            },
                        ],
                        "tools": [{"type": "function", "function": {"name": "book", "parameters": {"type": "object"}}}],
                    }
                )
                + "\n"
                for n in count()
            ),
        ),
    ),
    "XML of small elements": (
        "a.xml",
        lambda size: (
            b"<r>" + _until(size, ("<q><question>a</question><answer>b</answer></q>" for _ in count())) + b"</r>"
        ),
    ),
    "XML of empty elements": ("a.xml", lambda size: b"<r>" + b"<a/>" * (size // 4) + b"</r>"),
    "XML of open elements": ("a.xml", lambda size: b"<a>" * (size // 3)),
    "XML of many attributes": (
        "a.xml",
        lambda size: b"<r><a " + _until(size, (f'a{n}="b" ' for n in count())) + b"/></r>",
    ),
    "XML of entities": ("a.xml", lambda size: b"<r><q><question>" + b"&amp;" * (size // 5) + b"</question></q></r>"),
    "XML of one text over lines": (
        "a.xml",
        lambda size: b"<r><q><question>" + b"a\n" * (size // 2) + b"</question></q></r>",
    ),
    "a YAML list": (
        "a.yaml",
        lambda size: _until(size, (f"- question: Room {n}?\n  answer: Here.\n" for n in count())),
    ),
    "a YAML list, broken at its end": (
        "a.yaml",
        lambda size: _until(size, (f"- question: Room {n}?\n  answer: Here.\n" for n in count())) + b"- [\n",
    ),
    "YAML documents": (
        "a.yaml",
        lambda size: _until(size, (f"---\nquestion: Room {n}?\nanswer: A\n" for n in count())),
    ),
    "YAML of brackets": ("a.yaml", lambda size: b"[" * size),
    "YAML of dashes": ("a.yaml", lambda size: b"- " * (size // 2)),
    "YAML of marks": ("a.yaml", lambda size: b"? " * (size // 2)),
    "YAML of anchors": ("a.yaml", lambda size: _until(size, (f"- &a{n} b\n" for n in count()))),
    "a workbook": ("a.xlsx", _workbook),
    "a Parquet file": ("a.parquet", _columns),
    "a gzip of JSON lines": ("a.jsonl.gz", lambda size: gzip.compress(_rows(size, lambda n: f"On floor {n}."), 1)),
    "a gzip of zeros": ("a.gz", lambda size: gzip.compress(b"\0" * (10 * size))),
    "HTML of open elements": ("a.html", lambda size: b"<html><body>" + b"<div>" * (size // 5)),
    "HTML of small elements": ("a.html", lambda size: b"<html><body>" + b"<p>a <b>b</b></p>" * (size // 17)),
    "prose": ("a.txt", lambda size: b"A sentence of a few words. " * (size // 27)),
}
"""Name → (name of the file, what makes one of so many bytes)."""


def _child(path: Path, answers: Any) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST, MOST))
    begun = time.process_time()
    rows = ingest.stream([path])
    given = sum(1 for _ in rows)
    told = sum(map(ingest.places, rows.problems))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answers.send((time.process_time() - begun, given, told, peak))


def measured(path: Path) -> tuple[float, int, int, float] | None:
    """Processor seconds, rows, places of problems, peak MiB of reading a file; ``None``: stopped or crashed."""
    here, there = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_child, args=(path, there))
    child.start()
    there.close()
    try:
        found: tuple[float, int, int, float] = here.recv()
    except EOFError:
        return None
    finally:
        child.join()
    return found


def main() -> int:
    """Print the table; 1 where an input hung."""
    numbers = [int(value) for value in sys.argv[1:] if value.isdigit()]
    wanted = [value for value in sys.argv[1:] if not value.isdigit()]
    size = (numbers or [SIZE])[0] * 1_000_000
    hung = 0
    smaller, larger = size // 10**6, GROWN * size // 10**6
    print(f"| input | CPU s, {smaller} MB | CPU s, {larger} MB | grown | rows | problems | peak MiB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for what, (name, made) in INPUTS.items():
            if wanted and not any(part in what for part in wanted):
                continue
            path = Path(folder) / name
            path.write_bytes(made(size))
            small = measured(path)
            path.write_bytes(made(GROWN * size))
            large = measured(path) if small else None
            path.unlink()
            if small is None or large is None:
                hung += 1
                print(f"| {what} | {f'{small[0]:.2f}' if small else f'> {MOST}'} | > {MOST} | | | | |", flush=True)
                continue
            grown = f"{large[0] / small[0]:.1f}" if small[0] > 0.05 else ""
            print(
                f"| {what} | {small[0]:.2f} | {large[0]:.2f} | {grown} | {large[1]} | {large[2]} | {large[3]:.0f} |",
                flush=True,
            )
    return hung


if __name__ == "__main__":
    raise SystemExit(1 if main() else 0)
