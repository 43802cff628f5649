"""Scanned PDF to canonical text, where a person asked for it and the engine (tesseract) is installed.

Knows: the pictures of pages and how sure the engine is of each word. A line it is not sure of is left out and counted,
for a misread figure would become a fact. Must not know questions. Nothing is recognised unasked.
"""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from threading import Lock
from typing import Any

from pypdf import PdfReader

from lab.errors import DataError
from lab.ingest.documents import MOST_CHARACTERS, Canonical
from lab.ingest.documents.pdf_text import glued, read_pdf
from lab.records import Problem
from lab.settings import child_environment

MOST_PAGES = 200
"""A page takes a second or two."""
SURE = 60.0
"""Of 100: below this the engine's word is taken for a guess."""
_SECONDS = 120
"""For one page; a picture that takes longer counts as one without text."""
_LEAST_SIDE = 100
"""Pixels; smaller pictures are ornaments."""
_LANGUAGES = ("chi_sim", "chi_tra", "eng")
_WIDE_GAP = re.compile(r"(?<=[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]) (?=[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef])")
_BULLET = re.compile(r"[•●○■◦·*+~«¢-] +(?=\S)")
_ITEM = re.compile(r"- |\d{1,3}[.)、,] ?(?=\D)")


@dataclass(frozen=True)
class _Page:
    """What was recognised on one page."""

    blocks: tuple[str, ...]
    unsure: int
    """Lines left out."""


def read_scan(data: bytes) -> Canonical:
    """The text of a PDF, recognised from its pictures if it holds nothing else.

    Raises ``DataError`` as ``read_pdf`` does, and where no engine is installed or it finds nothing.
    """
    try:
        return read_pdf(data)
    except DataError as error:
        if error.key != "data.pdf_scanned_ocr":
            raise
    reader, lock = PdfReader(io.BytesIO(data)), Lock()
    count = len(reader.pages)
    if count > MOST_PAGES:
        raise DataError("data.pdf_too_many_scans", pages=count, most=MOST_PAGES)
    languages = _languages()

    def page(number: int) -> _Page:
        with lock:  # the reader is not made for several threads
            pictures = _pictures(reader, number)
        return _page([_recognised(picture, languages) for picture in pictures])

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        pages = list(pool.map(page, range(count)))
    return _canonical(pages, languages)


def _canonical(pages: list[_Page], languages: str) -> Canonical:
    text = "\n\n".join(block for page in pages for block in page.blocks)
    unsure = sum(page.unsure for page in pages)
    if not text:
        raise DataError("data.pdf_nothing_recognised", pages=len(pages), lines=unsure)
    if len(text) > MOST_CHARACTERS:
        raise DataError("data.document_too_long", most=MOST_CHARACTERS)
    told = {"pages": sum(bool(page.blocks) for page in pages), "languages": languages}
    problems = [Problem(None, "pdf_recognised", "warning", values=told)]
    if unsure:
        problems.append(Problem(None, "pdf_lines_unsure", "warning", values={"count": unsure}))
    empty = sum(not page.blocks and not page.unsure for page in pages)
    if empty:
        problems.append(Problem(None, "pdf_pages_without_text", "info", values={"count": empty}))
    return Canonical(text + "\n", tuple(problems))


def _languages() -> str:
    """The engine's languages that the lab's users write, as it wants them named."""
    listed = subprocess.run([_engine(), "--list-langs"], capture_output=True, text=True, timeout=_SECONDS, check=False)
    found = [name for name in _LANGUAGES if name in listed.stdout.split()]
    if not found:
        raise DataError("data.pdf_scanned_languages", languages=", ".join(_LANGUAGES))
    return "+".join(found)


def _engine() -> str:
    return shutil.which("tesseract") or "tesseract"


def _pictures(reader: PdfReader, number: int) -> list[bytes]:
    """The pictures of a page in their order, upright, as PNG files."""
    made: list[bytes] = []
    try:
        page = reader.pages[number]
        for found in page.images:
            image: Any = found.image
            if image is None or min(image.size) < _LEAST_SIDE:
                continue
            upright = image.convert("L").rotate(-page.rotation, expand=True)
            file = io.BytesIO()
            upright.save(file, "PNG")
            made.append(file.getvalue())
    # pypdf and Pillow raise whatever a broken picture makes them stumble over; the page counts as one without text.
    except Exception:
        return made
    return made


def _recognised(picture: bytes, languages: str) -> list[dict[str, str]]:
    """Every word of a picture as the engine tells it: ``block_num``, ``par_num``, ``line_num``, ``conf``, ``text``."""
    command = [_engine(), "stdin", "stdout", "-l", languages, "tsv"]
    try:
        told = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            env=child_environment(OMP_THREAD_LIMIT="1"),
        )
    except (subprocess.SubprocessError, OSError):
        return []
    lines = told.stdout.decode("utf-8", "replace").splitlines()
    return [
        word for word in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if (word["text"] or "").strip()
    ]


def _page(pictures: Iterable[list[dict[str, str]]]) -> _Page:
    blocks: list[str] = []
    unsure = 0
    for words in pictures:
        for _, paragraph in groupby(words, lambda word: (word["block_num"], word["par_num"])):
            text = ""
            for _, line in groupby(paragraph, lambda word: word["line_num"]):
                found = list(line)
                if min(float(word["conf"]) for word in found) < SURE:
                    unsure += 1
                    text = _ended(blocks, text)
                    continue
                more = _BULLET.sub("- ", _WIDE_GAP.sub("", " ".join(word["text"].strip() for word in found)), count=1)
                if text and _ITEM.match(more):
                    text = _ended(blocks, text)
                text = glued(text, more) if text else more
            _ended(blocks, text)
    return _Page(tuple(blocks), unsure)


def _ended(blocks: list[str], text: str) -> str:
    """Close a paragraph; the next one begins empty."""
    if re.search(r"\w", text):
        blocks.append(text)
    return ""
