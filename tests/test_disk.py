"""The disk: every thing with its size and its users, into the trash and back as it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lab import catalog, cli
from lab.disk import Disk, size_of
from lab.errors import LabError
from lab.lab import Lab
from lab.recorded import bring_in
from lab.settings import Settings
from lab.workspace import write_json

RUN = "ft-family-en-recorded"


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    made = Lab(Settings(home=tmp_path / "workspace"))
    bring_in(made.workspace)
    return Disk(made.workspace, made.models)


def _files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


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


@pytest.mark.parametrize("kind", ["run", "evaluation", "dataset", "checkpoints", "model", "export", "hub"])
def test_what_was_deleted_comes_back_byte_for_byte(disk: Disk, kind: str) -> None:
    root, run = disk.workspace.root, _lab(disk).runs.get(RUN)
    for place in (f"jobs/{run.id}/checkpoint-40", "exports/e-space", "hub/o-n", "models/" + catalog.BUNDLED):
        (root / place).mkdir(parents=True)
        (root / place / "file.bin").write_bytes(place.encode())
    write_json(root / "models" / catalog.BUNDLED / "complete.json", {"name": catalog.BUNDLED, "hash": "x"})
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
