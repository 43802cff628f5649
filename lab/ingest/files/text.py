"""The text of a source, block by block, and its lines.

Knows: that a file may turn out of another encoding than its beginning, that line ends are of three kinds, and how
long a line may be. What is replaced or left out is reported with its line. Must not know records.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from lab.ingest.files.decoding import Guess, by_content, by_form
from lab.ingest.files.sources import Damaged, Report, Source

LONGEST_LINE = 128 * 1024 * 1024
"""Characters of the longest line that is read; a longer one is reported and passed over without being held."""
_FIRST = 64 * 1024
"""Bytes of the first block: small, so that the first rows come at once."""
_BLOCK = 1024 * 1024
_LEAST_FOREIGN = 100
"""Bytes outside ASCII from which the encoding is decided; until then more is read."""
_MOST_UNDECIDED = 4 * _BLOCK
_ASCII = Guess("utf-8", "utf-8", {"key": "data.encoding_valid_utf8"})
_NOT_ASCII = bytes(range(128))


class TextReader:
    """The text of ``source`` as an iterator of blocks: ``\\n`` line ends, no byte-order mark, no NUL characters.

    ``encoding`` and ``evidence`` are true of what was read so far, so of the whole when it is through.
    """

    def __init__(self, source: Source, report: Report) -> None:
        self._source = source
        self._report = report
        self._guess: Guess | None = None
        self._decoder: codecs.IncrementalDecoder | None = None
        self._line = 1
        self._after_return = False
        self._is_broken = False
        self._is_wide = False

    @property
    def encoding(self) -> str:
        """As stated to a person."""
        guess = self._guess or _ASCII
        return "latin-1" if guess.codec == "cp1252" and not self._is_wide else guess.encoding

    @property
    def evidence(self) -> dict[str, Any]:
        """``key`` of the sentence that says why, and its placeholders."""
        evidence = (self._guess or _ASCII).evidence
        if self._is_broken and evidence == _ASCII.evidence:
            return {"key": "data.encoding_mostly_utf8"}
        return evidence

    def __iter__(self) -> Iterator[str]:
        with self._source.open() as file:
            for data, is_last in _blocks(file):
                text = self._sound(self._decode(data, file, is_last), is_last)
                if text:
                    yield text

    def _decode(self, data: bytes, file: BinaryIO, is_last: bool) -> str:
        if self._guess is None:
            guess = by_form(data) if self._decoder is None and self._line == 1 else None
            if guess is None and data.isascii() and not is_last:
                self._decoder = self._decoder or _decoder("utf-8")
                return data.decode("ascii")
            self._settle(guess, data, is_last)
        assert self._decoder is not None
        state = self._decoder.getstate()
        try:
            return self._decoder.decode(data, is_last)
        except UnicodeDecodeError:
            return self._mended(data, state, is_last)

    def _settle(self, guess: Guess | None, data: bytes, is_last: bool) -> None:
        if guess is None:
            guess = by_content(data, whole=is_last) if not data.isascii() else _ASCII
        self._guess = guess
        self._decoder = _decoder(guess.codec)
        if not guess.is_sure:
            self._report.report(None, "encoding_unsure", "warning", encoding=guess.encoding)

    def _mended(self, data: bytes, state: tuple[bytes, int], is_last: bool) -> str:
        """``data`` with what does not fit replaced, each line of it reported."""
        assert self._guess is not None
        self._is_broken = True
        lenient = _decoder(self._guess.codec, "replace")
        lenient.setstate(state)
        text = lenient.decode(data, is_last)
        self._decoder = _decoder(self._guess.codec)
        self._decoder.setstate(lenient.getstate())
        starts = self._line + (self._after_return and not text.startswith("\n"))
        self._tell_lines(_folded(text), starts, "\ufffd", "bad_bytes", encoding=self._guess.encoding)
        return text

    def _sound(self, text: str, is_last: bool) -> str:
        """Line ends folded, NUL characters left out; counts the lines."""
        if self._guess and self._guess.codec == "cp1252" and not self._is_wide:
            self._is_wide = bool(text) and max(text) > "\xff"
        if "\r" in text or self._after_return:
            text = "\r" + text if self._after_return else text
            self._after_return = text.endswith("\r") and not is_last
            text = text[:-1] if self._after_return else text
            text = _folded(text)
        if "\0" in text:
            self._tell_lines(text, self._line, "\0", "nul_bytes")
            text = text.replace("\0", "")
        self._line += text.count("\n")
        return text

    def _tell_lines(self, text: str, line: int, char: str, code: str, **values: Any) -> None:
        """Report each line of ``text``, which begins in ``line``, that has ``char`` in it."""
        counted = 0
        while (place := text.find(char, counted)) >= 0:
            line += text.count("\n", counted, place)
            self._report.report(line, code, "warning", **values)
            counted = text.find("\n", place)
            if counted < 0:
                return


def lines(blocks: Iterator[str]) -> Iterator[tuple[int, str | None]]:
    """(1-based number, text without its end) of each line; ``None`` for one longer than ``LONGEST_LINE``."""
    number, begun, held = 1, [], 0
    for block in blocks:
        pieces = block.split("\n")
        held += len(pieces[0])
        if held <= LONGEST_LINE:
            begun.append(pieces[0])
        else:
            begun.clear()
        if len(pieces) == 1:
            continue
        yield number, "".join(begun) if held <= LONGEST_LINE else None
        yield from enumerate(pieces[1:-1], start=number + 1)
        number, begun, held = number + len(pieces) - 1, [pieces[-1]], len(pieces[-1])
    if held:
        yield number, "".join(begun) if held <= LONGEST_LINE else None


def _folded(text: str) -> str:
    """CR and CRLF become LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _blocks(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Blocks of bytes and whether each is the last; one with few bytes outside ASCII is made longer to judge by.

    Where the bytes are damaged all that came before is given, and ``Damaged`` raised after it.
    """
    data, end = _block(file, _FIRST)
    undecided = True
    while True:
        if undecided and not data.isascii():
            while not end and len(data) < _MOST_UNDECIDED and len(data.translate(None, _NOT_ASCII)) < _LEAST_FOREIGN:
                more, end = _block(file, _BLOCK)
                data += more
                if not more:
                    break
            undecided = False
        following, end = (b"", end) if end else _block(file, _BLOCK)
        yield data, not following and end is None
        if not following:
            if end:
                raise end
            return
        data = following


def _block(file: BinaryIO, size: int) -> tuple[bytes, Damaged | None]:
    """``size`` bytes, fewer only at the end; and what ended them too early, if anything did."""
    parts: list[bytes] = []
    held = 0
    try:
        while held < size and (part := cast(io.BufferedReader, file).read1(size - held)):
            parts.append(part)
            held += len(part)
    except Damaged as damage:
        return b"".join(parts), damage
    return b"".join(parts), None


def _decoder(codec: str, errors: str = "strict") -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder(codec)(errors)
