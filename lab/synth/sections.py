"""A document's structure: units that cover every character once, gathered into sections by heading.

Knows: Markdown's blocks (which plain text is a case of) and where each lies. Must not know what will be
asked about them. ``document[unit.start:unit.end]`` of all units, joined, is the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lab.synth.texts import HAN, LATIN_WORD, URL, language_of, plain

_FENCE = re.compile(r"\s*(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:\s+(.*?))?\s*#*\s*$")
_RULE = re.compile(r" {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
_ITEM = re.compile(r"\s*(?:[-*+]\s|[•·]|\d{1,3}[.)、](?!\d)|[（(]\d{1,3}[)）][.、]?)\s*(?=\S)")
_TABLE_LINE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_IMAGE = re.compile(r"\s*!\[[^\]]*\]\([^)]*\)\s*$")
_TAG = re.compile(r"\s*</?[a-zA-Z!][^>]*>?")


@dataclass(frozen=True)
class Unit:
    """One block of a document."""

    kind: str
    """``heading``, ``paragraph``, ``item``, ``table``, ``quote``, ``code``, ``image``, ``html``, ``rule``,
    ``front_matter`` or ``blank``."""
    start: int
    end: int
    """Line break included."""


@dataclass(frozen=True)
class Section:
    """What stands between one heading and the next. A document's first section may have no heading."""

    title: str
    """As read, without marks; empty where there is no heading."""
    level: int
    """1 to 6; 0 where there is no heading."""
    path: tuple[str, ...]
    """Titles of the headings above it, outermost first."""
    start: int
    end: int
    language: str
    units: tuple[Unit, ...]

    @property
    def body(self) -> tuple[Unit, ...]:
        """The units below the heading."""
        return self.units[1:] if self.level else self.units


def units(document: str) -> list[Unit]:
    """The blocks of ``document`` in order; every character lies in exactly one."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", document)
    found: list[Unit] = []
    index = offset = 0
    while index < len(lines):
        kind, count = _block(lines, index)
        length = sum(len(line) for line in lines[index : index + count])
        found.append(Unit(kind, offset, offset + length))
        index, offset = index + count, offset + length
    return found


def sections(document: str) -> list[Section]:
    """The document cut before each heading, each section with its own language."""
    groups: list[list[Unit]] = []
    for unit in units(document):
        if unit.kind == "heading" or not groups:
            groups.append([])
        groups[-1].append(unit)
    default = language_of(document)
    made: list[Section] = []
    above: list[tuple[int, str]] = []
    for group in groups:
        title, level = _title(document, group[0])
        above = [(other, name) for other, name in above if other < level]
        start, end = group[0].start, group[-1].end
        language = _language(_prose(document, group), title, default)
        path = tuple(name for _, name in above)
        made.append(Section(title, level, path, start, end, language, tuple(group)))
        if level:
            above.append((level, title))
    return made


def _language(prose: str, title: str, default: str) -> str:
    """Of a section. In a Chinese document one with some Chinese in it is Chinese, however many commands it quotes."""
    told = language_of(prose, language_of(title, default))
    han, words = len(HAN.findall(prose)), len(LATIN_WORD.findall(URL.sub(" ", prose)))
    return "zh" if default == "zh" and han >= 8 and han > 0.35 * words else told


def _prose(document: str, group: list[Unit]) -> str:
    return " ".join(document[u.start : u.end] for u in group if u.kind not in {"code", "html", "front_matter"})


def _title(document: str, unit: Unit) -> tuple[str, int]:
    if unit.kind != "heading":
        return "", 0
    lines = document[unit.start : unit.end].rstrip("\n").split("\n")
    match = _HEADING.match(lines[0])
    if match:
        return plain(match.group(2) or ""), len(match.group(1))
    return plain(lines[0]), 1 if "=" in lines[1] else 2


def _block(lines: list[str], index: int) -> tuple[str, int]:
    """Kind of the block that begins at line ``index``, and of how many lines it is."""
    line = lines[index]
    if not line.strip():
        return "blank", _count(lines, index, lambda text: not text.strip())
    if index == 0 and line.strip() == "---":
        end = next((i for i in range(1, len(lines)) if lines[i].strip() in {"---", "..."}), None)
        if end is not None and all(":" in row or row.startswith((" ", "-")) for row in lines[1:end] if row.strip()):
            return "front_matter", end + 1
    fence = _FENCE.match(line)
    if fence:
        mark = fence.group(1)
        end = next((i for i in range(index + 1, len(lines)) if lines[i].strip().startswith(mark)), len(lines) - 1)
        return "code", end - index + 1
    return _text_block(lines, index)


def _text_block(lines: list[str], index: int) -> tuple[str, int]:
    line = lines[index]
    if _HEADING.match(line.rstrip("\n")):
        return "heading", 1
    if _RULE.match(line.rstrip("\n")):
        return "rule", 1
    if line.lstrip().startswith("<!--"):
        end = next((i for i in range(index, len(lines)) if "-->" in lines[i]), len(lines) - 1)
        return "html", end - index + 1
    if "|" in line and index + 1 < len(lines) and "|" in lines[index + 1] and _TABLE_LINE.match(lines[index + 1]):
        return "table", _count(lines, index, lambda text: "|" in text)
    if _IMAGE.match(line):
        return "image", 1
    if _TAG.match(line) and line.lstrip().startswith("<") and not line.lstrip().startswith("<http"):
        return "html", _tagged(lines, index)
    if line.lstrip().startswith(">"):
        return "quote", _count(lines, index, lambda text: text.lstrip().startswith(">"))
    if _ITEM.match(line):
        return "item", 1 + _count(lines, index + 1, lambda text: bool(text.strip()) and not _starts_block(text))
    if index + 1 < len(lines) and _UNDERLINE.match(lines[index + 1].rstrip("\n")) and len(line.strip()) <= 80:
        return "heading", 2
    return "paragraph", 1 + _count(lines, index + 1, lambda text: bool(text.strip()) and not _starts_block(text))


def _tagged(lines: list[str], index: int) -> int:
    """How many lines an HTML block has: up to a blank line, or to a closing tag after which plain text begins."""
    for number in range(index, len(lines)):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if not following.strip() or (lines[number].rstrip().endswith(">") and not following.lstrip().startswith("<")):
            if following.strip() and not re.search(r"</\w+>\s*$|/>\s*$", lines[number]):
                continue
            if following.strip() and following[:1] == " ":
                continue
            return number - index + 1
    return len(lines) - index


def _starts_block(line: str) -> bool:
    bare = line.rstrip("\n")
    return bool(
        _HEADING.match(bare)
        or _FENCE.match(bare)
        or _RULE.match(bare)
        or _ITEM.match(bare)
        or _IMAGE.match(bare)
        or bare.lstrip().startswith((">", "|", "<!--"))
    )


def _count(lines: list[str], index: int, holds: Callable[[str], bool]) -> int:
    number = 0
    while index + number < len(lines) and holds(lines[index + number]):
        number += 1
    return number


def item_start(document: str, unit: Unit) -> int:
    """Where the text of a list item or quote begins, after its mark."""
    text = document[unit.start : unit.end]
    match = re.match(r"\s*>\s*", text) if unit.kind == "quote" else _ITEM.match(text)
    return unit.start + (match.end() if match and unit.kind in {"item", "quote"} else 0)


def lines_of(document: str, unit: Unit) -> Iterator[tuple[int, int]]:
    """``(start, end)`` of each line of a unit, without its line break."""
    start = unit.start
    for line in document[unit.start : unit.end].split("\n"):
        if line.strip():
            yield start, start + len(line)
        start += len(line) + 1
