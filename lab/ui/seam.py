"""The one place where handlers are bound to events: each is run as whoever sent the event, if they have its right.

Knows: how gradio tells a handler's request apart, and that every call of an event goes through ``process_api``. Must
not know any handler. A handler bound around this place has no ``right``: it is the host's, and a page that holds one
does not open (``check_bound``).
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from lab.access import Access, Caller, Right, acting
from lab.access.door import CALLER
from lab.errors import AccessError
from lab.ui.present import toast

_LANGUAGES = {"": "en", "zh": "zh"}
"""By the path of a page."""


class HeldBlocks(gr.Blocks):  # type: ignore[misc]  # gradio is not typed
    """Pages whose events are refused to whoever lacks their right before gradio looks at what was sent with them."""

    async def process_api(self, block_fn: Any, *values: Any, **options: Any) -> Any:
        """As gradio's own, for those who may."""
        event = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        if event.fn is not None:
            try:
                sender(options.get("request")).require(getattr(event.fn, "right", Right.WRITE))
            except AccessError as problem:
                raise toast(problem, _LANGUAGES.get(event.page, "en")) from None
        return await super().process_api(block_fn, *values, **options)


def sender(request: Any) -> Caller:
    """Who sent an event with this request of gradio's; nobody, where that cannot be told."""
    sent = request.request if isinstance(request, gr.Request) else None
    found = sent.scope.get(CALLER) if sent else None
    return found if isinstance(found, Caller) else Caller()


def held(handler: Callable[..., Any], access: Access, right: Right) -> Callable[..., Any]:
    """The same handler, run as the sender of its event; raises ``AccessError`` where they do not have ``right``.

    A handler that asks the models takes a visitor's place among those who ask, until it ends.
    """

    @contextlib.contextmanager
    def admitted() -> Iterator[Caller]:
        caller = sender(LocalContext.request.get(None))
        caller.require(right)
        with access.place(caller) if right is Right.CHAT else contextlib.nullcontext():
            yield caller

    @functools.wraps(handler)
    def stream(*values: Any) -> Iterator[Any]:
        with admitted() as caller:
            steps = handler(*values)
            try:
                while True:
                    with acting(caller):  # around each step: gradio runs every one in a context of its own
                        try:
                            made = next(steps)
                        except StopIteration:
                            return
                    yield made
            finally:
                with acting(caller):
                    steps.close()

    @functools.wraps(handler)
    def once(*values: Any) -> Any:
        with admitted() as caller, acting(caller):
            return handler(*values)

    bound: Callable[..., Any] = stream if inspect.isgeneratorfunction(handler) else once
    bound.right = right  # type: ignore[attr-defined]
    return bound


def rights(demo: gr.Blocks) -> dict[int, Right | None]:
    """What every event of the pages that reaches the server needs, by its number; ``None``: bound around this place."""
    return {number: getattr(one.fn, "right", None) for number, one in demo.fns.items() if one.fn is not None}


def check_bound(demo: gr.Blocks) -> None:
    """Raise ``RuntimeError`` naming the handlers that were bound around this place: strangers could call them."""
    around = [str(demo.fns[number].fn) for number, right in rights(demo).items() if right is None]
    if around:
        raise RuntimeError(f"bound without Page.on: {', '.join(around)}")
