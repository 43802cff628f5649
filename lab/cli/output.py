"""What commands share: the lab they act on, the language they speak, and how they print.

Must not know any command.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from lab import hosting, words
from lab.lab import Lab
from lab.settings import Settings, language

__all__ = ["document", "lab", "language", "note", "say", "word"]


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
