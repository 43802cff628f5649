"""One question → other wordings of it, by rules alone: form, order, politeness, pronouns, names, measure words, a slip
of the keyboard, the width of marks.

Knows how candidates are composed from ``forms_zh`` and ``forms_en``, the gate that keeps the meaning (numbers,
negation and names stay), and how the most different ones come first: new forms and polite frames in turn. The
same question gives the same list every time. Must not know rows, data sets or splits.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab.likeness import folded, likeness
from lab.synth.texts import HAN, numbers
from lab.synth.wording import forms_en, forms_zh

MOST = 24
"""Wordings given at most."""
_TYPO_AT = 4
"""How many sound wordings come before a mistyped one."""

_NEGATION_ZH = re.compile(r"不|没|未|无(?!锡)|非|别(?!的|人)|除")
_EITHER_ZH = re.compile(r"能不能|可不可以?|是不是|会不会|要不要|有没有|对不对")
"""Asks without denying."""
_ASKS_ZH = re.compile(r"什么|谁|哪|几|多[少大久]|怎|如何|为何|何时")
_NEGATION_EN = re.compile(r"\b(?:not|no|never|without|except|unless|non|none|neither)\b|n['’]t\b", re.IGNORECASE)
_QUOTED = re.compile(r"[“「《\"'`]([^”」》\"'`]+)[”」》\"'`]")
_NO_SUBJECT = re.compile(
    r"\b(?:called|and|or|kept|held|made|found|written|born|grown|\w+ed)\b|\b(?:at|in|on|for|to|from|with|by|out|up)$"
)
"""What is more than a subject: then where the verb goes is not known."""
_CAPITAL = re.compile(r"(?<![.?!“\"])\s([A-Z][\w-]*)")
_COMMON = {"I"}


@dataclass(frozen=True)
class Wording:
    """Another way to ask, and what it was made by."""

    text: str
    rule: str
    """``form``, ``order``, ``measure``, ``name``, ``pronoun``, ``polite``, ``width`` or ``typo``."""


@dataclass(frozen=True)
class Amount:
    """How many wordings of each question a data set should get, and why."""

    wordings: int
    reason: str
    """Words key of the sentence; its placeholders are ``facts``, ``wordings`` and ``rows``."""
    facts: int

    @property
    def rows(self) -> int:
        """Training rows it comes to."""
        return self.facts * (self.wordings + 1)


def wordings_for(facts: int) -> Amount:
    """How many new wordings a fact needs: the fewer facts there are, the more.

    Nine facts in nine wordings each were recalled in unseen words 12 times of 14, in one wording 5 times of 14. From
    some hundreds of facts on the wordings of one fact teach the form of the next, and rows cost time.
    """
    if facts <= 12:
        return Amount(8, "synth.wordings_few", facts)
    if facts <= 60:
        return Amount(max(3, round(110 / facts)), "synth.wordings_some", facts)
    if facts <= 400:
        return Amount(2 if facts <= 150 else 1, "synth.wordings_many", facts)
    return Amount(0, "synth.wordings_enough", facts)


def reword(
    question: str,
    language: str,
    names: Mapping[str, Sequence[str]] | None = None,
    answer: str = "",
    *,
    typos: int = 1,
) -> list[str]:
    """Other wordings of ``question`` in ``language`` (``zh`` or ``en``), most different first; never itself.

    ``names`` maps a name to others of the same person or thing; one that the ``answer`` tells is not put in.
    At most ``typos`` of them are mistyped, never in names, numbers or quoted words.
    """
    return [wording.text for wording in reworded(question, language, names, answer, typos=typos)]


def reworded(
    question: str,
    language: str,
    names: Mapping[str, Sequence[str]] | None = None,
    answer: str = "",
    *,
    typos: int = 1,
) -> list[Wording]:
    """The wordings of ``reword``, each with the rule that made it."""
    core = _core(question, language)
    if not core:
        return []
    cores = list(_unique([core, *_renamed(core, names or {}, answer)]))
    bare = [form for other in cores for form in _forms(other, language)]
    polite = [framed for form in bare for framed in _framed(form, language)]
    allowed = [_other_names(core, cores)] if names else []
    fit = [
        text
        for text in _unique([*bare, *polite])
        if folded(text) != folded(question) and keeps_meaning(core, text, language, *allowed)
    ]
    chosen = _most_different(
        question, [text for text in fit if text in bare], [text for text in fit if text not in bare]
    )
    made = [Wording(text, _rule(text, core, cores, bare, language)) for text in chosen]
    mistyped = [Wording(text, "typo") for text in _mistyped([core, *chosen], language, names or {})][:typos]
    made[_TYPO_AT:_TYPO_AT] = [wording for wording in mistyped if folded(wording.text) not in map(folded, chosen)]
    marks = forms_zh.MARKS if language == "zh" else forms_en.MARKS
    return [
        replace(wording, text=_dressed(wording.text, marks[place % len(marks)], language))
        for place, wording in enumerate(made[:MOST])
    ]


def _rule(text: str, core: str, cores: list[str], bare: list[str], language: str) -> str:
    if text not in bare:
        return "polite"
    if text in cores[1:]:
        return "name"
    for rule, exchanges in (("measure", forms_zh.MEASURES), ("pronoun", forms_zh.PRONOUNS)):
        here_in = [(here, other) for here, others in exchanges for other in others if here in core]
        if language == "zh" and any(text == core.replace(here, other) for here, other in here_in):
            return rule
    return "order" if sorted(folded(text)) == sorted(folded(core)) else "form"


def _mistyped(texts: Sequence[str], language: str, names: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Texts with one common slip each, in places that are no name, number or quoted word."""
    typos = forms_zh.TYPOS if language == "zh" else forms_en.TYPOS
    for text in texts[:3]:
        kept = {*_names(text, language), *names, *(other for others in names.values() for other in others)}
        spans = [match.span() for name in kept if name for match in re.finditer(re.escape(name), text)]
        for right, wrong in typos:
            pattern = re.escape(right) if language == "zh" else rf"\b{right}\b"
            match = re.search(pattern, text)
            if match and not any(a < match.end() and match.start() < b for a, b in spans):
                yield text[: match.start()] + wrong + text[match.end() :]
                break


def keeps_meaning(before: str, after: str, language: str, renamed: frozenset[str] = frozenset()) -> bool:
    """Whether numbers, negation, quoted words and names are the same in both wordings."""
    negation = _NEGATION_ZH if language == "zh" else _NEGATION_EN
    if Counter(numbers(before)) != Counter(numbers(after)):
        return False
    if len(negation.findall(_EITHER_ZH.sub("", before))) != len(negation.findall(_EITHER_ZH.sub("", after))):
        return False
    kept = {name for name in _names(before, language) if name not in renamed}
    return all(name.casefold() in after.casefold() for name in kept)


def _names(text: str, language: str) -> set[str]:
    if language == "zh":
        return set(re.findall(r"[A-Za-z][A-Za-z0-9_.+-]*", text)) | set(_QUOTED.findall(text))
    return {name for name in _CAPITAL.findall(text) if name not in _COMMON} | set(_QUOTED.findall(text))


def _other_names(core: str, cores: list[str]) -> frozenset[str]:
    """Latin names that some renamed core does without: they may be missing from a wording."""
    latin = set(re.findall(r"[A-Za-z][A-Za-z0-9_.+-]*", core))
    return frozenset(name for name in latin if any(name not in other for other in cores))


def _core(question: str, language: str) -> str:
    """The question without politeness and final mark; its first letter small in English unless it is a name."""
    text: str = re.sub(r"\s+", " ", question).strip().rstrip("?？。.!！ ")
    if re.search(r"[?？。]|\. ", text):
        return ""  # several sentences: what belongs to the question is not known
    forms = forms_zh if language == "zh" else forms_en
    text = str(forms.PREFIX.sub("", text))
    if language == "zh":
        text = forms_zh.SUFFIX.sub("", text) if _ASKS_ZH.search(text) else text
        return f"{text}什么" if text.endswith("是") else text
    return text[:1].lower() + text[1:] if re.match(r"[A-Z][a-z’']+\s", text) else text


def _renamed(core: str, names: Mapping[str, Sequence[str]], answer: str) -> Iterator[str]:
    for name in sorted(names, key=len, reverse=True):
        if name in core:
            for other in names[name]:
                gives_away = folded(other) in folded(answer) if len(folded(other)) > 1 else False
                if other not in core and not gives_away:
                    yield core.replace(name, other)
            return


def _forms(core: str, language: str) -> list[str]:
    """The question in every form of the first family it fits, itself first."""
    families = forms_zh.FAMILIES if language == "zh" else forms_en.FAMILIES
    found = [core]
    for pattern, wordings in families:
        match = pattern.match(core)
        if match:
            groups = {re.sub(r"\d$", "", key): value for key, value in match.groupdict().items() if value is not None}
            known = {key: "" for key in ("m", "h", "w", "a")} | {"be": "is"} | groups
            found += [wording.format(**known) for wording in wordings]
            break
    if language == "zh":
        for here, others in forms_zh.MEASURES:
            if here in core:
                found += [core.replace(here, other) for other in others]
                break
        for here, others in forms_zh.PRONOUNS:
            if here in core and not (here == "我家" and "我们家" in core):
                found += [form.replace(here, other) for other in others for form in list(found) if here in form]
                break
    return [re.sub(r"\s+", " ", form).strip() for form in _unique(found)]


def _framed(form: str, language: str) -> Iterator[str]:
    if language == "zh":
        asks_yes_or_no = form.endswith("吗") or bool(_EITHER_ZH.search(form)) or "是否" in form or "是这样" in form
        for frame in forms_zh.POLITE:
            if asks_yes_or_no and not frame.startswith(("请问", "问一下")):
                continue
            yield frame.format(q=form)
        return
    clause = _indirect(form)
    if clause:
        yield from (frame.format(q=clause) for frame in forms_en.POLITE_INDIRECT)
    yield from (frame.format(q=form) for frame in forms_en.POLITE_DIRECT)


def _indirect(form: str) -> str:
    """The question as a clause after "tell me"; empty where its subject cannot be told by rule."""
    if not re.match(r"(?:what|who|where|when|how|which|at what|in which)\b", form, re.IGNORECASE):
        return ""
    for pattern, clause in forms_en.INDIRECT:
        match = pattern.match(form)
        if match:
            groups = match.groupdict()
            if len(groups["s"].split()) > 5 or _NO_SUBJECT.search(groups["s"]):
                return ""
            return str(clause.format(**groups, vs=forms_en.third_person(groups.get("v") or "do")))
    return ""


def _unique(texts: Sequence[str]) -> list[str]:
    return list({folded(text): text for text in reversed(texts)}.values())[::-1]


def _most_different(question: str, forms: list[str], framed: list[str]) -> list[str]:
    """Up to ``MOST``, from both lists in turn, each the least like the question and those before it."""
    nearest = {text: likeness(text, question) for text in (*forms, *framed)}
    pools = [list(forms), list(framed)]
    chosen: list[str] = []
    while any(pools) and len(chosen) < MOST:
        pool = pools[len(chosen) % 2] or pools[(len(chosen) + 1) % 2]
        best = min(pool, key=lambda text: (round(nearest[text], 1), len(text), text))
        pool.remove(best)
        chosen.append(best)
        for text in (*pools[0], *pools[1]):
            nearest[text] = max(nearest[text], likeness(text, best))
    return chosen


def _dressed(text: str, mark: str, language: str) -> str:
    if language == "zh":
        return text + (mark if HAN.search(text) else "？")
    ends = "." if re.match(r"(?:please tell me|I would like to know) (?!:)", text) and ": " not in text else mark
    return text[:1].upper() + text[1:] + ends
