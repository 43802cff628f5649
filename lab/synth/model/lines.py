"""A model's reply as lines with tags: ``Q:`` question, ``A:`` answer, ``E:`` evidence, one a line.

Not JSON: a small model loses a bracket and with it everything; here a bad line costs one item. Knows both
languages' tags and the ways models decorate them. Must not know documents or whether an item is true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAGS = {
    "question": r"q(?:uestion)?|问题?|問題?",
    "answer": r"a(?:nswer)?|答案?|回答",
    "evidence": r"e(?:vidence)?|quote|证据|依据|原文|引文|證據",
}
_LINE = re.compile(
    r"^[\s>*_#\-•]*(?:\d{1,3}\s*[.)、．]\s*)?[*_\[【]*"
    + "(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _TAGS.items())
    + r")\s*\d{0,3}[*_\]】]*\s*[:：][*_]*\s*(?P<text>.*)$",
    re.IGNORECASE,
)
_OTHER_TAG = re.compile(r"\s*[A-Za-z]\s*[:：]")
"""A tag nobody asked for ends what stands before it."""
_QUOTES = (("“", "”"), ("「", "」"), ('"', '"'), ("'", "'"), ("`", "`"), ("『", "』"), ("**", "**"))
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Item:
    """One thing a model wrote; what it left out is empty."""

    question: str = ""
    answer: str = ""
    evidence: str = ""


def items(text: str) -> list[Item]:
    """The items of a reply, in order. A question begins a new one; lines without a tag go on with the one before.

    Only items with a question and at least an answer or evidence count; what a model thought aloud does not.
    """
    found: list[dict[str, str]] = []
    field = ""
    for line in _THINKING.sub("", text).splitlines():
        match = _LINE.match(line)
        if match:
            field = next(name for name in _TAGS if match.group(name))
            if field == "question" or not found or field in found[-1]:
                found.append({})
            found[-1][field] = match.group("text")
        elif not line.strip() or _OTHER_TAG.match(line):
            field = ""
        elif found and field in {"answer", "evidence"} and not line.lstrip().startswith("```"):
            found[-1][field] += "\n" + line.strip()
    made = [Item(**{name: unquoted(value) for name, value in one.items()}) for one in found]
    return [item for item in made if item.question and (item.answer or item.evidence)]


def single_question(text: str) -> str:
    """The one question of a reply that was asked for nothing else; empty where there is none.

    With a tag the tagged line; without one the first line that ends in a question mark.
    """
    lines = [line for line in _THINKING.sub("", text).splitlines() if line.strip()]
    for line in lines:
        match = _LINE.match(line)
        if match and match.group("question") and match.group("text").strip():
            return unquoted(match.group("text"))
    for line in lines:
        bare = unquoted(re.sub(r"^[\s>*_#\-•]*(?:\d{1,3}\s*[.)、．]\s*)?", "", line))
        if bare.endswith(("?", "？")) and not _LINE.match(line):
            return bare
    return ""


def unquoted(text: str) -> str:
    """``text`` without blanks and one pair of quotation or emphasis marks around all of it."""
    text = text.strip()
    for left, right in _QUOTES:
        inside = text[len(left) : len(text) - len(right)]
        if text.startswith(left) and text.endswith(right) and inside and right not in inside:
            return inside.strip()
    return text
