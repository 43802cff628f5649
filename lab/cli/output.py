"""What commands share: the lab they act on, the language they speak, and how they print.

Must not know any command.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

from lab import hosting, words
from lab.lab import Lab
from lab.settings import Settings, language

__all__ = ["columns", "document", "lab", "language", "note", "say", "word"]


def lab() -> Lab:
    """The lab of this process's environment."""
    return Lab(hosting.settled(Settings.read()))


def word(key: str, /, **values: Any) -> str:
    """A sentence for a person."""
    return words.say(key, language(), **values)


def say(key: str, /, **values: Any) -> None:
    """Print a sentence for a person, on stdout."""
    print(words.say(key, language(), **values))


def note(key: str, /, **values: Any) -> None:
    """Print a sentence on stderr: progress and warnings, which ``--json`` must not mix with its document."""
    sys.stderr.write(words.say(key, language(), **values) + "\n")


def document(value: Any) -> None:
    """Print the one JSON document of a ``--json`` command."""
    print(json.dumps(value, ensure_ascii=False, indent=1))


def columns(rows: Sequence[Sequence[str]]) -> None:
    """Print cells in columns; a Chinese character is two wide."""
    widths = [max(_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        print("  ".join(padded).rstrip())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
