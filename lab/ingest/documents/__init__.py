"""HTML, DOCX, PDF and tables of facts to canonical text: what a person reads in them, as Markdown-like lines.

Knows: which function reads which kind, and that the same bytes always give the same text. Canonical text of Markdown
and plain text is decoding and newline folding only and is not made here. Must not know questions or rows. A file that
cannot be read raises ``DataError`` with a sentence; what is left out of a text is among its problems.
"""

from __future__ import annotations

import codecs
import csv
import importlib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lab.errors import DataError
from lab.ingest.files.containers import is_office
from lab.ingest.files.decoding import by_content, by_form
from lab.ingest.files.sources import Report, Source
from lab.records import Problem

MOST_BYTES = 256 * 1024 * 1024
"""Larger documents are refused with a sentence: their parsers need them whole."""

MOST_CHARACTERS = 20_000_000
"""Of a canonical text; a small file that unfolds to more is a bomb."""

_SUBJECT = {"subject", "entity", "who", "item", "主体", "实体", "对象", "主语", "人物", "事物"}
_ATTRIBUTE = {"attribute", "property", "predicate", "relation", "field", "属性", "关系", "谓语", "字段", "项目"}
_VALUE = {"value", "object", "值", "属性值", "宾语", "取值", "内容"}
_NAMED = {
    "name", "full name", "product", "product name", "employee", "person", "member", "city", "country", "place", "term",
    "姓名", "名称", "名字", "品名", "产品", "产品名称", "商品", "员工", "成员", "城市", "国家", "地点", "术语", "名词",
}  # fmt: skip
"""First columns that name what their row is about."""
_OF_ROWS = re.compile(
    r"question|query|prompt|instruct|input|utterance|text|message|answer|reply|response|output|completion|content|body|"
    r"label|target|solution|sql|review|sentence|title|categor|intent|sentiment|class|comment|chosen|rejected|descri|"
    r"summary|问|答|回复|指令|输入|输出|内容|文本|正文|标签|类别|分类|意图|情感|评论|标题|句子|描述|摘要"
)
"""Columns of rows that are trained as they are."""
_MOST_COLUMNS = 12


@dataclass(frozen=True)
class Canonical:
    """The text of one document that offsets of pairs refer to."""

    text: str
    problems: tuple[Problem, ...] = ()
    """What was left out or may be wrong; without file names."""


def decoded(data: bytes, whole: bool = True) -> str:
    """``data`` as text: ``\\n`` line ends, no byte-order mark, no NUL characters; ``whole``: nothing comes after."""
    guess = by_form(data) or by_content(data, whole=whole)
    text = data.decode(guess.codec, "replace").removeprefix("\ufeff").replace("\0", "")
    return text.replace("\r\n", "\n").replace("\r", "\n")


Reader = Callable[[bytes], Canonical]


def _late(module: str, function: str) -> Reader:
    def reader(data: bytes) -> Canonical:
        # The parsers are imported when a file of their kind comes, not when the page starts.
        found: Any = getattr(importlib.import_module(f"lab.ingest.documents.{module}"), function)
        made: Canonical = found(data)
        return made

    return reader


read_html: Reader = _late("html_text", "read_html")
read_docx: Reader = _late("docx_text", "read_docx")
read_pdf: Reader = _late("pdf_text", "read_pdf")
read_scan: Reader = _late("scans", "read_scan")


Text = Callable[[Source, Report], str]


def _text(read: Reader) -> Text:
    """``read`` as a reader of sources: what it cannot read, and what it leaves out, is reported."""

    def text(source: Source, report: Report) -> str:
        try:
            with source.open() as file:
                data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise DataError("data.too_large", size=len(data) >> 20, most=MOST_BYTES >> 20)
            made = read(data)
        except DataError as error:
            if not error.key.startswith("data.") or error.key == "data.reading_cancelled":
                raise
            report.report(None, error.key.removeprefix("data."), **error.values)
            return ""
        for problem in made.problems:
            report.report(problem.line, problem.code, problem.severity, **problem.values)
        return made.text

    return text


html: Text = _text(read_html)
docx: Text = _text(read_docx)
pdf: Text = _text(read_pdf)
scan: Text = _text(read_scan)
_PAGE = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.DOTALL)


def is_html(head: bytes, name: str) -> bool:
    """A page by its first tag; by its name where it begins with some other tag."""
    start = head.removeprefix(codecs.BOM_UTF8)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = decoded(start[: len(start) // 2 * 2], whole=False).encode("utf-8")
    named = name.casefold().removesuffix(".gz").endswith((".html", ".htm", ".xhtml"))
    return bool(_PAGE.match(start)) or (named and start.lstrip().startswith(b"<"))


def is_docx(head: bytes, name: str) -> bool:
    """A ZIP whose first parts are a word-processor document's."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return name.casefold().endswith((".docx", ".doc"))
    named = name.casefold().endswith(".docx")
    return head.startswith(b"PK\x03\x04") and (named or (is_office(head) and b"word/" in head))


def is_pdf(head: bytes, name: str) -> bool:
    """``%PDF`` within the first kilobyte, as viewers accept it."""
    return b"%PDF-" in head[:1024] and not head.lstrip().startswith((b"{", b"[", b"#", b"<"))


def is_facts(head: bytes, name: str) -> bool:
    """A CSV or TSV whose columns are named subject, attribute and value, or that tells of one named thing a row."""
    if b"\0" in head[:4] or not head.strip():
        return False
    first = decoded(head.split(b"\n", 1)[0].split(b"\r", 1)[0], whole=False).strip()
    heads = next(csv.reader([first], delimiter=_delimiter(first)), [])
    return len(first) < 200 and (is_fact_table(heads) or _is_of_things(heads))


def facts(source: Source, report: Report) -> str:
    """The canonical text of a table of facts."""
    return _text(lambda data: read_facts(decoded(data)))(source, report)


def _delimiter(first: str) -> str:
    return max(",\t;", key=first.count)


def is_fact_table(heads: Sequence[str]) -> bool:
    """Whether a table with these column names states facts as subject, attribute and value."""
    names = {head.strip().casefold() for head in heads}
    return len(heads) == 3 and bool(names & _SUBJECT) and bool(names & _ATTRIBUTE) and bool(names & _VALUE)


def _is_of_things(heads: Sequence[str]) -> bool:
    """Whether a table tells of a named thing a row ("name, price, weight") and holds no questions to train on."""
    names = [head.strip().casefold() for head in heads]
    told = len(set(names) - {""}) == len(names) >= 2 and names[0] in _NAMED
    return told and not any(_OF_ROWS.search(name) for name in names)


def read_facts(text: str) -> Canonical:
    """A CSV or TSV of facts as one Markdown table: subject, attribute, value in that order, or a subject a row.

    Records without a subject or value are left out and reported.
    """
    delimiter = _delimiter(text.split("\n", 1)[0])
    records = [[_cell(cell) for cell in record] for record in csv.reader(io.StringIO(text), delimiter=delimiter)]
    heads, order = records[0] if records else [], list(range(len(records[0]) if records else 0))
    if is_fact_table(heads):
        order = sorted(order, key=lambda place: _role(heads[place]))
    order = order[:_MOST_COLUMNS]
    lines, problems = [_row([heads[place] for place in order]), "|" + "---|" * len(order)], []
    for number, record in enumerate(records[1:], 2):
        cells = [record[place] if place < len(record) else "" for place in order]
        if cells and cells[0] and (all(cells) if is_fact_table(heads) else any(cells[1:])):
            lines.append(_row(cells))
        elif any(record):
            problems.append(Problem(number, "fact_incomplete", "warning"))
    if len(heads) > _MOST_COLUMNS:
        problems.append(
            Problem(
                1, "columns_left_out", "warning", values={"count": len(heads) - _MOST_COLUMNS, "most": _MOST_COLUMNS}
            )
        )
    return Canonical("\n".join(lines) + "\n", tuple(problems))


def _role(head: str) -> int:
    name = head.strip().casefold()
    return 0 if name in _SUBJECT else 1 if name in _ATTRIBUTE else 2


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """``rows`` as a Markdown table whose first row is its head; ragged rows are filled up. Empty for no cells."""
    width = max((len(row) for row in rows), default=0)
    if not width or not any(cell.strip() for row in rows for cell in row):
        return ""
    filled = [[*(_cell(cell) for cell in row), *[""] * (width - len(row))] for row in rows]
    return "\n".join([_row(filled[0]), "|" + "---|" * width, *(_row(row) for row in filled[1:])])


def joined(blocks: Sequence[str]) -> str:
    """Blocks with a blank line between them; list items follow each other directly. Ends with one line break."""
    text = ""
    for block in (block.strip("\n") for block in blocks):
        if not block.strip():
            continue
        item = _is_item(block) and _is_item(text.rsplit("\n", 1)[-1])
        text += ("" if not text else "\n" if item else "\n\n") + block
    return text + "\n" if text else ""


def _is_item(line: str) -> bool:
    bare = line.lstrip()
    return bare.startswith("- ") or (bare[:1].isdigit() and bare.lstrip("0123456789").startswith(". "))
