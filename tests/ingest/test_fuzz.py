"""Generated rows come back from every text format; damaged files never raise, and every record is accounted for."""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.fuzz import crash_of, seeds
from lab import ingest
from lab.records import Message, to_json

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), min_size=1, max_size=40)
WORDS = TEXT.filter(lambda text: bool(text.strip()))
PAIRS = st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=8)
FEW = settings(
    derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


def _read(data: bytes, name: str) -> ingest.Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return ingest.read([path])


def _said(reading: ingest.Reading) -> list[tuple[str, str]]:
    assert [problem for problem in reading.problems if problem.severity == "error"] == []
    return [(row.question, row.answer) for row in reading.rows]


def _dict(pair: tuple[str, str]) -> dict[str, str]:
    return {"question": pair[0], "answer": pair[1]}


def _jsonl(pairs: list[tuple[str, str]]) -> str:
    return "".join(json.dumps(_dict(pair), ensure_ascii=False) + "\n" for pair in pairs)


def _ascii_jsonl(pairs: list[tuple[str, str]]) -> str:
    return "".join(json.dumps(_dict(pair)) + "\r\n" for pair in pairs)


def _array(pairs: list[tuple[str, str]]) -> str:
    return json.dumps(list(map(_dict, pairs)), ensure_ascii=False)


def _pretty(pairs: list[tuple[str, str]]) -> str:
    return json.dumps(list(map(_dict, pairs)), ensure_ascii=False, indent=2)


def _objects(pairs: list[tuple[str, str]]) -> str:
    return "\n".join(json.dumps(_dict(pair), ensure_ascii=False, indent=1) for pair in pairs)


def _columns(pairs: list[tuple[str, str]]) -> str:
    return json.dumps({"question": [q for q, _ in pairs], "answer": [a for _, a in pairs]}, ensure_ascii=False)


def _pandas(pairs: list[tuple[str, str]]) -> str:
    columns = {"question": {str(n): q for n, (q, _) in enumerate(pairs)}}
    return json.dumps(columns | {"answer": {str(n): a for n, (_, a) in enumerate(pairs)}}, indent=1)


def _keyed(pairs: list[tuple[str, str]]) -> str:
    return json.dumps({f"id{n}": _dict(pair) for n, pair in enumerate([*pairs, pairs[0]])}, ensure_ascii=False)


def _wrapped(pairs: list[tuple[str, str]]) -> str:
    return json.dumps({"version": 1, "data": list(map(_dict, pairs))}, ensure_ascii=False)


def _delimited(pairs: list[tuple[str, str]], **options: Any) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, **options)
    writer.writerows([("question", "answer"), *pairs])
    return text.getvalue()


def _csv(pairs: list[tuple[str, str]]) -> str:
    return _delimited(pairs)


def _quoted_csv(pairs: list[tuple[str, str]]) -> str:
    return _delimited(pairs, quoting=csv.QUOTE_ALL, delimiter=";", lineterminator="\n")


def _tsv(pairs: list[tuple[str, str]]) -> str:
    return _delimited(pairs, delimiter="\t")


FORMATS = {
    _jsonl: "rows.jsonl", _ascii_jsonl: "rows.txt", _array: "rows.jsonl", _pretty: "rows.json", _objects: "rows.json",
    _columns: "rows.json", _pandas: "rows.json", _keyed: "rows.json", _wrapped: "rows.json", _csv: "rows.csv",
    _quoted_csv: "rows.csv", _tsv: "rows.tsv",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.__name__.strip("_"))
@FEW
@given(pairs=PAIRS, encoding=st.sampled_from(ENCODINGS))
def test_rows_written_in_any_form_and_encoding_are_read_as_they_were(form: Any, pairs: Any, encoding: str) -> None:
    reading = _read(form(pairs).encode(encoding), FORMATS[form])
    expected = [*pairs, pairs[0]] if form is _keyed else pairs
    assert _said(reading) == expected
    assert reading.records == len(expected)


def _said_with(letters: str, always: str) -> st.SearchStrategy[str]:
    """Texts of these letters that hold ``always``, for single letters are ambiguous: 一 in GBK is ɻ in UTF-8."""
    return st.text(st.sampled_from(letters), min_size=6, max_size=30).map(lambda text: text + always)


CHINESE = _said_with("的一是不了在人有我他这中大来上国说到要就出会也你对生能而子那得于着下自之年", "，家里的猫叫豆包。")
TRADITIONAL = _said_with("的一是不了在人有我他這中大來上國說到要就出會也你對生能而子那得於著下自之年", "，這是國語。")
JAPANESE = _said_with("のにをはがとでもしたいるれまあこそなかさくよりてだ日本人大年中", "です。")
_FRENCH = ("été", "déjà", "français", "garçon", "où", "être", "hôtel", "élève", "même", "très", "problème")
FRENCH = st.lists(st.sampled_from(_FRENCH), min_size=6).map(" ".join)
OLD = {
    "gb18030": (CHINESE, "gb18030"), "gbk": (CHINESE, "gb18030"), "big5": (TRADITIONAL, "big5"),
    "shift_jis": (JAPANESE, "shift_jis"), "latin-1": (FRENCH, "latin-1"),
}  # fmt: skip


@pytest.mark.parametrize("codec", OLD)
@settings(FEW, max_examples=25)
@given(data=st.data())
def test_old_encodings_are_told_by_what_they_say(codec: str, data: st.DataObject) -> None:
    texts, stated = OLD[codec]
    pairs = data.draw(st.lists(st.tuples(texts, texts), min_size=6, max_size=12))
    reading = _read(_jsonl(pairs).encode(codec), "rows.jsonl")
    assert reading.files[0].encoding == stated
    assert _said(reading) == pairs


@FEW
@given(pairs=PAIRS, places=st.lists(st.integers(0, 400), max_size=6), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_line_that_is_not_blank_is_a_row_or_a_problem(pairs: Any, places: list[int], end: str) -> None:
    lines = [json.dumps(_dict(pair)) for pair in pairs]
    for place in places:
        at = place % len(lines)
        lines[at] = lines[at][: place % (len(lines[at]) + 1)]
    lines.append(json.dumps(_dict(pairs[0])))
    reading = _read(end.join(lines).encode(), "rows.jsonl")
    assert reading.records == sum(bool(line.strip()) for line in lines)
    lost = sum(ingest.places(problem) for problem in reading.problems if problem.severity == "error")
    assert lost == reading.records - len(reading.rows)


@FEW
@given(pairs=st.lists(st.tuples(WORDS, WORDS), min_size=3, max_size=8), broken=st.integers(1, 6), cut=st.integers(1, 9))
def test_a_broken_item_of_an_array_costs_only_itself(pairs: Any, broken: int, cut: int) -> None:
    items = [json.dumps(_dict(pair)) for pair in pairs]
    broken %= len(items) - 1
    items[broken] = items[broken][:-cut]
    for join in (", ", ",\n "):
        reading = _read(f"[{join.join(items)}]".encode(), "rows.json")
        kept = [(row.question, row.answer) for row in reading.rows]
        assert kept == [pair for number, pair in enumerate(pairs) if number != broken]
        errors = [problem.code for problem in reading.problems if problem.severity == "error"]
        assert errors == ["broken_item"]


def test_damaged_files_never_raise_and_every_record_is_accounted_for(tmp_path: Path) -> None:
    chance = random.Random(20261121)
    sources = seeds()
    for number in range(700):
        name, data = sources[number % len(sources)]
        assert crash_of(tmp_path, name, data, chance) is None


@FEW
@given(data=st.binary(max_size=300), name=st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.txt", "a.bin"]))
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes, name: str) -> None:
    reading = _read(data, name)
    assert reading.rows or reading.documents or reading.problems
    json.dumps([to_json(row) for row in reading.rows], allow_nan=False).encode("utf-8")
    for problem in reading.problems:
        assert ingest.describe(problem, "zh") and ingest.describe(problem, "en")


def test_a_round_trip_keeps_conversations(tmp_path: Path) -> None:
    turns = [("system", "S"), ("user", "U\n\n1"), ("assistant", "A “1”"), ("user", "U2"), ("assistant", "A2\t")]
    record = {"messages": [{"role": role, "content": text} for role, text in turns]}
    for text in (json.dumps(record), json.dumps([record], indent=3), json.dumps(record, indent=0)):
        assert _read(text.encode(), "c.jsonl").rows[0].messages == tuple(Message(*turn) for turn in turns)
