"""What every tab of one language's page shares: the lab, the language, what the visitor has chosen, and its clock.

Knows: how a sentence is said, how an event is wired (held to a right, errors as toasts, private) and what a visitor
has chosen. Must not know any tab.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partialmethod
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import urlencode

import gradio as gr

from lab import access, recorded, teaching, words
from lab.access import Right
from lab.lab import Lab
from lab.records import Version
from lab.ui.present import guarded
from lab.ui.seam import held

FOLDER = Path(__file__).parent
LANGUAGE_NAMES = {"en": "English", "zh": "中文"}
PATHS = {"en": "", "zh": "zh"}
HTML_LANGUAGE = {"en": "en", "zh": "zh-CN"}
SECONDS_BETWEEN_TICKS = 2.0
"""Of the clock, while a job is alive."""
NEEDS = "needs-"
"""Begins the class of what only those see who have the right it ends with."""
TABS = ("data", "train", "compare", "board", "teach")
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class Selection:
    """What one visitor has chosen; travels in the address, so that a link or the other language shows the same."""

    tab: str = "data"
    data: str = ""
    run: str = ""
    """Job id of a training run, running or done."""
    evaluation: str = ""
    review: str = ""
    """Job id of a synthesis."""
    items: str = ""
    """Which questions the Scoreboard shows."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """The selection an address carries; what it does not know is left out.

        An address that says nothing opens a lab that was made for one run on that run.
        """
        named = {f.name for f in fields(cls)}
        told = query if named & set(query) else recorded.opening()
        known = {name: str(told[name])[:100] for name in named if told.get(name)}
        if known.get("tab") not in TABS:
            known.pop("tab", None)
        return cls(**known)

    def query(self) -> str:
        """The selection as the end of an address, empty when nothing is chosen."""
        chosen = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return f"?{urlencode(chosen)}" if chosen else ""

    def with_(self, **changes: str) -> Selection:
        """The selection with some of it chosen anew."""
        return replace(self, **changes)


def chosen_data(lab: Lab, selection: Selection, language: str) -> Version | None:
    """The data set the page is about: the one chosen, else one's own newest, else the one shipped in ``language``.

    A host's own are not those of visitors; of those shipped, one that a lesson made comes last.
    """
    mine = access.current().owns

    def distance(version: Version) -> tuple[bool, ...]:
        chosen, others, shipped = version.dataset == selection.data, version.owner != mine, version.recorded
        foreign, taught = version.language != language, version.format == teaching.FORMAT
        return not chosen, shipped, others, shipped and foreign, shipped and taught

    return min(lab.datasets.current(), key=distance, default=None)


@dataclass(frozen=True)
class Page:
    """One language's page, as one of its tabs sees it; holds no visitor's state."""

    lab: Lab
    language: str
    selection: gr.State = field(repr=False)
    clock: gr.Timer = field(repr=False)
    """Ticks only while a job is waiting or running and the tab is shown."""
    tabs: gr.Tabs = field(repr=False)

    def say(self, key: str, **values: Any) -> str:
        """The sentence in the page's language."""
        return words.say(key, self.language, **values)

    def awake(self) -> dict[Any, Any]:
        """The update that sets the clock going, for handlers that start a job."""
        return {self.clock: gr.Timer(active=True)}

    def on(
        self,
        event: Callable[..., Any],
        handler: Callable[..., Any],
        inputs: Any = None,
        outputs: Any = None,
        *,
        right: Right = Right.WRITE,
        **options: Any,
    ) -> Any:
        """Wire ``handler`` to ``event``: private, quiet, its errors shown as sentences.

        It runs as whoever sent the event, and only if they have ``right``: a handler is the host's unless it is bound
        by one of the names below. What is pressed for it is shown only to those who have the right.
        """
        _only_for(right, event)
        bound = guarded(held(handler, self.lab.access, right), self.language)
        return event(bound, inputs, outputs, **{**_QUIET, **options})

    reads = partialmethod(on, right=Right.READ)
    """For handlers that change nothing on the disk: open to everybody."""
    asks = partialmethod(on, right=Right.CHAT)
    """For handlers that ask the models: open to visitors within their limits."""
    votes = partialmethod(on, right=Right.VOTE)
    """For handlers that keep a vote: open to visitors."""
    teaches = partialmethod(on, right=Right.TEACH)
    """For handlers that work in a visitor's own corner (``access.require_own``)."""
    writes = partialmethod(on, right=Right.WRITE)
    """For everything else: the host's."""

    def data(self, selection: Selection) -> Version | None:
        """The data set the page is about."""
        return chosen_data(self.lab, selection, self.language)


def _only_for(right: Right, event: Callable[..., Any]) -> None:
    """Have the style sheet put away what is pressed where the page's head says that its reader lacks the right.

    Of a drawn view that is its forms, or what it reports clicks of.
    """
    pressed, needs = getattr(event, "__self__", None), f"{NEEDS}{right}"
    if isinstance(pressed, gr.HTML):
        needs = f"{event.event_name}-{needs}"  # type: ignore[attr-defined]  # gradio is not typed
    elif not isinstance(pressed, (gr.Button, gr.UploadButton, gr.File, gr.Textbox)):
        return
    known = pressed.elem_classes or []
    if right is not Right.READ and not any(name.startswith(NEEDS) for name in known):
        pressed.elem_classes = [*known, needs]


def picks(**options: Any) -> gr.HTML:
    """An HTML view whose elements with ``data-pick`` report a click with that value (``picked`` reads it)."""
    return gr.HTML(js_on_load="labPicks(element, trigger)  // 'click'", **options)


def forms(**options: Any) -> gr.HTML:
    """As ``picks``; its forms report ``submit`` with their name, their row and their fields (``sent`` reads them)."""
    return gr.HTML(js_on_load="labForms(element, trigger, watch)  // 'click' 'submit'", **options)


@dataclass(frozen=True)
class Sent:
    """A form that was sent."""

    form: str
    row: str
    """What it is about; empty where it is about nothing there is."""
    fields: list[tuple[str, str]]
    """Name and value of every field, in order; boxes only where they are ticked."""

    def all(self, name: str) -> list[str]:
        """The values of the fields with that name."""
        return [value for known, value in self.fields if known == name]

    def one(self, name: str) -> str:
        """The value of the first field with that name; empty where there is none."""
        return next(iter(self.all(name)), "")


def sent(event: gr.EventData) -> Sent:
    """What a form reported."""
    told = event._data
    fields = [(str(name), str(value)) for name, value in told.get("fields", [])]
    return Sent(str(told.get("form", "")), str(told.get("row", "")), fields)


def picked(event: gr.EventData) -> str:
    """The value of the element that was clicked."""
    return str(event._data.get("pick", ""))


class Leaf(Protocol):
    """A tab: it builds itself, and shows itself anew for a selection into its ``outputs``."""

    outputs: list[Any]
    watched: list[Any]
    """Those of ``outputs`` that follow a job; empty where nothing does."""

    def build(self) -> None:
        """Lay out and wire the tab in the current context."""

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The whole tab as things stand."""

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """What follows a job, as it stands."""
