"""A file of predictions and references, scored without any model.

Knows: how such a file is read line by line and turned into figures; a line that cannot be scored is counted, with
its number. Must not know contestants.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.errors import EvalError
from lab.evals.metrics import Metric, metrics_for
from lab.evals.statistics import level

LONGEST = 20_000
"""Characters of a text; a longer one is no answer, and n-grams of it take minutes."""


def score_file(path: Path, say: Callable[[str], str]) -> dict[str, Any]:
    """``{"n", "metrics": {name: {value, low, high, n, not_scored, identity, note}}, "problems"}`` of a JSONL file.

    Rows are ``{"prediction", "reference"}``, with an optional ``group`` that intervals go by; ``say`` turns the words
    key of a note into a sentence. Raises ``EvalError`` where there is no file or nothing to score in it.
    """
    rows, problems = _read(path)
    if not rows:
        raise EvalError("evals.nothing_to_score", file=path.name, lines=len(problems))
    metrics = {one.name: _figure(one, rows, len(problems), say) for one in metrics_for([row[1] for row in rows])}
    return {"n": len(rows), "metrics": metrics, "problems": problems}


def _read(path: Path) -> tuple[list[tuple[str, str, str]], list[dict[str, Any]]]:
    """``(prediction, reference, group)`` of each good line, and ``{"line", "code"}`` of each bad one."""
    rows: list[tuple[str, str, str]] = []
    problems: list[dict[str, Any]] = []
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                read = _row(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, number) if line.strip() else ""
                if isinstance(read, tuple):
                    rows.append(read)
                elif read:
                    problems.append({"line": number, "code": read})
    except OSError:
        raise EvalError("evals.no_score_file", file=str(path)) from None
    return rows, problems


def _row(line: bytes, number: int) -> tuple[str, str, str] | str:
    """The row, or the code of what is wrong with it."""
    if len(line) > 16 * LONGEST:
        return "too_long"
    try:
        value = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return "not_json"
    if not isinstance(value, dict):
        return "not_an_object"
    texts = [_text(value.get(name)) for name in ("prediction", "reference")]
    if texts[1] is None or not texts[1].strip():
        return "no_reference"
    if texts[0] is None:
        return "no_prediction"
    if max(map(len, (texts[0], texts[1]))) > LONGEST:
        return "too_long"
    return texts[0], texts[1], str(value.get("group", number))


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return json.dumps(value) if is_number else None


def _figure(one: Metric, rows: list[tuple[str, str, str]], bad: int, say: Callable[[str], str]) -> dict[str, Any]:
    scored = [(vector, group) for said, wanted, group in rows if (vector := one.vector(said, wanted)) is not None]
    not_scored = bad + len(rows) - len(scored)
    result: dict[str, Any] = {"value": None, "low": None, "high": None, "n": 0, "not_scored": not_scored}
    if scored:
        vectors, groups = [vector for vector, _ in scored], [group for _, group in scored]
        found = level(vectors, groups, one.value, is_share=one.is_share, top=one.top)
        result |= {"value": found.value, "low": found.low, "high": found.high, "n": found.n}
    note = one.note if scored else one.none
    identity = f"{one.identity}|n={len(scored)}|skipped={not_scored}"
    return {**result, "identity": identity, "note": say(note) if note else ""}
