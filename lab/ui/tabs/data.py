"""The Data tab: files or a sample in, what was read and how it is split, a frozen version out.

Knows: its own layout and events. Must not know how files are read, split or stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from lab import catalog, ingest, synth
from lab.lab import Draft
from lab.records import Row, Version
from lab.runs import DEFAULT_BASE
from lab.ui.page import PATHS, Page, Selection, picked, picks, ticks
from lab.ui.present import tag, text
from lab.ui.views import data as view

MODES = ("auto", "remember", "generalise")


@dataclass(frozen=True)
class Showing:
    """What one visitor looks at: files not saved yet, or a saved data set."""

    paths: tuple[str, ...] = ()
    sample: str = ""
    dataset: str = ""
    mode: str = "auto"
    fix: str = ""
    """The repair chosen for rows that hold only a system message."""
    page: int = 0
    rejected: tuple[str, ...] = ()
    """Ids of the pairs a person does not want."""


class DataTab:
    """Files in, a data set version out."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab

    def build(self) -> None:
        """Lay out and wire the tab in the current context."""
        say = self.page.say
        self.showing = gr.State(Showing())
        with gr.Column(elem_classes="sheet hero", visible=self._is_new()) as self.hero:
            gr.HTML(self._hero())
            self.start = gr.Button(say("ui_data.start_sample"), variant="primary", size="lg", elem_classes="start")
        with gr.Row(equal_height=False):
            with gr.Column(scale=3, min_width=300):
                gr.HTML(self._heading("ui_data.bring_title", "ui_data.bring"))
                self.drop = gr.File(
                    label=say("ui_data.drop_label"),
                    file_count="multiple",
                    type="filepath",
                    show_label=False,
                    elem_classes="drop",
                )
            with gr.Column(scale=2, min_width=300):
                gr.HTML(self._heading("ui_data.saved_title"))
                self.saved = picks(elem_classes="shelf")
        gr.HTML(self._heading("ui_data.samples_title"))
        self.samples = picks(value=view.sample_cards(ingest.samples(), self.page.language))
        self._build_showing()
        self.watched: list[Any] = []
        self.outputs = [self.showing, self.hero, self.saved, *self._views()]
        self._wire()

    def _build_showing(self) -> None:
        say = self.page.say
        with gr.Column(elem_classes=["sheet", "preview"], visible=False) as self.sheet:
            self.title = gr.HTML()
            with gr.Row(equal_height=False):
                with gr.Column(scale=3, min_width=300):
                    self.pairs = ticks()
                    self.rows = gr.HTML()
                    with gr.Row(elem_classes="buttons") as self.pager:
                        self.before = gr.Button(say("ui_data.page_before"), size="sm")
                        self.after = gr.Button(say("ui_data.page_after"), size="sm")
                        self.where = gr.HTML()
                with gr.Column(scale=2, min_width=280):
                    self.split = gr.HTML()
                    with gr.Column(visible=False) as self.draft:
                        modes = [(say(f"ui_data.mode_{mode}_choice"), mode) for mode in MODES]
                        self.mode = gr.Radio(
                            modes, value="auto", label=say("ui_data.mode_label"), info=say("ui_data.mode_info")
                        )
                        fixes = [(say(f"ui_data.fix_{fix or 'none'}"), fix) for fix in ("", *ingest.FIXES)]
                        self.fix = gr.Radio(fixes, value="", label=say("ui_data.fix_label"), visible=False)
                        self.name = gr.Textbox(label=say("ui_data.name"), info=say("ui_data.name_info"), max_lines=1)
                        with gr.Row(elem_classes="buttons"):
                            self.save = gr.Button(say("ui_data.save"), variant="primary")
                            self.discard = gr.Button(say("ui_data.discard"))
                    with gr.Column(visible=False) as self.kept:
                        gr.HTML(self._heading("ui_data.reword_title", "ui_data.reword_lead", level="h3"))
                        self.per_row = gr.Slider(1, 8, value=3, step=1, label=say("ui_data.reword_count"))
                        self.reword = gr.Button(say("ui_data.reword"), elem_classes="start")

    def _views(self) -> list[Any]:
        return [
            self.sheet,
            self.title,
            self.rows,
            self.pager,
            self.where,
            self.split,
            self.draft,
            self.mode,
            self.fix,
            self.save,
            self.kept,
            self.pairs,
        ]

    def _wire(self) -> None:
        on, writes, showing = self.page.on, self.page.writes, self.showing
        shown = [*self.outputs, self.name, self.drop]
        opened = [
            on(self.start.click, self.take_first_sample, None, shown),
            on(self.samples.click, self.take_sample, None, shown),
            writes(self.drop.upload, self.take_files, self.drop, shown, show_progress="minimal"),
        ]
        for event in opened:
            event.then(None, None, None, js="() => labShow('.preview')", api_visibility="private")
        on(self.saved.click, self.choose, self.page.selection, [self.page.selection, *self.outputs])
        on(self.mode.input, self.split_anew, [showing, self.mode], self.outputs)
        on(self.fix.input, self.repair, [showing, self.fix], self.outputs)
        on(self.before.click, self.turn_back, showing, self.outputs)
        on(self.after.click, self.turn_on, showing, self.outputs)
        on(self.pairs.input, self.reject, showing, self.outputs)
        on(self.discard.click, self.put_aside, None, [*self.outputs, self.drop])
        saved = [self.page.selection, *self.outputs, self.drop]
        writes(self.save.click, self.keep, [showing, self.name, self.page.selection], saved)
        writes(self.reword.click, self.add_wordings, [showing, self.per_row, self.page.selection], saved)

    # --- what a person does

    def take_files(self, paths: list[str]) -> dict[Any, Any]:
        """Show what the dropped files hold."""
        return self._draft(Showing(paths=tuple(paths)), name=Path(paths[0]).stem)

    def take_first_sample(self) -> dict[Any, Any]:
        """Show the sample in the page's language."""
        samples = ingest.samples()
        ours = next((s for s in samples if s.language == self.page.language), samples[0])
        return self._sample(ours)

    def take_sample(self, event: gr.EventData) -> dict[Any, Any]:
        """Show the sample that was clicked."""
        wanted = picked(event)
        return self._sample(next(sample for sample in ingest.samples() if sample.name == wanted))

    def choose(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Show the saved data set that was clicked, and choose it for the page."""
        chosen = selection.with_(data=picked(event))
        return {self.page.selection: chosen, **self.draw(Showing(dataset=chosen.data))}

    def split_anew(self, showing: Showing, mode: str) -> dict[Any, Any]:
        """The same files, split the way a person asked for."""
        return self.draw(replace(showing, mode=mode, page=0))

    def repair(self, showing: Showing, fix: str) -> dict[Any, Any]:
        """The same files, with the rows that hold only a system message put to use."""
        return self.draw(replace(showing, fix=fix, page=0))

    def turn_back(self, showing: Showing) -> dict[Any, Any]:
        """The page of rows before."""
        return self.draw(replace(showing, page=max(0, showing.page - 1)))

    def turn_on(self, showing: Showing) -> dict[Any, Any]:
        """The next page of rows."""
        return self.draw(replace(showing, page=showing.page + 1))

    def reject(self, showing: Showing, event: gr.EventData) -> dict[Any, Any]:
        """Leave out the pairs that are not ticked, and split anew."""
        return self.draw(replace(showing, rejected=tuple(event._data["rejected"])))

    def put_aside(self) -> dict[Any, Any]:
        """Back to the saved data sets."""
        return {self.drop: None, **self.draw(Showing())}

    def keep(self, showing: Showing, name: str, selection: Selection) -> dict[Any, Any]:
        """Freeze what is shown as a version, and choose it."""
        checks = ingest.sample(showing.sample).checks if showing.sample else ()
        return self._kept(self.lab.save_draft(self._read(showing), name, checks), selection)

    def add_wordings(self, showing: Showing, per_row: float, selection: Selection) -> dict[Any, Any]:
        """New wordings of the shown data set's questions, as its next version."""
        new = synth.reword_dataset(self.lab.datasets, showing.dataset, showing.dataset, int(per_row))
        return self._kept(new.version, selection)

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The tab as things stand: the chosen data set, or none."""
        version = self.page.data(selection)
        shown = version and (version.dataset == selection.data or not version.recorded)
        return self.draw(Showing(dataset=version.dataset if version and shown else ""))

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """Nothing here follows a job."""
        return {}

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """Everything the tab shows for ``showing``."""
        versions = self.lab.datasets.current()
        drawn = {
            self.hero: gr.Column(visible=self._is_new() and not showing.paths),
            self.saved: view.version_cards(versions, showing.dataset, self.page.language),
            self.sheet: gr.Column(visible=bool(showing.paths or showing.dataset)),
            self.draft: gr.Column(visible=bool(showing.paths)),
            self.kept: gr.Column(visible=bool(showing.dataset)),
            self.mode: gr.Radio(value=showing.mode),
            self.pairs: "",
        }
        if showing.paths:
            return {**drawn, **self._draw_files(showing)}
        if showing.dataset:
            return {**drawn, **self._draw_version(showing)}
        return {**drawn, self.showing: showing}

    def _draw_files(self, showing: Showing) -> dict[Any, Any]:
        language = self.page.language
        found = self._read(showing)
        rows = [row for row in found.plan.rows if row.rule is None]
        title = self._heading("ui_data.preview_title") + view.files_read(found.reading.files, language)
        plan = found.plan
        split = view.split_card(plan.counts, plan.mode, plan.reason, language) if plan.rows else ""
        problems = tag("h3", text(self.page.say("ui_data.problems_title")))
        problems += view.problem_list(found.problems, language)
        return {
            **self._draw_rows(showing, rows, ""),
            self.title: title,
            self.split: split + problems,
            self.save: gr.Button(interactive=bool(plan.rows)),
            self.fix: gr.Radio(value=showing.fix, visible=bool(showing.fix) or any(p.fix for p in found.problems)),
            self.pairs: self._pairs(found, showing) if found.reading.documents else "",
        }

    def _read(self, showing: Showing) -> Draft:
        paths, fixes = [Path(path) for path in showing.paths], (showing.fix,) if showing.fix else ()
        return self.lab.draft(paths, mode=showing.mode, fixes=fixes, rejected=showing.rejected)

    def _draw_version(self, showing: Showing) -> dict[Any, Any]:
        language = self.page.language
        version = self.lab.datasets.get(showing.dataset)
        split = view.split_card(version.splits, version.mode, version.mode_reason, language)
        rows = list(self.lab.datasets.rows(version))
        exercised = [(check.name, sum(ingest.exercised(check, rows).values())) for check in version.checks]
        known = view.version_facts(version, exercised, language)
        problems = self.lab.datasets.problems(version)
        listed = tag("h3", text(self.page.say("ui_data.problems_title"))) + view.problem_list(problems, language)
        return {
            **self._draw_rows(showing, rows, version.system),
            self.title: tag("h2", text(version.dataset)) + known + self._reading_note(version),
            self.split: split + (listed if problems else ""),
        }

    def _draw_rows(self, showing: Showing, rows: list[Row], system: str) -> dict[Any, Any]:
        last_page = max(0, (len(rows) - 1) // view.ROWS_A_PAGE)
        shown = replace(showing, page=min(showing.page, last_page))
        first = shown.page * view.ROWS_A_PAGE
        last = min(len(rows), first + view.ROWS_A_PAGE)
        where = self.page.say("ui_data.page_where", first=first + 1, last=last, total=len(rows))
        return {
            self.showing: shown,
            self.rows: view.chats(rows, shown.page, self.page.language, system),
            self.pager: gr.Row(visible=len(rows) > view.ROWS_A_PAGE),
            self.where: tag("span", text(where), class_="fine num"),
        }

    def _draft(self, showing: Showing, name: str) -> dict[Any, Any]:
        return {**self.draw(showing), self.name: name, self.drop: None}

    def _sample(self, sample: ingest.Sample) -> dict[Any, Any]:
        return self._draft(Showing(paths=tuple(map(str, sample.paths)), sample=sample.name), name=sample.name)

    def _kept(self, version: Version, selection: Selection) -> dict[Any, Any]:
        said = self.page.say("ui_data.saved", name=version.dataset, rows=version.rows, version=version.version)
        gr.Info(text(said), title=self.page.say("ui_data.saved_title"))
        chosen = selection.with_(data=version.dataset)
        return {self.page.selection: chosen, self.drop: None, **self.draw(Showing(dataset=version.dataset))}

    def _pairs(self, found: Draft, showing: Showing) -> str:
        heading = self._heading("ui_data.pairs_title", "ui_data.pairs_lead")
        return heading + view.pair_list(found.extractions, showing.rejected, self.page.language)

    def _reading_note(self, version: Version) -> str:
        """A caution when the usual base was measured not to read the data's language."""
        if version.language not in ("zh", "en") or catalog.reads(DEFAULT_BASE, version.language) is not False:
            return ""
        other = next((name for name, entry in catalog.CATALOG.items() if version.language in entry.reads), "")
        said = self.page.say("ui_data.hardly_reads", base=DEFAULT_BASE, other=other)
        return tag("p", text(said), class_="caution")

    def _is_new(self) -> bool:
        """Whether nobody has brought data yet."""
        return all(version.recorded for version in self.lab.datasets.current())

    def _hero(self) -> str:
        say = self.page.say
        steps = []
        for key in ("ui_data.hero_data", "ui_data.hero_train", "ui_data.hero_score"):
            stop = "。" if self.page.language == "zh" else ". "
            name, _, rest = say(key).partition(stop)
            steps.append(tag("li", tag("b", text(name)) + " " + text(rest)))
        lead = tag("p", text(say("ui_data.hero")), class_="lead")
        return tag("h2", text(say("ui_data.hero_title"))) + lead + tag("ol", "".join(steps)) + self._ready_made()

    def _ready_made(self) -> str:
        """Where the run shipped with the lab is to be seen, if there is one."""
        if not any(version.recorded for version in self.lab.datasets.current()):
            return ""
        links = [
            tag("a", text(self.page.say(f"ui.tab_{name}")), href=f"/{PATHS[self.page.language]}?tab={name}")
            for name in ("compare", "board")
        ]
        return tag(
            "p", text(self.page.say("ui_data.hero_recorded")) + " " + " · ".join(links), class_="fine ready-made"
        )

    def _heading(self, title: str, lead: str = "", level: str = "h2") -> str:
        said = tag("p", text(self.page.say(lead)), class_="lead") if lead else ""
        return tag(level, text(self.page.say(title))) + said
