"""What was derived from many records, beside them, so that a large evaluation opens at once.

    jobs/<id>/board.json, diagnostics.json, questions.json

Each can always be computed again, and is where the records or the code have changed since.

Knows: these files. Must not know how anything is computed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lab.evals.board import Board
from lab.evals.figures import Figure
from lab.records import Record, from_json, to_json
from lab.workspace import read_json, write_text

MANY = 2000
"""From so many records on what is derived from them is kept."""
_COMPUTED = ("vector", "value")
"""What of a figure only serves to compute it."""


def keep(folder: Path, state: Any, board: Board) -> None:
    """Keep ``board``, which is that of the records in this ``state``."""
    plain = replace(board, figures=(), requirement=None, required="", required_row=None, aim=None, noise=None)
    figures = [{name: value for name, value in vars(one).items() if name not in _COMPUTED} for one in board.figures]
    # Bounds may be infinite, which JSON proper does not know and Python's does.
    stored = {"state": _stamp(state), "board": to_json(plain), "figures": to_json(figures)}
    write_text(folder / "board.json", json.dumps(stored, ensure_ascii=False))


def find(folder: Path, state: Any) -> Board | None:
    """The board kept of the records in this ``state``, held against nothing; ``None`` if there is none."""
    stored = read_json(folder / "board.json")
    if stored is None or stored["state"] != _stamp(state):
        return None
    figures = tuple(Figure(**{**_tuples(one), "vector": _gone, "value": _gone}) for one in stored["figures"])
    return replace(from_json(Board, stored["board"]), figures=figures)


def keep_one(folder: Path, state: Any, value: Any) -> None:
    """Keep a record of what was derived, in a file called as its kind is."""
    stored = {"state": _stamp(state), "value": to_json(value)}
    write_text(_place(folder, type(value)), json.dumps(stored, ensure_ascii=False))


def find_one(folder: Path, kind: type[Record], state: Any) -> Record | None:
    """The record of this ``kind`` kept of the files in this ``state``; ``None`` if there is none."""
    stored = read_json(_place(folder, kind))
    return None if stored is None or stored["state"] != _stamp(state) else from_json(kind, stored["value"])


def _place(folder: Path, kind: type) -> Path:
    return folder / f"{kind.__name__.lower()}.json"


def _tuples(figure: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuple(value) for name, value in figure.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value


def _gone(_: Any) -> Any:
    raise LookupError("a board that was kept computes nothing")


def _stamp(state: Any) -> str:
    return f"{json.dumps(state)} {_code()}"


@lru_cache(maxsize=1)
def _code() -> str:
    """What the code is that computes boards, as a hash."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
