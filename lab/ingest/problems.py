"""What is wrong with a file or a row, kept with its place and told in short.

Knows: how many places of one problem are listed one by one, and how the rest are drawn together without
losing a line number. Must not know the rules that find problems.
"""

from __future__ import annotations

import re
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


def grouped(problems: Iterable[Problem]) -> list[Problem]:
    """The problems by first line; more than ``LISTED`` of one code in one file become one, with all its lines.

    ``values["count"]`` is how many there are, ``values["lines"]`` every line as ``[first, last]`` ranges.
    """
    kinds: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault((problem.file, problem.code, problem.severity), []).append(problem)
    short: list[Problem] = []
    for same in kinds.values():
        lines = sorted({problem.line for problem in same if problem.line is not None})
        if len(same) <= LISTED or not lines:
            short += same
        else:
            values = {**same[0].values, "count": len(same), "lines": _ranges(lines)}
            short.append(replace(same[0], values=values))
    files = list(dict.fromkeys(problem.file for problem in short))
    return sorted(short, key=lambda problem: (files.index(problem.file), problem.line or 0))


def places(problem: Problem) -> int:
    """How many rows or places a (grouped) problem stands for."""
    return int(problem.values["count"]) if "lines" in problem.values else 1


def describe(problem: Problem, language: str) -> str:
    """The sentence of a problem: what is wrong, why it matters, what to do; with its lines when there are many."""
    sentence = words.say(f"data.{problem.code}", language, **problem.values)
    if "lines" not in problem.values:
        return sentence
    ranges = problem.values["lines"]
    listed = ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges[:_RANGES_SHOWN])
    more = " …" if len(ranges) > _RANGES_SHOWN else ""
    return sentence + words.say("data.many_places", language, count=problem.values["count"], lines=listed + more)


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


def _ranges(lines: list[int]) -> list[list[int]]:
    ranges: list[list[int]] = []
    for line in lines:
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    return ranges
