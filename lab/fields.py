"""One statement per setting: a dataclass field that carries default, bounds and words.

Knows: how to declare such a field, check a value and read it from text. The page's form, the
command line's options, the saved YAML and the docs table are all made from these fields.
Must not know: any particular setting.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

from lab.errors import UsageError


@dataclass(frozen=True)
class Knob:
    """What is known of one setting besides its name and type."""

    key: str
    """Words: ``<key>`` is the label, ``<key>_help`` the one-line explanation."""
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    advanced: bool = False
    """Shown folded away."""


def knob(
    default: Any,
    key: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    advanced: bool = False,
) -> Any:
    """A dataclass field with its ``Knob`` in the metadata."""
    about = Knob(key, low, high, choices, advanced)
    return field(default=default, metadata={"knob": about})


def knobs(kind: type) -> dict[str, Knob]:
    """Field name → ``Knob``, in order, for the fields of dataclass ``kind`` that have one."""
    return {f.name: f.metadata["knob"] for f in dataclasses.fields(kind) if "knob" in f.metadata}


def field_type(kind: type, name: str) -> type:
    """The plain type of a field: int, float, bool or str (``X | None`` gives X)."""
    hint = get_type_hints(kind)[name]
    plain = [part for part in get_args(hint) if part is not type(None)] or [hint]
    wanted: type = plain[0]
    return wanted


def check(instance: Any) -> None:
    """Raise ``UsageError`` naming the first field outside its bounds or choices."""
    for name, about in knobs(type(instance)).items():
        value = getattr(instance, name)
        if about.choices and value not in about.choices:
            raise UsageError("fields.not_a_choice", name=name, value=value, allowed=", ".join(about.choices))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            too_low = about.low is not None and value < about.low
            too_high = about.high is not None and value > about.high
            if too_low or too_high or not math.isfinite(value):
                raise UsageError("fields.out_of_bounds", name=name, value=value, low=about.low, high=about.high)


def parse(kind: type, name: str, text: str) -> Any:
    """The value of field ``name`` written as ``text``; raises ``UsageError`` if it cannot be read."""
    if name not in {f.name for f in dataclasses.fields(kind)}:
        raise UsageError("fields.unknown", name=name, allowed=", ".join(knobs(kind)))
    wanted = field_type(kind, name)
    try:
        if wanted is bool:
            return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.strip().lower()]
        return wanted(text.strip())
    except (KeyError, ValueError):
        raise UsageError("fields.unreadable", name=name, value=text, kind=wanted.__name__) from None
