"""The place a pair is made: a section of a document, and what a rule may say about it.

Knows: how a range of the document becomes evidence and answer, and how names and titles are put into
questions. Must not know any rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lab.synth.pairs import Pair
from lab.synth.sections import Section, Unit
from lab.synth.texts import HAN, emphasis_dropped, plain, trim

_SOFT_BREAK = re.compile(r"(\S)[ \t]*\n[ \t]*(?=\S)")
_NEW_LINE_STARTS = re.compile(
    r"(?:[-*+•·>|#]\s?|\d{1,3}[.)、，,]|[（(]\d{1,3}[)）]|\u200b|!\[|<|(?:Q|A|问|答|注意?|说明|备注|提示)\s*[:：])"
)
_NO_WIDTH = re.compile(r"\u200b[ \t]?")
_GENERIC = {
    "overview",
    "about us",
    "facts",
    "key facts",
    "profile",
    "at a glance",
    "introduction",
    "general",
    "about",
    "summary",
    "details",
    "notes",
    "basics",
    "contents",
    "概述",
    "简介",
    "介绍",
    "基本信息",
    "基本情况",
    "关于我们",
    "总则",
    "说明",
    "概况",
    "其他",
    "其它",
    "other",
    "others",
    "miscellaneous",
    "正文",
}
_AROUND_TEXT = r"目\s*录|前\s*言|序\s*言?|引言|附\s*录|contents|table of contents|preface|foreword|introduction"
_LABEL = (
    r"(?:附录?|第|Q(?:uestion)?|A|FAQ|问题?|Appendix|Chapter|Part|Section|Step)\s*[\dA-Z一二三四五六七八九十]*[章节]?"
)
"""What stands before a colon without naming anything."""


@dataclass(frozen=True)
class Place:
    """One section of one document, while rules look at it."""

    name: str
    """Of the document."""
    text: str
    """The whole document."""
    section: Section

    @property
    def language(self) -> str:
        """``zh`` or ``en``."""
        return self.section.language

    def pair(
        self, rule: str, question: str, start: int, end: int, answer: tuple[int, int] | None = None
    ) -> Pair | None:
        """The pair with evidence ``text[start:end]``, trimmed first; the answer is that, or a range inside it."""
        start, end = trim(self.text, start, end)
        inner = trim(self.text, *(answer or (start, end)))
        inner = without_marks(self.text, *inner)
        if start >= end or inner[0] >= inner[1]:
            return None
        if answer is None:
            start, end = inner
        answered = _NO_WIDTH.sub("", emphasis_dropped(unwrapped(self.text[inner[0] : inner[1]])))
        return Pair(
            question=question.strip(),
            answer=answered,
            evidence=self.text[start:end],
            start=start,
            end=end,
            rule=rule,
            language=self.language,
            section=self.section.title,
            document=self.name,
            at=inner[0] + 2 * (self.text.startswith("**", inner[0]) and not answered.startswith("**")),
        )

    def of(self, unit: Unit) -> str:
        """The text of a unit."""
        return self.text[unit.start : unit.end]

    def context(self) -> str:
        """The heading a key or table row belongs to, for a question that must stand alone; may be empty."""
        titles = [*self.section.path, self.section.title]
        chosen = next((title for title in reversed(titles) if title and title.lower() not in _GENERIC), "")
        parts = re.split(r"[：:]\s*(?=\S)", chosen)
        first = parts[-1] if re.fullmatch(_LABEL, parts[0].strip()) else parts[0]
        return numbering_dropped(first).strip(" ：:。.")

    def title(self) -> str:
        """The document's own title: of its front matter or the outermost heading; may be empty."""
        told = re.match(r"---\n(?:.*\n)*?title:\s*[\"']?(.+?)[\"']?\s*\n(?:.*\n)*?---", self.text)
        outermost = next(iter(self.section.path), "")
        return plain(told.group(1)) if told else "" if re.fullmatch(_AROUND_TEXT, outermost, re.I) else outermost

    def above(self) -> str:
        """What the section is part of: the document's title, else the heading above it; may be empty."""
        heading = numbering_dropped(self.section.path[-1]) if self.section.path else ""
        named = self.title() or ("" if re.fullmatch(_AROUND_TEXT, heading, re.I) else heading)
        return "" if named == self.context() else named

    def is_of_subject(self) -> bool:
        """Whether the heading says nothing of its own ("About us"), so that the context is the document's subject."""
        return bool(self.section.path) and self.is_generic()

    def is_generic(self) -> bool:
        """Whether the heading names nothing: "Overview", "Other"."""
        return numbering_dropped(self.section.title).strip().lower() in _GENERIC


def unwrapped(text: str) -> str:
    """``text`` with the line breaks inside its paragraphs folded: a blank in English, nothing between Chinese."""
    if "```" in text or "~~~" in text or re.search(r"^\s*\|", text, re.MULTILINE):
        return text
    return re.sub(_SOFT_BREAK, lambda match: _joined(match, text), text)


def _joined(match: re.Match[str], text: str) -> str:
    before, after = match.group(1), text[match.end() :]
    if _NEW_LINE_STARTS.match(after) or before in ":：" or text[: match.start() + 1].endswith("  "):
        return match.group()
    if HAN.match(before) and _is_headline(text[text.rfind("\n", 0, match.start()) + 1 : match.start() + 1], after):
        return match.group()
    wide = bool(HAN.match(before) or before in "，。；：、！？”）") and not re.match(r"[A-Za-z0-9]", after)
    return before + ("" if wide else " ")


def _is_headline(line: str, after: str) -> bool:
    """Whether a Chinese line ends where its writer meant it to: what follows is longer, so it had room for more."""
    return len(line) <= 40 and 1.4 * len(line) < len(after.split("\n", 1)[0])


def without_marks(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without a pair of emphasis, quotation or code marks that wraps all of it."""
    for mark in ("***", "**", "__", "`", "*", "_"):
        inside = text[start + len(mark) : end - len(mark)]
        wrapped = text[start:end].startswith(mark) and text[start:end].endswith(mark)
        if wrapped and inside.strip() and mark not in inside and end - start > 2 * len(mark):
            return start + len(mark), end - len(mark)
    return start, end


def numbering_dropped(title: str) -> str:
    """A title without ``1.``, ``2.3``, ``（一）``, ``第三章`` before it."""
    pattern = (
        r"^\s*(?:\d+(?:\.\d+)*[.)、．]?\s+|\d+[.)、．]\s*|[（(]?[一二三四五六七八九十]+[)）、.]\s*|第.{1,3}[章节条]\s*)"
    )
    return re.sub(pattern, "", title) or title


def named(key: str, place: Place) -> str:
    """A key inside an English question: its first letter small unless the document treats it as a name."""
    key = plain(key)
    first = key.split(" ")[0]
    rest_lower = key[1:] == key[1:].lower()
    if first[:1].isupper() and rest_lower and first[1:].islower() and not _is_name(first, place):
        return key[0].lower() + key[1:]
    return key


_TITLE = re.compile(r"(?:Dr|Mr|Mrs|Ms|Prof|Sir|Lady)\.? [A-Z]")
_OF_PEOPLE = re.compile(r"\b(?:people|persons?|team|staff|family|members?|children|pupils|authors|who is who)\b", re.I)
_COMMON_NOUN = re.compile(
    r"\b(?:hours?|times?|dates?|address|phone|e-?mail|prices?|fees?|costs?|names?|numbers?|office|policy|code|status|type|"
    r"rates?|location|contact|days?|rooms?|manager|director|desk|service|support|leave|plan|size|version)\b",
    re.I,
)


def is_proper(key: str, context: str, place: Place) -> bool:
    """Whether an English key is a name: it takes no article, and nobody asks what it is."""
    words = key.split()
    if _TITLE.match(key):
        return True
    if not re.fullmatch(r"[A-Z][\w’'-]*(?: [A-Z][\w’'-]*){0,2}", key) or f"the {key.lower()}" in lowered(place.text):
        return False
    if _COMMON_NOUN.search(key) or any(written_small(word, place) for word in words):
        return False
    return len(words) > 1 or bool(_OF_PEOPLE.search(context)) or _is_name(key, place)


def written_small(word: str, place: Place) -> bool:
    """Whether the document writes the word with a small letter anywhere."""
    return word.lower() in _words_of(place.text)[1]


def _is_name(word: str, place: Place) -> bool:
    """Whether the document writes the word with a capital inside sentences, never small."""
    inside, small = _words_of(place.text)
    return word in inside and word.lower() not in small


@lru_cache(maxsize=2)
def _words_of(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Words written with a capital inside sentences, and words written small."""
    inside = re.findall(r"(?<=[a-z,;] )[A-Z][\w’'-]*", text)
    return frozenset(inside), frozenset(re.findall(r"\b[a-z][\w’'-]*", text))


@lru_cache(maxsize=2)
def lowered(text: str) -> str:
    """``text`` in small letters; kept, since every key of a document asks for it."""
    return text.lower()
