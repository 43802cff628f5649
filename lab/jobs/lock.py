"""Who is alive: a POSIX record lock on a file.

Record locks (``fcntl``) and not ``flock``: a forked child, such as a data loader's worker, does not inherit
them, so a job is gone the moment its own process is. Their price: closing any other descriptor of the file in
the holding process lets go of the lock, so a process never asks ``is_held`` about a lock it holds itself.
Must not know what the locks are for.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

_PAUSE = 0.02


def hold(path: Path, patience: float = 0.0) -> int | None:
    """Take the lock for as long as the returned descriptor is open; ``None`` if another process keeps it.

    Tries for ``patience`` seconds: somebody who only looks (``is_held``) is in the way for an instant.
    The holder's process number is written into the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(_PAUSE)
        else:
            os.pwrite(descriptor, f"{os.getpid():<20}\n".encode(), 0)
            return descriptor


def let_go(descriptor: int) -> None:
    """Give the lock back."""
    os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether another process holds the lock. Those who only look share it, so they never see each other."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def holder(path: Path) -> int | None:
    """Process number of whoever holds the lock; ``None`` when nobody does."""
    if not is_held(path):
        return None
    written = path.read_text("ascii").strip()
    return int(written) if written.isdigit() else None
