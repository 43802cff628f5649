"""Event loops that others leave open, closed in the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator


class _Remembering(asyncio.DefaultEventLoopPolicy):
    def __init__(self) -> None:
        super().__init__()
        self.made: list[asyncio.AbstractEventLoop] = []

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        self.made.append(loop)
        return loop


@contextlib.contextmanager
def closed_at_the_end() -> Iterator[None]:
    """Building a page leaves event loops open (gradio 6.31.0, ``utils.safe_get_lock``)."""
    before, ours = asyncio.get_event_loop_policy(), _Remembering()
    asyncio.set_event_loop_policy(ours)
    yield
    asyncio.set_event_loop_policy(before)
    for loop in ours.made:
        if not loop.is_running():
            loop.close()
