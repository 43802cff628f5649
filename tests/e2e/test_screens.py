"""Every screen fits 1440 and 390 pixels, names each of its controls, can be read, and shows no word only code uses.

The first look at a lab is always checked, in one language. With ``--screens`` every screen is visited in both, in the
light, and its pictures are written to ``docs/pictures/screens``; the tabs are looked at in the dark too.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import screens
from app_process import App
from playwright.sync_api import Browser, Page
from visit import Visit

from lab.settings import PROJECT

NETWORK = {"LAB_HOST": "0.0.0.0", "LAB_PASSWORD": screens.PASSWORD, "LAB_VISITORS": "teach"}
PLAYS = {"LAB_DEMO": "1"}


@pytest.fixture
def pictures(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures go; nowhere unless they are asked for."""
    if not request.config.getoption("--screens"):
        return None
    folder = PROJECT / "docs" / "pictures" / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def started(home: Path, models: Path, settings: dict[str, str]) -> Iterator[App]:
    """A running lab with ``settings``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = App(home / "workspace", models, port, settings=settings)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[App]:
    """A lab nobody has used, for every language: what is looked at in it changes nothing that another looks at."""
    yield from started(tmp_path_factory.mktemp("untouched"), models, {})


@pytest.fixture(scope="module")
def playing(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[App]:
    """A lab that plays what was recorded."""
    yield from started(tmp_path_factory.mktemp("playing"), models, PLAYS)


@pytest.fixture
def on_a_network(tmp_path: Path, models: Path) -> Iterator[App]:
    """A lab that others reach."""
    yield from started(tmp_path, models, NETWORK)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lab_nobody_used_fits_and_names_its_controls(
    untouched: App, page: Page, language: str, pictures: Path | None
) -> None:
    visit = Visit(page, untouched, language, pictures if language == "zh" else _wanted(pictures), [])
    screens.first_look(visit)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_folded_fits_and_names_its_controls(
    untouched: App, page: Page, language: str, pictures: Path | None
) -> None:
    visit = Visit(page, untouched, language, _wanted(pictures), [])
    screens.folded_parts(visit)
    screens.scoreboard(visit)
    screens.teaching(visit)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_data_of_ones_own_fits_and_names_its_controls(
    app: App, page: Page, language: str, pictures: Path | None, tmp_path: Path
) -> None:
    visit = Visit(page, app, language, _wanted(pictures), [])
    screens.own_rows(visit, tmp_path)
    screens.own_rows_folded(visit)
    screens.own_document(visit)
    screens.failing(visit)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lesson_and_its_phones_fit_and_name_their_controls(
    app: App, page: Page, language: str, pictures: Path | None
) -> None:
    visit = Visit(page, app, language, _wanted(pictures), [])
    screens.lesson(visit)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lab_that_plays_fits_and_names_its_controls(
    playing: App, page: Page, language: str, pictures: Path | None
) -> None:
    visit = Visit(page, playing, language, _wanted(pictures), [])
    screens.demo(visit)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lab_on_a_network_fits_and_names_its_controls(
    on_a_network: App, page: Page, language: str, pictures: Path | None
) -> None:
    visit = Visit(page, on_a_network, language, _wanted(pictures), [])
    screens.visitor(visit)
    screens.host(visit)
    assert visit.faults == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_tabs_can_be_read_in_the_dark(
    untouched: App, browser: Browser, language: str, pictures: Path | None
) -> None:
    context = browser.new_context(color_scheme="dark", reduced_motion="reduce")
    visit = Visit(context.new_page(), untouched, language, _wanted(pictures), [], scheme="dark.")
    screens.first_look(visit)
    context.close()
    assert visit.faults == []


def _wanted(pictures: Path | None) -> Path:
    """The folder of pictures; without, the long visits are left out."""
    return pictures or pytest.skip("visited with --screens, while the pictures are taken")
