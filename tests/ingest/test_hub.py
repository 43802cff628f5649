"""Data sets of a hub: which files are taken, and the real client against a small hub on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from hub_stand_in import TOKEN, HubStandIn

from lab.datasets import Datasets
from lab.errors import UsageError
from lab.ingest.hub import choosing
from lab.ingest.writing.export import write
from lab.records import Message, Row
from lab.settings import PROJECT
from lab.workspace import Workspace

README = """---
configs:
- config_name: plain
  data_files:
  - split: train
    path: plain/train-*
  - split: test
    path: plain/held.jsonl
- config_name: all
  default: true
  data_files: "**/*.jsonl"
---
# Rows
"""


@pytest.mark.parametrize(
    ("name", "repository", "configuration", "split"),
    [
        ("hub:o/n", "o/n", "", ""),
        ("hub:o/n-1.x:zh@test", "o/n-1.x", "zh", "test"),
        ("modelscope:o/n@train", "o/n", "", "train"),
    ],
)
def test_a_repository_is_named_in_one_way(name: str, repository: str, configuration: str, split: str) -> None:
    found = choosing.source(name)
    assert (found.repository, found.configuration, found.split) == (repository, configuration, split)
    assert choosing.is_remote(name) and str(found) == name


@pytest.mark.parametrize("name", ["hub:", "hub:n", "hub:../n", "hub:o/n/x", "hub:o/..", "hub:o n/x", "hub:/o/n//x"])
def test_what_names_no_repository_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        choosing.source(name)
    assert not choosing.is_remote("data.jsonl")


@pytest.mark.parametrize(
    ("name", "files", "taken"),
    [
        ("hub:o/n", ["README.md", "train.jsonl", ".gitattributes"], {"train.jsonl": "train"}),
        ("hub:o/n", ["data/train-00000-of-00002.parquet", "data/dev.parquet", "data/a.csv"],
         {"data/train-00000-of-00002.parquet": "train", "data/dev.parquet": "validation"}),
        ("hub:o/n@test", ["train.csv", "test.csv"], {"test.csv": "test"}),
        ("hub:o/n:zh", ["zh/a.json", "en/a.json", "zh-more.json"], {"zh/a.json": "", "zh-more.json": ""}),
        ("hub:o/n", ["dataset_infos.json", "rows.jsonl.gz"], {"rows.jsonl.gz": ""}),
        ("hub:o/n", ["guide.md", "README.md", "LICENSE.txt"], {"guide.md": ""}),
        ("hub:o/n", ["latest.jsonl", "contest/rows.jsonl"], {"latest.jsonl": "", "contest/rows.jsonl": ""}),
    ],
)  # fmt: skip
def test_the_files_with_rows_are_taken_with_the_split_their_names_tell(
    name: str, files: list[str], taken: dict[str, str]
) -> None:
    chosen = choosing.choose(choosing.source(name), [(path, 1) for path in files])
    assert {file.path: file.split for file in chosen.files} == taken


def test_the_readme_decides_where_it_names_files() -> None:
    files = [(path, 1) for path in ("plain/train-0.jsonl", "plain/held.jsonl", "more/x.jsonl")]
    chosen = choosing.choose(choosing.source("hub:o/n:plain"), files, README)
    assert {file.path: file.split for file in chosen.files} == {
        "plain/train-0.jsonl": "train",
        "plain/held.jsonl": "test",
    }
    assert chosen.others == ("more/x.jsonl",)
    with pytest.raises(UsageError, match="plain, all"):
        choosing.choose(choosing.source("hub:o/n"), files, README.replace("  default: true\n", ""))
    assert len(choosing.choose(choosing.source("hub:o/n"), files, README).files) == 3
    for broken in ("---\nconfigs: [1, {data_files: 3}]\n---\n", "---\n: [\n---\n", "---\nconfigs: x\n---\n"):
        assert [file.path for file in choosing.choose(choosing.source("hub:o/n"), files, broken).files] == [files[0][0]]


@pytest.mark.parametrize("name", ["hub:o/n@other", "hub:o/n:other"])
def test_what_is_not_there_is_answered_with_what_is(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        choosing.choose(choosing.source(name), [("train.jsonl", 1)])
    assert "train" in str(caught.value)
    with pytest.raises(UsageError, match=r"model\.bin"):
        choosing.choose(choosing.source("hub:o/n"), [("model.bin", 1)])


# The real client, in children: it reads its own environment when it is imported.


@pytest.fixture
def hub() -> Any:
    with HubStandIn() as stand_in:
        yield stand_in


def _rows(*texts: str) -> bytes:
    return "".join(json.dumps({"question": f"{text}?", "answer": f"{text}."}) + "\n" for text in texts).encode()


ALL = """
import contextlib, io, json, sys
from lab import cli
said = []
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["lab", *arguments]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = cli.main()
    said.append([status, out.getvalue(), err.getvalue()])
print(json.dumps(said))
"""


def _lab(home: Path, environment: dict[str, str], *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """(status, stdout, stderr) of each command, run one after another in one child."""
    child = [sys.executable, "-c", ALL, json.dumps(commands)]
    ours = {**os.environ, "LAB_HOME": str(home), "LAB_LANG": "en", "HF_HOME": str(home / "hf"), **environment}
    done = subprocess.run(child, capture_output=True, text=True, cwd=PROJECT, env=ours, check=False)
    assert done.returncode == 0, done.stderr
    return [(status, out, err) for status, out, err in json.loads(done.stdout)]


def test_a_repository_becomes_a_data_set_with_its_own_split_and_is_there_without_the_hub(
    hub: HubStandIn, tmp_path: Path
) -> None:
    table = tmp_path / "rows.parquet"
    rows = [Row(f"{i}", (Message("user", f"Held {i}?"), Message("assistant", f"It is {i}.")), "") for i in range(3000)]
    write(lambda: rows, "parquet", table)
    files = {"README.md": b"# x\n", "data/train.parquet": table.read_bytes(), "data/test.jsonl": _rows("One", "Two")}
    hub.add("dataset", "o/n", {**files, "data/other.csv.txt": b"x"}, private=True)
    hub.cut_after = 2000
    ((status, out, err),) = _lab(tmp_path, hub.environment, ("data", "add", "hub:o/n", "--name", "n", "--json"))
    assert status == 0, err
    said = json.loads(out)
    assert said["splits"]["test"] == 2 and said["splits"]["train"] == 3000
    assert "hub:o/n: 2 files" in err
    blobs = [request for request in hub.requests if request.path.startswith("/blobs/")]
    assert len(blobs) == 2, "a download that broke off goes on"
    assert not any(request.authorised for request in blobs), "the token went to another host"

    hub.close()
    there, never = _lab(
        tmp_path, hub.environment, ("data", "check", "hub:o/n", "--json"), ("data", "check", "hub:o/never")
    )
    assert json.loads(there[1])["rows_ok"] == 3002 and "earlier fetch" in there[2]
    status, _, err = never
    assert status == 1 and "cannot be reached" in err and "Traceback" not in err


def test_a_refused_repository_is_a_sentence_and_too_much_is_not_fetched(hub: HubStandIn, tmp_path: Path) -> None:
    hub.add("dataset", "o/gated", {"train.jsonl": _rows("A")}, gated=True)
    hub.add("dataset", "o/large", {"train.jsonl": _rows("A") * 40_000})
    without = {**hub.environment, "HF_TOKEN": ""}
    gated, missing, large = _lab(
        tmp_path,
        without,
        ("data", "check", "hub:o/gated"),
        ("data", "check", "hub:o/none"),
        ("data", "check", "hub:o/large", "--most-mb", "1"),
    )
    for (status, out, err), expected in (
        (gated, "HF_TOKEN"),
        (missing, "no data set hub:o/none"),
        (large, "--most-mb"),
    ):
        assert (status, out) == (1, "") and expected in err and "Traceback" not in err
    assert not any("resolve" in request.path for request in hub.requests)


def _version(home: Path) -> Datasets:
    rows = [
        Row(f"{i:012x}", (Message("user", f"Q{i}?"), Message("assistant", f"A{i}.")), f"g{i}", split, "a.jsonl", i + 1)
        for i, split in enumerate(["train", "train", "test"])
    ]
    rows[0] = replace(rows[0], status="synthetic", rule="faq", document="d.md")
    datasets = Datasets(Workspace(home))
    datasets.save("set", rows, mode="generalise", mode_reason="data.reason_chosen", language="en")
    return datasets


def test_a_pushed_data_set_is_read_back_and_pushed_again_without_touching_its_card(
    hub: HubStandIn, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    _version(home)
    arguments = ("data", "push", "set", "--to", "me/mine")
    ((status, out, err),) = _lab(home, hub.environment, (*arguments, "--private", "--json"))
    assert status == 0, err
    made = hub.repository("dataset", "me/mine")
    assert made.private and json.loads(out)["files"] == ["data/train.parquet", "data/test.parquet"]
    (tmp_path / "t.parquet").write_bytes(made.files["data/train.parquet"])
    assert pyarrow.parquet.read_table(tmp_path / "t.parquet").num_rows == 2
    card = made.files["README.md"].decode()
    assert all(part in card for part in ("language:\n- en", "| train | 2 |", "`a.jsonl` 3", "`d.md` 1", "Licence"))

    made.files["README.md"] = b"---\nlicense: mit\n---\n# Mine\n"
    again = ("data", "add", "hub:me/mine", "--name", "b", "--json")
    (status, out, _), (added, document, err) = _lab(home, hub.environment, (*arguments, "--format", "jsonl"), again)
    assert status == 0 and "stays as it is" in out
    assert sorted(made.files) == [".gitattributes", "README.md", "data/test.jsonl", "data/train.jsonl"]
    assert made.files["README.md"].endswith(b"# Mine\n") and len(made.commits) == 2

    assert added == 0, err
    assert json.loads(document)["splits"] == {"train": 2, "validation": 0, "test": 1}
    found = Datasets(Workspace(home))
    assert [row.group for row in found.rows(found.get("b"))] == ["g0", "g1", "g2"]


def test_nothing_is_pushed_without_a_token_with_secrets_or_to_the_public_where_it_should_be_private(
    hub: HubStandIn, tmp_path: Path
) -> None:
    _version(tmp_path)
    arguments = ("data", "push", "set", "--to", "me/public", "--private")
    ((status, _, err),) = _lab(tmp_path, {**hub.environment, "HF_TOKEN": ""}, arguments)
    assert status == 1 and "HF_TOKEN" in err and hub.requests == []
    hub.add("dataset", "me/public", {"README.md": b"# p"})
    ((status, _, err),) = _lab(tmp_path, hub.environment, arguments)
    assert status == 1 and "public" in err
    assert hub.repository("dataset", "me/public").files == {"README.md": b"# p"}
    datasets = _version(tmp_path)
    key = "sk-proj-" + "9dK2fLq7Zx8WmT3vB6nR1yHc5Gj0PsAe4UiO"
    turns = (Message("user", "Which key?"), Message("assistant", f"It is {key}."))
    rows = [Row("0" * 12, turns, "g", "train", "keys.jsonl", 7)]
    datasets.save("keys", rows, mode="generalise", mode_reason="data.reason_chosen", language="en")
    before = len(hub.requests)
    kept, gone = _lab(
        tmp_path,
        hub.environment,
        ("data", "push", "keys", "--to", "me/keys"),
        ("data", "push", "keys", "--to", "me/keys", "--with-secrets"),
    )
    assert kept[0] == 1 and "keys.jsonl:7" in kept[2] and key not in kept[2]
    assert gone[0] == 0 and len(hub.requests) > before
    assert TOKEN not in err and not any(TOKEN in path.read_text("utf-8", "replace") for path in _texts(tmp_path))


def _texts(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_modelscope_needs_its_own_package_and_is_read_through_it(tmp_path: Path) -> None:
    ((status, _, err),) = _lab(tmp_path, {}, ("data", "check", "modelscope:o/n"))
    assert status == 1 and "pip install modelscope-hub" in err
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "modelscope_hub.py").write_text(
        "import pathlib, types\n"
        "def entry(path, size, is_dir=False):\n"
        "    return types.SimpleNamespace(path=path, size=size, is_dir=is_dir)\n"
        "class HubApi:\n"
        "    def list_repo_files(self, repo_id, repo_type, *, revision=None, recursive=True):\n"
        "        assert (repo_id, repo_type) == ('o/n', 'dataset')\n"
        "        return [entry('data', 0, True), entry('data/rows.jsonl', 30), entry('../out.jsonl', 3)]\n"
        "    def download_repo(self, repo_id, repo_type, *, local_dir=None, allow_patterns=None):\n"
        "        assert allow_patterns == ['data/rows.jsonl']\n"
        "        path = pathlib.Path(local_dir) / 'data'\n"
        "        path.mkdir(parents=True)\n"
        '        (path / \'rows.jsonl\').write_text(\'{"question": "Q?", "answer": "A"}\\n\')\n'
        "        return pathlib.Path(local_dir)\n"
    )
    environment = {"PYTHONPATH": str(tmp_path / "packages")}
    ((status, out, err),) = _lab(tmp_path, environment, ("data", "check", "modelscope:o/n", "--json"))
    assert status == 0, err
    assert json.loads(out)["rows_ok"] == 1


def test_the_page_starts_without_the_hubs_library() -> None:
    code = "import sys, lab.lab, lab.cli; print([m for m in ('huggingface_hub', 'pyarrow') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert done.stdout.strip() == "[]"
