"""Archives to the sources inside: ``.gz`` and ``.zip``, within limits.

Knows: how members are found, named and unpacked as they are read, and what is not taken from an archive (secrets of an
operating system, paths that lead out, what needs a password). Nothing an archive says of its own size is believed:
bytes are counted as they come out, and a stream that goes on too long ends in ``Damaged``. Nothing is written by the
name a member has. Must not know what the members hold.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import stat
import struct
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, cast

from lab.ingest.files.sources import Damaged, Report, Source
from lab.ingest.problems import shown

MOST_MEMBERS = 1000
MOST_BYTES = 8 << 30
"""Unpacked bytes of one archive, whatever is nested in it."""
MOST_RATIO = 200
"""Unpacked bytes to packed ones; deflate reaches 1032, text seldom 50."""
_RATIO_FROM = 64 << 20
"""Bytes that may be unpacked before the ratio is looked at."""
_MOST_DIRECTORY = 32 << 20
"""Bytes of a ZIP's list of members, which is held in memory."""
_BLOCK = 256 * 1024
_HIDDEN = {"__macosx", "thumbs.db", "desktop.ini"}
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
"""What unpacking ends with when bytes are damaged, cut off or packed in an unknown way."""


@dataclass
class Budget:
    """Bytes unpacked from one file of a person, its nested archives included, and how many there may be."""

    packed: int
    spent: dict[str, int] = field(default_factory=dict)
    """Most bytes read of each member: one that is read twice counts once."""
    total: int = 0

    def spend(self, name: str, upto: int) -> None:
        """``upto`` bytes of member ``name`` have come out; raises ``Damaged`` beyond the limits."""
        before = self.spent.get(name, 0)
        if upto <= before:
            return
        self.spent[name] = upto
        self.total += upto - before
        if self.total > MOST_BYTES:
            raise Damaged("archive_too_large", most=MOST_BYTES >> 30)
        if self.total > _RATIO_FROM and self.total > MOST_RATIO * self.packed:
            raise Damaged("archive_bomb", ratio=MOST_RATIO, size=self.total >> 20)


@dataclass(frozen=True)
class Member(Source):
    """A source inside an archive."""

    budget: Budget = field(default_factory=lambda: Budget(0))


class _Unpacked(io.BufferedIOBase):
    """The bytes of a member as they are asked for, counted. What came out before a broken place is given first."""

    def __init__(self, name: str, begin: Callable[[], Any], budget: Budget) -> None:
        self._name, self._begin, self._budget = name, begin, budget
        self._file: Any = None
        self._at = 0
        self._end: tuple[str, dict[str, Any]] | None = None
        """What reading ended in; raised once what came before it is given."""

    def read(self, size: int | None = -1, /) -> bytes:
        most = size if size is not None and size >= 0 else MOST_BYTES
        parts: list[bytes] = []
        had = 0
        while had < most and self._end is None:
            try:
                block = self._block(min(_BLOCK, most - had))
            except Damaged as end:
                self._end = (end.code, end.values)
                break
            if not block:
                break
            parts.append(block)
            had += len(block)
        if self._end and not had and most:
            raise Damaged(self._end[0], **self._end[1])
        return b"".join(parts)

    def read1(self, size: int = -1, /) -> bytes:
        return self.read(min(size, _BLOCK) if size >= 0 else _BLOCK)

    def _block(self, size: int) -> bytes:
        try:
            if self._file is None:
                self._file = self._begin()
            data: bytes = self._file.read1(size)
        except _BROKEN as error:
            reason = shown(str(error) or type(error).__name__)
            raise Damaged("archive_broken", member=shown(self._name), reason=reason) from None
        self._at += len(data)
        self._budget.spend(self._name, self._at)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_END:
            while self.read(_BLOCK):
                pass
        target = offset + (self._at if whence != io.SEEK_SET else 0)
        if target < self._at:
            self._forget()
        while self._at < target and self.read(min(_BLOCK, target - self._at)):
            pass
        return self._at

    def _forget(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._at, self._end = None, 0, None

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        if not self.closed:
            self._forget()
        super().close()


def random_access(source: Source) -> BinaryIO:
    """The bytes of ``source`` for a reader that jumps: those of an archive's member are unpacked to a file first."""
    opened = source.open()
    if not isinstance(source, Member):
        return opened
    with opened:
        whole = tempfile.TemporaryFile()  # noqa: SIM115 (given to the caller, gone when closed)
        try:
            while block := opened.read(_BLOCK):
                whole.write(block)
        except BaseException:
            whole.close()
            raise
    whole.seek(0)
    return cast(BinaryIO, whole)


def _member(name: str, size: int, begin: Callable[[], Any], budget: Budget) -> Member:
    def opened() -> BinaryIO:
        return cast(BinaryIO, _Unpacked(name, begin, budget))

    return Member(name, size, opened, budget)


def _budget(source: Source) -> Budget:
    return source.budget if isinstance(source, Member) else Budget(source.size)


def is_gzip(head: bytes, name: str) -> bool:
    """Whether the bytes begin as gzip does."""
    return head.startswith(b"\x1f\x8b\x08")


def expand_gzip(source: Source, report: Report) -> list[Source]:
    """The one file inside, named as the archive without ``.gz``."""
    name = source.name.rsplit("/", 1)[-1]
    inner = re.sub(r"\.gz(ip)?$", "", name, flags=re.IGNORECASE) or "data"
    if inner == name:
        inner = re.sub(r"\.tgz$", ".tar", name, flags=re.IGNORECASE)

    def begin() -> Any:
        packed = source.open()
        return _Begun(gzip.GzipFile(fileobj=packed), packed.close)

    return [_member(f"{source.name}/{inner}", 0, begin, _budget(source))]


def is_tar(head: bytes, name: str) -> bool:
    """Whether the bytes begin as a tar's first member does."""
    return head[257:262] == b"ustar"


def expand_tar(source: Source, report: Report) -> list[Source]:
    """Nothing: such an archive is named, with what to do."""
    report.report(None, "tar_archive")
    return []


def is_zip(head: bytes, name: str) -> bool:
    """Whether the bytes begin as a ZIP does; asked after the formats that are ZIPs inside."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_office(head: bytes) -> bool:
    """Whether a ZIP's first entry is a part of an office file: such a file may also lie inside an ordinary ZIP."""
    return head[30:].startswith((b"[Content_Types].xml", b"_rels/", b"docProps/", b"xl/", b"word/", b"customXml/"))


class _Archive:
    """A ZIP whose list of members is read once, and whose file is open only while a member is."""

    def __init__(self, source: Source) -> None:
        self._open = _spooled(source) if isinstance(source, Member) else source.open
        self._users = 0
        with self._open() as file:
            if _directory_size(file) > _MOST_DIRECTORY:
                raise Damaged("archive_members", most=MOST_MEMBERS)
            self._zip = zipfile.ZipFile(file)
            self.infos = self._zip.infolist()

    def begin(self, info: zipfile.ZipInfo) -> _Begun:
        """The bytes of a member from the beginning."""
        if not self._users:
            self._zip.fp = self._open()
        self._users += 1
        try:
            return _Begun(self._zip.open(info), self.end)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """A member is read no more."""
        self._users -= 1
        if not self._users and self._zip.fp:
            self._zip.fp.close()


class _Begun:
    """An unpacking file that tells when it is closed."""

    def __init__(self, file: Any, end: Callable[[], None]) -> None:
        self._file, self._end = file, end

    def read1(self, size: int) -> bytes:
        """What the next block gives, at most ``size`` bytes; empty only at the end."""
        data: bytes = self._file.read1(size)
        return data

    def close(self) -> None:
        """Close it, and what it reads from."""
        self._file.close()
        self._end()


def _spooled(source: Source) -> Callable[[], BinaryIO]:
    """How to open a copy of an archive's member on the disk; it is gone when nobody can open it any more."""
    with source.open() as packed, tempfile.NamedTemporaryFile(prefix="lab-archive-", delete=False) as copy:
        opener = _Opener(copy.name)
        while block := packed.read(_BLOCK):
            copy.write(block)
    return opener


class _Opener:
    """Opens a file that is deleted with it."""

    def __init__(self, path: str) -> None:
        self._path = path
        weakref.finalize(self, os.unlink, path)

    def __call__(self) -> BinaryIO:
        return open(self._path, "rb")


def expand_zip(source: Source, report: Report) -> list[Source]:
    """The members worth reading; what is passed over is reported, each kind once with its names."""
    try:
        archive = _Archive(source)
    except _BROKEN as error:
        reason = shown(str(error) or type(error).__name__)
        report.report(None, "archive_broken", member=shown(source.name), reason=reason)
        return []
    inside = [(_name(info), info) for info in archive.infos if not info.filename.endswith("/")]
    if any(name in {"mimetype", "[Content_Types].xml"} for name, _ in inside):
        report.report(None, "office_file", name=shown(source.name))
        return []
    return _taken(source, archive, inside, report)


def _taken(source: Source, archive: _Archive, found: list[tuple[str, zipfile.ZipInfo]], report: Report) -> list[Source]:
    left: dict[str, list[str]] = {}
    members: dict[str, Source] = {}
    budget = _budget(source)
    for inside, info in found:
        code = _passed_over(info, inside)
        if not code and len(members) >= MOST_MEMBERS:
            code = "archive_members"
        if code:
            left.setdefault(code, []).append(inside)
            continue
        name = _free(f"{source.name}/{inside}", members)
        members[name] = _member(name, info.file_size, partial(archive.begin, info), budget)
    for code, told in left.items():
        severity = "info" if code == "archive_hidden" else "warning" if code == "archive_path" else "error"
        listed = shown(", ".join(told[:5]) + (" …" if len(told) > 5 else ""), 300)
        report.report(None, code, severity, count=len(told), names=listed, most=MOST_MEMBERS)
    if not members and not left:
        report.report(None, "archive_empty")
    return list(members.values())


def _passed_over(info: zipfile.ZipInfo, name: str) -> str:
    """The code of why a member is not read; empty for one that is."""
    parts = [part for part in re.split(r"[/\\]", name) if part]
    if any(part.casefold() in _HIDDEN or (part.startswith(".") and part != "..") for part in parts):
        return "archive_hidden"
    leads_out = ".." in parts or name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name) is not None
    if leads_out or stat.S_ISLNK(info.external_attr >> 16):
        return "archive_path"
    if info.flag_bits & 0x1:
        return "archive_encrypted"
    known = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
    return "" if info.compress_type in known else "archive_method"


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name; one written without saying how is UTF-8 or GBK, as Chinese systems write it."""
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            raw = info.orig_filename.split("\0", 1)[0].encode("cp437")
            for codec in ("utf-8", "gb18030"):
                with contextlib.suppress(UnicodeDecodeError):
                    return raw.decode(codec)
    return info.filename


def _free(name: str, taken: dict[str, Source]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name} ({number})", number + 1
    return found


def _directory_size(file: BinaryIO) -> int:
    """Bytes of the list of members, by the record at the end of the ZIP; 0 where there is none."""
    end = file.seek(0, io.SEEK_END)
    file.seek(max(0, end - 66_000))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        return 0
    (size,) = struct.unpack_from("<I", tail, at + 12)
    if size == 0xFFFFFFFF and tail[at - 20 : at - 16] == b"PK\x06\x07":
        (place,) = struct.unpack_from("<Q", tail, at - 12)
        file.seek(min(place, end))
        large = file.read(56)
        size = struct.unpack_from("<Q", large, 40)[0] if len(large) == 56 else 0
    return int(size)
