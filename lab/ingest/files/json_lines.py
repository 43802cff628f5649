"""JSON lines: one value a line, each line on its own.

Knows: that a broken line costs itself alone, and how a text with raw line breaks in it is put together again. Must
not know files, encodings or what a record means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lab.ingest.files.json_values import LONGEST_VALUE, Broken, Decoder
from lab.ingest.files.sources import Report

_BETWEEN = re.compile(r"[, \t]*")
_LONGEST_REPAIR = 1024 * 1024
"""Characters of lines that may be put together to one value."""


class JsonLines:
    """(line, value) of each line; what is no value is reported, line by line."""

    def __init__(self, lines: Iterator[tuple[int, str | None]], report: Report) -> None:
        self._lines = lines
        self._report = report
        self._decoder = Decoder()
        self._begun: list[tuple[int, str]] = []
        """Lines of a value whose first line has no end: a text in it may hold raw line breaks."""
        self._held = 0

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        read = self._decoder.value
        for number, line in self._lines:
            if line is None:
                yield from self._settle()
                self._report.report(number, "line_too_long", most=LONGEST_VALUE >> 20)
                continue
            if self._begun:
                if not line.startswith("{") and self._held < _LONGEST_REPAIR:
                    self._begin(number, line)
                    continue
                yield from self._settle()
            text = line.strip()
            if not text:
                continue
            try:
                value, end = read(text)
            except Broken as broken:
                self._decoder.nothings = 0
                if broken.is_open and text.startswith("{"):
                    self._begin(number, line)
                else:
                    self._report.report(number, broken.code, **broken.values)
                continue
            yield from self._checked(number, value)
            if end < len(text):
                yield from self._rest(number, text, end)
        yield from self._settle()

    def _begin(self, number: int, line: str) -> None:
        self._begun.append((number, line))
        self._held += len(line)

    def _checked(self, number: int, value: Any) -> Iterator[tuple[int, Any]]:
        if self._decoder.nothings:
            self._decoder.nothings = 0
            self._report.report(number, "not_a_number", "warning")
        yield number, value

    def _rest(self, number: int, text: str, end: int) -> Iterator[tuple[int, Any]]:
        """The values behind the first one of a line; commas may stand between."""
        while (end := _between(text, end)) < len(text):
            try:
                value, end = self._decoder.value(text, end)
            except Broken as broken:
                self._report.report(number, broken.code, **broken.values)
                return
            yield from self._checked(number, value)

    def _settle(self) -> Iterator[tuple[int, Any]]:
        """The value that the lines begun make together, else each line on its own."""
        begun, self._begun, self._held = self._begun, [], 0
        if not begun:
            return
        text = "\n".join(line for _, line in begun)
        place = text.index("{")
        strict = True
        try:
            try:
                value, end = self._decoder.value(text, place)
            except Broken as broken:
                strict = not broken.values.get("reason", "").startswith("Invalid control character")
                if strict:
                    raise
                value, end = self._decoder.value(text, place, strict=False)
        except Broken:
            yield from self._apart(begun)
            return
        if not strict:
            self._report.report(begun[0][0], "raw_line_breaks", "warning")
        yield from self._checked(begun[0][0], value)
        used = text.count("\n", 0, end)
        rest = begun[used][1][end - text.rfind("\n", 0, end) - 1 :]
        yield from self._apart([(begun[used][0], rest.lstrip(", \t")), *begun[used + 1 :]])

    def _apart(self, lines: list[tuple[int, str]]) -> Iterator[tuple[int, Any]]:
        for number, line in lines:
            text = line.strip()
            if not text:
                continue
            try:
                value, end = self._decoder.value(text)
            except Broken as broken:
                self._decoder.nothings = 0
                self._report.report(number, broken.code, **broken.values)
                continue
            yield from self._checked(number, value)
            if end < len(text):
                yield from self._rest(number, text, end)


def _between(text: str, place: int) -> int:
    """Where the next value of a line may begin."""
    found = _BETWEEN.match(text, place)
    return found.end() if found else place
