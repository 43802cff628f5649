"""Chinese and English are equals: every sentence exists in both, with the same placeholders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from lab import ingest, words
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


def _nodes() -> Iterator[ast.AST]:
    for path in [*(PROJECT / "lab").rglob("*.py"), PROJECT / "app.py"]:
        yield from ast.walk(ast.parse(path.read_text("utf-8")))


def _named_keys() -> set[str]:
    """String literals in the code that look like a key of an area that exists."""
    areas = {key.split(".")[0] for key in words.all_words()}
    shape = re.compile(rf"(?:{'|'.join(areas)})\.[a-z0-9_]+")
    constants = {node.value for node in _nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    found = {value for value in constants if shape.fullmatch(value)}
    return {key for key in found if key.rsplit(".", 1)[1] not in FILE_ENDINGS}


def _has(key: str) -> bool:
    """Whether the key has a sentence, or begins some: as the head of an f-string does."""
    return words.has(key) or (key.endswith("_") and any(known.startswith(key) for known in words.all_words()))


def test_every_key_named_in_the_code_has_a_sentence() -> None:
    assert sorted(key for key in _named_keys() if not _has(key)) == []


def _shapes() -> list[re.Pattern[str]]:
    """The f-strings of the code that make a key: their fixed parts, with anything in the gaps."""
    shapes = set()
    for node in _nodes():
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else "[a-z0-9_]+" for v in node.values]
            if re.match(r"[a-z_]+\\\.", parts[0]):
                shapes.add("".join(parts))
    return [re.compile(shape) for shape in sorted(shapes)]


def test_every_sentence_is_said_somewhere() -> None:
    named, shapes = _named_keys(), _shapes()
    heads = tuple(key for key in named if key.endswith("_"))
    samples = {sample.key for sample in ingest.samples()}
    knobs = named | samples  # a setting's help and choices, and a sample's description, hang on its own key

    def is_said(key: str) -> bool:
        parts = key.split("_")
        stems = {"_".join(parts[:length]) for length in range(1, len(parts))}
        by_shape = any(shape.fullmatch(key) for shape in shapes)
        return key in knobs or key.startswith(heads) or by_shape or bool(stems & knobs)

    assert [key for key in words.all_words() if not is_said(key)] == []
