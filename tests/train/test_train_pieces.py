"""Recipes, sequences and checkpoints, without training."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from lab import words
from lab.errors import LabError, UsageError
from lab.fields import knobs
from lab.records import Message, Row
from lab.rendering import renderer
from lab.train import checkpoints
from lab.train.recipe import METHODS, PRESETS, SftRecipe, read, recipe, settings, write
from lab.train.sequences import sequences


def _row(*turns: str, name: str = "r") -> Row:
    roles = ("user", "assistant") * len(turns)
    return Row(
        name, tuple(Message(role, turn) for role, turn in zip(roles, turns, strict=False)), name, "train", line=7
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_a_recipe_that_survives_its_file(tmp_path: Path, preset: str, method: str) -> None:
    made = recipe(preset, method, seed=3)
    write(tmp_path / "recipe.yaml", made)
    assert read(tmp_path / "recipe.yaml") == made
    assert made.preset == preset and made.method == method and made.seed == 3


def test_every_knob_has_a_label_and_a_line_of_help() -> None:
    assert list(knobs(SftRecipe)) == list(asdict(SftRecipe()))
    for about in knobs(SftRecipe).values():
        assert words.has(about.key) and words.has(f"{about.key}_help")


def test_settings_are_read_from_text() -> None:
    assert settings(["lora_r=4", "learning_rate = 2e-4", "rslora=yes"]) == {
        "lora_r": 4,
        "learning_rate": 2e-4,
        "rslora": True,
    }


@pytest.mark.parametrize(
    "text", ["lora_r", "rank=3", "lora_r=many", "lora_r=0", "scheduler=zigzag", "learning_rate=nan"]
)
def test_a_setting_outside_what_is_allowed_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        recipe("demo", "lora", **settings([text]))
    assert refused.value.sentence("zh")


def test_an_unknown_preset_or_method_is_refused() -> None:
    for preset, method in (("fast", "lora"), ("demo", "magic")):
        with pytest.raises(LabError):
            recipe(preset, method)


def test_rows_that_cannot_be_trained_are_left_out_with_their_place(models: Path) -> None:
    rows = [
        _row("Who?", "Ann.", name="good"),
        _row("Who?", "word " * 200, name="long"),
        _row("Who?", name="unanswered"),
        _row("Who?", "", name="silent"),
    ]
    used, left = sequences(rows, renderer(models / "smollm2-135m"), 100)
    assert len(used) == 2  # an empty answer still teaches where to stop
    assert [(one.row, one.reason, one.line) for one in left] == [("long", "too_long", 7), ("unanswered", "no_loss", 7)]
    assert all(words.has("train." + f"left_out_{one.reason}") for one in left)


def _checkpoint(parent: Path, step: int, seal: bool = True) -> Path:
    folder = parent / f"checkpoint-{step}"
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(b"0123456789")
    if seal:
        checkpoints.seal(folder)
    return folder


def test_only_whole_checkpoints_are_resumed_from(tmp_path: Path) -> None:
    whole = _checkpoint(tmp_path, 9)
    (_checkpoint(tmp_path, 10) / "weights").write_bytes(b"01234")
    (_checkpoint(tmp_path, 11) / "weights").write_bytes(b"0123456780")
    (_checkpoint(tmp_path, 12) / "weights").unlink()
    (_checkpoint(tmp_path, 13) / "complete.json").write_text('{"files": {"wei')
    _checkpoint(tmp_path, 100, seal=False)
    assert checkpoints.latest(tmp_path) == whole
    assert checkpoints.remove_torn(tmp_path) == [f"checkpoint-{n}" for n in (10, 11, 12, 13, 100)]
    assert checkpoints.found(tmp_path) == [whole]


def test_the_highest_steps_are_kept_whatever_the_clock_says(tmp_path: Path) -> None:
    for step in (100, 20, 3):
        _checkpoint(tmp_path, step)
    checkpoints.prune(tmp_path, 2)
    assert [checkpoints.step_of(path) for path in checkpoints.found(tmp_path)] == [20, 100]


def test_no_checkpoint_at_all_is_no_error(tmp_path: Path) -> None:
    assert checkpoints.latest(tmp_path / "none") is None
    checkpoints.prune(tmp_path / "none")
