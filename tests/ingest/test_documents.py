"""Documents of every kind to canonical text: what a person reads, the same every time, never a traceback."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfWriter

from lab import ingest, words
from lab.errors import DataError
from lab.ingest import documents
from lab.ingest.files.sources import Source

PAGE = """<!DOCTYPE html><html><head><title>T</title><style>p {color: red}</style></head><body>
<nav><a href="/">Home</a></nav><script>var x = "no";</script>
<h1>Seed&nbsp;Bank</h1><p>It keeps <b>seeds</b>
of plants.</p><div hidden>secret</div><p style="display: none">secret</p><p aria-hidden="true">secret</p>
<h2>Hours</h2><table><tr><th>Place</th><th>Hours</th></tr><tr><td>Desk</td><td>9:00 | 17:00</td></tr></table>
<ul><li>one<li>two<ul><li>inner</li></ul></li></ul><ol><li>first</li><li>second</li></ol>
<dl><dt>Deposit</dt><dd>40 euros</dd></dl><blockquote><p>Said.</p></blockquote><pre>a = 1
b = 2</pre>loose text<br>next line<footer>© nobody</footer></body></html>"""

CANONICAL = """# Seed Bank

It keeps seeds of plants.

## Hours

| Place | Hours |
|---|---|
| Desk | 9:00 \\| 17:00 |

- one
- two
  - inner
1. first
2. second
- **Deposit**: 40 euros

> Said.

```
a = 1
b = 2
```

loose text
next line
"""


def test_a_page_becomes_what_is_visible_in_it() -> None:
    assert documents.read_html(PAGE.encode()).text == CANONICAL


def test_a_page_is_decoded_as_it_says() -> None:
    page = '<html><head><meta charset="gb2312"></head><body><p>图书馆周一开放。</p></body></html>'
    assert documents.read_html(page.encode("gbk")).text == "图书馆周一开放。\n"


def test_a_page_nested_deep_is_read() -> None:
    page = b"<div>" * 2900 + b"deep" + b"</div>" * 2900
    assert documents.read_html(page).text == "deep\n"


def _word() -> Any:
    made = docx.Document()
    made.add_heading("Handbook", 0)
    made.add_heading("Hours", 1)
    made.add_paragraph("Open on Mondays.")
    for text in ("Call.", "Wait."):
        made.add_paragraph(text, style="List Number")
    made.add_paragraph("A badge", style="List Bullet")
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(
        (*table.rows[0].cells, *table.rows[1].cells), ("Place", "Hours", "Desk", "9:00"), strict=True
    ):
        cell.text = text
    made.sections[0].header.paragraphs[0].text = "running header"
    made.sections[0].footer.paragraphs[0].text = "page footer"
    return made


def _saved(document: Any) -> bytes:
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def test_a_word_document_keeps_headings_lists_and_tables() -> None:
    assert documents.read_docx(_saved(_word())).text == (
        "# Handbook\n\n## Hours\n\nOpen on Mondays.\n\n1. Call.\n2. Wait.\n- A badge\n\n"
        "| Place | Hours |\n|---|---|\n| Desk | 9:00 |\n"
    )


def test_a_table_inside_a_cell_follows_its_table() -> None:
    made = docx.Document()
    cells = [cell for row in made.add_table(rows=2, cols=2).rows for cell in row.cells]
    for cell, text in zip(cells, ("Desk", "Phone", "Front", "8001"), strict=True):
        cell.text = text
    inner = [cell for row in cells[3].add_table(rows=2, cols=1).rows for cell in row.cells]
    inner[0].text, inner[1].text = "Floor", "2"
    text = documents.read_docx(_saved(made)).text
    assert text == "| Desk | Phone |\n|---|---|\n| Front | 8001 |\n\n| Floor |\n|---|\n| 2 |\n"


def test_tracked_deletions_are_out_and_insertions_in() -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("The fee is ")
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" w:id="1" w:author="a"'
    paragraph._p.append(parse_xml(f"<w:del {space}><w:r><w:delText>30</w:delText></w:r></w:del>"))
    paragraph._p.append(parse_xml(f"<w:ins {space}><w:r><w:t>40 euros.</w:t></w:r></w:ins>"))
    found = documents.read_docx(_saved(made))
    assert found.text == "The fee is 40 euros.\n"
    assert [problem.code for problem in found.problems] == ["tracked_deletions"]


def _pdf(pages: list[list[tuple[float, float, float, str]]]) -> PdfWriter:
    """A PDF with (x, y, size, text) on each page, written by hand."""
    objects = ["<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    numbers = []
    for page in pages:
        content = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in page)
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent PARENT 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 1 0 R >> >> >>"
        )
        numbers.append(len(objects))
    objects.append(f"<< /Type /Pages /Count {len(numbers)} /Kids [{' '.join(f'{n} 0 R' for n in numbers)}] >>")
    objects.append(f"<< /Type /Catalog /Pages {len(objects)} 0 R >>")
    body, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text.replace('PARENT', str(len(objects) - 1))}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    body += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root {len(objects)} 0 R >>\n"
    written = f"{body}startxref\n{body.index('xref')}\n%%EOF\n"
    return PdfWriter(clone_from=io.BytesIO(written.encode("latin-1")))


def _bytes(writer: PdfWriter) -> bytes:
    data = io.BytesIO()
    writer.write(data)
    return data.getvalue()


def _page(number: int) -> list[tuple[float, float, float, str]]:
    return [
        (50, 780, 8, "Seed Bank handbook"),
        (50, 740, 18, f"Chapter {('One', 'Two', 'Three', 'Four')[number]}"),
        (50, 700, 10, "The cold store is kept at minus 18 degrees and is opened by the tech-"),
        (50, 688, 10, "nician on duty, who writes the time into the red logbook every time the"),
        (50, 676, 10, "door is opened."),
        (50, 640, 10, f"Shelf {number + 1}00 holds the packets of the year."),
        (290, 20, 8, f"{number + 1} / 4"),
    ]


def test_running_heads_page_numbers_and_hyphens_are_gone() -> None:
    found = documents.read_pdf(_bytes(_pdf([_page(number) for number in range(4)])))
    assert found.text.startswith(
        "## Chapter One\n\nThe cold store is kept at minus 18 degrees and is opened by the technician on duty, "
        "who writes the time into the red logbook every time the door is opened.\n\n"
        "Shelf 100 holds the packets of the year.\n\n## Chapter Two"
    )
    assert "handbook" not in found.text and "/ 4" not in found.text
    assert [(problem.code, problem.values["count"]) for problem in found.problems] == [("pdf_lines_left_out", 8)]


def test_two_columns_are_read_one_after_the_other() -> None:
    rows = [(700 - 14 * number, number) for number in range(6)]
    page = [(50.0, 750.0, 10.0, "A line that runs over both columns of this page and ends here on the right.")]
    for y, number in rows:
        page.append((50, y, 10, f"left number {number}."))
        page.append((320, y, 10, f"right number {number}."))
    text = documents.read_pdf(_bytes(_pdf([page]))).text
    order = [text.index(f"{side} number {number}.") for side in ("left", "right") for number in range(6)]
    assert order == sorted(order)


def _locked() -> bytes:
    writer = _pdf([_page(0)])
    writer.encrypt("secret", algorithm="RC4-128")
    return _bytes(writer)


def _bomb() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (64 << 20))
    return data.getvalue()


REFUSED = [
    (documents.read_pdf, _locked(), "data.pdf_encrypted"),
    (documents.read_pdf, _bytes(_pdf([[(0, 0, 10, "x")]])), "data.pdf_scanned"),
    (documents.read_pdf, b"%PDF-1.7\nnothing", "data.broken_pdf"),
    (documents.read_docx, _bomb(), "data.docx_bomb"),
    (documents.read_docx, b"PK\x03\x04 torn", "data.broken_docx"),
    (documents.read_docx, b"\xd0\xcf\x11\xe0 old", "data.docx_locked"),
    (documents.read_docx, _saved(docx.Document()), "data.docx_without_text"),
    (documents.read_html, b"<div>" * 1_000_000, "data.html_too_deep"),
    (documents.read_html, b"<html><body><script>1</script></body></html>", "data.html_without_text"),
]


@pytest.mark.parametrize(("read", "data", "key"), REFUSED)
def test_what_cannot_be_read_ends_in_a_sentence(read: documents.Reader, data: bytes, key: str) -> None:
    with pytest.raises(DataError) as refused:
        read(data)
    assert refused.value.key.removesuffix("_ocr") == key
    assert refused.value.sentence("zh") and refused.value.sentence("en")


VALID = {"pdf": (documents.read_pdf, _bytes(_pdf([_page(0)]))), "docx": (documents.read_docx, _saved(_word()))}


@pytest.mark.parametrize("kind", sorted(VALID))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    read, sound = VALID[kind]
    places = data.draw(st.lists(st.integers(0, len(sound) - 1), max_size=8))
    damaged = bytearray(sound)
    for place in places:
        damaged[place] = data.draw(st.integers(0, 255))
    try:
        assert read(bytes(damaged[: data.draw(st.integers(1, len(sound)))])).text
    except DataError as refused:
        assert words.has(refused.key)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["<p>", "</p>", "<li>", "<ol>", "</ol>", "<table>", "<tr>", "<td>", "x", "# y", " "])))
def test_any_markup_gives_its_words_or_a_refusal(parts: list[str]) -> None:
    try:
        text = documents.read_html("".join(parts).encode()).text
    except DataError:
        assert "x" not in parts and "# y" not in parts
        return
    assert text.count("x") == parts.count("x") and text.count("y") == parts.count("# y")


def test_facts_become_one_table() -> None:
    found = documents.read_facts("值,主体,属性\n10岁,JIM,年龄\n,JIM,爱好\n")
    assert found.text == "| 主体 | 属性 | 值 |\n|---|---|---|\n| JIM | 年龄 | 10岁 |\n"
    assert [(problem.line, problem.code) for problem in found.problems] == [(3, "fact_incomplete")]


def test_a_table_of_things_is_a_document_unless_its_columns_are_named(tmp_path: Path) -> None:
    table = tmp_path / "pets.csv"
    table.write_bytes(b"name;colour;age\nKitty;white;3\nRex;;\n")
    found = ingest.read([table])
    assert found.documents == {"pets.csv": "| name | colour | age |\n|---|---|---|\n| Kitty | white | 3 |\n"}
    assert [(problem.line, problem.code) for problem in found.problems] == [(3, "fact_incomplete")]
    rows = ingest.read([table], {"question": "name", "answer": "colour"})
    assert [(row.question, row.answer) for row in rows.rows] == [("Kitty", "white")] and not rows.documents


def test_a_table_inside_a_table_of_layout_keeps_its_cells() -> None:
    page = "<table><tr><td>X<table><tr><th>k</th><th>v</th></tr><tr><td>n</td><td>9</td></tr></table></td></tr></table>"
    assert "| k | v |\n|---|---|\n| n | 9 |" in documents.read_html(f"<html><body>{page}".encode()).text


def test_what_stands_beside_the_text_is_reported() -> None:
    page = documents.read_html(b"<html><body><nav>Home</nav><p>Hours.</p><p hidden>x</p><script>1</script>")
    assert [(problem.code, problem.values) for problem in page.problems] == [("page_parts_left_out", {"count": 2})]
    made = docx.Document()
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    made.add_paragraph("The fee is 40 euros.")._p.append(
        parse_xml(f'<w:r {space}><w:footnoteReference w:id="2"/></w:r>')
    )
    found = documents.read_docx(_saved(made))
    assert [(problem.code, problem.values["count"]) for problem in found.problems] == [("notes_left_out", 1)]


class _Told:
    """Takes reports."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def report(
        self, line: int | None, code: str, severity: str = "error", fix: str | None = None, **values: Any
    ) -> None:
        assert words.say(f"data.{code}", "zh", **values)
        self.codes.append(code)


def _source(name: str, data: bytes) -> Source:
    return Source(name, len(data), lambda: io.BytesIO(data))


KINDS = [
    (documents.is_html, PAGE.encode(), "a.txt", True),
    (documents.is_html, "<!-- c --><html>".encode("utf-16"), "a", True),
    (documents.is_html, b"<note><to>x</to></note>", "a.xml", False),
    (documents.is_pdf, b"%PDF-1.4", "a.md", True),
    (documents.is_pdf, b"# On %PDF-1.4\n", "a.md", False),
    (documents.is_docx, _saved(_word())[:65536], "a", True),
    (documents.is_facts, "主体,属性,值\n甲,乙,丙".encode("gbk"), "a.csv", True),
    (documents.is_facts, b"question,answer,value\n", "a.csv", False),
    (documents.is_facts, "姓名,年龄,城市\n张三,30,北京".encode("utf-8-sig"), "a.csv", True),
    (documents.is_facts, b"name;price\nPear;3,50", "a.csv", True),
    (documents.is_facts, b"name,review,sentiment\n", "a.csv", False),
    (documents.is_facts, b"id,name,age\n", "a.csv", False),
]


@pytest.mark.parametrize(("matches", "head", "name", "is_it"), KINDS)
def test_content_tells_the_kind(matches: Any, head: bytes, name: str, is_it: bool) -> None:
    assert matches(head, name) is is_it


def test_readers_report_instead_of_raising() -> None:
    told = _Told()
    assert documents.pdf(_source("a.pdf", _locked()), told) == ""
    assert documents.html(_source("a.html", PAGE.encode()), told) == CANONICAL
    assert told.codes == ["pdf_encrypted", "page_parts_left_out"]


@pytest.mark.parametrize(
    ("name", "codes", "holds"),
    [
        ("zh_p3c_java_manual_huangshan.pdf", ["pdf_lines_left_out", "pdf_pages_without_text"], "(一) 命名风格"),
        ("en_margies_travel_company_info.pdf", [], "best travel experts in the world. Our leadership team"),
        ("zh_ocr_test.pdf", ["pdf_scanned"], ""),
        ("bad_pdf_scanned_medical_report.pdf", ["pdf_scanned"], ""),
    ],
)
def test_public_pdfs(shared: Path, name: str, codes: list[str], holds: str) -> None:
    told = _Told()
    text = documents.pdf(_source(name, (shared / "documents" / name).read_bytes()), told)
    assert [code.removesuffix("_ocr") for code in told.codes] == codes
    assert holds in text and bool(text) == bool(holds)
    assert "开发手册（黄山版）\n" not in text
