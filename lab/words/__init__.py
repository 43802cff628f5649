"""Every sentence a person reads, in Chinese and English.

Knows: the sentences, one TOML file an area (``data.toml`` holds the keys ``data.*``); an entry is
``[name]`` with ``en`` and ``zh``. Must not know: who shows them. A test holds the two languages
to the same keys and the same ``{placeholders}``, and every key named in the code to an entry.

``{count} [row|rows]`` is one row, and two rows: the number is the placeholder before the bracket, else the one
after it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

LANGUAGES = ("zh", "en")

_FOLDER = Path(__file__).parent
_FORMS = re.compile(r"\[([^\[\]|{}]*)\|([^\[\]|{}]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)[^{}]*\}")


@lru_cache(maxsize=1)
def all_words() -> dict[str, dict[str, str]]:
    """Every entry as ``{"area.name": {"en": …, "zh": …}}``."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        for name, entry in tomllib.loads(path.read_text("utf-8")).items():
            found[f"{path.stem}.{name}"] = entry
    return found


def say(key: str, language: str, /, **values: Any) -> str:
    """The sentence for ``key`` with its placeholders filled; raises ``KeyError`` on an unknown key."""
    entry = all_words()[key]
    sentence = entry["zh" if language == "zh" else "en"]
    return _numbered(sentence, values).format(**values) if values else sentence


def listed(parts: Iterable[str], language: str) -> str:
    """Names one after another, with the language's own comma for lists."""
    return ("、" if language == "zh" else ", ").join(parts)


def _numbered(sentence: str, values: dict[str, Any]) -> str:
    """``sentence`` with the form of each ``[one|many]`` that its number asks for."""
    if "|" not in sentence:
        return sentence
    named = [(found.start(), found[1]) for found in _PLACEHOLDER.finditer(sentence)]

    def form(found: re.Match[str]) -> str:
        before = [name for place, name in named if place < found.start()]
        after = [name for place, name in named if place > found.start()]
        counted = next((values.get(name) for name in (*reversed(before), *after)), None)
        return found[1] if str(counted) == "1" else found[2]

    return _FORMS.sub(form, sentence)


def has(key: str) -> bool:
    """Whether a sentence of that key exists."""
    return key in all_words()


def tag_name(tag: str, language: str) -> str:
    """The word for a tag this program gives a row; a person's own tag as it is."""
    key, values = tag_key(tag)
    return say(key, language, **values) if key else tag


def tag_key(tag: str) -> tuple[str, dict[str, str]]:
    """The sentence that names a tag this program gives, and what goes into it; empty for a person's own."""
    kind, _, value = tag.partition(":")
    whole = "tags." + re.sub(r"\W", "_", tag)
    if has(whole):
        return whole, {}
    return (f"tags.{kind}", {"value": value}) if value and has(f"tags.{kind}") else ("", {})
