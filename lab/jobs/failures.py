"""Why a job failed, in a sentence a person can act on.

Knows: the errors whose cause is known whatever the job does (memory, disk). Anything else gets a reference
number, and the traceback stays in the log. Must not import the libraries that raise them.
"""

from __future__ import annotations

import contextlib
import errno
import secrets
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

from lab.errors import LabError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_TORCH_CANNOT_WRITE = ("PytorchStreamWriter", "file write failed", "iostream error", "unexpected pos")
_NEARLY_NOTHING = 16 * 1024 * 1024


def explain(error: BaseException, folder: Path) -> dict[str, Any]:
    """The fields of a failed ``JobStatus``; prints the traceback (into the log) where the cause is not plain."""
    chain = _chain(error)
    for cause in chain:
        if isinstance(cause, LabError):
            return {"error": cause.key, "error_values": dict(cause.values)}
    _log("".join(traceback.format_exception(error)))
    if _disk_full(chain, folder):
        return {"error": "jobs.disk_full", "error_values": {"folder": str(folder.parent.parent)}}
    if any(_out_of_memory(cause) for cause in chain):
        return {"error": "jobs.out_of_memory"}
    reference = secrets.token_hex(4)
    _log(f"reference {reference}\n")
    return {
        "error": "jobs.unexpected",
        "error_values": {"reference": reference, "reason": type(error).__name__},
        "reference": reference,
    }


def _log(text: str) -> None:
    """Into the job's log, which is standard output; on a full disk that fails too, and must not hide the cause."""
    with contextlib.suppress(OSError):
        sys.stdout.write(text)
        sys.stdout.flush()


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _disk_full(chain: list[BaseException], folder: Path) -> bool:
    """By the system's error number; torch and safetensors only say it in words."""
    if any(isinstance(cause, OSError) and cause.errno in _FULL for cause in chain):
        return True
    texts = [str(cause) for cause in chain]
    if any("No space left on device" in text for text in texts):
        return True
    writing = any(phrase in text for text in texts for phrase in _TORCH_CANNOT_WRITE)
    return writing and shutil.disk_usage(folder).free < _NEARLY_NOTHING


def _out_of_memory(error: BaseException) -> bool:
    said = str(error)
    return isinstance(error, MemoryError) or "out of memory" in said or "can't allocate memory" in said
