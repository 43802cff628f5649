"""A version on the disk: written one row at a time, opened at any page, deleted and brought back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.datasets import Datasets, Filter
from lab.datasets.trash import delete, depends_on, forget, restore, trashed
from lab.errors import DataError
from lab.recorded import RECORDED
from lab.records import Message, Problem, Row, Version
from lab.workspace import Workspace, locked, write_json

COUNT = 300


@pytest.fixture
def datasets(tmp_path: Path) -> Datasets:
    return Datasets(Workspace(tmp_path / "home"))


def _row(number: int) -> Row:
    texts = (f"我叫 Jim，这是第{number}个问题 ＡＢＣ？", f"Answer  {number}: it is BLUE.")
    split = ("train", "train", "validation", "test")[number % 4]
    tags = ("旅行",) if number % 5 == 0 else ()
    return Row(f"r{number}", (Message("user", texts[0]), Message("assistant", texts[1])), f"g{number % 7}", split,
               "f.jsonl", number + 1, tags=tags, status="edited" if number == 9 else "ok")  # fmt: skip


PROBLEMS = [
    Problem(3, "duplicate", "warning", "f.jsonl"),
    Problem(7, "placeholder", "warning", "f.jsonl", {"count": 3, "lines": [[7, 8], [10, 10]]}),
    Problem(11, "placeholder", "warning", "another.jsonl"),
]


def _saved(datasets: Datasets, rows: Iterator[Row] | None = None, name: str = "家") -> Version:
    rows = rows or map(_row, range(COUNT))
    return datasets.save(name, rows, mode="remember", mode_reason="", language="zh", problems=PROBLEMS)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(), range(COUNT)),
        (Filter(split="test"), [n for n in range(COUNT) if n % 4 == 3]),
        (Filter(text="我叫jim"), range(COUNT)),
        (Filter(text="第12个"), [12]),
        (Filter(text="第 12 个"), [12]),
        (Filter(text="abc"), range(COUNT)),
        (Filter(text="answer 7: IT"), [7]),
        (Filter(text="blue. "), range(COUNT)),
        (Filter(text="no such words"), []),
        (Filter(text="旅行"), [n for n in range(COUNT) if n % 5 == 0]),
        (Filter(tag="旅行", split="validation"), [n for n in range(COUNT) if n % 5 == 0 and n % 4 == 2]),
        (Filter(tag="旅"), []),
        (Filter(group="g3", text="第3个"), [3]),
        (Filter(status="edited"), [9]),
        (Filter(status="synthetic"), []),
        (Filter(problem="any"), [2, 6, 7, 9]),
        (Filter(problem="duplicate"), [2]),
        (Filter(file="another.jsonl"), []),
    ],
)
def test_a_filter_gives_the_rows_it_means_and_their_number(
    datasets: Datasets, where: Filter, expected: list[int]
) -> None:
    version = _saved(datasets)
    page = datasets.page(version, 0, COUNT, where)
    assert (page.total, page.numbers) == (len(expected), list(expected))
    assert page.rows == [_row(number) for number in expected]
    middle = datasets.page(version, 2, 1, where)
    assert (middle.total, middle.numbers) == (len(expected), list(expected)[2:3])


def test_a_version_without_an_index_gets_one_when_it_is_opened(datasets: Datasets) -> None:
    version = _saved(datasets)
    expected = datasets.page(version, 5, 3, Filter(text="blue"))
    shutil.rmtree(datasets.folder(version) / "index")
    assert datasets.page(version, 5, 3, Filter(text="blue")) == expected
    write_json(datasets.folder(version) / "index" / "index.json", {"format": 0})
    assert datasets.page(version, 5, 3, Filter(text="blue")) == expected


@pytest.mark.parametrize("name", sorted(path.name for path in (RECORDED / "datasets").iterdir()))
def test_the_recorded_versions_keep_their_names(datasets: Datasets, name: str) -> None:
    shutil.copytree(RECORDED / "datasets" / name, datasets.workspace.dataset(name))
    stored = datasets.get(name)
    again = datasets.save(
        "again",
        datasets.rows(stored),
        mode=stored.mode,
        mode_reason="",
        language=stored.language,
        documents=datasets.documents(stored),
        checks=stored.checks,
    )
    assert again.version == stored.version
    assert datasets.page(stored, 0, 1).total == stored.rows


def test_a_save_that_fails_leaves_nothing(datasets: Datasets) -> None:
    def broken() -> Iterator[Row]:
        yield _row(1)
        raise DataError("data.empty_file", size=0)

    with pytest.raises(DataError):
        _saved(datasets, broken())
    assert not datasets.workspace.dataset("家").exists()
    first = _saved(datasets)
    with pytest.raises(DataError):
        _saved(datasets, broken())
    assert datasets.get("家") == first
    assert sorted(path.name for path in datasets.workspace.dataset("家").iterdir()) == [first.version, "head.json"]


def test_what_a_killed_writer_left_is_swept_away_and_a_live_one_is_let_be(datasets: Datasets) -> None:
    left, live = (datasets.workspace.dataset("家") / f".new-{name}" for name in ("1-dead", "2-live"))
    left.mkdir(parents=True)
    (left / "rows.jsonl").write_text("{", "utf-8")
    with locked(live / ".lock"):
        version = _saved(datasets)
        assert not left.exists() and live.exists()
    assert datasets.versions("家") == [version]


def test_versions_are_listed_newest_first_and_one_can_be_chosen(datasets: Datasets) -> None:
    first, second = _saved(datasets), _saved(datasets, map(_row, range(5)))
    assert {version.version for version in datasets.versions("家")} == {first.version, second.version}
    assert datasets.get("家") == second
    datasets.choose(first)
    assert datasets.get("家") == first


def _job(datasets: Datasets, job_id: str, state: str, **options: object) -> None:
    folder = datasets.workspace.job(job_id)
    spec = {"id": job_id, "kind": "train", "name": job_id, "created": "2026", "options": options}
    write_json(folder / "spec.json", spec)
    write_json(folder / "status.json", {"state": state})


def test_what_depends_on_a_version_is_listed_before_it_is_deleted(datasets: Datasets) -> None:
    first = _saved(datasets)
    child = datasets.save(
        "child", [_row(1)], mode="remember", mode_reason="", language="zh", parent=f"家@{first.version}"
    )
    _job(datasets, "run-1", "done", dataset="家", version=first.version)
    _job(datasets, "run-2", "done", dataset="else", version=first.version)
    _job(datasets, "eval-3", "done", dataset="else", contestants=[{"documents": f"家@{first.version}"}])
    for version in (None, first.version):
        found = {dependent.id for dependent in depends_on(datasets, "家", version)}
        assert found == {"run-1", "eval-3", f"child@{child.version}"}
    assert depends_on(datasets, "child") == []


def test_a_deleted_data_set_comes_back_as_it_was(datasets: Datasets) -> None:
    version = _saved(datasets)
    deleted = delete(datasets, "家")
    assert datasets.names() == [] and [one.id for one in trashed(datasets)] == [deleted.id]
    assert restore(datasets, deleted.id) == version
    assert datasets.page(version).total == COUNT and trashed(datasets) == []
    with pytest.raises(DataError):
        restore(datasets, deleted.id)


def test_a_deleted_version_gives_way_to_the_one_before_and_comes_back_as_the_current_one(datasets: Datasets) -> None:
    first, second = _saved(datasets), _saved(datasets, map(_row, range(5)))
    deleted = delete(datasets, "家", second.version)
    assert datasets.get("家") == first and datasets.versions("家") == [first]
    restore(datasets, deleted.id)
    assert datasets.get("家") == second
    last = [delete(datasets, "家", version.version) for version in (first, second)][-1]
    assert datasets.names() == [] and last.version == ""
    forget(datasets, last.id)
    assert [one.version for one in trashed(datasets)] == [first.version]
    with pytest.raises(DataError) as caught:
        restore(datasets, trashed(datasets)[0].id)
    assert caught.value.key == "versions.dataset_gone"


def test_a_data_set_in_use_is_not_deleted(datasets: Datasets) -> None:
    _saved(datasets)
    _job(datasets, "run-1", "queued", dataset="家")
    with pytest.raises(DataError) as caught:
        delete(datasets, "家")
    assert caught.value.key == "versions.in_use" and caught.value.values["job"] == "run-1"
    assert datasets.names() == ["家"]


def test_a_place_that_was_taken_again_is_not_overwritten(datasets: Datasets) -> None:
    _saved(datasets)
    deleted = delete(datasets, "家")
    other = _saved(datasets, map(_row, range(3)))
    with pytest.raises(DataError) as caught:
        restore(datasets, deleted.id)
    assert caught.value.key == "versions.place_taken" and datasets.get("家") == other
