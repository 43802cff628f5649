"""A document's units and sections: every character in exactly one."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.settings import PROJECT
from lab.synth.sections import sections, units
from lab.synth.texts import language_of, plain, sentences

AWKWARD = [
    "",
    "\n\n",
    "no end mark",
    "---\ntitle: a\n---\n\n# H\ntext",
    "---\nnot front matter",
    "```\nnever closed\n# not a heading",
    "# A\n\n<p>\n<img/>\n</p>\nA: after html\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\ntext right after",
    "Title\n=====\n\ntext\u2028with a separator\u0085and more\n",
    "- item\n  goes on\n\n1. one\n2. two\n> quote\n> more",
    "第一段没有句号\n\n## 标题？\n\n答：是。",
    "<!-- comment\nover lines -->\ntext",
]


@pytest.mark.parametrize("document", AWKWARD)
def test_every_character_lies_in_exactly_one_unit(document: str) -> None:
    assert "".join(document[unit.start : unit.end] for unit in units(document)) == document
    assert [unit for part in sections(document) for unit in part.units] == units(document)


@pytest.mark.parametrize("name", ["handbook_en.md", "handbook_zh.md"])
def test_the_handbooks_rejoin_too(name: str) -> None:
    document = (PROJECT / "data" / name).read_text("utf-8")
    assert "".join(document[unit.start : unit.end] for unit in units(document)) == document


def test_public_documents_rejoin(shared: Path) -> None:
    for path in sorted((shared / "documents").glob("*.md")):
        document = path.read_text("utf-8")
        assert "".join(document[unit.start : unit.end] for unit in units(document)) == document, path.name


def test_front_matter_code_and_html_are_not_text() -> None:
    document = "---\ntitle: x\n---\n# A\n```\n# no heading\n```\n<!-- c -->\nwords\n"
    assert [unit.kind for unit in units(document)] == ["front_matter", "heading", "code", "html", "paragraph"]


def test_sections_know_the_headings_above_them_and_their_own_language() -> None:
    document = (
        "# Handbook\n\nEnglish words here.\n\n## 开放时间\n\n图书馆周一开放。\n\n### Notes\n\nMore English words.\n"
    )
    made = sections(document)
    assert [(part.title, part.path, part.language) for part in made] == [
        ("Handbook", (), "en"),
        ("开放时间", ("Handbook",), "zh"),
        ("Notes", ("Handbook", "开放时间"), "en"),
    ]


def test_a_last_sentence_without_end_mark_is_a_sentence() -> None:
    text = "One. Two e.g. this!  第三句。最后一句没有句号"
    assert [text[a:b] for a, b in sentences(text)] == ["One.", "Two e.g. this!", "第三句。", "最后一句没有句号"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("DolphinScheduler 由 5 个服务组成", "zh"),
        ("The word 猫 means cat in this text", "en"),
        ("`code only` https://a.b/c", "en"),
    ],
)
def test_language_goes_by_prose_not_by_code_and_addresses(text: str, language: str) -> None:
    assert language_of(text) == language


def test_plain_text_keeps_underscores_of_names() -> None:
    assert (
        plain("**master_reserved_memory** in [the file](a/b.md) and `x_y`")
        == "master_reserved_memory in the file and x_y"
    )
