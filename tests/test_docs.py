"""The documentation says what the code says."""

from __future__ import annotations

import re
import tomllib

import yaml

from lab import docs
from lab.settings import PROJECT


def test_the_made_passages_of_the_readme_are_fresh() -> None:
    text = docs.README.read_text("utf-8")
    assert docs.readme(text) == text, "run: python -m lab.docs"


def test_the_front_matter_is_the_space() -> None:
    block = docs.README.read_text("utf-8").split("---\n")[1]
    space = yaml.safe_load((PROJECT / "spaces.yaml").read_text("utf-8"))
    assert yaml.safe_load(block).items() <= space.items()
    assert len(space["short_description"]) <= 60


def test_the_space_runs_the_pinned_gradio() -> None:
    space = yaml.safe_load((PROJECT / "spaces.yaml").read_text("utf-8"))
    assert f"gradio=={space['sdk_version']}\n" in (PROJECT / "requirements.txt").read_text("utf-8")


def test_every_requirement_is_pinned_exactly() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (PROJECT / name).read_text("utf-8").splitlines():
            assert not line or line.startswith(("#", "-r ")) or re.fullmatch(r"[\w\-.]+==[\w.]+", line), line


def test_links_in_the_documentation_lead_somewhere() -> None:
    broken = []
    for page in [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "data").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_the_project_file_is_readable() -> None:
    assert tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["name"] == "finetune-lab"
