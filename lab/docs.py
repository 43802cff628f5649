"""Passages of the documentation that are made from the code: ``python -m lab.docs`` rewrites them.

Knows: the front matter of the README (from ``spaces.yaml``), the table of settings (from ``lab.settings``) and the
table of the recipe (from ``lab.train.recipe``). A test fails when a passage is stale. Must not know prose.
"""

from __future__ import annotations

import re
import sys

from lab import settings, words
from lab.fields import knobs
from lab.settings import PROJECT
from lab.ship.space import described, front_matter
from lab.train.recipe import SftRecipe
from lab.workspace import write_text

README = PROJECT / "README.md"


def settings_table() -> str:
    """The environment names as a Markdown table."""
    lines = ["| name | default | what it is |", "|---|---|---|"]
    lines += [f"| `{name}` | {default or '—'} | {words.say(key, 'en')} |" for name, default, key in settings.table()]
    return "\n".join(lines) + "\n"


def recipe_table() -> str:
    """The settings of a training run as a Markdown table."""
    lines = ["| setting | default | range | what it does |", "|---|---|---|---|"]
    defaults = SftRecipe()
    for name, knob in knobs(SftRecipe).items():
        bounds = ", ".join(knob.choices) or (f"{knob.low:g} – {knob.high:g}" if knob.high is not None else "—")
        if knob.low is None or knob.high is None:
            bounds = ", ".join(knob.choices) or "—"
        lines.append(f"| `{name}` | {getattr(defaults, name)} | {bounds} | {words.say(f'{knob.key}_help', 'en')} |")
    return "\n".join(lines) + "\n"


def readme(text: str) -> str:
    """``text`` with its made passages as the code says today."""
    text = re.sub(r"\A(---\n.*?\n---\n)?", lambda _: front_matter(described()), text, count=1, flags=re.S)
    for name, made in (("settings", settings_table()), ("recipe", recipe_table())):
        passage = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        text = passage.sub(lambda found, made=made: found[1] + made + found[2], text)  # type: ignore[misc]
    return text


def main() -> int:
    """Rewrite the README's made passages."""
    write_text(README, readme(README.read_text("utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
