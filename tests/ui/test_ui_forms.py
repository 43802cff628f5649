"""A form is its dataclass: nothing is lost on the way to the page and back."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr
import pytest

from lab.errors import UsageError
from lab.fields import knob
from lab.train.recipe import PRESETS, SftRecipe, recipe
from lab.ui.forms import Form


@pytest.mark.parametrize("preset", PRESETS)
def test_a_recipe_survives_the_form(preset: str) -> None:
    made = recipe(preset)
    with gr.Blocks():
        form = Form(SftRecipe, "zh")
        form.build(made)
    assert form.read(form.values(made), SftRecipe()) == made


def test_every_knob_has_its_component_with_the_words_of_the_page() -> None:
    with gr.Blocks():
        form = Form(SftRecipe, "zh", leave_out=("preset",))
        components = form.build(SftRecipe())
    assert len(components) == len(form.knobs)
    assert all(component.label and component.info for component in components)
    assert "学习率" in {component.label for component in components}


def test_a_browser_may_send_whole_numbers_for_decimals() -> None:
    with gr.Blocks():
        form = Form(SftRecipe, "en")
        form.build(SftRecipe())
    values = dict(zip(form.knobs, form.values(SftRecipe()), strict=True))
    read = form.read(list({**values, "epochs": 3, "seed": 5.0}.values()), SftRecipe())
    assert read.epochs == 3.0 and isinstance(read.epochs, float)
    assert read.seed == 5 and isinstance(read.seed, int)


def test_a_value_out_of_bounds_names_its_field() -> None:
    form = Form(SftRecipe, "en")
    values = dict(zip(form.knobs, form.values(SftRecipe()), strict=True))
    with pytest.raises(UsageError) as caught:
        form.read(list({**values, "batch_size": 0}.values()), SftRecipe())
    assert "batch_size" in str(caught.value)


def test_a_missing_value_is_noticed_and_not_shifted() -> None:
    form = Form(SftRecipe, "en")
    with pytest.raises(ValueError, match="zip"):
        form.read(form.values(SftRecipe())[:-1], SftRecipe())


@dataclass(frozen=True)
class Small:
    share: float = knob(0.5, "train.warmup", low=0, high=1)
    name: str = knob("a", "train.preset")
    wanted: bool = knob(True, "train.rslora")


def test_types_and_bounds_choose_the_component() -> None:
    with gr.Blocks():
        share, name, wanted = Form(Small, "en").build(Small())
    assert isinstance(share, gr.Slider) and isinstance(name, gr.Textbox) and isinstance(wanted, gr.Checkbox)
