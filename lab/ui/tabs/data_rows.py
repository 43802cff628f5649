"""The rows of what is shown: searched, filtered, paged, and each one as the model sees it.

Knows: its own layout and events. Must not know how rows are kept, searched or rendered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import access, catalog, ingest, words
from lab.datasets import Filter
from lab.datasets.index import search_form
from lab.errors import LabError
from lab.lab import Draft
from lab.records import Problem, Row
from lab.rendering import IGNORED, pieces
from lab.runs import DEFAULT_BASE
from lab.ui.page import forms, picked
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing, drafted
from lab.ui.views import data_rows as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

ONLY = ("", *(f"split:{split}" for split in view.SPLITS), "problem:any", "status:edited")
"""Which rows can be asked for everywhere; the tags of what is shown come on top."""
LOOKS = ("chats", "table")
MOST_TAGS = 50


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
            self.only = gr.Dropdown(
                self._choices(()),
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
            self.add = gr.Button(say("ui_data_rows.add"), size="sm", min_width=90, scale=1, visible=False)
        self.rows = forms(elem_classes="rows")
        with gr.Row(elem_classes="buttons") as self.pager:
            self.before = gr.Button(say("ui_data.page_before"), size="sm")
            self.after = gr.Button(say("ui_data.page_after"), size="sm")
            self.where = gr.HTML()
        self.own = [self.tab.showing, self.rows, self.pager, self.where, self.add]
        self.outputs = [self.text, self.only, self.look, *self.own[1:]]

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, showing = self.page.reads, self.tab.showing
        reads(self.text.submit, self.find, [showing, self.text, self.only], self.own)
        reads(self.text.blur, self.find, [showing, self.text, self.only], self.own)
        reads(self.only.input, self.find, [showing, self.text, self.only], self.own)
        reads(self.look.input, self.change_look, [showing, self.look], self.own)
        reads(self.before.click, self.turn_back, showing, self.own)
        reads(self.after.click, self.turn_on, showing, self.own)
        changed = [*self.own, *self.tab.edits.outputs]
        reads(self.rows.click, self.open, showing, changed)
        reads(self.add.click, self.write, showing, self.own)

    # --- what a person does

    def find(self, showing: Showing, wanted: str, only: str) -> dict[Any, Any]:
        """The rows that hold the words, of the kind asked for."""
        if (wanted, only or "") == (showing.text, showing.only):
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

    def write(self, showing: Showing) -> dict[Any, Any]:
        """An empty form for a new row."""
        return self.draw_rows(replace(showing, row="", doing="add"))

    def open(self, showing: Showing, event: gr.EventData) -> dict[Any, Any]:
        """What was clicked on a row: see it as the model does, edit it, take it out or bring it back; or close it."""
        doing, _, row = picked(event).partition(":")
        if doing == "delete":
            return self.tab.edits.show(self.tab.edits.delete(showing, row))
        if doing == "restore":
            return self.tab.edits.show(self.tab.edits.bring_back(showing, row))
        closed = doing == "close"
        return self.draw_rows(replace(showing, row="" if closed else row, doing="" if closed else doing))

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        only = gr.Dropdown(self._choices(self._tags(showing)), value=showing.only)
        fields = {self.text: showing.text, self.only: only, self.look: LOOKS[showing.as_table]}
        return {**fields, **self.draw_rows(showing)}

    def draw_rows(self, showing: Showing) -> dict[Any, Any]:
        """One page of rows, the last one if there are fewer."""
        size = view.ROWS_A_PAGE if showing.as_table else view.CHATS_A_PAGE
        found = self._found(showing, size)
        last_page = max(0, (found.total - 1) // size)
        if showing.page > last_page:
            return self.draw_rows(replace(showing, page=last_page))
        first = showing.page * size
        numbers = {"first": min(first + 1, found.total), "last": min(first + size, found.total), "total": found.total}
        shown = self._shown(showing, found)
        return {
            self.tab.showing: showing,
            self.rows: view.table(shown) if showing.as_table else view.chats(shown),
            self.pager: gr.Row(visible=found.total > size),
            self.where: tag("span", text(self.page.say("ui_data.page_where", **numbers)), class_="fine num"),
            self.add: gr.Button(visible=shown.may_edit),
        }

    def row(self, showing: Showing, wanted: str) -> Row | None:
        """The row with that id as the pending edits leave it."""
        edits = showing.edits
        known = {row.id: row for row in (*edits.changed, *edits.added)}
        if wanted not in known and showing.dataset:
            index = self.lab.datasets.index(showing.version_of(self.lab))
            known |= {row.id: row for row in index.read(index.with_ids([wanted]))}
        row = known.get(wanted)
        return replace(row, tags=edits.tags[wanted]) if row and wanted in edits.tags else row

    def _shown(self, showing: Showing, found: Found) -> view.Shown:
        edits = showing.edits
        return view.Shown(
            found.rows,
            self.page.language,
            found.system,
            may_edit=bool(showing.dataset) and access.current().may(access.Right.WRITE),
            open=showing.row,
            inside=self._inside(showing, found),
            changed=frozenset({row.id for row in (*edits.changed, *edits.added)} | set(edits.tags)),
            gone=frozenset(edits.deleted),
            writing=view.form(None, self.page.language) if showing.doing == "add" else "",
        )

    def _found(self, showing: Showing, size: int) -> Found:
        first = showing.page * size
        if showing.is_draft:
            draft = drafted(self.lab, showing.order)
            rows = [row for row in draft.plan.rows if row.rule is None]
            kind, _, name = showing.only.partition(":")
            wanted = [row for row in rows if _is_kind(row, kind, name, draft) and _holds(row, showing.text)]
            return Found(wanted[first : first + size], len(wanted), _shared_system(rows))
        if not showing.dataset:
            return Found([], 0)
        version, edits = showing.version_of(self.lab), showing.edits
        kind, _, name = showing.only.partition(":")
        page = self.lab.datasets.page(version, first, size, Filter(text=showing.text, **({kind: name} if kind else {})))
        rows = list(ingest.apply(page.rows, replace(edits, deleted=(), added=())))
        added = list(ingest.apply(edits.added, replace(edits, deleted=(), added=()))) if not showing.page else []
        return Found([*added, *rows], page.total, version.system)

    def _tags(self, showing: Showing) -> tuple[str, ...]:
        """The tags there are, the most frequent first."""
        if showing.dataset:
            tags = self.lab.datasets.index(showing.version_of(self.lab)).tags
            return tuple(sorted(tags, key=lambda name: -tags[name]))[:MOST_TAGS]
        if showing.is_draft:
            counts = Counter(name for row in drafted(self.lab, showing.order).plan.rows for name in row.tags)
            return tuple(name for name, _ in counts.most_common(MOST_TAGS))
        return ()

    def _choices(self, tags: tuple[str, ...]) -> list[tuple[str, str]]:
        known = [(self.page.say(f"ui_data_rows.only_{name.partition(':')[2] or 'all'}"), name) for name in ONLY]
        named = {name: words.tag_name(name, self.page.language) for name in tags}
        return [*known, *((self.page.say("ui_data_rows.only_tag", tag=named[name]), f"tag:{name}") for name in tags)]

    def _inside(self, showing: Showing, found: Found) -> str:
        """What is drawn in the open row."""
        row = next((row for row in found.rows if row.id == showing.row), None)
        if row is None:
            return ""
        return view.form(row, self.page.language) if showing.doing == "edit" else self._as_model_sees(row)

    def _as_model_sees(self, row: Row) -> str:
        """The row as the usual base reads it; a sentence where that model is not on this machine yet."""
        folder = catalog.find(DEFAULT_BASE, self.lab.models)
        if folder is None:
            return tag("p", text(self.page.say("ui_data_rows.no_model", base=DEFAULT_BASE)), class_="fine")
        drawn = ""
        try:
            sequences = self.lab.engine.rendered(DEFAULT_BASE, row.messages, row.tools)
        except LabError as refusal:
            return tag("p", text(refusal.sentence(self.page.language)), class_="fine")
        for rendered in sequences:
            trained = sum(label != IGNORED for label in rendered.labels)
            drawn += view.as_model_sees(pieces(rendered), len(rendered.ids), trained, self.page.language)
        return tag("div", drawn or text(self.page.say("ui_data_rows.nothing_learned")), class_="seen")


def _shared_system(rows: list[Row]) -> str:
    """The system prompt that every row has; empty where they differ."""
    prompts = {next((m.content for m in row.messages if m.role == "system"), "") for row in rows}
    return prompts.pop() if len(prompts) == 1 else ""


def _is_kind(row: Row, kind: str, name: str, draft: Draft) -> bool:
    """Whether a row of files that are not saved yet is of the kind asked for."""
    if kind == "problem":
        return any(row.file == problem.file and _is_at(row.line, problem) for problem in draft.problems)
    return not kind or (name in row.tags if kind == "tag" else getattr(row, kind) == name)


def _is_at(line: int | None, problem: Problem) -> bool:
    spans = problem.values.get("lines") or [[problem.line, problem.line]]
    return line is not None and any(first is not None and first <= line <= last for first, last in spans)


def _holds(row: Row, wanted: str) -> bool:
    """Whether a row of files that are not saved yet is among those looked for."""
    form = search_form(wanted)
    return not form or any(form in search_form(part) for part in (*(m.content for m in row.messages), *row.tags))
