"""Several questions to whoever writes, at once.

Knows: that results are given as they come, that a stop is heard between two of them, and that what is still being
written then is forgotten. Must not know what is asked.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from lab.engine.provider import Provider, Reply
from lab.records import Decoding, Message

Thing = TypeVar("Thing")
Result = TypeVar("Result")
_LOOK_EVERY = 0.2


class _Over(Exception):
    """Ends a thread that waits."""


class Together:
    """A provider asked from several threads."""

    def __init__(self, provider: Provider, at_once: int) -> None:
        self._provider, self._at_once = provider, at_once
        self._over = threading.Event()

    def ask(self, messages: tuple[Message, ...], decoding: Decoding) -> Reply:
        """One reply; ends its thread when everything is over."""
        if self._over.is_set():
            raise _Over
        return self._provider.ask(messages, decoding, self._pause)

    def each(
        self, work: Callable[[Thing], Result], things: Sequence[Thing], is_stopped: Callable[[], object]
    ) -> Iterator[tuple[Thing, Result]]:
        """Each thing with what ``work`` makes of it, as they come; ends when all are done or somebody stops.

        The threads are daemons: a reply that is still being written does not keep a stopped job alive. What ``work``
        raises is raised here.
        """
        waiting: queue.SimpleQueue[Thing] = queue.SimpleQueue()
        ready: queue.SimpleQueue[tuple[Thing, Result] | Exception] = queue.SimpleQueue()
        for thing in things:
            waiting.put(thing)

        def serve() -> None:
            while True:
                try:
                    thing = waiting.get_nowait()
                    ready.put((thing, work(thing)))
                except (queue.Empty, _Over):
                    return
                except Exception as error:  # raised again in the job's own thread
                    ready.put(error)
                    return

        for _ in range(min(self._at_once, len(things))):
            threading.Thread(target=serve, daemon=True).start()
        try:
            yield from self._results(ready, len(things), is_stopped)
        finally:
            self._over.set()

    def _results(
        self,
        ready: queue.SimpleQueue[tuple[Thing, Result] | Exception],
        wanted: int,
        is_stopped: Callable[[], object],
    ) -> Iterator[tuple[Thing, Result]]:
        count = 0
        while count < wanted and not is_stopped():
            try:
                result = ready.get(timeout=_LOOK_EVERY)
            except queue.Empty:
                continue
            if isinstance(result, Exception):
                raise result
            count += 1
            yield result

    def _pause(self, seconds: float) -> None:
        if self._over.wait(seconds):
            raise _Over
