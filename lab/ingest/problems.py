"""What is wrong with a file or a row, kept with its place and told in short.

Knows: how many places of one problem are listed one by one, and how the rest are drawn together without
losing a line number. Must not know the rules that find problems.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from lab import words
from lab.records import Problem

LISTED = 5
"""Up to this many places of one problem in one file are listed one by one."""
_RANGES_SHOWN = 8
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def shown(value: object, limit: int = 80) -> str:
    """``value`` short and printable, to stand in a sentence."""
    plain = _UNPRINTABLE.sub("\ufffd", str(value))
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


class Problems:
    """Problems as they come, drawn together while they come: whatever their number, few are held.

    Up to ``LISTED`` of one code and severity in one file are kept one by one; of more, the first and every line.
    """

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self._kinds: dict[tuple[str, str, str], _Same] = {}
        for problem in problems:
            self.add(problem)

    def add(self, problem: Problem) -> None:
        """Take one more."""
        key = (problem.file, problem.code, problem.severity)
        same = self._kinds.get(key)
        if same is None:
            same = self._kinds[key] = _Same()
        same.add(problem)

    def more(self, file: str, code: str, severity: str, line: int | None) -> bool:
        """Count one more where so many of its kind are kept that only its line matters; ``False``: use ``add``."""
        same = self._kinds.get((file, code, severity))
        if same is None or len(same.first) < LISTED:
            return False
        same.count += 1
        if line:
            same.add_lines(line, line)
        return True

    def any(self) -> bool:
        """Whether there is one."""
        return bool(self._kinds)

    def grouped(self) -> list[Problem]:
        """By file and first line; see ``grouped``."""
        short = [problem for same in self._kinds.values() for problem in same.told()]
        files = {file: number for number, file in reversed(list(enumerate(problem.file for problem in short)))}
        return sorted(short, key=lambda problem: (files[problem.file], problem.line or 0))


class _Same:
    """The problems of one code and severity in one file."""

    def __init__(self) -> None:
        self.first: list[Problem] = []
        self.count = 0
        self.ranges: array[int] = array("q")
        """First and last line of each range, one after another; machine words, for there may be millions."""
        self.ascending = True

    def add(self, problem: Problem) -> None:
        self.count += places(problem)
        if len(self.first) < LISTED:
            self.first.append(problem)
        for first, last in problem.values.get("lines") or ([(problem.line, problem.line)] if problem.line else []):
            self.add_lines(first, last)

    def add_lines(self, first: int, last: int) -> None:
        """One more range."""
        behind = self.ranges[-1] if self.ranges else -1
        if behind <= first <= behind + 1 and self.ranges:
            self.ranges[-1] = max(last, behind)
            return
        self.ascending = self.ascending and first > behind
        self.ranges.append(first)
        self.ranges.append(last)

    def told(self) -> list[Problem]:
        if self.count <= LISTED and not any("lines" in problem.values for problem in self.first):
            return self.first
        pairs = list(zip(self.ranges[::2], self.ranges[1::2], strict=True))
        lines = [[first, last] for first, last in pairs] if self.ascending else _merged(sorted(pairs))
        line = lines[0][0] if lines else None
        values = {**self.first[0].values, "count": self.count, "lines": lines}
        return [replace(self.first[0], line=line, values=values)]


def grouped(problems: Iterable[Problem]) -> list[Problem]:
    """The problems by first line; more than ``LISTED`` of one code in one file become one, with all its lines.

    ``values["count"]`` is how many there are, ``values["lines"]`` every line as ``[first, last]`` ranges.
    """
    return Problems(problems).grouped()


def places(problem: Problem) -> int:
    """How many rows or places a (grouped) problem stands for."""
    return int(problem.values["count"]) if "lines" in problem.values else 1


def describe(problem: Problem, language: str) -> str:
    """The sentence of a problem: what is wrong, why it matters, what to do; with its lines when there are many."""
    sentence = words.say(_key(problem.code), language, **{**problem.values, **_reason(problem, language)})
    if "lines" not in problem.values:
        return sentence
    ranges = problem.values["lines"]
    if not ranges:
        return sentence + words.say("data.many_times", language, count=problem.values["count"])
    listed = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges[:_RANGES_SHOWN])
    more = " …" if len(ranges) > _RANGES_SHOWN else ""
    return sentence + words.say("data.many_places", language, count=problem.values["count"], lines=listed + more)


def _reason(problem: Problem, language: str) -> dict[str, str]:
    """Why JSON could not be read, in words of ours where the parser's are known."""
    told = "_".join(re.findall("[a-z]+", str(problem.values.get("reason", "")).lower()))
    key = f"json.{told}"
    return {"reason": words.say(key, language)} if words.has(key) else {}


def _key(code: str) -> str:
    """The words key of a code: one with a dot names its area itself, others are of ``data`` or ``data_rules``."""
    if "." in code:
        return code
    return f"data.{code}" if words.has(f"data.{code}") else f"data_rules.{code}"


def as_json(problem: Problem, language: str) -> dict[str, Any]:
    """A problem as the command line prints it."""
    return {
        "file": problem.file,
        "line": problem.line,
        "code": problem.code,
        "severity": problem.severity,
        "message": describe(problem, language),
        "fix": problem.fix,
        "count": places(problem),
        "lines": problem.values.get("lines", [[problem.line, problem.line]] if problem.line else []),
    }


def _merged(pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Ranges in order, those that touch made one."""
    ranges: list[list[int]] = []
    for first, last in pairs:
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1][1] = max(last, ranges[-1][1])
        else:
            ranges.append([first, last])
    return ranges
