"""Which model is asked: the engine of this machine or a server, and a yes where text leaves.

Knows: its own fields. Must not know what is asked.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from lab import synth
from lab.errors import LabError
from lab.ui.page import Page
from lab.ui.present import tag, text


class ModelChoice:
    """Fields that name who is asked; ``read`` takes their values in the order of ``components``."""

    def __init__(self, page: Page, send: str, note: str = "synth_model.leaves_machine_note") -> None:
        self.page, self._send, self._note = page, send, note

    def build(self) -> None:
        """Lay out the fields in the current context."""
        say = self.page.say
        places = [(say("ui_review.who_local"), "local"), (say("ui_review.who_url"), "url")]
        self.who = gr.Radio(places, value="local", label=say("ui_review.who"), elem_classes="stacked")
        with gr.Row(visible=False, elem_classes="three") as self.server:
            self.url = gr.Textbox("", label=say("ui_review.url"), placeholder="http://127.0.0.1:11434/v1", max_lines=1)
            self.called = gr.Textbox("", label=say("ui_review.model"), info=say("ui_review.model_info"), max_lines=1)
            self.key = gr.Textbox("", label=say("ui_review.key"), info=say("ui_review.key_info"), type="password")
        self.leaves = gr.HTML()
        self.send = gr.Checkbox(False, label=say(self._send), visible=False)
        self.components = [self.who, self.url, self.called, self.key, self.send]

    def wire(self) -> None:
        """Wire the fields' events."""
        # Of a pasted address "input" comes before its value, so the page would answer about an empty field.
        for event in (self.who.input, self.url.change):
            self.page.reads(event, self.choose, [self.who, self.url], [self.server, self.leaves, self.send])

    def choose(self, who: str, url: str) -> dict[Any, Any]:
        """Show what the chosen place needs; an address off this machine says that text leaves."""
        remote = ""
        if who == "url" and (url or "").strip():
            try:
                spec = synth.provider_spec(url.strip())
                remote = spec.url if spec.is_remote else ""
            except LabError:
                remote = ""
        note = self.page.say(self._note, url=remote) if remote else ""
        return {
            self.server: gr.Row(visible=who == "url"),
            self.leaves: tag("p", text(note), class_="caution") if note else "",
            self.send: gr.Checkbox(visible=bool(remote)),
        }

    @staticmethod
    def read(who: str, url: str, called: str, key: str, send: bool) -> tuple[synth.ProviderSpec, str, bool]:
        """Who is asked, the typed key, and whether text may leave."""
        if who == "local":
            return synth.provider_spec("local"), "", False
        return synth.provider_spec((url or "").strip(), (called or "").strip()), (key or "").strip(), send
