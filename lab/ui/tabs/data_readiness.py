"""Five questions where a person starts, and what to do: prompt, whole document, retrieval, fine-tuning, or several.

Knows: its own layout and events. Must not know what follows from the answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from lab.evals import readiness
from lab.records import Version
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

FIRST = {"traceable": "no", "changes": "rarely", "teaches": "facts", "good_enough": "unsaid"}
"""What is ticked before anybody answered."""


class ReadinessPanel:
    """The questions, folded, and the advice."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Accordion(say("readiness.title"), open=False, elem_classes=["fold", "needs-write"]):
            gr.HTML(tag("p", text(say("readiness.lead")), class_="lead"))
            with gr.Row(equal_height=False):
                self.choices = {name: self._choice(name) for name in ("traceable", "changes", "teaches")}
            with gr.Row(equal_height=False):
                self.examples = gr.Number(0, label=say("readiness.examples"), precision=0, minimum=0, min_width=200)
                self.choices["good_enough"] = self._choice("good_enough")
            with gr.Row(elem_classes="buttons"):
                self.ask = gr.Button(say("readiness.ask"))
            self.advice = gr.HTML()
        self.outputs = [*self.choices.values(), self.examples, self.advice]

    def _choice(self, name: str) -> gr.Radio:
        allowed = readiness.QUESTIONS[name]
        choices = [(self.page.say(f"readiness.{name}_{value}"), value) for value in allowed]
        return gr.Radio(choices, value=FIRST[name], label=self.page.say(f"readiness.{name}"), min_width=220)

    def wire(self) -> None:
        """Wire the panel's events."""
        answers = [self.tab.showing, *self.choices.values(), self.examples]
        self.page.writes(self.ask.click, self.advise, answers, self.advice)

    def advise(
        self, showing: Showing, traceable: str, changes: str, teaches: str, good_enough: str, examples: float | None
    ) -> str:
        """What follows from the answers; it is kept with the data set, and what is good enough becomes its target."""
        version = self._version(showing)
        characters = readiness.measured(self.lab.datasets, version)["characters"] if version else 0
        told = readiness.Situation(traceable, changes, teaches, int(examples or 0), good_enough, characters)
        name = version.dataset if version else ""
        return self._told(readiness.keep(self.lab.datasets, readiness.advise(told), name))

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The answers given before, and how many examples the data holds."""
        version = self._version(showing)
        known = readiness.current(self.lab.workspace, version.dataset if version else "")
        before = known.situation if known else None
        drawn: dict[Any, Any] = {
            choice: getattr(before, name) if before else FIRST[name] for name, choice in self.choices.items()
        }
        note = self.page.say("readiness.examples_guess")
        count = before.examples if before else 0
        if version:
            note, count = self.page.say("readiness.examples_counted", dataset=version.dataset), version.splits["train"]
        return drawn | {self.examples: gr.Number(value=count, info=note), self.advice: self._told(known)}

    def _told(self, advice: readiness.Advice | None) -> str:
        if advice is None:
            return ""
        first, *reasons = advice.sentences(self.page.language)
        head = tag("p", text(first), class_="verdict-line")
        return head + tag("ul", "".join(tag("li", text(one)) for one in reasons), class_="reasons")

    def _version(self, showing: Showing) -> Version | None:
        return self.lab.datasets.get(showing.dataset) if showing.dataset else None
