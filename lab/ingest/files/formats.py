"""Which readers there are for what is not plain text, and how one is chosen.

Knows: the readers by name; a new format is one line here. Content decides, the file's name only helps. Must not
know how a format is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lab.ingest import documents
from lab.ingest.files import containers, markup, tables
from lab.ingest.files.sources import Report, Source


@dataclass(frozen=True)
class Reader:
    """A binary or markup format whose records are rows."""

    name: str
    """What a person calls it: ``XLSX``, ``Parquet``."""
    matches: Callable[[bytes, str], bool]
    """Whether a file is of this format, by its first 64 KiB and its name."""
    records: Callable[[Source, Report], Iterator[tuple[int, Any]]]
    """(1-based line or record number, value) of each record, read as it is asked for; never raises for content.

    A record that cannot be given is reported as an error with its line.
    """


@dataclass(frozen=True)
class DocumentReader:
    """A binary or markup format whose text is a document."""

    name: str
    matches: Callable[[bytes, str], bool]
    """As of a ``Reader``."""
    text: Callable[[Source, Report], str]
    """The canonical text, ``\\n`` line ends; empty with an error reported where there is none."""
    recognise: Callable[[Source, Report], str] | None = None
    """The same where a person asked for the text of pictures (repair ``recognise_text``)."""


@dataclass(frozen=True)
class Container:
    """A file that holds others."""

    name: str
    matches: Callable[[bytes, str], bool]
    """As of a ``Reader``; asked after all of those, so that an XLSX or DOCX is not taken for a plain archive."""
    expand: Callable[[Source, Report], list[Source]]
    """The sources inside, within limits; what is left out is reported."""


READERS: tuple[Reader, ...] = (
    Reader("XLSX", tables.is_xlsx, tables.xlsx),
    Reader("XLS", tables.is_old_office, tables.old_office),
    Reader("Parquet", tables.is_parquet, tables.parquet),
    Reader("XML", markup.is_xml, markup.xml),
    Reader("YAML", markup.is_yaml, markup.yaml),
)
FACTS = "facts"
"""The one kind of document whose columns a person may name instead, to read it as rows."""
DOCUMENT_READERS: tuple[DocumentReader, ...] = (
    DocumentReader("PDF", documents.is_pdf, documents.pdf, documents.scan),
    DocumentReader("DOCX", documents.is_docx, documents.docx),
    DocumentReader("HTML", documents.is_html, documents.html),
    DocumentReader(FACTS, documents.is_facts, documents.facts),
)
CONTAINERS: tuple[Container, ...] = (
    Container("gzip", containers.is_gzip, containers.expand_gzip),
    Container("tar", containers.is_tar, containers.expand_tar),
    Container("ZIP", containers.is_zip, containers.expand_zip),
)


def reader_of(head: bytes, name: str) -> Reader | DocumentReader | Container | None:
    """The first reader that takes a file beginning with ``head``; ``None``: it is plain text or unknown."""
    kinds: tuple[Reader | DocumentReader | Container, ...] = (*READERS, *DOCUMENT_READERS, *CONTAINERS)
    return next((kind for kind in kinds if kind.matches(head, name)), None)
