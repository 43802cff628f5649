"""The page a pushed data set is described on: its README.

Knows: what is said of a version, in the person's language. Everything in it is counted in the rows. Must not know how
it gets to the hub.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from lab import words
from lab.records import Row, Version

_USE = """```python
from datasets import load_dataset

load_dataset("{repository}")
```"""
_MOST = 20
"""Files, documents and rules named one by one."""


def card(version: Version, rows: Iterable[Row], repository: str, ending: str, language: str) -> str:
    """The README of ``version`` as Markdown with the block of settings that the hub reads."""
    counted = _counted(rows)
    parts = [
        _settings(version),
        f"# {version.dataset}\n\n" + _say("card_about", language, rows=version.rows, groups=version.groups),
        _splits(version, language),
        _provenance(counted, version, language),
        _say("card_use", language)
        + f'\n\n```python\nfrom datasets import load_dataset\n\nload_dataset("{repository}")\n```',
        f"## {_say('card_licence', language)}\n\n{_say('card_licence_fill', language)}",
        _say("card_made", language, version=version.version, format=ending),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _say(name: str, language: str, **values: Any) -> str:
    return words.say(f"hub.{name}", language, **values)


def _settings(version: Version) -> str:
    languages = {"zh": ["zh"], "en": ["en"]}.get(version.language, ["zh", "en"])
    lines = ["---", "language:", *(f"- {name}" for name in languages), "task_categories:", "- text-generation", "---"]
    return "\n".join(lines)


def _splits(version: Version, language: str) -> str:
    rows = [f"| {split} | {count} |" for split, count in version.splits.items()]
    head = f"| {_say('card_split', language)} | {_say('card_rows', language)} |\n| --- | ---: |"
    mode = _say("card_mode", language, mode=words.say(f"hub.mode_{version.mode}", language))
    reason = words.say(version.mode_reason, language) if words.has(version.mode_reason) else ""
    return "\n".join([head, *rows]) + f"\n\n{mode} {reason}".rstrip()


def _counted(rows: Iterable[Row]) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("status", "file", "document", "rule", "tag")}
    for row in rows:
        counts["status"][row.status] += 1
        counts["file"][row.file or "—"] += 1
        counts["tag"].update(row.tags)
        if row.document:
            counts["document"][row.document] += 1
        if row.rule:
            counts["rule"][row.rule] += 1
    return counts


def _provenance(counts: dict[str, Counter[str]], version: Version, language: str) -> str:
    lines = [f"## {_say('card_provenance', language)}", ""]
    for status, count in counts["status"].most_common():
        lines.append(f"- {words.say(f'hub.status_{status}', language)}: {count}")
    for name in ("file", "document", "rule", "tag"):
        if counts[name]:
            listed = ", ".join(f"`{value}` {count}" for value, count in counts[name].most_common(_MOST))
            more = " …" if len(counts[name]) > _MOST else ""
            lines.append(f"- {words.say(f'hub.card_by_{name}', language)}: {listed}{more}")
    if version.checks:
        lines.append(f"- {_say('card_checks', language)}: " + ", ".join(check.name for check in version.checks))
    return "\n".join(lines)
