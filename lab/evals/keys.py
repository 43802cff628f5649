"""What makes an answer right: the keys of an item, and whether an answer holds them.

Knows: keys given with a row or derived from its answer, matching at number and name boundaries, and the four
judgements. *Right and false* is an answer that holds its key and also a value that belongs to another group.
Must not know who answered or how items are stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lab.checks import row_untold
from lab.matching import Finder, Key, declines, matches, places
from lab.records import Row
from lab.text import CJK, LETTER, NUMBER, canonical, folded, is_chinese, language, numbers, tokens

JUDGEMENTS = ("right", "right_and_false", "wrong", "declined")
LONGEST_KEY = {"zh": 12, "en": 8}
"""Tokens: an answer that says more than this which its question does not is free text, judged by no key."""

_ASKS_NUMBER = re.compile(
    "几|多少|多大|多长|多久|多高|多远|多重|哪年|哪天|何时|什么时候|号码|日期|年龄"
    r"|\bhow (?:many|much|old|long|far|tall|often|big|high|heavy|large)\b|\bwhen\b"
    r"|\bwhat (?:year|date|time|age|number)\b|\bage\b"
)
_ASKS_NAME = re.compile(r"谁|叫什么|叫啥|名字|什么名|哪里|哪儿|\b(?:who|whose|whom|names?|named|called|where)\b")
_NAME = re.compile(r"(?:[A-Z][\w'’-]*)(?: [A-Z][\w'’-]*)*")
_ASCII_RUN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_WORDS = """a an the is are was were be been am do does did has have had of in on at to for by with and or from as it
its he she they we i you his her their our my your this that these those there here not no yes so also very can could
will would should may might up down out about into than then which what who whom whose when where how s t re ve ll d"""
_CHARACTERS = "我你您他她它们咱的地得了是在有也和与及跟就都很会要这那还把被给向从对吧呢吗啊呀上下里中为家"
_SMALL_WORDS = frozenset(_WORDS.split())
_SMALL_CHARACTERS = frozenset(_CHARACTERS)
_NEGATED = re.compile(
    r"(?:不是|不叫|并非|而非|没有|不到|不在)[^，。,.;；!?是而]{0,4}$"
    r"|(?:\bnot|n't|\bnever|\bno longer) (?:(?!but\b|is\b|it\b)[^\s,.;]+ ){0,2}$"
)


@dataclass(frozen=True)
class Keys:
    """What an answer must hold to be right."""

    keys: tuple[Key, ...]
    needed: int = 1
    """How many of them; 1 for keys that came with the row."""
    given: bool = False


@dataclass(frozen=True)
class Judgement:
    """One answer, judged, with what it rests on."""

    kind: str
    """One of ``JUDGEMENTS``."""
    found: tuple[str, ...] = ()
    """The keys it holds."""
    false: tuple[str, ...] = ()
    """The values of other groups it holds."""


def key(text: str) -> Key:
    """The key of that text: a number if it is nothing else, a name if it is a capitalised word, else text."""
    if NUMBER.fullmatch(canonical(text).strip()):
        return Key(text, "number")
    return Key(text, "name" if _NAME.fullmatch(text.strip()) else "text")


def asserts(wanted: Key, text: str) -> bool:
    """Whether ``text`` holds the key somewhere where it is not denied (不是JIM, not Jim)."""
    plain = canonical(text)
    return any(not _NEGATED.search(plain[:start]) for start in places(wanted, plain))


class KeyBook:
    """The keys of every row of a data set, and which group each value belongs to."""

    def __init__(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        self._common = _common_tokens(rows)
        self._given = {row.group: row.keys for row in rows if row.keys}
        self._owners: dict[Key, set[str]] = {}
        self._mentions: dict[str, str] = {}
        self._names: set[Key] = set()
        answers: list[str] = []
        for row in rows:
            self._mentions[row.group] = self._mentions.get(row.group, "") + f"\n{row.question}\n{row.answer}"
            for value in self._values(row):
                self._owners.setdefault(value, set()).add(row.group)
            self._names.update(Key(canonical(name), "name") for name in _names(row.answer))
            answers.append(canonical(row.answer))
        self._names.update(value for value in self._owners if value.kind == "name")
        self._said = "\n".join(answers)
        self._find_name = Finder(sorted(self._names, key=lambda name: name.text))
        self._find_value = Finder(self._owners)

    def keys(self, row: Row) -> Keys | None:
        """The row's own keys, its group's, or those derived from its answer; ``None`` for a free answer."""
        given = row.keys or self._given.get(row.group, ())
        if not given:
            return derived(row.question, row.answer, self._common)
        keys = tuple(key(text) for text in given)
        if _ASKS_NAME.search(folded(row.question)):
            keys = tuple(Key(one.text, "text" if numbers(one.text) else "name") for one in keys)
        return Keys(keys, given=True)

    def judge(self, row: Row, answer: str) -> Judgement | None:
        """The judgement of an answer to ``row``; ``None`` where the row has no key to judge by.

        To what the data does not tell, declining is right and everything else is made up.
        """
        if row_untold(row):
            return Judgement("right" if declines(answer) else "wrong")
        wanted = self.keys(row)
        if wanted is None:
            return None
        found = tuple(one.text for one in wanted.keys if asserts(one, answer))
        if len(found) >= wanted.needed:
            false = tuple(self._false(row, wanted, answer))
            return Judgement("right_and_false" if false else "right", found, false)
        return Judgement("declined" if declines(answer) else "wrong", found)

    def _values(self, row: Row) -> Iterator[Key]:
        for one in (self.keys(row) or Keys(())).keys:
            held = numbers(one.text)
            if held:
                yield from (Key(number, "number") for number in held)
            else:
                yield Key(canonical(one.text), one.kind)

    def _false(self, row: Row, wanted: Keys, answer: str) -> Iterator[str]:
        """Values of other groups in the answer that nothing known of this row accounts for."""
        known = "\n".join([*(m.content for m in row.messages if m.role != "system"), row.evidence or ""])
        is_text = any(one.kind == "text" for one in wanted.keys)
        answer = self._without_known_statements(answer)
        for value in self._held_values(answer, is_text):
            owners = self._owners[value]
            if row.group in owners or matches(value, known) or any(matches(value, one.text) for one in wanted.keys):
                continue
            if asserts(value, answer) and not (value.kind != "name" and self._accounted(value, owners, answer)):
                yield value.text

    def _held_values(self, answer: str, texts: bool) -> list[Key]:
        held = [Key(number, "number") for number in _plain_numbers(answer)]
        found = [value for value in dict.fromkeys(held) if value in self._owners]
        return found + [one for one in self._find_value.held(canonical(answer)) if texts or one.kind == "name"]

    def _without_known_statements(self, answer: str) -> str:
        """The answer less the clauses about someone by name that stand word for word in an answer of the data."""
        clauses = re.split(r"([,.;!?，；：\n]\s*)", canonical(answer))
        return "".join("" if self._find_name.held(clause) and clause in self._said else clause for clause in clauses)

    def _accounted(self, value: Key, owners: set[str], answer: str) -> bool:
        """Whether the name last spoken of before the value is one that the value's own rows speak of."""
        plain = canonical(answer)
        start = next(places(value, plain))
        before = [(max(places(name, plain[:start])), name) for name in self._find_name.held(plain[:start])]
        place, name = max(before, key=lambda pair: pair[0], default=(-1, value))
        return place >= 0 and any(matches(name, self._mentions[owner]) for owner in owners)


def derived(question: str, answer: str, common: frozenset[str] = frozenset()) -> Keys | None:
    """Keys read off a question and its answer; ``None`` where the answer is free text.

    Asked for a number: the first one the question lacks. Asked for a name: the names it lacks. Else the stretches of
    the answer that are neither in the question nor small words nor ``common``; at least half must be there.
    """
    plain_question, longest = folded(question), LONGEST_KEY[language(answer)]
    if _ASKS_NUMBER.search(plain_question):
        fresh = [number for number in _plain_numbers(answer) if number not in numbers(question)]
        if fresh:
            return Keys((Key(fresh[0], "number"),))
    if _ASKS_NAME.search(plain_question):
        names = [name for name in _names(answer) if not matches(Key(name, "name"), question)]
        if names and len(tokens(answer)) <= 4 * longest:
            return _half(Key(name, "name") for name in names)
    stretches = _stretches(question, answer, common)
    if not stretches or sum(len(tokens(stretch)) for stretch in stretches) > longest:
        return None
    longer = [stretch for stretch in stretches if len(stretch) > 1 or not is_chinese(stretch)]
    return _half(Key(stretch, "number" if NUMBER.fullmatch(stretch) else "text") for stretch in longer or stretches)


def _half(keys: Iterable[Key]) -> Keys:
    unique = tuple(dict.fromkeys(keys))
    return Keys(unique, needed=(len(unique) + 1) // 2)


def _plain_numbers(text: str) -> list[str]:
    """The numbers of a text, without the 1 of 一只 and 一个, which is an article more often than a number."""
    without = re.sub("一(?![十百千万亿零〇一二三四五六七八九点])", "·", folded(text))
    return numbers(without)


def _names(text: str) -> list[str]:
    """Names in a text: Latin words among Chinese, capitalised words in English."""
    if is_chinese(text):
        return list(dict.fromkeys(_ASCII_RUN.findall(text)))
    found = []
    for name in _NAME.findall(text):
        words = name.split()
        while words and words[0].casefold() in _SMALL_WORDS:
            words.pop(0)
        if words:
            found.append(re.sub(r"['’]s$", "", " ".join(words)))
    return list(dict.fromkeys(found))


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|s|e)$", "", word) if len(word) > 3 else word


def _stretches(question: str, answer: str, common: frozenset[str]) -> list[str]:
    """Runs of the answer's tokens that its question does not have; runs end at punctuation too."""
    asked = {_stem(word) for word in tokens(question)}
    plain = folded(answer)
    runs: list[list[str]] = [[]]
    for word in re.findall(rf"-?\d+(?:\.\d+)?%?|{LETTER}+|[{CJK}]|[^\w\s]", plain):
        small = word in _SMALL_WORDS or word in _SMALL_CHARACTERS or not re.match(r"[\w-]", word)
        if small or _stem(word) in asked or word in common:
            runs.append([])
        else:
            runs[-1].append(word)
    return [_joined(run) for run in runs if run]


def _joined(run: list[str]) -> str:
    return re.sub(rf"(?<=[{CJK}]) | (?=[{CJK}])", "", " ".join(run))


def _common_tokens(rows: Sequence[Row]) -> frozenset[str]:
    """Tokens that the answers of every group share (a fixed closing line), where there are several groups."""
    by_group: dict[str, set[str]] = {}
    for row in rows:
        by_group.setdefault(row.group, set()).update(tokens(row.answer))
    return frozenset(set.intersection(*by_group.values())) if len(by_group) >= 3 else frozenset()
