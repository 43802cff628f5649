"""The Train tab: a recipe in, a run to watch, stop, resume, and ship.

Knows: its own layout and events. Everything it shows is read from disk, so that a refresh in the middle of a run
loses nothing. Must not know how training is done.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr
import pandas as pd

from lab import catalog, ship
from lab import train as training
from lab.errors import DataError, LabError
from lab.jobs import JobView
from lab.records import Run
from lab.runs import DEFAULT_BASE
from lab.settings import is_loopback
from lab.teaching import KIND
from lab.train.estimate import estimate
from lab.train.recipe import METHODS, PRESETS, SftRecipe, from_dict, recipe
from lab.ui import reach
from lab.ui.forms import Form
from lab.ui.page import Page, Selection, picked, picks
from lab.ui.present import empty, tag, text
from lab.ui.tabs import beginning
from lab.ui.tabs.disk import DiskPanel
from lab.ui.tabs.playing import Playing
from lab.ui.tabs.sharing import Sharing
from lab.ui.target_field import TargetField
from lab.ui.views import train as view

COUNTED = ("time_budget", "epochs", "max_steps", "batch_size", "accumulation")
"""The settings that a run's length depends on."""
CURVE_COLUMNS = ("series", "step", "loss")
CURVE_COLOURS = {"train": "#0d8a78", "eval": "#b8862b"}
"""Readable on both papers; the names of the series stand in the legend too."""


class TrainTab:
    """A recipe in, a run that can answer out."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lab = page.lab
        self.form = Form(SftRecipe, page.language, leave_out=("preset", "method"))
        self.target = TargetField(page)
        self.playing = Playing(page, self._watched, self._curve)
        self.sharing = Sharing(page, self.shown_run)

    def build(self) -> None:
        """Lay out and wire the tab in the current context."""
        say = self.page.say
        self.none = gr.HTML(visible=False)
        with gr.Row(equal_height=False):
            with gr.Column(scale=2, min_width=310, elem_classes=["sheet", "needs-write"]) as self.order:
                self._build_order()
            with gr.Column(scale=3, min_width=310, elem_classes="sheet"):
                self._build_run()
        gr.HTML(tag("h2", text(say("ui_train.runs_title"))))
        self.runs = picks()
        disk = DiskPanel(self.page)
        disk.build()
        self.watched = [self.runs, self.live, self.curve, self.stops, self.resume, self.log, self.ship, self.shipped]
        self.watched += [self.playing.row, self.sharing.row]
        self.outputs = [
            self.none,
            self.order,
            self.dataset,
            self.parent,
            self.estimate,
            *self.target.outputs,
            *self.watched,
        ]
        self._wire()
        disk.wire(self.refresh, self.outputs)

    def _build_order(self) -> None:
        say = self.page.say
        gr.HTML(tag("h2", text(say("ui_train.new_title"))))
        self.dataset = gr.Dropdown([], label=say("ui_train.dataset"))
        self.base = gr.Dropdown(
            list(catalog.CATALOG),
            value=DEFAULT_BASE,
            allow_custom_value=True,
            label=say("ui_train.base"),
            info=say("ui_train.base_info"),
        )
        self.about_base = gr.HTML(self.tell_base(DEFAULT_BASE))
        self.preset = gr.Radio(self._choices("preset", PRESETS), value=PRESETS[0], label=say("ui_train.preset"))
        self.about_preset = gr.HTML(self._about(PRESETS[0]))
        self.method = gr.Radio(self._choices("method", METHODS), value=METHODS[0], label=say("ui_train.method"))
        self.parent = gr.Dropdown([("", "")], value="", label=say("ui_train.parent"), info=say("ui_train.parent_info"))
        self.name = gr.Textbox(label=say("ui_train.name"), info=say("ui_train.name_info"), max_lines=1)
        with gr.Accordion(say("ui_train.settings"), open=False, elem_classes="fold"):
            self.form.build(recipe())
        self.target.build()
        self.estimate = gr.HTML()
        self.train = gr.Button(say("ui_train.train"), variant="primary", size="lg")
        gr.HTML(tag("p", text(say("ui_train.closing")), class_="fine"))

    def _build_run(self) -> None:
        say = self.page.say
        self.live = gr.HTML()
        self.curve = gr.LinePlot(
            x="step",
            y="loss",
            color="series",
            color_map={say(f"ui_train.loss_{series}"): colour for series, colour in CURVE_COLOURS.items()},
            x_title=say("ui_train.axis_step"),
            y_title=say("ui_train.loss"),
            color_title=" ",
            height=260,
            visible=False,
            show_label=False,
            elem_classes="curve",
        )
        self.playing.build()
        self.sharing.build_story()
        with gr.Row(elem_classes="buttons", visible=False) as self.stops:
            self.keep = gr.Button(say("ui_train.stop_keep"))
            self.discard = gr.Button(say("ui_train.stop_discard"), variant="stop")
        self.resume = gr.Button(say("ui_train.resume"), variant="primary", visible=False, elem_classes="start")
        with gr.Column(visible=False, elem_classes="needs-write") as self.ship:
            gr.HTML(
                tag("h3", text(say("ui_train.ship_title"))) + tag("p", text(say("ui_train.ship_lead")), class_="lead")
            )
            with gr.Row(elem_classes="buttons"):
                formats = [(say("ui_train.ship_adapter"), "adapter"), (say("ui_train.ship_merged"), "merged")]
                self.format = gr.Radio(formats, value="adapter", show_label=False, label=say("ui_train.ship_format"))
                self.export = gr.Button(say("ui_train.ship_start"))
            self.shipped = gr.HTML()
            self.sharing.build()
        self.log = gr.HTML()

    def _wire(self) -> None:
        reads, writes, selection = self.page.reads, self.page.writes, self.page.selection
        knobs, clock = self.form.components, self.page.clock
        order = [self.dataset, self.base, self.preset, self.method, self.parent, self.name]
        writes(self.train.click, self.start, [selection, *order, *knobs], [selection, clock, *self.outputs])
        self.target.wire(self.dataset)
        told = [self.dataset, self.base, self.preset, self.method, *knobs]
        counted = [part for name, part in zip(self.form.knobs, knobs, strict=True) if name in COUNTED]
        for part in (self.dataset, self.base, self.method, *counted):
            reads(part.change, self.tell_estimate, told, self.estimate)
        reads(self.preset.input, self.fill, [self.preset, self.method], [self.about_preset, *knobs])
        reads(self.method.input, self.fill, [self.preset, self.method], [self.about_preset, *knobs])
        reads(self.base.change, self.tell_base, self.base, self.about_base)
        as_before = [self.base, self.method, self.about_preset, *knobs]
        reads(self.parent.input, self.as_the_parent, [self.parent, self.preset, self.method], as_before)
        reads(self.dataset.input, self.choose_data, [selection, self.dataset], selection)
        reads(selection.change, self.follow, selection, self.dataset)
        reads(self.runs.click, self.choose, selection, [selection, *self.outputs])
        writes(self.keep.click, self.stop_and_keep, selection, self.watched)
        writes(self.discard.click, self.stop_and_discard, selection, self.watched)
        writes(self.export.click, self.ship_it, [selection, self.format], [clock, *self.watched])
        writes(self.resume.click, self.go_on, selection, [clock, *self.watched])
        self.playing.wire(self.live, self.curve, self.watch, self.watched)

    # --- what a person does

    def start(
        self,
        selection: Selection,
        dataset: str,
        base: str,
        preset: str,
        method: str,
        parent: str,
        name: str,
        *values: Any,
    ) -> dict[Any, Any]:
        """Start a run with the form's recipe and show it."""
        before, step = training.parent_named(self.lab.runs, parent) if parent else (None, 0)
        made = self.form.read(values, recipe(preset, method))
        chosen = self.lab.datasets.get(dataset or "")
        job = training.start(
            self.lab.jobs,
            self.lab.datasets,
            dataset=chosen.dataset,
            version=chosen.version,
            name=name.strip() or chosen.dataset,
            base=base,
            recipe=made,
            parent=before,
            parent_step=step,
            models=self.lab.models,
        )
        gr.Info(text(self.page.say("ui_train.started", name=job.spec.name)))
        now = selection.with_(run=job.id, data=chosen.dataset)
        return {self.page.selection: now, **self.page.awake(), **self.refresh(now)}

    def fill(self, preset: str, method: str) -> dict[Any, Any]:
        """Show the preset's values in the form."""
        values = zip(self.form.components, self.form.values(recipe(preset, method)), strict=True)
        return {self.about_preset: self._about(preset), **dict(values)}

    def tell_estimate(self, dataset: str, base: str, preset: str, method: str, *values: Any) -> str:
        """What the run would come to; nothing while a field is not filled in."""
        try:
            made = self.form.read(values, recipe(preset, method))
            found = estimate(self.lab.runs, self.lab.datasets.get(dataset or ""), base, made)
        except (LabError, TypeError, ValueError):
            return ""
        return tag("p", text(found.told(self.page.language)), class_="fine")

    def as_the_parent(self, parent: str, preset: str, method: str) -> dict[Any, Any]:
        """Base and method of the run to go on from: they have to be the same."""
        if not parent:
            return {self.base: gr.skip()}
        run, _ = training.parent_named(self.lab.runs, parent)
        filled = self.fill(preset, run.method) if run.method != method else {}
        return {self.base: run.base, self.method: run.method, **filled}

    def tell_base(self, base: str) -> str:
        """What is known of the base chosen."""
        entry = catalog.describe(base)
        return view.base_note(entry, catalog.find(base, self.lab.models) is not None, self.page.language)

    def choose_data(self, selection: Selection, dataset: str) -> Selection:
        """Remember which data set the page is about."""
        return selection.with_(data=dataset)

    def choose(self, selection: Selection, event: gr.EventData) -> dict[Any, Any]:
        """Show the run that was clicked."""
        now = selection.with_(run=picked(event))
        return {self.page.selection: now, **self.refresh(now)}

    def stop_and_keep(self, selection: Selection) -> dict[Any, Any]:
        """Ask the run to stop with an adapter that can be used."""
        self.lab.jobs.stop(self._watched(selection), keep=True)
        return self.watch(selection)

    def stop_and_discard(self, selection: Selection) -> dict[Any, Any]:
        """Ask the run to stop and leave nothing."""
        self.lab.jobs.stop(self._watched(selection), keep=False)
        return self.watch(selection)

    def go_on(self, selection: Selection) -> dict[Any, Any]:
        """Resume an interrupted or stopped run."""
        self.lab.jobs.resume(self._watched(selection))
        return {**self.page.awake(), **self.watch(selection)}

    def ship_it(self, selection: Selection, wanted: str) -> dict[Any, Any]:
        """Export the shown run into a folder of the workspace."""
        run = self.shown_run(selection)
        out = self.lab.workspace.fresh_export(f"{run.name}-{wanted}")
        ship.start(self.lab.jobs, run, wanted, out, models=self.lab.models, language=self.page.language)
        return {**self.page.awake(), **self.watch(selection)}

    # --- what is shown

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The whole tab as things stand."""
        names, say = self.lab.datasets.names(), self.page.say
        return {
            self.none: gr.HTML(empty(say("ui_train.no_data_title"), say("ui_train.no_data")), visible=not names),
            self.order: gr.Column(visible=bool(names) and not self.lab.settings.demo),
            self.dataset: self.follow(selection),
            self.parent: gr.Dropdown(choices=beginning.choices(self.lab, self.page.language), value=""),
            self.estimate: self._first_estimate(selection),
            **self.target.draw(version.dataset if (version := self.page.data(selection)) else None),
            **self.watch(selection),
        }

    def follow(self, selection: Selection) -> Any:
        """The data set the page is about, chosen here too before anybody can press Train."""
        version = self.page.data(selection)
        return gr.Dropdown(choices=self.lab.datasets.names(), value=version.dataset if version else None)

    def _first_estimate(self, selection: Selection) -> Any:
        """Of the form as it is first shown; afterwards the form tells."""
        version = self.page.data(selection)
        if version is None:
            return ""
        return self.tell_estimate(version.dataset, DEFAULT_BASE, PRESETS[0], METHODS[0], *self.form.values(recipe()))

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """The chosen run as it stands on disk."""
        wanted = self._watched(selection)
        shipped = {run.id for run in self.lab.runs.all() if run.recorded}
        listed = view.run_cards(self._jobs(), shipped, self.lab.datasets.names(), wanted, self.page.language)
        if not wanted:
            return {**self._nothing(), self.runs: listed}
        job, run = self.lab.jobs.get(wanted), self._run(wanted)
        drawn = self._draw_job(job)
        if run:
            used = asdict(from_dict(job.spec.options.get("recipe", {})))
            drawn[self.live] += view.card(
                run,
                self.page.language,
                used,
                data_here=self._has_data(run),
                after=beginning.said(self.lab, run, self.page.language),
            )
            drawn[self.shipped] = self._shipped(run)
        return {
            self.runs: listed,
            self.ship: gr.Column(visible=run is not None and not self.lab.settings.demo),
            self.sharing.row: gr.Row(visible=run is not None),
            **drawn,
        }

    def _nothing(self) -> dict[Any, Any]:
        """No run is shown: what there will be, and nothing of a run that was deleted."""
        say = self.page.say
        return {
            self.live: empty(say("ui_train.no_runs_title"), say("ui_train.no_runs")),
            self.curve: self._curve([]),
            **self.playing.offer(None),
            self.sharing.row: gr.Row(visible=False),
            self.stops: gr.Row(visible=False),
            self.resume: gr.Button(visible=False),
            self.ship: gr.Column(visible=False),
            self.log: "",
        }

    def _draw_job(self, job: JobView) -> dict[Any, Any]:
        steps = self.lab.jobs.events(job.id, "step")
        resumable = job.state in {"interrupted", "failed", "stopped"}
        return {
            self.live: view.progress(job, steps[-1] if steps else {}, self.page.language),
            self.curve: self._curve(steps),
            **self.playing.offer(job),
            self.stops: gr.Row(visible=not job.is_final),
            self.resume: gr.Button(visible=resumable and not self.lab.settings.demo),
            self.log: self._log(job) if job.is_final and job.state != "done" else "",
        }

    def _curve(self, steps: list[dict[str, Any]]) -> Any:
        """The curve so far, once it is one."""
        points = [(self.page.say(f"ui_train.loss_{series}"), step, loss) for series, step, loss in view.points(steps)]
        drawn = pd.DataFrame(points, columns=list(CURVE_COLUMNS))
        return gr.LinePlot(drawn, visible=len(drawn) > 1)

    def _watched(self, selection: Selection) -> str:
        """The run the page is about: the chosen one, else one that is running, else the data set's newest."""
        jobs = self._jobs()
        if selection.run in {job.id for job in jobs}:
            return selection.run
        data = self.page.data(selection)
        ours = [job.id for job in jobs if data and job.spec.options.get("dataset") == data.dataset]
        running = [job.id for job in jobs if not job.is_final]
        return next(iter([*running, *ours]), "")

    def shown_run(self, selection: Selection) -> Run:
        """The run the tab shows; raises ``EvalError`` where none can answer."""
        return self.lab.runs.get(self._watched(selection))

    def _jobs(self) -> list[JobView]:
        """Every job that makes a run, lessons too, newest first."""
        made = [*self.lab.jobs.all("train"), *self.lab.jobs.all(KIND)]
        return sorted(made, key=lambda job: job.spec.created, reverse=True)

    def _run(self, run_id: str) -> Run | None:
        return next((run for run in self.lab.runs.all() if run.id == run_id), None)

    def _has_data(self, run: Run) -> bool:
        """Whether the version the run was trained on is still there; an adopted run names none."""
        try:
            return not run.dataset or bool(self.lab.datasets.get(run.dataset, run.version))
        except DataError:
            return False

    def _shipped(self, run: Run) -> str:
        jobs = [job for job in self.lab.jobs.all("export") if job.spec.options.get("run") == run.id]
        settings = self.lab.settings
        line = view.curl(
            reach.address(self.lab, "") or f"http://{settings.host}:{settings.port}",
            self.lab.runs.called(run),
            self.lab.example(run),
            with_password=not is_loopback(settings.host),
        )
        return (
            view.exports(jobs, {job.id for job in jobs if Path(job.spec.options["out"]).is_dir()}, self.page.language)
            + tag("p", text(self.page.say("ui_train.ship_call")), class_="fine")
            + line
        )

    def _log(self, job: JobView) -> str:
        shown = tag("pre", text(self.lab.jobs.log(job.id, 60)), class_="line", tabindex="0")
        return tag("details", tag("summary", text(self.page.say("ui_train.show_log"))) + shown, class_="more")

    def _about(self, preset: str) -> str:
        return tag("p", text(self.page.say(f"ui_train.about_{preset}")), class_="fine")

    def _choices(self, field: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
        return [(self.page.say(f"ui_train.{field}_{name}"), name) for name in names]
