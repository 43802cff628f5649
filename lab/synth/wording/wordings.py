"""More wordings of a data set's training questions, each in the group of its fact.

Knows: which rows may get new wordings, how a wording too near to a test wording is refused, and which are kept
for a test where there is none. Must not know how a wording is made (``lab.synth.wording.rewording``).
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import zip_longest

from lab.datasets import Datasets
from lab.errors import DataError, UsageError
from lab.likeness import NEAR, folded, is_near, language
from lab.records import Row, Version
from lab.synth.model.phrase import Ask
from lab.synth.wording import model_wordings
from lab.synth.wording.rewording import Amount, Wording, reworded, wordings_for

ANSWERS = ("exact", "reworded")
"""How much the answers of new rows may vary."""
MODEL_TAG, ANSWER_TAG = "wording:model", "answer:reworded"
NEAR_ANY = 0.8
"""Likeness from which a wording is refused beside a test wording of whatever fact."""


@dataclass(frozen=True)
class Reworded:
    """The new version, and what came of the wordings."""

    version: Version
    pairs: int
    """New rows."""
    rejected: dict[str, int]
    """Wordings not used, per reason code (``synth.gate_<code>``)."""
    amount: Amount | None = None
    """How many wordings the number of facts asked for, where it decided."""
    by_model: int = 0
    """New rows whose question or answer a model worded."""


@dataclass(frozen=True)
class RewordedRows:
    """The rows of a version with new wordings among them."""

    of: Version
    rows: tuple[Row, ...]
    pairs: tuple[Row, ...]
    """The new ones."""
    rejected: Counter[str]
    amount: Amount | None

    @property
    def by_model(self) -> int:
        """New rows whose question or answer a model worded."""
        return sum(MODEL_TAG in made.tags or ANSWER_TAG in made.tags for made in self.pairs)


class _Wordings:
    """The questions a data set has, while new ones are added."""

    def __init__(self, rows: list[Row]) -> None:
        self.group_of = {folded(row.question): row.group for row in rows}
        self.held: dict[str, list[str]] = {}
        """Test and validation wordings per group."""
        for row in rows:
            if row.split != "train":
                self.held.setdefault(row.group, []).append(row.question)
        self.rejected: Counter[str] = Counter()

    def refusal(self, text: str, group: str) -> str:
        """Why ``text`` cannot become a training question of ``group``; empty if it can."""
        other = self.group_of.get(folded(text))
        if other is not None:
            return "duplicate" if other == group else "question_twice"
        others = (held for name, texts in self.held.items() if name != group for held in texts)
        if is_near(text, self.held.get(group, ()), NEAR) or is_near(text, others, NEAR_ANY):
            return "near_test"
        return ""

    def take(self, text: str, group: str, split: str) -> None:
        """From now on ``text`` is a question of ``group``."""
        self.group_of[folded(text)] = group
        if split != "train":
            self.held.setdefault(group, []).append(text)


def reword_dataset(
    datasets: Datasets,
    name: str,
    new_name: str,
    per_row: int | None = None,
    *,
    version: str | None = None,
    test_wordings: int | None = None,
    ask: Ask | None = None,
    answers: str = "exact",
) -> Reworded:
    """Save data set ``name`` with up to ``per_row`` new wordings of each training question as ``new_name``.

    ``version`` is the current one where none is named; ``per_row`` ``None`` lets the number of facts decide. New rows
    are training rows of the same group; every other row stays as it is. No new wording equals or nearly equals a test
    or validation wording. ``test_wordings`` new wordings of each fact are kept for the test instead; ``None`` means
    one where the data set is to be remembered and has no test of a trained fact yet, else none. With ``ask`` a model
    words questions too, behind the gates; ``answers`` ``reworded`` lets it also say the answers of new training rows
    otherwise, their key kept. Raises ``DataError`` when no new wording comes of it.
    """
    made = reworded_rows(
        datasets, name, per_row, version=version, test_wordings=test_wordings, ask=ask, answers=answers
    )
    if not made.pairs:
        raise DataError("synth.nothing_reworded", name=name)
    of = made.of
    saved = datasets.save(
        new_name,
        made.rows,
        mode=of.mode,
        mode_reason=of.mode_reason,
        language=of.language,
        problems=datasets.problems(of),
        documents=datasets.documents(of),
        checks=of.checks,
        format=of.format,
        note=of.note,
        parent=f"{of.dataset}@{of.version}",
    )
    return Reworded(saved, len(made.pairs), dict(sorted(made.rejected.items())), made.amount, made.by_model)


def reworded_rows(
    datasets: Datasets,
    name: str,
    per_row: int | None = None,
    *,
    version: str | None = None,
    test_wordings: int | None = None,
    ask: Ask | None = None,
    answers: str = "exact",
) -> RewordedRows:
    """The rows ``reword_dataset`` would save."""
    of = datasets.get(name, version)
    rows = list(datasets.rows(of))
    check_answers(answers, ask)
    if test_wordings is None:
        test_wordings = int(of.mode == "remember" and not _tests_a_fact(rows))
    amount, wanted = _wanted(rows, per_row)
    wordings = _Wordings(rows)
    found = _candidates(rows, wanted, wordings, ask)
    wordings.rejected["not_single_turn"] += sum(row.split == "train" and not _is_single(row) for row in rows)
    tests = _tests(rows, found, wordings, test_wordings)
    vary = _Answers(rows, ask, wordings.rejected) if answers == "reworded" and ask else None
    new = {row.id: [*tests.get(row.id, []), *_training(row, found, wordings, wanted, vary)] for row in rows}
    every = tuple(made for row in rows for made in (row, *new[row.id]))
    pairs = tuple(made for own in new.values() for made in own)
    return RewordedRows(of, every, pairs, +wordings.rejected, amount)


def asks(rows: list[Row], per_row: int | None, answers: str) -> int:
    """How many questions a model gets at most."""
    wanted = [count for count in _wanted(rows, per_row)[1].values() if count]
    return len(wanted) + (sum(wanted) if answers == "reworded" else 0)


def _tests_a_fact(rows: list[Row]) -> bool:
    """Whether any test question is another wording of something trained; one that is to be declined is not."""
    trained = {row.group for row in rows if row.split == "train"}
    return any(row.split == "test" and row.group in trained for row in rows)


def check_answers(answers: str, ask: object) -> None:
    """Raise ``UsageError`` for a way of varying answers that is none, or that nobody could do."""
    if answers not in ANSWERS:
        raise UsageError("fields.not_a_choice", name="answers", value=answers, allowed=", ".join(ANSWERS))
    if answers == "reworded" and ask is None:
        raise UsageError("synth.answers_need_model")


def _wanted(rows: list[Row], per_row: int | None) -> tuple[Amount | None, dict[str, int]]:
    """Row id → wordings wanted; where the number of facts decides, also how many of a fact, which its rows share."""
    varied = [row for row in rows if _may_vary(row)]
    if per_row is not None:
        return None, {row.id: per_row for row in varied}
    together = Counter(row.group for row in varied)
    amount = wordings_for(len(together))
    return amount, {row.id: -(-amount.wordings // together[row.group]) for row in varied}


def _candidates(
    rows: list[Row], wanted: dict[str, int], wordings: _Wordings, ask: Ask | None
) -> dict[str, list[Wording]]:
    """Row id → wordings, a model's and the rules' in turn."""
    names = _other_names(rows)
    found: dict[str, list[Wording]] = {}
    for row in rows:
        if row.id not in wanted:
            continue
        tongue = _language(row.question)
        by_rule = reworded(row.question, tongue, names, row.answer)
        count, by_model = wanted[row.id], []
        if ask and count:
            by_model = model_wordings.questions(row, tongue, count, ask, wordings.rejected)
        found[row.id] = [one for both in zip_longest(by_model, by_rule) for one in both if one]
    return found


class _Answers:
    """Says the answers of new rows otherwise, as far as that is true."""

    def __init__(self, rows: list[Row], ask: Ask, rejected: Counter[str]) -> None:
        self._ask, self._rejected = ask, rejected
        self._told = {row.group: row.answer for row in rows if row.answer}
        self._seed = 0

    def of(self, row: Row) -> str:
        """Another wording of the row's answer, or the answer itself."""
        self._seed += 1
        others = [told for group, told in self._told.items() if group != row.group]
        tongue = _language(row.answer)
        return model_wordings.answer(row, tongue, others, self._ask, self._rejected, self._seed) or row.answer


def _is_single(row: Row) -> bool:
    return [m.role for m in row.messages if m.role != "system"] == ["user", "assistant"]


def _may_vary(row: Row) -> bool:
    """A training row of one question and one answer that no rule has worded already."""
    return row.split == "train" and row.rule != "reword" and _is_single(row)


def _tests(
    rows: list[Row], found: dict[str, list[Wording]], wordings: _Wordings, per_group: int
) -> dict[str, list[Row]]:
    """For each group the first wordings that are unlike all its training questions, as test rows."""
    made: dict[str, list[Row]] = {}
    taken: Counter[str] = Counter()
    trained: dict[str, list[str]] = {}
    for row in rows:
        if row.split == "train":
            trained.setdefault(row.group, []).append(row.question)
    for row in rows:
        for wording in found.get(row.id, []):
            if taken[row.group] >= per_group:
                break
            if folded(wording.text) in wordings.group_of or is_near(wording.text, trained[row.group]):
                continue
            taken[row.group] += 1
            wordings.take(wording.text, row.group, "test")
            made.setdefault(row.id, []).append(_row(row, wording, "test"))
    return made


def _training(
    row: Row,
    found: dict[str, list[Wording]],
    wordings: _Wordings,
    wanted: dict[str, int],
    vary: _Answers | None,
) -> list[Row]:
    made: list[Row] = []
    for wording in found.get(row.id, []):
        if len(made) >= wanted[row.id]:
            break
        code = wordings.refusal(wording.text, row.group)
        if code:
            wordings.rejected[code] += 1
            continue
        wordings.take(wording.text, row.group, "train")
        new = _row(row, wording, "train")
        made.append(_answering(new, vary.of(new)) if vary else new)
    return made


def _row(row: Row, wording: Wording, split: str) -> Row:
    place = next(number for number, message in enumerate(row.messages) if message.role == "user")
    asked = replace(row.messages[place], content=wording.text)
    messages = (*row.messages[:place], asked, *row.messages[place + 1 :])
    identity = hashlib.sha256(f"{row.id}\0{wording.text}".encode()).hexdigest()[:12]
    tags = (*row.tags, f"wording:{wording.rule}")
    return replace(row, id=identity, messages=messages, split=split, rule="reword", status="synthetic", tags=tags)


def _answering(row: Row, answer: str) -> Row:
    """The row with another wording of its answer."""
    if answer == row.answer:
        return row
    *before, last = row.messages
    identity = hashlib.sha256(f"{row.id}\0{answer}".encode()).hexdigest()[:12]
    tags = (*row.tags, ANSWER_TAG)
    return replace(row, id=identity, messages=(*before, replace(last, content=answer)), tags=tags)


def _language(text: str) -> str:
    told = language(text)
    return "zh" if told == "mixed" else told


_WHO = (
    (re.compile(r"(?:请问)?(?P<x>[^，。？?]{1,10})是谁"), "{x}是(?P<y>[^，。,. ]{{2,12}})[。.]?$"),
    (re.compile(r"who is (?P<x>[\w ]{2,24})", re.IGNORECASE), r"{x} is (?P<y>(?:the |my |our )?[\w]+(?: \w+)?)\.?$"),
)


def _other_names(rows: list[Row]) -> dict[str, list[str]]:
    """Names of the same one, as the training rows tell them: "老大是谁？" – "老大是哥哥JIM。"."""
    names: dict[str, list[str]] = {}
    for row in rows:
        for asks, tells in _WHO if row.split == "train" else ():
            asked = asks.fullmatch(row.question.strip().rstrip("?？"))
            told = asked and re.match(tells.format(x=re.escape(asked["x"])), row.answer.strip(), re.IGNORECASE)
            if asked and told and asked["x"].casefold() != told["y"].casefold():
                names.setdefault(asked["x"], []).append(told["y"])
                names.setdefault(told["y"], []).append(asked["x"])
    return names
