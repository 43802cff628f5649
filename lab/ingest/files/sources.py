"""Where bytes come from, how far they have been read, and who is told what is wrong with them.

Knows: a source is something with bytes that can be opened anew any number of times (a file, a member of an
archive); a watched one tells how much was read and can be cancelled. Must not know formats or rows.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from lab.errors import DataError
from lab.records import Problem

HEAD = 64 * 1024
"""Bytes from the beginning by which a format is known."""
_BLOCK = 256 * 1024

Watcher = Callable[[int, int], "bool | None"]
"""Called with the bytes read and the bytes there are; returning ``False`` cancels the reading."""


class Cancelled(DataError):
    """The reading was cancelled by whoever watches it; what was read until then is not to be used."""


class Damaged(Exception):
    """The bytes of a source end before they should, or go on for longer than they may: a problem of the file.

    What came before is sound. Raised by a stream while it is read; whoever reads the source reports it.
    """

    def __init__(self, code: str, **values: Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Report(Protocol):
    """Takes what is wrong with a source.

    An error with a line stands for one record that was seen and cannot be used; an error without one concerns the
    file. Warnings and infos never cost a record.
    """

    def report(
        self, line: int | None, code: str, /, severity: str = "error", fix: str | None = None, **values: Any
    ) -> None:
        """Add a problem; ``code`` names its sentence, ``values`` are the sentence's placeholders."""


class Listener(Protocol):
    """Hears of everything that is found while files are read, place by place."""

    def problem_found(self, problem: Problem, *record: Any) -> None:
        """A problem; with the record that cannot be used, as it was read, where there is one."""

    def source_read(self, source: Source) -> None:
        """Everything of ``source`` was heard."""


@dataclass(frozen=True)
class Source:
    """Something with bytes that can be opened anew any number of times."""

    name: str
    """What its rows, problems and documents are known by."""
    size: int
    """Bytes when opened; 0 where it is not known before."""
    open: Callable[[], BinaryIO]
    """A new binary stream from the beginning, seekable; whoever opens closes it."""

    def head(self) -> bytes:
        """The first ``HEAD`` bytes."""
        with self.open() as file:
            return file.read(HEAD)


class Progress:
    """Bytes read of bytes there are, over several sources; asks ``watch`` after every block whether to go on."""

    def __init__(self, watch: Watcher | None = None) -> None:
        self.total = 0
        self._watch = watch
        self._done = 0
        self._here = 0
        self._size = 0
        self._cancelled = False

    def begin(self, size: int) -> None:
        """The next source of ``size`` bytes is being read; the one before is done."""
        self._done += self._size
        self._here, self._size = 0, size

    def add(self, count: int) -> None:
        """``count`` bytes were read; raises ``Cancelled``. A part read twice never counts beyond its source."""
        self._here += count
        self.check()
        if self._watch and self._watch(self._done + min(self._here, self._size), self.total) is False:
            self._cancelled = True
            self.check()

    def check(self) -> None:
        """Raise ``Cancelled`` if the reading was cancelled, also where a library swallowed that."""
        if self._cancelled:
            raise Cancelled("data.reading_cancelled")

    def end(self) -> None:
        """Everything was read."""
        self.check()
        if self._watch:
            self._watch(self.total, self.total)


class _Counted(io.RawIOBase):
    """A binary file that tells ``progress`` of every block read from it."""

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._progress.add(len(data))
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        super().close()


def watched(path: Path, name: str, progress: Progress) -> Source:
    """The file at ``path`` as a source that tells ``progress``; raises ``DataError`` if it cannot be opened."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
    except OSError as error:
        raise DataError("data.cannot_open", file=str(path), reason=error.strerror or type(error).__name__) from None
    progress.total += size

    def opened() -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(_Counted(path.open("rb", buffering=0), progress), _BLOCK))

    return Source(name, size, opened)
