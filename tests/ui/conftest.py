"""Building a page leaves event loops open: they are closed after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from event_loops import closed_at_the_end


@pytest.fixture(autouse=True)
def _loops_are_closed() -> Iterator[None]:
    with closed_at_the_end():
        yield
