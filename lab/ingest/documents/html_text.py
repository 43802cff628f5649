"""HTML to canonical text: what is visible, with headings, lists, tables and code as Markdown-like lines.

Knows: which elements are text, which are blocks and which are around the text (navigation, scripts, forms, hidden
parts). Must not know where the page came from. Walks without recursion.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from lab.errors import DataError
from lab.ingest.documents import MOST_CHARACTERS, Canonical, decoded, joined, markdown_table
from lab.records import Problem

DEEPEST = 3000
"""Elements in each other; parsing takes time that grows with its square."""
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
_CLOSED_BY_OTHERS = {
    "p", "li", "td", "th", "tr", "option", "dt", "dd", "br", "img", "hr", "input", "meta", "link", "col", "source",
    "wbr", "area", "base", "embed", "track", "thead", "tbody", "tfoot", "html", "head", "body",
}  # fmt: skip
_OUT = {
    "script", "style", "noscript", "template", "nav", "head", "iframe", "svg", "math", "canvas", "audio", "video",
    "object", "embed", "button", "select", "input", "textarea", "datalist", "dialog", "map", "menu", "footer",
}  # fmt: skip
_NO_TEXT = {"script", "style", "noscript", "template", "head", "iframe", "svg", "math", "canvas", "object", "embed"}
"""Of these, what holds nothing that a person reads."""
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "aside", "figure", "figcaption", "address", "fieldset", "form",
    "ul", "ol", "dl", "details", "body", "html", "center", "td", "th", "tr", "tbody", "thead", "table", "hgroup",
}  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"summary": 4}
_ROLES = {"navigation", "search", "contentinfo", "menu", "menubar", "tablist", "dialog", "alertdialog"}
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_BLANK = re.compile(r"[ \t\r\n\f\u00a0]+")


def read_html(data: bytes) -> Canonical:
    """The visible text of a page. Raises ``DataError`` where there is none."""
    page = _decoded(data)
    if _depth(page) > DEEPEST:
        raise DataError("data.html_too_deep", most=DEEPEST)
    parser = LexborHTMLParser(page)
    root = parser.body
    writer = _Writer()
    text = writer.written(root) if root is not None else ""
    if not text.strip():
        raise DataError("data.html_without_text")
    if len(text) > MOST_CHARACTERS:
        raise DataError("data.document_too_long", most=MOST_CHARACTERS)
    around = [Problem(None, "page_parts_left_out", "info", values={"count": writer.around})] if writer.around else []
    return Canonical(text, tuple(around))


def _depth(page: str) -> int:
    """How deep elements lie in each other at most, or a little more."""
    depth = deepest = 0
    for closing, tag in _TAG.findall(page):
        if tag.lower() not in _CLOSED_BY_OTHERS:
            depth = max(0, depth + (-1 if closing else 1))
            deepest = max(deepest, depth)
    return deepest


def _decoded(data: bytes) -> str:
    told = _CHARSET.search(data[:4096])
    if told and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        name = told.group(1).decode("ascii", "replace").lower()
        try:
            return data.decode("gb18030" if name in {"gb2312", "gbk"} else name)
        except (LookupError, ValueError):
            pass
    return decoded(data)


class _Writer:
    """Collects blocks while the tree is walked."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.inline: list[str] = []
        self.prefix = ""
        """Stands before the block that is being collected: ``## ``, ``- ``, ``> ``."""
        self.lists: list[list[int | str]] = []
        self.quoted = 0
        self.around = 0
        """Parts with text of their own that are not the page's: menus, forms, footers, what is hidden."""

    def written(self, root: LexborNode) -> str:
        """The text below ``root``."""
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node.tag or "")
            elif node.tag == "-text":
                self.inline.append(_BLANK.sub(" ", node.text(deep=False) or ""))
            elif self._enter(node):
                stack.append((node, True))
                stack += [(child, False) for child in reversed(_children(node))]
        self._flush()
        return joined(self.blocks)

    def _enter(self, node: LexborNode) -> bool:
        """Whether to go on into ``node``."""
        tag = node.tag or ""
        if tag in _OUT or tag.startswith(("-", "!", "_")) or _is_hidden(node):
            self.around += (
                tag not in _NO_TEXT and not tag.startswith(("-", "!", "_")) and bool((node.text() or "").strip())
            )
            return False
        if tag in {"br", "hr", "pre", "img"} or (tag == "table" and _is_data(node)):
            self._whole(node, tag)
            return False
        if tag in _HEADINGS or tag in _BLOCKS or tag in {"li", "dt", "dd", "blockquote"}:
            self._flush()
        if tag in {"ul", "ol"}:
            self.lists.append([tag, 0])
        self.quoted += tag == "blockquote"
        self._prefixed(tag)
        return True

    def _prefixed(self, tag: str) -> None:
        if tag in _HEADINGS:
            self.prefix = "#" * _HEADINGS[tag] + " "
        elif tag == "li":
            kind, number = self.lists[-1] if self.lists else ("ul", 0)
            if self.lists:
                self.lists[-1][1] = int(number) + 1
            indent = "  " * max(0, len(self.lists) - 1)
            self.prefix = f"{indent}{int(number) + 1}. " if kind == "ol" else f"{indent}- "
        elif tag == "dt":
            self.prefix = "- **"
        elif tag == "dd" and self.blocks and self.blocks[-1].startswith("- **") and self.blocks[-1].endswith("**"):
            self.prefix = self.blocks.pop() + ": "

    def _whole(self, node: LexborNode, tag: str) -> None:
        """An element whose inside is not walked."""
        if tag == "br":
            self.inline.append("\n")
        elif tag == "pre":
            self._flush()
            self.blocks.append("```\n" + (node.text() or "").strip("\n") + "\n```")
        elif tag == "table":
            self._flush()
            self.blocks.append(markdown_table([[_text(cell) for cell in _cells(row)] for row in node.css("tr")]))
        elif tag == "hr":
            self._flush()

    def _leave(self, tag: str) -> None:
        if tag in {"ul", "ol"} and self.lists:
            self._flush()
            self.lists.pop()
        elif tag == "dt":
            self._flush("**")
        elif tag in _HEADINGS or tag in _BLOCKS or tag in {"li", "dd", "blockquote"}:
            self._flush()
        if tag == "blockquote":
            self.quoted -= 1

    def _flush(self, ending: str = "") -> None:
        lines = [" ".join(line.split()) for line in "".join(self.inline).split("\n")]
        self.inline = []
        kept = [line for line in lines if line]
        if not kept:
            return
        prefix = self.prefix or ("> " if self.quoted else "")
        one_line = prefix.startswith(("#", "- **"))
        follow = "> " if prefix == "> " else " " * len(prefix)
        glue = " " if one_line else "\n" + follow
        self.blocks.append(prefix + glue.join(kept) + ending)
        self.prefix = ""


def _children(node: LexborNode) -> list[LexborNode]:
    return list(node.iter(include_text=True))


def _is_hidden(node: LexborNode) -> bool:
    marks = node.attributes
    hides = "hidden" in marks or marks.get("aria-hidden") == "true" or marks.get("role") in _ROLES
    return hides or bool(_HIDING.search(marks.get("style") or ""))


def _is_data(table: LexborNode) -> bool:
    """Whether a table holds data, not the layout of a page."""
    # What is searched below a table counts the table itself.
    if len(table.css("table")) > 1 or table.css_first("td h1, td h2, td h3, td ul, td p + p, td pre") is not None:
        return False
    rows = table.css("tr")
    return len(rows) >= 2 and max(len(_cells(row)) for row in rows) >= 2


def _cells(row: LexborNode) -> list[LexborNode]:
    return [child for child in row.iter() if child.tag in {"td", "th"}]


def _text(cell: LexborNode) -> str:
    for child in cell.css("script, style, template"):
        child.decompose()
    return " ".join((cell.text(separator=" ") or "").split())
