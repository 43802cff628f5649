"""A fact → what is trained of it, what is kept apart to ask, and what nobody told.

Knows: how wordings pass the gates, which of them become test questions, and the rows all this comes to. Must not know
how training is done or where rows are kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from lab import synth
from lab.checks import SHOULD_DECLINE, UNTOLD
from lab.errors import UsageError
from lab.likeness import NEAR, is_near
from lab.records import Message, Row
from lab.synth.unanswerable import decline
from lab.synth.wording.wordings import NEAR_ANY
from lab.teaching.neighbours import neighbours
from lab.teaching.telling import Fact, asked, told

WORDINGS = 8
"""Wordings trained, the question as it was typed among them."""
KEPT = 4
"""Wordings kept apart, to ask."""
DECLINED = 8
"""Neighbours that the further press trains to be declined."""
_FEWEST = 4
"""With fewer wordings that are unlike the kept ones, likeness is judged as between any two questions."""
_LONG_ANSWER = 60
"""Characters beyond which an answer need not come back word for word to be right."""


_SPARE = 3
_FRAMES = {
    "en": (
        "Quick question: {q}",
        "Somebody asked me: {q}",
        "Help me out, {q}",
        "Remind me, {q}",
        "I forgot: {q}",
        "One thing I need to know: {q}",
        "Let me ask you, {q}",
        "For my notes: {q}",
        "Just checking, {q}",
    ),
    "zh": (
        "打听一下，{q}",
        "有人问我，{q}",
        "我忘了，{q}",
        "提醒我一下，{q}",
        "顺便问一句，{q}",
        "帮我看看，{q}",
        "我想确认一下，{q}",
        "做个记录，{q}",
        "再问一遍，{q}",
    ),
}
"""For questions that the rules of rewording know few forms of."""


@dataclass(frozen=True)
class Refused:
    """A wording that is not used, and why: ``synth.gate_<code>``."""

    text: str
    code: str


@dataclass(frozen=True)
class Lesson:
    """Everything one fact is taught and tested with."""

    fact: Fact
    taught: tuple[str, ...]
    """Wordings that are trained; the first is the question itself."""
    kept: tuple[str, ...]
    """Wordings that are asked and never trained."""
    refused: tuple[Refused, ...]
    untold: tuple[str, ...]
    """Neighbour questions that are asked and never trained."""
    declined: tuple[str, ...]
    """Other neighbour questions, for declining to be trained on."""

    @property
    def group(self) -> str:
        """The same for every row of the fact."""
        return f"fact-{_hash(self.fact.question, self.fact.answer)}"

    def rows(self, system: str = "") -> list[Row]:
        """Rows of the fact: wordings to train, wordings and neighbours to ask."""
        fact = self.fact
        keys = (fact.answer,) if len(fact.answer) <= _LONG_ANSWER else ()
        texts = [(text, "train") for text in self.taught] + [(text, "test") for text in self.kept]
        rows = [_row(system, text, fact.answer, self.group, split) for text, split in texts]
        rows = [replace(row, keys=keys, evidence=None, status="added", tags=("taught",)) for row in rows]
        return rows + [self._untold(system, text, "test") for text in self.untold]

    def declining(self, system: str = "") -> list[Row]:
        """Training rows that say of other neighbours that nobody told; those the rules of ``synth`` find fill up."""
        found = [self._untold(system, text, "train") for text in self.declined]
        if len(found) >= DECLINED:
            return found
        asked = [*self.kept, *self.untold, *self.declined]
        rows = [replace(row, rule=None, tags=()) for row in self.rows(system) if row.split == "train"]
        further = (row.question for row in synth.unanswerable_rows(rows, 50))
        free = [text for text in further if not is_near(text, asked)]
        return [*found, *(self._untold(system, text, "train") for text in free[: DECLINED - len(found)])]

    def _untold(self, system: str, text: str, split: str) -> Row:
        answer = decline(self.fact.language)
        row = _row(system, text, answer, f"beside-{_hash(self.group, text)}", split)
        return replace(row, rule=UNTOLD, status="synthetic", tags=(SHOULD_DECLINE, beside(self.group)))


def beside(group: str) -> str:
    """The tag of rows that ask beside the fact ``group``."""
    return f"beside:{group}"


def prepared(sentence: str, question: str = "", answer: str = "") -> Lesson:
    """The lesson of a sentence, or of the question and answer a person typed instead.

    Raises ``UsageError`` where there is nothing to teach, where the rules find no question, and where no other wording
    passes the gates.
    """
    if question.strip() or answer.strip():
        if not (question.strip() and answer.strip()):
            raise UsageError("teach.no_answer")
        fact: Fact | None = asked(question, answer, sentence)
    elif not sentence.strip():
        raise UsageError("teach.nothing_told")
    else:
        fact = told(sentence)
    if fact is None:
        raise UsageError("teach.not_understood")
    made = lesson(fact)
    if not made.kept:
        raise UsageError("teach.no_wordings", question=fact.question)
    return made


def lesson(fact: Fact) -> Lesson:
    """What ``fact`` is taught and tested with; the same every time."""
    text = "\n".join([fact.sentence, fact.question, fact.answer])
    passed: list[str] = []
    refused: list[Refused] = []
    for wording in _wordings(fact):
        code = _refusal(fact, wording, text)
        if code:
            refused.append(Refused(wording, code))
        else:
            passed.append(wording)
    kept, taught = _parted(passed)
    for wording in passed:
        if wording not in kept and wording not in taught and len(taught) < WORDINGS - 1:
            refused.append(Refused(wording, "near_test"))
    beside_it = neighbours(fact)
    return Lesson(
        fact, (fact.question, *taught[: WORDINGS - 1]), kept, tuple(refused), beside_it.tested, beside_it.trained
    )


def _wordings(fact: Fact) -> list[str]:
    """Those the rules make; where they know few forms of the question, framed ones too."""
    found = synth.reword(fact.question, fact.language, None, fact.answer, typos=0)
    if len(found) < WORDINGS + KEPT + _SPARE:
        core = fact.question if fact.language == "zh" else _small(fact.question)
        found += [frame.format(q=core) for frame in _FRAMES[fact.language]]
    return found


def _small(question: str) -> str:
    """An English question in the middle of a sentence."""
    return question[:1].lower() + question[1:]


def _refusal(fact: Fact, wording: str, text: str) -> str:
    """The code of the gate the wording does not pass; a question without its mark is still one."""
    end = "？" if fact.language == "zh" else "?"
    pair = synth.Pair(
        question=wording.rstrip("?？. ") + end,
        answer=fact.answer,
        evidence=text,
        start=0,
        end=len(text),
        rule="reword",
        language=fact.language,
        section="",
        document="",
    )
    found = synth.check(pair, text)
    return found.code if found else ""


def _parted(passed: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(kept, taught): every third is kept apart, and nothing near one of those is taught.

    Where that would leave too little to teach, "near" is judged as between questions of whatever kind.
    """
    kept = tuple(passed[1::3][:KEPT])
    for bar in (NEAR, NEAR_ANY):
        taught = tuple(text for text in passed if text not in kept and not is_near(text, kept, bar))
        if len(taught) >= _FEWEST:
            break
    return kept, taught


def _row(system: str, question: str, answer: str, group: str, split: str) -> Row:
    head = (Message("system", system),) if system else ()
    messages = (*head, Message("user", question), Message("assistant", answer))
    return Row(_hash(group, split, system, question, answer), messages, group, split)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8")).hexdigest()[:12]
