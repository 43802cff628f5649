"""Who did it: the names on runs, evaluations, lessons, questions and votes.

Knows: names as HTML. Must not know gradio or who may do what. Where nobody gave a name nothing is shown, so that a lab
of one's own stays clean.
"""

from __future__ import annotations

from lab import words
from lab.ui.present import tag, text


def by(name: str, owner: str, language: str) -> str:
    """Who made something: a name, and that they are a visitor where ``owner`` says so; empty where neither is known."""
    if not (name or owner):
        return ""
    key = "access.by" if not owner else "access.by_visitor" if name else "access.by_a_visitor"
    return tag("span", text(words.say(key, language, name=name)), class_="place by")
