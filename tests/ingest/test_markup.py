"""XML and YAML give their records, and nothing they say is expanded."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import ingest


def _read(tmp_path: Path, content: str | bytes, name: str) -> ingest.Reading:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return ingest.read([path])


def _codes(reading: ingest.Reading) -> list[tuple[str, int | None]]:
    for problem in reading.problems:
        assert ingest.describe(problem, "zh") and ingest.describe(problem, "en")
    return [(problem.code, problem.line) for problem in reading.problems]


def _pairs(reading: ingest.Reading) -> list[tuple[str, str, int | None]]:
    return [(row.question, row.answer, row.line) for row in reading.rows]


XML = [
    '<?xml version="1.0"?>\n<all>\n<qa><question>Q1?</question><answer>A1.</answer></qa>\n'
    "<qa><question>Q2?</question><answer>A2.</answer></qa></all>",
    '<all>\n\n<r question="Q1?" answer="A1."/>\n<r question="Q2?" answer="A2."/></all>',
    '<f:all xmlns:f="urn:x">\n\n<f:qa><f:Question>Q1?</f:Question><f:Answer>A1.</f:Answer></f:qa>\n'
    "<f:qa><f:Question> Q2?\n</f:Question><f:Answer><![CDATA[A2.]]></f:Answer></f:qa></f:all>",
    '<?xml version="1.0"?>\n<all><head><title>T</title><by>me</by></head>\n<qa><问题>Q1?</问题><答案>A1.</答案></qa>\n'
    "<qa><问题>Q2?</问题><答案>A<b>2</b>.</答案></qa></all>",
]


@pytest.mark.parametrize("content", XML)
def test_the_repeated_element_with_a_question_and_an_answer_is_a_row(tmp_path: Path, content: str) -> None:
    reading = _read(tmp_path, content, "a.xml")
    assert _pairs(reading) == [("Q1?", "A1.", 3), ("Q2?", "A2.", 4)]
    assert reading.files[0].kind == "XML" and reading.problems == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030", "gbk", "big5"])
def test_the_encoding_an_xml_states_is_used(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<全部><項><q>幾歲</q><a>十二</a></項></全部>'
    assert _pairs(_read(tmp_path, text.encode(encoding), "a.xml")) == [("幾歲", "十二", 2)]


def test_elements_without_known_names_can_be_named(tmp_path: Path) -> None:
    text = "<all>" + "".join(f"<post><heading>H{n}</heading><words>W{n}</words></post>" for n in range(3)) + "</all>"
    assert _codes(_read(tmp_path, text, "a.xml")) == [("columns_guessed", None), *[("unknown_columns", 1)] * 3]
    rows = ingest.read([tmp_path / "a.xml"], {"question": "heading", "answer": "words"}).rows
    assert [row.answer for row in rows] == ["W0", "W1", "W2"]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "content",
    [
        f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a><q>&l9;</q></a>',
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        "<a><qa><question>&x;</question><answer>b</answer></qa></a>",
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]><a/>',
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY fine "text">]><a>&fine;</a>',
    ],
)
def test_entities_are_refused_before_anything_is_expanded(tmp_path: Path, content: str) -> None:
    reading = _read(tmp_path, content, "a.xml")
    assert reading.rows == [] and reading.documents == {}
    assert _codes(reading) == [("xml_entities", None)]


def test_a_document_type_alone_does_no_harm(tmp_path: Path) -> None:
    text = f'<?xml version="1.0"?><!DOCTYPE all SYSTEM "all.dtd">{XML[1]}'
    assert len(_read(tmp_path, text, "a.xml").rows) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("<?xml version='1.0'?>" + "<a>" * 5000, "too_deep"),
        ("<?xml version='1.0'?><a><b>text</b></a>", "xml_without_rows"),
        ("<?xml version='1.0'?>", "broken_xml"),
        ("<?xml version='1.0' encoding='martian'?><a/>", "broken_xml"),
        (b"<?xml version='1.0' encoding='gbk'?><a>\xff\xff</a>", "broken_xml"),
    ],
)
def test_what_gives_no_row_is_told(tmp_path: Path, content: str | bytes, code: str) -> None:
    assert [found for found, _ in _codes(_read(tmp_path, content, "a.xml"))] == [code]


def test_a_cut_xml_keeps_what_came_before(tmp_path: Path) -> None:
    rows = "".join(f"<qa><question>Q{n}?</question><answer>A{n}.</answer></qa>\n" for n in range(5))
    reading = _read(tmp_path, f"<?xml version='1.0'?>\n<all>\n{rows}<qa><question>Q", "a.xml")
    assert [row.line for row in reading.rows] == [3, 4, 5, 6, 7]
    assert _codes(reading) == [("broken_xml", 8)]


def test_a_large_xml_is_read_as_a_stream(tmp_path: Path) -> None:
    rows = "".join(f"<qa><question>Q{n}?</question><answer>{'A' * 200}</answer></qa>\n" for n in range(4_000))
    reading = _read(tmp_path, f"<all>{rows}</all>", "a.xml")
    assert len(reading.rows) == 4_000 and reading.rows[-1].line == 4_000


YAML = [
    "- question: Q1?\n  answer: A1.\n- question: Q2?\n  answer: A2.\n",
    "---\nquestion: Q1?\nanswer: A1.\n---\nquestion: Q2?\nanswer: A2.\n",
    "version: 3\nrows:\n  - 问题: Q1?\n    答案: A1.\n  - {问题: Q2?, 答案: A2.}\n",
    '- messages:\n  - {role: user, content: "Q1?"}\n  - {role: assistant, content: A1.}\n'
    '- messages:\n  - {role: user, content: "Q2?"}\n  - {role: assistant, content: A2.}\n',
]


@pytest.mark.parametrize("content", YAML)
def test_yaml_is_read_in_every_form(tmp_path: Path, content: str) -> None:
    reading = _read(tmp_path, content, "a.yaml")
    assert [(row.question, row.answer) for row in reading.rows] == [("Q1?", "A1."), ("Q2?", "A2.")]
    assert reading.files[0].kind == "YAML" and reading.problems == []


def test_yaml_is_known_by_its_content_too(tmp_path: Path) -> None:
    assert len(_read(tmp_path, "# facts\n" + YAML[0], "a.txt").rows) == 2
    prose = "- first point\n- second point: with a colon\n"
    assert list(_read(tmp_path, prose, "notes.md").documents) == ["notes.md"]


@pytest.mark.parametrize("answer", ["no", "1.0", "12:30", "2024-01-05", "0x1F", "yes", "null value"])
def test_a_yaml_value_is_the_text_that_stands_there(tmp_path: Path, answer: str) -> None:
    (row,) = _read(tmp_path, f"- question: Q?\n  answer: {answer}\n", "a.yml").rows
    assert row.answer == answer


def test_lines_of_yaml_are_where_a_record_begins(tmp_path: Path) -> None:
    text = "- question: Q1?\n  answer: |\n    one\n    two\n\n- question: Q2?\n  answer: ~\n"
    reading = _read(tmp_path, text, "a.yaml")
    assert _pairs(reading) == [("Q1?", "one\ntwo\n", 1)] and ("empty_content", 6) in _codes(reading)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{one}: &{one} [{', '.join(f'*{other}' for _ in range(10))}]\n"
    for other, one in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BOMB, "yaml_alias"),
        ("- &a {question: Q, answer: A}\n- *a\n", "yaml_alias"),
        ("[" * 5000, "too_deep"),
        ("- question: a: b\n  answer: c\n", "broken_yaml"),
        ("question: Q?\nanswer: 'open\n", "broken_yaml"),
        ("- !!python/object/apply:os.system ['true']\n", "not_a_record"),
    ],
)
def test_yaml_that_could_do_harm_or_is_broken_is_told(tmp_path: Path, content: str, code: str) -> None:
    reading = _read(tmp_path, content, "a.yaml")
    assert reading.rows == [] and [found for found, _ in _codes(reading)] == [code]


def test_public_xml_files_are_read_and_empty_answers_told_one_by_one(shared: Path) -> None:
    reading = ingest.read([shared / "xml_parquet/medquad_5_NIDDK_QA_0000008.xml"])
    assert len(reading.rows) == 8 and reading.rows[0].line == 16
    assert reading.rows[0].question == "What is (are) Hyperthyroidism ?"
    without = ingest.read([shared / "xml_parquet/medquad_NOANSWER_10_MPlus_ADAM_QA_0000080.xml"])
    (problem,) = without.problems
    assert without.rows == [] and problem.code == "empty_content" and ingest.places(problem) == 10
