"""Every screen fits 1440 and 390 pixels, names each of its controls, and shows no word only code uses.

The first look at a lab is always checked, in one language. With ``--screens`` every screen is visited in both, and its
pictures are written to ``docs/pictures/screens``; no model is asked.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_process import App
from playwright.sync_api import Page
from screens import (
    PASSWORD,
    Visit,
    demo,
    first_look,
    folded_parts,
    hosted,
    own_document,
    own_rows,
    own_rows_folded,
    scoreboard,
    teaching,
)

from lab.settings import PROJECT

KINDS = {
    "hosted": {"LAB_HOST": "0.0.0.0", "LAB_PASSWORD": PASSWORD, "LAB_VISITORS": "teach"},
    "demo": {"LAB_DEMO": "1"},
}


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures go; nowhere unless they are asked for."""
    if not request.config.getoption("--screens"):
        return None
    folder = PROJECT / "docs" / "pictures" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def other_app(request: pytest.FixtureRequest, tmp_path: Path, models: Path) -> Iterator[App]:
    """A lab of the kind the test names."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = App(tmp_path / "workspace", models, port, settings=KINDS[request.param])
    running.start()
    yield running
    running.stop()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lab_nobody_used_fits_and_names_its_controls(
    app: App, page: Page, language: str, pictures: Path | None
) -> None:
    visit = Visit(page, app, language, pictures if language == "zh" else _wanted(pictures), [])
    first_look(visit)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_folded_fits_and_names_its_controls(
    app: App, page: Page, language: str, pictures: Path | None, tmp_path: Path
) -> None:
    visit = Visit(page, app, language, _wanted(pictures), [])
    folded_parts(visit)
    scoreboard(visit)
    teaching(visit)
    own_rows(visit, tmp_path)
    own_rows_folded(visit)
    own_document(visit, tmp_path)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("other_app", ["demo"], indirect=True)
def test_a_lab_that_plays_fits_and_names_its_controls(
    other_app: App, page: Page, language: str, pictures: Path | None
) -> None:
    visit = Visit(page, other_app, language, _wanted(pictures), [])
    demo(visit)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("other_app", ["hosted"], indirect=True)
def test_a_lab_on_a_network_fits_and_names_its_controls(
    other_app: App, page: Page, language: str, pictures: Path | None
) -> None:
    visit = Visit(page, other_app, language, _wanted(pictures), [])
    hosted(visit)
    assert visit.faults == []


def _wanted(pictures: Path | None) -> Path:
    """The folder of pictures; without, the long visits are left out."""
    return pictures or pytest.skip("visited with --screens, while the pictures are taken")
