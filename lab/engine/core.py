"""The one thread that owns the models and writes all answers.

Knows: the order of work (take questions in, one step for every group in turn, again) and how an error becomes
a sentence for those it hits. Must not know HTTP. Importing it is light: torch is imported in the thread.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from lab.engine.options import EngineOptions
from lab.engine.rows import Ask, Ended, Failed, Row, ScoreAsk, Started
from lab.errors import EngineError, LabError
from lab.records import Message
from lab.runs import Runs

LOG = logging.getLogger(__name__)


class Core(threading.Thread):
    """Answers what is submitted until it is closed. ``submit`` and ``close`` may be called from any thread."""

    def __init__(self, models: Path, runs: Runs, options: EngineOptions, log: Path) -> None:
        super().__init__(name="engine", daemon=True)
        self.device = ""
        self.loaded: tuple[str, ...] = ()
        self.answering = 0
        self.last_asked = time.monotonic()
        self._models, self._runs, self._options, self._log = models, runs, options, log
        self._waiting: deque[Ask | ScoreAsk] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._shelf: Any = None
        self._batches: dict[str, Any] = {}

    @property
    def waiting(self) -> int:
        """Questions not yet begun."""
        return len(self._waiting)

    @property
    def idle_seconds(self) -> float:
        """How long there has been nothing to do."""
        return 0.0 if self.answering or self._waiting else time.monotonic() - self.last_asked

    def submit(self, ask: Ask | ScoreAsk) -> None:
        """Answer it as soon as there is room."""
        with self._changed:
            self._waiting.append(ask)
            self._changed.notify()

    def close(self) -> None:
        """End the thread after the current step."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def run(self) -> None:
        """The loop: take in, step, again."""
        while not self._closing:
            self._wait()
            self._take_in()
            for key in [key for key, batch in self._batches.items() if batch.rows]:
                self._step(key)
            self.answering = sum(len(batch.rows) for batch in self._batches.values())
            if self.answering:
                self.last_asked = time.monotonic()

    def _wait(self) -> None:
        with self._changed:
            while not (self._closing or self._waiting or self.answering):
                self._changed.wait()

    def _take_in(self) -> None:
        """Begin waiting questions, oldest first; those whose batch cannot take them now keep their turn."""
        with self._changed:
            candidates = list(self._waiting)
        arriving: dict[str, list[Row]] = {}
        room = self._options.rows - sum(len(batch.rows) for batch in self._batches.values())
        for ask in candidates:
            if isinstance(ask, Ask) and room <= 0 and not ask.cancelled:
                continue
            if self._begin(ask, arriving):
                room -= isinstance(ask, Ask)
                with self._changed:
                    self._waiting.remove(ask)
                self.last_asked = time.monotonic()
        for key, rows in arriving.items():
            batch = self._batches[key]
            try:
                batch.admit(rows)
            except Exception as error:  # becomes the answer of the rows it hit
                self._refuse([row.ask for row in rows if row not in batch.rows], error)

    def _begin(self, ask: Ask | ScoreAsk, arriving: dict[str, list[Row]]) -> bool:
        """Start one question; whether it has left the queue (begun, answered, failed or cancelled)."""
        try:
            if ask.cancelled:
                if isinstance(ask, Ask):
                    ask.emit(Ended("cancelled", 0, time.monotonic() - ask.arrived, None))
                return True
            group, adapter = self._find(ask)
            if isinstance(ask, ScoreAsk):
                self._score(ask, group, adapter)
                return True
            batch = self._batch(group)
            if batch is None:
                return False
            arriving.setdefault(group.key, []).append(self._row(ask, group, adapter))
        except Exception as error:  # one question's failure is its own answer
            self._refuse([ask], error)
        return True

    def _find(self, ask: Ask | ScoreAsk) -> tuple[Any, str]:
        """The group in memory and the adapter's name in it, loading what is missing."""
        if self._shelf is None:
            from lab.engine.weights import Shelf

            self._shelf = Shelf(self._models, self._runs, self._options)
            self.device = self._shelf.device.type
        group, adapter = self._shelf.find(ask.wanted)
        busy = {key for key, batch in self._batches.items() if batch.rows}
        self._shelf.make_room(busy | {group.key})
        self._batches = {key: batch for key, batch in self._batches.items() if key in busy | set(self._shelf.groups)}
        self.loaded = tuple(name for held in self._shelf.groups.values() for name in (held.key, *held.adapters))
        return group, str(adapter)

    def _batch(self, group: Any) -> Any:
        """The group's batch if it takes rows now, else ``None``."""
        from lab.engine.batch import Batch

        batch = self._batches.get(group.key)
        if batch is None or (batch.group is not group and not batch.rows):
            batch = self._batches[group.key] = Batch(group)
        return batch if batch.group is group and batch.may_join else None

    def _row(self, ask: Ask, group: Any, adapter: str) -> Row:
        from lab.engine.sampling import Sampler

        prompt = group.renderer.prompt_ids(ask.messages)
        room = group.limit - len(prompt)
        if room < 1:
            raise EngineError("engine.too_long", tokens=len(prompt), limit=group.limit, name=ask.wanted.name)
        row = Row(ask, prompt, group.renderer.tokenizer, group.ends, room)
        row.adapter = adapter
        row.sampler = Sampler(ask.decoding, group.ends)
        ask.emit(Started(len(prompt), group.fingerprints[adapter]))
        return row

    def _score(self, ask: ScoreAsk, group: Any, adapter: str) -> None:
        from lab.engine.batch import score

        sequences = [_candidate(group.renderer, ask.messages, text) for text in ask.candidates]
        longest = max(len(ids) for ids, _ in sequences)
        if longest > group.limit:
            raise EngineError("engine.too_long", tokens=longest, limit=group.limit, name=ask.wanted.name)
        ask.done((score(group, [adapter] * len(sequences), sequences), group.fingerprints[adapter]))

    def _step(self, key: str) -> None:
        batch = self._batches[key]
        try:
            batch.step()
        except Exception as error:  # becomes the answer of the rows being written
            self._refuse([row.ask for row in batch.clear() if row.reason is None], error)

    def _refuse(self, asks: list[Ask] | list[ScoreAsk] | list[Ask | ScoreAsk], error: Exception) -> None:
        told = self._sentence(error)
        for ask in asks:
            if isinstance(ask, ScoreAsk):
                ask.done(told)
            else:
                ask.emit(Failed(told))

    def _sentence(self, error: Exception) -> LabError:
        """What a person is told; the log keeps the rest under the reference number."""
        if isinstance(error, LabError):
            return error
        reference = secrets.token_hex(4)
        LOG.error("reference %s", reference, exc_info=error)
        if isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__ or _allocation(error):
            with contextlib.suppress(Exception):
                import torch

                torch.cuda.empty_cache()
            return EngineError("engine.out_of_memory")
        return EngineError("engine.failed", reference=reference, log=str(self._log))


def _allocation(error: Exception) -> bool:
    """Whether torch says that an allocation failed (on a CPU it is a plain ``RuntimeError``)."""
    text = str(error)
    return isinstance(error, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text)


def _candidate(renderer: Any, messages: tuple[Message, ...], text: str) -> tuple[list[int], int]:
    """The ids of the conversation ending with ``text`` as the assistant's turn, and where that turn starts.

    The turn is what training puts loss on: the text and its end-of-turn mark.
    """
    rendered = renderer.render([*messages, Message("assistant", text)])[-1]
    begin, end = rendered.spans[-1]
    inside = [at for at, (start, stop) in enumerate(rendered.offsets) if start < end and stop > begin]
    return list(rendered.ids[: inside[-1] + 1]), inside[0]
