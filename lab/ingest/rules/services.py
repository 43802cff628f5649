"""What OpenAI, Azure and SiliconFlow would say to a file or to rows that this lab accepts.

Knows: their published limits on files, rows and roles (read in their documentation in November 2026). It judges for
people who move between services; nothing here keeps a row from being trained. Must not know how files are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from lab.ingest.rules.watch import LEAST_ROWS
from lab.records import Problem

MOST_BYTES = 512 * 1024 * 1024
"""A training file at Azure."""
MOST_TOKENS = 65_536
"""Tokens of one example at OpenAI and Azure (gpt-4o, gpt-4.1 and their small ones); more is cut."""
_UTF8 = {"utf-8", "utf-8-sig", "ascii"}


def file_notes(file: str, encoding: str, size: int) -> Iterator[Problem]:
    """What another service would say to the file itself: its encoding, mark and size. All are information."""
    if encoding and encoding not in _UTF8:
        yield Problem(None, "not_utf8", "info", file, {"encoding": encoding})
    elif encoding == "utf-8":
        yield Problem(None, "no_byte_order_mark", "info", file)
    if size >= MOST_BYTES:
        values = {"size": size >> 20, "most": MOST_BYTES >> 20}
        yield Problem(None, "file_too_large_elsewhere", "info", file, values)


def refusals(rows: int, roles: Set[str], longest: int | None, weighted: bool) -> dict[str, tuple[str, ...]]:
    """For each service the codes of the rules for which it would not take rows exported as chat; none if it would."""
    hosted = [
        *(["few_rows"] if rows < LEAST_ROWS else []),
        *(["too_long_elsewhere"] if longest is not None and longest > MOST_TOKENS else []),
    ]
    silicon = [*(["tool_roles"] if "tool" in roles else []), *(["weights_used"] if weighted else [])]
    return {"openai": tuple(hosted), "azure": tuple(hosted), "siliconflow": tuple(silicon)}
