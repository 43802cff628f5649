"""Errors a person is shown.

Knows: which sentence (a key of ``lab.words``) and which values it needs.
Must not know: where it will be shown. The command line and the page turn a ``LabError`` into
text with ``sentence(language)``; anything else that is raised is a bug and gets a reference number.

    LabError
      DataError      a file, a row, a data set
      ModelError     a base model: missing, gated, half downloaded
      JobError       a job that cannot start, stop or resume
      EngineError    the process that answers questions
      EvalError      an evaluation
      ShipError      exports
      UsageError     an option or setting outside what is allowed
      AccessError    what whoever asks may not do
"""

from __future__ import annotations

from typing import Any

from lab import words


class LabError(Exception):
    """Base of everything a person is meant to read; carries a sentence key and its values.

    >>> DataError("data.empty_file", file="a.jsonl").sentence("en")   # doctest: +SKIP
    """

    def __init__(self, key: str, /, **values: Any) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values

    def sentence(self, language: str) -> str:
        """The sentence in ``language`` ("zh" or "en"): what happened, why, what to do."""
        return words.say(self.key, language, **self.values)

    def __str__(self) -> str:
        return self.sentence("en")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.key, self.values))


def _rebuild(kind: type[LabError], key: str, values: dict[str, Any]) -> LabError:
    return kind(key, **values)


class DataError(LabError):
    """A file, a row or a data set."""


class ModelError(LabError):
    """A base model that is missing, gated or incomplete."""


class JobError(LabError):
    """A job that cannot start, stop or resume."""


class EngineError(LabError):
    """The process that answers questions."""


class EvalError(LabError):
    """An evaluation that cannot be run or read."""


class ShipError(LabError):
    """An export that cannot be written."""


class UsageError(LabError):
    """An option or setting outside what is allowed."""


class AccessError(LabError):
    """Something that whoever asks may not do."""
