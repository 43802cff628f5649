"""A run as a Space: what is in the folder, what is asked of a hub, runs kept there, and the folder started."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hub_stand_in import TOKEN, HubStandIn

from lab import cli, hosting
from lab.errors import LabError
from lab.hub_client import library
from lab.jobs import Jobs
from lab.lab import Lab
from lab.recorded import OPENING, bring_in
from lab.records import Message, Row, Run
from lab.settings import HubAccess, Settings
from lab.ship import space
from lab.ship.deploy import Order, deploy
from lab.ship.keeping import Keeper
from lab.workspace import Workspace, append_jsonl, read_json, read_jsonl, write_json

RUN = "ft-family-en-recorded"
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
"""The hub's client says so of itself when it uploads."""


@pytest.fixture
def shown(tmp_path: Path) -> Lab:
    """A lab with the recorded runs."""
    made = Lab(Settings(home=tmp_path / "workspace"))
    bring_in(made.workspace)
    return made


@pytest.fixture
def hub() -> Iterator[HubStandIn]:
    with HubStandIn() as stand_in:
        yield stand_in


def _commands(lab: Lab, environment: dict[str, str], *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """(status, stdout, stderr) of each command, one after another."""
    told = []
    with pytest.MonkeyPatch.context() as ours:
        for name, value in {"LAB_HOME": str(lab.workspace.root), "LAB_LANG": "en", **environment}.items():
            ours.setenv(name, value)
        for arguments in commands:
            ours.setattr("sys.argv", ["lab", *arguments])
            out, err = io.StringIO(), io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                status = cli.main()
            told.append((status, out.getvalue(), err.getvalue()))
    return told


def test_the_folder_is_a_whole_space_with_the_run_its_questions_and_its_verdict(shown: Lab, tmp_path: Path) -> None:
    run = shown.runs.get(RUN)
    contents = shown.space(run)
    files = space.write(contents, tmp_path / "space")
    assert {"README.md", "app.py", "LICENSE", "requirements.txt", "spaces.yaml", "lab/lab.py"} <= set(files)
    needless = ("__pycache__", "tests/", "bench/", "-zh-recorded", "log.txt", "lab/docs.py")
    assert [name for name in files if any(part in name for part in needless)] == []
    readme = (tmp_path / "space" / "README.md").read_text("utf-8")
    about = yaml.safe_load(readme.split("---")[1])
    assert about["sdk"] == "gradio" and about["app_file"] == "app.py" and "secrets" not in about
    needs = (tmp_path / "space" / "requirements.txt").read_text("utf-8")
    assert f"\ngradio=={about['sdk_version']}\n" in needs and about["python_version"] == "3.11"
    assert about["suggested_hardware"] in {one.value for one in library().SpaceHardware}
    assert about["suggested_storage"] in {one.value for one in library().SpaceStorage}
    assert all(len(about[name]) <= 60 for name in ("title", "short_description")), "the hub refuses longer ones"
    for language in ("zh", "en"):
        assert shown.verdict_on(run)[language] in readme
    assert "ZeroGPU" in readme and "Apache-2.0" in readme
    there = tmp_path / "there"
    moved = Lab(Settings(home=there))
    bring_in(moved.workspace, tmp_path / "space" / "data" / "recorded")
    [found] = moved.runs.all()
    assert found.id == run.id and moved.verdict_on(found) == shown.verdict_on(run)
    rows = list(moved.datasets.rows(moved.datasets.get(run.dataset)))
    assert {row.split for row in rows} == {"test"} and contents.rows_left == 63


def test_nothing_in_the_folder_names_a_place_of_this_machine_or_holds_a_key(shown: Lab, tmp_path: Path) -> None:
    run = shown.runs.get(RUN)
    job = shown.workspace.job(space.evaluated(shown.workspace, run))
    prompt = "base+prompt:/home/anna/prompts/short.txt"
    for name in ("evaluation.json", "items.jsonl", "spec.json"):
        text = re.sub(r'(?<=: )"base"', json.dumps(prompt), (job / name).read_text("utf-8"))
        (job / name).write_text(text.replace('"dataset"', '"models": "/home/anna/models", "dataset"', 1), "utf-8")
    folder = tmp_path / "space"
    space.write(shown.space(run), folder)
    for path in (folder / "data" / "recorded").rglob("*.json*"):
        assert "/home/" not in path.read_text("utf-8"), path
    [stored] = (folder / "data" / "recorded" / "jobs").glob("*eval*")
    names = {one["contestant"] for one in read_jsonl(stored / "items.jsonl")}
    assert names == {"base+prompt:short.txt", RUN}

    key = "sk-proj-" + "9dK2fLq7Zx8WmT3vB6nR1yHc5Gj0PsAe4UiO"
    turns = (Message("user", "Which key?"), Message("assistant", f"It is {key}."))
    rows = [Row("0" * 12, turns, "g", "test", "keys.jsonl", 7)]
    version = shown.datasets.save("keys", rows, mode="generalise", mode_reason="data.reason_chosen", language="en")
    shown.runs.save(replace(run, dataset="keys", version=version.version))
    with pytest.raises(LabError) as caught:
        shown.space(shown.runs.get(RUN))
    assert "keys.jsonl:7" in str(caught.value) and key not in str(caught.value)


def test_a_base_that_a_space_cannot_fetch_is_refused(shown: Lab) -> None:
    run = shown.runs.get(RUN)
    shown.runs.save(replace(run, base="/home/anna/my-model"))
    with pytest.raises(LabError, match="my-model"):
        shown.space(shown.runs.get(RUN))


def test_a_space_is_made_with_all_that_was_asked_and_renewed_in_place(hub: HubStandIn, shown: Lab) -> None:
    secrets = {**hub.environment, "LAB_PASSWORD": "open sesame"}
    order = ("space", RUN, "--to", "me/show", "--private", "--hardware", "t4-small", "--storage", "me/disk")
    order = (*order, "--keep", "me/runs", "--yes", "--json")
    (dry, out, _), (status, document, err) = _commands(shown, secrets, (*order, "--dry-run"), order)
    assert dry == 0 and hub.requests and json.loads(out)["address"] is None
    assert status == 0, err
    told, made = json.loads(document), hub.repository("space", "me/show")
    assert made.private and made.created["sdk"] == "gradio" and made.created["hardware"] == "t4-small"
    assert {"key": "LAB_PASSWORD", "value": "open sesame"} in made.created["secrets"]
    assert {"key": "LAB_KEEP", "value": "me/runs"} in made.created["variables"]
    assert made.created["volumes"] == [{"type": "bucket", "source": "me/disk", "mountPath": "/data"}]
    assert set(made.files) == {one["path"] for one in told["files"]} and len(made.commits) == 1
    assert hub.repository("dataset", "me/runs").private and hub.repository("bucket", "me/disk").private
    for text in (out, document, err, *(data.decode("utf-8", "replace") for data in made.files.values())):
        assert "open sesame" not in text and TOKEN not in text

    made.files["lab/gone.py"] = b""
    again = ("space", RUN, "--to", "me/show", "--hardware", "cpu-basic", "--yes")
    ((status, out, err),) = _commands(shown, secrets, again)
    assert status == 0 and "MB" in out and "LAB_PASSWORD" in out, err
    assert "lab/gone.py" not in made.files and len(made.commits) == 2
    assert ("hardware", {"flavor": "cpu-basic"}) in made.posted


def test_what_must_not_be_pushed_is_not(hub: HubStandIn, shown: Lab) -> None:
    hub.add("space", "me/other", {".gitattributes": b"", "app.py": b"print()"})
    hub.add("space", "me/open", {".gitattributes": b""})
    base = ("space", RUN, "--yes", "--to")
    found = _commands(
        shown,
        hub.environment,
        (*base, "me/other"),
        (*base, "me/open", "--private"),
        (*base, "me/zero", "--hardware", "zero-a10g"),
        (*base, "me/odd", "--hardware", "abacus"),
        (*base, "odd"),
        ("space", RUN, "--to", "me/asked", "--json"),
        ("space", RUN),
    )
    for (status, _, err), expected in zip(
        found, ("did not write", "is public", "ZeroGPU", "abacus", "OWNER/NAME", "--yes", "--out"), strict=True
    ):
        assert status == 1 and expected in err and "Traceback" not in err
    ((status, _, err),) = _commands(shown, {**hub.environment, "HF_TOKEN": ""}, (*base, "me/x"))
    assert status == 1 and "HF_TOKEN" in err
    assert hub.repository("space", "me/other").files["app.py"] == b"print()"
    assert [kind for kind, _ in hub.repositories] == ["space", "space"]


def test_what_the_hub_refuses_is_said_and_the_same_order_finishes_what_broke_off(
    hub: HubStandIn, tmp_path: Path
) -> None:
    for name in ("app.py", f"data/recorded/{OPENING}"):
        (tmp_path / "show" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "show" / name).write_text("{}")
    order = Order("me/show", "t4-small", hardware_if_new=True)
    reached, nowhere = HubAccess(hub.address, TOKEN), HubAccess("http://127.0.0.1:9", TOKEN)

    def told(order: Order, access: HubAccess, *refusals: tuple[str, int]) -> str:
        hub.refusals.extend(refusals)
        with pytest.raises(LabError) as caught:
            deploy(tmp_path / "show", order, access)
        assert hub.refusals == []
        return str(caught.value)

    for refusal, expected in (
        (("/repos/create", 402), "wants to be paid"),
        (("/repos/create", 500), "“Refused with 500”"),
        (("/preupload/main", 400), "“Refused with 400”"),
        (("/commit/main", 403), "token"),
        (("/me/show", 0), "broke off"),
    ):
        assert expected in told(order, reached, refusal)
    made = hub.repository("space", "me/show")
    assert made.commits == [] and made.created["hardware"] == "t4-small"
    assert deploy(tmp_path / "show", order, reached).repository == "me/show" and len(made.commits) == 1
    assert "hardware" not in dict(made.posted), "a Space keeps the hardware it has unless another is named"
    assert "wants to be paid" in told(replace(order, hardware_if_new=False), reached, ("/hardware", 402))
    assert "could not be reached" in told(order, nowhere)
    assert "OWNER/NAME" in told(replace(order, repository="me/a b"), reached) and len(made.commits) == 1


def _made_here(lab: Lab) -> Run:
    """A run of this lab, as if nothing had come with it; its data set has a version made here."""
    run = lab.runs.get(RUN)
    lab.workspace.recorded().unlink()
    turns = (Message("user", "Who?"), Message("assistant", "Jim."))
    lab.datasets.save(run.dataset, [Row("1", turns, "g", "train")], mode="remember", mode_reason="", language="en")
    (lab.workspace.job(run.id) / "log.txt").write_text("a log")
    return run


def test_what_was_made_is_kept_in_a_private_repository_and_comes_back_onto_an_empty_disk(
    hub: HubStandIn, shown: Lab, tmp_path: Path
) -> None:
    run = _made_here(shown)
    job, dataset = shown.workspace.job(run.id), shown.datasets.get(run.dataset)
    append_jsonl(shown.workspace.targets(run.dataset), {"text": "right>=0.9"})
    append_jsonl(shown.workspace.votes(), {"vote": 1})
    ((status, out, err),) = _commands(shown, hub.environment, ("keep", "--to", "me/runs", "--json"))
    assert status == 0 and json.loads(out)["sent"] >= 6, err
    stored = hub.repository("dataset", "me/runs")
    assert stored.private and f"jobs/{run.id}/adapter/adapter_model.safetensors" in stored.files
    assert not any(name.endswith(("log.txt", "lock")) for name in stored.files)

    empty = Lab(Settings(home=tmp_path / "empty"))
    bring_in(empty.workspace)  # the sample of the same name is there before anything is back
    shutil.rmtree(empty.workspace.jobs())
    write_json(empty.workspace.recorded(), [f"datasets/{run.dataset}"])
    append_jsonl(empty.workspace.votes(), {"vote": 2})
    back, once, kept = _commands(
        empty,
        {**hub.environment, "LAB_KEEP": "me/runs"},
        ("keep", "--restore", "--json"),
        ("keep", "--restore", "--json"),
        ("keep", "--json"),
    )
    assert back[0] == 0 and json.loads(back[1])["restored"] >= 5, back[2]
    assert empty.datasets.get(run.dataset) == dataset
    assert [one["vote"] for one in read_jsonl(empty.workspace.votes())] == [1, 2]
    assert [one["text"] for one in read_jsonl(empty.workspace.targets(run.dataset))] == ["right>=0.5", "right>=0.9"]
    assert json.loads(kept[1])["sent"] <= 2 and b'{"vote": 2}' in stored.files["chat/votes.jsonl"], once
    assert empty.verdict_on(empty.runs.get(RUN)) == shown.verdict_on(run)
    weights = "adapter/adapter_model.safetensors"
    assert (empty.runs.folder(run) / weights).read_bytes() == (job / weights).read_bytes()

    shutil.rmtree(empty.workspace.job(run.id))
    gone, again = _commands(empty, {**hub.environment, "LAB_KEEP": "me/runs"}, ("keep", "--json"), ("keep",))
    assert json.loads(gone[1])["deleted"] == 1 and again[0] == 0
    assert not any(run.id in name for name in stored.files)


def test_a_run_cut_off_by_a_restart_comes_back_with_its_newest_checkpoint_and_can_go_on(
    hub: HubStandIn, shown: Lab, tmp_path: Path
) -> None:
    job = shown.workspace.job(_made_here(shown).id)
    status = json.loads((job / "status.json").read_text("utf-8"))
    (job / "run.json").unlink()
    write_json(job / "status.json", {**status, "state": "running"})
    keeper = Keeper(shown.workspace, "me/runs", HubAccess(hub.address, TOKEN))

    def checkpoint(step: int, *, whole: bool) -> None:
        folder = job / "checkpoints" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / "adapter_model.safetensors").write_bytes(bytes([step]) * 9)
        if whole:
            write_json(folder / "complete.json", {"step": step})

    for step in (2, 10):
        checkpoint(step, whole=True)
        keeper.keep()
    checkpoint(12, whole=False)
    assert keeper.keep().sent == 0
    stored = hub.repository("dataset", "me/runs").files
    assert {Path(name).parts[3] for name in stored if "/checkpoints/" in name} == {"checkpoint-10"}

    empty = Workspace(tmp_path / "empty")
    Keeper(empty, "me/runs", HubAccess(hub.address, TOKEN)).restore()
    found = Jobs(empty).get(job.name)
    assert found.state == "interrupted"
    assert (found.folder / "checkpoints/checkpoint-10/adapter_model.safetensors").read_bytes() == b"\n" * 9

    write_json(job / "status.json", {**status, "state": "done"})
    keeper.keep()
    assert not any("/checkpoints/" in name for name in stored)


def test_runs_are_not_kept_in_the_open(hub: HubStandIn, shown: Lab) -> None:
    hub.add("dataset", "me/open", {"README.md": b"# x"})
    _made_here(shown)
    keeper = Keeper(shown.workspace, "me/open", HubAccess(hub.address, TOKEN))
    with pytest.raises(LabError, match="public"):
        keeper.keep()
    assert list(hub.repository("dataset", "me/open").files) == ["README.md"] and keeper.sent() == {}


def test_a_space_finds_a_place_it_can_write_and_knows_whether_it_lasts(tmp_path: Path) -> None:
    elsewhere = Settings(home=tmp_path / "no" / "such" / "place")
    assert hosting.settled(elsewhere) == elsewhere
    hosted = replace(elsewhere, space="me/show")
    assert hosting.settled(hosted).home != elsewhere.home and hosting.usable(hosting.settled(hosted).home)
    assert hosting.settled(replace(hosted, home=tmp_path / "home")).home == tmp_path / "home"
    (tmp_path / "file").write_text("")
    assert not hosting.usable(tmp_path / "file")
    assert not hosting.usable(tmp_path / "file" / "below")
    assert hosting.is_lasting(Path("/dev/shm/home")) == os.path.ismount("/dev/shm")


def test_the_written_folder_starts_as_a_space_does_and_opens_on_the_run(
    hub: HubStandIn, shown: Lab, models: Path, tmp_path: Path
) -> None:
    folder, elsewhere = tmp_path / "space", tmp_path / "cwd"
    elsewhere.mkdir()
    space.write(shown.space(shown.runs.get(RUN)), folder)
    hub.add("dataset", "me/runs", {"chat/duels.jsonl": b"", ".gitattributes": b""}, private=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LAB_")}
    environment |= {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": str(port)}
    environment |= {"SYSTEM": "spaces", "SPACE_ID": "me/show"}
    environment |= {"LAB_MODELS": str(models), "HOME": "/dev/null/home", "LAB_KEEP": "me/runs", **hub.environment}
    log = (tmp_path / "log.txt").open("wb")
    command = [sys.executable, "-B", str(folder / "app.py")]
    process = subprocess.Popen(command, cwd=elsewhere, env=environment, stdout=log, stderr=log)
    try:
        page = _page(process, port, tmp_path / "log.txt")
    finally:
        process.terminate()
        process.wait(30)
        log.close()
    home = folder / "workspace"
    for said in (RUN, "family-en-recorded", "no lasting storage", "me/runs"):
        assert said in page, said
    assert re.search(r'"selected":\s*"compare"', page)
    assert (home / "chat" / "duels.jsonl").exists() and read_json(home / "kept.json")["problem"] is None
    assert list(elsewhere.iterdir()) == []


def _page(process: subprocess.Popen[bytes], port: int, log: Path) -> str:
    """What the page says when it opens; asked until it stands."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as reply:
                page = str(reply.read().decode("utf-8"))
            for _ in range(100):
                if (log.parent / "space" / "workspace" / "kept.json").exists():
                    break
                time.sleep(0.1)
            return page
        except OSError:
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.1)
    raise AssertionError("the page did not come up")
