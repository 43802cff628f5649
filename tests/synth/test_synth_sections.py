"""A document's units and sections: every character in exactly one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.ingest.documents import read_pdf
from lab.settings import PROJECT
from lab.synth import extract
from lab.synth.sections import sections, units
from lab.synth.texts import emphasis_dropped, language_of, plain, sentences, squeezed

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


def test_commands_and_messages_do_not_make_a_chinese_section_english() -> None:
    document = "# 常见问题\n\n这里收集了使用中常见的问题和回答。\n\n"
    document += "## Q：UI 在 linux 编译 node-sass 提示：Error：permission denied\n\n"
    document += (
        "A：单独安装 npm install node-sass --unsafe-perm，之后再 npm install\n\n## Contact\n\nWrite to the list.\n"
    )
    assert [section.language for section in sections(document)] == ["zh", "zh", "en"]


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


BLOCKS = st.sampled_from(
    [
        "# H\n",
        "## 问题？\n",
        "Title\n===\n",
        "---\n",
        "---\ntitle: t\n---\n",
        "```\ncode\n",
        "```\n",
        "- item\n",
        "1. 一。\n",
        "| a | b |\n",
        "|---|---|\n",
        "| 1 | 2 |\n",
        "> quote\n",
        "<p>\n",
        "</p>\n",
        "<!-- c\n",
        "-->\n",
        "![i](j)\n",
        "\n",
        "键：值\n",
        "Key: value\n",
        "哥哥JIM是老大,10岁,喜欢吃肉。\n",
        "A lagoon is a shallow body of water.\n",
        "\u2028",
        "x",
        "The inn costs 12 euros.\n",
        "Q: May I?\n",
        "A: No.\n",
        "最多40人，保存12年。",
        "\t",
        "  ",
        "**K**: `v`\n",
        "\u200b",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(BLOCKS | st.text(max_size=12), max_size=25).map("".join))
def test_any_markdown_rejoins_and_every_pair_is_its_own_words(document: str) -> None:
    document = document.replace("\r", "\n")
    made = units(document)
    assert "".join(document[unit.start : unit.end] for unit in made) == document
    assert [unit for part in sections(document) for unit in part.units] == made
    found = extract(document, "d.md")
    for pair in (*found.pairs, *(item.pair for item in found.rejected)):
        assert document[pair.start : pair.end] == pair.evidence
    for pair in found.pairs:
        assert pair.evidence
        own = squeezed(pair.evidence) + squeezed(emphasis_dropped(pair.evidence))
        assert pair.kind != "span" or squeezed(pair.answer) in own


def test_public_pdfs_rejoin_and_keep_the_promise(shared: Path) -> None:
    path = shared / "documents" / "en_margies_travel_company_info.pdf"
    document = read_pdf(path.read_bytes()).text
    assert "".join(document[unit.start : unit.end] for unit in units(document)) == document
    found = extract(document, path.name)
    assert found.pairs
