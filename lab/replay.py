"""What was recorded, played again at its own pace: answers without a model, training curves without a GPU.

Knows: which recorded answers belong to whom (duels and evaluations), and when each piece of an answer and each step of
a run came. Must not know the page. Nothing here asks a model or writes a file.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from lab import chat, evals
from lab.errors import EngineError
from lab.records import Answer, Contestant, Decoding, to_json
from lab.text import normal
from lab.workspace import Workspace

OFFERED = 3
"""Questions named to whoever asks one that was not recorded."""
_TOKENS_A_SECOND = 12.0
"""Pace of an answer whose time was not recorded."""
_PIECES = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]|\s*[^\s\u2e80-\u9fff\uff00-\uffef]+|\s+")

Item = str | Answer


class Recordings:
    """Every recorded answer of one workspace, by who gave it and to what."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def questions(self, sides: Sequence[Contestant]) -> list[str]:
        """The questions every side has a recorded answer to; those never trained first."""
        found = [self._answers(one) for one in sides]
        if not found:
            return []
        fewest = min(found, key=len)  # the run's own questions come first: a base was asked for other runs too
        return [question for key, (question, _) in fewest.items() if all(key in answers for answers in found)]

    def contestants(self) -> list[str]:
        """Names of all who have a recorded answer, as they were asked for."""
        return list(dict.fromkeys(one.name for one, _, _ in self._all()))

    def pair(self, sides: Sequence[Contestant], question: str) -> Iterator[tuple[int, Item]]:
        """Both recorded answers, each piece when it came; raises ``EngineError`` where one was not recorded."""
        answers = []
        for one in sides:
            found = self._answers(one).get(normal(question))
            if found is None:
                raise self._not_recorded(sides)
            answers.append(found[1])
        begun = time.monotonic()
        for moment, place, item in sorted(_moments(answers), key=lambda one: one[0]):
            time.sleep(max(0.0, begun + moment - time.monotonic()))
            yield place, item

    def _not_recorded(self, sides: Sequence[Contestant]) -> EngineError:
        known = self.questions(sides)
        if not known:
            return EngineError("replay.nothing_recorded", names=", ".join(one.name for one in sides))
        return EngineError("replay.not_recorded", questions=" / ".join(known[:OFFERED]), count=len(known))

    def _answers(self, contestant: Contestant) -> dict[str, tuple[str, Answer]]:
        """Folded question → the question and the newest answer of this contestant."""
        key = _key(contestant)
        found: dict[str, tuple[str, Answer]] = {}
        for one, question, answer in self._all():
            if _key(one) == key:
                found.setdefault(normal(question), (question, answer))
        return found

    def _all(self) -> list[tuple[Contestant, str, Answer]]:
        paths = [self.workspace.chat() / "duels.jsonl", *self.workspace.jobs().glob("*/items.jsonl")]
        state = tuple((str(path), path.stat().st_size) for path in sorted(paths) if path.exists())
        return _recorded(self.workspace, state)


@lru_cache(maxsize=4)
def _recorded(workspace: Workspace, state: tuple[tuple[str, int], ...]) -> list[tuple[Contestant, str, Answer]]:
    """Duels, newest first, then evaluations, newest first; read once a state."""
    found = []
    for duel in chat.duels(workspace):
        found += [(one, duel.question, said) for one, said in zip(duel.contestants, duel.answers, strict=True)]
    for evaluation in evals.evaluations(workspace):
        named = {one.name: one for one in evaluation.contestants}
        records = list(evals.read_items(workspace.job(evaluation.id)))
        for record in sorted(records, key=lambda one: one.slice == "trained"):
            if record.answer is not None and record.contestant in named:
                found.append((named[record.contestant], record.question, _answer(record)))
    return found


def _answer(record: evals.ItemRecord) -> Answer:
    return Answer(
        model=record.contestant,
        text=record.answer or "",
        fingerprint=record.fingerprint,
        tokens=record.tokens,
        prompt_tokens=record.prompt_tokens,
        seconds=record.seconds,
        first_token_seconds=record.first_token_seconds,
        finish_reason=record.finish_reason or "stop",
        passages=record.passages,
    )


def _key(contestant: Contestant) -> str:
    """What makes two contestants the same one, whatever they were called and however they drew."""
    told = to_json(replace(contestant, name="", decoding=Decoding()))
    if contestant.run:
        told["base"] = ""
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def _moments(answers: Sequence[Answer]) -> Iterator[tuple[float, int, Item]]:
    """(seconds from the question, side, piece or whole answer)."""
    for place, answer in enumerate(answers):
        pieces = _PIECES.findall(answer.text)
        whole = answer.seconds or max(answer.tokens, len(pieces)) / _TOKENS_A_SECOND
        first = min(answer.first_token_seconds or 0.0, whole)
        for number, piece in enumerate(pieces):
            yield first + (whole - first) * number / len(pieces), place, piece
        yield whole, place, answer


def steps(
    events: Sequence[dict[str, Any]], speed: float, pause: Callable[[float], None] = time.sleep, frame: float = 0.25
) -> Iterator[tuple[list[dict[str, Any]], float]]:
    """The steps of a recorded run as they came, ``speed`` times as fast: (those so far, seconds of the recording).

    It begins just before the first step, whose waiting for the model is left out; one picture a ``frame`` at most.
    """
    timed = [event for event in events if event.get("seconds") is not None]
    if not timed:
        return
    ends = [float(event["seconds"]) for event in timed]
    gaps = sorted(after - before for before, after in pairwise(ends))
    now = max(0.0, ends[0] - (gaps[len(gaps) // 2] if gaps else 0.0))
    shown = 0
    while shown < len(timed):
        pause(frame)
        now += frame * speed
        reached = sum(end <= now for end in ends)
        if reached != shown:
            shown = reached
            yield timed[:shown], min(now, ends[-1])
