"""The disk: every thing with its size and its users, into the trash and back as it was."""

from __future__ import annotations

import contextlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from small_disk import small_disk

from lab import catalog, cli
from lab.datasets import trash
from lab.disk import Disk, size_of
from lab.errors import LabError
from lab.lab import Lab
from lab.recorded import bring_in
from lab.records import Message, Row, to_json
from lab.settings import Settings
from lab.ui.views import disk as view
from lab.workspace import append_jsonl, read_jsonl, write_json

RUN = "ft-family-en-recorded"


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    made = Lab(Settings(home=tmp_path / "workspace"))
    bring_in(made.workspace)
    return Disk(made.workspace, made.models)


def _files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("[!.]*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def _lab(disk: Disk) -> Lab:
    return Lab(Settings(home=disk.workspace.root))


def test_everything_is_listed_once_with_its_size_and_what_uses_it(disk: Disk) -> None:
    run = _lab(disk).runs.get(RUN)
    things = {thing.key: thing for thing in disk.things()}
    assert len(things) == 6 and [one.size for one in disk.things()] == sorted(t.size for t in things.values())[::-1]
    found = things[f"run:{run.id}"]
    assert found.size == size_of(disk.workspace.job(run.id)) > 1_800_000 and found.days >= 0
    assert [one.kind for one in found.dependents] == ["eval"]
    assert {one.kind for one in things[f"dataset:{run.dataset}"].dependents} == {"train", "eval"}
    turns = (Message("user", "Who?"), Message("assistant", "Jim."))
    disk.datasets.save("child", [Row("1", turns, "g", "train")], mode="remember", mode_reason="", language="en")
    child = disk.datasets.get("child")
    made_from = replace(child, parent=f"{run.dataset}@{run.version}")
    write_json(disk.workspace.dataset("child") / child.version / "version.json", to_json(made_from))
    seen = {one.id: list(one.dependents) for one in disk.things() if one.kind == "dataset"}
    assert seen == {name: trash.depends_on(disk.datasets, name) for name in disk.datasets.names()}
    assert any(one.kind == "version" for one in seen[run.dataset])


@pytest.mark.parametrize("kind", ["run", "evaluation", "dataset", "checkpoints", "model", "export", "hub", "chat"])
def test_what_was_deleted_comes_back_byte_for_byte(disk: Disk, kind: str) -> None:
    root, run = disk.workspace.root, _lab(disk).runs.get(RUN)
    (root / "chat").mkdir(exist_ok=True)
    model = f"models/{catalog.BUNDLED}"
    for place in (f"jobs/{run.id}/checkpoints/checkpoint-40", "exports/e-space", "hub/o-n", model):
        (root / place).mkdir(parents=True)
        (root / place / "file.bin").write_bytes(place.encode())
    write_json(root / model / "complete.json", {"name": catalog.BUNDLED, "hash": "x"})
    append_jsonl(root / "chat" / "votes.jsonl", {"vote": 1})
    thing = next(one for one in disk.things() if one.kind == kind and (kind != "run" or one.id == run.id))
    before = _files(root)
    moved = disk.delete(thing.key)
    assert thing.key not in {one.key for one in disk.things()}
    assert [one.id for one in disk.trashed()] == [moved.id] and disk.trashed()[0].size >= thing.size
    with pytest.raises(LabError):
        disk.find(thing.key)
    disk.restore(moved.id)
    after = _files(root)
    assert after == before and disk.trashed() == []


def test_what_is_used_now_stays_and_a_taken_place_is_not_overwritten(disk: Disk) -> None:
    run = _lab(disk).runs.get(RUN)
    job = next(one for one in disk.jobs.all("eval") if one.spec.options["dataset"] == run.dataset)
    status = json.loads((job.folder / "status.json").read_text("utf-8"))
    write_json(job.folder / "status.json", {**status, "state": "queued"})
    for key in (f"run:{run.id}", f"dataset:{run.dataset}", f"evaluation:{job.id}"):
        with pytest.raises(LabError, match="used"):
            disk.delete(key)
    write_json(job.folder / "status.json", status)
    moved = disk.delete(f"run:{run.id}")
    shutil.copytree(disk.workspace.trashed(moved.id) / "content" / run.id, disk.workspace.job(run.id))
    with pytest.raises(LabError, match="is there again"):
        disk.restore(moved.id)
    assert disk.empty() == moved.size and disk.trashed() == []


@pytest.mark.parametrize("torn", ["jobs/{job}/spec.json", "jobs/{job}/status.json", "datasets/{data}/head.json"])
def test_a_folder_that_cannot_be_read_can_be_moved_away_so_that_the_rest_is_listed_again(disk: Disk, torn: str) -> None:
    run, whole = _lab(disk).runs.get(RUN), len(disk.things())
    path = disk.workspace.root / torn.format(job=run.id, data=run.dataset)
    text = path.read_text("utf-8")
    path.write_text(text[: len(text) // 2], "utf-8")
    lab = _lab(disk)
    assert lab.runs.all() and lab.jobs.all() and lab.datasets.current(), "the page still lists the others"
    [broken] = disk.things()
    assert "cannot be read" in view.things([broken], "en")
    assert broken.key == f"broken:{path.parent.relative_to(disk.workspace.root)}"
    moved = disk.delete(broken.key)
    assert not path.exists() and len(disk.things()) == whole - 1
    assert disk.restore(moved.id).place == path.parent.parent.name and path.exists()


def test_what_a_link_points_to_is_neither_counted_nor_deleted(disk: Disk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "large.bin").write_bytes(b"x" * 5000)
    (disk.workspace.root / "exports" / "made").mkdir(parents=True)
    for place in ("exports/link", "exports/made/inside"):
        (disk.workspace.root / place).symlink_to(tmp_path / "elsewhere")
    (disk.workspace.root / "exports" / "dangling").symlink_to(tmp_path / "nowhere")
    assert {one.name: one.size for one in disk.things() if one.kind == "export"} == dict.fromkeys(
        ("link", "made", "dangling"), 0
    )
    for name in ("link", "made", "dangling"):
        disk.delete(f"export:{name}")
    disk.empty()
    assert (tmp_path / "elsewhere" / "large.bin").stat().st_size == 5000


def test_models_shared_from_elsewhere_are_not_offered(disk: Disk, tmp_path: Path) -> None:
    shared = tmp_path / "shared" / catalog.BUNDLED
    shared.mkdir(parents=True)
    write_json(shared / "complete.json", {"name": catalog.BUNDLED, "hash": "x"})
    assert not any(one.kind == "model" for one in Disk(disk.workspace, tmp_path / "shared").things())


def test_the_command_line_lists_deletes_restores_and_empties(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAB_HOME", str(disk.workspace.root))
    monkeypatch.setenv("LAB_LANG", "en")

    def said(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["lab", "clean", *arguments])
        status = cli.main()
        return status, capsys.readouterr().out

    key = f"run:{_lab(disk).runs.get(RUN).id}"
    assert key in said()[1] and "used by" in said()[1]
    assert said(key, "--json")[0] == 1 and said("run:none", "--yes")[0] == 1
    [gone] = json.loads(said(key, "--yes", "--json")[1])["deleted"]
    assert json.loads(said("--json")[1])["trash"][0]["id"] == gone["id"]
    assert json.loads(said("--restore", gone["id"], "--json")[1])["restored"]["name"] == gone["name"]
    assert json.loads(said("--older", "0", "--yes", "--json")[1])["deleted"]
    assert json.loads(said("--empty", "--yes", "--json")[1])["freed"] > 0


def test_votes_given_since_a_deletion_stand_after_those_that_come_back(disk: Disk) -> None:
    votes = disk.workspace.votes()
    append_jsonl(votes, {"vote": 1})
    moved = disk.delete("chat:votes.jsonl")
    append_jsonl(votes, {"vote": 2})
    disk.restore(moved.id)
    assert [one["vote"] for one in read_jsonl(votes)] == [1, 2]


def test_of_two_tabs_that_delete_at_once_one_is_told_that_it_is_gone(disk: Disk) -> None:
    key = f"run:{_lab(disk).runs.get(RUN).id}"

    def delete(_: int) -> str:
        try:
            return Disk(disk.workspace, disk.models).delete(key).kind
        except LabError as error:
            return error.key

    with ThreadPoolExecutor(4) as tabs:
        told = sorted(tabs.map(delete, range(4)))
    assert told == ["disk.no_such_thing"] * 3 + ["run"] and len(disk.trashed()) == 1


def test_checkpoints_of_a_real_run_are_listed_and_kept_for_who_may_go_on_from_them(disk: Disk) -> None:
    job = disk.workspace.job(_lab(disk).runs.get(RUN).id)
    (job / "checkpoints" / "checkpoint-4").mkdir(parents=True)
    (job / "checkpoints" / "checkpoint-4" / "optimizer.pt").write_bytes(b"x" * 1000)
    key = f"checkpoints:{job.name}"
    assert disk.find(key).dependents == () and disk.find(key).size == 1000
    status = json.loads((job / "status.json").read_text("utf-8"))
    write_json(job / "status.json", {**status, "state": "stopped"})
    assert [one.state for one in disk.find(key).dependents] == ["stopped"] and not disk.find(key).live


def test_on_a_full_disk_things_can_be_deleted_and_brought_back(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 8) as folder:
        made = Lab(Settings(home=folder))
        bring_in(made.workspace)
        disk = Disk(made.workspace, made.models)
        disk.restore(disk.delete(f"evaluation:{disk.jobs.all('eval')[0].id}").id)
        with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"\0" * 4096)
        moved = disk.delete(f"run:{made.runs.get(RUN).id}")
        disk.restore(moved.id)
        disk.delete(f"run:{made.runs.get(RUN).id}")
        assert disk.empty() > 1_000_000
