"""A form made from a dataclass of knobs, and the dataclass made back from the form.

Knows: which component a field's type and bounds ask for. The dataclass field stays the only statement of
default, bounds and words. Must not know any particular setting.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import gradio as gr

from lab import fields, words
from lab.fields import Knob

Settings = TypeVar("Settings")
FEW = 4
"""Up to this many choices are shown side by side."""


class Form(Generic[Settings]):
    """The fields of one dataclass as components, the advanced ones folded away."""

    def __init__(self, kind: type[Settings], language: str, *, leave_out: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self.language = language
        self.knobs = {name: about for name, about in fields.knobs(kind).items() if name not in leave_out}
        self.components: list[Any] = []

    def build(self, default: Settings) -> list[Any]:
        """Lay the form out here with ``default``'s values; returns the components in the order ``read`` wants."""
        made: dict[str, Any] = {}
        with gr.Column(elem_classes="form-grid"):
            for name, about in self.knobs.items():
                if not about.advanced:
                    made[name] = self._component(name, about, getattr(default, name))
        advanced = {name: about for name, about in self.knobs.items() if about.advanced}
        if advanced:
            with (
                gr.Accordion(words.say("ui.advanced", self.language), open=False, elem_classes="fold"),
                gr.Column(elem_classes="form-grid"),
            ):
                for name, about in advanced.items():
                    made[name] = self._component(name, about, getattr(default, name))
        self.components = [made[name] for name in self.knobs]
        return self.components

    def read(self, values: Sequence[Any], start: Settings) -> Settings:
        """``start`` with the form's values; raises ``UsageError`` naming the field that is out of bounds."""
        pairs = zip(self.knobs, values, strict=True)
        filled = dataclasses.replace(start, **{name: self._typed(name, value) for name, value in pairs})  # type: ignore[type-var]
        fields.check(filled)
        return filled

    def values(self, settings: Settings) -> list[Any]:
        """The values that make the form show ``settings``, in the order of its components."""
        return [getattr(settings, name) for name in self.knobs]

    def _typed(self, name: str, value: Any) -> Any:
        """Browsers send whole numbers for decimals and decimals for whole numbers."""
        wanted = fields.field_type(self.kind, name)
        if value is None or value == "":
            return None if wanted is not str else ""
        return wanted(value)

    def _component(self, name: str, about: Knob, value: Any) -> Any:
        label = words.say(about.key, self.language)
        info = words.say(f"{about.key}_help", self.language) if words.has(f"{about.key}_help") else None
        wanted = fields.field_type(self.kind, name)
        shared = {"label": label, "info": info, "value": value, "elem_classes": "knob"}
        if about.choices:
            kind = gr.Radio if len(about.choices) <= FEW else gr.Dropdown
            return kind(choices=[(self._choice(about, choice), choice) for choice in about.choices], **shared)
        if wanted is bool:
            return gr.Checkbox(**shared)
        if wanted is str:
            return gr.Textbox(**shared)
        if about.low is not None and about.high is not None and _slides(wanted, about.low, about.high):
            return gr.Slider(about.low, about.high, step=1 if wanted is int else 0.01, **shared)
        return gr.Number(precision=0 if wanted is int else None, minimum=about.low, maximum=about.high, **shared)

    def _choice(self, about: Knob, choice: str) -> str:
        key = f"{about.key}_{choice}"
        return words.say(key, self.language) if words.has(key) else choice


def _slides(wanted: type, low: float, high: float) -> bool:
    """Whether every value worth having can be hit on a slider."""
    return high - low <= 256 if wanted is int else low == 0 and 0.5 <= high <= 10
