"""What people think of the pairs of a synthesis: marks that are only ever added, by several people at once.

    jobs/<id>/marks.jsonl     one line a mark, an undo, a drawn sample, or a document met again

Knows: which mark counts (the latest that was not taken back), that an edit passes the gates again, that a sample is
drawn by the lab and not chosen, and that a document which changed makes its pairs stale. Must not know how pairs are
made, nor the page.
"""

from __future__ import annotations

import functools
import random
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab import words
from lab.errors import DataError, UsageError
from lab.intervals import wilson
from lab.likeness import folded
from lab.records import from_json, to_json
from lab.synth import gates
from lab.synth.model.quoting import exactly, sentence_with
from lab.synth.outcomes import UNITS
from lab.synth.pairs import Pair, Rejected
from lab.synth.plans import text_hash
from lab.synth.sections import sections
from lab.synth.synthesis import Made, made, stamp
from lab.workspace import append_jsonl, locked, now, read_jsonl

MARKS = "marks.jsonl"
STATUSES = ("new", "accepted", "edited", "rejected", "refused", "stale")
"""``new``: usable and not marked; ``refused``: by a gate; ``stale``: its document has changed."""
SAME_DOCUMENT = 0.2
"""Share of its lines that a document keeps, at least, when it changes; with less it is another of the same name."""
SAMPLE = 25
"""Pairs the lab draws of one rule."""


class EditRefused(DataError):
    """An edit that does not pass the gates; ``code`` says which."""

    def __init__(self, code: str) -> None:
        super().__init__("synth_review.edit_refused", why=code)
        self.code = code

    def sentence(self, language: str) -> str:
        """The sentence with the gate's own in it."""
        key = f"synth.gate_{self.code}"
        return words.say(self.key, language, why=words.say(key, language) if words.has(key) else self.code)

    def __reduce__(self) -> tuple[Any, ...]:
        return (EditRefused, (self.code,))


@dataclass(frozen=True)
class Mark:
    """What one person said of one pair, or of many at once."""

    id: str
    pairs: tuple[str, ...]
    status: str
    """``accepted``, ``edited`` or ``rejected``."""
    reviewer: str
    time: str
    read: bool = True
    """Whether the person saw the pair; not when the rest of a rule was accepted by a sample."""
    note: str = ""
    edited: Pair | None = None
    """The pair as the person put it."""
    sample: dict[str, Any] | None = None
    """What an acceptance unread rests on: ``rule``, ``right``, ``of``, ``low`` and ``high``."""


@dataclass(frozen=True)
class Entry:
    """One pair as it stands."""

    id: str
    """Of the pair as it was made; marks name it."""
    pair: Pair
    """With the latest edit in it."""
    status: str
    """One of ``STATUSES``."""
    code: str = ""
    """Why a gate refused it."""
    marks: tuple[Mark, ...] = ()
    """Everybody's latest, the one that counts last."""
    drawn: bool = False
    """Whether it is in the latest sample of its rule."""

    @property
    def is_read(self) -> bool:
        """Whether a person saw it."""
        return any(mark.read for mark in self.marks)

    @property
    def is_disputed(self) -> bool:
        """Whether people differ about it."""
        return len({mark.status == "rejected" for mark in self.marks}) > 1

    @property
    def counts(self) -> bool:
        """Whether a person took it."""
        return self.status in {"accepted", "edited"}


@dataclass(frozen=True)
class Sample:
    """What a drawn sample of one rule says so far."""

    rule: str
    drawn: int
    marked: int
    right: int
    """Accepted as they were."""
    rest: int
    """Pairs of the rule that nobody has marked."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the share right; ``None`` until every drawn pair is marked: the first read are no sample."""
        return wilson(self.right, self.drawn) if self.drawn and self.marked == self.drawn else None


@dataclass(frozen=True)
class State:
    """The review as it stands."""

    made: Made
    entries: tuple[Entry, ...]
    changed: tuple[str, ...]
    """Documents whose text is another by now."""
    reviewers: tuple[str, ...]
    samples: tuple[Sample, ...]

    def entry(self, pair_id: str) -> Entry:
        """The entry with that id; raises ``DataError`` if there is none."""
        for entry in self.entries:
            if entry.id == pair_id:
                return entry
        raise DataError("synth.no_such_pair", id=pair_id)

    @property
    def counts(self) -> dict[str, int]:
        """Entries per status, all statuses named."""
        return {status: sum(entry.status == status for entry in self.entries) for status in STATUSES}


class Review:
    """The review of one synthesis. Any number of processes may have one of the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / MARKS

    def state(self) -> State:
        """Everything as it stands now; worked out again only when something was added."""
        return _state(self.folder, stamp(self.folder / UNITS), stamp(self._path))

    def mark(self, pair_id: str, status: str, reviewer: str, note: str = "") -> Mark:
        """Accept or reject one pair."""
        entry = self.state().entry(pair_id)
        if status not in {"accepted", "rejected"}:
            raise UsageError("fields.not_a_choice", name="status", value=status, allowed="accepted, rejected")
        if status == "accepted" and entry.code:
            raise DataError("synth_review.refused_needs_edit")
        kept = entry.pair if entry.pair.id != pair_id and status == "accepted" else None
        return self._add(
            Mark(_id(), (pair_id,), "edited" if kept else status, _named(reviewer), now(), edited=kept, note=note)
        )

    def edit(self, pair_id: str, question: str, answer: str, reviewer: str, note: str = "") -> Mark:
        """Put a pair in other words; raises ``DataError`` with the gate's reason when it does not pass again."""
        state = self.state()
        entry = state.entry(pair_id)
        text = state.made.documents[entry.pair.document]
        edited = replace(entry.pair, question=question.strip(), answer=answer.strip())
        if folded(edited.answer) not in folded(edited.evidence):
            edited = _grounded_anew(edited, text)
        code = gates.reason(edited, text) or _already_there(edited, pair_id, state)
        if code:
            raise EditRefused(code)
        return self._add(Mark(_id(), (pair_id,), "edited", _named(reviewer), now(), edited=edited, note=note))

    def undo(self, reviewer: str) -> Mark | None:
        """Take back the person's own latest mark, so that what was marked before counts again; ``None`` if none."""
        with locked(self._path.with_suffix(".lock")):
            own = [mark for mark in _active(self._path) if mark.reviewer == _named(reviewer)]
            if own:
                append_jsonl(
                    self._path, {"kind": "undo", "mark": own[-1].id, "reviewer": own[-1].reviewer, "time": now()}
                )
        return own[-1] if own else None

    def draw(self, rule: str, reviewer: str, count: int = SAMPLE) -> tuple[str, ...]:
        """Let the lab draw pairs of ``rule`` that nobody has marked; they are its sample from now on."""
        unread = [e.id for e in self.state().entries if e.pair.rule == rule and e.status == "new"]
        if not unread:
            raise DataError("synth_review.nothing_to_draw")
        drawn = tuple(random.Random(secrets.randbits(64)).sample(unread, min(count, len(unread))))
        told = {"kind": "draw", "rule": rule, "pairs": list(drawn), "reviewer": _named(reviewer), "time": now()}
        self._append(told)
        return drawn

    def accept_rest(self, rule: str, reviewer: str) -> Mark:
        """Accept every unmarked pair of ``rule`` as not read, resting on its sample, which must be marked whole."""
        state = self.state()
        sample = next((one for one in state.samples if one.rule == rule), None)
        interval = sample.interval if sample else None
        if sample is None or interval is None:
            raise DataError("synth_review.no_sample")
        rest = tuple(e.id for e in state.entries if e.pair.rule == rule and e.status == "new")
        if not rest:
            raise DataError("synth_review.nothing_to_draw")
        grounds = {"rule": rule, "right": sample.right, "of": sample.drawn, "low": interval[0], "high": interval[1]}
        return self._add(Mark(_id(), rest, "accepted", _named(reviewer), now(), read=False, sample=grounds))

    def meet(self, documents: Mapping[str, str]) -> tuple[str, ...]:
        """Compare with documents as they are now: pairs of those that changed are stale from now on; their names.

        A file of the same name is the same document only where much of its text is: "notes.md" of another synthesis
        is not.
        """
        own = made(self.folder).documents
        known = _met(self._path)
        for name in own.keys() & documents.keys():
            other = text_hash(documents[name])
            if known.get(name, text_hash(own[name])) != other and _is_a_state_of(own[name], documents[name]):
                self._append({"kind": "document", "document": name, "hash": other, "time": now()})
        return self.state().changed

    def _add(self, mark: Mark) -> Mark:
        self._append({"kind": "mark", **to_json(mark)})
        return mark

    def _append(self, line: dict[str, Any]) -> None:
        with locked(self._path.with_suffix(".lock")):
            append_jsonl(self._path, line)


def _is_a_state_of(text: str, other: str) -> bool:
    """Whether ``other`` may be the same document at another time: it holds some of its lines, or sentences."""
    if text_hash(text) == text_hash(other):
        return True
    lines = {folded(part) for part in re.split(r"\n|(?<=[.!?。！？])", text)} - {""}
    others = {folded(part) for part in re.split(r"\n|(?<=[.!?。！？])", other)} - {""}
    return len(lines & others) >= SAME_DOCUMENT * min(len(lines), len(others))


def carry_over(before: Path, after: Path) -> int:
    """Give the pairs of ``after`` the marks that the same pairs of ``before`` have; how many.

    The same: document, question, answer and evidence; their place may have moved. Done once: where there are marks
    already, nothing is taken over.
    """
    if (after / MARKS).is_file() or not (before / MARKS).is_file():
        return 0
    old = Review(before).state()
    originals = {pair.id: pair for pair in (*old.made.pairs, *(item.pair for item in old.made.rejected))}
    here = {_told(pair): pair.id for pair in made(after).pairs}
    text = made(after).documents
    lines = []
    for entry in old.entries:
        new = here.get(_told(originals[entry.id]), "")
        for mark in entry.marks if new else ():
            edited = mark.edited and _moved(mark.edited, text[mark.edited.document])
            if mark.edited and not edited:
                continue
            lines.append({"kind": "mark", **to_json(replace(mark, id=_id(), pairs=(new,), edited=edited))})
    with locked((after / MARKS).with_suffix(".lock")):
        if lines and not (after / MARKS).is_file():
            append_jsonl(after / MARKS, *lines)
    return len(lines)


def _told(pair: Pair) -> tuple[str, ...]:
    return (pair.document, pair.question, pair.answer, pair.evidence)


def _moved(pair: Pair, text: str) -> Pair | None:
    start = text.find(pair.evidence)
    return replace(pair, start=start, end=start + len(pair.evidence)) if start >= 0 else None


def _id() -> str:
    return secrets.token_hex(6)


def _named(reviewer: str) -> str:
    """The person's name on one line; raises ``UsageError`` where none is given."""
    name = " ".join(reviewer.split())[:60]
    if not name:
        raise UsageError("synth_review.no_reviewer")
    return name


def _grounded_anew(pair: Pair, text: str) -> Pair:
    """The pair with the passage of its section that holds the new answer, where there is exactly one."""
    section = next((one for one in sections(text) if one.start <= pair.start < one.end), None)
    if section is None or not exactly(pair.answer, text, section.start, section.end):
        return pair
    place = sentence_with(pair.answer, text, section.start, section.end)
    own = exactly(pair.answer, text, *place) if place else None
    if not place or not own:
        return pair
    return replace(pair, start=place[0], end=place[1], evidence=text[slice(*place)], at=own[0])


def _already_there(edited: Pair, pair_id: str, state: State) -> str:
    """``duplicate`` or ``question_twice`` when another usable pair asks the same."""
    for entry in state.entries:
        usable = entry.id != pair_id and entry.status in {"new", "accepted", "edited"}
        if usable and folded(entry.pair.question) == folded(edited.question):
            same = folded(entry.pair.answer) == folded(edited.answer)
            return "duplicate" if same else "question_twice"
    return ""


def _active(path: Path) -> list[Mark]:
    """The marks that were not taken back, in the order they were made."""
    lines = list(read_jsonl(path))
    undone = {line["mark"] for line in lines if line.get("kind") == "undo"}
    found = [from_json(Mark, line) for line in lines if line.get("kind") == "mark"]
    return [mark for mark in found if mark.id not in undone]


def _met(path: Path) -> dict[str, str]:
    """Document → hash of its text when it was last met."""
    return {line["document"]: line["hash"] for line in read_jsonl(path) if line.get("kind") == "document"}


def _draws(path: Path) -> dict[str, tuple[str, ...]]:
    """Rule → its latest sample."""
    return {line["rule"]: tuple(line["pairs"]) for line in read_jsonl(path) if line.get("kind") == "draw"}


@functools.lru_cache(maxsize=8)
def _state(folder: Path, units: tuple[int, int], marks: tuple[int, int]) -> State:
    found, path = made(folder), folder / MARKS
    met = _met(path)
    changed = tuple(name for name, text in found.documents.items() if met.get(name, text_hash(text)) != text_hash(text))
    by_pair: dict[str, list[Mark]] = {}
    active = _active(path)
    for mark in active:
        for pair_id in mark.pairs:
            by_pair.setdefault(pair_id, []).append(mark)
    draws = _draws(path)
    drawn = {pair_id for pairs in draws.values() for pair_id in pairs}
    entries = [_entry(pair, "", by_pair, changed, drawn) for pair in found.pairs]
    seen = {pair.id for pair in found.pairs}
    for item in _first_refusals(found.rejected, seen):
        entries.append(_entry(item.pair, item.code, by_pair, changed, drawn))
    order = {name: place for place, name in enumerate(found.documents)}
    entries.sort(key=lambda entry: (order.get(entry.pair.document, 0), entry.pair.start, entry.pair.end, entry.id))
    reviewers = tuple(dict.fromkeys(mark.reviewer for mark in active))
    samples = tuple(_sample(rule, set(pairs), entries) for rule, pairs in draws.items())
    return State(found, tuple(entries), changed, reviewers, samples)


def _first_refusals(rejected: Iterable[Rejected], seen: set[str]) -> Iterable[Rejected]:
    """Each refused pair once, and none that is usable elsewhere."""
    for item in rejected:
        if item.pair.id not in seen:
            seen.add(item.pair.id)
            yield item


def _entry(
    pair: Pair, code: str, by_pair: Mapping[str, list[Mark]], changed: tuple[str, ...], drawn: set[str]
) -> Entry:
    latest: dict[str, Mark] = {}
    for mark in by_pair.get(pair.id, ()):
        latest.pop(mark.reviewer, None)
        latest[mark.reviewer] = mark
    marks = tuple(latest.values())
    status = marks[-1].status if marks else "refused" if code else "new"
    edited = next((mark.edited for mark in reversed(marks) if mark.edited), None)
    if pair.document in changed:
        status = "stale"
    return Entry(pair.id, edited or pair, status, "" if edited else code, marks, pair.id in drawn)


def _sample(rule: str, drawn: set[str], entries: Iterable[Entry]) -> Sample:
    own = [entry for entry in entries if entry.id in drawn]
    marked = [entry for entry in own if entry.is_read]
    right = sum(entry.status == "accepted" for entry in marked)
    rest = sum(entry.pair.rule == rule and entry.status == "new" for entry in entries)
    return Sample(rule, len(own), len(marked), right, rest)
