"""What columns and fields are called, in both languages.

Knows: names for questions, answers, system prompts, labels and preference pairs, however they are spelled. Must not
know what is made of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

QUESTION = (
    "question", "query", "prompt", "instruction", "input", "q", "ask", "userquestion", "usermessage", "userinput",
    "user", "human", "problem", "utterance",
    "问题", "提问", "问", "问句", "题目", "指令", "输入", "提示词", "提示", "用户", "用户问题", "用户输入", "咨询",
)  # fmt: skip
ANSWER = (
    "answer", "response", "completion", "output", "a", "expectedresponse", "expectedanswer", "expectedoutput",
    "referenceanswer", "reference", "groundtruth", "target", "reply", "assistant", "solution", "modelanswer",
    "答案", "回答", "答复", "回复", "答", "参考答案", "标准答案", "标准回答", "解答", "应答", "输出", "助手",
)  # fmt: skip
SYSTEM = ("system", "systemprompt", "systemmessage", "系统", "系统提示词", "系统提示")
LABELLED = (
    ("text", "labeltext"), ("text", "labelname"), ("text", "label"), ("text", "category"), ("text", "intent"),
    ("text", "sentiment"), ("text", "class"), ("sentence", "label"), ("sentence", "sentiment"), ("review", "sentiment"),
    ("review", "label"), ("content", "label"), ("content", "category"), ("title", "label"), ("query", "label"),
    ("文本", "标签"), ("文本", "类别"), ("文本", "分类"), ("文本", "意图"), ("文本", "情感"), ("句子", "标签"),
    ("评论", "标签"), ("评论", "情感"), ("内容", "标签"), ("内容", "类别"), ("标题", "类别"),
)  # fmt: skip
"""(text, label) pairs of names."""
PREFERENCES = (
    ("chosen", "rejected"), ("preferredoutput", "nonpreferredoutput"), ("chosenresponse", "rejectedresponse"),
    ("responsechosen", "responserejected"), ("accepted", "rejected"), ("messages", "rejectedresponse"),
    ("messages", "rejectedmessages"), ("chosenanswer", "rejectedanswer"), ("优选回答", "劣选回答"),
    ("优选", "劣选"), ("采纳", "拒绝"), ("选中", "拒绝"),
)  # fmt: skip
"""Names of the better and the worse answer of a preference pair."""
ALPACA = (
    ("instruction", "input", "output"),
    ("instruction", "context", "response"),
    ("instruction", "input", "response"),
    ("指令", "输入", "输出"),
)
"""Names of instruction, what it is about, and answer; the middle one may be missing beside an ``output``."""
TALK = ("messages", "conversations", "conversation", "dialogue", "dialog", "对话", "消息")
MARKS = ("group", "fact_id", "fact", "split", "keys", "tags")
"""Fields that say something about the row and are kept with it."""
TOOLS = ("tools", "functions")
MEDIA = ("images", "image", "videos", "video", "audios", "audio")
_APART = re.compile(r"[\s_\-]+")
_MOST_KEPT = 2000
"""Characters of the names of one record that are remembered: those of a file are mostly the same from row to row."""


def plain(column: str) -> str:
    """A column's name without case, spaces, ``_`` and ``-``."""
    return _APART.sub("", column).casefold()


class Fields:
    """The fields of a record by what they are called; the same for every record with these names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = frozenset(names)
        self._written = {plain(name): name for name in reversed(names)}
        self.question = self.first(QUESTION)
        self.answer = self.first(ANSWER)
        self.system = self.first(SYSTEM)
        self.alpaca = next((found for names in ALPACA if (found := self._alpaca(*names))), ())
        """Instruction, what it is about (where there is none, what it would be called) and answer."""
        self.labelled = next((found for names in LABELLED if (found := self._all(names))), ())
        """Text and label."""
        self.preference = next((found for names in PREFERENCES if (found := self._all(names))), ())
        """The better and the worse answer."""
        self.talk = self._exactly(TALK)
        self.marks = self._exactly(MARKS)
        self.tools = self._exactly(TOOLS)
        self.media = self._exactly(MEDIA)

    def first(self, names: Iterable[str]) -> str | None:
        """The field that has the first of ``names``, however it is written; of several alike the first."""
        return next((self._written[name] for name in names if name in self._written), None)

    def _all(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self._written[name] for name in names) if self._written.keys() >= set(names) else ()

    def _alpaca(self, instruction: str, more: str, output: str) -> tuple[str, ...]:
        if more not in self._written and output not in {"output", "输出"}:
            return ()
        pair = self._all((instruction, output))
        return (pair[0], self._written.get(more, more), pair[1]) if pair else ()

    def _exactly(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in self.names)


_known = lru_cache(maxsize=1024)(Fields)
_huge = lru_cache(maxsize=1)(Fields)
"""Of a record with very many names that is asked about more than once."""


def fields_of(record: dict[str, Any]) -> Fields:
    """What the fields of ``record`` are called."""
    names = tuple(map(str, record))
    return _known(names) if sum(map(len, names)) <= _MOST_KEPT else _huge(names)


def first(record: dict[str, Any], names: Iterable[str]) -> str | None:
    """The field of ``record`` that has the first of ``names``, however it is written."""
    return fields_of(record).first(names)
