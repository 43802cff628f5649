"""Whole files or none, torn lines passed over, names that stay inside."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from lab.errors import DataError
from lab.workspace import (
    Workspace,
    append_jsonl,
    is_locked,
    locked,
    read_json,
    read_jsonl,
    slug,
    write_json,
    write_text,
)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "a\0b", "../x"])
def test_a_name_never_leads_out_of_the_workspace(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError):
        Workspace(tmp_path).dataset(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Family Facts", "family-facts"),
        ("../../etc/passwd", "etc-passwd"),
        ("家庭 事实", "家庭-事实"),
        ("  ", "unnamed"),
        ("…", "unnamed"),
        ("ＡＢＣ", "abc"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_slug_is_a_safe_folder_name(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_failed_write_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError):
        write_json(path, {"a": float("nan")})
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "lone \ud800 surrogate")
    assert read_json(path) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_torn_last_line_counts_as_not_written_and_is_closed_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    append_jsonl(path, {"step": 1}, {"step": 2})
    with path.open("ab") as file:
        file.write('{"step": 3, "text": "半'.encode()[:-1])
    assert [event["step"] for event in read_jsonl(path)] == [1, 2]
    append_jsonl(path, {"step": 4})
    assert [event["step"] for event in read_jsonl(path)] == [1, 2, 4]
    assert list(read_jsonl(tmp_path / "nothing.jsonl")) == []


def _hold(path: Path, ready: multiprocessing.synchronize.Event) -> None:
    with locked(path):
        ready.set()
        signal.pause()


def test_a_killed_holder_frees_its_lock_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_locked(path)
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=_hold, args=(path, ready))
    holder.start()
    assert ready.wait(60)
    assert is_locked(path)
    with locked(path, wait=False) as got:
        assert not got
    assert holder.pid
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    assert not is_locked(path)


def test_json_on_disk_reads_well_in_chinese(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"name": "哥哥"})
    assert "哥哥" in (tmp_path / "a.json").read_text("utf-8")
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"name": "哥哥"}
