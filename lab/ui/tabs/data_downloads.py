"""What goes out: good rows, bad rows and problems of files; a saved data set in any form, or onto a hub.

Knows: its own layout and events. Must not know how rows are written.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import ingest
from lab.ingest import hub
from lab.ingest.writing.export import Exported, write
from lab.ingest.writing.sieve import Sieve
from lab.settings import HubAccess
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing, drafted
from lab.workspace import slug

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

SPLITS = ("train", "validation", "test")


class DownloadsPanel:
    """Files to take away."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        with gr.Accordion(say("ui_data_downloads.title"), open=False, elem_classes=["fold", "downloads"]):
            with gr.Row(elem_classes="buttons on-one-line"):
                forms = [(say(f"ui_data_downloads.form_{name}"), name) for name in ingest.FORMATS]
                self.form = gr.Dropdown(forms, value="chat", label=say("ui_data_downloads.form"), min_width=230)
                splits = [(say("ui_data_downloads.all_splits"), ""), *((say(f"ui_data.split_{s}"), s) for s in SPLITS)]
                self.split = gr.Dropdown(splits, value="", label=say("ui_data_downloads.split"), min_width=130)
                self.good = gr.Button(say("ui_data_downloads.good"))
            with gr.Row(elem_classes="buttons"):
                self.bad = gr.Button(say("ui_data_downloads.bad"), visible=False)
                self.problems = gr.Button(say("ui_data_downloads.problems"))
            self.files = gr.File(label=say("ui_data_downloads.files"), interactive=False, visible=False)
            self.told = gr.HTML()
            self._build_hub()
        self.own = [self.files, self.told]
        self.outputs = [self.bad, self.hub, *self.own]

    def _build_hub(self) -> None:
        say = self.page.say
        with gr.Column(visible=False) as self.hub:
            gr.HTML(
                tag("h3", text(say("ui_data_downloads.hub")))
                + tag("p", text(say("ui_data_downloads.hub_info")), class_="fine")
            )
            with gr.Row(elem_classes="buttons on-one-line"):
                self.repository = gr.Textbox(label=say("ui_data_downloads.repository"), max_lines=1, min_width=230)
                self.private = gr.Checkbox(True, label=say("ui_data_downloads.private"), min_width=120)
                self.push = gr.Button(say("ui_data_downloads.push"))

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, showing = self.page.reads, self.tab.showing
        reads(
            self.good.click,
            self.write_rows,
            [showing, self.form, self.split],
            self.own,
            show_progress="minimal",
            show_progress_on=self.told,
        )
        reads(self.bad.click, self.write_bad, showing, self.own, show_progress="minimal", show_progress_on=self.told)
        reads(
            self.problems.click,
            self.write_problems,
            showing,
            self.own,
            show_progress="minimal",
            show_progress_on=self.told,
        )
        pushed = [showing, self.repository, self.private]
        self.page.writes(
            self.push.click, self.push_rows, pushed, self.own, show_progress="minimal", show_progress_on=self.told
        )

    # --- what a person does

    def write_rows(self, showing: Showing, form: str, split: str) -> dict[Any, Any]:
        """The good rows as a file of the chosen form."""
        folder, splits = _folder(), [split] if split else []
        if showing.is_draft:
            rows = [row for row in drafted(self.lab, showing.order).plan.rows if not split or row.split == split]
            made = write(lambda: rows, form, folder / self._name(showing, "good", _ending(form)))
        else:
            version = showing.version_of(self.lab)
            out = folder / self._name(showing, split or "rows", _ending(form))
            made = ingest.export(self.lab.datasets, version, form, out, *splits)
        return self._written(made)

    def write_bad(self, showing: Showing) -> dict[Any, Any]:
        """The rows that cannot be used, as they were read, each with its place and reason."""
        out = _folder() / self._name(showing, "bad", "jsonl")
        with Sieve(bad=out, language=self.page.language) as sieve:
            self._sift(showing, sieve)
        told = self.page.say("ui_data_downloads.bad_told", n=sieve.bad_rows)
        return self._shown([out] if out.is_file() and sieve.bad_rows else [], [told])

    def write_problems(self, showing: Showing) -> dict[Any, Any]:
        """Every problem with file, line and reason, as a table."""
        out = _folder() / self._name(showing, "problems", "csv")
        with Sieve(problems=out, language=self.page.language) as sieve:
            if showing.is_draft:
                self._sift(showing, sieve)
            else:
                for problem in self.lab.datasets.problems(showing.version_of(self.lab)):
                    sieve.problem_found(problem)
        told = self.page.say("ui_data_downloads.problems_told", n=sieve.problems)
        return self._shown([out] if sieve.problems else [], [told])

    def push_rows(self, showing: Showing, repository: str, private: bool) -> dict[Any, Any]:
        """The saved version onto a hub."""
        version = showing.version_of(self.lab)
        access = HubAccess.read()
        made = hub.push(
            self.lab.datasets, version, repository.strip(), access, private=private, language=self.page.language
        )
        return self._shown(
            [], [self.page.say("ui_data_downloads.pushed", repository=repository.strip(), rows=made.exported.rows)]
        )

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """The whole panel, without files made for something else."""
        return {
            self.bad: gr.Button(visible=showing.is_draft),
            self.hub: gr.Column(visible=bool(showing.dataset)),
            self.files: gr.File(value=None, visible=False),
            self.told: "",
        }

    def _sift(self, showing: Showing, sieve: Sieve) -> None:
        """Read the files once more, with ``sieve`` hearing of every problem by itself."""
        order = showing.order
        rows = ingest.Intake(
            order.given("paths"),
            validation=order.given("validation"),
            test=order.given("test"),
            mapping=dict(order.mapping) or None,
            fixes=order.fixes,
            listener=sieve,
        )
        for _ in rows:
            pass

    def _written(self, made: Exported) -> dict[Any, Any]:
        told = [self.page.say("ui_data_downloads.rows_told", n=made.rows)]
        form = self.page.say(f"ui_data_downloads.form_{made.format}")
        told += [self.page.say(f"export.left_{part}", count=n, format=form) for part, n in made.left_out.items()]
        told += [self.page.say(f"export.{code}", count=n, format=form) for code, n in made.not_written.items()]
        return self._shown([*made.files, *made.lists], told)

    def _shown(self, files: list[Path], told: list[str]) -> dict[Any, Any]:
        return {
            self.files: gr.File(value=[str(path) for path in files] or None, visible=bool(files)),
            self.told: "".join(tag("p", text(one), class_="fine") for one in told),
        }

    def _name(self, showing: Showing, what: str, ending: str) -> str:
        name = showing.dataset or Path(showing.order.paths[0]).stem
        return f"{slug(name)}-{what}.{ending}"


def _folder() -> Path:
    """A folder of its own for what one person takes away."""
    return Path(tempfile.mkdtemp(prefix="finetune-lab-"))


def _ending(form: str) -> str:
    return {"csv": "csv", "parquet": "parquet"}.get(form, "jsonl")
