"""The frame both pages share: title, language switch, loop bar, four tabs, one clock.

Knows: which tabs there are, how the page opens from its address and when the loop bar is drawn again. Must not
know what a tab does.
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

SHEETS = ("palette", "style", "review", "board", "sharing", "diagnostics", "teach")
"""Style sheets, in the order in which they are read."""
TAB_KINDS: dict[str, Callable[[Page], Leaf]] = {
    "data": DataTab,
    "train": TrainTab,
    "compare": CompareTab,
    "board": BoardTab,
    "teach": TeachTab,
}


def pages(lab: Lab) -> gr.Blocks:
    """Both pages, English at ``/`` and Chinese at ``/zh``, ready to be launched."""
    first, *others = LANGUAGE_NAMES
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
        clock = gr.Timer(SECONDS_BETWEEN_TICKS, active=False)
        self.top = picks(value=self.heading(Selection.read({})), elem_classes="top")
        opens = "compare" if self.lab.settings.demo else Selection.read({}).tab
        with gr.Tabs(selected=opens, elem_classes="leaves") as tabs:
            page = Page(self.lab, self.language, selection, clock, tabs)
            leaves = []
            for name in TAB_KINDS:
                with gr.Tab(page.say(f"ui.tab_{name}"), id=name, elem_classes="leaf") as item:
                    leaf = TAB_KINDS[name](page)
                    leaf.build()
                leaves.append((item, leaf))
        page.reads(demo.load, self.open, None, [selection, tabs])
        demo.load(None, None, None, js=self._name_the_document(), api_visibility="private")
        changed = page.reads(selection.change, self.draw, selection, [self.top, clock])
        ticked = page.reads(clock.tick, self.draw, selection, [self.top, clock])
        page.reads(self.top.click, self.go, None, tabs)
        for item, leaf in leaves:
            page.reads(item.select, leaf.refresh, selection, leaf.outputs)
            item.select(None, None, None, js="() => labAddress(false)", api_visibility="private")
            page.reads(demo.load, self._first(leaf), None, leaf.outputs)
            if leaf.watched:  # after the clock was set: its last tick still shows how the job ended
                page.reads(ticked.then, leaf.watch, selection, leaf.watched)
        drawn = page.reads(demo.load, self._first_draw, None, [self.top, clock])
        for event in (drawn, changed, ticked):
            event.then(None, None, None, js="() => labAddress(true)", api_visibility="private")

    def open(self, request: gr.Request) -> tuple[Selection, Any]:
        """The selection the address carries, and its tab; without one, a tab clicked meanwhile stays open."""
        selection = Selection.read(dict(request.query_params))
        return selection, gr.Tabs(selected=selection.tab) if "tab" in request.query_params else gr.skip()

    def draw(self, selection: Selection) -> tuple[str, Any]:
        """The top of the page as things stand, and the clock: running while a job is."""
        return self.heading(selection, self._who()), gr.Timer(active=busy(self.lab))

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
        )

    def _notice(self) -> str:
        """What a Space must say of its disk; empty elsewhere."""
        said = storage_notice(self.lab, self.language)
        return tag("p", text(said), class_="caution notice", role="status") if said else ""

    def _who(self) -> str:
        """Host or visitor, by name, and the way to the sign-in page; nothing where nobody signs in."""
        caller = access.current()
        if self.lab.access.open:
            return ""
        role = words.say("access.you_host" if caller.host else "access.you_visitor", self.language)
        known = tag("span", text(f"{role} · {caller.name}" if caller.name else role))
        if caller.host:
            button = tag("button", text(words.say("access.sign_out", self.language)))
            way = tag("form", button, method="post", action=localized(sign_in.LEAVE, self.language))
        else:
            way = tag("a", text(words.say("access.sign_in", self.language)), href=sign_in.path(self.language))
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

    def _first(self, leaf: Leaf) -> Any:
        def first(request: gr.Request) -> Any:
            return leaf.refresh(Selection.read(dict(request.query_params)))

        return first

    def _first_draw(self, request: gr.Request) -> tuple[str, Any]:
        return self.draw(Selection.read(dict(request.query_params)))
