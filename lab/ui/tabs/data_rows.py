"""The rows of what is shown: searched, filtered, paged, and each one as the model sees it.

Knows: its own layout and events. Must not know how rows are kept, searched or rendered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import catalog, likeness
from lab.datasets import Filter
from lab.records import Row
from lab.rendering import IGNORED, Rendered, renderer
from lab.runs import DEFAULT_BASE
from lab.ui.page import forms, picked
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing, drafted
from lab.ui.views import data_rows as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

ONLY = ("", *view.SPLITS)
LOOKS = ("chats", "table")


@dataclass(frozen=True)
class Found:
    """The rows that are looked for, one page of them."""

    rows: list[Row]
    total: int
    system: str = ""
    """The system prompt that every row of the data set shares."""


class RowsPanel:
    """Rows to read and find."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Row(elem_classes="finder"):
            self.text = gr.Textbox(
                label=say("ui_data_rows.search"),
                placeholder=say("ui_data_rows.search_hint"),
                max_lines=1,
                show_label=False,
                container=False,
                scale=3,
                min_width=160,
            )
            choices = [(say(f"ui_data_rows.only_{name or 'all'}"), name) for name in ONLY]
            self.only = gr.Dropdown(
                choices,
                value="",
                label=say("ui_data_rows.only"),
                show_label=False,
                container=False,
                scale=2,
                min_width=130,
            )
            looks = [(say(f"ui_data_rows.look_{name}"), name) for name in LOOKS]
            self.look = gr.Radio(
                looks,
                value="chats",
                label=say("ui_data_rows.look"),
                show_label=False,
                container=False,
                scale=2,
                min_width=150,
            )
        self.rows = forms(elem_classes="rows")
        with gr.Row(elem_classes="buttons") as self.pager:
            self.before = gr.Button(say("ui_data.page_before"), size="sm")
            self.after = gr.Button(say("ui_data.page_after"), size="sm")
            self.where = gr.HTML()
        self.own = [self.tab.showing, self.rows, self.pager, self.where]
        self.outputs = [self.text, self.only, self.look, *self.own[1:]]

    def wire(self) -> None:
        """Wire the panel's events."""
        on, showing = self.page.on, self.tab.showing
        on(self.text.submit, self.find, [showing, self.text, self.only], self.own)
        on(self.text.blur, self.find, [showing, self.text, self.only], self.own)
        on(self.only.input, self.find, [showing, self.text, self.only], self.own)
        on(self.look.input, self.change_look, [showing, self.look], self.own)
        on(self.before.click, self.turn_back, showing, self.own)
        on(self.after.click, self.turn_on, showing, self.own)
        on(self.rows.click, self.open, showing, self.own)

    # --- what a person does

    def find(self, showing: Showing, wanted: str, only: str) -> dict[Any, Any]:
        """The rows that hold the words, of the kind asked for."""
        if (wanted, only) == (showing.text, showing.only):
            return {self.tab.showing: showing}
        return self.draw_rows(replace(showing, text=wanted, only=only or "", page=0, row="", doing=""))

    def change_look(self, showing: Showing, look: str) -> dict[Any, Any]:
        """As chats to read, or as a table to work on."""
        return self.draw_rows(replace(showing, as_table=look == "table", page=0))

    def turn_back(self, showing: Showing) -> dict[Any, Any]:
        """The page of rows before."""
        return self.draw_rows(replace(showing, page=max(0, showing.page - 1)))

    def turn_on(self, showing: Showing) -> dict[Any, Any]:
        """The next page of rows."""
        return self.draw_rows(replace(showing, page=showing.page + 1))

    def open(self, showing: Showing, event: gr.EventData) -> dict[Any, Any]:
        """Open the row that was clicked, to see it as the model does; or close it."""
        doing, _, row = picked(event).partition(":")
        closed = doing == "close"
        return self.draw_rows(replace(showing, row="" if closed else row, doing="" if closed else doing))

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        fields = {self.text: showing.text, self.only: showing.only, self.look: LOOKS[showing.as_table]}
        return {**fields, **self.draw_rows(showing)}

    def draw_rows(self, showing: Showing) -> dict[Any, Any]:
        """One page of rows, the last one if there are fewer."""
        size = view.ROWS_A_PAGE if showing.as_table else view.CHATS_A_PAGE
        found = self._found(showing, size)
        last_page = max(0, (found.total - 1) // size)
        if showing.page > last_page:
            return self.draw_rows(replace(showing, page=last_page))
        first = showing.page * size
        where = self.page.say(
            "ui_data.page_where", first=min(first + 1, found.total), last=first + len(found.rows), total=found.total
        )
        inside = self._inside(showing, found)
        shown = view.Shown(found.rows, self.page.language, found.system, open=showing.row, inside=inside)
        return {
            self.tab.showing: showing,
            self.rows: view.table(shown) if showing.as_table else view.chats(shown),
            self.pager: gr.Row(visible=found.total > size),
            self.where: tag("span", text(where), class_="fine num"),
        }

    def _found(self, showing: Showing, size: int) -> Found:
        first = showing.page * size
        if showing.is_draft:
            rows = [row for row in drafted(self.lab, showing.order).plan.rows if row.rule is None]
            wanted = [row for row in rows if _holds(row, showing)]
            return Found(wanted[first : first + size], len(wanted))
        if not showing.dataset:
            return Found([], 0)
        version = self.lab.datasets.get(showing.dataset, showing.version or None)
        where = Filter(text=showing.text, split=showing.only)
        page = self.lab.datasets.page(version, first, size, where)
        return Found(page.rows, page.total, version.system)

    def _inside(self, showing: Showing, found: Found) -> str:
        """What is drawn in the open row."""
        row = next((row for row in found.rows if row.id == showing.row), None)
        return self._as_model_sees(row) if row and showing.doing == "seen" else ""

    def _as_model_sees(self, row: Row) -> str:
        """The row as the usual base reads it; a sentence where that model is not on this machine yet."""
        folder = catalog.find(DEFAULT_BASE, self.lab.models)
        if folder is None:
            return tag("p", text(self.page.say("ui_data_rows.no_model", base=DEFAULT_BASE)), class_="fine")
        drawn = ""
        for rendered in renderer(folder).render(row.messages):
            trained = sum(label != IGNORED for label in rendered.labels)
            drawn += view.as_model_sees(_pieces(rendered), len(rendered.ids), trained, 0, self.page.language)
        return tag("div", drawn, class_="seen")


def _holds(row: Row, showing: Showing) -> bool:
    """Whether a row of files that are not saved yet is among those looked for."""
    if showing.only and row.split != showing.only:
        return False
    wanted = likeness.folded(showing.text)
    return not wanted or any(wanted in likeness.folded(message.content) for message in row.messages)


def _pieces(rendered: Rendered) -> list[tuple[str, bool]]:
    """The text token by token, each with whether it carries loss."""
    pieces, last = [], 0
    for (start, end), label in zip(rendered.offsets, rendered.labels, strict=True):
        pieces.append((rendered.text[max(start, last) : end], label != IGNORED))
        last = max(last, end)
    return pieces
