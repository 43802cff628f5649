"""What columns and fields are called, in both languages.

Knows: names for questions, answers, system prompts, labels and preference pairs, however they are spelled. Must not
know what is made of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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


_MOST_KEPT = 2000
"""Characters of the names of one record that are remembered: those of a file are mostly the same from row to row."""


def plain(column: str) -> str:
    """A column's name without case, spaces, ``_`` and ``-``."""
    return re.sub(r"[\s_\-]+", "", column).casefold()


def written(record: dict[str, Any]) -> Mapping[str, str]:
    """The fields of ``record`` by their plain names; of several alike the first."""
    names = tuple(map(str, record))
    return _written(names) if sum(map(len, names)) <= _MOST_KEPT else _written.__wrapped__(names)


@lru_cache(maxsize=1024)
def _written(names: tuple[str, ...]) -> dict[str, str]:
    return {plain(name): name for name in reversed(names)}


def first(record: dict[str, Any], names: Iterable[str]) -> str | None:
    """The field of ``record`` that has the first of ``names``, however it is written."""
    fields = written(record)
    return next((fields[name] for name in names if name in fields), None)


class _Preferences:
    """Names of the better and the worse answer of a preference pair."""

    _NAMES = (
        ("chosen", "rejected"), ("preferredoutput", "nonpreferredoutput"), ("chosenresponse", "rejectedresponse"),
        ("responsechosen", "responserejected"), ("accepted", "rejected"), ("messages", "rejectedresponse"),
        ("messages", "rejectedmessages"), ("chosenanswer", "rejectedanswer"), ("优选回答", "劣选回答"),
        ("优选", "劣选"), ("采纳", "拒绝"), ("选中", "拒绝"),
    )  # fmt: skip

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._NAMES)

    def of(self, record: dict[str, Any]) -> tuple[str, str] | None:
        """The two fields of ``record`` that hold a pair, the better first; ``None`` where it holds none."""
        fields = written(record)
        return next(
            ((fields[good], fields[bad]) for good, bad in self._NAMES if bad in fields and good in fields), None
        )


PREFERENCES = _Preferences()
