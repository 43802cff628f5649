"""Building a page leaves event loops open (gradio 6.31.0, ``utils.safe_get_lock``): they are closed after each test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest


class _Remembering(asyncio.DefaultEventLoopPolicy):
    def __init__(self) -> None:
        super().__init__()
        self.made: list[asyncio.AbstractEventLoop] = []

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = super().new_event_loop()
        self.made.append(loop)
        return loop


@pytest.fixture(autouse=True)
def _loops_are_closed() -> Iterator[None]:
    before, ours = asyncio.get_event_loop_policy(), _Remembering()
    asyncio.set_event_loop_policy(ours)
    yield
    asyncio.set_event_loop_policy(before)
    for loop in ours.made:
        loop.close()
