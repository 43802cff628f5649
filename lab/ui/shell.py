"""The frame both pages share: title, language switch, loop bar, the tabs and their clocks.

Knows: which tabs there are, how the page opens from its address and when a tab and the loop bar are drawn again. Must
not know what a tab does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from lab import access, words
from lab.lab import Lab
from lab.ui import loop, sign_in
from lab.ui.page import (
    FOLDER,
    HTML_LANGUAGE,
    LANGUAGE_NAMES,
    PATHS,
    SECONDS_BETWEEN_TICKS,
    TABS,
    Leaf,
    Page,
    Selection,
    picked,
    picks,
)
from lab.ui.plain import localized
from lab.ui.present import tag, text
from lab.ui.seam import HeldBlocks, check_bound
from lab.ui.stages import busy, stages
from lab.ui.storage import storage_notice
from lab.ui.tabs.board import BoardTab
from lab.ui.tabs.compare import CompareTab
from lab.ui.tabs.data import DataTab
from lab.ui.tabs.teach import TeachTab
from lab.ui.tabs.train import TrainTab
from lab.ui.theme import notebook

SHEETS = ("palette", "style", "review", "board", "sharing", "diagnostics", "teach", "phone")
"""Style sheets, in the order in which they are read."""
_WITH_OPEN_TAB = "(selection) => [selection, labOpen()]"
TAB_KINDS: dict[str, Callable[[Page], Leaf]] = {
    "data": DataTab,
    "train": TrainTab,
    "compare": CompareTab,
    "board": BoardTab,
    "teach": TeachTab,
}


def pages(lab: Lab) -> gr.Blocks:
    """Both pages, English at ``/`` and Chinese at ``/zh``, ready to be launched.

    What they hold before anybody asks is sent to everybody, so it is made for a stranger.
    """
    first, *others = LANGUAGE_NAMES
    with access.acting(access.Caller()):
        with HeldBlocks(title=words.say("ui.title", first), analytics_enabled=False, fill_width=True) as demo:
            Shell(lab, first).build(demo)
        for language in others:
            with demo.route(words.say("ui.title", language), PATHS[language], show_in_navbar=False):
                Shell(lab, language).build(demo)
    check_bound(demo)
    return demo


def dress() -> dict[str, Any]:
    """What ``launch`` needs to make the pages look like ours."""
    script = "".join(f"<script>{(FOLDER / name).read_text('utf-8')}</script>" for name in ("page.js", "review.js"))
    return {
        "theme": notebook(),
        "css_paths": [FOLDER / f"{name}.css" for name in SHEETS],
        "head": f'<meta name="color-scheme" content="light dark">{script}',
        "favicon_path": FOLDER / "favicon.svg",
    }


class Shell:
    """One language's page."""

    def __init__(self, lab: Lab, language: str) -> None:
        self.lab = lab
        self.language = language

    def build(self, demo: gr.Blocks) -> None:
        """Lay out and wire the page in the current context."""
        selection = gr.State(Selection.read({}))
        self.shown = gr.State(self._opens())
        self.clocks = {name: gr.Timer(SECONDS_BETWEEN_TICKS, active=False) for name in TAB_KINDS}
        opened = gr.Textbox(visible=False)
        self.top = picks(value=self.heading(Selection.read({})), elem_classes="top")
        with gr.Tabs(selected=self._opens(), elem_classes="leaves") as tabs:
            leaves: dict[str, tuple[Any, Page, Leaf]] = {}
            for name, kind in TAB_KINDS.items():
                page = Page(self.lab, self.language, selection, self.clocks[name], tabs)
                with gr.Tab(page.say(f"ui.tab_{name}"), id=name, elem_id=f"leaf-{name}", elem_classes="leaf") as item:
                    leaf = kind(page)
                    leaf.build()
                leaves[name] = item, page, leaf
        frame = [self.top, *self.clocks.values()]
        page.reads(demo.load, self.open, None, [selection, self.shown, tabs])
        demo.load(None, None, None, js=self._name_the_document(), api_visibility="private")
        changed = page.reads(selection.change, self.draw, [selection, self.shown], frame)
        drawn = page.reads(demo.load, self._first_draw, None, frame)
        page.reads(self.top.click, self.go, None, tabs)
        redrawn = [changed, drawn]
        for name, (item, page, leaf) in leaves.items():
            shown = [self.shown, *self.clocks.values(), *leaf.outputs]
            page.reads(item.select, self._show(name, leaf), selection, shown)
            item.select(None, None, None, js="() => labAddress(false)", api_visibility="private")
            first = page.reads(demo.load, self._first(leaf), None, leaf.outputs)
            first.then(None, None, None, js=f"() => labReady('{name}')", api_visibility="private")
            tick, watched = self._tick(name, leaf), [*frame, *leaf.watched]
            redrawn.append(page.reads(page.clock.tick, tick, [selection, opened], watched, js=_WITH_OPEN_TAB))
        for event in redrawn:
            event.then(None, None, None, js="() => labAddress(true)", api_visibility="private")

    def open(self, request: gr.Request) -> tuple[Selection, str, Any]:
        """The selection the address carries, and its tab; without one, a tab clicked meanwhile stays open."""
        selection = Selection.read(dict(request.query_params))
        if "tab" not in request.query_params:
            return selection, gr.skip(), gr.skip()
        return selection, selection.tab, gr.Tabs(selected=selection.tab)

    def draw(self, selection: Selection, shown: str) -> dict[Any, Any]:
        """The top of the page as things stand, and the clock of the tab that is ``shown``: running while a job is."""
        return {self.top: self.heading(selection, self._who()), self.clocks[shown]: gr.Timer(active=busy(self.lab))}

    def go(self, event: gr.EventData) -> Any:
        """Open the tab of the stage that was clicked."""
        return gr.Tabs(selected=picked(event) or TABS[0])

    def heading(self, selection: Selection, who: str = "") -> str:
        """Title, language switch and loop bar as HTML; ``who`` stands before the switch."""
        title = words.say("ui.title", self.language)
        mark = (FOLDER / "favicon.svg").read_text("utf-8")
        brand = tag(
            "div",
            mark + tag("h1", text(title)) + tag("p", text(words.say("ui.tagline", self.language))),
            class_="brand",
        )
        corner = tag("div", who + self._switch(selection), class_="corner")
        bar = loop.bar(stages(self.lab, selection, self.language), self.language)
        return tag(
            "header",
            tag("div", brand + corner, class_="masthead") + self._notice() + bar,
            lang=HTML_LANGUAGE[self.language],
            data_lacks=self._lacks() or None,
        )

    def _lacks(self) -> str:
        """The rights that whoever reads the page does not have: what needs them is put away."""
        if self.lab.access.open and not self.lab.settings.demo:
            return ""
        return " ".join(right for right in access.Right if not access.current().may(right))

    def _notice(self) -> str:
        """What a Space must say of its disk; empty elsewhere."""
        said = storage_notice(self.lab, self.language)
        return tag("p", text(said), class_="caution notice", role="status") if said else ""

    def _who(self) -> str:
        """Host or visitor, by name, and the way in or out; nothing where nobody signs in.

        The host's name leads to the list of who is signed in.
        """
        caller = access.current()
        if self.lab.access.open:
            return ""
        role = words.say("access.you_host" if caller.host else "access.you_visitor", self.language)
        shown, page = text(f"{role} · {caller.name}" if caller.name else role), sign_in.path(self.language)
        told = words.say("access.signed_in_title", self.language)
        known = tag("a", shown, href=page, title=told) if caller.host else tag("span", shown)
        if caller.signed_in:
            button = tag("button", text(words.say("access.sign_out", self.language)))
            way = tag("form", button, method="post", action=localized(sign_in.LEAVE, self.language))
        else:
            way = tag("a", text(words.say("access.sign_in", self.language)), href=page)
        return tag("span", known + way, class_="whoami")

    def _switch(self, selection: Selection) -> str:
        links = []
        for other, name in LANGUAGE_NAMES.items():
            here = "page" if other == self.language else None
            href = f"/{PATHS[other]}{selection.query()}"
            links.append(tag("a", text(name), href=href, lang=HTML_LANGUAGE[other], aria_current=here))
        return tag("nav", "".join(links), class_="languages", aria_label=words.say("ui.language", self.language))

    def _name_the_document(self) -> str:
        told = [
            HTML_LANGUAGE[self.language],
            words.say("ui.title", self.language),
            words.say("ui.drop", self.language),
            TABS,
        ]
        return f"() => labPage(...{json.dumps(told)})"

    def _opens(self) -> str:
        """The tab that is open where the address names none."""
        return "compare" if self.lab.settings.demo else Selection.read({}).tab

    def _show(self, name: str, leaf: Leaf) -> Callable[[Selection], dict[Any, Any]]:
        """Draws a tab that was opened, and lets its clock alone run, if any does."""

        def show(selection: Selection) -> dict[Any, Any]:
            working = busy(self.lab)
            clocks = {clock: gr.Timer(active=working and own == name) for own, clock in self.clocks.items()}
            return {self.shown: name, **clocks, **leaf.refresh(selection)}

        return show

    def _tick(self, name: str, leaf: Leaf) -> Callable[[Selection, str], dict[Any, Any]]:
        """Draws what follows a job, and stops the clock once it has drawn how the last one ended.

        Answers can overtake each other: that of a tab opened before may come last and set its own clock. Then the tab
        that is open, which only the browser knows, gets its clock back.
        """

        def tick(selection: Selection, opened: str) -> dict[Any, Any]:
            if opened in self.clocks and opened != name:
                return {self.clocks[name]: gr.Timer(active=False), self.clocks[opened]: gr.Timer(active=True)}
            working = busy(self.lab)  # asked before anything is drawn: the last tick finds every job at its end
            rest = {} if working else {self.clocks[name]: gr.Timer(active=False)}
            watched = leaf.watch(selection) if leaf.watched else {}
            return {self.top: self.heading(selection, self._who()), **rest, **watched}

        return tick

    def _first(self, leaf: Leaf) -> Callable[[gr.Request], dict[Any, Any]]:
        def first(request: gr.Request) -> dict[Any, Any]:
            return leaf.refresh(Selection.read(dict(request.query_params)))

        return first

    def _first_draw(self, request: gr.Request) -> dict[Any, Any]:
        shown = Selection.read(dict(request.query_params)).tab if "tab" in request.query_params else self._opens()
        return self.draw(Selection.read(dict(request.query_params)), shown)
