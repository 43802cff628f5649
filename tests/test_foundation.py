"""Records, fields, settings and errors: what they promise to every part above."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.datasets import Datasets
from lab.errors import DataError, EvalError, UsageError
from lab.fields import check, knob, parse
from lab.records import Contestant, Decoding, JobStatus, Message, Row, Run, from_json, to_json
from lab.runs import Runs, contestant, contestants, served_name
from lab.settings import Settings
from lab.workspace import Workspace


@pytest.mark.parametrize(
    "record",
    [
        Row(
            "a",
            (Message("user", "几岁?"), Message("assistant", "10岁")),
            "g",
            keys=("10",),
            start=1,
            end=2,
            evidence="x",
        ),
        Contestant("base+few:1", "smollm2-135m", few=(Message("user", "a"), Message("assistant", "b"))),
        Contestant("u", "m", url="http://127.0.0.1:1/v1", decoding=Decoding(stop=("a", "b"))),
        JobStatus(result={"final": {"train_loss": 0.5}}, rate=None),
    ],
)
def test_a_record_survives_the_disk(record: object) -> None:
    assert from_json(type(record), to_json(record)) == record


def test_a_record_from_a_newer_lab_is_read() -> None:
    assert from_json(Decoding, {"seed": 3, "invented_later": 1}) == Decoding(seed=3)


@dataclass(frozen=True)
class _Options:
    rate: float = knob(0.1, "fields.unknown", low=0, high=1)
    kind: str = knob("a", "fields.unknown", choices=("a", "b"))
    on: bool = knob(True, "fields.unknown")
    steps: int | None = knob(None, "fields.unknown", low=1, high=9)


@pytest.mark.parametrize(
    ("name", "text", "value"), [("rate", " 0.5", 0.5), ("kind", "b", "b"), ("on", "no", False), ("steps", "3", 3)]
)
def test_a_setting_is_read_from_text_by_its_type(name: str, text: str, value: object) -> None:
    assert parse(_Options, name, text) == value


@pytest.mark.parametrize(("name", "text"), [("rate", "much"), ("on", "maybe"), ("steps", "1.5"), ("other", "1")])
def test_text_that_cannot_be_read_is_refused_with_a_sentence(name: str, text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(_Options, name, text)
    assert name in refused.value.sentence("zh") and name in refused.value.sentence("en")


@pytest.mark.parametrize("bad", [_Options(rate=2), _Options(rate=float("nan")), _Options(kind="c"), _Options(steps=0)])
def test_a_value_out_of_bounds_is_refused(bad: _Options) -> None:
    with pytest.raises(UsageError):
        check(bad)
    check(_Options())


def test_an_error_survives_a_process_boundary() -> None:
    error = pickle.loads(pickle.dumps(DataError("data.no_rows", name="a")))
    assert isinstance(error, DataError) and error.sentence("zh") == DataError("data.no_rows", name="a").sentence("zh")


def test_settings_borrow_gradios_names_and_refuse_a_bad_port() -> None:
    read = Settings.read({"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "7861", "LANG": "zh_CN.UTF-8"})
    assert (read.host, read.port, read.language) == ("0.0.0.0", 7861, "zh")
    assert Settings.read({"LAB_HOST": "127.0.0.1", "GRADIO_SERVER_NAME": "0.0.0.0"}).host == "127.0.0.1"
    for port in ("abc", "0", "70000", "-1"):
        with pytest.raises(UsageError):
            Settings.read({"LAB_PORT": port})


def _row(number: int, split: str) -> Row:
    return Row(f"r{number}", (Message("user", f"问{number}"), Message("assistant", f"答{number}")), f"g{number}", split)


def test_a_version_is_named_by_what_it_holds_and_never_changes(tmp_path: Path) -> None:
    datasets = Datasets(Workspace(tmp_path))
    rows = [_row(1, "train"), _row(2, "test")]
    first = datasets.save("家庭", rows, mode="remember", mode_reason="x", language="zh", documents={"a b.md": "文\r档"})
    again = datasets.save("家庭", rows, mode="remember", mode_reason="x", language="zh", documents={"a b.md": "文\r档"})
    other = datasets.save("家庭", rows[:1], mode="remember", mode_reason="x", language="zh", parent=first.version)
    assert first == again and other.version != first.version
    assert datasets.get("家庭") == other and datasets.get("家庭", first.version) == first
    assert list(datasets.rows(first)) == rows and list(datasets.rows(first, "test")) == rows[1:]
    assert datasets.document(first, "a b.md") == "文\r档"
    assert first.splits == {"train": 1, "validation": 0, "test": 1}
    with pytest.raises(DataError):
        datasets.get("nobody")
    with pytest.raises(DataError):
        datasets.save("empty", [], mode="remember", mode_reason="x", language="zh")


def test_documents_whose_names_make_the_same_file_name_are_kept_apart(tmp_path: Path) -> None:
    datasets = Datasets(Workspace(tmp_path))
    row = Row("1", (Message("user", "q"), Message("assistant", "a")), "g", "train")
    documents = {"a b.md": "one", "a-b.md": "two", "A B.md": "three"}
    version = datasets.save("d", [row], mode="remember", mode_reason="", language="en", documents=documents)
    assert {name: datasets.document(version, name) for name in version.documents} == documents


def test_contestants_are_named_as_on_the_command_line(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "w")
    runs, datasets = Runs(workspace), Datasets(workspace)
    datasets.save("d", [_row(1, "train"), _row(2, "test")], mode="remember", mode_reason="x", language="zh")
    run = Run("id1", "ft-travel", "hub:a/b", "h", "lora", "a", "d", "v", "now")
    (workspace.jobs() / "id1").mkdir()
    runs.save(run)
    prompt = tmp_path / "p.txt"
    prompt.write_text("Be short.\n")
    base, tuned, few = contestants(["base", f"travel+prompt:{prompt}", "base+few:1"], runs, datasets, "d")
    assert (base.base, base.run) == ("hub:a/b", None), "base means the base of the run it stands beside"
    assert (tuned.run, tuned.system) == ("id1", "Be short.")
    assert few.few == (Message("user", "问1"), Message("assistant", "答1"))
    assert contestant("url:http://127.0.0.1:1/v1#m", runs, datasets).base == "m"
    for wrong in ("nobody", "base+prompt:/none", "base+few:x"):
        with pytest.raises(EvalError):
            contestant(wrong, runs, datasets, dataset="d")
    assert served_name("Travel Voice") == "ft-travel-voice" and served_name("ft-a") == "ft-a"
