"""Which column is the question and which the answer, where the files do not say so; with the first rows as chats.

Knows: its own layout and events. Must not know how columns become rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import ingest
from lab.ingest import looking
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing, drafted, looked
from lab.ui.views import data_problems, data_rows

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

JOINED = ("question", "answer")
"""What several columns can be joined for."""
SINGLE = ("system", "group", "tags", "split")
IN_QUESTION = {"unknown_columns", "columns_guessed", "fields_not_used", "prompt_only"}
"""Problems that another choice of columns may solve."""
PREVIEWED = 3


class ColumnsPanel:
    """Columns to choose, a live preview, and the button that reads the files by them."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Accordion(say("ui_data_columns.title"), open=False, visible=False, elem_classes="fold") as self.fold:
            self.told = gr.HTML()
            with gr.Row(equal_height=False):
                with gr.Column(scale=2, min_width=260):
                    self.roles = {name: self._role(name) for name in (*JOINED, *SINGLE)}
                    with gr.Row(elem_classes="buttons"):
                        self.use = gr.Button(say("ui_data_columns.use"), variant="primary")
                        self.forget = gr.Button(say("ui_data_columns.forget"), visible=False)
                with gr.Column(scale=3, min_width=260):
                    self.preview = gr.HTML()
        self.outputs = [self.fold, self.told, *self.roles.values(), self.preview, self.forget]

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, showing, chosen = self.page.reads, self.tab.showing, list(self.roles.values())
        for role in chosen:
            reads(role.input, self.show, [showing, *chosen], self.preview)
        reads(self.use.click, self.read, [showing, *chosen], self.tab.outputs)
        reads(self.forget.click, self.read_as_before, showing, self.tab.outputs)

    # --- what a person does

    def show(self, showing: Showing, *chosen: Any) -> str:
        """The first rows as they would be."""
        return self._preview(showing, self._mapping(chosen))

    def read(self, showing: Showing, *chosen: Any) -> dict[Any, Any]:
        """Read the files by the chosen columns."""
        return self.tab.draw(showing.ordering(mapping=tuple(self._mapping(chosen).items())))

    def read_as_before(self, showing: Showing) -> dict[Any, Any]:
        """Let the files speak for themselves again."""
        return self.tab.draw(showing.ordering(mapping=()))

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel; nothing where there are no columns to choose."""
        looks = looked(showing.order) if self._is_of_use(showing) else ()
        if not looks:
            return {self.fold: gr.Accordion(visible=False)}
        columns = list(dict.fromkeys(name for look in looks for name in look.columns))
        mapping = dict(showing.order.mapping) or self._proposal(looks)
        needed = not drafted(self.lab, showing.order).plan.rows
        drawn: dict[Any, Any] = {
            self.fold: gr.Accordion(visible=True, open=needed),
            self.told: tag("p", text(self.page.say(self._told(mapping, needed, showing))), class_="lead"),
            self.forget: gr.Button(visible=bool(showing.order.mapping)),
            self.preview: self._preview(showing, mapping),
        }
        for name, role in self.roles.items():
            wanted = [part for part in mapping.get(name, "").split("+") if part in columns]
            if name in JOINED:
                drawn[role] = gr.Dropdown(columns, value=wanted, multiselect=True)
            else:
                nothing = (self.page.say("ui_data_columns.nothing"), "")
                drawn[role] = gr.Dropdown([nothing, *columns], value=wanted[0] if wanted else "")
        return drawn

    def _role(self, name: str) -> gr.Dropdown:
        several = name in JOINED
        label = self.page.say(f"ui_data_columns.role_{name}")
        info = self.page.say("ui_data_columns.several_info") if name == "question" else None
        return gr.Dropdown([], multiselect=several, label=label, info=info, visible=True)

    def _is_of_use(self, showing: Showing) -> bool:
        """Whether the files have columns whose meaning a person may want to choose."""
        if not showing.is_draft:
            return False
        found = drafted(self.lab, showing.order)
        codes = {problem.code for problem in found.reading.problems}
        return bool(showing.order.mapping or codes & IN_QUESTION)

    def _told(self, mapping: dict[str, str], needed: bool, showing: Showing) -> str:
        if showing.order.mapping:
            return "ui_data_columns.told_chosen"
        if not needed:
            return "ui_data_columns.told_known"
        return "ui_data_columns.told_guess" if mapping else "ui_data_columns.told_ask"

    def _proposal(self, looks: tuple[looking.Look, ...]) -> dict[str, str]:
        return next((look.proposal for look in looks if look.proposal), {})

    def _mapping(self, chosen: tuple[Any, ...]) -> dict[str, str]:
        values = dict(zip(self.roles, chosen, strict=True))
        named = {name: "+".join(value) if isinstance(value, list) else value or "" for name, value in values.items()}
        return {name: columns for name, columns in named.items() if columns}

    def _preview(self, showing: Showing, mapping: dict[str, str]) -> str:
        """The first rows as chats, or why there are none."""
        if not set(JOINED) <= set(mapping):
            return tag("p", text(self.page.say("ui_data_columns.choose_both")), class_="fine")
        reading = ingest.read([Path(path) for path in showing.order.paths], mapping, limit=PREVIEWED)
        language = self.page.language
        drawn = "".join(data_rows.chat(row, language) for row in reading.rows[:PREVIEWED])
        errors = [problem for problem in reading.problems if problem.severity == "error"]
        told = data_problems.listed(errors[:PREVIEWED], language) if errors else ""
        return (
            tag("p", text(self.page.say("ui_data_columns.preview")), class_="count")
            + tag("div", drawn, class_="chats")
            + told
        )
