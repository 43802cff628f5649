"""Values of JSON text in a moving window: arrays, concatenated objects and lines, one value at a time.

Knows: how to go on behind a value that is broken, and that no input may cost more than its length allows. Must not
know files, encodings or what a record means.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from lab.ingest.files.sources import Report
from lab.ingest.problems import shown

LONGEST_VALUE = 128 * 1024 * 1024
"""Characters of the longest single value that is read."""
_LONGEST_REPAIR = 1024 * 1024
"""Characters up to which a text with raw line breaks in it is followed."""
_WASTE = 64 * 1024 * 1024
"""Characters that may be looked at twice, beyond those already used, before broken places are only passed over."""
_SPACE = re.compile(r"[\s,\ufeff]*")
_OPENING = re.compile(r'\{\s*("(?:[^"\\\n]|\\.){0,200}")\s*:')
_PIECE = 64 * 1024
"""Characters taken into the window at once: what is said of a broken place takes time by the window's length."""
_NEAR_END = 16
"""A value cut this close to the end of the window may be whole when more of the text is seen."""
_KEPT = 512
"""Characters kept when passing over text, so that an opening across two blocks is found."""


class Broken(Exception):
    """A place that is no JSON value: the code of its problem and the sentence's values."""

    def __init__(self, code: str, place: int, is_open: bool = False, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.place = place
        """Index in the text."""
        self.is_open = is_open
        """Whether only the end is missing, as far as can be told."""
        self.values = values


class Decoder:
    """JSON with what Python lets through made harmless: NaN and infinite numbers are read as empty and counted."""

    def __init__(self) -> None:
        self.nothings = 0
        """Values read as empty since this was last set to 0."""
        options: dict[str, Any] = {"parse_constant": self._nothing, "parse_float": self._finite}
        self._strict = json.JSONDecoder(**options)
        self._lenient = json.JSONDecoder(strict=False, **options)

    def _nothing(self, _: str) -> None:
        self.nothings += 1

    def _finite(self, text: str) -> float | None:
        value = float(text)
        if math.isfinite(value):
            return value
        self.nothings += 1
        return None

    def value(self, text: str, place: int = 0, *, strict: bool = True) -> tuple[Any, int]:
        """(value, index behind it); raises ``Broken``. Not strict: line breaks may stand inside a string."""
        try:
            return (self._strict if strict else self._lenient).raw_decode(text, place)
        except RecursionError:
            raise Broken("too_deep", place) from None
        except json.JSONDecodeError as error:
            is_open = error.msg.startswith("Unterminated string") or error.pos >= len(text) - _NEAR_END
            line_start = text.rfind("\n", 0, error.pos) + 1
            values = {"reason": error.msg, "column": error.pos - line_start + 1}
            raise Broken("invalid_json", error.pos, is_open, **values) from None
        except ValueError as error:  # a whole number of more digits than Python turns into one
            raise Broken("invalid_json", place, reason=shown(error), column=1) from None


class Window:
    """The part of a text that was read and not used yet, and the line it has come to."""

    def __init__(self, blocks: Iterator[str]) -> None:
        self._pieces = (block[place : place + _PIECE] for block in blocks for place in range(0, len(block), _PIECE))
        self.text = ""
        self.place = 0
        self.ended = False
        self.used = 0
        """Characters behind us."""
        self._line = 1
        self._counted = 0

    @property
    def line(self) -> int:
        """The line of ``place``."""
        self._line += self.text.count("\n", self._counted, self.place)
        self._counted = self.place
        return self._line

    def more(self) -> bool:
        """Drop what is used and at least double what is left, so that growing costs no more than the text is long."""
        parts, held = [self.text[self.place :]], len(self.text) - self.place
        self._drop()
        wanted = 2 * held
        while held <= wanted:
            block = next(self._pieces, None)
            if block is None:
                self.ended = True
                break
            parts.append(block)
            held += len(block)
        self.text = "".join(parts)
        return len(parts) > 1

    def _drop(self) -> None:
        self._line = self.line
        self.used += self.place
        self.place = self._counted = 0

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Pass over what ``pattern`` takes and give the character there; empty at the end of the text."""
        while True:
            found = pattern.match(self.text, self.place)
            self.place = found.end() if found else self.place
            if self.place < len(self.text):
                return self.text[self.place]
            if self.ended or not self.more():
                return ""

    def find(self, pattern: re.Pattern[str]) -> bool:
        """Go to the next place behind this one where ``pattern`` matches; ``False``: the text ended without one."""
        self.place = min(self.place + 1, len(self.text))
        while True:
            found = pattern.search(self.text, self.place)
            if found:
                self.place = found.start()
                return True
            if self.ended:
                self.place = len(self.text)
                return False
            self.place = max(self.place, len(self.text) - _KEPT)
            self.more()

    def last_line(self) -> int:
        """Pass over all that is left; the number of the last line."""
        self.place = len(self.text)
        while self.more():
            self.place = len(self.text)
        return self.line


class Values:
    """The values of JSON text: the items of arrays at the top, and objects one after another."""

    def __init__(self, window: Window, report: Report) -> None:
        self._window = window
        self._report = report
        self._decoder = Decoder()
        self._opening: re.Pattern[str] | None = None
        self._wasted = 0
        self._given = 0

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """(line, value) of each; a broken one is reported and costs only itself where the next can be found."""
        inside = had_array = False
        while True:
            char = self._window.skip(_SPACE)
            if not char:
                if inside:
                    self._report.report(self._window.line, "cut_off", "warning", recovered=self._given)
                return
            if char == ("]" if inside else "["):
                inside, had_array = not inside, True
                self._window.place += 1
                continue
            if had_array and not inside and char != "{":
                self._report.report(self._window.line, "text_after_array", "warning")
                return
            line = self._window.line
            try:
                value = self._value()
            except Broken as broken:
                if not self._pass_over(broken, line):
                    return
                continue
            if self._decoder.nothings:
                self._decoder.nothings = 0
                self._report.report(line, "not_a_number", "warning")
            self._given += 1
            yield line, value

    def _value(self) -> Any:
        """The value at the window's place, fetching more text while its end is not seen."""
        window = self._window
        strict = True
        self._learn_opening()
        while True:
            try:
                value, end = self._decoder.value(window.text, window.place, strict=strict)
            except Broken as broken:
                self._decoder.nothings = 0
                held = len(window.text) - window.place
                if strict and broken.values.get("reason", "").startswith("Invalid control character"):
                    strict = False
                elif not broken.is_open or window.ended:
                    raise
                elif held > (LONGEST_VALUE if strict else _LONGEST_REPAIR):
                    raise Broken("value_too_long", broken.place, most=LONGEST_VALUE >> 20) from None
                else:
                    window.more()
                continue
            if end == len(window.text) and not window.ended and not isinstance(value, (dict, list, str)):
                window.more()  # a number may go on in the next block
                continue
            if not strict:
                self._report.report(window.line, "raw_line_breaks", "warning")
            window.place = end
            return value

    def _learn_opening(self) -> None:
        """How the first object begins: where the next looks the same, an item begins."""
        if self._opening is None:
            found = _OPENING.match(self._window.text, self._window.place)
            if found:
                self._opening = re.compile(r"\{\s*" + re.escape(found.group(1)) + r"\s*:")

    def _pass_over(self, broken: Broken, line: int) -> bool:
        """Report a broken value and go to where the next begins; ``False`` when the text is through."""
        window = self._window
        self._wasted += len(window.text) - window.place if broken.code == "too_deep" else broken.place - window.place
        at = line + window.text.count("\n", window.place, broken.place)
        is_cut = window.ended and _is_cut(window.text, broken)
        can_go_on = self._opening and self._wasted <= window.used + _WASTE
        if self._opening and can_go_on and window.find(self._opening):
            code = "broken_item" if broken.code == "invalid_json" else broken.code
            self._report.report(line, code, **{**broken.values, "at": at, "next": window.line})
            return True
        if is_cut and broken.code == "invalid_json":
            self._report.report(line, "cut_off", recovered=self._given)
            return False
        last = window.last_line()
        if broken.code == "invalid_json":
            self._report.report(at, "broken_array", reason=broken.values["reason"], recovered=self._given, last=last)
            return False
        self._report.report(line, broken.code, **broken.values)
        if last > at or self._opening:
            self._report.report(None, "rest_not_read", first=at, last=last)
        return False


def _is_cut(text: str, broken: Broken) -> bool:
    """Whether a value at the end of a text is broken because the text ends too early."""
    end = len(text)
    while end and text[end - 1].isspace():
        end -= 1
    return broken.place >= end - 1 or (broken.is_open and text[end - 1 : end] not in "]}")
