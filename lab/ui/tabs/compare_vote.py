"""The blind vote on the Compare tab: what is voted on, how phones reach it, and what came of it.

Knows: its own layout and events. Must not know how votes are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from lab import access, evals
from lab.access import Right
from lab.chat.votes import MOST_QUESTIONS, Poll, Votes
from lab.ui import contestants, reach, vote_page
from lab.ui.page import Page, Selection
from lab.ui.present import tag, text
from lab.ui.views import phones
from lab.ui.views import votes as view

DUELS, NEW = "duels", "new"


class VotePanel:
    """Opens a vote and shows its result, once it is asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab
        self.votes = Votes(page.lab.workspace)

    def build(self, left: gr.Dropdown, right: gr.Dropdown) -> None:
        """Lay out and wire the panel in the current context; new questions go to ``left`` and ``right``."""
        say, demo = self.page.say, self.lab.settings.demo
        with gr.Accordion(say("votes.title"), open=False, elem_classes="fold vote"):
            gr.HTML(tag("p", text(say("votes.lead")), class_="lead"))
            with gr.Row(equal_height=False, elem_classes=["on-one-line", "needs-write"], visible=not demo):
                self.source = gr.Dropdown([], label=say("votes.source"), min_width=260)
            self.new = gr.Textbox(
                label=say("votes.new"), info=say("votes.new_info", most=MOST_QUESTIONS), lines=4, visible=False
            )
            with gr.Row(elem_classes="buttons"):
                self.start = gr.Button(say("votes.open"), variant="primary", visible=not demo)
                self.reveal = gr.Button(say("votes.show"))
            self.about = gr.HTML()
            self.reach = gr.HTML()
            self.result = gr.HTML()
        self.outputs = [self.source, self.about, self.reach, self.result]
        told = [self.page.selection, self.source, self.new, left, right]
        self.page.writes(self.start.click, self.open, told, self.outputs, trigger_mode="once")
        self.page.reads(self.source.change, lambda source: gr.Textbox(visible=source == NEW), self.source, self.new)
        self.page.reads(self.reveal.click, self.tell, self.page.selection, [self.about, self.result])

    def open(self, selection: Selection, source: str, new: str, left: str, right: str) -> Iterator[dict[Any, Any]]:
        """Let people vote on the chosen answers; new questions are answered by both first."""
        if source == NEW:
            data, questions = self.page.data(selection), (new or "").splitlines()
            for done in self.lab.ask_for_poll(left, right, questions, data.dataset if data else ""):
                if isinstance(done, int):
                    yield {self.about: tag("p", text(self.page.say("votes.new_answered", n=done)), class_="fine")}
        else:
            self.lab.open_poll("" if source == DUELS else source or "")
        yield self.draw(selection)

    def tell(self, selection: Selection) -> dict[Any, Any]:
        """The result as it stands."""
        poll, demo = self._poll(selection), self.lab.settings.demo
        if poll is None:
            said = tag("p", text(self.page.say("votes.none_recorded")), class_="fine") if demo else ""
            return {self.result: said}
        names = self._names(poll)
        told = view.result(self.votes.result(poll), self.votes.by_question(poll), names, self.page.language)
        return {self.about: view.about(poll, names, self.page.language, over=demo), self.result: told}

    def draw(self, selection: Selection) -> dict[Any, Any]:
        """What can be voted on and what is; the result stays hidden until somebody asks for it."""
        data = self.page.data(selection)
        found = [one for one in evals.evaluations(self.lab.workspace) if len(one.contestants) > 1]
        found.sort(key=lambda one: not data or one.dataset != data.dataset)
        choices = [(self._called(one), one.id) for one in found] + [(self.page.say("votes.source_duels"), DUELS)]
        choices += [(self.page.say("votes.source_new"), NEW)]
        poll, language, demo = self._poll(selection), self.page.language, self.lab.settings.demo
        may = access.current().may(Right.VOTE)
        here = vote_page.path(language)
        where = reach.address(self.lab, here)
        drawn = reach.code(where) if where and poll else ""
        link = self.page.say("votes.vote_here")
        way = phones.way_in(where, drawn, self.lab.access.open, here, link, language) if poll and may else ""
        return {
            self.source: gr.Dropdown(choices=choices, value=choices[0][1]),
            self.about: view.about(poll, self._names(poll), language, over=demo),
            self.reach: way,
            self.result: "",
        }

    def _called(self, one: evals.Evaluation) -> str:
        pair = sorted(one.contestants, key=lambda c: c.run is not None)
        names = contestants.names(self.lab, self.page.language, [c.name for c in pair])
        told = {"a": names.get(pair[0].name, pair[0].name), "b": names.get(pair[-1].name, pair[-1].name)}
        time = one.created[:16].replace("T", " ")
        return self.page.say("votes.source_evaluation", dataset=one.dataset, time=time, **told)

    def _poll(self, selection: Selection) -> Poll | None:
        """What is voted on now; in a demo the newest vote on answers to the questions of the page's data."""
        if not self.lab.settings.demo:
            return self.votes.current()
        data = self.page.data(selection)
        return next((one for one in self.votes.polls() if data and one.title == data.dataset), None)

    def _names(self, poll: Poll | None) -> dict[str, str]:
        return contestants.names(self.lab, self.page.language, [poll.a, poll.b] if poll else [])
