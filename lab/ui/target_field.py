"""What good enough is, said on the page: a figure, a bound, and the sentence they make.

Knows: its own layout and events; Train and Scoreboard each show one. Must not know how a target is kept or judged.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from lab import evals, words
from lab.evals import targets
from lab.evals.figures import Figure
from lab.evals.verdict import target_text
from lab.records import Version
from lab.ui.page import Page
from lab.ui.present import tag, text, when


class TargetField:
    """The target of the data set that ``dataset`` names."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab

    def build(self) -> None:
        """Lay out the field in the current context."""
        say = self.page.say
        with gr.Column(elem_classes="target-field", visible=False) as self.field:
            self.told = gr.HTML()
            with gr.Row(equal_height=False, elem_classes="on-one-line"):
                self.metric = gr.Dropdown([], label=say("target.metric"), min_width=190)
                self.bound = gr.Slider(0, 100, value=80, step=1, label=say("target.bound"), min_width=190)
                self.keep = gr.Button(say("target.keep"), size="sm", min_width=120, scale=0)
        self.outputs = [self.field, self.told, self.metric, self.bound]

    def wire(self, dataset: Any) -> None:
        """Wire the events; ``dataset`` is the component that holds the data set's name."""
        asked = [dataset, self.metric, self.bound]
        self.page.writes(self.keep.click, self.keep_it, asked, self.outputs)
        self.page.reads(dataset.change, self.draw, dataset, self.outputs)

    def keep_it(self, dataset: str, metric: str, bound: float) -> dict[Any, Any]:
        """Keep what was said as the target from now on."""
        version = self.lab.datasets.get(dataset or "")
        chosen = next((one for one in self._offered(version) if one.name == metric), None)
        value = bound / 100 if chosen is None or chosen.scale == 1 else bound
        compare = "<=" if chosen and chosen.better == "down" else ">="
        targets.say(self.lab.datasets, version.dataset, f"{metric}{compare}{value:g}")
        return self.draw(dataset)

    def draw(self, dataset: str | None) -> dict[Any, Any]:
        """What is good enough for the data set, and what else could be."""
        if not dataset or dataset not in self.lab.datasets.names():
            return {self.field: gr.Column(visible=False)}
        version = self.lab.datasets.get(dataset)
        offered = self._offered(version)
        target = targets.current(self.lab.workspace, dataset)
        wanted = targets.parse_known(target.text if target else targets.DEFAULT, version.checks)
        named = next((one for one in offered if wanted and one.name == wanted.metric), offered[0])
        bound = wanted.bound * (100 if named.scale == 1 else 1) if wanted else 80
        return {
            self.field: gr.Column(visible=True),
            self.told: self._told(version, target),
            self.metric: gr.Dropdown(choices=[(self._label(one), one.name) for one in offered], value=named.name),
            self.bound: gr.Slider(value=round(bound)),
        }

    def _told(self, version: Version, target: targets.Target | None) -> str:
        say = self.page.say
        heading = tag("h3", text(say("target.title")))
        if target is None:
            return heading + tag("p", text(say("target.none")), class_="fine")
        told = target_text(target.text, version.checks, self.page.language)
        return heading + tag("p", tag("b", text(told)) + " " + tag("span", when(target.time), class_="place"))

    def _offered(self, version: Version) -> list[Figure]:
        return targets.offered(version.checks, evals.task_of(self.lab.datasets, version))

    def _label(self, one: Figure) -> str:
        key = f"evals.metric_{one.name}"
        name = self.page.say(key) if words.has(key) else one.name.removeprefix("check:")
        return self.page.say(f"target.choice_{one.better}", metric=name)
