"""Fixtures shared by all tests: a workspace of their own, and the bundled model fetched once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from lab import catalog
from lab.lab import Lab
from lab.settings import PROJECT, Settings

SHARED = PROJECT.parent / "shared" / "data"
"""Real public files, present only on the makers' machines; tests that use them skip without."""

os.environ["HF_HUB_DISABLE_XET"] = "1"
"""The tests' hub takes files as Git LFS does; the client reads this once, when it is first imported."""

settings.register_profile(
    "lab", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("lab")
"""The same examples every time, and none fails because the machine is slow."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="train in full and write the pictures of docs/")
    parser.addoption("--screens", action="store_true", help="visit every screen and write docs/pictures/screens")


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of base models, with the bundled one in it."""
    folder = PROJECT / "workspace" / "models"
    catalog.ensure(catalog.BUNDLED, folder)
    return folder


@pytest.fixture
def lab(tmp_path: Path, models: Path) -> Lab:
    """A lab over an empty workspace."""
    return Lab(Settings(home=tmp_path / "workspace", models=models))


@pytest.fixture
def shared() -> Path:
    """The folder of real public files, or a skip."""
    if not SHARED.is_dir():
        pytest.skip("the public files are not here")
    return SHARED
