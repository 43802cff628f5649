"""Rules a person writes once, counted in the rows at once: which can be learned, which cannot.

Knows: its own layout and events. Must not know what a rule means or how it is counted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import checks as rules
from lab.errors import UsageError
from lab.ingest.versions.checking import with_checks
from lab.records import Check
from lab.ui.page import Selection, forms, picked
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing, drafted
from lab.ui.views import data_checks as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

MOST_ROWS = 50_000
"""Rows that are counted while a person waits."""
VALUELESS = ("ends_with_question",)


class ChecksPanel:
    """The checks of what is shown, and the way to write another."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Accordion(say("ui_data_checks.title"), open=False, elem_classes="fold") as self.fold:
            gr.HTML(tag("p", text(say("ui_data_checks.lead")), class_="lead"))
            self.list = forms(elem_classes="forms")
            with gr.Row(elem_classes=["buttons", "on-one-line", "needs-write"]):
                kinds = [(say(f"ui_data_checks.kind_{kind}"), kind) for kind in rules.KINDS]
                self.kind = gr.Dropdown(kinds, value=rules.KINDS[0], label=say("ui_data_checks.kind"), min_width=230)
                self.values = gr.Textbox(
                    label=say("ui_data_checks.values"),
                    info=say("ui_data_checks.values_info"),
                    max_lines=1,
                    min_width=230,
                )
                self.add = gr.Button(say("ui_data_checks.add"))
        self.outputs = [self.fold, self.list]

    def wire(self) -> None:
        """Wire the panel's events."""
        showing, selection = self.tab.showing, self.page.selection
        saved = [selection, *self.tab.outputs, self.tab.intake.drop]
        written = [showing, self.kind, self.values, selection]
        self.page.writes(self.add.click, self.write, written, [*saved, self.values])
        self.page.writes(self.list.click, self.remove, [showing, selection], saved)
        self.page.reads(self.kind.input, self.ask, self.kind, self.values)

    # --- what a person does

    def ask(self, kind: str) -> Any:
        """The field of the values, where that kind of rule has any."""
        return gr.Textbox(visible=kind not in VALUELESS, value="")

    def write(self, showing: Showing, kind: str, values: str, selection: Selection) -> dict[Any, Any]:
        """One more rule."""
        given = values if kind == "json_schema" else values.replace("，", ",").replace("、", ",")
        try:
            check = rules.parse(f"{kind}={given}" if given.strip() else kind)
        except UsageError:
            rule = self.page.say(f"ui_data_checks.kind_{kind}") if kind in rules.KINDS else kind
            key = "ui_data_checks.bad_value" if given.strip() else "ui_data_checks.no_value"
            raise UsageError(key, rule=rule, value=values.strip()) from None
        check = replace(check, name=view.named(check, self.page.language))
        return {self.values: "", **self._changed(showing, (*self._checks(showing), check), selection)}

    def remove(self, showing: Showing, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Without the rule that was clicked."""
        gone = picked(event).partition(":")[2]
        left = [check for number, check in enumerate(self._checks(showing)) if str(number) != gone]
        return self._changed(showing, tuple(left), selection)

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        wanted = self._checks(showing)
        label = (
            self.page.say("ui_data_checks.title_n", n=len(wanted)) if wanted else self.page.say("ui_data_checks.title")
        )
        return {self.fold: gr.Accordion(label=label), self.list: self._counted(showing, wanted)}

    def _counted(self, showing: Showing, wanted: tuple[Check, ...]) -> str:
        language = self.page.language
        if showing.is_draft:
            return view.listed(rules.counted(wanted, drafted(self.lab, showing.order).plan.rows), language)
        if not wanted:
            return view.listed([], language)
        version = showing.version_of(self.lab)
        if version.rows > MOST_ROWS:
            told = "".join(tag("li", text(view.named(check, language))) for check in wanted)
            note = tag("p", text(self.page.say("ui_data_checks.too_many", n=version.rows)), class_="fine")
            return tag("ul", told, class_="checks") + note
        return view.listed(rules.counted(wanted, self.lab.datasets.rows(version)), language)

    def _checks(self, showing: Showing) -> tuple[Check, ...]:
        if showing.is_draft:
            return showing.order.checks
        return showing.version_of(self.lab).checks if showing.dataset else ()

    def _changed(self, showing: Showing, wanted: tuple[Check, ...], selection: Selection) -> dict[Any, Any]:
        """With other checks: at once for files, as the next version for a saved data set."""
        if showing.is_draft:
            return self.tab.draw(showing.ordering(checks=wanted))
        note = self.page.say("ui_data_checks.note")
        return self.tab.kept(with_checks(self.lab.datasets, showing.version_of(self.lab), wanted, note), selection)
