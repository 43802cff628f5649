"""Answers given elsewhere, brought as a file: they are scored beside those asked here.

Knows: how such a file is read and which answer belongs to which question. Must not know what is done with answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab.errors import EvalError
from lab.text import normal

_ANSWERS = ("prediction", "answer", "output", "response")
_QUESTIONS = ("question", "prompt", "input")


def frozen(path: Path) -> str:
    """The answers of ``path`` as one JSON document, row id or folded question → answer, to be kept with an evaluation.

    Raises ``EvalError`` with the first line that is no answer, or where two lines answer one question differently.
    """
    try:
        text = path.expanduser().read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise EvalError("evals.no_predictions", file=str(path)) from None
    found: dict[str, str] = {}
    for number, record in _records(text, path):
        key = _key(record)
        answer = next((record[name] for name in _ANSWERS if isinstance(record.get(name), str)), None)
        if not key or answer is None:
            raise EvalError("evals.bad_prediction", file=path.name, line=number)
        if found.setdefault(key, answer) != answer:
            raise EvalError("evals.prediction_twice", file=path.name, line=number)
    if not found:
        raise EvalError("evals.no_predictions", file=str(path))
    return json.dumps(found, ensure_ascii=False)


def path(contestant: str) -> Path:
    """The file of a contestant named ``file:PATH``."""
    return Path(contestant.removeprefix("file:"))


def find(answers: dict[str, str], row_id: str, question: str) -> str | None:
    """The answer to a row, by its id or by its question; ``None`` if there is none."""
    return answers.get(row_id, answers.get(f"?{normal(question)}"))


def _records(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if not isinstance(record, dict):
                raise EvalError("evals.bad_prediction", file=path.name, line=number)
            yield number, record


def _key(record: dict[str, Any]) -> str:
    """A row's id as it is; a question folded, with a mark that no id has."""
    if isinstance(record.get("id"), str) and record["id"]:
        return str(record["id"])
    asked = next((record[name] for name in _QUESTIONS if isinstance(record.get(name), str)), "")
    return f"?{normal(asked)}" if asked.strip() else ""
