"""A base whose ids only its own library gives is rendered by the engine, the same as everywhere else."""

from __future__ import annotations

from pathlib import Path

from lab.lab import Lab
from lab.records import Message
from lab.rendering import Renderer

TURNS = (Message("system", "Kurz."), Message("user", "猫呢？"), Message("assistant", "豆豆。"))


def test_the_engine_renders_for_a_base_whose_ids_differ(lab: Lab, models: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    for path in (models / "smollm2-135m").iterdir():
        (base / path.name).symlink_to(path)
    here = Renderer(base).render(TURNS)
    assert lab.engine.rendered(str(base), TURNS) == here and lab.engine.status() is None
    (base / "rendering.json").unlink(missing_ok=True)
    (base / "rendering.json").write_text('{"agrees": false}', "utf-8")
    try:
        assert lab.engine.rendered(str(base), TURNS) == here
        assert lab.engine.status() is not None
    finally:
        lab.engine.stop()
