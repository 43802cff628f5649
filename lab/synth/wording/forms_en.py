"""Ways to ask the same in English: families of wordings that mean the same.

Knows only English. Patterns fit the whole question without its final mark, its first letter small. Must not know
rows or gates.
"""

from __future__ import annotations

import re

_S = r"(?P<s>.+?)"
_BE = r"(?P<be>is|are|was|were)"


def _family(pattern: str, *wordings: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    return re.compile(pattern + r"$", re.IGNORECASE), wordings


FAMILIES = (
    _family(
        r"(?:how old is (?P<s>.+?)(?: now)?|what(?: is|['’]s) (?P<s2>.+?)['’]s age|"
        r"what(?: is|['’]s) the age of (?P<s3>.+)|what age is (?P<s4>.+))",
        "how old is {s}",
        "what is {s}'s age",
        "what age is {s}",
        "what is the age of {s}",
        "how many years old is {s}",
    ),
    _family(
        r"(?:what(?: is|['’]s) (?P<s>.+?)['’]s name|what(?: is|['’]s) (?P<s2>.+?) called|"
        r"what(?: is|['’]s) the name of (?P<s3>.+))",
        "what is {s}'s name",
        "what is {s} called",
        "what is the name of {s}",
        "what name does {s} have",
        "what do you call {s}",
    ),
    _family(
        r"what(?: does (?P<s>.+?) (?P<w>like|love) to eat| food does (?P<s2>.+?) (?P<w2>like|love))",
        "what does {s} {w} to eat",
        "what food does {s} {w}",
        "what kind of food does {s} {w}",
        "which food does {s} {w} to eat",
    ),
    _family(
        r"(?:what does (?P<s>.+?) do for (?:a living|work)|what(?: is|['’]s) (?P<s2>.+?)['’]s (?:job|profession))",
        "what does {s} do for a living",
        "what is {s}'s job",
        "what work does {s} do",
        "what does {s} do for work",
        "which profession does {s} have",
    ),
    _family(
        r"(?:when|in (?:what|which) year) was (?P<s>.+?) (?P<v>founded|built|established|born)",
        "when was {s} {v}",
        "in which year was {s} {v}",
        "what year was {s} {v} in",
        "in what year was {s} {v}",
    ),
    _family(
        r"how many (?P<n>[\w -]+?) does (?P<s>.+?) have",
        "how many {n} does {s} have",
        "what is the number of {n} that {s} has",
        "what number of {n} does {s} have",
    ),
    _family(
        r"what does (?P<s>.+?) (?P<w>like|love|enjoy) (?P<t>doing|to do)(?P<r>.*)",
        "what does {s} {w} {t}{r}",
        "which activities does {s} {w}{r}",
        "what things does {s} {w} {t}{r}",
    ),
    _family(
        r"what(?: is|['’]s) (?P<s>.+?)['’]s favou?rite (?P<n>[\w ]+)",
        "what is {s}'s favourite {n}",
        "what is the favourite {n} of {s}",
        "which {n} does {s} like best",
        "what {n} does {s} like most",
        "which {n} is {s}'s favourite",
    ),
    _family(
        r"where does (?P<s>.+?) live",
        "where does {s} live",
        "where is {s}'s home",
        "in which place does {s} live",
        "what place does {s} live in",
    ),
    _family(
        rf"where {_BE} (?P<s>.+?)(?: located)?",
        "where {be} {s}",
        "where {be} {s} located",
        "in what place {be} {s}",
        "where can I find {s}",
    ),
    _family(
        r"(?:when|(?:at )?what time) (?P<do>do|does) (?P<s>.+?) (?P<v>open|close|start|begin|end)",
        "when {do} {s} {v}",
        "what time {do} {s} {v}",
        "at what time {do} {s} {v}",
        "at what hour {do} {s} {v}",
    ),
    _family(
        r"(?:how much|what) (?P<do>do|does) (?P<s>.+?) cost",
        "how much {do} {s} cost",
        "what {do} {s} cost",
        "what is the price of {s}",
        "how much is {s}",
    ),
    _family(
        r"how long does (?P<s>.+?) take",
        "how long does {s} take",
        "how much time does {s} take",
        "what time does {s} need",
    ),
    _family(
        r"how many (?P<n>.+?) are(?: there)? (?P<r>in .+)",
        "how many {n} are {r}",
        "how many {n} are there {r}",
        "what is the number of {n} {r}",
    ),
    _family(
        r"how many (?P<n>.+?) live (?P<r>in .+)",
        "how many {n} live {r}",
        "what is the number of {n} who live {r}",
        "how many {n} are living {r}",
    ),
    _family(rf"who {_BE} (?P<s>.+)", "who {be} {s}", "which person {be} {s}", "{s} {be} who", "who exactly {be} {s}"),
    _family(
        r"how (?P<c>do|can|should) (?P<i>I|we|you) (?P<v>.+)",
        "how {c} {i} {v}",
        "what is the way to {v}",
        "what do {i} need to do to {v}",
        "in what way {c} {i} {v}",
        "how does one {v}",
    ),
    _family(r"how to (?P<v>.+)", "how do I {v}", "how can I {v}", "what is the way to {v}", "how does one {v}"),
    _family(
        r"why (?P<r>(?:do|does|did|is|are|was|were|can|should) .+)", "why {r}", "for what reason {r}", "why exactly {r}"
    ),
    _family(r"can (?P<i>I|we|you) (?P<v>.+)", "can {i} {v}", "is it possible to {v}", "would it be possible to {v}"),
    _family(
        r"under [“\"](?P<x>[^”\"]+)[”\"], what (?P<be>is|are) (?P<s>.+)",
        "under “{x}”, what {be} {s}",
        "what {be} {s} under “{x}”",
        "for “{x}”, what {be} {s}",
        "{s}, under “{x}”: what {be} it",
    ),
    _family(
        r"what does [“\"](?P<x>[^”\"]+)[”\"] say about (?P<s>.+)",
        "what does “{x}” say about {s}",
        "what is said about {s} in “{x}”",
        "in “{x}”, what is said about {s}",
        "according to “{x}”, what about {s}",
    ),
    _family(
        rf"what(?: {_BE}|['’]s) (?P<s>(?!going|being).+)",
        "what {be} {s}",
        "{s} {be} what",
        "what exactly {be} {s}",
    ),
    _family(r"which (?P<n>.+?) (?P<do>do|does) (?P<s>.+)", "which {n} {do} {s}", "what {n} {do} {s}"),
    _family(r"(?P<do>does|do|is|are) (?P<s>.+)", "{do} {s}", "is it true or not: {do} {s}"),
)

_VERBS = (
    "like|love|want|eat|live|work|do|mean|include|support|forbid|play|need|cost|open|close|have|drink|enjoy|come|"
    "start|end|take|read|speak|study|say|use|offer|require|provide|contain|cover"
)
INDIRECT = (
    (
        re.compile(
            r"(?P<wh>how old|what age|what|who|where|which \w+|what \w+) (?P<be>is|are|was|were) (?P<s>.+)$", re.I
        ),
        "{wh} {s} {be}",
    ),
    (re.compile(rf"(?P<wh>.*?) does (?P<s>(?!not\b)[^,]+?) (?P<v>{_VERBS})(?P<r>(?: .*)?)$", re.I), "{wh} {s} {vs}{r}"),
    (re.compile(rf"(?P<wh>.*?) do (?P<s>(?!not\b)[^,]+?) (?P<v>{_VERBS})(?P<r>(?: .*)?)$", re.I), "{wh} {s} {v}{r}"),
)
"""Direct question → the clause after "tell me"; the first that fits counts. ``vs`` is the verb with its s."""

TYPOS = (
    ("favourite", "favorite"),
    ("what", "waht"),
    ("where", "wher"),
    ("which", "wich"),
    ("when", "wehn"),
    ("does", "dose"),
    ("called", "caled"),
    ("like", "liek"),
    ("much", "mcuh"),
    ("many", "mnay"),
    ("who", "hwo"),
    ("how", "hwo"),
)
"""What a person mistypes in a hurry, most common first."""

POLITE_DIRECT = ("please tell me: {q}", "I have a question: {q}", "I would like to know: {q}", "may I ask, {q}")
POLITE_INDIRECT = (
    "can you tell me {q}",
    "do you know {q}",
    "please tell me {q}",
    "could you say {q}",
    "I would like to know {q}",
)

PREFIX = re.compile(
    r"^(?:please tell me|tell me|may i ask|i would like to know|i have a question|excuse me|please)[:,]?\s+", re.I
)

MARKS = ("?", "?", "?", "")
"""Final marks, taken in turn."""


def third_person(verb: str) -> str:
    """``like`` → ``likes``, ``do`` → ``does``, ``study`` → ``studies``, ``have`` → ``has``."""
    if verb == "have":
        return "has"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("o", "s", "sh", "ch", "x")) else "s")
