"""How facts and failures reach a person: small pieces of HTML, numbers as text, errors as toasts.

Knows: escaping, formats of numbers and times, and how an exception becomes a sentence. Whatever comes from a
file or a model passes through ``text``. Must not know any tab.
"""

from __future__ import annotations

import functools
import inspect
import logging
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from itertools import zip_longest
from typing import Any

import gradio as gr

from lab import words
from lab.errors import LabError

log = logging.getLogger("lab")
_TAGS = re.compile("<[^>]*>")


def text(value: Any) -> str:
    """``value`` safe to put between tags or into a quoted attribute."""
    return escape(str(value), quote=True)


def whole(answer: str) -> str:
    """An answer without the first bytes of a character it was cut off in, which nobody can read."""
    return answer.rstrip("\ufffd")


def tag(name: str, content: str = "", /, **attributes: Any) -> str:
    """One element; ``class_`` is ``class``, underscores become dashes, ``None`` and ``False`` leave one out."""
    parts = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        plain = key.rstrip("_").replace("_", "-")
        parts.append(f" {plain}" if value is True else f' {plain}="{text(value)}"')
    return f"<{name}{''.join(parts)}>{content}</{name}>"


def table(head: Iterable[str], rows: Iterable[Iterable[str]], *, caption: str = "", class_: str = "plain") -> str:
    """A table of ready HTML cells; its first column heads the row.

    Each cell carries its column's name, which stands over it on a phone, where a row is a block.
    """
    named = list(head)
    heads = "".join(tag("th", cell, scope="col") for cell in named)
    plain = [_TAGS.sub("", cell) for cell in named]
    body = "".join(tag("tr", _cells(row, plain)) for row in rows)
    shown = tag("caption", text(caption)) if caption else ""
    return tag(
        "div",
        tag("table", f"{shown}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody>", class_=class_),
        class_="scroll",
    )


def _cells(row: Iterable[str], names: Sequence[str]) -> str:
    first, *rest = row
    told = zip_longest(rest, names[1:], fillvalue="")
    return tag("th", first, scope="row") + "".join(f'<td data-head="{name}">{cell}</td>' for cell, name in told)


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of label and ready HTML value."""
    return tag("dl", "".join(tag("div", tag("dt", text(k)) + tag("dd", v)) for k, v in pairs), class_="facts")


def number(value: float | None, digits: int = 3) -> str:
    """A figure for a person: few digits, never in scientific notation above a thousandth, a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, int) or (abs(value) >= 1000 and digits <= 3):
        return f"{value:,.0f}"
    if value and abs(value) < 0.001:
        return f"{value:.{digits}g}"
    shown = f"{value:.{digits}f}"
    return shown.rstrip("0").rstrip(".") if digits else shown


def percent(share: float | None, language: str) -> str:
    """A share as a whole percentage; a dash where there is none."""
    return "–" if share is None else words.say("ui.percent", language, n=round(100 * share))


def duration(seconds: float, language: str) -> str:
    """Seconds as “48 s”, “3 min 20 s” or “1 h 05 min” in the page's language."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return words.say("ui.hours", language, hours=hours, minutes=f"{minutes:02d}")
    if minutes:
        return words.say("ui.minutes", language, minutes=minutes, seconds=f"{rest:02d}")
    return words.say("ui.seconds", language, seconds=rest)


def when(stamp: str) -> str:
    """An ISO time as day and minute, shown as it was written (UTC)."""
    return tag("time", text(stamp[:16].replace("T", " ")), datetime=stamp)


def badge(content: str, kind: str = "", title: str = "") -> str:
    """A small labelled mark; ``kind`` is a style (``base``, ``tuned``, ``warn``, ``bad``, ``good``)."""
    return tag("span", text(content), class_=f"badge {kind}".strip(), title=title or None)


def meter(share: float, label: str) -> str:
    """A bar of how much is done, with its words for those who do not see it."""
    percent = round(100 * min(1.0, max(0.0, share)))
    fill = tag("span", "", style=f"width:{percent}%")
    return tag(
        "div",
        fill,
        class_="meter",
        role="progressbar",
        aria_valuenow=percent,
        aria_valuemin=0,
        aria_valuemax=100,
        aria_label=label,
    )


def empty(title: str, sentence: str) -> str:
    """What will be here, and how something comes here."""
    return tag("div", tag("h2", text(title), class_="empty-title") + tag("p", text(sentence)), class_="empty")


def guarded(handler: Callable[..., Any], language: str) -> Callable[..., Any]:
    """The same handler, whose failures become toasts.

    A ``LabError`` shows its sentence; anything else a reference number, with the traceback in the log only.
    """
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def stream(*values: Any) -> Iterator[Any]:
            try:
                yield from handler(*values)
            except Exception as error:  # the boundary: a failure becomes a toast and a log entry
                raise toast(error, language) from None

        return stream

    @functools.wraps(handler)
    def once(*values: Any) -> Any:
        try:
            return handler(*values)
        except Exception as error:  # as above
            raise toast(error, language) from None

    return once


def toast(error: Exception, language: str) -> gr.Error:
    """What the page shows for ``error``; an unexpected one is logged under the number shown."""
    title = words.say("ui.toast_title", language)
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, LabError):
        return gr.Error(text(error.sentence(language)), title=title, duration=12, print_exception=False)
    reference = secrets.token_hex(4)
    log.error("unexpected error %s", reference, exc_info=error)
    sentence = words.say("ui.unexpected", language, reference=reference)
    return gr.Error(sentence, title=title, duration=None, print_exception=False)
