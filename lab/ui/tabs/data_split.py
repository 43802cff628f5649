"""How the rows are split, and saving them: mode, shares, seed, name, note.

Knows: its own layout and events. Must not know how rows are split or stored.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import words
from lab.errors import UsageError
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import SHARES, Order, Showing, drafted
from lab.ui.views import data as view

if TYPE_CHECKING:
    from lab.ui.page import Selection
    from lab.ui.tabs.data import DataTab

MODES = ("auto", "remember", "generalise")
OWN = ("validation", "test")


class SplitPanel:
    """The split of what is shown; for files, the choice of it and the way to save."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        self.split = gr.HTML()
        with gr.Column(visible=False) as self.draft:
            modes = [(say(f"ui_data.mode_{mode}_choice"), mode) for mode in MODES]
            self.mode = gr.Radio(modes, value="auto", label=say("ui_data.mode_label"), info=say("ui_data.mode_info"))
            with gr.Accordion(say("ui_data_split.more"), open=False, elem_classes="fold"):
                gr.HTML(tag("p", text(say("ui_data_split.shares_info")), class_="fine"))
                with gr.Row(elem_classes="three"):
                    self.shares = [
                        gr.Number(value, label=say(f"ui_data.split_{name}"), precision=0, minimum=0, min_width=70)
                        for name, value in zip(view.SPLITS, SHARES, strict=True)
                    ]
                self.seed = gr.Number(
                    0, label=say("ui_data_split.seed"), info=say("ui_data_split.seed_info"), precision=0
                )
                self.again = gr.Button(say("ui_data_split.again"), size="sm", elem_classes="start")
                gr.HTML(tag("p", text(say("ui_data_split.own_info")), class_="fine"))
                self.own = {role: self._own(role) for role in OWN}
                self.own_told = gr.HTML()
                self.forget = gr.Button(say("ui_data_split.own_forget"), size="sm", elem_classes="start", visible=False)
            self.name = gr.Textbox(label=say("ui_data.name"), info=say("ui_data.name_info"), max_lines=1)
            self.note = gr.Textbox(label=say("ui_data_split.note"), info=say("ui_data_split.note_info"), max_lines=1)
            with gr.Row(elem_classes="buttons"):
                self.save = gr.Button(say("ui_data.save"), variant="primary")
                self.discard = gr.Button(say("ui_data.discard"))
        own = [*self.own.values(), self.own_told, self.forget]
        self.outputs = [self.split, self.draft, self.mode, *self.shares, self.seed, self.save, *own]

    def _own(self, role: str) -> gr.File:
        label = self.page.say(f"ui_data_split.own_{role}")
        return gr.File(label=label, file_count="multiple", type="filepath", height=110, elem_classes="drop small")

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, showing, selection = self.page.reads, self.tab.showing, self.page.selection
        outputs = self.tab.outputs
        reads(self.mode.input, self.split_anew, [showing, self.mode], outputs)
        reads(self.again.click, self.share_anew, [showing, *self.shares, self.seed], outputs)
        for role, files in self.own.items():
            take = self.take_validation if role == "validation" else self.take_test
            self.page.writes(files.upload, take, [showing, files], outputs)
        reads(self.forget.click, self.forget_own, showing, outputs)
        reads(self.discard.click, self.tab.put_aside, None, [*outputs, self.tab.intake.drop])
        saved = [selection, *outputs, self.tab.intake.drop, self.page.clock]
        self.page.writes(self.save.click, self.keep, [showing, self.name, self.note, selection], saved)

    # --- what a person does

    def split_anew(self, showing: Showing, mode: str) -> dict[Any, Any]:
        """The same files, split the way a person asked for."""
        return self.tab.draw(showing.ordering(mode=mode))

    def share_anew(self, showing: Showing, train: float, validation: float, test: float, seed: float) -> dict[Any, Any]:
        """The same files, split by other shares or another seed."""
        given = (train, validation, test)
        if any(share is None for share in given):
            raise UsageError("data.bad_shares", value="/".join("" if s is None else f"{s:g}" for s in given))
        shares = (int(train), int(validation), int(test))
        return self.tab.draw(showing.ordering(shares=shares, seed=int(seed or 0)))

    def take_validation(self, showing: Showing, paths: list[str]) -> dict[Any, Any]:
        """Own files to validate with."""
        return self.tab.draw(showing.ordering(validation=tuple(paths)))

    def take_test(self, showing: Showing, paths: list[str]) -> dict[Any, Any]:
        """Own files to test with."""
        return self.tab.draw(showing.ordering(test=tuple(paths)))

    def forget_own(self, showing: Showing) -> dict[Any, Any]:
        """Back to a split by shares."""
        return self.tab.draw(showing.ordering(validation=(), test=()))

    def keep(self, showing: Showing, name: str, note: str, selection: Selection) -> dict[Any, Any]:
        """Freeze what is shown as a version, and choose it; of large files, by a job."""
        draft = drafted(self.lab, showing.order)
        if not draft.complete and self.lab.is_large([Path(path) for path in showing.order.files]):
            job = self.tab.jobs.start(showing, name, note.strip())
            gr.Info(text(self.page.say("ui_data_jobs.started", name=job.spec.name)))
            return {self.tab.intake.drop: None, **self.tab.draw(Showing()), **self.page.awake()}
        return self.tab.kept(self.lab.save_draft(draft, name, note=note.strip()), selection)

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel."""
        order = showing.order
        fields = dict(zip(self.shares, order.shares, strict=True))
        drawn: dict[Any, Any] = {
            **fields,
            self.seed: order.seed,
            self.mode: order.mode,
            self.draft: gr.Column(visible=showing.is_draft),
            **dict.fromkeys(self.own.values()),
            self.own_told: self._told(order),
            self.forget: gr.Button(visible=bool(order.validation or order.test)),
            self.split: "",
        }
        if showing.is_draft:
            plan = drafted(self.lab, order).plan
            split = view.split_card(plan.counts, plan.mode, plan.reason, self.page.language) if plan.rows else ""
            return {**drawn, self.split: split, self.save: gr.Button(interactive=bool(plan.rows))}
        if showing.dataset:
            version = self.lab.datasets.get(showing.dataset, showing.version or None)
            drawn[self.split] = view.split_card(version.splits, version.mode, version.mode_reason, self.page.language)
        return drawn

    def _told(self, order: Order) -> str:
        """The own files that are kept apart."""
        names = [path.name for role in OWN for path in order.given(role)]
        if not names:
            return ""
        files = words.listed(names, self.page.language)
        return tag("p", text(self.page.say("ui_data_split.own_given", files=files)), class_="fine")
