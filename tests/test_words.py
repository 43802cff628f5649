"""Chinese and English are equals: every sentence exists in both, with the same placeholders."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from lab import words
from lab.settings import PROJECT

FILE_ENDINGS = {"json", "jsonl", "txt", "toml", "yaml", "css", "py", "csv", "html", "md"}
HAN = re.compile(r"[一-鿿]")


def _placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("key", sorted(words.all_words()))
def test_both_languages_say_the_same(key: str) -> None:
    entry = words.all_words()[key]
    assert set(entry) == {"en", "zh"}
    assert entry["en"].strip() and entry["zh"].strip()
    assert _placeholders(entry["en"]) == _placeholders(entry["zh"])
    assert not HAN.search(re.sub("[“「].*?[”」]", "", entry["en"])), "Chinese in an English sentence"


def _named_keys() -> set[str]:
    """String literals in the code that look like a key of an area that exists."""
    areas = {key.split(".")[0] for key in words.all_words()}
    shape = re.compile(rf"(?:{'|'.join(areas)})\.[a-z0-9_]+")
    found = set()
    for path in sorted([*(PROJECT / "lab").rglob("*.py"), PROJECT / "app.py"]):
        if not path.exists():
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and shape.fullmatch(node.value):
                found.add(node.value)
    return {key for key in found if key.rsplit(".", 1)[1] not in FILE_ENDINGS}


def _has(key: str) -> bool:
    """Whether the key has a sentence, or begins some: as the head of an f-string does."""
    return words.has(key) or (key.endswith("_") and any(known.startswith(key) for known in words.all_words()))


def test_every_key_named_in_the_code_has_a_sentence() -> None:
    assert sorted(key for key in _named_keys() if not _has(key)) == []
