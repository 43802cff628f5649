"""XML and YAML to records, as a stream where the format allows.

Knows: which repeated element of an XML file is a record, and the lists and documents of YAML. Entities, external
parts and aliases are refused before anything is expanded. Must not know what fields mean beyond whether their names
are those of a question and an answer.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.parsers import expat

from lab.ingest.files.containers import random_access
from lab.ingest.files.sources import Report, Source
from lab.ingest.problems import shown
from lab.ingest.shaping.names import ANSWER, QUESTION
from lab.ingest.shaping.shapes import is_known_table

_BLOCK = 64 * 1024
_LOOK = 1 << 20
"""Bytes from the beginning by which the element that is a record is chosen."""
_DEEPEST = 200
_MOST_TEXT = 64 << 20
"""Characters of one record."""
_MOST_YAML = 64 << 20
_NATIVE = {"utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1"}
_DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w.\-]+)[\"']")
_FIELDS = "|".join(sorted({*QUESTION, *ANSWER, "messages", "conversations", "text", "label"} - {"q", "a"}))
_YAML_LIST = re.compile(
    rf"(?:\ufeff)?(?:[^\S\n]*(?:#[^\n]*)?\n|---[^\n]*\n)*-\s+[\"']?(?:{_FIELDS})[\"']?\s*:(?:\s|$)", re.I
)


def is_xml(head: bytes, name: str) -> bool:
    """Whether the bytes begin as XML does and are no page."""
    start = head.removeprefix(codecs.BOM_UTF8)[:2048].lstrip()
    if start.startswith((codecs.BOM_UTF16_LE + b"<\0", codecs.BOM_UTF16_BE + b"\0<")):
        return True
    named = name.casefold().endswith(".xml") and start.startswith(b"<")
    return (start.startswith(b"<?xml") or named) and b"<html" not in start.lower()


class _Refused(Exception):
    """What an XML or YAML file may not have: the code of the problem and its values."""

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass
class _Node:
    """An element: its name without namespace, where it begins, and what it holds in order."""

    tag: str
    line: int
    attributes: dict[str, str]
    parts: list[str | _Node] = field(default_factory=list)

    @property
    def children(self) -> list[_Node]:
        """The elements directly inside."""
        return [part for part in self.parts if isinstance(part, _Node)]

    def text(self) -> str:
        """All its words, those of the elements inside among them."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.parts)

    def value(self) -> Any:
        """What it holds: its text, or its elements by name where it has nothing beside them."""
        beside = any(isinstance(part, str) and part.strip() for part in self.parts)
        return self.text().strip() if beside or not self.children else self.record()

    def record(self) -> dict[str, Any]:
        """Its attributes and elements by name; elements of one name are a list."""
        found: dict[str, Any] = dict(self.attributes)
        several: dict[str, list[Any]] = {}
        for child in self.children:
            several.setdefault(child.tag, []).append(child.value())
        return found | {name: values[0] if len(values) == 1 else values for name, values in several.items()}

    def names(self) -> list[str]:
        """What its record has."""
        return [*self.attributes, *dict.fromkeys(child.tag for child in self.children)]


class _Elements:
    """Elements as they end. ``wanted``: only those of that name are kept and given; ``None``: each that ends."""

    def __init__(self, wanted: str | None) -> None:
        self.wanted = wanted
        self.ended: list[_Node] = []
        self._open: list[_Node] = []
        self._depth = 0
        self._size = 0

    def parser(self, encoding: str | None) -> expat.XMLParserType:
        """A parser that feeds this; entities and anything outside the file are refused."""
        parser = expat.ParserCreate(encoding, namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, given: self._start(name, given, parser.CurrentLineNumber)
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.ExternalEntityRefHandler = self._entity
        parser.UnparsedEntityDeclHandler = self._entity
        return parser

    def _entity(self, *about: Any) -> Any:
        raise _Refused("xml_entities", name=shown(about[0] or "", 40))

    def _start(self, name: str, given: dict[str, str], line: int) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Refused("too_deep")
        tag = name.rpartition("}")[2]
        if self._open or self.wanted in (None, tag):
            node = _Node(tag, line, {key.rpartition("}")[2]: value for key, value in given.items()})
            if self._open:
                self._open[-1].parts.append(node)
            self._open.append(node)

    def _text(self, text: str) -> None:
        if self._open:
            self._size += len(text)
            if self._size > _MOST_TEXT:
                raise _Refused("record_too_large", most=_MOST_TEXT >> 20)
            self._open[-1].parts.append(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if not self._open:
            return
        node = self._open.pop()
        if self.wanted is None or not self._open:
            self.ended.append(node)
            self._size = 0


def xml(source: Source, report: Report) -> Iterator[tuple[int, Any]]:
    """A record for each of the repeated elements that hold questions and answers; the line is where it begins."""
    elements = _Elements(None)
    try:
        for _ in _fed(source, elements, _LOOK):
            pass
    except (_Refused, expat.ExpatError, ValueError, LookupError):
        pass  # told below, with the records before it
    tag, names = _record_tag(elements.ended)
    elements = _Elements(tag)
    given = 0
    try:
        for line in _fed(source, elements, None):
            for node in elements.ended:
                given += 1
                yield node.line, node.record()
            elements.ended.clear()
            del line
    except _Refused as refused:
        report.report(None, refused.code, **refused.values)
        return
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, str(error))
        report.report(error.lineno, "broken_xml", reason=shown(reason), recovered=given)
        return
    except (ValueError, LookupError) as error:
        report.report(None, "broken_xml", reason=shown(error), recovered=given)
        return
    if not given:
        report.report(None, "xml_without_rows", names=shown(", ".join(names) or "—", 200))


def _fed(source: Source, elements: _Elements, most: int | None) -> Iterator[int]:
    """Feed the parser block by block; yields after each, so that what has ended can be taken."""
    with source.open() as file:
        declared = _DECLARED.match(source.head()[:200])
        codec = declared.group(1).decode("ascii", "replace").lower() if declared else "utf-8"
        # The parser knows few encodings; what it does not know it gets as UTF-8, told so.
        decoder = None if codec in _NATIVE else codecs.getincrementaldecoder(codec)("strict")
        parser = elements.parser("utf-8" if decoder else None)
        read = 0
        while block := file.read(_BLOCK):
            read += len(block)
            parser.Parse(decoder.decode(block).encode("utf-8", "replace") if decoder else block, False)
            yield read
            if most is not None and read >= most:
                return
        parser.Parse(b"", True)
        yield read


def _record_tag(nodes: list[_Node]) -> tuple[str, list[str]]:
    """The name of the elements that are records, and the names met: those with a question and an answer, else the most
    repeated with several values."""
    known, several = Counter[str](), Counter[str]()
    for (tag, names), count in Counter((node.tag, tuple(node.names())) for node in nodes).items():
        if is_known_table(list(names)):
            known[tag] += count
        if len(names) > 1:
            several[tag] += count
    met = list(dict.fromkeys(node.tag for node in reversed(nodes)))
    if known:
        return known.most_common(1)[0][0], met
    tag, count = several.most_common(1)[0] if several else ("", 0)
    return (tag if count > 1 else "\0"), met


def is_yaml(head: bytes, name: str) -> bool:
    """Whether the file is called YAML, or begins as a list of records in it does."""
    if name.casefold().endswith((".yaml", ".yml")):
        return b"\0" not in head or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return _YAML_LIST.match(head[:4096].decode("utf-8", "ignore")) is not None


def yaml(source: Source, report: Report) -> Iterator[tuple[int, Any]]:
    """The records of every document in the file: the items of its list, or the mapping it is. Every value is text."""
    import yaml as library  # noqa: PLC0415 (only such a file needs it)

    data = _whole(source, _MOST_YAML)
    if data is None:
        report.report(None, "yaml_too_large", most=_MOST_YAML >> 20)
        return
    loader = getattr(library, "CBaseLoader", library.BaseLoader)
    text = _yaml_text(data)
    try:
        _check_events(library.parse(text, Loader=loader), library)
    except _Refused as refused:
        report.report(None, refused.code, **refused.values)
        return
    except (library.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = shown(getattr(error, "problem", None) or error)
        report.report(mark.line + 1 if mark else None, "broken_yaml", reason=reason)
        # The documents before the broken place are sound.
    try:
        for node in library.compose_all(text, Loader=loader):
            yield from _yaml_records(node, library)
    except (library.YAMLError, ValueError):
        return  # told above


def _whole(source: Source, most: int) -> bytes | None:
    with random_access(source) as file:
        data = _read(file, most + 1)
    return None if len(data) > most else data


def _read(file: BinaryIO, most: int) -> bytes:
    blocks, size = [], 0
    while size < most and (block := file.read(min(_BLOCK, most - size))):
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


def _yaml_text(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _check_events(events: Iterator[Any], library: Any) -> None:
    """Raise ``_Refused`` for an alias, by which a small file becomes a huge value, and for deep nesting."""
    depth = 0
    for event in events:
        if isinstance(event, library.AliasEvent):
            raise _Refused("yaml_alias", at=event.start_mark.line + 1, name=shown(event.anchor, 40))
        depth += isinstance(event, (library.SequenceStartEvent, library.MappingStartEvent))
        depth -= isinstance(event, (library.SequenceEndEvent, library.MappingEndEvent))
        if depth > _DEEPEST:
            raise _Refused("too_deep")


def _yaml_records(node: Any, library: Any) -> Iterator[tuple[int, Any]]:
    """A list is its items; a mapping whose only lists of mappings is one, that list; else it is a record itself."""
    if isinstance(node, library.MappingNode):
        fields = [key.value for key, _ in node.value if isinstance(key, library.ScalarNode)]
        lists = [value for _, value in node.value if _is_list_of_mappings(value, library)]
        talks = {"messages", "conversations", "conversation", "history", "tools"} & set(fields)
        if len(lists) == 1 and not talks and not is_known_table(fields):
            node = lists[0]
    items = node.value if isinstance(node, library.SequenceNode) else [node] if node else []
    for item in items:
        yield item.start_mark.line + 1, _yaml_value(item, library)


def _is_list_of_mappings(node: Any, library: Any) -> bool:
    listed = isinstance(node, library.SequenceNode) and bool(node.value)
    return listed and all(isinstance(item, library.MappingNode) for item in node.value)


def _yaml_value(node: Any, library: Any) -> Any:
    """The value as it is written: ``no`` and ``1.0`` are texts here, only an empty scalar is nothing."""
    if isinstance(node, library.MappingNode):
        return {str(_yaml_value(key, library)): _yaml_value(value, library) for key, value in node.value}
    if isinstance(node, library.SequenceNode):
        return [_yaml_value(item, library) for item in node.value]
    is_nothing = not node.style and node.value in {"", "~", "null", "Null", "NULL"}
    return None if is_nothing else str(node.value)
