"""Scanned PDFs: recognised where a person asked and the engine is there, never by itself."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from lab import ingest
from lab.errors import DataError
from lab.ingest import documents

needs_engine = pytest.mark.skipif(not shutil.which("tesseract"), reason="tesseract is not installed")
LINES = ("The library opens at 9:30 in the morning.", "A day ticket costs 12 euros for one adult.", "Dogs wait.")


def _scan(path: Path, lines: tuple[str, ...] = LINES, turned: int = 0, noise: bool = False) -> Path:
    """A PDF of one page that is a picture of ``lines``."""
    page = Image.new("L", (1240, 700), 255)
    draw = ImageDraw.Draw(page)
    for place, line in enumerate(lines):
        draw.text((90, 90 + 120 * place), line, fill=0, font=ImageFont.load_default(size=44))
    if noise:
        for x in range(0, 1240, 3):
            draw.line((x, 200, x + 40, 260), fill=0, width=2)
    page.rotate(turned, expand=True, fillcolor=255).save(path, "PDF", resolution=150)
    return path


def test_a_scan_is_never_recognised_unasked(tmp_path: Path) -> None:
    reading = ingest.read([_scan(tmp_path / "scan.pdf")])
    assert not reading.documents
    wanted = "pdf_scanned_ocr" if shutil.which("tesseract") else "pdf_scanned"
    assert [problem.code for problem in reading.problems] == [wanted]


@needs_engine
def test_what_is_recognised_becomes_a_document_that_says_so(tmp_path: Path) -> None:
    reading = ingest.read([_scan(tmp_path / "scan.pdf")], fixes=["recognise_text"])
    (text,) = reading.documents.values()
    assert all(line in text for line in LINES)
    assert [problem.code for problem in reading.problems] == ["pdf_recognised"]
    assert ingest.read([tmp_path / "scan.pdf"], fixes=["recognise_text"]).documents == reading.documents


@needs_engine
def test_a_line_the_engine_is_not_sure_of_is_left_out_and_counted(tmp_path: Path) -> None:
    reading = ingest.read([_scan(tmp_path / "scan.pdf", noise=True)], fixes=["recognise_text"])
    (text,) = reading.documents.values()
    assert LINES[0] in text and "12 euros" not in text
    (unsure,) = [problem for problem in reading.problems if problem.code == "pdf_lines_unsure"]
    assert unsure.values["count"] >= 1


@needs_engine
def test_pictures_without_a_word_end_in_a_sentence(tmp_path: Path) -> None:
    data = io.BytesIO(_scan(tmp_path / "scan.pdf", lines=()).read_bytes())
    with pytest.raises(DataError) as refused:
        documents.read_scan(data.getvalue())
    assert refused.value.key == "data.pdf_nothing_recognised"
    assert refused.value.sentence("zh") and refused.value.sentence("en")


def test_a_pdf_with_text_is_read_as_ever(shared: Path) -> None:
    data = (shared / "documents" / "en_margies_travel_company_info.pdf").read_bytes()
    assert documents.read_scan(data) == documents.read_pdf(data)


@needs_engine
def test_a_public_scan_yields_lines_that_stand_in_it(shared: Path) -> None:
    made = documents.read_scan((shared / "documents" / "bad_pdf_scanned_medical_report.pdf").read_bytes())
    assert "Department of Internal Medicine" in made.text and "PHYSICAL EXAMINATION" in made.text
    told = {problem.code: problem.values for problem in made.problems}
    assert told["pdf_recognised"]["pages"] == 3 and told["pdf_lines_unsure"]["count"] > 5
