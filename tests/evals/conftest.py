"""One evaluation answered once, of which every test of a judge takes a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from judged import evaluated

from lab.evals import Evaluation, evaluations
from lab.lab import Lab
from lab.settings import Settings


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one finished evaluation."""
    folder = tmp_path_factory.mktemp("answered")
    evaluated(Lab(Settings(home=folder / "workspace")), folder)
    return folder / "workspace"


@pytest.fixture
def small_lab(tmp_path: Path, answered: Path) -> Lab:
    """A lab over a copy of it."""
    shutil.copytree(answered, tmp_path / "workspace")
    return Lab(Settings(home=tmp_path / "workspace"))


@pytest.fixture
def evaluation(small_lab: Lab) -> Evaluation:
    """The evaluation in it."""
    (found,) = evaluations(small_lab.workspace)
    return found
