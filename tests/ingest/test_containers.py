"""What archives hold is read within limits, whatever they say of themselves."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from lab import ingest
from lab.ingest.files import containers
from lab.ingest.files.containers import Budget
from lab.ingest.files.sources import Damaged, Source

ROW = json.dumps({"question": "Q?", "answer": "A."}).encode() + b"\n"


def _rows(count: int, prefix: str = "Q") -> bytes:
    return b"".join(
        json.dumps({"question": f"{prefix}{n}?", "answer": f"A{n}."}).encode() + b"\n" for n in range(count)
    )


def _zip(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _codes(reading: ingest.Reading) -> list[tuple[str, str]]:
    for problem in reading.problems:
        assert ingest.describe(problem, "zh") and ingest.describe(problem, "en")
    return [(problem.code, problem.severity) for problem in reading.problems]


def _described(zip_bytes: bytes, **changes: int) -> bytes:
    """A ZIP with other facts about its first member in both its headers: ``size`` or ``flags``."""
    data = bytearray(zip_bytes)
    central = data.index(b"PK\x01\x02")
    for name, (local, directory, form) in {"size": (22, 24, "<I"), "flags": (6, 8, "<H")}.items():
        if name in changes:
            struct.pack_into(form, data, local, changes[name])
            struct.pack_into(form, data, central + directory, changes[name])
    return bytes(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_are_sorted_into_rows_and_documents_by_content(tmp_path: Path, method: int) -> None:
    members = {
        "data/rows.txt": _rows(3),
        "data/表.csv": "问题,答案\n小雨几岁？,十二岁。\n".encode("gb18030"),
        "notes.md": b"# Title\n\nSome prose.\n",
    }
    reading = ingest.read([_zip(tmp_path / "a.zip", members, method)])
    assert [(row.file, row.line) for row in reading.rows] == [
        *[("a.zip/data/rows.txt", line) for line in (1, 2, 3)],
        ("a.zip/data/表.csv", 2),
    ]
    assert reading.rows[-1].answer == "十二岁。"
    assert reading.documents == {"a.zip/notes.md": "# Title\n\nSome prose.\n"}
    assert reading.problems == [] and reading.complete


def test_several_archives_and_files_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_bytes(_rows(1, "C"))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(_rows(2, "B")))
    paths = [_zip(tmp_path / "a.zip", {"a.jsonl": _rows(2, "A")}), tmp_path / "b.jsonl.gz", tmp_path / "c.jsonl"]
    reading = ingest.read(paths)
    assert [row.question for row in reading.rows] == ["A0?", "A1?", "B0?", "B1?", "C0?"]
    assert [file.file for file in reading.files] == ["a.zip/a.jsonl", "b.jsonl.gz/b.jsonl", "c.jsonl"]


def test_gzip_of_several_streams_is_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(_rows(2)) + gzip.compress(_rows(2, "R")))
    assert len(ingest.read([tmp_path / "a.jsonl.gz"]).rows) == 4


def test_the_ending_inside_decides_nothing_but_helps(tmp_path: Path) -> None:
    (tmp_path / "t.csv.GZ").write_bytes(gzip.compress(b"question;answer\nQ?;A.\n"))
    (tmp_path / "no-ending").write_bytes(gzip.compress(ROW))
    reading = ingest.read([tmp_path / "t.csv.GZ", tmp_path / "no-ending"])
    assert [row.answer for row in reading.rows] == ["A.", "A."]


def test_an_archive_in_an_archive_is_read_and_one_more_is_not(tmp_path: Path) -> None:
    inner = _zip(tmp_path / "inner.zip", {"r.jsonl": ROW}).read_bytes()
    middle = _zip(tmp_path / "middle.zip", {"inner.zip": inner, "m.jsonl": ROW}).read_bytes()
    reading = ingest.read([_zip(tmp_path / "a.zip", {"inner.zip": inner, "g.jsonl.gz": gzip.compress(ROW)})])
    assert [row.file for row in reading.rows] == ["a.zip/inner.zip/r.jsonl", "a.zip/g.jsonl.gz/g.jsonl"]
    reading = ingest.read([_zip(tmp_path / "b.zip", {"middle.zip": middle})])
    assert [row.file for row in reading.rows] == ["b.zip/middle.zip/m.jsonl"]
    assert ("nested_archive", "error") in _codes(reading)


def test_what_an_operating_system_left_is_passed_over_with_a_note(tmp_path: Path) -> None:
    members = {name: b"junk" for name in ("__MACOSX/._a.jsonl", ".DS_Store", "x/.hidden/y.jsonl", "Thumbs.db")}
    reading = ingest.read([_zip(tmp_path / "a.zip", {**members, "a.jsonl": ROW})])
    assert len(reading.rows) == 1 and _codes(reading) == [("archive_hidden", "info")]
    assert reading.problems[0].values["count"] == 4


def test_paths_that_lead_out_and_links_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../../evil.jsonl", "/etc/evil.jsonl", "x/../../evil.jsonl", "..\\evil.jsonl", "C:\\evil.jsonl"):
            archive.writestr(name, ROW)
        link = zipfile.ZipInfo("link.jsonl")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("good.jsonl", ROW)
    reading = ingest.read([path])
    assert [row.file for row in reading.rows] == ["a.zip/good.jsonl"]
    assert _codes(reading) == [("archive_path", "warning")] and reading.problems[0].values["count"] == 6
    assert not list(tmp_path.parent.rglob("evil.jsonl"))


def test_a_member_with_a_password_is_named(tmp_path: Path) -> None:
    data = _zip(tmp_path / "a.zip", {"secret.jsonl": ROW, "open.jsonl": ROW}).read_bytes()
    (tmp_path / "a.zip").write_bytes(_described(data, flags=1))
    reading = ingest.read([tmp_path / "a.zip"])
    assert len(reading.rows) == 1 and _codes(reading) == [("archive_encrypted", "error")]
    assert reading.problems[0].values["names"] == "secret.jsonl"


def test_names_of_a_chinese_system_are_read(tmp_path: Path) -> None:
    data = _zip(tmp_path / "a.zip", {"AAAA.jsonl": ROW}).read_bytes()
    (tmp_path / "a.zip").write_bytes(data.replace(b"AAAA", "数据".encode("gb18030")))
    assert ingest.read([tmp_path / "a.zip"]).rows[0].file == "a.zip/数据.jsonl"


def test_members_of_one_name_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.jsonl", _rows(1, "A"))
        archive.writestr("a.jsonl", _rows(1, "B"))
    assert [row.file for row in ingest.read([path]).rows] == ["a.zip/a.jsonl", "a.zip/a.jsonl (2)"]


def test_zeros_without_end_stop_the_reading(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("zeros.jsonl", "w", force_zip64=True) as member:
            for _ in range(256):
                member.write(bytes(1 << 20))
        archive.writestr("rows.jsonl", ROW)
    with gzip.open(tmp_path / "b.jsonl.gz", "wb", 1) as packed:
        packed.write(ROW)
        for _ in range(128):
            packed.write(b" " * (1 << 20))
    for name in ("a.zip", "b.jsonl.gz"):
        assert (tmp_path / name).stat().st_size < 4 << 20
        reading = ingest.read([tmp_path / name])
        assert ("archive_bomb", "error") in _codes(reading)
        assert not reading.complete


def test_a_bomb_in_an_archive_in_an_archive_counts_from_the_outside(tmp_path: Path) -> None:
    inner = _zip(tmp_path / "i.zip", {"zeros.jsonl": bytes(60 << 20)}).read_bytes()
    outer = _zip(tmp_path / "a.zip", {f"{number}.zip": inner for number in range(4)})
    assert ("archive_bomb", "error") in _codes(ingest.read([outer]))


def test_the_size_an_archive_states_is_not_believed(tmp_path: Path) -> None:
    data = _zip(tmp_path / "a.zip", {"a.jsonl": _rows(50)}).read_bytes()
    for stated in (10, 1 << 31):
        (tmp_path / "a.zip").write_bytes(_described(data, size=stated))
        reading = ingest.read([tmp_path / "a.zip"])
        assert len(reading.rows) in {0, 50}
        assert stated > 10 or "archive_broken" in [code for code, _ in _codes(reading)]


def test_a_cut_archive_keeps_what_came_before_the_cut(tmp_path: Path) -> None:
    content = "".join(
        f'{{"question": "Q{n * 7919}?", "answer": "{zlib.crc32(bytes([n % 256]))}"}}\n' for n in range(9999)
    )
    whole = gzip.compress(content.encode())
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    reading = ingest.read([tmp_path / "a.jsonl.gz"])
    assert 100 < len(reading.rows) < 9999
    assert ("archive_broken", "error") in _codes(reading)
    assert not reading.complete


@pytest.mark.parametrize(
    "damage", [b"PK\x03\x04", b"PK\x03\x04" + bytes(60), b"\x1f\x8b\x08", b"\x1f\x8b\x08" + b"x" * 99]
)
def test_what_only_begins_like_an_archive_is_told(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(damage)
    assert ("archive_broken", "error") in _codes(ingest.read([tmp_path / "a.zip"]))


def test_damaged_archives_never_raise(tmp_path: Path) -> None:
    whole = _zip(tmp_path / "a.zip", {"a.jsonl": _rows(20), "b.zip": bytes(9), "c.gz": gzip.compress(ROW)}).read_bytes()
    for place in range(0, len(whole), 7):
        data = bytearray(whole)
        data[place] ^= 0xFF
        (tmp_path / "a.zip").write_bytes(bytes(data))
        for problem in ingest.read([tmp_path / "a.zip"]).problems:
            assert ingest.describe(problem, "en")


def test_an_empty_archive_and_an_office_file_are_named(tmp_path: Path) -> None:
    assert _codes(ingest.read([_zip(tmp_path / "a.zip", {})])) == [("archive_empty", "error")]
    slides = _zip(tmp_path / "s.pptx", {"[Content_Types].xml": b"<x/>", "ppt/slides/slide1.xml": b"<x/>"})
    assert _codes(ingest.read([slides])) == [("office_file", "error")]


def test_a_tar_is_named_also_inside_gzip(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        about = tarfile.TarInfo("a.jsonl")
        about.size = len(ROW)
        archive.addfile(about, io.BytesIO(ROW))
    reading = ingest.read([tmp_path / "a.tar.gz"])
    assert reading.documents == {} and _codes(reading) == [("tar_archive", "error")]


def test_too_many_members_are_told_and_the_first_are_read(tmp_path: Path) -> None:
    members = {f"{number}.jsonl": _rows(1, f"N{number}-") for number in range(containers.MOST_MEMBERS + 5)}
    reading = ingest.read([_zip(tmp_path / "a.zip", members, zipfile.ZIP_STORED)])
    assert len(reading.rows) == containers.MOST_MEMBERS
    assert _codes(reading) == [("archive_members", "error")]


def test_a_budget_counts_each_byte_once_however_often_it_is_read() -> None:
    budget = Budget(packed=1 << 20)
    for _ in range(1000):
        budget.spend("a", 1 << 20)
    assert budget.total == 1 << 20
    with pytest.raises(Damaged):
        budget.spend("b", containers.MOST_BYTES)


def test_a_member_can_be_read_again_and_from_any_place(tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    (tmp_path / "a.gz").write_bytes(gzip.compress(content))
    source = Source("a.gz", (tmp_path / "a.gz").stat().st_size, lambda: (tmp_path / "a.gz").open("rb"))
    (inner,) = containers.expand_gzip(source, _Nobody())
    with inner.open() as file:
        assert file.seek(0, io.SEEK_END) == len(content)
        file.seek(700)
        assert file.read(9) == content[700:709]
        file.seek(3)
        assert file.read(2) == content[3:5]
    with containers.random_access(inner) as file:
        assert file.read() == content


class _Nobody:
    """Takes no problem."""

    def report(self, *about: object, **values: object) -> None:
        raise AssertionError(about)
